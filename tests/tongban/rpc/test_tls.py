"""Who is at the other end: TLS for joining, mutual TLS for everything else, the node's name from its certificate."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.tongban.rpc.service import Echo, serve
from tongban import keys, pki
from tongban.clock import SeededEntropy, SystemClock
from tongban.errors import CertificateMissing, TongbanError, Unavailable
from tongban.rpc.client import ClientTls, call, open_channel
from tongban.rpc.server import ServerTls
from tongban.v1 import federation_pb2, federation_pb2_grpc

NOW = SystemClock().now()
ENTROPY = SeededEntropy(7)
AUTHORITY = pki.create_authority("通办网关", ENTROPY, NOW)
STRANGER = pki.create_authority("别人", ENTROPY, NOW)
SERVER = pki.issue_server(AUTHORITY, ENTROPY, NOW, dns_names=["gateway.tongban.test"], addresses=["127.0.0.1"])
TRUST = pki.pem(AUTHORITY.certificate)


def certified(authority: pki.Identity, node: str = "nodes/350600", trust: bytes = TRUST) -> ClientTls:
    """A node's side of the connection, with a certificate of that authority."""
    key = keys.generate_tls_key(ENTROPY)
    certificate = pki.issue_node(authority, pki.make_request(key, node), node, ENTROPY, NOW)
    return ClientTls(trust, pki.pem(certificate), keys.private_pem(key))


def asks(position: int = 5) -> federation_pb2.FetchRequest:
    """Position 5 demands a node's certificate."""
    return federation_pb2.FetchRequest(channel="mailbox", after_position=position)


@pytest_asyncio.fixture
async def ports() -> AsyncIterator[tuple[int, int]]:
    """A server's port for joining and its port for nodes."""
    server = serve(Echo())
    joining = server.add_port("127.0.0.1:0", ServerTls(SERVER.certificate_pem, SERVER.key_pem))
    mutual = server.add_port("127.0.0.1:0", ServerTls(SERVER.certificate_pem, SERVER.key_pem, TRUST))
    await server.start()
    yield joining, mutual
    await server.stop(0)


async def ask(port: int, tls: ClientTls | None, position: int = 5) -> federation_pb2.FetchResponse:
    async with open_channel(f"127.0.0.1:{port}", tls) as channel:
        return await call(federation_pb2_grpc.FederationStub(channel).Fetch, asks(position), seconds=5)


async def test_a_nodes_certificate_names_it(ports: tuple[int, int]) -> None:
    for node in ("nodes/350600", "nodes/445100"):
        answer = await ask(ports[1], certified(AUTHORITY, node))
        assert answer.deliveries.channel == node


async def test_the_joining_port_lets_anybody_in_and_names_nobody(ports: tuple[int, int]) -> None:
    tls = ClientTls(TRUST, server_name="gateway.tongban.test")
    assert (await ask(ports[0], tls, position=0)).deliveries.channel == ""
    with pytest.raises(CertificateMissing):
        await ask(ports[0], tls)
    # A certificate is not even asked for there, so none counts.
    with pytest.raises(CertificateMissing):
        await ask(ports[0], certified(AUTHORITY))


@pytest.mark.parametrize(
    "tls",
    [
        None,
        ClientTls(TRUST),
        certified(STRANGER),
        certified(AUTHORITY, trust=pki.pem(STRANGER.certificate)),
        ClientTls(TRUST, SERVER.certificate_pem, SERVER.key_pem),
    ],
    ids=["plain text", "no certificate", "another authority's", "server not trusted", "the server's own"],
)
async def test_nobody_else_gets_in(ports: tuple[int, int], tls: ClientTls | None) -> None:
    with pytest.raises(TongbanError) as refusal:
        await ask(ports[1], tls)
    assert isinstance(refusal.value, Unavailable | CertificateMissing)


async def test_a_server_under_another_name_is_not_talked_to(ports: tuple[int, int]) -> None:
    with pytest.raises(Unavailable):
        await ask(ports[0], ClientTls(TRUST, server_name="elsewhere.test"), position=0)


def test_keys_are_not_printed() -> None:
    assert b"PRIVATE" in SERVER.key_pem
    assert "PRIVATE" not in repr(ServerTls(SERVER.certificate_pem, SERVER.key_pem)) + repr(certified(AUTHORITY))
