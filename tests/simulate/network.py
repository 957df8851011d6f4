"""Lines with weather: each connection is a pipe whose two directions go wrong each for itself.

What a wire can do to a frame under way:

    hold      nothing arrives in this direction while the other flows (a one-way partition); what was sent comes late,
              all of it and in order, as TCP sends it again, or never, and then the connection breaks
    slow      each frame takes its time; their order stays
    twice     a frame arrives two times
    swap      a frame arrives behind the one that was sent after it
    lose      a frame does not arrive, and the ones behind it do
    tear      of a frame with several entries only the first ones arrive, and the connection breaks

One connection of TCP under TLS can do the first two.  The others need somebody hostile below TLS who can also make
valid records, that is, one of the two ends; the exchange has to notice or survive them all the same.  After a loss the
connection breaks within seconds, as it would: neither side can know that it waits for something.  A torn submission is
cut between two atomic groups, because a node never sends less than a group; what a peer gets who does is told in
`tests.federation.test_rough_peers`.

Reordering across connections is what TCP does allow: `half_dead` breaks a connection at the node's end only.  The node
dials again while the gateway still serves the old session, and what the node had sent on it arrives late, in the middle
of the new one.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from gateway.session import Session
from tests.federation.whole import Federation, PipeLine
from tongban import errors
from tongban.v1 import event_pb2, federation_pb2

_DEPTH = 64
_STAYS = 0.6
"""How often a node that dials again gets the replica of the gateway that it had, where both answer."""


@dataclass(slots=True)
class Weather:
    """What happens to frames in one direction; nothing, as long as nothing is set."""

    hold: bool = False
    slow: float = 0.0
    """At most so many seconds a frame."""
    twice: float = 0.0
    swap: float = 0.0
    lose: float = 0.0
    tear: bool = False

    @property
    def calm(self) -> bool:
        """Whether frames just pass."""
        return not (self.hold or self.slow or self.twice or self.swap or self.lose or self.tear)


@dataclass(slots=True)
class Wire:
    """A node's wire, whatever process and connection is on it."""

    up: Weather = field(default_factory=Weather)
    down: Weather = field(default_factory=Weather)
    whole: bool = True
    refusal: errors.TongbanError | None = None
    """Why the gateway's door does not let this node in, if so."""
    out_of_reach: set[str] = field(default_factory=set)
    """Replicas of the gateway to which no way leads from here."""

    def heal(self) -> None:
        """Fair weather, and an open door."""
        self.up, self.down = Weather(), Weather()
        self.whole, self.refusal = True, None
        self.out_of_reach.clear()


class _Direction:
    """Frames of one direction of one connection."""

    def __init__(self, pipe: RoughPipe, weather: str) -> None:
        self._pipe = pipe
        self._weather = weather
        self.held_until = 0.0
        self.arrived: asyncio.Queue[Any] = asyncio.Queue(_DEPTH)
        self._under_way: deque[Any] = deque()
        self._carrying: asyncio.Task[None] | None = None
        self._is_stopped = False

    async def send(self, frame: Any) -> None:
        """Let a frame go; it is lost where nobody receives any more."""
        if self._is_stopped:
            return
        weather: Weather = getattr(self._pipe.wire, self._weather)
        if weather.calm and self._carrying is None:
            await self.arrived.put(frame)
            return
        self._under_way.append(frame)
        if self._carrying is None:
            self._carrying = asyncio.get_running_loop().create_task(self._carry())

    def stop(self) -> None:
        """Nothing arrives any more, and who waits for room need not."""
        if self._carrying is not None:
            self._carrying.cancel()
            self._carrying = None
        self._under_way.clear()
        while not self.arrived.empty():
            self.arrived.get_nowait()
        self._is_stopped = True
        self.arrived.put_nowait(None)

    async def _carry(self) -> None:
        chance = self._pipe.chance
        while self._under_way:
            weather: Weather = getattr(self._pipe.wire, self._weather)
            if weather.hold or self.held_until > asyncio.get_running_loop().time():
                await asyncio.sleep(0.5)
                continue
            if weather.slow:
                await asyncio.sleep(chance.uniform(0.0, weather.slow))
            if weather.swap and len(self._under_way) > 1 and chance.random() < weather.swap:
                self._under_way[0], self._under_way[1] = self._under_way[1], self._under_way[0]
            frame = self._under_way.popleft()
            if frame is not None and weather.tear and (torn := _torn(frame, chance)) is not None:
                weather.tear = False
                await self.arrived.put(torn)
                await asyncio.sleep(0.01)
                self._pipe.cut()
                return
            if frame is not None and weather.lose and chance.random() < weather.lose:
                asyncio.get_running_loop().call_later(chance.uniform(0.5, 8.0), self._pipe.cut)
                continue
            await self.arrived.put(frame)
            if frame is not None and weather.twice and chance.random() < weather.twice:
                await self.arrived.put(frame)
            if weather.swap and not self._under_way:
                # Wait a moment for one to change places with.
                await asyncio.sleep(0.05)
        self._carrying = None


class _End:
    def __init__(self, pipe: RoughPipe, outgoing: _Direction, incoming: _Direction) -> None:
        self._pipe = pipe
        self._outgoing = outgoing
        self._incoming = incoming
        self.broken = False

    async def send(self, frame: Any) -> None:
        """Hand a frame over."""
        if self.broken:
            raise errors.Unavailable(what="link")
        await self._outgoing.send(frame)

    async def receive(self) -> Any:
        """The next frame."""
        if self.broken:
            raise errors.Unavailable(what="link")
        frame = await self._incoming.arrived.get()
        if frame is None and self.broken:
            raise errors.Unavailable(what="link")
        return frame

    async def close(self) -> None:
        """Tell the other side that nothing more comes."""
        if not self.broken:
            await self._outgoing.send(None)


class RoughPipe:
    """One connection over a wire."""

    def __init__(self, wire: Wire, chance: random.Random, replica: str) -> None:
        self.wire = wire
        self.chance = chance
        self.replica = replica
        self._up = _Direction(self, "up")
        self._down = _Direction(self, "down")
        self.near = _End(self, self._up, self._down)
        self.far = _End(self, self._down, self._up)

    def cut(self) -> None:
        """Break it: both ends get Unavailable, whatever was under way is lost."""
        self.cut_near()
        if not self.far.broken:
            self.far.broken = True
            self._up.stop()

    def release_after(self, seconds: float) -> None:
        """What is under way to the gateway arrives then, whatever the weather is for later connections."""
        self._up.held_until = asyncio.get_running_loop().time() + seconds

    def cut_near(self) -> None:
        """Break it at the node's end; the gateway goes on reading what is under way."""
        if not self.near.broken:
            self.near.broken = True
            self._down.stop()


class RoughLine(PipeLine):
    """A node's way to the gateway, over a wire with weather."""

    def __init__(self, federation: Federation, node: str, chance: random.Random, wire: Wire | None) -> None:
        self.wire = wire or Wire()
        up = self.wire.whole
        super().__init__(federation, node)
        self.wire.whole = up
        self._chance = chance
        self._pipes: list[RoughPipe] = []

    @property
    def up(self) -> bool:
        """Whether the wire carries anything."""
        return self.wire.whole

    @up.setter
    def up(self, whole: bool) -> None:
        self.wire.whole = whole

    async def connect(self) -> Any:
        """A new connection, while the line is up."""
        replica = self._replica()
        if not self.up or replica is None:
            raise errors.GatewayUnreachable(address="pipe")
        if self.wire.refusal is not None:
            raise self.wire.refusal
        gateway = self._federation.gateways[replica]
        pipe = RoughPipe(self.wire, self._chance, replica)
        self._pipes = [old for old in self._pipes if not old.far.broken] + [pipe]
        far: Any = pipe.far
        self.serve(Session(gateway, self._node, far), pipe)
        return pipe.near

    def _replica(self) -> str | None:
        """The replica that answers: mostly the one that did before, if it can be reached, or else another."""
        reached = [name for name in self._federation.gateways if name not in self.wire.out_of_reach]
        if len(reached) < 2:
            return reached[0] if reached else None
        if self._pipes and self._pipes[-1].replica in reached and self._chance.random() < _STAYS:
            return self._pipes[-1].replica
        return self._chance.choice(reached)

    def break_off(self, replica: str | None = None) -> None:
        """Break every connection, or those to one replica; the line may be dialled again."""
        for pipe in self._pipes:
            if replica in (None, pipe.replica):
                pipe.cut()

    def cut(self) -> None:
        """Break every connection, and keep the line down."""
        self.up = False
        self.break_off()

    def half_dead(self) -> RoughPipe | None:
        """Break the present connection at the node's end only, with what it had sent still under way."""
        if not self._pipes or self._pipes[-1].near.broken:
            return None
        self._pipes[-1].cut_near()
        return self._pipes[-1]


def _torn(frame: Any, chance: random.Random) -> Any:
    """The first entries of a frame; None where it cannot be torn."""
    torn = type(frame)()
    torn.CopyFrom(frame)
    match frame.WhichOneof("frame"):
        case "submission":
            ends = _group_ends(frame.submission)
            entries = torn.submission.events
        case "deliveries":
            ends = list(range(1, len(frame.deliveries.deliveries)))
            entries = torn.deliveries.deliveries
        case "outcomes":
            ends = list(range(1, len(frame.outcomes.outcomes)))
            entries = torn.outcomes.outcomes
        case _:
            return None
    if not ends:
        return None
    del entries[chance.choice(ends) :]
    return torn


def _group_ends(submission: federation_pb2.Submission) -> list[int]:
    """Behind which events a submission may end, short of its own end."""
    groups = [event_pb2.Event.FromString(wire.envelope.payload).group for wire in submission.events]
    return [i + 1 for i, group in enumerate(groups[:-1]) if group.size == 0 or group.index == group.size - 1]
