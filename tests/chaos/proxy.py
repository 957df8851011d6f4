"""A TCP proxy with a grudge: the stable address that a node dials, and all that can go wrong between it and a gateway.

Bytes are handed on unread: what passes is TLS.  A connection's two directions are pumped apart, each through a gate, so
that one may stand still while the other runs.  What a fault does is what networks do:

- `cut`: both ends are reset; what was under way is gone, and neither end knows how much of it arrived.
- `stall`: nothing passes, nobody is told; after a while it goes on, or is cut (a mast goes down, a NAT forgets).
- `stall_up`, `stall_down`: the same in one direction only.
- `half_close`: one direction ends in good order, the other goes on for a while.
- `slow`: a few kilobytes a second.
- `refuse`: whoever dials is reset.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

CHUNK = 64 << 10
SLOW_CHUNK, SLOW_PAUSE = 512, 0.1
CONNECT_SECONDS = 5.0
FAULTS = ("cut", "stall", "stall_up", "stall_down", "half_close", "slow", "refuse")
_RESET = struct.pack("ii", 1, 0)


@dataclass(slots=True, eq=False)
class _Way:
    """One direction of one connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    moved: asyncio.Event
    open: asyncio.Event = field(default_factory=asyncio.Event)
    slow: bool = False

    async def pump(self) -> None:
        """Hand on until the end of this direction, which is handed on too."""
        while data := await self.reader.read(SLOW_CHUNK if self.slow else CHUNK):
            if self.slow:
                await asyncio.sleep(SLOW_PAUSE)
            await self.open.wait()
            if self.writer.is_closing():
                return
            self.writer.write(data)
            self.moved.set()
            await self.writer.drain()
        await self.open.wait()
        self.finish()

    def finish(self) -> None:
        """Say to the receiver that nothing more comes."""
        with contextlib.suppress(OSError):
            if self.writer.can_write_eof():
                self.writer.write_eof()


@dataclass(slots=True, eq=False)
class _Connection:
    """One node's connection to one gateway."""

    up: _Way
    down: _Way

    async def pump(self) -> None:
        """Both directions, until both have ended or one has broken."""
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self.up.pump())
                both.create_task(self.down.pump())
        except* OSError:
            pass
        finally:
            self.reset()

    def impair(self, kind: str) -> None:
        """Let a fault begin."""
        match kind:
            case "stall":
                self.up.open.clear()
                self.down.open.clear()
            case "stall_up":
                self.up.open.clear()
            case "stall_down":
                self.down.open.clear()
            case "half_close":
                self.up.open.clear()
                self.up.finish()
            case "slow":
                self.up.slow = self.down.slow = True
            case _:
                raise ValueError(kind)

    def mend(self) -> None:
        """Let everything pass."""
        for way in (self.up, self.down):
            way.slow = False
            way.open.set()

    def reset(self) -> None:
        """As a crash or a router does: no goodbye, and what lies in buffers is lost."""
        for way in (self.up, self.down):
            way.open.set()
            _reset(way.writer)


class Proxy:
    """One listening address in front of whatever `upstream` names at the time; None while nothing is up."""

    def __init__(self, upstream: Callable[[], str | None]) -> None:
        self._upstream = upstream
        self._connections: set[_Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._fault = ""
        self.address = ""
        self.moved = asyncio.Event()
        """Set whenever bytes pass; whoever waits for them clears it."""

    async def start(self) -> None:
        """Listen on a port that the system chooses."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        self.address = f"{host}:{port}"

    async def stop(self) -> None:
        """Cut everything and listen no more."""
        self._server.close()
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def impaired(self) -> bool:
        """Whether a fault goes on."""
        return bool(self._fault)

    @property
    def connections(self) -> int:
        """How many are held."""
        return len(self._connections)

    async def suffer(self, kind: str, seconds: float, *, then_cut: bool) -> None:
        """Let one of `FAULTS` begin and end, for the connections that are held and those that are made meanwhile."""
        if kind in ("cut", "refuse"):
            self.cut()
        if kind == "cut":
            return
        self._fault = kind
        try:
            for connection in self._connections:
                self._hit(connection)
            await asyncio.sleep(seconds)
        finally:
            self._fault = ""
            # An end that was given cannot be taken back.
            if then_cut or kind == "half_close":
                self.cut()
            for connection in self._connections:
                connection.mend()

    def cut(self) -> None:
        """Reset every connection."""
        for connection in list(self._connections):
            connection.reset()

    def _hit(self, connection: _Connection) -> None:
        if self._fault and self._fault != "refuse":
            connection.impair(self._fault)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        upstream = None if self._fault == "refuse" else self._upstream()
        if upstream is None:
            _reset(writer)
            return
        host, _, port = upstream.rpartition(":")
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                far_reader, far_writer = await asyncio.open_connection(host, int(port))
        except (OSError, TimeoutError):
            _reset(writer)
            return
        connection = _Connection(_Way(reader, far_writer, self.moved), _Way(far_reader, writer, self.moved))
        connection.up.open.set()
        connection.down.open.set()
        self._connections.add(connection)
        self._hit(connection)
        try:
            await connection.pump()
        finally:
            self._connections.discard(connection)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with a reset instead of an end."""
    held = writer.get_extra_info("socket")
    if held is not None:
        with contextlib.suppress(OSError):
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
