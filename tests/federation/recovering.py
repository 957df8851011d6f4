"""Putting machines back from their backups, and what holds afterwards."""

from __future__ import annotations

import datetime as dt

import gateway.fsck as gateway_fsck
import nodes.fsck as node_fsck
from gateway.epochs import RECOVERY, begin_epoch
from gateway.store import QUERIES as GATEWAY
from nodes.recovery import mark_restored
from tests.federation.stage import ACCEPTING, Stage
from tests.federation.whole import NodeRun
from tests.invariants import check_all
from tongban.storage.base import Row, Transaction

DAY = 86_400


async def put_back_gateway(stage: Stage, image: bytes, *, marked: bool = True, now: dt.datetime | None = None) -> None:
    """The gateway's disk is replaced by a backup, by `restore` or by hand, and it runs again."""
    federation = stage.federation
    await federation.stop_gateway()
    stage.disks.disk("gateway").restore(image)
    if marked:
        moment = now or federation.clock.now()
        await (await federation.open("gateway")).run(lambda tx: begin_epoch(tx, moment))
    await federation.start_gateway()


async def put_back_node(stage: Stage, image: bytes, *, marked: bool = True) -> NodeRun:
    """潮州's disk is replaced by a backup, and it dials again."""
    federation = stage.federation
    await federation.stop_node(ACCEPTING)
    stage.disks.disk(ACCEPTING).restore(image)
    if marked:
        await (await federation.open(ACCEPTING)).run(mark_restored)
    return await federation.start_node(ACCEPTING)


async def journal(stage: Stage) -> dict[tuple[str, int], bytes]:
    """The gateway's journal, checked for gaps: each place with its receipt."""

    def work(tx: Transaction) -> dict[tuple[str, int], bytes]:
        rows = tx.fetch_all(GATEWAY.list_events, {"size": 100_000})
        assert len({row["event_id"] for row in rows}) == len(rows)
        found = {}
        for row in rows:
            assert row["version"] == 1 or (row["stream"], row["version"] - 1) in found
            known = tx.fetch_one(GATEWAY.find_events, {"ids": f'["{row["event_id"]}"]'})
            assert known is not None
            found[row["stream"], row["version"]] = known["receipt"]
        return found

    assert stage.federation.gateway is not None
    return await stage.federation.gateway.database.run(work, read_only=True)


def recovers(stage: Stage) -> bool:
    """Whether the gateway waits for its nodes now."""
    assert stage.federation.gateway is not None
    return stage.federation.gateway.recovery.active


async def forks(stage: Stage) -> list[Row]:
    """What the gateway could not place."""
    assert stage.federation.gateway is not None
    return await stage.federation.gateway.database.run(lambda tx: tx.fetch_all(RECOVERY.list_forks), read_only=True)


async def whole(stage: Stage) -> None:
    """Everything in every database proves itself, and all hold the same."""
    gateway = stage.federation.gateway
    assert gateway is not None
    own = {key.key_id: key.public_key for key in gateway.receipt_keys}
    nodes = {run.core.name: run.core for run in stage.federation.nodes.values()}
    await check_all(gateway.database, {name: core.database for name, core in nodes.items()}, receipt_keys=own)
    found = await gateway.database.run(
        lambda tx: gateway_fsck.check(tx, gateway=gateway.name, receipt_keys=own), read_only=True
    )
    assert found.sound, found.first
    for name, core in nodes.items():
        key = core.keys.signing_key_id, core.keys.signing_public
        found = await core.database.run(
            lambda tx, name=name, key=key: node_fsck.check(tx, node=name, own_key=key),  # type: ignore[misc]
            read_only=True,
        )
        assert found.sound, (name, found.first)


async def nobody_is_troubled(stage: Stage) -> None:
    """No tasks, no parked streams, no forks, and all is sound."""
    await whole(stage)
    for run in stage.federation.nodes.values():
        status = await stage.status(run)
        assert not status.tasks
        assert not status.parked
    assert not await forks(stage)
