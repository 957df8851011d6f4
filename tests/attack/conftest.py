"""A gateway and two nodes as they run in service, on ports of the system's choice, with an agreement in force."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agreements import data
from agreements.documents import zhangzhou_chaozhou_shantou
from agreements.domain.documents import document_digest
from agreements.items import items_of
from gateway.runtime import Gateway, initialise
from gateway.settings import GatewaySettings
from nodes.desk.staff import ROLES, Staff
from nodes.joining import join, profile
from nodes.runtime import Node
from tests.federation.whole import posts
from tests.nodes.console.conftest import QUICK
from tongban.clock import SystemClock, SystemEntropy
from tongban.v1 import registry_pb2

HOME, ACCEPTING = "350600", "445100"
PASSWORD = "attack-password"  # it guards nothing
EVERYTHING = Staff("tester", "s-tester", "测试", ROLES, "window-1")
_PASSING = {
    "sessions",
    "settings",
    "cursors",
    "sqlite_sequence",
    "sqlite_stat1",
    "log_nodes",
    "log_checkpoints",
    "leases",
}
_CLOCK, _ENTROPY = SystemClock(), SystemEntropy()


@dataclass(slots=True)
class Town:
    """What is attacked."""

    gateway: Gateway
    nodes: dict[str, Node]

    def rows(self) -> dict[str, int]:
        """How much is stored at the gateway and at each node, sessions and settings aside."""
        count = {}
        homes = [self.gateway.settings.home / "gateway.db", *(n.settings.home / "node.db" for n in self.nodes.values())]
        for path in homes:
            with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
                tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
                for table in sorted(set(tables) - _PASSING):
                    (count[f"{path.parent.name} {table}"],) = database.execute(
                        f"SELECT count(*) FROM {table}"
                    ).fetchone()
        return count

    async def until(self, *agreements: str) -> None:
        """Until both nodes know these agreements, and have sent everything."""
        for _ in range(500):
            known = [{a.name for a in node.core.shared.agreements()} for node in self.nodes.values()]
            states = [
                await node.desks.registry.get_node_status(EVERYTHING, registry_pb2.GetNodeStatusRequest())
                for node in self.nodes.values()
            ]
            met = {len(node.core.shared.directory.nodes()) for node in self.nodes.values()} == {len(self.nodes)}
            rested = all(state.connected and not state.waiting_events for state in states)
            if met and rested and all(set(agreements) <= names for names in known):
                return
            await asyncio.sleep(0.02)
        raise AssertionError("the nodes do not come to rest")


@pytest.fixture
async def town(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Town]:
    """Everything up; what the processes would log is in `caplog`."""
    caplog.set_level(logging.INFO)
    settings = GatewaySettings(home=tmp_path / "网关")
    initialise(settings, _CLOCK, _ENTROPY)
    gateway = Gateway(settings, _CLOCK, _ENTROPY)
    await gateway.start()
    town = Town(gateway, {})
    for region in (HOME, ACCEPTING):
        invitation = await gateway.joining.invite(
            node=f"nodes/{region}",
            region=region,
            join_address=f"127.0.0.1:{gateway.join_port}",
            federation_address=f"127.0.0.1:{gateway.federation_port}",
        )
        content = profile(region=region, title=region, posts=posts())
        joined = await join(tmp_path / f"节点 {region}", invitation, content, _CLOCK, _ENTROPY)
        node = town.nodes[region] = Node(joined, _CLOCK, _ENTROPY)
        await node.start()
        await node.desks.staff.add("clerk", PASSWORD, title="窗口", roles=ROLES, post="window-1", cost=QUICK)
        approval = frozenset({"approval"})
        await node.desks.staff.add("approver", PASSWORD, title="审批", roles=approval, post="window-1", cost=QUICK)
    await town.until()
    await _agree(town)
    yield town
    for node in town.nodes.values():
        await node.stop(0.1)
    await gateway.stop(0.1)


async def _agree(town: Town) -> None:
    seed = data.load()
    home, accepting = town.nodes[HOME], town.nodes[ACCEPTING]
    for item in items_of(seed, "nodes/350600"):
        await home.desks.registry.publish_item(EVERYTHING, registry_pb2.PublishItemRequest(document=item))
    await town.until()  # a text names items that are published, not those that are on their way
    document = zhangzhou_chaozhou_shantou(seed, {n.name: n for n in home.core.shared.directory.nodes()})
    raw = document.SerializeToString()
    await home.desks.agreements.propose_agreement(EVERYTHING, registry_pb2.ProposeAgreementRequest(document=raw))
    await town.until(document.name)
    request = registry_pb2.SignAgreementRequest(name=document.name, document_digest=document_digest(raw))
    for node in (home, accepting):
        await node.desks.agreements.sign_agreement(EVERYTHING, request)
        await town.until(document.name)
    for _ in range(500):
        if all(len(a.signatures) == 2 for n in town.nodes.values() for a in n.core.shared.agreements()):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("not signed")
