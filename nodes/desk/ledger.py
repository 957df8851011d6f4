"""The ledger's desk: who held an original at a time, with what proves it, and everything that moved on a day.

Own steps that wait for their receipts count as they do everywhere at a desk: a hall whose line is down since yesterday
has a ledger of today.  For the few originals that they concern, whole chains are laid out anew and put in the place of
what is stored; everything else is read from the stays as they lie (`nodes.journal.ledger`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from mailroom.domain import ledger
from mailroom.domain.custody import concerned
from mailroom.domain.ledger import FOR_EVER, DayLedger, Hand, Line, Opening, Passage, Stay, passages_of, stays
from mailroom.domain.silence import Scans, scans_of
from nodes.core import NodeCore
from nodes.desk.staff import APPROVAL, MAILROOM, SUPERVISOR, WINDOW, Staff
from nodes.journal import custody
from nodes.journal.intake import FOLDED
from nodes.journal.streams import event_of
from nodes.store import LEDGER, QUERIES
from tongban import errors
from tongban.storage.base import Row, Transaction
from tongban.v1 import application_pb2, envelope_pb2, event_pb2, parcel_pb2

MOST_LINES: Final = 100_000
"""A day has no more moves than this at one node; one that has is not shown in part."""


@dataclass(frozen=True, slots=True)
class Mover:
    """The event that moved an original, with what proves it; a waiting one has no version and no receipt yet."""

    event_id: str
    stream: str
    version: int
    author: str
    claim_time: dt.datetime
    digest: bytes
    event_type: str
    receipt: envelope_pb2.Receipt | None


@dataclass(frozen=True, slots=True)
class Held:
    """Who held an original at a time; `custody` is None before its chain began, `until` where it is there still."""

    original: str
    at: dt.datetime | None
    custody: parcel_pb2.Custody | None
    since: dt.datetime | None
    until: dt.datetime | None
    mover: Mover | None


@dataclass(frozen=True, slots=True)
class Day:
    """A day's ledger, and which of its events have no receipt yet."""

    ledger: DayLedger
    waiting: frozenset[str]


class LedgerDesk:
    """Answers about the past."""

    def __init__(self, core: NodeCore) -> None:
        self._core = core

    async def held_at(self, staff: Staff, original: str, at: dt.datetime | None = None) -> Held:
        """Who held an original at a time: the last row of its chain that claims to have begun by then.

        Without a time it is the last row of all, whatever it claims: a scanner's clock may be ahead of ours.
        """
        staff.require("查询原件", MAILROOM, WINDOW, APPROVAL, SUPERVISOR)
        return await self._core.database.run(lambda tx: self._held_at(tx, original, at), read_only=True)

    async def day(self, staff: Staff, day: str, post: str = "") -> Day:
        """Everything that moved on a local day `YYYY-MM-DD` at this node's posts, or at one of them."""
        staff.require("查看台账", MAILROOM, WINDOW, APPROVAL, SUPERVISOR)
        try:
            date = dt.date.fromisoformat(day)
            span = ledger.span_of(date, self.zone(post))
        except (ValueError, OverflowError):
            raise errors.FilterInvalid(
                field="day", problem="应为年-月-日,如 2026-11-22", problem_en="a day such as 2026-11-22 is expected"
            ) from None
        return await self._core.database.run(lambda tx: self._day(tx, date, post, *span), read_only=True)

    def zone(self, post: str = "") -> ZoneInfo:
        """In which zone a day of a post is a day; of the node where none is named."""
        node = self._core.shared.directory.find(self._core.name)
        if node is None:
            return ZoneInfo("Asia/Shanghai")
        zones = {entry.id: entry.time_zone for entry in node.profile.posts}
        return ZoneInfo(zones.get(post) or node.profile.time_zone)

    # Everything below runs within the unit of work.

    def _held_at(self, tx: Transaction, original: str, at: dt.datetime | None) -> Held:
        micros = ledger.micros(at) if at is not None else FOR_EVER
        row = tx.fetch_one(QUERIES.get_holder, {"original": original})
        last = parcel_pb2.Custody.FromString(row["custody"]) if row is not None else None
        waiting = custody.waiting(tx, self._core.lifecycles, original, last)
        if last is None and not waiting:
            raise errors.OriginalNotFound(field="original", name=original)
        stay = tx.fetch_one(LEDGER.get_stay_at, {"original": original, "time": micros})
        found, end = None, FOR_EVER
        if stay is not None:
            found, end = parcel_pb2.Custody.FromString(stay["custody"]), stay["end_time"]
        for claim in map(ledger.claimed, waiting):
            end = min(end, claim) if claim > micros else end
        if place := ledger.place_at([ledger.claimed(each) for each in waiting], micros):
            found = waiting[place - 1]
            end = min((ledger.claimed(each) for each in waiting[place:]), default=FOR_EVER)
        if found is None:
            return Held(original, at, None, None, None, None)
        until = _time(end) if end != FOR_EVER else None
        return Held(original, at, found, _time(ledger.claimed(found)), until, _mover(tx, found.event_id))

    def _day(self, tx: Transaction, day: dt.date, post: str, begin: int, end: int) -> Day:
        here = self._core.name
        span = {"node": here, "begin": begin, "until": end, "size": MOST_LINES + 1}
        rows = [*tx.fetch_all(LEDGER.list_arrivals, span), *tx.fetch_all(LEDGER.list_departures, span)]
        if len(rows) > MOST_LINES:
            raise errors.FilterInvalid(
                field="day",
                problem=f"当日流转超过 {MOST_LINES} 笔,请按收发点查询",
                problem_en=f"over {MOST_LINES} moves; ask for one post",
            )
        events = self._waiting(tx)
        anew = self._anew(tx, {event.stream for event in events})
        passages = {(p.original, p.place): p for p in map(_passage, rows) if p.original not in anew}
        for original, (_, combined) in anew.items():
            passages |= {(p.original, p.place): p for p in passages_of(original, combined) if begin <= p.time < end}
        lines = self._scanned(tx, ledger.lines_of(passages.values(), here, post))
        made = DayLedger(
            node=here,
            post=post,
            day=day,
            zone=self.zone(post).key,
            opening=self._shelf(tx, post, begin, anew.values()),
            lines=tuple(lines),
            openings=tuple(self._openings(tx, span, events, post)),
            closing=self._shelf(tx, post, end, anew.values()),
        )
        return Day(made, frozenset(event.event_id for event in events))

    def _waiting(self, tx: Transaction) -> list[event_pb2.Event]:
        return [event_of(row["envelope"]) for row in tx.fetch_all(LEDGER.list_waiting_moves)]

    def _anew(self, tx: Transaction, streams: Iterable[str]) -> dict[str, tuple[list[Stay], list[Stay]]]:
        """The stays of each original that waiting steps may move: as stored, and with what waits."""
        originals: set[str] = set()
        for name in streams:
            row = tx.fetch_one(QUERIES.read_stream, {"name": name})
            blob = (row["predicted"] or row["state"]) if row is not None else b""
            state = self._core.lifecycles.load(name, blob) if blob else None
            if isinstance(state, parcel_pb2.Parcel | application_pb2.Application):
                originals.update(concerned(state))
        found = {}
        for original in sorted(originals):
            confirmed = custody.confirmed(tx, original)
            waits = custody.waiting(tx, self._core.lifecycles, original, confirmed[-1] if confirmed else None)
            if waits:
                found[original] = stays(confirmed), stays([*confirmed, *waits])
        return found

    def _shelf(self, tx: Transaction, post: str, time: int, anew: Iterable[tuple[list[Stay], list[Stay]]]) -> int:
        row = tx.fetch_one(LEDGER.count_shelf, {"node": self._core.name, "post": post, "time": time})
        stored = int(row["originals"]) if row is not None else 0
        return stored + sum(
            ledger.lie_at(combined, self._core.name, post, time) - ledger.lie_at(confirmed, self._core.name, post, time)
            for confirmed, combined in anew
        )

    def _scanned(self, tx: Transaction, lines: Sequence[Line]) -> list[Line]:
        """The lines with how their legs stand; each parcel is read once."""
        known: dict[str, Scans] = {}
        for leg in {line.passage.leg for line in lines if line.passage.leg}:
            row = tx.fetch_one(QUERIES.read_stream, {"name": leg.partition("/legs/")[0]})
            blob = (row["predicted"] or row["state"]) if row is not None else b""
            known[leg] = scans_of(parcel_pb2.Parcel.FromString(blob), leg) if blob else Scans.SILENT
        return [replace(line, scans=known[line.passage.leg]) if line.passage.leg else line for line in lines]

    def _openings(
        self, tx: Transaction, span: dict[str, object], events: Iterable[event_pb2.Event], post: str
    ) -> list[Opening]:
        found = [
            Opening(row["parcel"], row["open_time"], row["post"], bool(row["seals_intact"]))
            for row in tx.fetch_all(LEDGER.list_openings, span)
        ]
        begin, until = int(str(span["begin"])), int(str(span["until"]))
        for event in events:
            time = event.claim_time.ToMicroseconds()
            if event.HasField("parcel_opened") and begin <= time < until:
                found.append(
                    Opening(event.stream, time, self._lies(tx, event.stream), event.parcel_opened.seals_intact)
                )
        return sorted((o for o in found if post in ("", o.post)), key=lambda o: (o.time, o.parcel))

    def _lies(self, tx: Transaction, parcel: str) -> str:
        row = tx.fetch_one(QUERIES.read_stream, {"name": parcel})
        blob = (row["predicted"] or row["state"]) if row is not None else b""
        return parcel_pb2.Parcel.FromString(blob).custody.post.post


def _mover(tx: Transaction, event_id: str) -> Mover | None:
    row = tx.fetch_one(LEDGER.get_mover, {"event_id": event_id})
    if row is None:
        return None
    receipt = row["receipt"] if row["standing"] == FOLDED else None
    return Mover(
        event_id=event_id,
        stream=row["stream"],
        version=row["version"] or 0,
        author=row["author"],
        claim_time=_time(row["claim_time"]),
        digest=row["digest"],
        event_type=event_of(row["envelope"]).WhichOneof("body") or "",
        receipt=envelope_pb2.Receipt.FromString(receipt) if receipt else None,
    )


def _passage(row: Row) -> Passage:
    giver = Hand(row["giver_kind"], row["giver_node"], row["giver_post"], row["giver_leg"])
    taker = Hand(row["taker_kind"], row["taker_node"], row["taker_post"], row["taker_leg"])
    return Passage(row["original"], row["place"], row["time"], giver, taker, row["event_id"], row["stream"])


def _time(micros: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(micros / 1_000_000, dt.UTC)
