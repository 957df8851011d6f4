"""A gateway and nodes in one process: real sessions, a pipe for each line, databases by name from whoever builds it.

The same harness serves the simulation (virtual clock, disks in memory) and tests that want real SQLite files and real
time; it knows neither.  Nothing here stands in for the project's own code: nodes dial, join, publish and sign as they
do in earnest, and only the line between them is a `Pipe`.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable
from typing import cast

from agreements import data
from agreements.documents import BUILDERS
from agreements.items import items_of
from gateway.building import build_core
from gateway.core import GatewayCore
from gateway.joining import Joining
from gateway.session import GatewayLink, Session
from nodes.core import NodeCore
from nodes.desk.desks import Desks
from nodes.desk.staff import ROLES, Staff
from nodes.dialer import Dialer
from nodes.joining import profile, record_registration
from nodes.session import NodeLink
from nodes.store import MIGRATIONS, QUERIES
from tongban import errors
from tongban.clock import Clock, Entropy
from tongban.exchange.link import Pipe
from tongban.keys import NodeKeys
from tongban.pki import create_authority, make_request
from tongban.storage.base import Database
from tongban.storage.migrations import migrate
from tongban.v1 import directory_pb2, federation_pb2, registry_pb2

REGIONS = {"350600": "漳州市", "445100": "潮州市", "350128": "平潭综合实验区", "330328": "文成县"}
POSTS = (("window-1", "综合窗口", True), ("mailroom-1", "收发室", False), ("approval-1", "审批处", False))
CHANNELS = ("mailbox", "feeds/nodes", "feeds/items", "feeds/agreements")

OpenDatabase = Callable[[str], Awaitable[Database]]


def request_id() -> str:
    """A fresh UUID, as a caller makes it."""
    return str(uuid.uuid4())


class PipeLine:
    """A node's way to the gateway: a new pipe for each session, while it is up."""

    def __init__(self, gateway: GatewayCore, node: str) -> None:
        self._gateway = gateway
        self._node = node
        self._pipe: Pipe | None = None
        self._serving: set[asyncio.Task[None]] = set()
        self._up = asyncio.Event()
        self._up.set()

    async def connect(self) -> NodeLink:
        """A new link."""
        if not self._up.is_set():
            raise errors.Unavailable(what="gateway")
        self._pipe = Pipe()
        served = Session(self._gateway, self._node, cast(GatewayLink, self._pipe.far))
        task = asyncio.create_task(served.run())
        self._serving.add(task)
        task.add_done_callback(self._ended)
        return cast(NodeLink, self._pipe.near)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._serving.discard(task)
        # A session that failed ends its link, as gRPC does; the node hears of it and dials again.
        if not task.cancelled() and task.exception() is not None and self._pipe is not None:
            self._pipe.cut()

    async def answers(self) -> None:
        """Returns when the line is up."""
        if self._up.is_set():
            await asyncio.Event().wait()
        await self._up.wait()

    async def close(self) -> None:
        """Nothing to let go: each session closes its link."""

    def cut(self) -> None:
        """The line is down from now on."""
        self._up.clear()
        if self._pipe is not None:
            self._pipe.cut()

    def mend(self) -> None:
        """The line is up again."""
        self._up.set()

    async def stop(self) -> None:
        """End what the gateway's side still does."""
        self.cut()
        for task in list(self._serving):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task


class NodeRun:
    """A running node."""

    def __init__(self, core: NodeCore, line: PipeLine) -> None:
        self.core = core
        self.desks = Desks(core)
        self.line = line
        self.dialing = asyncio.create_task(Dialer(core, line).run())

    def staff(self, post: str = "approval-1") -> Staff:
        """Somebody who holds every role, at a post."""
        return Staff("everybody", "s-everybody", "全岗", ROLES, post)

    async def stop(self) -> None:
        """Hang up and close."""
        self.dialing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.dialing
        await self.line.stop()
        await self.core.close()


class Federation:
    """One gateway, and the nodes that have joined, by region."""

    def __init__(self, clock: Clock, entropy: Entropy, open_database: OpenDatabase) -> None:
        self.clock = clock
        self.entropy = entropy
        self._open = open_database
        self.gateway: GatewayCore
        self.nodes: dict[str, NodeRun] = {}

    async def start_gateway(self) -> None:
        """Build the gateway."""
        self.gateway = await build_core(
            await self._open("gateway"),
            name="tongban",
            keys=NodeKeys.generate(self.entropy),
            clock=self.clock,
            entropy=self.entropy,
        )
        authority = create_authority("tongban", self.entropy, self.clock.now())
        self._joining = Joining(self.gateway, authority, self.entropy)

    async def start_node(self, region: str) -> NodeRun:
        """Make a node, let it join, and have it dial."""
        name = f"nodes/{region}"
        database = await self._open(region)
        await migrate(database, MIGRATIONS, now_micros=round(self.clock.now().timestamp() * 1_000_000))
        keys = NodeKeys.generate(self.entropy)
        core = NodeCore(name=name, database=database, keys=keys, clock=self.clock, entropy=self.entropy)
        await core.start()
        posts = [
            directory_pb2.PostEntry(id=i, title=t, time_zone="Asia/Shanghai", collects=collects)
            for i, t, collects in POSTS
        ]
        wire = await record_registration(core, profile(region=region, title=REGIONS[region], posts=posts))
        invitation = await self._joining.invite(node=name, region=region, join_address="-", federation_address="-")
        await self._joining.join(
            federation_pb2.JoinRequest(
                secret=invitation.secret, certificate_request=make_request(keys.tls, name), registration=wire
            )
        )
        run = self.nodes[region] = NodeRun(core, PipeLine(self.gateway, name))
        return run

    async def agree(self) -> None:
        """Publish the demonstration's items; propose and sign its agreements among the nodes that run."""
        seed = data.load()
        for run in self.nodes.values():
            for document in items_of(seed, run.core.name):
                await run.desks.registry.publish_item(run.staff(), registry_pb2.PublishItemRequest(document=document))
        await self.settled()
        by_name = {run.core.name: run for run in self.nodes.values()}
        directory = {node.name: node for node in self.gateway.admitter.directory.nodes()}
        for build in BUILDERS.values():
            try:
                text = build(seed, directory)
            except errors.NodeNotFound:
                continue  # a party of this one does not run here
            parties = [by_name[party.node] for party in text.parties]
            request = registry_pb2.ProposeAgreementRequest(document=text.SerializeToString())
            proposed = await parties[0].desks.registry.propose_agreement(parties[0].staff(), request)
            await self.settled()
            signing = registry_pb2.SignAgreementRequest(name=text.name, document_digest=proposed.document_digest)
            for party in parties:
                await party.desks.registry.sign_agreement(party.staff(), signing)
                await self.settled()

    async def settled(self, seconds: float = 60.0) -> None:
        """Wait until every node whose line is up has sent what it has and read what there is."""
        async with asyncio.timeout(seconds):
            while not await self._quiet():
                await asyncio.sleep(0.01)
        for run in self.nodes.values():
            await run.desks.mailroom.record_early_intakes()

    async def _quiet(self) -> bool:
        for run in self.nodes.values():
            core = run.core
            if not run.line._up.is_set():
                continue
            waiting = await core.database.run(lambda tx: tx.fetch_one(QUERIES.count_waiting), read_only=True)
            if waiting is None or waiting["events"] or not core.line.connected:
                return False
            for channel in CHANNELS:
                head = self.gateway.heads.get(self.gateway.channel_of(core.name, channel), 0)
                if core.cursors.get(channel, 0) < head:
                    return False
        return True

    async def stop(self) -> None:
        """Stop every node, then the gateway."""
        for run in self.nodes.values():
            await run.stop()
        await self.gateway.admitter.close()
        await self.gateway.database.close()
