"""A server that stops: what ends by itself is answered, what hangs is told when to try again, nobody is waited for."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import grpc
import pytest

from tests.federation.servers import rich
from tests.tongban.rpc.conftest import Line
from tests.tongban.rpc.service import dial, frame
from tongban.rpc.server import TELLING_SECONDS
from tongban.rpc.status import from_rpc_error
from tongban.v1 import federation_pb2

HANGS = federation_pb2.FetchRequest(channel="mailbox", after_position=3)


async def _stopped(line: Line, grace: float) -> float:
    begun = time.monotonic()
    await line.server.stop(grace)
    return time.monotonic() - begun


async def _hanging(line: Line) -> Any:
    call: Any = line.federation.Fetch(HANGS)
    await asyncio.sleep(0.2)
    assert line.servicer.fetches == 1
    return call


async def test_a_call_that_hangs_is_told_when_to_try_again(line: Line) -> None:
    call = await _hanging(line)
    assert await _stopped(line, 0.2) < 0.2 + TELLING_SECONDS + 0.5
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    assert rich(caught.value).reason == "UNAVAILABLE"
    assert "停机" in rich(caught.value).zh
    assert "stops now" in rich(caught.value).en
    assert from_rpc_error(caught.value).retry_seconds == 1.0


async def test_a_stream_that_is_held_is_told_too(line: Line) -> None:
    held = dial(line.federation)
    await held.write(frame(1))
    assert (await held.read()).credit.events == 1
    assert await _stopped(line, 0.2) < 0.2 + TELLING_SECONDS + 0.5
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await held.read()
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
    assert line.servicer.held == 0


async def test_a_peer_that_never_reads_is_not_waited_for(line: Line) -> None:
    held = dial(line.federation)

    async def write() -> None:
        for _ in range(200_000):
            await held.write(frame(1))

    writing = asyncio.create_task(write())
    await asyncio.sleep(0.5)
    assert await _stopped(line, 0.2) < 0.2 + TELLING_SECONDS + 0.5
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    held.cancel()


async def test_no_new_call_is_taken(line: Line) -> None:
    call = await _hanging(line)
    stopping = asyncio.create_task(line.server.stop(1.0))
    await asyncio.sleep(0.1)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await line.federation.Fetch(federation_pb2.FetchRequest(channel="mailbox"), timeout=5)
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
    assert line.servicer.fetches == 1
    await stopping
    with pytest.raises(grpc.aio.AioRpcError):
        await call
