"""A storm: three thousand streams at once, each over a connection and a TLS handshake of its own, as after a restart.

    python -m tests.bench.storm ADDRESS STREAMS     credentials as JSON on standard input; the result as JSON

It runs as a process of its own, so that three thousand clients do not weigh on the one that measures.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

import grpc.aio

from tests.bench.participants import Author, Participants
from tongban.cli import run_async
from tongban.rpc.client import ClientTls, open_channel
from tongban.v1 import federation_pb2

PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Stormed:
    """What it came to."""

    streams: int
    failures: int
    seconds: float
    again_failures: int
    again_seconds: float
    kib_per_stream: float


async def storm(participants: Participants, authors: list[Author], streams: int) -> Stormed:
    """Let a child dial `streams` times at once, hold, hang up and dial again; count what failed."""
    before = participants.gateway.resident()
    child = _crowd(participants.address, streams)
    assert child.stdin is not None
    assert child.stdout is not None
    credentials = [[part.decode("ascii") for part in _parts(author)] for author in authors]
    child.stdin.write(json.dumps(credentials) + "\n")
    child.stdin.flush()
    reading = asyncio.get_running_loop()
    first = json.loads(await reading.run_in_executor(None, child.stdout.readline))
    held = participants.gateway.resident() - before
    child.stdin.write("again\n")
    child.stdin.flush()
    again = json.loads(await reading.run_in_executor(None, child.stdout.readline))
    child.stdin.close()
    child.wait()
    return Stormed(
        streams, first["failures"], first["seconds"], again["failures"], again["seconds"], held / streams / 1024
    )


def _crowd(address: str, streams: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.bench.storm", address, str(streams)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _parts(author: Author) -> tuple[bytes, bytes, bytes]:
    tls = author.tls()
    assert tls.certificate_pem is not None
    assert tls.key_pem is not None
    return tls.authority_pem, tls.certificate_pem, tls.key_pem


class Crowd:
    """The dialling side."""

    def __init__(self, address: str, credentials: list[ClientTls], streams: int) -> None:
        self._address = address
        self._credentials = credentials
        self._streams = streams
        self._held: list[tuple[grpc.aio.Channel, Any]] = []

    async def dial(self) -> dict[str, float]:
        """Everybody at once; each counts when it has been welcomed."""
        start = time.perf_counter()
        results = await asyncio.gather(*(self._one(n) for n in range(self._streams)), return_exceptions=True)
        failed = [result for result in results if isinstance(result, BaseException)]
        for error in failed[:3]:
            print(repr(error), file=sys.stderr)  # noqa: T201
        return {"failures": len(failed), "seconds": time.perf_counter() - start}

    async def _one(self, number: int) -> None:
        channel = open_channel(self._address, self._credentials[number % len(self._credentials)])
        make: Any = channel.stream_stream(
            "/tongban.v1.Federation/Exchange", None, federation_pb2.ExchangeResponse.FromString
        )
        call = make()
        self._held.append((channel, call))
        hello = federation_pb2.Hello(
            protocol_versions=[1],
            lifecycle_versions=[1],
            software="storm",
            incarnation=1,
            last_sequence=1 << 40,
            credit=federation_pb2.Credit(),
        )
        async with asyncio.timeout(PATIENCE):
            await call.write(federation_pb2.ExchangeRequest(hello=hello).SerializeToString())
            answer = await call.read()
        if not isinstance(answer, federation_pb2.ExchangeResponse) or not answer.HasField("welcome"):
            raise RuntimeError(f"not welcomed: {answer!r}")

    async def hang_up(self) -> None:
        """Everybody leaves without a word."""
        held, self._held = self._held, []
        for _, call in held:
            call.cancel()
        await asyncio.gather(*(channel.close(None) for channel, _ in held))


async def _main(address: str, streams: int) -> None:
    loop = asyncio.get_running_loop()
    given = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    crowd = Crowd(address, [ClientTls(a.encode(), c.encode(), k.encode()) for a, c, k in given], streams)
    print(json.dumps(await crowd.dial()), flush=True)  # noqa: T201
    await loop.run_in_executor(None, sys.stdin.readline)
    await crowd.hang_up()
    print(json.dumps(await crowd.dial()), flush=True)  # noqa: T201
    await loop.run_in_executor(None, sys.stdin.readline)
    await crowd.hang_up()


if __name__ == "__main__":
    run_async(_main(sys.argv[1], int(sys.argv[2])))
