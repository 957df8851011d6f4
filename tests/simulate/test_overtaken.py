"""What a node made comes to it in another order only where nobody else had the earlier step; each neighbouring case."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

import pytest

from nodes.store import QUERIES as NODE
from tests.federation.recovering import put_back_gateway
from tests.federation.stage import ACCEPTING, HOME, RawPeer, Stage, play
from tests.invariants import Counts, InvariantBroken, check_all
from tests.invariants.books import read_gateway
from tests.invariants.delivery import ORDER, check_channels
from tests.invariants.journal import check_journal
from tests.simulate.copies import Copies
from tongban.storage.base import Row
from tongban.v1 import approval_pb2, federation_pb2, window_pb2

OTHER = "350128"
REGIONS = (HOME, ACCEPTING, OTHER)

Overtaken = Mapping[str, Collection[str]]


async def accept_two(stage: Stage) -> tuple[str, str]:
    """漳州 accepts 平潭's application and then 潮州's, without a line; the two events."""
    filed = []
    for region in (OTHER, ACCEPTING):
        journey = stage.journey()
        journey.accepting = stage.federation.nodes[region]
        await journey.submit()
        filed.append(journey.name)
    await stage.federation.settled()
    stage.home.line.cut()
    for name in filed:
        request = approval_pb2.AcceptApplicationRequest(name=name)
        await stage.home.desks.approval.accept_application(stage.home.staff(), request)
    earlier, later = (row["event_id"] for row in await waiting(stage))
    return earlier, later


async def waiting(stage: Stage) -> list[Row]:
    """漳州's own events that have no answer."""
    return await stage.home.core.database.look_up(lambda tx: tx.fetch_all(NODE.list_waiting, {"after": 0, "size": 9}))


async def admit(stage: Stage, *, absent: tuple[str, ...], forgets: bool) -> None:
    """漳州's two steps are admitted; `forgets`: its line carries them there, and nothing back."""
    for region in absent:
        stage.federation.nodes[region].line.cut()
    if not forgets:
        stage.home.line.up = True
        await asyncio.sleep(60)
        assert not await stage.waiting(stage.home)
        return
    submission = federation_pb2.Submission()
    for row in await waiting(stage):
        wire = submission.events.add()
        wire.ParseFromString(row["content"] or b"")
        wire.envelope.ParseFromString(row["envelope"])
    peer = RawPeer(stage.federation, stage.home.core.name)
    await peer.hello()
    await peer.send(submission=submission)
    await asyncio.sleep(60)
    await peer.stop()
    assert await stage.waiting(stage.home) == 2


async def recover(stage: Stage, image: bytes) -> Overtaken:
    """The gateway is put back, all lines are good again, and everything is answered."""
    for region in REGIONS:
        stage.federation.nodes[region].line.cut()
    await put_back_gateway(stage, image)
    copies = Copies()
    nodes = {f"nodes/{region}": stage.disks.disk(region) for region in REGIONS}
    copies.note_overtaken(stage.disks.disk("gateway"), nodes)
    for region in REGIONS:
        stage.federation.nodes[region].line.up = True
    await stage.federation.settled(120)
    return copies.overtaken


async def judge(stage: Stage, overtaken: Overtaken) -> None:
    """Everything holds, with this said about the order."""
    gateway = stage.federation.gateway
    assert gateway is not None
    nodes = {run.core.name: run.core.database for run in stage.federation.nodes.values()}
    await check_all(gateway.database, nodes, overtaken=overtaken)


def test_a_step_that_nobody_else_had_lies_behind_one_that_another_gave_back() -> None:
    """That very pair is let pass: not where it is not named, nor by one of the two alone, nor the other way round."""

    async def act(stage: Stage) -> None:
        await stage.federation.settled()
        image = stage.disks.disk("gateway").image()
        earlier, later = await accept_two(stage)
        await admit(stage, absent=(OTHER,), forgets=True)
        overtaken = await recover(stage, image)
        assert overtaken == {earlier: {later}}
        await judge(stage, overtaken)
        said: Overtaken
        for said in ({}, {earlier: set()}, {later: {earlier}}, {earlier: {earlier}}, {"": {later}}):
            with pytest.raises(InvariantBroken, match="own sequence") as broken:
                await judge(stage, said)
            assert broken.value.invariant == ORDER, said

    play(act, regions=REGIONS)


@pytest.mark.parametrize(
    ("absent", "forgets", "is_backup_late"),
    [
        ((), True, False),
        ((OTHER,), False, False),
        ((OTHER, ACCEPTING), True, False),
        ((ACCEPTING,), True, False),
        ((OTHER,), True, True),
    ],
    ids=["both were heard", "its author has the receipts", "none was heard", "the earlier was heard", "in the backup"],
)
def test_in_every_neighbouring_case_the_order_is_kept_and_nothing_is_let_pass(
    absent: tuple[str, ...], forgets: bool, is_backup_late: bool
) -> None:
    async def act(stage: Stage) -> None:
        await stage.federation.settled()
        image = stage.disks.disk("gateway").image()
        await accept_two(stage)
        await admit(stage, absent=absent, forgets=forgets)
        if is_backup_late:
            image = stage.disks.disk("gateway").image()
        assert not await recover(stage, image)
        await judge(stage, {})

    play(act, regions=REGIONS)


def test_what_was_refused_is_not_sent_anew_and_nothing_may_overtake_it() -> None:
    async def act(stage: Stage) -> None:
        withdrawn = stage.journey()
        other = withdrawn.accepting = stage.federation.nodes[OTHER]
        await withdrawn.submit()
        await stage.federation.settled()
        image = stage.disks.disk("gateway").image()
        stage.home.line.cut()
        request = approval_pb2.AcceptApplicationRequest(name=withdrawn.name)
        await stage.home.desks.approval.accept_application(stage.home.staff(), request)
        withdrawal = window_pb2.WithdrawApplicationRequest(name=withdrawn.name)
        await other.desks.window.withdraw_application(withdrawn.window(), withdrawal)
        await stage.federation.settled()
        stage.home.line.up = True
        await stage.federation.settled()
        assert (await stage.status(stage.home)).tasks
        await accept_two(stage)
        await admit(stage, absent=(OTHER,), forgets=False)
        assert not await recover(stage, image)
        await judge(stage, {})

    play(act, regions=REGIONS)


def test_what_was_admitted_in_one_epoch_keeps_its_order_whatever_is_said_about_it() -> None:
    """A gateway that turns two steps round by itself is found out, even where this pair is said to be overtaken."""

    async def act(stage: Stage) -> None:
        earlier, later = await accept_two(stage)
        stage.home.line.up = True
        await stage.federation.settled()
        gateway = stage.federation.gateway
        assert gateway is not None
        keys = {key.key_id: key.public_key for key in gateway.receipt_keys}
        books = await read_gateway(gateway.database)
        journal = check_journal(books, keys, Counts())
        overtaken = {earlier: {later}}
        check_channels(journal, Counts(), overtaken)
        entries = books.entries[f"nodes/{HOME}"]
        (first, *_), (second, *_) = entries[-2:]
        books.entries[f"nodes/{HOME}"] = [*entries[:-2], (first, *entries[-1][1:]), (second, *entries[-2][1:])]
        with pytest.raises(InvariantBroken, match="own sequence"):
            check_channels(journal, Counts(), overtaken)

    play(act, regions=REGIONS)
