"""The raw ceilings: what gRPC and SQLite alone give when a row of 2 KB is committed in groups.

python -m tests.bench.ceiling FILE       the server, over a new database FILE
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import grpc.aio

from tests.bench.processes import Server
from tongban.cli import run_async
from tongban.serving import until_stopped
from tongban.storage.base import Transaction
from tongban.storage.batcher import GroupCommit
from tongban.storage.queries import Query
from tongban.storage.sqlite import SqliteDatabase
from tongban.v1 import federation_pb2

ROW = 2048
ROWS = 16
UNARY_IN_FLIGHT = 64
STREAMS = 16
MESSAGES_IN_FLIGHT = 4

_TABLE = Query.of(
    "create",
    "The table.",
    "CREATE TABLE IF NOT EXISTS entries (id {bigint} PRIMARY KEY, content {blob})",
    {
        "sqlite": {"bigint": "INTEGER", "blob": "BLOB"},
        "postgres": {"bigint": "bigint", "blob": "bytea"},
    },
)
_INSERT = Query.of("insert", "One row.", "INSERT INTO entries (id, content) VALUES (:id, :content)")


class Raw:
    """Two methods, `One` and `Many`, over messages of the contract whose payloads are rows and are not looked at."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._next = 0
        self._commits: GroupCommit[bytes, None] = GroupCommit(self._commit, name="raw", max_items=128)

    async def _commit(self, contents: list[bytes]) -> list[Exception | None]:
        rows = [{"id": self._next + at, "content": content} for at, content in enumerate(contents)]
        self._next += len(rows)
        await self._database.run(lambda tx: tx.execute_many(_INSERT, rows))
        return [None] * len(contents)

    async def one(self, request: federation_pb2.PublishRequest, context: Any) -> federation_pb2.PublishResponse:
        """Store one row."""
        await self._commits.submit(request.events[0].envelope.payload)
        return federation_pb2.PublishResponse()

    async def many(self, requests: AsyncIterator[federation_pb2.PublishRequest], context: Any) -> None:
        """Store each message's rows; messages of one stream are committed without waiting for each other."""
        under_way: set[asyncio.Task[None]] = set()
        writing = asyncio.Lock()

        async def store(request: federation_pb2.PublishRequest) -> None:
            await asyncio.gather(*(self._commits.submit(event.envelope.payload) for event in request.events))
            async with writing:  # a stream takes one write at a time
                await context.write(federation_pb2.PublishResponse())

        async for request in requests:
            task = asyncio.create_task(store(request))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.gather(*under_way)


async def serve(path: Path) -> None:
    """Serve until standard input closes."""
    database = await SqliteDatabase.open(path)

    def create(tx: Transaction) -> None:
        tx.execute(_TABLE)

    await database.run(create)
    raw = Raw(database)
    server = grpc.aio.server()
    parse, dump = federation_pb2.PublishRequest.FromString, federation_pb2.PublishResponse.SerializeToString
    handlers = {
        "One": grpc.unary_unary_rpc_method_handler(raw.one, parse, dump),
        "Many": grpc.stream_stream_rpc_method_handler(raw.many, parse, dump),
    }
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("raw", handlers)])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(json.dumps({"address": f"127.0.0.1:{port}"}), flush=True)  # noqa: T201
    await until_stopped(with_stdin=True)
    await server.stop(0)
    await database.close()


class Ceiling:
    """The load on a raw server."""

    def __init__(self, folder: Path) -> None:
        self.server = Server.start(["-m", "tests.bench.ceiling", str(folder / "raw.db")], folder / "raw.log")
        self._channel = grpc.aio.insecure_channel(self.server.addresses["address"])
        self._one, self._many = _message(1), _message(ROWS)

    async def unary(self, seconds: float) -> float:
        """Rows a second, a call each."""
        call: Any = self._channel.unary_unary("/raw/One", None, None)
        end = time.perf_counter() + seconds
        done = 0

        async def work() -> None:
            nonlocal done
            while time.perf_counter() < end:
                await call(self._one)
                done += 1

        start = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(UNARY_IN_FLIGHT)))
        return done / (time.perf_counter() - start)

    async def batched(self, seconds: float) -> float:
        """Rows a second, sixteen a message, over streams."""
        make: Any = self._channel.stream_stream("/raw/Many", None, None)
        end = time.perf_counter() + seconds
        done = 0

        async def work() -> None:
            nonlocal done
            call = make()
            for _ in range(MESSAGES_IN_FLIGHT):
                await call.write(self._many)
            while time.perf_counter() < end:
                await call.read()
                done += ROWS
                await call.write(self._many)
            await call.done_writing()
            while await call.read() is not grpc.aio.EOF:  # type: ignore[attr-defined]  # the stubs lack it
                done += ROWS

        start = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(STREAMS)))
        return done / (time.perf_counter() - start)

    async def stop(self) -> None:
        """End."""
        await self._channel.close(None)
        self.server.stop()


def _message(rows: int) -> bytes:
    request = federation_pb2.PublishRequest()
    for _ in range(rows):
        request.events.add().envelope.payload = os.urandom(ROW)
    return request.SerializeToString()


if __name__ == "__main__":
    run_async(serve(Path(sys.argv[1])))
