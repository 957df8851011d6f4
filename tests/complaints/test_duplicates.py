"""Complaint: after a connection comes back, what was sent once is recorded twice.

Raised as opencrvs/opencrvs-core#3941.
"""

from __future__ import annotations

import asyncio
import functools

from nodes.store import QUERIES
from tests.federation.journey import submission
from tests.federation.stage import HOME, Stage, play
from tests.gateway.kit import world
from tongban.storage.base import Row, Transaction
from tongban.v1 import window_pb2


async def applications(stage: Stage, region: str) -> list[str]:
    """All applications that a node knows."""
    run = stage.federation.nodes[region]
    listed = await run.desks.window.list_applications(run.staff(), window_pb2.ListApplicationsRequest())
    return [each.name for each in listed.applications]


def history(tx: Transaction, name: str) -> list[Row]:
    """A stream's events."""
    return tx.fetch_all(QUERIES.list_history, {"stream": name})


def test_an_answer_that_was_lost_on_the_line_makes_no_second_record() -> None:
    """The connection breaks while a record is sent; when it is back, there are two of it (opencrvs-core#3941).

    Here the line breaks again and again, at every moment between sending and the answer, and each filing is there once,
    at both ends, in one version, under one receipt.
    """

    async def act(stage: Stage) -> None:
        names = []
        for turn in range(40):
            names.append(
                (await stage.accepting.desks.window.submit_application(stage.accepting.staff(), submission())).name
            )
            # So many turns of the loop later the frame is on its way, admitted, or answered.
            for _ in range(turn):
                await asyncio.sleep(0)
            stage.accepting.line.cut()
            stage.accepting.line.up = True
        await stage.federation.settled(120)
        assert sorted(await applications(stage, HOME)) == sorted(names)
        for name in names:
            await stage.same_everywhere(name)
            rows = await stage.home.core.database.run(functools.partial(history, name=name), read_only=True)
            assert [row["version"] for row in rows] == [1]
        status = await stage.status(stage.accepting)
        assert (len(status.tasks), status.waiting_events) == (0, 0)

    play(act)


def test_the_same_request_again_gives_the_same_application() -> None:
    """The clerk's screen never got its answer, so the clerk sends again, and a second record is made (the same).

    Here a request carries an id: sent again, offline or online, before or after a restart, it answers what it made.
    """

    async def act(stage: Stage) -> None:
        request = submission()
        stage.accepting.line.cut()
        first = await stage.accepting.desks.window.submit_application(stage.accepting.staff(), request)
        again = await asyncio.gather(
            *(stage.accepting.desks.window.submit_application(stage.accepting.staff(), request) for _ in range(5))
        )
        stage.accepting.line.up = True
        await stage.federation.settled(120)
        later = await stage.accepting.desks.window.submit_application(stage.accepting.staff(), request)
        assert {first.name, later.name, *(each.name for each in again)} == {first.name}
        await stage.federation.settled(120)
        assert await applications(stage, HOME) == [first.name]

    play(act)


async def test_a_partner_that_publishes_again_gets_the_same_receipt(database_url: str) -> None:
    """A partner without a stream repeats a call that timed out, and its record is stored twice (the same).

    Here an event is known by its id: published again, at the same moment or after a restart, it has the same receipt.
    """
    async with world(database_url) as w:
        filed = w.file()
        answers = [*(await asyncio.gather(*(w.send(filed) for _ in range(5))))]
        await w.reopen()
        answers.append(await w.send(filed))
        receipts = {answer.outcomes[0].receipt.SerializeToString() for answer in answers}
        assert len(receipts) == 1
        assert len(await w.read_all(f"nodes/{HOME}")) == 1
