"""A node that behaves badly, as a process of its own: `python -m tests.bench.bad_node KIND ADDRESS FOLDER`.

KIND is dead, slow or flood, or one part of the flood: flood-pour, flood-rush, flood-garbage, flood-dial.  It says
`ready` once it is at work, and goes on until it is killed.  What it sends was signed before.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import grpc
import grpc.aio

from tongban.cli import run_async
from tongban.exchange.tasks import first_to_end
from tongban.rpc.client import ClientTls, open_channel
from tongban.v1 import federation_pb2

FRAMES_AT_ONCE, EVENTS_A_FRAME = 8, 16
_END: Any = vars(grpc.aio)["EOF"]


class Bad:
    """One bad node."""

    def __init__(self, address: str, folder: Path) -> None:
        self._address = address
        authority, certificate, key = (part.encode() for part in json.loads((folder / "tls.json").read_text()))
        self._tls = ClientTls(authority, certificate, key)
        self._channel = open_channel(address, self._tls)
        self._folder = folder
        self.events = 0

    async def open(self, events: int, channel: grpc.aio.Channel | None = None) -> Any:
        """A stream that was welcomed."""
        make: Any = (channel or self._channel).stream_stream(
            "/tongban.v1.Federation/Exchange", None, federation_pb2.ExchangeResponse.FromString
        )
        call = make()
        hello = federation_pb2.Hello(
            protocol_versions=[1],
            lifecycle_versions=[1],
            software="bad",
            incarnation=1,
            last_sequence=1 << 40,
            credit=federation_pb2.Credit(events=events, bytes=1 << 28 if events else 0),
        )
        await call.write(federation_pb2.ExchangeRequest(hello=hello).SerializeToString())
        await call.read()
        return call

    async def dead(self) -> None:
        """Ask for everything and read nothing."""
        await self.open(1 << 16)
        _ready()
        await asyncio.Event().wait()

    async def slow(self) -> None:
        """Ask for everything and read a frame a second."""
        call = await self.open(1 << 16)
        _ready()
        async for _ in _frames(call):
            await asyncio.sleep(1)

    async def flood(self, *kinds: str) -> None:
        """Everything at once, or some of it."""
        frames = self._frames()
        works = {
            "pour": [self._pour(frames[n::6]) for n in range(6)],
            "rush": [self._rush(frames)],
            "garbage": [self._garbage()],
            "dial": [self._dial()],
        }
        _ready()
        await asyncio.gather(*(self._again(work) for kind in kinds or works for work in works[kind]))

    def _frames(self) -> list[bytes]:
        raw = (self._folder / "frames").read_bytes()
        frames, at = [], 0
        while at < len(raw):
            size = int.from_bytes(raw[at : at + 4], "big")
            frames.append(raw[at + 4 : at + 4 + size])
            at += 4 + size
        return frames

    async def _again(self, work: Any) -> None:
        """For ever: whatever the gateway does about it."""
        while True:
            with contextlib.suppress(grpc.RpcError, grpc.aio.UsageError, asyncio.InvalidStateError):
                await work()
            await asyncio.sleep(0.01)

    def _pour(self, frames: Sequence[bytes]) -> Any:
        """Events as fast as the credit comes."""

        async def pour() -> None:
            call = await self.open(0)
            room = asyncio.Semaphore(FRAMES_AT_ONCE)

            async def read() -> None:
                answered = 0
                async for response in _frames(call):
                    answered += len(response.outcomes.outcomes)
                    while answered >= EVENTS_A_FRAME:
                        answered -= EVENTS_A_FRAME
                        room.release()

            async def write() -> None:
                for frame in itertools.cycle(frames):
                    await room.acquire()
                    await call.write(frame)

            await first_to_end(read(), write())

        return pour

    def _rush(self, frames: Sequence[bytes]) -> Any:
        """Events without any regard to credit, and without reading."""

        async def rush() -> None:
            call = await self.open(0)
            for frame in itertools.cycle(frames):
                await call.write(frame)

        return rush

    def _garbage(self) -> Any:
        async def garbage() -> None:
            call = await self.open(0)
            while True:
                await call.write(os.urandom(2000))

        return garbage

    def _dial(self) -> Any:
        async def dial() -> None:
            channel = open_channel(self._address, self._tls)
            try:
                await self.open(1 << 16, channel)
            finally:
                await channel.close(None)

        return dial


async def _frames(call: Any) -> AsyncIterator[federation_pb2.ExchangeResponse]:
    while (frame := await call.read()) is not _END:
        yield frame


def _ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


async def _main(kind: str, address: str, folder: str) -> None:
    # Elsewhere it would have a machine of its own; here it must not take the others' processors.
    os.nice(15)
    bad = Bad(address, Path(folder))
    match kind:
        case "dead":
            await bad.dead()
        case "slow":
            await bad.slow()
        case _:
            await bad.flood(*kind.split("-")[1:])


if __name__ == "__main__":
    run_async(_main(*sys.argv[1:4]))
