"""A node is told to stop while clerks work: what it acknowledged is on its disk, and flows when it is back."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from gateway.runtime import Gateway
from nodes.core import NodeCore
from nodes.demo.client import NodeClient
from nodes.desk.staff import ROLES, StaffDesk
from nodes.joining import join, profile
from tests.drain.processes import Serving
from tests.federation.servers import gateway_at, invite
from tests.federation.whole import posts
from tongban import errors
from tongban.clock import SystemClock, SystemEntropy
from tongban.keys import NodeKeys
from tongban.storage.open import open_database
from tongban.v1 import directory_pb2, registry_pb2, types_pb2

pytestmark = pytest.mark.federation
PROMISED = 10.0
NODE, PASSWORD = "nodes/359990", "a long password"


async def _joined(home: Path, gateway: Gateway) -> None:
    clock, entropy = SystemClock(), SystemEntropy()
    content = profile(region="359990", title="某地", posts=posts())
    settings = await join(home, await invite(gateway, NODE), content, clock, entropy)
    database = await open_database(settings.database_url)
    core = NodeCore(name=NODE, database=database, keys=NodeKeys.load(home / "keys"), clock=clock, entropy=entropy)
    await StaffDesk(core).add("admin", PASSWORD, title="管理员", roles=ROLES, post="window-1")
    await core.close()


def _item(clerk: int, number: int) -> directory_pb2.ItemDocument:
    return directory_pb2.ItemDocument(
        name=f"items/359990.c{clerk}-n{number}", home=NODE, title="事项", modes=[types_pb2.MODE_AGENT]
    )


class Clerks:
    """Publish one item after the other until the node takes no more."""

    def __init__(self, address: str) -> None:
        self._client = NodeClient(address, PASSWORD)
        self.acknowledged: list[str] = []
        self.refusals: list[errors.TongbanError] = []

    async def at_work(self) -> None:
        """Until some of them have something to show."""
        for _ in range(400):
            if len(self.acknowledged) > 20:
                return
            await asyncio.sleep(0.05)

    async def work(self, clerks: int) -> None:
        """All of them."""
        caller = await self._client.staff("admin")

        async def one(clerk: int) -> None:
            number = 0
            while True:
                number += 1
                request = registry_pb2.PublishItemRequest(document=_item(clerk, number))
                try:
                    item = await caller(caller.registry.PublishItem, request)
                except errors.TongbanError as error:
                    self.refusals.append(error)
                    return
                self.acknowledged.append(item.name)

        await asyncio.gather(*(one(clerk) for clerk in range(clerks)))
        await self._client.close()


@pytest.fixture
async def serving(tmp_path: Path) -> AsyncIterator[Serving]:
    process = Serving("node", tmp_path / "node")
    yield process
    process.kill()


async def test_what_was_acknowledged_is_there_and_flows(tmp_path: Path, serving: Serving) -> None:
    home = tmp_path / "node"
    async with gateway_at(tmp_path / "gateway") as gateway:
        await _joined(home, gateway)
        listening = await serving.start()
        clerks = Clerks(listening["grpc"])
        work = asyncio.create_task(clerks.work(6))
        host, _, port = str(listening["console"]).rpartition(":")
        _, console = await asyncio.open_connection(host, int(port))
        console.write(b"POST /sign-in HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\n")
        async with grpc.aio.insecure_channel(listening["grpc"]) as opened:
            channel: Any = opened
            unsent = channel.stream_unary("/tongban.v1.Window/ListItems")()
            await clerks.at_work()
            ended = await serving.stopped()
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await unsent
        console.close()
        await work
        assert ended.code == 0, ended.errors
        assert ended.seconds < PROMISED
        assert "Traceback" not in ended.errors
        assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
        assert len(clerks.acknowledged) > 6, clerks.refusals
        assert {type(error) for error in clerks.refusals} == {errors.Unavailable}
        await serving.start()
        await _all_there(gateway, clerks.acknowledged)
        assert (await serving.stopped()).code == 0
    await _is_sound(home)


async def _all_there(gateway: Gateway, names: list[str]) -> None:
    missing = set(names)
    for _ in range(600):
        missing -= {item.name for item in gateway.core.admitter.shared.items()}
        if not missing:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"not at the gateway: {sorted(missing)[:3]} and {len(missing) - 1} more")


async def _is_sound(home: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from tongban.cli import main; main()", "fsck", "--json", "--home", str(home)),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
