"""What the page shows, gathered into plain values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp

from agreements.domain.agreements import missing_signatures
from gateway import log
from gateway.core import FEED_CHANNELS, GatewayCore
from gateway.store import QUERIES
from tongban.keys import fingerprint
from tongban.storage.base import Row, Transaction
from tongban.v1 import agreement_pb2, directory_pb2, lifecycle_pb2

LATE_SECONDS = 60.0
"""A batch that no checkpoint covers after this time means that the sealer or the signer is away."""
SHANGHAI = ZoneInfo("Asia/Shanghai")
SHOWN_FAULTS = 50
NODE_STATES = {
    lifecycle_pb2.NODE_STATE_ACTIVE: "已接入",
    lifecycle_pb2.NODE_STATE_SUSPENDED: "暂停",
    lifecycle_pb2.NODE_STATE_LEFT: "已退出",
}
AGREEMENT_STATES = {
    lifecycle_pb2.AGREEMENT_STATE_PROPOSED: "待签署",
    lifecycle_pb2.AGREEMENT_STATE_SIGNED: "已签署",
    lifecycle_pb2.AGREEMENT_STATE_SUSPENDED: "中止",
    lifecycle_pb2.AGREEMENT_STATE_TERMINATED: "终止",
}


@dataclass(frozen=True, slots=True)
class NodeLine:
    """A node: its membership, its keys, its links."""

    name: str
    title: str
    state: str
    active: bool
    root: str
    keys: int
    retired: int
    key_until: str
    links: Sequence[LinkLine]


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A stream that a node holds now."""

    minutes: str
    software: str
    incarnation: int
    received: int
    delivered: int


@dataclass(frozen=True, slots=True)
class CursorLine:
    """How far a node has read a channel."""

    node: str
    title: str
    channel: str
    head: int
    position: int
    behind: int


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """An agreement: where it stands, who has signed."""

    name: str
    title: str
    state: str
    signed: int
    parties: int
    missing: str
    dates: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """The Merkle log: how long it is, and what was signed of it last."""

    leaves: int
    unsealed: int
    signed: int
    age: str
    late: bool


@dataclass(frozen=True, slots=True)
class FaultLine:
    """An event that tripped a fault of the program: its number, whose it is, where it broke."""

    incident: str
    title: str
    stream: str
    problem: str
    times: int
    when: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole page."""

    gateway: str
    epoch: int
    now: str
    counts: Mapping[str, int]
    log: LogLine
    nodes: Sequence[NodeLine]
    cursors: Sequence[CursorLine]
    agreements: Sequence[AgreementLine]
    faults: Sequence[FaultLine]
    problem: str
    """Why nothing is taken at present, if so."""


async def overview(core: GatewayCore) -> Overview:
    """Gather it; one read of the database."""
    now = core.clock.now().timestamp()

    def work(tx: Transaction) -> tuple[Row | None, list[Row], LogLine]:
        counts, cursors = tx.fetch_one(QUERIES.count_journal), tx.fetch_all(QUERIES.list_cursors)
        return counts, cursors, log_line(tx, now, counts["admissions"] if counts else 0)

    counted, stored, sealed = await core.database.run(work, read_only=True)
    faults = await core.admitter.faults.listed(SHOWN_FAULTS)
    problem = core.admitter.storage.problem
    nodes = core.admitter.directory.participants()
    titles = {node.name: node.profile.title for node in nodes}
    return Overview(
        gateway=core.name,
        epoch=core.admitter.epoch,
        now=_minute(core.clock.now(), seconds=True),
        counts={key: counted[key] for key in ("events", "admissions", "rejections", "streams")} if counted else {},
        log=sealed,
        nodes=[_node(core, node) for node in nodes],
        cursors=list(_cursors(core, titles, stored)),
        agreements=[_agreement(each, titles) for each in core.admitter.shared.agreements()],
        faults=[_fault(row, titles) for row in faults],
        problem=problem.text("zh") if problem else "",
    )


def _fault(row: Row, titles: Mapping[str, str]) -> FaultLine:
    when = dt.datetime.fromtimestamp(row["fault_time"] / 1_000_000, SHANGHAI)
    title = titles.get(row["author"], row["author"])
    return FaultLine(row["incident"], title, row["stream"], row["problem"], row["times"], f"{when:%m-%d %H:%M}")


def log_line(tx: Transaction, now: float, batches: int = 0) -> LogLine:
    """The log as it stands; `batches` is how many were admitted, where that is to be told."""
    leaves, signed = log.size_of(tx), log.latest(tx)
    size = signed.size if signed else 0
    oldest = log.oldest_after(tx, size)
    return LogLine(
        leaves=leaves,
        unsealed=max(batches - leaves, 0),
        signed=size,
        age=_ago(max(now - signed.sign_time / 1_000_000, 0.0)) if signed else "",
        late=oldest is not None and now - oldest / 1_000_000 > LATE_SECONDS,
    )


def _node(core: GatewayCore, node: directory_pb2.Node) -> NodeLine:
    now = core.clock.monotonic()
    until = min((key.valid_until_time.seconds for key in node.keys), default=0)
    return NodeLine(
        name=node.name,
        title=node.profile.title,
        state=NODE_STATES.get(node.state, "?"),
        active=node.state == lifecycle_pb2.NODE_STATE_ACTIVE,
        root=fingerprint(node.root_public_key),
        keys=len(node.keys),
        retired=len(node.retired_keys),
        key_until=dt.datetime.fromtimestamp(until, SHANGHAI).strftime("%Y-%m-%d") if until else "-",
        links=[
            LinkLine(_ago(now - each.since), each.software, each.incarnation, each.received, each.delivered)
            for each in core.connections.get(node.name, ())
        ],
    )


def _cursors(core: GatewayCore, titles: Mapping[str, str], stored: Sequence[Row]) -> list[CursorLine]:
    """Each node's mailbox and feeds: what a live link said last, or else what was written down."""
    known = {(row["node"], row["channel"]): row["position"] for row in stored}
    for node, links in core.connections.items():
        for link in links:
            for channel, position in link.cursors.items():
                known[node, channel] = max(position, known.get((node, channel), 0))
    lines = []
    for node, title in titles.items():
        for channel in ("mailbox", *FEED_CHANNELS):
            head = core.heads.get(core.channel_of(node, channel), 0)
            position = known.get((node, channel), 0)
            lines.append(CursorLine(node, title, channel, head, position, max(head - position, 0)))
    return lines


def _agreement(agreement: agreement_pb2.Agreement, titles: Mapping[str, str]) -> AgreementLine:
    document = agreement.document
    until = _date(document.expire_date) if document.HasField("expire_date") else "未约定期限"
    dates = f"{_date(document.effective_date)} 起,{until}"
    if agreement.HasField("suspend_time"):
        dates += f";{_stamp(agreement.suspend_time)} 起中止"
    if agreement.HasField("terminate_date"):
        dates += f";{_date(agreement.terminate_date)} 终止"
    return AgreementLine(
        name=agreement.name,
        title=document.title,
        state=AGREEMENT_STATES.get(agreement.state, "?"),
        signed=len(agreement.signatures),
        parties=len(document.parties),
        missing="、".join(titles.get(node, node) for node in missing_signatures(agreement)),
        dates=dates,
    )


def _ago(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 1:
        return f"{int(seconds)} 秒"
    return f"{minutes} 分钟" if minutes < 120 else f"{minutes // 60} 小时"


def _date(value: object) -> str:
    year, month, day = (getattr(value, part) for part in ("year", "month", "day"))
    return f"{year:04}-{month:02}-{day:02}"


def _stamp(value: Timestamp) -> str:
    return _minute(value.ToDatetime(dt.UTC))


def _minute(moment: dt.datetime, *, seconds: bool = False) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")
