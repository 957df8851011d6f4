"""Custody checked against the events that moved it.

A row of a chain names its event.  What that event moved depends on who held the original just before it, and that is
the row before.  So each moving event is folded once, in its own stream, and its row computed from the stored row before
it: a row that was changed differs from what is computed, and so may the next one, of which the lower place is named.
For an event that has no row every place is tried at which it can have stood; if it would have moved the original at
each of them, its row is missing.

The ledger's stays follow from the rows alone, so each original's are laid out again and compared.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError

from mailroom.domain.custody import concerned, describe, may_move
from nodes.journal.custody import MOVING_COLLECTIONS, moves_of
from nodes.journal.ledger import UNFILLED, stay_rows
from nodes.store import FSCK, LEDGER, QUERIES
from tongban.fsck import Finding, Phase, Report
from tongban.fsck.report import Key, Remedy
from tongban.storage.base import Row, Transaction
from tongban.v1 import event_pb2, parcel_pb2

_CACHED = 4096
_FOLDED = 1


@dataclass(frozen=True, slots=True)
class _Link:
    """A row of a chain; `custody` is None where it cannot be read, `version` where its event is not here."""

    place: int
    custody: parcel_pb2.Custody | None
    version: int | None


class CustodyCheck:
    """Looks at chains as events are folded, and at all of them in the end."""

    def __init__(self, tx: Transaction, report: Report) -> None:
        self._tx = tx
        self._report = report
        self._chains: OrderedDict[str, list[_Link]] = OrderedDict()
        self._unfilled = tx.fetch_one(LEDGER.is_unfilled, {"key": UNFILLED}) is not None

    def folded(self, before: Any, after: Any, event: event_pb2.Event, version: int) -> None:
        """An event was folded; its rows must be there."""
        if event.stream.partition("/")[0] not in MOVING_COLLECTIONS or not may_move(before, after, event):
            return
        for original in concerned(after):
            self._check(original, before, after, event, version)

    def _check(self, original: str, before: Any, after: Any, event: event_pb2.Event, version: int) -> None:
        chain = self._chain(original)

        def computed(previous: parcel_pb2.Custody | None) -> parcel_pb2.Custody | None:
            held = {original: previous} if previous is not None else {}
            return next((m.custody for m in moves_of(before, after, event, held) if m.original == original), None)

        for index, link in enumerate(chain):
            if link.custody is not None and link.custody.event_id == event.event_id:
                wanted = computed(chain[index - 1].custody if index else None)
                if wanted is None:
                    self._bad("extra", original, link.place, "此事件不移交 / its event moves nothing", link.custody)
                elif wanted != link.custody:
                    self._bad("differs", original, link.place, describe(wanted), link.custody)
                return
        earlier = [i for i, link in enumerate(chain) if self._in(link, event) and (link.version or 0) < version]
        later = [i for i, link in enumerate(chain) if self._in(link, event) and (link.version or 0) > version]
        low, high = (max(earlier) if earlier else -1), (min(later) if later else len(chain))
        found = [computed(chain[i].custody if i >= 0 else None) for i in range(low, high)]
        if found and all(custody is not None for custody in found):
            gap = next((i for i, link in enumerate(chain, start=1) if link.place != i), len(chain) + 1)
            self._bad("missing", original, gap, f"{describe(found[-1])},{event.stream}@{version}", None)

    def _in(self, link: _Link, event: event_pb2.Event) -> bool:
        return link.custody is not None and link.custody.stream == event.stream

    def _chain(self, original: str) -> list[_Link]:
        if original not in self._chains:
            rows = self._tx.fetch_all(FSCK.fsck_chain, {"original": original})
            self._chains[original] = [self._link(row["place"], row["custody"]) for row in rows]
            if len(self._chains) > _CACHED:
                self._chains.popitem(last=False)
        return self._chains[original]

    def _link(self, place: int, blob: bytes) -> _Link:
        try:
            custody = parcel_pb2.Custody.FromString(blob)
        except DecodeError:
            return _Link(place, None, None)
        row = self._tx.fetch_one(QUERIES.get_event_stream, {"event_id": custody.event_id})
        known = row is not None and row["stream"] == custody.stream and row["standing"] == _FOLDED
        return _Link(place, custody, row["version"] if row is not None and known else None)

    def run(self) -> None:
        """All rows: each can be read, names an event that is here, and none is left out or doubled."""
        current, expected, seen = "", 1, set[str]()
        rows: list[parcel_pb2.Custody | None] = []
        for row in self._tx.stream(FSCK.fsck_custody):
            self._report.read("custody")
            original, place = row["original"], row["place"]
            if original != current:
                self._check_stays(current, rows)
                rows = []
                current, expected = original, 1
                seen.clear()
            if place != expected:
                self._bad("missing", original, expected, "连续的位置 (no gap)", None)
            expected = place + 1
            link = self._link(place, row["custody"])
            rows.append(link.custody)
            if link.custody is None:
                self._bad("unreadable", original, place, "Custody", None)
            elif link.version is None:
                self._bad("differs", original, place, f"已存的事件 (an event here) {link.custody.event_id}", None)
            elif link.custody.event_id in seen:
                self._bad("extra", original, place, "每个事件一次 / one row an event", link.custody)
            else:
                seen.add(link.custody.event_id)
        self._check_stays(current, rows)
        for row in self._tx.stream(LEDGER.fsck_lost_stays):
            self._bad_stay("extra", row["original"], row["place"], "交接记录 (a row of custody)", "无 (none)")

    def _check_stays(self, original: str, rows: list[parcel_pb2.Custody | None]) -> None:
        """The ledger says of an original what its chain does; a chain that cannot be read says nothing."""
        chain = [row for row in rows if row is not None]
        if self._unfilled or len(chain) < len(rows):
            return
        found = {row["place"]: row for row in self._tx.fetch_all(LEDGER.fsck_stays_of, {"original": original})}
        for wanted in stay_rows(original, chain):
            stay = found.get(wanted["place"])
            place = int(str(wanted["place"]))
            self._report.read("stays")
            if stay is None:
                self._bad_stay("missing", original, place, _shown(wanted), "无 (none)")
            elif wanted != {column: stay[column] for column in wanted}:
                self._bad_stay("differs", original, place, _shown(wanted), _shown(stay))

    def _bad_stay(self, kind: str, original: str, place: int, expected: str, found: str) -> None:
        key: Key = {"original": original, "place": place}
        self._report.add(Finding(Phase.OTHER, "stays", kind, key, expected, found, Remedy.DERIVED))

    def _bad(self, kind: str, original: str, place: int, expected: str, found: parcel_pb2.Custody | None) -> None:
        key: Key = {"original": original, "place": place}
        said = describe(found) if found is not None else "无 (none)"
        self._report.add(Finding(Phase.CUSTODY, "custody", kind, key, expected, said, Remedy.DERIVED))


def _shown(stay: Mapping[str, object] | Row) -> str:
    return f"{stay['begin_time']}–{stay['end_time']} {stay['node']}/{stay['post']}{stay['leg']}"
