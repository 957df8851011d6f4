"""A node renews its certificate by itself, over real sockets and mutual TLS, before and after its end."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from gateway.operator import Operator
from gateway.runtime import Gateway
from nodes.doctor import examine
from nodes.joining import bring_certificate, join, profile
from nodes.runtime import Node
from nodes.settings import FILE, NodeSettings, load
from tests.federation.servers import Member, federation_stub, gateway_at, invite, joining_stub, rich
from tests.federation.whole import posts
from tongban import errors
from tongban.clock import SystemClock, SystemEntropy
from tongban.keys import NodeKeys, private_pem
from tongban.pki import Identity, issue_node, load_certificate, make_request, pem
from tongban.renewal import signed_renewal
from tongban.serving import only_process
from tongban.v1 import federation_pb2

pytestmark = pytest.mark.federation
A, B = "nodes/350600", "nodes/445100"
CLOCK, ENTROPY = SystemClock(), SystemEntropy()


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway."""
    async with gateway_at(tmp_path / "gateway") as gateway:
        yield gateway


async def _joined(gateway: Gateway, home: Path) -> NodeSettings:
    content = profile(region="350600", title="漳州市", posts=posts())
    return await join(home, await invite(gateway, A), content, CLOCK, ENTROPY)


def _age(gateway: Gateway, settings: NodeSettings, days: int) -> bytes:
    """The node was given its certificate so many days ago."""
    authority = Identity.load(gateway.settings.home / "authority")
    request = make_request(NodeKeys.load(settings.home / "keys").tls, A)
    old = pem(issue_node(authority, request, A, ENTROPY, CLOCK.now() - dt.timedelta(days=days)))
    (settings.home / "tls" / "certificate.pem").write_bytes(old)
    return old


@asynccontextmanager
async def _runs(settings: NodeSettings) -> AsyncIterator[Node]:
    node = Node(settings, CLOCK, ENTROPY)
    await node.start()
    try:
        yield node
    finally:
        await node.stop(0.2)


async def _until(holds: Callable[[], bool]) -> None:
    for _ in range(3000):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came")


def _shown(settings: NodeSettings) -> bytes:
    return (settings.home / "tls" / "certificate.pem").read_bytes()


async def test_a_node_that_was_away_past_its_certificates_end_comes_back_by_itself(
    running: Gateway, tmp_path: Path
) -> None:
    settings = await _joined(running, tmp_path / "node")
    old = _age(running, settings, 500)
    async with _runs(settings) as node:
        await _until(lambda: node.core.line.connected)
        assert node.core.line.renewal is None
        await node.lookout.look()
        assert not [each for each in node.core.line.findings if "CERTIFICATE" in each.fault.code]
    assert _shown(settings) != old
    fresh = load_certificate(settings.home / "tls" / "certificate.pem")
    assert fresh.not_valid_after_utc > CLOCK.now() + dt.timedelta(days=300)
    assert fresh.public_key() == NodeKeys.load(settings.home / "keys").tls.public_key()


async def test_one_that_is_due_is_renewed_and_the_line_stands(running: Gateway, tmp_path: Path) -> None:
    settings = await _joined(running, tmp_path / "node")
    old = _age(running, settings, 300)
    async with _runs(settings) as node:
        await _until(lambda: node.core.line.connected and _shown(settings) != old)
        await asyncio.sleep(0.2)
        assert node.core.line.connected
        # The gateway hangs up: the next connection is made with the new certificate.
        for connection in list(running.core._links.get(A, ())):
            connection.displace(errors.Unavailable(what="gateway"))
        await _until(lambda: len(running.core.connections.get(A, ())) == 1 and node.core.line.connected)


async def test_one_that_is_good_for_long_is_left_alone(running: Gateway, tmp_path: Path) -> None:
    settings = await _joined(running, tmp_path / "node")
    before = _shown(settings)
    async with _runs(settings) as node:
        await _until(lambda: node.core.line.connected)
    assert _shown(settings) == before


async def test_a_suspended_node_is_told_why_and_goes_on_once_it_is_resumed(running: Gateway, tmp_path: Path) -> None:
    settings = await _joined(running, tmp_path / "node")
    _age(running, settings, 500)
    operator = Operator(running.core, NodeKeys.load(running.settings.home / "keys"), ENTROPY)
    await operator.suspend(A, "audit")
    with only_process(settings.home):
        async with _runs(settings) as node:
            await _until(lambda: node.core.line.renewal is not None)
            assert node.core.line.renewal is not None
            assert node.core.line.renewal.reason() == "NODE_NOT_ACTIVE"
            await node.lookout.look()
            found = next(f for f in node.core.line.findings if f.fault.code == "OWN_CERTIFICATE_EXPIRED")
            assert "自动换发未成" in found.what("zh")
            assert "It was not renewed" in found.what("en")
            told = await examine(settings, CLOCK, ENTROPY, 20.0)
            named = next(c for c in told.checks if c.finding and c.finding.fault.code == "OWN_CERTIFICATE_EXPIRED")
            assert named.finding is not None
            assert "自动换发未成" in named.finding.what("zh"), "the doctor says what the running node knows"
            await operator.resume(A)
            await _until(lambda: node.core.line.connected)


async def test_a_node_that_knows_no_joining_address(running: Gateway, tmp_path: Path) -> None:
    """It joined before that was kept: in time it asks over its own line, and too late it says what is missing."""
    settings = await _joined(running, tmp_path / "node")
    stored = json.loads((settings.home / FILE).read_text("utf-8"))
    assert stored.pop("join_address") == f"127.0.0.1:{running.join_port}"
    (settings.home / FILE).write_text(json.dumps(stored), "utf-8")
    settings = load(settings.home)
    old = _age(running, settings, 300)
    async with _runs(settings) as node:
        await _until(lambda: _shown(settings) != old)
    old = _age(running, settings, 500)
    async with _runs(settings) as node:
        await _until(lambda: node.core.line.renewal is not None)
        assert node.core.line.renewal is not None
        assert (node.core.line.renewal.reason(), node.core.line.renewal.field) == (
            "CONFIGURATION_INVALID",
            "join_address",
        )
    assert _shown(settings) == old


async def test_a_certificate_that_was_brought_is_not_replaced(running: Gateway, tmp_path: Path) -> None:
    settings = await _joined(running, tmp_path / "node")
    keys = NodeKeys.load(settings.home / "keys")
    bring_certificate(settings, _age(running, settings, 500), private_pem(keys.tls))
    brought = _shown(settings)
    async with _runs(settings) as node:
        await _until(lambda: node.core.line.renewal is not None)
        assert node.core.line.renewal is not None
        assert node.core.line.renewal.field == "tls/certificate.pem"
    assert _shown(settings) == brought


async def test_any_languages_stub_renews_without_a_certificate(running: Gateway) -> None:
    """Two calls at the joining port; what they give opens the federation port."""
    member = Member(A)
    invitation = await member.join(running)
    async with joining_stub(invitation) as stub:
        begun = await stub.BeginRenewal(federation_pb2.BeginRenewalRequest(node=A))
        request = signed_renewal(
            member.own.signer(), node=A, challenge=begun.challenge, request_pem=make_request(member.own.tls, A)
        )
        answer = await stub.Renew(request)
        member.certificate = answer.certificate_pem.encode()
        with pytest.raises(grpc.aio.AioRpcError) as replayed:
            await stub.Renew(request)
        assert rich(replayed.value).reason == "RENEWAL_CHALLENGE_INVALID"
        assert replayed.value.code() == grpc.StatusCode.UNAUTHENTICATED
    async with federation_stub(invitation.federation_address, member.credentials(invitation)) as stub:
        await stub.Fetch(federation_pb2.FetchRequest(channel="feeds/nodes"))


async def test_what_is_too_large_or_malformed_is_refused_by_its_field(running: Gateway) -> None:
    member = Member(A)
    invitation = await member.join(running)

    async def said(stub: Any, request: federation_pb2.RenewRequest) -> tuple[str, str]:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.Renew(request)
        found = rich(refused.value)
        return found.reason, found.field

    async with joining_stub(invitation) as stub:
        for name in ("", "applications/1", "nodes/" + "x" * 80, "nodes/a/b"):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await stub.BeginRenewal(federation_pb2.BeginRenewalRequest(node=name))
            assert (rich(refused.value).reason, rich(refused.value).field) == ("FIELD_INVALID", "node")
        begun = await stub.BeginRenewal(federation_pb2.BeginRenewalRequest(node=A))
        signer = member.own.signer()
        large = signed_renewal(signer, node=A, challenge=begun.challenge, request_pem=b"x" * 6000)
        assert await said(stub, large) == ("FIELD_INVALID", "renewal")
        long = signed_renewal(signer, node=A, challenge=begun.challenge, request_pem=b"x" * 4500)
        assert await said(stub, long) == ("FIELD_INVALID", "renewal.certificate_request")
        rubbish = signed_renewal(signer, node=A, challenge=begun.challenge, request_pem=b"rubbish")
        assert await said(stub, rubbish) == ("MESSAGE_MALFORMED", "certificate_request")
        unsigned = federation_pb2.RenewRequest(renewal=rubbish.renewal)
        assert await said(stub, unsigned) == ("FIELD_INVALID", "signature")


async def test_a_member_gets_no_certificate_of_another(running: Gateway) -> None:
    thief, victim = Member(A), Member(B)
    invitation = await thief.join(running)
    await victim.join(running)
    async with joining_stub(invitation) as stub:
        begun = await stub.BeginRenewal(federation_pb2.BeginRenewalRequest(node=B))
        own = await stub.BeginRenewal(federation_pb2.BeginRenewalRequest(node=A))
        for node, named, challenge, reason in (
            (B, B, begun.challenge, "KEY_OF_ANOTHER_NODE"),
            (A, B, own.challenge, "KEY_OF_ANOTHER_NODE"),
            (A, A, begun.challenge, "RENEWAL_CHALLENGE_INVALID"),
        ):
            csr = make_request(thief.own.tls, named)
            request = signed_renewal(thief.own.signer(), node=node, challenge=challenge, request_pem=csr)
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await stub.Renew(request)
            assert rich(refused.value).reason == reason
