"""The gateway over real sockets with mutual TLS: who gets in, what a refusal looks like to any language's stub."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from gateway.runtime import Gateway
from gateway.store import QUERIES
from tests.clocks import ManualClock
from tests.federation.servers import Member, Rich, federation_stub, gateway_at, invite, joining_stub, rich
from tongban.clock import SystemClock, SystemEntropy
from tongban.invitations import Invitation
from tongban.pki import create_authority, issue_node, make_request, pem
from tongban.v1 import event_pb2, federation_pb2

pytestmark = pytest.mark.federation
A, B = "nodes/350600", "nodes/445100"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway."""
    async with gateway_at(tmp_path / "gateway") as gateway:
        yield gateway


async def _refused(invitation: Invitation, request: federation_pb2.JoinRequest) -> Rich:
    async with joining_stub(invitation) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.Join(request)
    return rich(refused.value)


async def _events(gateway: Gateway) -> int:
    row = await gateway.core.database.run(lambda tx: tx.fetch_one(QUERIES.count_journal), read_only=True)
    assert row is not None
    return int(row["events"])


async def test_an_invitation_works_once_and_for_one_node(running: Gateway) -> None:
    member = Member(A)
    invitation = await invite(running, A)
    good = member.join_request(invitation)

    wrong = federation_pb2.JoinRequest()
    wrong.CopyFrom(good)
    wrong.secret = b"w" * 32
    assert (await _refused(invitation, wrong)).reason == "INVITATION_INVALID"
    wrong.secret = b"short"
    said = await _refused(invitation, wrong)
    assert (said.code, said.reason, said.field) == ("INVALID_ARGUMENT", "FIELD_INVALID", "secret")
    assert said.zh
    assert said.en

    other = Member(B).join_request(invitation)
    assert (await _refused(invitation, other)).reason == "KEY_OF_ANOTHER_NODE"
    csr = Member(A).join_request(invitation, named=B)
    assert (await _refused(invitation, csr)).reason == "KEY_OF_ANOTHER_NODE"
    csr.certificate_request = b"-----BEGIN CERTIFICATE REQUEST-----\nrubbish\n-----END CERTIFICATE REQUEST-----\n"
    assert (await _refused(invitation, csr)).reason == "MESSAGE_MALFORMED"

    tampered = federation_pb2.JoinRequest()
    tampered.CopyFrom(good)
    event = event_pb2.Event.FromString(tampered.registration.envelope.payload)
    event.node_registered.profile.title = "别处"
    tampered.registration.envelope.payload = event.SerializeToString()
    assert (await _refused(invitation, tampered)).reason == "SIGNATURE_INVALID"
    swapped = federation_pb2.JoinRequest()
    swapped.CopyFrom(good)
    swapped.registration.CopyFrom(member.item(1))
    assert (await _refused(invitation, swapped)).reason == "FIELD_INVALID"
    assert await _events(running) == 0

    # After all that the invitation still works, and the same request again gets the same answer.
    async with joining_stub(invitation) as stub:
        first = await stub.Join(good)
        assert await stub.Join(good) == first
    late = await _refused(invitation, Member(A).join_request(invitation))
    assert (late.code, late.reason) == ("UNAUTHENTICATED", "INVITATION_USED")
    assert await _events(running) == 1


async def test_an_invitation_expires(tmp_path: Path) -> None:
    clock = ManualClock(SystemClock().now())
    async with gateway_at(tmp_path / "gateway", clock) as gateway:
        invitation = await invite(gateway, A)
        clock.move(days=8)
        said = await _refused(invitation, Member(A).join_request(invitation))
        assert said.reason == "INVITATION_EXPIRED"


async def test_a_clock_set_right_joins_with_the_same_registration(tmp_path: Path) -> None:
    clock = ManualClock(SystemClock().now())
    async with gateway_at(tmp_path / "gateway", clock) as gateway:
        invitation = await invite(gateway, A)
        ahead = Member(A, ManualClock(clock.now() + dt.timedelta(minutes=20)))
        request = ahead.join_request(invitation)
        assert (await _refused(invitation, request)).reason == "CLAIMED_TIME_IN_FUTURE"
        clock.move(minutes=16)
        async with joining_stub(invitation) as stub:
            assert (await stub.Join(request)).certificate_pem


async def test_who_shows_no_certificate_gets_nowhere(running: Gateway) -> None:
    member = Member(A)
    invitation = await member.join(running)
    async with joining_stub(invitation) as stub:
        for call in (
            stub.Publish(federation_pb2.PublishRequest(events=[member.item(1)])),
            stub.Fetch(federation_pb2.FetchRequest(channel="mailbox")),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await call
            said = rich(refused.value)
            assert (said.code, said.reason) == ("UNAUTHENTICATED", "CERTIFICATE_MISSING")
        stream = stub.Exchange()
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stream.read()
        assert rich(refused.value).reason == "CERTIFICATE_MISSING"
    bare = grpc.ssl_channel_credentials(invitation.ca_pem.encode())
    async with federation_stub(invitation.federation_address, bare) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.Fetch(federation_pb2.FetchRequest(channel="mailbox"), timeout=5)
        assert refused.value.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
    assert await _events(running) == 1


async def test_a_certificate_of_another_authority(running: Gateway) -> None:
    member = Member(A)
    invitation = await member.join(running)
    now, entropy = SystemClock().now(), SystemEntropy()
    stranger = create_authority("stranger", entropy, now)
    member.certificate = pem(issue_node(stranger, make_request(member.own.tls, A), A, entropy, now))
    async with federation_stub(invitation.federation_address, member.credentials(invitation)) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.Fetch(federation_pb2.FetchRequest(channel="mailbox"), timeout=5)
        assert refused.value.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


async def test_a_certificate_of_another_node(running: Gateway) -> None:
    """潮州 publishes what 漳州 signed, and reads: nothing of the other's is accepted, and nothing is told."""
    one, other = Member(A), Member(B)
    await one.join(running)
    invitation = await other.join(running)
    async with federation_stub(invitation.federation_address, other.credentials(invitation)) as stub:
        answer = await stub.Publish(federation_pb2.PublishRequest(events=[one.item(1), other.item(1)]))
        assert answer.outcomes[0].rejection.reason == "KEY_OF_ANOTHER_NODE"
        assert answer.outcomes[1].HasField("receipt")
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.Fetch(federation_pb2.FetchRequest(channel=A))
        said = rich(refused.value)
        assert (said.code, said.reason, said.field) == ("INVALID_ARGUMENT", "FIELD_INVALID", "channel")


async def test_requests_that_break_a_rule(running: Gateway) -> None:
    member = Member(A)
    invitation = await member.join(running)
    async with federation_stub(invitation.federation_address, member.credentials(invitation)) as stub:
        for request, field in (
            (federation_pb2.FetchRequest(channel="mailbox", after_position=2**63), "after_position"),
            (federation_pb2.FetchRequest(channel="mailbox", page_size=-1), "page_size"),
            (federation_pb2.FetchRequest(), "channel"),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await stub.Fetch(request)
            said = rich(refused.value)
            assert (said.code, said.reason, said.field) == ("INVALID_ARGUMENT", "FIELD_INVALID", field)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.Publish(federation_pb2.PublishRequest())
        assert rich(refused.value).field == "events"
        large = federation_pb2.PublishRequest()
        for number in range(60):
            large.events.add().CopyFrom(member.item(number))
            large.events[-1].parts.add(name="form", audience="parties", ciphertext=bytes(80_000))
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.Publish(large)
        assert rich(refused.value).reason == "MESSAGE_TOO_LARGE"


async def test_a_stream_that_is_refused_says_why(running: Gateway) -> None:
    member = Member(A)
    invitation = await member.join(running)
    async with federation_stub(invitation.federation_address, member.credentials(invitation)) as stub:
        call = stub.Exchange()
        hello = federation_pb2.Hello(
            protocol_versions=[7], incarnation=1, lifecycle_versions=[1], credit=federation_pb2.Credit()
        )
        await call.write(federation_pb2.ExchangeRequest(hello=hello))
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call.read()
        said = rich(refused.value)
        assert (said.code, said.reason) == ("INVALID_ARGUMENT", "UNSUPPORTED_PROTOCOL_VERSION")
        assert said.field == "hello.protocol_versions"
    for _ in range(100):
        if not running.core.connections:
            break
        await asyncio.sleep(0.02)
    assert not running.core.connections


async def test_health_and_reflection_for_any_client(running: Gateway) -> None:
    invitation = await invite(running, A)
    trust = grpc.ssl_channel_credentials(invitation.ca_pem.encode())
    async with grpc.aio.secure_channel(invitation.join_address, trust) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for service in ("", "tongban.v1.Federation"):
            answer = await health.Check(health_pb2.HealthCheckRequest(service=service))
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        reflection = reflection_pb2_grpc.ServerReflectionStub(channel)
        call = reflection.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(list_services="")]))
        services = {s.name async for answer in call for s in answer.list_services_response.service}
        assert "tongban.v1.Federation" in services
        call = reflection.ServerReflectionInfo(
            iter([reflection_pb2.ServerReflectionRequest(file_containing_symbol="tongban.v1.Event")])
        )
        files = [raw async for answer in call for raw in answer.file_descriptor_response.file_descriptor_proto]
        assert files
