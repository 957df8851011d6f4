"""A parcel at the wrong post is in its hands, is named a way, and goes on; also before its sender's events."""

from __future__ import annotations

import pytest

from nodes import fsck
from nodes.desk.scans import Board
from nodes.desk.staff import MAILROOM, Staff
from tests.federation.whole import NodeRun, request_id
from tests.nodes.kit import ACCEPTING, HOME, OUTSIDE, Address, Office, filed, office
from tongban import errors
from tongban.v1 import lifecycle_pb2, mailroom_pb2, parcel_pb2, registry_pb2

SEAL, WAYBILL, SECOND_WAYBILL = "SEAL-0001", "EB123456785CN", "EB000000005CN"
_S = lifecycle_pb2


async def packed(o: Office) -> mailroom_pb2.PackParcelResponse:
    """A parcel of 潮州's to 漳州's mailroom."""
    name = await filed(o)
    return await o.accepting.desks.mailroom.pack_parcel(
        o.accepting.staff("mailroom-1"),
        mailroom_pb2.PackParcelRequest(
            request_id=request_id(),
            purpose=parcel_pb2.PARCEL_PURPOSE_MATERIALS,
            destination=parcel_pb2.Post(node=o.home.core.name, post="mailroom-1"),
            items=[f"{name}/originals/deed"],
            seals=[SEAL],
        ),
    )


async def dispatched(o: Office) -> mailroom_pb2.PackParcelResponse:
    """The same, handed to the courier."""
    made = await packed(o)
    await hand_over(o.accepting, made, WAYBILL, "ems")
    return made


async def hand_over(run: NodeRun, made: mailroom_pb2.PackParcelResponse, waybill: str, carrier: str) -> None:
    request = mailroom_pb2.DispatchParcelRequest(
        name=made.parcel.name, carrier=carrier, waybill=waybill, seals=[SEAL], stub=made.stub
    )
    await run.desks.mailroom.dispatch_parcel(run.staff("mailroom-1"), request)


def porter(post: str = "mailroom-1") -> Staff:
    return Staff("porter", "s-porter", "收发", frozenset({MAILROOM}), post)


async def scan(run: NodeRun, *texts: str, post: str = "mailroom-1") -> Board:
    board = await run.desks.scans.board(porter(post))
    for text in texts:
        board = await run.desks.scans.scan(porter(post), text)
        assert board.error is None, board.error
    return board


async def redirect(run: NodeRun, name: str, to: parcel_pb2.Post, reason: str = "wrong-post") -> parcel_pb2.Parcel:
    request = mailroom_pb2.RedirectParcelRequest(name=name, destination=to, reason=reason)
    return await run.desks.mailroom.redirect_parcel(run.staff("mailroom-1"), request)


async def state(run: NodeRun, name: str) -> parcel_pb2.Parcel:
    found = await run.core.state(name)
    assert isinstance(found, parcel_pb2.Parcel)
    return found


@pytest.mark.federation
async def test_another_node_takes_it_in_and_sends_it_on(address: Address) -> None:
    async with office(address, regions=(HOME, ACCEPTING, OUTSIDE)) as o:
        made = await dispatched(o)
        await o.settled()
        wrong, name = o.nodes[OUTSIDE], made.parcel.name
        board = await scan(wrong, made.stub, SEAL, WAYBILL)
        assert board.done[-1].redirect
        assert (board.done[-1].node, board.done[-1].post) == (o.home.core.name, "mailroom-1")
        # Its scan made it a party: the rest of the stream comes, and nothing is scanned twice.
        await o.settled()
        assert await wrong.desks.mailroom.record_early_intakes() == 1
        await o.settled()
        for run in (o.accepting, o.home, wrong):
            held = await state(run, name)
            assert held.state == _S.PARCEL_STATE_WRONG_POST
            assert held.custody.post == parcel_pb2.Post(node=wrong.core.name, post="mailroom-1")
            assert len(held.legs) == 1
        moved = await redirect(wrong, name, held.destination)
        assert moved.state == _S.PARCEL_STATE_REDIRECTED
        await hand_over(wrong, made, SECOND_WAYBILL, "ems")
        await o.settled()
        assert (await state(o.home, name)).custody.answerable_node == wrong.core.name
        board = await scan(o.home, SECOND_WAYBILL, SEAL, made.stub)
        assert not board.done[-1].redirect
        await o.settled()
        for run in (o.accepting, o.home, wrong):
            arrived = await state(run, name)
            assert arrived.custody.post == arrived.destination == made.parcel.destination
            assert arrived.state == _S.PARCEL_STATE_TAKEN_IN
            assert not [e for e in arrived.exceptions if e.code == "wrong-post" and not e.HasField("resolve_time")]


@pytest.mark.federation
async def test_another_of_our_own_posts_is_a_wrong_post_too(sqlite: Address) -> None:
    async with office(sqlite) as o:
        made = await dispatched(o)
        await o.settled()
        board = await scan(o.home, made.stub, SEAL, WAYBILL, post="window-1")
        assert board.done[-1].redirect
        held = await state(o.home, made.parcel.name)
        assert held.custody.post.post == "window-1"
        request = mailroom_pb2.RedirectParcelRequest(name=held.name, destination=held.destination, reason="wrong-post")
        await o.home.desks.mailroom.redirect_parcel(o.home.staff("window-1"), request)
        by_hand = mailroom_pb2.DispatchParcelRequest(name=held.name, carrier="hand", seals=[SEAL], stub=made.stub)
        await o.home.desks.mailroom.dispatch_parcel(o.home.staff("window-1"), by_hand)
        board = await scan(o.home, made.stub, SEAL, "TBC:DONE")
        assert not board.done[-1].redirect
        await o.settled()
        arrived = await state(o.accepting, made.parcel.name)
        assert arrived.custody.post == arrived.destination
        assert not [e for e in arrived.exceptions if not e.HasField("resolve_time") and e.code != "one-sided"]


@pytest.mark.federation
async def test_a_parcel_of_nobody_known_is_taken_in_and_named_a_way(sqlite: Address) -> None:
    async with office(sqlite, regions=(HOME, ACCEPTING, OUTSIDE)) as o:
        o.accepting.line.cut()
        made = await packed_alone(o)
        wrong = o.nodes[OUTSIDE]
        board = await scan(wrong, made.stub, SEAL, WAYBILL)
        assert board.done[-1].redirect
        assert board.done[-1].node == o.home.core.name
        desk, name = wrong.desks.mailroom, made.parcel.name
        listed = await wrong.desks.shelf.list_shelf(porter(), mailroom_pb2.ListShelfRequest())
        assert [(entry.name, entry.kind) for entry in listed.entries] == [(name, "unopened")]
        await sound(wrong)
        with pytest.raises(errors.ParcelNotFound):
            await redirect(wrong, name, made.parcel.destination)
        # The gateway has never heard of it: it is asked again, and a person has one task, not one for each time.
        for _ in range(3):
            await o.settled()
            o.now.move(minutes=11)
            assert await desk.record_early_intakes() == 0
        await o.settled()
        await desk.record_early_intakes()
        status = await wrong.desks.registry.get_node_status(wrong.staff(), registry_pb2.GetNodeStatusRequest())
        assert [(task.stream, task.reason) for task in status.tasks] == [(name, "WRONG_POST")]
        await sound(wrong)
        o.accepting.line.up = True
        await hand_over(o.accepting, made, WAYBILL, "ems")
        await o.settled()
        o.now.move(minutes=11)
        await desk.record_early_intakes()
        await o.settled()
        assert await desk.record_early_intakes() == 1
        held = await state(o.accepting, name)
        assert held.custody.post.node == wrong.core.name
        assert held.custody.since_time.ToDatetime() < o.now.now().replace(tzinfo=None)
        moved = await redirect(wrong, name, made.parcel.destination)
        assert moved.state == _S.PARCEL_STATE_REDIRECTED


@pytest.mark.federation
async def test_a_stray_that_was_scanned_while_its_post_was_recovered_is_told_afterwards(sqlite: Address) -> None:
    async with office(sqlite, regions=(HOME, ACCEPTING, OUTSIDE)) as o:
        made = await dispatched(o)
        await o.settled()
        wrong = o.nodes[OUTSIDE]
        wrong.core.recovering = True
        await scan(wrong, made.stub, SEAL, WAYBILL)
        wrong.core.recovering = False
        await wrong.desks.mailroom.record_early_intakes()
        await o.settled()
        assert await wrong.desks.mailroom.record_early_intakes() == 1
        assert (await state(o.accepting, made.parcel.name)).custody.post.node == wrong.core.name


@pytest.mark.federation
async def test_a_stray_scanned_by_a_clock_that_was_ahead_is_told_when_the_clock_is_right(sqlite: Address) -> None:
    async with office(sqlite, regions=(HOME, ACCEPTING, OUTSIDE)) as o:
        o.accepting.line.cut()
        made = await packed_alone(o)
        wrong = o.nodes[OUTSIDE]
        o.now.move(minutes=60)
        await scan(wrong, made.stub, SEAL, WAYBILL)
        await o.settled()
        o.now.move(minutes=-60)
        o.accepting.line.up = True
        await hand_over(o.accepting, made, WAYBILL, "ems")
        await o.settled()
        o.now.move(minutes=11)
        await wrong.desks.mailroom.record_early_intakes()
        await o.settled()
        assert await wrong.desks.mailroom.record_early_intakes() == 1
        held = await state(o.accepting, made.parcel.name)
        assert held.custody.post.node == wrong.core.name
        assert held.custody.since_time.ToDatetime() <= o.now.now().replace(tzinfo=None)
        await sound(wrong)


async def sound(run: NodeRun) -> None:
    """The node's database is what its journal says, also while a scan waits for its stream."""
    own = (run.core.keys.signing_key_id, run.core.keys.signing_public)
    report = await run.core.database.run(lambda tx: fsck.check(tx, node=run.core.name, own_key=own), read_only=True)
    assert report.sound, report.first


async def packed_alone(o: Office) -> mailroom_pb2.PackParcelResponse:
    """A parcel that nobody else has heard of."""
    journey = o.journey()
    await journey.submit()
    return await o.accepting.desks.mailroom.pack_parcel(
        o.accepting.staff("mailroom-1"),
        mailroom_pb2.PackParcelRequest(
            request_id=request_id(),
            purpose=parcel_pb2.PARCEL_PURPOSE_MATERIALS,
            destination=parcel_pb2.Post(node=o.home.core.name, post="mailroom-1"),
            items=[f"{journey.name}/originals/deed"],
            seals=[SEAL],
        ),
    )


@pytest.mark.federation
async def test_who_opens_alone_is_refused(sqlite: Address) -> None:
    async with office(sqlite) as o:
        made = await dispatched(o)
        await o.settled()
        await scan(o.home, made.stub, SEAL, WAYBILL)
        desk, staff = o.home.desks.mailroom, o.home.staff("mailroom-1")
        for witness in ("", "nobody", "tester"):
            request = mailroom_pb2.OpenParcelRequest(name=made.parcel.name, seals_intact=True, witness=witness)
            with pytest.raises(errors.FieldInvalid):
                await desk.open_parcel(staff, request)
        request = mailroom_pb2.OpenParcelRequest(name=made.parcel.name, seals_intact=True, witness="second")
        opened = await desk.open_parcel(staff, request)
        assert opened.state == _S.PARCEL_STATE_OPENED
