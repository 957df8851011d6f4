"""Complaint: a server that was down and is back is still left alone, because the others remember their back-off.

Raised as matrix-org/synapse#14513 (a peer that is back is not tried for hours) and #9335 (one that comes back is
caught up late, and others wait behind it).
"""

from __future__ import annotations

import asyncio

from tests.federation.stage import ACCEPTING, HOME, OUTSIDE, FarLine, Stage, back, play
from tests.federation.test_absence import DAY
from tests.federation.whole import Federation
from tongban.v1 import directory_pb2, registry_pb2, types_pb2


class CountingLine(FarLine):
    """A line that notes when it was dialled, and on which the other side answers at once that it is not there."""

    def __init__(self, federation: Federation, node: str) -> None:
        super().__init__(federation, node)
        self.dialled: list[float] = []

    async def connect(self) -> object:
        """A link, or a refusal."""
        self.dialled.append(asyncio.get_running_loop().time())
        if self.up:
            self._back.clear()
        return await super(FarLine, self).connect()


def test_a_peer_that_is_back_is_served_at_once() -> None:
    """A recovered peer is still shunned for as long as the last back-off says (synapse#14513).

    Here a node that was away for ten days, and whose waits had long grown to their limit, has all that came for it
    within five seconds of the line's return.
    """

    async def act(stage: Stage) -> None:
        loop = asyncio.get_running_loop()
        stage.home.line.cut()
        journey = stage.journey()
        await journey.submit()
        await asyncio.sleep(10 * DAY)
        assert await stage.home.core.state(journey.name) is None
        returned = loop.time()
        back(stage.home)
        with stage.home.core.watch(journey.name) as watch:
            await watch.changed()
        assert await stage.home.core.state(journey.name) is not None
        assert loop.time() - returned <= 5

    play(act, line_to=FarLine)


def test_the_wait_starts_anew_after_a_return() -> None:
    """The back-off of the last outage is applied to the next one (synapse#14513).

    Here, after an hour of vain dialling, a welcomed session resets the waits: the next break is mended within a second.
    """

    async def act(stage: Stage) -> None:
        loop = asyncio.get_running_loop()
        line = stage.home.line
        assert isinstance(line, CountingLine)
        line.cut()
        await asyncio.sleep(3600)
        waits = [later - sooner for sooner, later in zip(line.dialled, line.dialled[1:], strict=False)]
        assert max(waits[10:]) > 10
        back(stage.home)
        await stage.federation.settled(60)
        line.cut()
        line.up = True  # nobody tells: it has to try by itself
        line.dialled.clear()
        broken = loop.time()
        await asyncio.sleep(1)
        assert stage.home.core.line.connected
        assert line.dialled[0] - broken <= 1

    play(act, line_to=CountingLine)


def test_no_other_node_is_held_up_by_one_that_is_away_or_back() -> None:
    """While one peer is caught up, the others' events wait behind it (synapse#9335).

    Here one node is away for a week while two hundred events gather for it; before, during and after its return another
    node gets each new event within a second.
    """

    async def act(stage: Stage) -> None:
        loop = asyncio.get_running_loop()
        other = stage.federation.nodes[OUTSIDE]
        number = 0

        async def heard() -> float:
            nonlocal number
            number += 1
            name = f"items/{ACCEPTING}.new-{number}"
            document = directory_pb2.ItemDocument(
                name=name, home=stage.accepting.core.name, title="新事项", modes=[types_pb2.MODE_AGENT]
            )
            start = loop.time()
            await stage.accepting.desks.registry.publish_item(
                stage.accepting.staff(), registry_pb2.PublishItemRequest(document=document)
            )
            with other.core.watch(name) as watch:
                await watch.changed()
            assert other.core.shared.item(name) is not None
            return loop.time() - start

        stage.home.line.cut()
        for _ in range(40):
            journey = stage.journey()
            await journey.submit()
            await stage.send_off(journey.name)
            await asyncio.sleep(DAY / 8)
            assert await heard() <= 1
        back(stage.home)
        for _ in range(20):
            assert await heard() <= 1
        await stage.federation.settled(60)

    play(act, regions=(HOME, ACCEPTING, OUTSIDE), line_to=FarLine)
