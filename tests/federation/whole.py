"""A whole federation in one process: the project's own gateway, nodes and dialers, on pipes instead of sockets.

Everything but sockets is real: signatures, sealing, databases, the exchange, the waits before dialling again.  With
`Disks` and the loop of `tests.federation.virtual` it runs on a clock of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from agreements import data
from agreements.documents import fujian_province_wide, zhangzhou_chaozhou_shantou
from agreements.domain.documents import document_digest
from agreements.items import items_of
from gateway.building import build_core
from gateway.core import GatewayCore
from gateway.joining import Joining
from gateway.session import Session
from gateway.store import QUERIES as GATEWAY
from nodes.core import NodeCore
from nodes.desk.desks import Desks
from nodes.desk.staff import ROLES, Staff
from nodes.dialer import Dialer
from nodes.joining import profile, record_registration
from nodes.store import MIGRATIONS, QUERIES
from tongban import errors
from tongban.clock import Clock, Entropy
from tongban.exchange.link import Pipe
from tongban.keys import NodeKeys
from tongban.pki import Identity, create_authority, make_request
from tongban.storage.base import Database
from tongban.storage.migrations import migrate
from tongban.v1 import agreement_pb2, directory_pb2, federation_pb2, registry_pb2

REGIONS = {"350600": "漳州市", "445100": "潮州市", "350128": "平潭", "330328": "文成县"}
CHANNELS = ("mailbox", "feeds/nodes", "feeds/items", "feeds/agreements")
SECOND = {
    "user_name": "second",
    "staff_id": "s-two",
    "title": "第二人",
    "password": "",
    "roles": "mailroom",
    "post": "mailroom-1",
}
"""Who stands by when a parcel is opened; nobody signs in as this one."""
Open = Callable[[str], Awaitable[Database]]


def posts() -> list[directory_pb2.PostEntry]:
    """A window and a mailroom."""
    return [
        directory_pb2.PostEntry(id="window-1", title="综合窗口", time_zone="Asia/Shanghai", collects=True),
        directory_pb2.PostEntry(id="mailroom-1", title="收发室", time_zone="Asia/Shanghai"),
    ]


class Cut(Protocol):
    """What can be broken."""

    def cut(self) -> None:
        """Break it."""
        ...


class PipeLine:
    """A node's way to the gateway: a fresh pipe for each connection, served by a session of the gateway."""

    def __init__(self, federation: Federation, node: str) -> None:
        self._federation = federation
        self._node = node
        self.up = True
        self._pipe: Pipe | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def connect(self) -> Any:
        """A new link, while the line is up."""
        gateway = self._federation.gateway
        if not self.up or gateway is None:
            raise errors.GatewayUnreachable(address="pipe")
        pipe = self._pipe = Pipe()
        far: Any = pipe.far
        self.serve(Session(gateway, self._node, far), pipe)
        return pipe.near

    def serve(self, session: Session, pipe: Cut) -> None:
        """Let the gateway serve one end of a pipe, which breaks when that ends."""
        task = asyncio.get_running_loop().create_task(self._serve(session, pipe))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, session: Session, pipe: Cut) -> None:
        try:
            await session.run()
        except errors.TongbanError as error:
            self._federation.session_errors.append(error)
        finally:
            pipe.cut()

    async def answers(self) -> None:
        """Never says so."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing to let go."""

    def cut(self) -> None:
        """Break the line and keep it down."""
        self.up = False
        if self._pipe is not None:
            self._pipe.cut()

    async def stop(self) -> None:
        """End every session served over this line."""
        self.cut()
        await end(*self._serving)


async def end(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks and wait for them."""
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError):
            await task


@dataclass(slots=True)
class NodeRun:
    """A running node."""

    core: NodeCore
    desks: Desks
    line: PipeLine
    dialling: asyncio.Task[None] | None = None

    def staff(self, post: str = "window-1") -> Staff:
        """Somebody who may do everything here."""
        return Staff("tester", "s-tester", "测试", ROLES, post)


@dataclass(slots=True)
class Federation:
    """A gateway and its nodes."""

    clock: Clock
    entropy: Entropy
    open: Open
    gateway: GatewayCore | None = None
    joining: Joining | None = None
    nodes: dict[str, NodeRun] = field(default_factory=dict)
    session_errors: list[BaseException] = field(default_factory=list)
    keys: dict[str, NodeKeys] = field(default_factory=dict)
    authority: Identity | None = None
    line_to: Callable[[Federation, str], PipeLine] = PipeLine
    """How a node reaches the gateway; the simulation's lines have faults."""
    clock_of: Callable[[str], Clock] | None = None
    """A machine's own clock, where it is not the common one."""
    gateways: dict[str, GatewayCore] = field(default_factory=dict)
    """The replicas that run, by their machines; `gateway` is the first of them."""
    superiors: Mapping[str, str] = field(default_factory=dict)
    """By region, the node above it, which it names when it joins."""
    relays: Collection[str] = ()
    """Which of them join as relays."""
    beside: Callable[[GatewayCore], Iterable[Coroutine[Any, Any, None]]] | None = None
    """What runs beside each of them, where anything does."""
    _beside: dict[str, list[asyncio.Task[None]]] = field(default_factory=dict)

    def _clock(self, machine: str) -> Clock:
        return self.clock_of(machine) if self.clock_of is not None else self.clock

    def _keys(self, name: str) -> NodeKeys:
        if name not in self.keys:
            self.keys[name] = NodeKeys.generate(self.entropy)
        return self.keys[name]

    async def start_gateway(self, machine: str = "gateway") -> GatewayCore:
        """Open the gateway, or one replica of it, over its database."""
        core = await build_core(
            await self.open(machine),
            name="test",
            keys=self._keys("gateway"),
            clock=self._clock(machine),
            entropy=self.entropy,
        )
        if self.authority is None:
            self.authority = create_authority("test", self.entropy, self.clock.now())
        self.gateways[machine] = core
        self.gateway = next(iter(self.gateways.values()))
        self.joining = Joining(core, self.authority, self.entropy)
        if self.beside is not None:
            self._beside[machine] = [asyncio.create_task(work) for work in self.beside(core)]
        return core

    def lose_gateway(self, machine: str = "gateway") -> None:
        """A gateway's process is gone."""
        self.gateways.pop(machine, None)
        self.gateway = next(iter(self.gateways.values()), None)
        for task in self._beside.pop(machine, ()):
            task.cancel()

    async def stop_gateway(self) -> None:
        """Stop the gateway, all its replicas; nodes go on alone."""
        assert self.gateway is not None
        stopping = list(self.gateways.values()) or [self.gateway]
        self.gateways.clear()
        self.gateway = None
        for run in self.nodes.values():
            was_up = run.line.up
            await run.line.stop()
            run.line.up = was_up
        for tasks in self._beside.values():
            await end(*tasks)
        self._beside.clear()
        for gateway in stopping:
            await gateway.admitter.close()
            await gateway.database.close()

    async def start_node(self, region: str, *, dial: bool = True) -> NodeRun:
        """Open a node over its database, joining if it has not joined, and dial."""
        name = f"nodes/{region}"
        database = await self.open(region)
        await migrate(database, MIGRATIONS, now_micros=round(self.clock.now().timestamp() * 1_000_000))
        clock = self._clock(region)
        await database.run(lambda tx: tx.execute(QUERIES.put_staff, SECOND))
        core = NodeCore(name=name, database=database, keys=self._keys(name), clock=clock, entropy=self.entropy)
        await core.start()
        if not core.epoch:
            await self._join(core, region)
        run = self.nodes[region] = NodeRun(core, Desks(core), self.line_to(self, name))
        if dial:
            run.dialling = asyncio.create_task(Dialer(core, run.line).run())
        return run

    async def _join(self, core: NodeCore, region: str) -> None:
        assert self.joining is not None
        invitation = await self.joining.invite(
            node=core.name, region=region, join_address="pipe:1", federation_address="pipe:2"
        )
        superior = self.superiors.get(region, "")
        title, relay = REGIONS.get(region, region), region in self.relays
        content = profile(region=region, title=title, posts=posts(), superior=superior, relay=relay)
        wire = await record_registration(core, content)
        response = await self.joining.join(
            federation_pb2.JoinRequest(
                secret=invitation.secret,
                certificate_request=make_request(core.keys.tls, core.name),
                registration=wire,
            )
        )
        key = response.receipt_key
        await core.set(**{f"receipt_key/{key.key_id}": key.public_key.hex()}, epoch=str(response.epoch))
        await core.start()

    async def stop_node(self, region: str) -> None:
        """Stop a node in good order."""
        run = self.nodes.pop(region)
        if run.dialling is not None:
            await end(run.dialling)
        await run.line.stop()
        await run.core.close()

    async def stop(self) -> None:
        """Stop everything."""
        for region in list(self.nodes):
            await self.stop_node(region)
        if self.gateway is not None:
            await self.stop_gateway()

    async def agree(self, offline_days: int = 0) -> None:
        """Publish the demo's items, propose its agreements, and let every party sign.

        `offline_days` is how old a copy may be for filing offline; 0 leaves what the texts say.
        """
        seed = data.load()
        for run in self.nodes.values():
            for item in items_of(seed, run.core.name):
                await run.desks.registry.publish_item(run.staff(), registry_pb2.PublishItemRequest(document=item))
        await self.settled()
        known = {n.name: n for n in next(iter(self.nodes.values())).core.shared.directory.nodes()}
        for make in (zhangzhou_chaozhou_shantou, fujian_province_wide):
            with contextlib.suppress(errors.NodeNotFound):
                document = make(seed, known)
                for clause in document.clauses:
                    clause.offline_hours = offline_days * 24 or clause.offline_hours
                await self.sign(document)

    async def sign(self, document: agreement_pb2.AgreementDocument) -> None:
        """Propose a text and let every party sign it."""
        raw = document.SerializeToString()
        parties = [self.nodes[p.node.removeprefix("nodes/")] for p in document.parties]
        await parties[0].desks.agreements.propose_agreement(
            parties[0].staff(), registry_pb2.ProposeAgreementRequest(document=raw)
        )
        for run in parties:
            await self.settled()
            await run.desks.agreements.sign_agreement(
                run.staff(),
                registry_pb2.SignAgreementRequest(name=document.name, document_digest=document_digest(raw)),
            )
        await self.settled()

    async def settled(self, seconds: float = 30.0) -> None:
        """Until every node whose line is up has sent everything and stored everything."""
        pause, waited = 0.02, 0.0
        while not await self._is_settled():
            if waited > seconds:
                raise AssertionError(f"not settled after {seconds} s: {self.session_errors[-3:]}")
            await asyncio.sleep(pause)
            waited += pause
            pause = min(pause * 1.5, max(0.2, waited / 8))

    async def _is_settled(self) -> bool:
        running = [run for run in self.nodes.values() if run.line.up]
        if not self._has_read_all(running, await self._heads()):
            return False
        for run in running:
            row = await run.core.database.run(lambda tx: tx.fetch_one(QUERIES.count_waiting), read_only=True)
            if row is None or row["events"]:
                return False
        # Looked at again, in one go, now that nothing waits: an event admitted meanwhile is in every head by now.
        return self._has_read_all(running, await self._heads())

    async def _heads(self) -> Mapping[str, int]:
        """The heads of all channels: as one gateway knows them, or as the database does that several share."""
        gateway = self.gateway
        assert gateway is not None
        if len(self.gateways) < 2:
            return gateway.heads
        rows = await gateway.database.look_up(lambda tx: tx.fetch_all(GATEWAY.list_channels))
        return {row["name"]: row["position"] for row in rows}

    def _has_read_all(self, running: Sequence[NodeRun], heads: Mapping[str, int]) -> bool:
        gateway = self.gateway
        assert gateway is not None
        if gateway.recovery.active or any(run.core.epoch != gateway.admitter.epoch for run in running):
            return False  # positions of another epoch say nothing
        return all(
            run.core.cursors.get(channel, 0) == heads.get(gateway.channel_of(run.core.name, channel), 0)
            for run in running
            for channel in CHANNELS
        )


def request_id() -> str:
    """A fresh request id, as a caller makes it."""
    return str(uuid.uuid4())
