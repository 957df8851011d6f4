"""Faults of the line and of the gateway's door, over real sockets, certificates and a real gateway."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from nodes.domain.diagnosis import Dates
from tests.clocks import ManualClock
from tests.diagnosis.kit import NODE, Papers, looked, tls_server
from tests.diagnosis.table import Named, Table
from tests.federation.servers import Member, gateway_at
from tongban.clock import SystemClock, SystemEntropy
from tongban.keys import private_pem
from tongban.pki import Identity, create_authority, issue_node, make_request, parse_certificate, pem
from tongban.rpc.client import ClientTls

LINES = Table()


def _dates(certificate: bytes) -> Dates:
    parsed = parse_certificate(certificate)
    return Dates(parsed.not_valid_before_utc, parsed.not_valid_after_utc)


@LINES.add("the gateway's name is not known", "NAME_NOT_FOUND", "own-node", "line")
async def _(home: Path) -> Named:
    return await looked("no-such-gateway.invalid:8443", Papers.fresh().tls(), "name")


@LINES.add("the gateway's address is mistyped", "NAME_NOT_FOUND", "own-node", "line")
async def _(home: Path) -> Named:
    return await looked("gateway.invalid:port", Papers.fresh().tls(), "name")


@LINES.add("nothing listens at the gateway's port", "GATEWAY_NOT_RUNNING", "gateway", "gateway")
async def _(home: Path) -> Named:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    return await looked(f"127.0.0.1:{port}", Papers.fresh().tls(), "connect")


@LINES.add("packets to the gateway are dropped", "LINE_SILENT", "network", "line")
async def _(home: Path) -> Named:
    """A listener whose queue is full drops what comes, as a firewall does."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        place = full.getsockname()
        stuffing = []
        for _ in range(4):
            each = socket.socket()
            each.setblocking(False)
            each.connect_ex(place)
            stuffing.append(each)
        await asyncio.sleep(0.2)
        try:
            return await looked(f"127.0.0.1:{place[1]}", Papers.fresh().tls(), "connect", silent=True)
        finally:
            for each in stuffing:
                each.close()


@LINES.add("the gateway's process is stopped", "GATEWAY_HANGS", "gateway", "gateway")
async def _(home: Path) -> Named:
    """The system goes on taking connections for a process that was stopped; nobody answers them."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as silent:
        return await looked(f"127.0.0.1:{silent.getsockname()[1]}", Papers.fresh().tls(), "secure", silent=True)


@LINES.add("a sign-in page of the network answers", "NOT_THE_GATEWAY", "network", "line")
async def _(home: Path) -> Named:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://portal/\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        return await looked(f"127.0.0.1:{port}", Papers.fresh().tls(), "secure")


@LINES.add("the gateway's certificate has ended", "GATEWAY_CERTIFICATE_EXPIRED", "gateway", "gateway")
async def _(home: Path) -> Named:
    papers = Papers.fresh()
    async with tls_server(papers.server(days=-400)) as address:
        return await looked(address, papers.tls(), "secure")


@LINES.add("the gateway's certificate has not begun", "GATEWAY_CERTIFICATE_EARLY", "gateway", "gateway")
async def _(home: Path) -> Named:
    papers = Papers.fresh()
    async with tls_server(papers.server(days=10)) as address:
        return await looked(address, papers.tls(), "secure")


@LINES.add("somebody else's certificate is shown", "GATEWAY_CERTIFICATE_UNKNOWN", "gateway", "gateway")
async def _(home: Path) -> Named:
    papers = Papers.fresh()
    stranger = create_authority("stranger", SystemEntropy(), papers.now)
    async with tls_server(papers.server(authority=stranger)) as address:
        return await looked(address, papers.tls(), "secure")


@LINES.add("the certificate names another host", "GATEWAY_CERTIFICATE_NAME", "gateway", "gateway")
async def _(home: Path) -> Named:
    papers = Papers.fresh()
    async with tls_server(papers.server(name="other.example")) as address:
        return await looked(address, papers.tls(), "secure")


async def _at_a_gateway(home: Path, certificate: str) -> Named:
    async with gateway_at(home / "gateway") as gateway:
        member = Member(NODE)
        invitation = await member.join(gateway)
        now, entropy = SystemClock().now(), SystemEntropy()
        request = make_request(member.own.tls, NODE)
        if certificate == "old":
            authority, now = (
                Identity.load(home / "gateway" / "authority"),
                Papers.fresh().now.replace(year=now.year - 2),
            )
        else:
            authority = create_authority("stranger", entropy, now)
        shown = pem(issue_node(authority, request, NODE, entropy, now))
        tls = ClientTls(invitation.ca_pem.encode(), shown, private_pem(member.own.tls))
        return await looked(invitation.federation_address, tls, "answer", _dates(shown))


@LINES.add("this node's certificate has ended", "OWN_CERTIFICATE_EXPIRED", "own-node", "node")
async def _(home: Path) -> Named:
    return await _at_a_gateway(home, "old")


@LINES.add("the gateway does not trust this node's certificate", "OWN_CERTIFICATE_REFUSED", "own-node", "node")
async def _(home: Path) -> Named:
    return await _at_a_gateway(home, "stranger")


@LINES.add("this machine's clock is years behind", "OWN_CLOCK_DOUBTED", "own-node", "node")
async def _(home: Path) -> Named:
    """By its own certificate, which had not begun by that clock; the gateway's looks wrong too, and is not blamed."""
    papers = Papers.fresh()
    clock = ManualClock(papers.now.replace(year=papers.now.year - 3))
    async with tls_server(papers.server(days=10)) as address:
        return await looked(address, papers.tls(), "secure", _dates(papers.node()), clock=clock)
