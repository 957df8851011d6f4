"""The middle of the node's check: each stream folded again, confirmed and predicted, with what hangs on it."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf.message import DecodeError

from nodes.fsck_custody import CustodyCheck
from nodes.fsck_hanging import Hanging
from nodes.journal.intake import FOLDED, PARKED, REFUSED, WAITING
from nodes.journal.streams import FORKED, collection_of
from nodes.store import FSCK
from tongban import errors
from tongban.fsck import EventRecords, Finding, JournalRow, Phase, Report
from tongban.fsck.folding import follow, state_bytes
from tongban.fsck.records import event_finding
from tongban.fsck.report import Remedy, short
from tongban.journal.envelopes import Opened
from tongban.lifecycle.engine import Lifecycles, Step
from tongban.storage.base import Row, Transaction
from tongban.v1 import envelope_pb2

RANGES = (("nodes/", "nodes0"), ("", "nodes/"), ("nodes0", "\U0010ffff"))
"""The directory first: what it signed comes after it."""

_STREAM, _PLACED, _UNPLACED, _GRANT, _ROLE = range(5)


class StreamsCheck:
    """Folds every stream; keeps one at a time.  `placed`: how many receipted events each channel has brought."""

    def __init__(
        self, tx: Transaction, report: Report, records: EventRecords, lifecycles: Lifecycles, node: str
    ) -> None:
        self._tx = tx
        self.report = report
        self.records = records
        self.lifecycles = lifecycles
        self.node = node
        self.custody = CustodyCheck(tx, report)
        self.hanging = Hanging(node, report)

    def run(self) -> None:
        """Every stream, in ranges of names."""
        for first, until in RANGES:
            params = {"first": first, "until": until}
            sources = (
                (_PLACED, "events", FSCK.fsck_placed),
                (_UNPLACED, "events", FSCK.fsck_unplaced),
                (_STREAM, "streams", FSCK.fsck_streams),
                (_GRANT, "grants", FSCK.fsck_grants),
                (_ROLE, "roles", FSCK.fsck_roles),
            )
            merged = heapq.merge(
                *(self._tagged(kind, table, self._tx.stream(query, params)) for kind, table, query in sources),
                key=lambda tagged: tagged[:2],
            )
            for name, rows in itertools.groupby(merged, key=lambda tagged: tagged[0]):
                self._stream(name, ((kind, row) for _, kind, row in rows))
        self.custody.run()

    def _tagged(self, kind: int, table: str, rows: Iterable[Row]) -> Iterator[tuple[str, int, Row]]:
        for row in rows:
            self.report.read(table)
            yield row["stream"], kind, row

    def _stream(self, name: str, rows: Iterable[tuple[int, Row]]) -> None:
        folding = _Folding(self, name)
        self.hanging.begin(name)
        for kind, row in rows:
            match kind:
                case 0:
                    folding.stored = row
                case 1:
                    folding.placed(row)
                case 2:
                    folding.unplaced(row)
                case 3:
                    self.hanging.grant(row)
                case _:
                    self.hanging.role(row)
        folding.compare()
        self.hanging.end(folding.first, folding.state)

    def bad_event(self, row: Row, kind: str, expected: str, found: object) -> None:
        """Something is wrong with an event's row."""
        self.report.add(event_finding(row["stream"], row["version"], row["event_id"], kind, expected, found))

    def bad_stream(self, name: str, kind: str, expected: str, found: object) -> None:
        """Something is wrong with a stream's row."""
        self.report.add(
            Finding(Phase.STREAMS, "streams", kind, {"name": name}, expected, short(found), Remedy.DERIVED, name)
        )


class _Folding:
    """One stream on its way."""

    def __init__(self, check: StreamsCheck, name: str) -> None:
        self._check = check
        self._name = name
        self._last = 0
        self._version = 0
        self._head: bytes | None = b""
        self._parked: Row | None = None
        self._broken = False
        self._waiting: list[Opened] = []
        self.stored: Row | None = None
        self.state: Any = None
        self.first: Any = None
        """The state after the first event: what the lists noted of it."""

    def placed(self, row: Row) -> None:
        """The next receipted event."""
        if row["standing"] not in (FOLDED, PARKED) or row["receipt"] is None:
            self._check.bad_event(row, "differs", "standing 1、3,有回执 (a receipt)", row["standing"])
            self._broken = True
        folds = row["standing"] == FOLDED
        while folds and self._last + 1 < row["version"] and not self._broken:
            self._missing()
        if not folds:
            self._parked = self._parked or row
        elif self._parked is not None and not self._broken:
            # One of the two is marked wrongly; how far the stream was folded tells which.
            is_folded = self.stored is not None and self.stored["version"] >= row["version"]
            wrong, standing = (self._parked, FOLDED) if is_folded else (row, PARKED)
            self._check.bad_event(wrong, "order", f"standing {standing}", wrong["standing"])
            self._broken = True
        opened = self._open(row, self._head if self._last + 1 == row["version"] else None)
        self._last = row["version"]
        if opened is None:
            self._broken, self._head = True, None
            return
        head, self._head = self._head, opened.digest
        if folds and not self._broken and head is not None:
            self._fold(row, opened, head)

    def _fold(self, row: Row, opened: Opened, head: bytes) -> None:
        before, version = self.state, row["version"]
        try:
            self.state = follow(self._check.lifecycles, before, opened, version, head)
        except errors.TongbanError as error:
            self._check.bad_event(row, "history", "可依次重算 / it can be folded here", error)
            self._broken = True
            return
        self._version = version
        if self.first is None:
            self.first = self.state
        self._check.custody.folded(before, self.state, opened.event, version)

    def _open(self, row: Row, predecessor: bytes | None) -> Opened | None:
        opened = self._check.records.check(_journal_row(row), predecessor)
        if opened is None:
            return None
        event = opened.event
        if row["claim_time"] != event.claim_time.ToMicroseconds():
            self._check.bad_event(row, "differs", f"claim_time {event.claim_time.ToMicroseconds()}", row["claim_time"])
        if row["sequence"] is not None and row["sequence"] != event.sequence:
            self._check.bad_event(row, "differs", f"sequence {event.sequence}", row["sequence"])
        self._check.hanging.event(row, opened)
        return opened

    def unplaced(self, row: Row) -> None:
        """An own event that waits for its answer, or was refused."""
        opened = self._open(row, None)
        if opened is None:
            return
        if row["standing"] not in (WAITING, REFUSED) or row["sequence"] is None or row["receipt"] is not None:
            self._check.bad_event(row, "differs", "standing 0、2,无回执 (no receipt)", row["standing"])
        elif row["author"] != self._check.node:
            self._check.bad_event(row, "differs", f"author {self._check.node}", row["author"])
        elif row["standing"] == WAITING and row["rejection"] is not None:
            self._check.bad_event(row, "differs", f"standing {REFUSED},有退回答复 (it was refused)", row["standing"])
        elif row["standing"] == WAITING:
            self._waiting.append(opened)
        else:
            self._refused(row)

    def _refused(self, row: Row) -> None:
        try:
            reason = envelope_pb2.Rejection.FromString(row["rejection"] or b"").reason
        except DecodeError:
            reason = ""
        if not reason:
            self._check.bad_event(row, "unreadable", "Rejection", row["rejection"] or b"")
        elif row["task"] != row["stream"]:
            self._check.hanging.bad(
                "tasks", "missing", {"task_id": row["event_id"]}, f"{row['stream']}: {reason}", row["task"] or ""
            )

    def _missing(self) -> None:
        phase = Phase.DIRECTORY if self._name.startswith("nodes/") else Phase.EVENTS
        key: dict[str, str | int] = {"stream": self._name, "version": self._version + 1}
        self._check.report.add(
            Finding(
                phase,
                "events",
                "missing",
                key,
                "事件 (an event)",
                "无 (none)",
                Remedy.JOURNAL,
                self._name,
                self._version + 1,
            )
        )
        self._broken, self._head = True, None

    def compare(self) -> None:
        """The stream's row must be what its events fold to."""
        check, name, stored = self._check, self._name, self.stored
        if stored is None:
            if self._last or self._waiting:
                check.bad_stream(name, "missing", f"version {self._version}", "无 (none)")
            return
        head = self.state.head if self.state is not None else b""
        if stored["version"] > self._version and stored["head"] != head and not self._broken:
            self._missing()
        if self._broken:
            return
        for column, want in self._expected(head).items():
            if stored[column] != want:
                check.bad_stream(name, "state", f"{column} {short(want)}", stored[column])
                return
        if bool(stored["parked"]) != (self._parked is not None) and stored["parked"] != FORKED:
            want_parked = "停放原因 (why it is parked)" if self._parked is not None else "空 (empty)"
            check.bad_stream(name, "state", f"parked: {want_parked}", stored["parked"])

    def _expected(self, head: bytes) -> dict[str, object]:
        version, predicted_head, predicted = self._version, head, self.state
        for opened in self._waiting:
            rule = self._check.lifecycles.rule(opened.event)
            if rule.chained and opened.event.expected_head != predicted_head:
                continue
            try:
                predicted = self._check.lifecycles.admit(predicted, Step(opened.event, opened.digest, version + 1))
            except errors.TongbanError:
                continue
            version, predicted_head = version + 1, opened.digest
        return {
            "collection": collection_of(self._name, predicted if predicted is not None else self.state),
            "version": self._version,
            "head": head,
            "state": state_bytes(self.state),
            "predicted_version": version,
            "predicted_head": predicted_head,
            "predicted": state_bytes(predicted),
            "phase": predicted.state if predicted is not None else 0,
        }


def _journal_row(row: Row) -> JournalRow:
    return JournalRow(
        stream=row["stream"],
        version=row["version"],
        event_id=row["event_id"],
        digest=row["digest"],
        author=row["author"],
        envelope=row["envelope"],
        receipt=row["receipt"],
        sealed=row["sealed"],
        sealed_stream=row["sealed_stream"],
    )
