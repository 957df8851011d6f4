"""The operator's own commands on real processes: backed up while it serves, killed, put back, whole again."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.building import build_core
from gateway.joining import Joining
from gateway.runtime import initialise
from gateway.settings import GatewaySettings
from gateway.settings import load as load_gateway
from gateway.store import QUERIES as GATEWAY
from nodes.backup import kind
from nodes.joining import join, profile
from nodes.journal.drafts import Actor, Draft
from nodes.runtime import Node
from nodes.settings import NodeSettings, load
from nodes.store import QUERIES as NODE
from tests.federation.test_kill import Process, free_port
from tongban.backup.home import back_up
from tongban.clock import SystemClock, SystemEntropy
from tongban.invitations import Invitation
from tongban.keys import NodeKeys
from tongban.pki import Identity
from tongban.serving import read_addresses
from tongban.storage.open import open_database
from tongban.v1 import directory_pb2, types_pb2

pytestmark = pytest.mark.federation
REGION = "359996"
PASSPHRASE = "a passphrase for the test"


async def tongban(*arguments: str) -> str:
    """Run a command as an operator does; what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from tongban.cli import main; main()"),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, (out + err).decode()
    return out.decode()


async def publish(node: Node, number: int) -> None:
    """The node publishes an item of its own."""
    name = f"items/{REGION}.n{number}"
    document = directory_pb2.ItemDocument(
        name=name, home=node.core.name, title=f"事项 {number}", modes=[types_pb2.MODE_AGENT]
    )
    draft = Draft(name, "item_published", directory_pb2.ItemPublished(document=document))
    await node.core.record(Actor("s-1"), lambda view: ([draft], None))


async def receipted(node: Node, count: int) -> None:
    """Until so many items are confirmed at the node, and nothing waits."""
    async with asyncio.timeout(60):
        while True:
            waiting = await node.core.database.run(lambda tx: tx.fetch_one(NODE.count_waiting), read_only=True)
            rows = await node.core.database.run(
                lambda tx: tx.fetch_all(NODE.list_collection, {"after": "items/", "until": "items0", "size": 100})
            )
            if waiting is not None and not waiting["events"] and len(rows) == count and not node.core.recovering:
                return
            await asyncio.sleep(0.05)


async def journal(url: str) -> dict[tuple[str, int], bytes]:
    """The gateway's journal, with the receipts."""
    database = await open_database(url)
    try:
        rows = await database.run(lambda tx: tx.fetch_all(GATEWAY.list_events, {"size": 1000}), read_only=True)
        found = {}
        for row in rows:
            ids = json.dumps([row["event_id"]])
            known = await database.run(lambda tx, ids=ids: tx.fetch_one(GATEWAY.find_events, {"ids": ids}))  # type: ignore[misc]
            found[row["stream"], row["version"]] = known["receipt"]
        return found
    finally:
        await database.close()


async def invite(home: Path) -> Invitation:
    """What `gateway invite` makes, without a process of its own."""
    clock, entropy, addresses = SystemClock(), SystemEntropy(), read_addresses(home)
    database = await open_database(load_gateway(home).database_url)
    core = await build_core(database, name="tongban", keys=NodeKeys.load(home / "keys"), clock=clock, entropy=entropy)
    joining = Joining(core, Identity.load(home / "authority"), entropy)
    where = {"join_address": addresses["join"], "federation_address": addresses["federation"]}
    try:
        return await joining.invite(node=f"nodes/{REGION}", region=REGION, **where)
    finally:
        await database.close()


async def joined(home: Path, gateway: Path) -> NodeSettings:
    """A node that has joined the running gateway."""
    invitation = await invite(gateway)
    posts = [directory_pb2.PostEntry(id="window-1", title="窗口", time_zone="Asia/Shanghai", collects=True)]
    content = profile(region=REGION, title="某地", posts=posts)
    return await join(home, invitation, content, SystemClock(), SystemEntropy())


async def test_backed_up_while_it_serves_and_put_back(tmp_path: Path, database_url: str) -> None:
    clock, entropy = SystemClock(), SystemEntropy()
    home, backup, secret = tmp_path / "gateway", tmp_path / "gateway.tbk", tmp_path / "passphrase"
    secret.write_text(PASSPHRASE, "utf-8")
    settings = GatewaySettings(
        home=home, join_port=free_port(), federation_port=free_port(), page_port=free_port(), database=database_url
    )
    initialise(settings, clock, entropy)
    gateway = Process(home)
    gateway.start()
    node = Node(await joined(tmp_path / "node", home), clock, entropy)
    await node.start()
    try:
        await publish(node, 1)
        await receipted(node, 1)
        sealed: Any = ("--with-keys", "--passphrase-file", str(secret))
        await tongban("gateway", "backup", "--home", str(home), *sealed, str(backup))
        await back_up(kind(), tmp_path / "node", tmp_path / "node.tbk", clock, entropy, passphrase=PASSPHRASE)
        for number in (2, 3):
            await publish(node, number)
        await receipted(node, 3)
        before = await journal(database_url)
        gateway.kill()
        await publish(node, 4)
        said = await tongban("gateway", "restore", "--home", str(home), "--replace", str(backup))
        assert "epoch" in said
        assert len(await journal(database_url)) == len(before) - 2
        assert f"waits for: nodes/{REGION}" in await tongban("gateway", "status", "--home", str(home))
        gateway.start()
        await receipted(node, 4)
        assert before.items() <= (await journal(database_url)).items()
        await node.stop()
        # The node's machine is lost whole: another one is made of the backup alone.
        other = tmp_path / "other"
        arguments = ("--home", str(other), "--passphrase-file", str(secret), str(tmp_path / "node.tbk"))
        assert "incarnation" in await tongban("node", "restore", *arguments)
        node = Node(load(other), clock, entropy)
        await node.start()
        await receipted(node, 4)
        assert node.core.position.incarnation == 2
        await publish(node, 5)
        await receipted(node, 5)
    finally:
        await node.stop()
        gateway.kill()
