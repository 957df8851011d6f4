"""Trials on both kinds of database: in nobody's list, sound for fsck, and no work for anybody when one is refused."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial

from nodes import fsck
from nodes.store import QUERIES
from nodes.trial import filing
from nodes.trial.desk import PAGE, RECENT, TrialDesk, recent, trials
from nodes.trial.filing import Between, Choice
from nodes.trial.onboarding import OnboardingDesk
from tests.federation.whole import NodeRun, end, request_id
from tests.invariants import check_all
from tests.nodes.kit import ACCEPTING, HOME, Address, Office, filed, office
from tongban.fsck.report import Finding
from tongban.storage.base import Transaction
from tongban.v1 import (
    agreement_pb2,
    application_pb2,
    lifecycle_pb2,
    negotiation_pb2,
    onboarding_pb2,
    registry_pb2,
    window_pb2,
)

_S = lifecycle_pb2


@contextlib.asynccontextmanager
async def desks(o: Office) -> AsyncIterator[None]:
    """Both trial desks at work."""
    tasks = [asyncio.create_task(TrialDesk(run.core).run()) for run in o.nodes.values()]
    try:
        yield
    finally:
        await end(*tasks)


def agreement(run: NodeRun) -> agreement_pb2.Agreement:
    """What the two have signed."""
    found = [
        each
        for each in run.core.shared.agreements()
        if {f"nodes/{HOME}", f"nodes/{ACCEPTING}"} <= {party.node for party in each.document.parties}
    ]
    return found[0]


async def listed(run: NodeRun) -> list[str]:
    """What its window's list shows."""
    answer = await run.desks.window.list_applications(run.staff(), window_pb2.ListApplicationsRequest())
    return [each.name for each in answer.applications]


async def count(run: NodeRun) -> int:
    """How many trials it has."""
    return len(await run.core.database.run(lambda tx: list(trials(tx))))


def test_a_trial_is_in_no_list_and_its_books_are_sound(address: Address) -> None:
    async def main() -> None:
        async with office(address) as o:
            real = await filed(o)
            request = onboarding_pb2.RunTrialRequest(agreement=agreement(o.accepting).name, partner=f"nodes/{HOME}")
            async with desks(o):
                desk = OnboardingDesk(o.accepting.core)
                done = [each async for each in desk.run_trial(o.accepting.staff(), request)]
            assert done[-1].step == onboarding_pb2.TRIAL_STEP_RECORD
            await o.settled()
            for run in (o.home, o.accepting):
                assert await listed(run) == [real]
                assert await count(run) >= 1
                status = await run.desks.registry.get_node_status(run.staff(), registry_pb2.GetNodeStatusRequest())
                assert not status.tasks
                assert await found_by_fsck(run) is None
            assert o.gateway is not None
            books = {run.core.name: run.core.database for run in o.nodes.values()}
            await check_all(o.gateway.database, books)

    asyncio.run(main())


async def found_by_fsck(run: NodeRun) -> Finding | None:
    """What is wrong with its database first."""
    keys = run.core.keys

    def work(tx: Transaction) -> Finding | None:
        own = keys.signing_key_id, keys.signing_public
        return fsck.check(tx, node=run.core.name, own_key=own).first

    return await run.core.database.run(work, read_only=True)


def test_a_refused_trial_is_nobodys_work(address: Address) -> None:
    async def main() -> None:
        async with office(address) as o:
            name = agreement(o.accepting).name
            o.accepting.line.cut()
            await asyncio.sleep(0.1)
            between = Between(f"nodes/{ACCEPTING}", f"nodes/{HOME}", name)
            chosen = filing.choose(o.accepting.core.shared, between, o.accepting.core.clock.now())
            assert isinstance(chosen, Choice)
            trial = await filing.file(o.accepting.core, chosen, request_id(), in_return=False)
            await o.home.desks.agreements.suspend_agreement(
                o.home.staff(), negotiation_pb2.SuspendAgreementRequest(name=name, part=True)
            )
            await o.settled()
            o.accepting.line.up = True
            await o.settled()
            refused = await o.accepting.core.database.run(
                lambda tx: tx.fetch_all(QUERIES.list_refusals, {"stream": trial}), read_only=True
            )
            assert len(refused) == 1
            assert refused[0]["done_time"] is not None
            status = await o.accepting.desks.registry.get_node_status(
                o.accepting.staff(), registry_pb2.GetNodeStatusRequest()
            )
            assert not status.tasks
            assert await listed(o.accepting) == []
            assert await found_by_fsck(o.accepting) is None

    asyncio.run(main())


def test_trials_that_stay_where_they_are_hide_no_older_one(address: Address) -> None:
    async def main() -> None:
        async with office(address) as o:
            core = o.accepting.core
            old, idle = _S.APPLICATION_STATE_SUBMITTED, _S.APPLICATION_STATE_NOT_ACCEPTED
            now = round(core.clock.now().timestamp() * 1_000_000)
            # Three moments for two pages and a half: pages end amid trials of one moment.
            kept = {f"applications/T{number:03}": (idle, now + number % 3) for number in range(PAGE * 5 // 2)}
            kept["applications/OLD"] = (old, now - 1)
            for name, (state, time) in kept.items():
                await core.database.run(partial(_keep, name=name, state=state, time=time))
            found = await core.database.run(lambda tx: list(trials(tx)))
            assert sorted(row["name"] for row in found) == sorted(kept)
            assert [state.name for state in await recent(core, RECENT, {old})] == ["applications/OLD"]

    asyncio.run(main())


def _keep(tx: Transaction, name: str, state: lifecycle_pb2.ApplicationState, time: int) -> None:
    """A trial of a moment, as a delivery leaves it."""
    blob = application_pb2.Application(name=name, state=state).SerializeToString()
    row = {"name": name, "collection": "trials", "version": 1, "head": b"", "state": blob, "phase": state, "parked": ""}
    predicted = {"predicted_version": 1, "predicted_head": b"", "predicted": blob}
    tx.execute(QUERIES.put_stream, row | predicted | {"create_time": time, "update_time": time})
