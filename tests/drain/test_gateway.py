"""A gateway is told to stop under load: within ten seconds it has answered what it took, and nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from gateway.settings import GatewaySettings, keep_ports
from tests.drain.processes import Serving
from tests.federation.servers import Member, federation_stub, gateway_at, rich
from tongban.invitations import Invitation
from tongban.v1 import envelope_pb2, federation_pb2

pytestmark = pytest.mark.federation
PROMISED = 10.0
SIZE = 8


class Partner:
    """Publishes batch after batch until the gateway takes no more."""

    def __init__(self, member: Member, invitation: Invitation) -> None:
        self.member = member
        self.invitation = invitation
        self.receipts: dict[str, bytes] = {}
        self.last: grpc.aio.AioRpcError | None = None
        self._made = 0

    async def work(self) -> None:
        """Until a call is refused."""
        async with self.stub() as stub:
            try:
                while True:
                    await self._publish(stub)
            except grpc.aio.AioRpcError as error:
                self.last = error

    async def _publish(self, stub: Any) -> None:
        events = [self.member.item(self._made + place) for place in range(SIZE)]
        self._made += SIZE
        answer = await stub.Publish(federation_pb2.PublishRequest(events=events), timeout=20)
        for outcome in answer.outcomes:
            assert outcome.HasField("receipt"), outcome.rejection
            self.receipts[outcome.event_id] = outcome.receipt.SerializeToString()

    def stub(self) -> contextlib.AbstractAsyncContextManager[Any]:
        """The federation port."""
        return federation_stub(self.invitation.federation_address, self.member.credentials(self.invitation))

    def channel(self) -> grpc.aio.Channel:
        """A connection of its own."""
        return grpc.aio.secure_channel(self.invitation.federation_address, self.member.credentials(self.invitation))

    async def fetched(self) -> dict[str, bytes]:
        """Receipts of all items, by event, as the gateway has them."""
        found: dict[str, bytes] = {}
        async with self.stub() as stub:
            after = 0
            while True:
                request = federation_pb2.FetchRequest(channel="feeds/items", after_position=after, page_size=500)
                page = (await stub.Fetch(request)).deliveries
                if not page.deliveries:
                    return found
                for delivery in page.deliveries:
                    leaf = envelope_pb2.AdmissionLeaf.FromString(delivery.receipt.leaf)
                    found[leaf.event_id] = delivery.receipt.SerializeToString()
                after = page.deliveries[-1].position


async def _joined(home: Path, names: list[str], database: str = "") -> list[Partner]:
    """A gateway that was made in `home`, and the partners that joined it; its ports stay."""
    settings = GatewaySettings(home=home, database=database)
    async with gateway_at(home, **settings.model_dump(exclude={"home"})) as gateway:
        ports = {"join_port": gateway.join_port, "federation_port": gateway.federation_port}
        partners = []
        for name in names:
            member = Member(name)
            partners.append(Partner(member, await member.join(gateway)))
    keep_ports(settings, **ports)
    return partners


@pytest.fixture
async def serving(tmp_path: Path) -> AsyncIterator[Serving]:
    process = Serving("gateway", tmp_path / "gateway")
    yield process
    process.kill()


async def test_under_load_nothing_acknowledged_is_lost(tmp_path: Path, serving: Serving, database_url: str) -> None:
    partners = await _joined(tmp_path / "gateway", [f"nodes/35999{number}" for number in range(4)], database_url)
    await serving.start()
    work = [asyncio.create_task(partner.work()) for partner in partners]
    await asyncio.sleep(1.5)
    ended = await serving.stopped()
    await asyncio.gather(*work)
    assert ended.code == 0, ended.errors
    assert ended.seconds < PROMISED
    assert "Traceback" not in ended.errors
    for partner in partners:
        assert partner.receipts
        assert partner.last is not None
        assert partner.last.code() == grpc.StatusCode.UNAVAILABLE
    await serving.start()
    found = await partners[0].fetched()
    for partner in partners:
        assert partner.receipts.items() <= found.items()
    assert (await serving.stopped()).code == 0


async def test_peers_that_hang_are_not_waited_for(tmp_path: Path, serving: Serving) -> None:
    """A stream that is held and never read, and a call whose request never comes."""
    loader, holder = await _joined(tmp_path / "gateway", ["nodes/359990", "nodes/359991"])
    await serving.start()
    loading = asyncio.create_task(loader.work())
    async with holder.stub() as stub, holder.channel() as opened:
        channel: Any = opened
        held = stub.Exchange()
        credit = federation_pb2.Credit(events=1 << 20, bytes=1 << 30)
        hello = federation_pb2.Hello(
            protocol_versions=[1], software="raw", incarnation=1, credit=credit, lifecycle_versions=[1]
        )
        await held.write(federation_pb2.ExchangeRequest(hello=hello))
        unsent = channel.stream_unary("/tongban.v1.Federation/Publish")()
        await asyncio.sleep(1.5)
        ended = await serving.stopped()
        held.cancel()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await unsent
        assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
    await loading
    assert ended.code == 0, ended.errors
    assert ended.seconds < PROMISED


async def test_a_call_that_waits_for_a_busy_database_is_told_when_to_try_again(
    tmp_path: Path, serving: Serving
) -> None:
    (partner,) = await _joined(tmp_path / "gateway", ["nodes/359990"])
    await serving.start()
    busy = sqlite3.connect(tmp_path / "gateway" / "gateway.db", isolation_level=None)
    busy.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(partner.work())
    await asyncio.sleep(0.5)
    serving.signal()
    await waiting
    busy.execute("ROLLBACK")
    busy.close()
    ended = await serving.ended()
    assert partner.last is not None
    said = rich(partner.last)
    assert (said.code, said.reason) == ("UNAVAILABLE", "UNAVAILABLE")
    assert ended.code == 0, ended.errors
    assert ended.seconds < PROMISED


async def test_told_twice_it_ends_at_once(tmp_path: Path, serving: Serving) -> None:
    (partner,) = await _joined(tmp_path / "gateway", ["nodes/359990"])
    await serving.start()
    busy = sqlite3.connect(tmp_path / "gateway" / "gateway.db", isolation_level=None)
    busy.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(partner.work())
    await asyncio.sleep(0.5)
    serving.signal()
    await asyncio.sleep(0.5)
    serving.signal(signal.SIGINT)
    ended = await serving.ended()
    assert ended.seconds < 1.0
    assert ended.code == -signal.SIGINT
    busy.close()
    await waiting
    assert partner.last is not None
