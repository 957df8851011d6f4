"""The seam just above gRPC: a link carries frames both ways, in order, until it breaks.

Real links are gRPC streams; the simulation's are pipes that lose, delay and repeat at a seed's command.  Sessions on
both sides know only this.
"""

from __future__ import annotations

import asyncio
from typing import Generic, Protocol, TypeVar

from tongban import errors

Out = TypeVar("Out", contravariant=True)
In = TypeVar("In", covariant=True)
Up = TypeVar("Up")
Down = TypeVar("Down")


class Link(Protocol[Out, In]):
    """One end of a link."""

    async def send(self, frame: Out) -> None:
        """Hand a frame over; waits while the other side does not read.  Raises Unavailable when the link is broken."""
        ...

    async def receive(self) -> In | None:
        """The next frame, or None when the other side closed in good order.  Raises Unavailable when it broke."""
        ...

    async def close(self) -> None:
        """Close in good order.  Idempotent."""
        ...


class _End(Generic[Up, Down]):
    def __init__(self, outgoing: asyncio.Queue[Up | None], incoming: asyncio.Queue[Down | None], pipe: Pipe) -> None:
        self._outgoing = outgoing
        self._incoming = incoming
        self._pipe = pipe

    async def send(self, frame: Up) -> None:
        """Hand a frame over."""
        if self._pipe.broken:
            raise errors.Unavailable(what="link")
        await self._outgoing.put(frame)

    async def receive(self) -> Down | None:
        """The next frame."""
        if self._pipe.broken:
            raise errors.Unavailable(what="link")
        frame = await self._incoming.get()
        if frame is None and self._pipe.broken:
            raise errors.Unavailable(what="link")
        return frame

    async def close(self) -> None:
        """Tell the other side that nothing more comes."""
        if not self._pipe.broken:
            await self._outgoing.put(None)


class Pipe:
    """A link within one process: two ends and a way to break it."""

    def __init__(self, depth: int = 64) -> None:
        self.broken = False
        self._up: asyncio.Queue[object] = asyncio.Queue(depth)
        self._down: asyncio.Queue[object] = asyncio.Queue(depth)
        self.near: Link[object, object] = _End(self._up, self._down, self)
        self.far: Link[object, object] = _End(self._down, self._up, self)

    def cut(self) -> None:
        """Break it: both ends get Unavailable, whatever was under way is lost."""
        self.broken = True
        for queue in (self._up, self._down):
            while not queue.empty():
                queue.get_nowait()
            queue.put_nowait(None)
