"""A node alone over a real socket, and a whole federation on the virtual clock whose node looks out."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.links import list_links
from gateway.session import Session
from nodes.core import NodeCore
from nodes.dialer import Dialer
from nodes.domain.diagnosis import Dates
from nodes.lookout import ANSWER, BUSY, LINKS_SECONDS, Lookout
from nodes.store import MIGRATIONS
from tests.diagnosis.table import Named, first
from tests.federation.stage import ACCEPTING, Stage
from tests.federation.virtual import Disks
from tests.federation.whole import NodeRun, PipeLine
from tongban import errors
from tongban.clock import Clock, SystemClock, SystemEntropy
from tongban.faults import Finding, Party
from tongban.keys import NodeKeys, private_pem
from tongban.pki import Identity, create_authority, issue_node, issue_server, make_request, pem
from tongban.rpc.client import ClientTls
from tongban.rpc.links import GrpcLine
from tongban.rpc.probe import LIMITS, Limits, Probed
from tongban.rpc.status import from_status, to_status
from tongban.storage.base import Database
from tongban.storage.migrations import migrate
from tongban.v1 import federation_pb2

NODE = "nodes/350600"
UNTIL = {
    "name": BUSY + ANSWER + LIMITS.name,
    "connect": BUSY + ANSWER + LIMITS.name + LIMITS.connect,
    "secure": BUSY + ANSWER + LIMITS.total,
    "answer": BUSY + LIMITS.total + ANSWER,
    "links": BUSY + LINKS_SECONDS,
}
"""By when a fault has its name at the latest: the waits up to the step that fails, as they are configured."""


async def core_on(database: Database, clock: Clock | None = None) -> NodeCore:
    """A node that has joined nobody."""
    await migrate(database, MIGRATIONS, now_micros=1)
    entropy = SystemEntropy()
    core = NodeCore(
        name=NODE, database=database, keys=NodeKeys.generate(entropy), clock=clock or SystemClock(), entropy=entropy
    )
    await core.start()
    return core


@dataclass(slots=True)
class Papers:
    """A gateway's authority, and a node's certificate of it."""

    authority: Identity
    keys: NodeKeys
    now: dt.datetime

    @classmethod
    def fresh(cls) -> Papers:
        """Everything good today."""
        entropy, now = SystemEntropy(), SystemClock().now()
        return cls(create_authority("test", entropy, now), NodeKeys.generate(entropy), now)

    def server(self, *, days: int = 0, name: str = "localhost", authority: Identity | None = None) -> Identity:
        """A gateway's certificate, made so many days from now."""
        made = self.now + dt.timedelta(days=days)
        chosen = authority or self.authority
        return issue_server(chosen, SystemEntropy(), made, dns_names=[name], addresses=[])

    def tls(self, certificate: bytes | None = None) -> ClientTls:
        """What the node trusts and shows."""
        shown = certificate or self.node()
        return ClientTls(self.authority.certificate_pem, shown, private_pem(self.keys.tls))

    def node(self, *, days: int = 0, authority: Identity | None = None) -> bytes:
        """The node's certificate, made so many days from now."""
        request = make_request(self.keys.tls, NODE)
        made = self.now + dt.timedelta(days=days)
        return pem(issue_node(authority or self.authority, request, NODE, SystemEntropy(), made))


async def looked(
    address: str,
    tls: ClientTls,
    step: str,
    dates: Dates | None = None,
    *,
    silent: bool = False,
    clock: Clock | None = None,
) -> Named:
    """What a node that cannot reach its gateway says, after looking once.

    Where silence is not the fault itself, a busy machine gets more time than a node would take; what counts is the
    sum of the waits as they are configured.
    """
    core = await core_on(await Disks().open("alone"), clock)
    line = GrpcLine(address, tls, LIMITS if silent else Limits(10.0, 10.0, 10.0))
    lookout = Lookout(core, line, certificate=lambda: dates, answer=ANSWER if silent else 10.0)
    try:
        await lookout.look()
        return first(core.line.findings, UNTIL[step])
    finally:
        await line.close()
        await core.close()


@asynccontextmanager
async def tls_server(identity: Identity) -> AsyncIterator[str]:
    """Somebody who shows this certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["h2"])
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = Path(folder) / "certificate.pem", Path(folder) / "key.pem"
        certificate.write_bytes(identity.certificate_pem)
        key.write_bytes(identity.key_pem)
        context.load_cert_chain(certificate, key)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ssl.SSLError):
            await reader.read(1)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"localhost:{server.sockets[0].getsockname()[1]}"


class ToldLine(PipeLine):
    """A line on which the gateway's refusals arrive, as they do over gRPC, and along which a node can look."""

    def __init__(self, federation: Any, node: str) -> None:
        super().__init__(federation, node)
        self.told: errors.TongbanError | None = None

    async def connect(self) -> Any:
        """A link that raises what the gateway said when it ended it."""
        return _Told(await super().connect(), self)

    async def _serve(self, session: Session, pipe: Any) -> None:
        self.told = None
        try:
            await session.run()
        except errors.TongbanError as error:
            self.told = from_status(to_status(error, Party.GATEWAY))
        finally:
            pipe.cut()

    async def alive(self, seconds: float) -> None:
        """Late while the line is cut."""
        if not self.up or self._federation.gateway is None:
            await asyncio.sleep(seconds)
            raise errors.Unavailable(what="pipe", code="DEADLINE_EXCEEDED")

    async def links(self, seconds: float) -> federation_pb2.ListLinksResponse:
        """As the gateway says."""
        await self.alive(seconds)
        assert self._federation.gateway is not None
        return await list_links(self._federation.gateway, self._node, [])

    async def probe(self) -> Probed:
        """A pipe has no steps: it is there or not."""
        if self._federation.gateway is None:
            return Probed("GATEWAY_NOT_RUNNING", "connect", {"address": "pipe"})
        return Probed() if self.up else Probed("LINE_SILENT", "connect", {"address": "pipe"})

    async def knock(self, seconds: float) -> None:
        """The gateway answers any node of its own."""
        await self.alive(seconds)


class _Told:
    def __init__(self, link: Any, line: ToldLine) -> None:
        self._link, self._line = link, line

    async def send(self, frame: Any) -> None:
        await self._link.send(frame)

    async def receive(self) -> Any:
        try:
            frame = await self._link.receive()
        except errors.Unavailable:
            frame = None
        if frame is None and self._line.told is not None:
            raise self._line.told
        if frame is None:
            raise errors.Unavailable(what="link")
        return frame

    async def close(self) -> None:
        await self._link.close()


async def watch(stage: Stage, region: str = ACCEPTING, clock: Clock | None = None) -> tuple[NodeRun, Lookout]:
    """Start a node again with somebody at its console: it looks as often as it ever does."""
    federation = stage.federation
    if region in federation.nodes:
        await federation.stop_node(region)
    true = federation.clock
    federation.clock = clock or true
    run = await federation.start_node(region, dial=False)
    federation.clock = true
    run.line = ToldLine(federation, f"nodes/{region}")
    run.dialling = asyncio.create_task(Dialer(run.core, run.line).run())
    lookout = Lookout(run.core, run.line)
    looking = asyncio.create_task(_working(lookout))
    run.dialling.add_done_callback(lambda _: looking.cancel())
    return run, lookout


async def _working(lookout: Lookout) -> None:
    lookout.working()
    looking = asyncio.create_task(lookout.run())
    try:
        while True:
            await asyncio.sleep(60)
            lookout.working()
    finally:
        looking.cancel()


async def named(find: Callable[[], Awaitable[list[Finding]]], code: str, seconds: float = 10.0) -> Named:
    """Look until the fault has its name; how long that took by the loop's clock."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    found: list[Finding] = []
    while loop.time() - start < seconds:
        found = await find()
        if found and found[0].fault.code == code:
            break
        await asyncio.sleep(0.05)
    return first(found, loop.time() - start)


async def banner(run: NodeRun, code: str) -> Named:
    """What the console shows on top."""

    async def find() -> list[Finding]:
        return run.core.line.findings

    return await named(find, code)
