"""Partners that are away, behind or slow to act; steps that came second; streams that wait."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from nodes.desk.faults import FaultDesk
from nodes.store import QUERIES
from tests.diagnosis.kit import named, watch
from tests.diagnosis.of_gateways import suspend, task
from tests.diagnosis.table import Named, Table
from tests.federation.stage import ACCEPTING, HOME, RawPeer, Stage
from tests.federation.whole import end
from tests.gateway.kit import ACCEPTING as AUTHOR
from tests.nodes.kit import sqlite_addresses
from tests.nodes.test_intake import Post, filing, post, registered
from tongban.faults import Finding
from tongban.journal.envelopes import Opened
from tongban.storage.base import Transaction
from tongban.v1 import application_pb2, approval_pb2, envelope_pb2, event_pb2, federation_pb2, window_pb2

PARTNERS = Table()
PARTNER = f"nodes/{HOME}"


async def waiting(stage: Stage, code: str, name: str) -> Named:
    """What the application's page says of whom it waits for."""
    run = stage.accepting
    desk = FaultDesk(run.core)

    async def find() -> list[Finding]:
        view = await run.desks.window.get_application(run.staff(), window_pb2.GetApplicationRequest(name=name))
        pending = view.sync_state == window_pb2.SYNC_STATE_PENDING
        found = desk.application(view.application, pending=pending)
        return [found] if found is not None else []

    return await named(find, code)


@PARTNERS.stage("the partner's line is down", "PARTNER_AWAY", "partner", "far-line", node=PARTNER)
async def _(stage: Stage) -> Named:
    await watch(stage)
    journey = stage.journey()
    await journey.submit()
    await stage.federation.settled()
    await asyncio.sleep(3)
    stage.home.line.cut()
    return await waiting(stage, "PARTNER_AWAY", journey.name)


@PARTNERS.stage("the partner is connected and takes nothing in", "PARTNER_BEHIND", "partner", "partner", node=PARTNER)
async def _(stage: Stage) -> Named:
    await watch(stage)
    assert stage.home.dialling is not None
    await end(stage.home.dialling)
    await stage.home.line.stop()
    stuck = RawPeer(stage.federation, PARTNER)
    read = stage.home.core.cursors.items()
    await stuck.hello(cursors=[federation_pb2.Cursor(channel=channel, position=place) for channel, place in read])
    journey = stage.journey()
    await journey.submit()
    found = await waiting(stage, "PARTNER_BEHIND", journey.name)
    await stuck.stop()
    return found


@PARTNERS.stage("the partner has it and has not acted", "PARTNER_TO_ACT", "partner", "far-desk", node=PARTNER)
async def _(stage: Stage) -> Named:
    await watch(stage)
    await asyncio.sleep(3)
    journey = stage.journey()
    await journey.submit()
    return await waiting(stage, "PARTNER_TO_ACT", journey.name)


@PARTNERS.stage("the partner was suspended", "PARTNER_SUSPENDED", "partner", "partner", node=PARTNER)
async def _(stage: Stage) -> Named:
    await watch(stage)
    journey = stage.journey()
    await journey.submit()
    await stage.federation.settled()
    await suspend(stage, PARTNER)
    return await waiting(stage, "PARTNER_SUSPENDED", journey.name)


@PARTNERS.stage("the applicant owes a correction", "APPLICANT_TO_ACT", "applicant", "desk")
async def _(stage: Stage) -> Named:
    await watch(stage)
    journey = stage.journey()
    await journey.submit()
    await stage.federation.settled()
    request = approval_pb2.RequireCorrectionRequest(name=journey.name)
    request.defects.add(code="identity-document", defect_code="illegible")
    await stage.home.desks.approval.require_correction(stage.home.staff(), request)
    return await waiting(stage, "APPLICANT_TO_ACT", journey.name)


@PARTNERS.stage("a filing has not left this node", "NOT_SENT_YET", "own-node", "line")
async def _(stage: Stage) -> Named:
    run, _ = await watch(stage)
    await stage.federation.settled()
    run.line.cut()
    journey = stage.journey()
    await journey.submit()
    return await waiting(stage, "NOT_SENT_YET", journey.name)


async def _second(stage: Stage) -> None:
    """漳州 decides offline what 潮州 withdraws meanwhile."""
    journey = stage.journey()
    await journey.submit()
    await stage.federation.settled()
    stage.home.line.cut()
    await journey.decide()
    withdraw = window_pb2.WithdrawApplicationRequest(name=journey.name)
    await stage.accepting.desks.window.withdraw_application(journey.window(), withdraw)
    await stage.federation.settled()
    stage.home.line.up = True
    await stage.federation.settled(120)


@PARTNERS.stage("a partner acted first", "STREAM_CONFLICT", "partner", "far-desk", node=f"nodes/{ACCEPTING}")
async def _(stage: Stage) -> Named:
    await _second(stage)
    return await task(stage, "STREAM_CONFLICT", region=HOME)


@PARTNERS.stage("a step was built on one that was refused", "PREDECESSOR_REJECTED", "supervisor", "desk")
async def _(stage: Stage) -> Named:
    await _second(stage)
    return await task(stage, "PREDECESSOR_REJECTED", region=HOME)


Play = Callable[[Post], Awaitable[None]]


async def _parked(home: Path, play: Play) -> Named:
    """What a node says of the stream that it could not fold."""
    async with post(sqlite_addresses(home)) as p:
        await play(p)
        desk = FaultDesk(p.core)

        def work(tx: Transaction) -> Finding | None:
            row = tx.fetch_all(QUERIES.list_parked_streams)[0]
            return desk.parked(tx, row["name"], row["parked"])

        found = await p.core.database.run(work, read_only=True)
    assert found is not None
    return Named(found)


@PARTNERS.add("a partner runs newer software", "PARKED_UNKNOWN_TYPE", "own-node", "node", node=AUTHOR)
async def _(home: Path) -> Named:
    async def play(p: Post) -> None:
        accepting = p.author(AUTHOR)
        await p.take("feeds/nodes", registered(accepting))
        filed = accepting.make(*filing("TEST0001"))
        event = accepting.event(filed.event.stream, application_pb2.ApplicationWithdrawn())
        event.ClearField("application_withdrawn")
        newer = event_pb2.Event.FromString(event.SerializeToString() + b"\xba\x3f\x02hi")
        await p.take("mailbox", filed, accepting.sign(newer)[0])

    return await _parked(home, play)


@PARTNERS.add("the step before has not come", "PARKED_PREDECESSOR", "gateway", "gateway")
async def _(home: Path) -> Named:
    async def play(p: Post) -> None:
        accepting = p.author(AUTHOR)
        await p.take("feeds/nodes", registered(accepting))
        filed = accepting.make(*filing("TEST0001"))
        withdrawn = accepting.make(filed.event.stream, application_pb2.ApplicationWithdrawn())
        p.versions[filed.event.stream] = (1, filed.digest)
        await p.take("mailbox", withdrawn)

    return await _parked(home, play)


@PARTNERS.add("a partner's key is not known yet", "PARKED_KEY_UNKNOWN", "partner", "partner", node=AUTHOR)
async def _(home: Path) -> Named:
    async def play(p: Post) -> None:
        await p.take("mailbox", p.author(AUTHOR).make(*filing("TEST0001")))

    return await _parked(home, play)


@PARTNERS.add("a partner's signature is bad", "PARKED_SIGNATURE", "partner", "partner", node=AUTHOR)
async def _(home: Path) -> Named:
    async def play(p: Post) -> None:
        accepting = p.author(AUTHOR)
        await p.take("feeds/nodes", registered(accepting))
        filed = accepting.make(*filing("TEST0001"))
        wire = envelope_pb2.SignedEvent()
        wire.CopyFrom(filed.wire)
        event = event_pb2.Event.FromString(wire.envelope.payload)
        event.application_submitted.window = "window-9"
        wire.envelope.payload = event.SerializeToString()
        await p.take("mailbox", Opened(event, hashlib.sha256(wire.envelope.payload).digest(), wire))

    return await _parked(home, play)


@PARTNERS.add("a partner decides what it may not", "PARKED_RULE", "partner", "partner", node=AUTHOR)
async def _(home: Path) -> Named:
    async def play(p: Post) -> None:
        accepting = p.author(AUTHOR)
        await p.take("feeds/nodes", registered(accepting))
        filed = accepting.make(*filing("TEST0001"))
        seized = accepting.make(filed.event.stream, application_pb2.ApplicationAccepted())
        await p.take("mailbox", filed, seized)

    return await _parked(home, play)
