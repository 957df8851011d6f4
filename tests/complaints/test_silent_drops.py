"""Complaint: a slow consumer, or a buffer that is full, loses messages, and neither side is told.

Raised as nats-io/nats-server#3207.
"""

from __future__ import annotations

import asyncio

import pytest

from gateway.tail import Tail
from tests.federation.journey import submission
from tests.federation.stage import HOME, RawPeer, Stage, play
from tongban import errors
from tongban.storage.batcher import GroupCommit
from tongban.v1 import federation_pb2

FILINGS = 300


@pytest.mark.parametrize("kept", [4096, 8, 1])
def test_a_slow_consumer_loses_nothing(kept: int) -> None:
    """A consumer that reads too slowly is skipped over, and messages are gone (nats-server#3207).

    Here a node takes three deliveries at a time, long after they came: what the gateway keeps in memory for it is
    bounded, and the node gets every position, in order, without a gap.
    """

    async def act(stage: Stage) -> None:
        gateway = stage.federation.gateway
        assert gateway is not None
        gateway.admitter.tail = Tail(max_entries=kept)
        await stage.federation.stop_node(HOME)
        slow = RawPeer(stage.federation, f"nodes/{HOME}")
        cursors = [federation_pb2.Cursor(channel=c, position=gateway.heads[c]) for c in gateway.heads if "feeds" in c]
        await slow.hello(cursors=cursors, credit=federation_pb2.Credit(events=3, bytes=1 << 24))
        for _ in range(FILINGS // 20):
            desk, staff = stage.accepting.desks.window, stage.accepting.staff()
            await asyncio.gather(*(desk.submit_application(staff, submission()) for _ in range(20)))
            await asyncio.sleep(1)
        # The sender is not held up by the slow one, and the gateway holds no more for it than it may.
        assert (await stage.status(stage.accepting)).waiting_events == 0
        assert len(gateway.admitter.tail._entries) <= kept
        positions: list[int] = []
        while len(positions) < FILINGS:
            frame = await slow.receive()
            if frame.WhichOneof("frame") == "deliveries":
                positions += [delivery.position for delivery in frame.deliveries.deliveries]
                await slow.send(credit=federation_pb2.Credit(events=len(frame.deliveries.deliveries), bytes=1 << 20))
            await asyncio.sleep(5)
        assert positions == list(range(1, FILINGS + 1))
        await slow.stop()

    play(act)


def test_a_consumer_that_breaks_off_in_the_middle_gets_the_rest() -> None:
    """A consumer that is cut off while it catches up has a hole afterwards (nats-server#3207).

    Here the line breaks after each few deliveries; the node goes on from its cursor and ends with every one of them.
    """

    async def act(stage: Stage) -> None:
        stage.home.line.cut()
        desk, staff = stage.accepting.desks.window, stage.accepting.staff()
        names = [(await desk.submit_application(staff, submission())).name for _ in range(60)]
        for turns in range(0, 60, 3):
            stage.home.line.up = True
            await asyncio.sleep(1)
            for _ in range(turns):
                await asyncio.sleep(0)
            stage.home.line.cut()
        stage.home.line.up = True
        await stage.federation.settled(120)
        for name in names:
            await stage.same_everywhere(name)

    play(act)


async def test_a_full_buffer_says_so_by_name() -> None:
    """A full buffer drops what comes, silently (nats-server#3207).

    Here what does not fit is refused to its sender, by name and with the time after which to try again, and everything
    that was taken is answered.
    """
    going = asyncio.Event()
    done: list[int] = []

    async def handler(batch: list[int]) -> list[int]:
        await going.wait()
        done.extend(batch)
        return batch

    commits: GroupCommit[int, int] = GroupCommit(handler, max_items=4, max_waiting=8)
    asked = [asyncio.create_task(commits.submit(number)) for number in range(40)]
    await asyncio.sleep(0.05)
    going.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, errors.Overloaded)]
    taken = [answer for answer in answers if isinstance(answer, int)]
    assert refused
    assert all(error.retry_seconds for error in refused)
    assert len(refused) + len(taken) == 40
    assert sorted(done) == sorted(taken)
    await commits.close()
