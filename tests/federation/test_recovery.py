"""Put back from an old backup: nothing is lost, nothing doubled, and nobody has to be believed."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from gateway.recovery import WAIT_SECONDS
from nodes.journal.streams import FORKED
from tests.federation.recovering import forks, journal, nobody_is_troubled, put_back_gateway, put_back_node, recovers
from tests.federation.stage import ACCEPTING, OUTSIDE, Stage, play
from tests.simulate.ground import MachineClock
from tongban import errors
from tongban.v1 import approval_pb2, envelope_pb2, window_pb2

DAY = 86_400


@pytest.mark.parametrize("marked", [True, False])
def test_a_gateway_put_back_has_its_history_again_from_its_nodes(marked: bool) -> None:
    """Under the same receipts; whether `restore` has marked it, or somebody put the disk back by hand."""

    async def act(stage: Stage) -> None:
        journey = stage.journey()
        await journey.submit()
        await stage.federation.settled()
        image = stage.disks.disk("gateway").image()
        await journey.decide()
        first = journey.name
        await journey.submit()
        packed = await stage.send_off(journey.name)
        await stage.federation.settled()
        before = await journal(stage)
        await asyncio.sleep(DAY)
        await put_back_gateway(stage, image, marked=marked)
        assert len(await journal(stage)) < len(before)
        await stage.federation.settled(120)
        assert await journal(stage) == before
        await journey.decide()
        await stage.federation.settled()
        for name in (first, journey.name, packed.parcel.name):
            await stage.same_everywhere(name)
        await nobody_is_troubled(stage)
        assert {run.core.epoch for run in stage.federation.nodes.values()} == {stage.federation.gateway.admitter.epoch}  # type: ignore[union-attr]
        assert stage.home.core.epoch > 1

    play(act)


def test_what_was_never_receipted_is_sent_again_and_a_node_that_joined_since_is_known_again() -> None:
    async def act(stage: Stage) -> None:
        journey = stage.journey()
        await stage.federation.settled()
        image = stage.disks.disk("gateway").image()
        await stage.federation.start_node(OUTSIDE)
        await journey.submit()
        await stage.federation.settled()
        stage.accepting.line.cut()
        packed = await stage.send_off(journey.name)
        before = await journal(stage)
        await put_back_gateway(stage, image)
        await asyncio.sleep(60)
        assert recovers(stage), "潮州 has not reported"
        stage.accepting.line.up = True
        await stage.federation.settled(120)
        after = await journal(stage)
        assert before.items() <= after.items()
        assert (packed.parcel.name, 1) in after
        assert stage.federation.gateway is not None
        assert stage.federation.gateway.admitter.directory.find(f"nodes/{OUTSIDE}") is not None
        await stage.same_everywhere(journey.name)
        await stage.same_everywhere(packed.parcel.name)
        await nobody_is_troubled(stage)

    play(act)


@pytest.mark.parametrize("clock", [None, dt.datetime(1970, 1, 1, tzinfo=dt.UTC)])
def test_put_back_twice_from_one_backup(clock: dt.datetime | None) -> None:
    """Also where the clock of the machine was wrong when it was put back, so the later epoch has the lower number."""

    async def act(stage: Stage) -> None:
        journey = stage.journey()
        await stage.federation.settled()
        image = stage.disks.disk("gateway").image()
        for now in (None, clock):
            await journey.submit()
            await stage.federation.settled(120)
            await asyncio.sleep(3600)
            await put_back_gateway(stage, image, now=now)
        await stage.federation.settled(120)
        await journey.decide()
        await stage.federation.settled(120)
        assert sum(name.startswith("applications/") and version == 1 for name, version in await journal(stage)) == 2
        await stage.same_everywhere(journey.name)
        await nobody_is_troubled(stage)

    play(act)


def test_who_comes_after_the_wait_brings_what_only_it_has() -> None:
    async def act(stage: Stage) -> None:
        journey = stage.journey()
        await stage.federation.settled()
        image = stage.disks.disk("gateway").image()
        stage.home.line.cut()
        await journey.submit()
        await stage.federation.settled()
        before = await journal(stage)
        stage.accepting.line.cut()
        stage.home.line.up = True
        await put_back_gateway(stage, image)
        await asyncio.sleep(WAIT_SECONDS / 2)
        assert recovers(stage)
        await asyncio.sleep(WAIT_SECONDS)
        assert not recovers(stage)
        stage.accepting.line.up = True
        await stage.federation.settled(120)
        assert await journal(stage) == before
        await journey.decide()
        await stage.federation.settled(120)
        await stage.same_everywhere(journey.name)
        await nobody_is_troubled(stage)

    play(act)


def test_a_history_that_went_on_without_one_who_stayed_away_is_parked_and_owned() -> None:
    async def act(stage: Stage) -> None:
        journey = stage.journey()
        await journey.submit()
        await stage.federation.settled()
        image = stage.disks.disk("gateway").image()
        stage.home.line.cut()
        await stage.accepting.desks.window.withdraw_application(
            journey.window(), window_pb2.WithdrawApplicationRequest(name=journey.name)
        )
        await stage.federation.settled()
        stage.accepting.line.cut()
        await put_back_gateway(stage, image)
        stage.home.line.up = True
        await asyncio.sleep(WAIT_SECONDS + 60)
        await stage.home.desks.approval.accept_application(
            stage.home.staff(), approval_pb2.AcceptApplicationRequest(name=journey.name)
        )
        await stage.federation.settled(120)
        contested = journey.name
        stage.accepting.line.up = True
        await stage.federation.settled(120)
        status = await stage.status(stage.accepting)
        assert [(p.stream, p.problem) for p in status.parked] == [(contested, FORKED)]
        assert [(t.stream, t.reason, t.owner) for t in status.tasks] == [(contested, "EPOCH_CHANGED", "supervisor")]
        assert [row["stream"] for row in await forks(stage)] == [contested]
        # What is contested blocks nothing else, and stays parked through whatever comes on it.
        await stage.home.desks.approval.start_review(
            stage.home.staff(), approval_pb2.StartReviewRequest(name=contested)
        )
        await journey.submit()
        await stage.federation.settled(120)
        await journey.decide()
        await stage.federation.settled(120)
        await stage.same_everywhere(journey.name)
        assert [p.stream for p in (await stage.status(stage.accepting)).parked] == [contested]

    play(act)


@pytest.mark.parametrize("marked", [True, False])
def test_a_node_put_back_reads_everything_again(marked: bool) -> None:
    async def act(stage: Stage) -> None:
        journey = stage.journey()
        await journey.submit()
        await stage.federation.settled()
        image = stage.disks.disk(ACCEPTING).image()
        await journey.decide()
        first = journey.name
        await journey.submit()
        packed = await stage.send_off(journey.name)
        await stage.federation.settled()
        before = await journal(stage)
        journey.accepting = await put_back_node(stage, image, marked=marked)
        if marked:
            with pytest.raises(errors.PeerAhead):
                await journey.submit()
        await stage.federation.settled(120)
        assert await journal(stage) == before
        assert journey.accepting.core.position.incarnation == 2
        await journey.submit()
        await stage.federation.settled(120)
        for name in (first, journey.name, packed.parcel.name):
            await stage.same_everywhere(name)
        await nobody_is_troubled(stage)

    play(act)


@pytest.mark.parametrize("marked", [True, False])
def test_both_are_put_back(marked: bool) -> None:
    """The other node has what was addressed to it; that is enough to make both whole."""

    async def act(stage: Stage) -> None:
        journey = stage.journey()
        await journey.submit()
        await stage.federation.settled()
        images = stage.disks.disk("gateway").image(), stage.disks.disk(ACCEPTING).image()
        await journey.decide()
        first = journey.name
        await journey.submit()
        packed = await stage.send_off(journey.name)
        await stage.federation.settled()
        before = await journal(stage)
        await stage.federation.stop_node(ACCEPTING)
        await put_back_gateway(stage, images[0], marked=marked)
        await stage.federation.start_node(ACCEPTING, dial=False)
        journey.accepting = await put_back_node(stage, images[1], marked=marked)
        await stage.federation.settled(120)
        assert await journal(stage) == before
        assert journey.accepting.core.position.incarnation >= 2
        assert not journey.accepting.core.recovering
        await journey.submit()
        await stage.federation.settled(120)
        for name in (first, journey.name, packed.parcel.name):
            await stage.same_everywhere(name)
        await nobody_is_troubled(stage)

    play(act)


def test_what_all_who_had_it_have_lost_is_gone_and_can_be_done_again() -> None:
    """漳州 is cut off, so its copies were the gateway's and 潮州's; what it had taken in before comes back from it."""

    async def act(stage: Stage) -> None:
        journey = stage.journey()
        images = stage.disks.disk("gateway").image(), stage.disks.disk(ACCEPTING).image()
        await journey.submit()
        await stage.federation.settled()
        taken_in, kept = journey.name, await journal(stage)
        stage.home.line.cut()
        await journey.submit()
        await asyncio.sleep(10)
        gone = (await journal(stage)).items() - kept.items()
        assert [place for place, _ in gone] == [(journey.name, 1)]
        await stage.federation.stop_node(ACCEPTING)
        await put_back_gateway(stage, images[0])
        await stage.federation.start_node(ACCEPTING, dial=False)
        journey.accepting = await put_back_node(stage, images[1])
        stage.home.line.up = True
        await stage.federation.settled(120)
        assert await journal(stage) == kept
        await journey.submit()
        await stage.federation.settled(120)
        await journey.decide()
        await stage.federation.settled(120)
        assert kept.items() <= (await journal(stage)).items()
        assert not gone & (await journal(stage)).items()
        for name in (taken_in, journey.name):
            await stage.same_everywhere(name)
        await nobody_is_troubled(stage)

    play(act)


async def mailbox(stage: Stage, region: str) -> list[tuple[str, int]]:
    """What lies in a node's mailbox, in order."""
    assert stage.federation.gateway is not None
    page = await stage.federation.gateway.read(f"nodes/{region}", 0, 1000)
    leaves = [envelope_pb2.AdmissionLeaf.FromString(delivery.receipt.leaf) for delivery in page.deliveries]
    return [(leaf.stream, leaf.version) for leaf in leaves]


def test_a_clock_that_was_set_back_does_not_turn_the_order_of_what_comes_back() -> None:
    """What was admitted later may bear an earlier time; an author's events come back as it made them all the same."""

    async def act(stage: Stage) -> None:
        federation, journey = stage.federation, stage.journey()
        clock = MachineClock(federation.clock)
        federation.clock_of = lambda machine: clock if machine == "gateway" else federation.clock
        image = stage.disks.disk("gateway").image()
        await federation.stop_gateway()
        await federation.start_gateway()
        for seconds in (0, -40, -80, -10):
            clock.ahead = dt.timedelta(seconds=seconds)
            await journey.submit()
            packed = await stage.send_off(journey.name)
            await federation.settled()
            await asyncio.sleep(5)
        await journey.decide()
        await federation.settled()
        before = await journal(stage)
        filed = [entry for entry in await mailbox(stage, ACCEPTING) if entry[1] == 1]
        clock.ahead = dt.timedelta(0)
        await put_back_gateway(stage, image)
        await federation.settled(120)
        assert await journal(stage) == before
        assert [entry for entry in await mailbox(stage, ACCEPTING) if entry[1] == 1] == filed
        await stage.same_everywhere(packed.parcel.name)
        await nobody_is_troubled(stage)

    play(act)
