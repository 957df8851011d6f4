"""After a gateway restarts, everybody is back in the same second: nobody may be turned away."""

from __future__ import annotations

import asyncio

from tests.tongban.rpc.service import Echo, dial, frame, serve
from tongban.rpc.client import open_channel
from tongban.v1 import federation_pb2, federation_pb2_grpc

NODES = 250
STREAMS = 1500


async def test_a_storm_of_reconnecting_streams_fails_none() -> None:
    servicer = Echo()
    server = serve(servicer)
    port = server.add_port("127.0.0.1:0")
    await server.start()
    channels = [open_channel(f"127.0.0.1:{port}") for _ in range(NODES)]
    stubs = [federation_pb2_grpc.FederationStub(channel) for channel in channels]
    everybody_is_in = asyncio.Event()

    async def node(number: int) -> int:
        stream = dial(stubs[number % NODES])
        await stream.write(frame(1))
        answer = await stream.read()
        assert isinstance(answer, federation_pb2.ExchangeResponse)
        await everybody_is_in.wait()
        await stream.write(frame(2))
        answer = await stream.read()
        assert isinstance(answer, federation_pb2.ExchangeResponse)
        await stream.done_writing()
        await stream.read()
        return answer.credit.events

    tasks = [asyncio.create_task(node(number)) for number in range(STREAMS)]
    async with asyncio.timeout(60):
        while servicer.held < STREAMS and not any(task.done() for task in tasks):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        everybody_is_in.set()
        assert await asyncio.gather(*tasks) == [2] * STREAMS
    await asyncio.gather(*(channel.close(None) for channel in channels))
    await server.stop(0)
