"""Recovery at a node: its own after a restore, and its part in the gateway's.

A gateway that has forgotten asks.  The node says, page by page, how far it holds each stream under receipts, shared
streams first (they hold the keys that the others are checked with), and sends what the gateway wants of them.  At the
end it is told how far each channel is still what it was; cursors beyond are set back, and what comes again is known by
its place.  A stream of which the gateway now has another history is parked with a task: the gateway went on while this
node was away, and a person has to say what shall hold.

`mark_restored` is the other side: this node's own database was put back from a backup.  It takes the next incarnation
and records nothing before it has read every channel to its end (`NodeCore.note_recovery`).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable

from nodes.core import NodeCore
from nodes.journal.streams import FORKED
from nodes.store import QUERIES
from tongban import errors
from tongban.storage.base import Row, Transaction
from tongban.storage.queries import Queries
from tongban.v1 import envelope_pb2, federation_pb2, types_pb2

RECOVERY = Queries.load("nodes.store", "queries_recovery.sql")

PAGE = 512
EVENTS = 64
FRAME_BYTES = 1 << 20
# In this order: a node's keys come before what it has signed, and agreements before what rests on them.
_COLLECTIONS = ("nodes", "items", "agreements", "applications", "parcels")

Ask = Callable[[federation_pb2.ExchangeRequest], Awaitable[federation_pb2.ExchangeResponse]]
"""Sends a frame and waits for the one that answers it."""


def mark_restored(tx: Transaction) -> int:
    """Mark this database as put back from a backup: the next incarnation, which begins by recovering."""
    row = tx.fetch_one(RECOVERY.get_setting, {"key": "incarnation"})
    incarnation = int(row["value"]) + 1 if row else 2
    settings = [{"key": "incarnation", "value": str(incarnation)}, {"key": "recovering", "value": "1"}]
    tx.execute_many(QUERIES.put_setting, settings)
    return incarnation


async def give_back(core: NodeCore, ask: Ask) -> None:
    """Tell the gateway what this node holds, send what it wants, and take in what it says at the end."""
    for collection in _COLLECTIONS:
        after = f"{collection}/"
        while page := await _held(core, after, f"{collection}0"):
            answer = await ask(federation_pb2.ExchangeRequest(holdings=federation_pb2.Holdings(streams=page)))
            for wanted in _wanted(answer):
                await _send_back(core, ask, wanted)
            after = page[-1].stream
    last = await ask(federation_pb2.ExchangeRequest(holdings=federation_pb2.Holdings(complete=True)))
    if last.WhichOneof("frame") != "resumed":
        raise errors.Unavailable(what="gateway")
    await _resume(core, last.resumed)


def _wanted(answer: federation_pb2.ExchangeResponse) -> list[federation_pb2.WantedStream]:
    if answer.WhichOneof("frame") != "wanted":
        raise errors.Unavailable(what="gateway")
    return list(answer.wanted.streams)


async def _held(core: NodeCore, after: str, until: str) -> list[types_pb2.StreamPosition]:
    def work(tx: Transaction) -> list[Row]:
        return tx.fetch_all(RECOVERY.list_held, {"after": after, "until": until, "size": PAGE})

    rows = await core.database.run(work, read_only=True)
    return [types_pb2.StreamPosition(stream=r["name"], version=r["version"], head=r["digest"]) for r in rows]


async def _send_back(core: NodeCore, ask: Ask, wanted: federation_pb2.WantedStream) -> None:
    after = wanted.after_version
    while True:
        returned, last = await receipted(core, wanted.stream, after)
        if not returned.deliveries:
            return
        _wanted(await ask(federation_pb2.ExchangeRequest(returned=returned)))
        after = last


async def receipted(core: NodeCore, stream: str, after: int) -> tuple[federation_pb2.Returned, int]:
    """The next events of a stream with their proofs, and the version of the last."""

    def work(tx: Transaction) -> tuple[federation_pb2.Returned, int]:
        returned, last, size = federation_pb2.Returned(), after, 0
        for row in tx.fetch_all(RECOVERY.list_receipted, {"stream": stream, "after": after, "size": EVENTS}):
            size += len(row["envelope"]) + len(row["content"] or b"")
            if returned.deliveries and size > FRAME_BYTES:
                break
            delivery = returned.deliveries.add()
            delivery.event.ParseFromString(row["content"] or b"")
            delivery.event.envelope.ParseFromString(row["envelope"])
            delivery.receipt.ParseFromString(row["receipt"])
            last = row["version"]
        batches = sorted({delivery.receipt.batch_id for delivery in returned.deliveries})
        for row in tx.fetch_all(RECOVERY.find_admissions, {"ids": json.dumps(batches)}):
            returned.admissions.append(envelope_pb2.SignedAdmission.FromString(row["signed"]))
        return returned, last

    return await core.database.run(work, read_only=True)


async def _resume(core: NodeCore, resumed: federation_pb2.Resumed) -> None:
    """Set cursors back to what both sides mean alike, take the epoch, and park what is another history."""
    # A page of nothing, behind all that the session before handed in: that still counts in the old positions.
    await core.intake.take(federation_pb2.Deliveries(channel="mailbox"))
    cursors = {cursor.channel: min(core.cursors.get(cursor.channel, 0), cursor.position) for cursor in resumed.cursors}
    now = round(core.clock.now().timestamp() * 1_000_000)

    def work(tx: Transaction) -> None:
        tx.execute_many(QUERIES.put_cursor, [{"channel": c, "position": p} for c, p in sorted(cursors.items())])
        tx.execute(QUERIES.put_setting, {"key": "epoch", "value": str(resumed.epoch)})
        for position in resumed.forked:
            if tx.execute(RECOVERY.park_stream, {"name": position.stream, "problem": FORKED}):
                tx.execute(RECOVERY.insert_task_once, _task(position, resumed.epoch, now))

    await core.database.run(work)
    core.cursors.update(cursors)
    core.epoch = resumed.epoch


def _task(position: types_pb2.StreamPosition, epoch: int, now: int) -> dict[str, object]:
    stream, version = position.stream, position.version
    return {
        # The same each time it is told, and a UUID as every task's, so that it can be marked as mended.
        "task_id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{stream}@{epoch}")),
        "stream": stream,
        "reason": errors.EpochChanged.reason(),
        "message_zh": f"网关由备份恢复后,{stream} 的记录与本节点持有的回执(至第 {version} 步)不一致。"
        "该件已停放,请与网关管理员核对后处理;其他业务不受影响。",
        "message_en": f"Since the gateway was restored from a backup, its record of {stream} is not the one that this "
        f"node holds receipts for (up to version {version}). The stream is parked: settle it with the gateway's "
        "operator. Nothing else is affected.",
        "owner": "supervisor",
        "create_time": now,
    }
