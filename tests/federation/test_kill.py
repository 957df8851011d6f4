"""A gateway dies by kill -9 under load and starts again: what it acknowledged is there, under the same receipts."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from gateway.runtime import initialise
from gateway.settings import GatewaySettings
from nodes.core import NodeCore
from nodes.dialer import Dialer
from nodes.joining import join, profile
from nodes.journal.drafts import Actor, Draft
from nodes.store import QUERIES
from tests.federation.servers import Member, federation_stub, gateway_at, invite
from tests.federation.whole import end
from tongban.clock import SystemClock, SystemEntropy
from tongban.invitations import Invitation
from tongban.keys import NodeKeys, private_pem
from tongban.rpc.client import ClientTls
from tongban.rpc.links import GrpcLine
from tongban.storage.open import open_database
from tongban.v1 import directory_pb2, envelope_pb2, federation_pb2, types_pb2

pytestmark = pytest.mark.federation
NODE = "nodes/359998"
SIZE = 8


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _settings(home: Path) -> GatewaySettings:
    return GatewaySettings(home=home, join_port=free_port(), federation_port=free_port())


class Process:
    """`tongban gateway serve`, as an operator starts it."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def start(self) -> None:
        """Start, and wait until it listens."""
        command = [sys.executable, "-c", "from tongban.cli import main; main()", "gateway", "serve"]
        self._process = subprocess.Popen(
            [*command, "--home", str(self._home), "--with-stdin"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        assert b"federation" in self._process.stdout.readline()

    def kill(self) -> None:
        """As a power cut does."""
        self._process.kill()
        self.wait()

    def wait(self) -> None:
        """Until it is gone, its pipes with it."""
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate(timeout=30)


class Partner:
    """One partner: it publishes batch after batch, and again whatever got no answer."""

    def __init__(self, invitation: Invitation, member: Member) -> None:
        self.invitation = invitation
        self.member = member
        self.sent: list[list[envelope_pb2.SignedEvent]] = []
        self.receipts: dict[str, bytes] = {}

    async def work(self, batches: int) -> None:
        """First everything that was ever sent, then so many new batches; ends where the gateway does."""
        credentials = self.member.credentials(self.invitation)
        async with federation_stub(self.invitation.federation_address, credentials) as stub:
            with contextlib.suppress(grpc.aio.AioRpcError):
                for batch in self.sent:
                    await self._publish(stub, batch)
                for _ in range(batches):
                    begun = len(self.sent) * SIZE
                    self.sent.append([self.member.item(begun + place) for place in range(SIZE)])
                    await self._publish(stub, self.sent[-1])

    async def _publish(self, stub: Any, events: list[envelope_pb2.SignedEvent]) -> None:
        answer = await stub.Publish(federation_pb2.PublishRequest(events=events), timeout=20)
        for outcome in answer.outcomes:
            assert outcome.HasField("receipt"), outcome.rejection
            receipt = outcome.receipt.SerializeToString()
            assert self.receipts.setdefault(outcome.event_id, receipt) == receipt


async def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    settings = _settings(tmp_path / "gateway")
    partners = []
    async with gateway_at(settings.home, **settings.model_dump(exclude={"home"})) as gateway:
        for number in range(4):
            member = Member(f"nodes/35999{number}")
            partners.append(Partner(await member.join(gateway), member))
    process = Process(settings.home)
    for moment in (0.15, 0.4, 0.7):
        await asyncio.to_thread(process.start)
        work = [asyncio.create_task(partner.work(10_000)) for partner in partners]
        await asyncio.sleep(moment)
        await asyncio.to_thread(process.kill)
        await asyncio.gather(*work)
    await asyncio.to_thread(process.start)
    await asyncio.gather(*(partner.work(1) for partner in partners))
    receipts = {event: receipt for partner in partners for event, receipt in partner.receipts.items()}
    assert len(receipts) == sum(len(partner.sent) for partner in partners) * SIZE
    one = partners[0]
    found: list[str] = []
    async with federation_stub(one.invitation.federation_address, one.member.credentials(one.invitation)) as stub:
        while True:
            request = federation_pb2.FetchRequest(channel="feeds/items", after_position=len(found), page_size=500)
            page = (await stub.Fetch(request)).deliveries
            if not page.deliveries:
                break
            for delivery in page.deliveries:
                assert delivery.position == len(found) + 1
                leaf = envelope_pb2.AdmissionLeaf.FromString(delivery.receipt.leaf)
                assert receipts[leaf.event_id] == delivery.receipt.SerializeToString()
                found.append(leaf.event_id)
    await asyncio.to_thread(process.wait)
    assert len(found) == len(set(found))
    assert set(found) == set(receipts)


async def _node(home: Path, invitation: Invitation) -> tuple[NodeCore, GrpcLine]:
    posts = [directory_pb2.PostEntry(id="window-1", title="窗口", time_zone="Asia/Shanghai")]
    clock, entropy = SystemClock(), SystemEntropy()
    settings = await join(home, invitation, profile(region="359998", title="某地", posts=posts), clock, entropy)
    keys = NodeKeys.load(home / "keys")
    database = await open_database(settings.database_url)
    core = NodeCore(name=settings.name, database=database, keys=keys, clock=clock, entropy=entropy)
    await core.start()
    tls = ClientTls(
        authority_pem=(home / "tls" / "authority.pem").read_bytes(),
        certificate_pem=(home / "tls" / "certificate.pem").read_bytes(),
        key_pem=private_pem(keys.tls),
    )
    return core, GrpcLine(settings.federation_address, tls)


async def _publish_item(core: NodeCore, number: int) -> None:
    name = f"items/359998.n{number}"
    document = directory_pb2.ItemDocument(name=name, home=core.name, title="事项", modes=[types_pb2.MODE_AGENT])
    draft = Draft(name, "item_published", directory_pb2.ItemPublished(document=document))
    await core.record(Actor(), lambda view: ([draft], None))


async def _drained(core: NodeCore, seconds: float) -> float:
    """Until everything has its answer; how long it took."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        row = await core.database.run(lambda tx: tx.fetch_one(QUERIES.count_waiting), read_only=True)
        if row is not None and not row["events"]:
            return time.monotonic() - begun
        await asyncio.sleep(0.02)
    raise AssertionError(f"still waiting after {seconds} s: {core.line}")


async def test_a_node_goes_on_without_its_gateway_and_catches_up_at_once(tmp_path: Path) -> None:
    settings = _settings(tmp_path / "gateway")
    chosen = settings.model_dump(exclude={"home"})
    initialise(settings, SystemClock(), SystemEntropy())
    async with gateway_at(settings.home, **chosen) as gateway:
        core, line = await _node(tmp_path / "node", await invite(gateway, NODE))
        dialling = asyncio.create_task(Dialer(core, line).run())
        await _publish_item(core, 1)
        await _drained(core, 20)
    await _publish_item(core, 2)
    # Long enough that the waits between attempts have grown beyond what catching up may take.
    await asyncio.sleep(4)
    assert not core.line.connected
    await _publish_item(core, 3)
    async with gateway_at(settings.home, **chosen) as gateway:
        assert await _drained(core, 20) < 5
        assert gateway.core.heads["feeds/items"] == 3
        await end(dialling)
        await line.close()
        await core.close()
