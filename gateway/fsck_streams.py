"""The middle of the gateway's check: each stream folded again, its state and its places in channels compared."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from agreements.domain.shared import SHARED_COLLECTIONS
from gateway.store import FSCK, QUERIES
from tongban import errors
from tongban.fsck import EventRecords, Finding, JournalRow, Phase, Report
from tongban.fsck.folding import follow, state_bytes
from tongban.fsck.records import event_finding
from tongban.fsck.report import Remedy, short
from tongban.journal.envelopes import Opened
from tongban.lifecycle.engine import Lifecycles
from tongban.storage.base import Row, Transaction

RANGES = (("nodes/", "nodes0"), ("", "nodes/"), ("nodes0", "\U0010ffff"))
"""The directory first: what it signed comes after it."""

_EVENT, _STREAM, _ENTRY = range(3)


class StreamsCheck:
    """Folds every stream; keeps one at a time.  `spent`: the last sequence seen of each author's incarnation."""

    def __init__(self, tx: Transaction, report: Report, records: EventRecords, lifecycles: Lifecycles) -> None:
        self._tx = tx
        self._report = report
        self._records = records
        self._lifecycles = lifecycles
        self.spent: dict[tuple[str, int], int] = {}

    def run(self) -> None:
        """Every stream, in ranges of names."""
        for first, until in RANGES:
            params = {"first": first, "until": until}
            merged = heapq.merge(
                self._tagged(_EVENT, "events", self._tx.stream(FSCK.fsck_events, params)),
                self._tagged(_STREAM, "streams", self._tx.stream(FSCK.fsck_streams, params)),
                self._tagged(_ENTRY, "entries", self._tx.stream(FSCK.fsck_entries, params)),
                key=lambda tagged: tagged[:2],
            )
            for name, rows in itertools.groupby(merged, key=lambda tagged: tagged[0]):
                self._stream(name, ((kind, row) for _, kind, row in rows))

    def _tagged(self, kind: int, table: str, rows: Iterable[Row]) -> Iterator[tuple[str, int, Row]]:
        for row in rows:
            self._report.read(table)
            yield row["stream"], kind, row

    def _stream(self, name: str, rows: Iterable[tuple[int, Row]]) -> None:
        folding = _Folding(self, name)
        entries: dict[str, list[tuple[int, int]]] = {}
        stored: Row | None = None
        for kind, row in rows:
            match kind:
                case 0:
                    folding.event(row)
                case 1:
                    stored = row
                case _:
                    entries.setdefault(row["channel"], []).append((row["version"], row["position"]))
        folding.compare(stored)
        if not folding.broken:
            self._entries(name, folding.channels, entries)

    def _entries(
        self, stream: str, expected: Mapping[str, list[int]], found: Mapping[str, list[tuple[int, int]]]
    ) -> None:
        for channel in sorted(expected.keys() | found.keys()):
            wanted, there = expected.get(channel, []), found.get(channel, [])
            if wanted == [version for version, _ in there]:
                continue
            self._report.add(_entry_finding(stream, channel, wanted, there))

    # What one stream's folding asks for.

    def open(self, row: JournalRow, predecessor: bytes | None) -> Opened | None:
        """Check an event's row; see `EventRecords`."""
        return self._records.check(row, predecessor)

    def fold(self, state: Any, opened: Opened, version: int, head: bytes) -> Any:
        """The next state."""
        return follow(self._lifecycles, state, opened, version, head)

    def channels(self, opened: Opened, before: Any, after: Any, version: int) -> tuple[list[str], list[str]]:
        """The channels that an event goes to, and those among them that get the stream from its beginning."""
        collection = opened.event.stream.partition("/")[0]
        if collection in SHARED_COLLECTIONS:
            return [f"feeds/{collection}"], []
        folder = self._lifecycles.folder(opened.event.stream)
        old = folder.parties(before) if before is not None else frozenset()
        new = folder.parties(after)
        return sorted(old | new), sorted(new - old) if version > 1 else []

    def note(self, opened: Opened) -> None:
        """Look at what an event names of others: its sequence, and what must be before it."""
        event = opened.event
        mark = (event.author, event.incarnation)
        self.spent[mark] = max(self.spent.get(mark, 0), event.sequence)
        for position in event.after:
            row = self._tx.fetch_one(QUERIES.get_digest, {"stream": position.stream, "version": position.version})
            digest = row["digest"] if row is not None else b""
            if digest != position.head:
                kind = "history" if row is not None else "missing"
                named = f"{short(position.head)},{event.stream} 的事件以其为前 / an event there names it"
                self.bad_event(position.stream, position.version, kind, named, digest)

    def bad_event(self, stream: str, version: int, kind: str, expected: str, found: object) -> None:
        """Something is wrong with the event at a place."""
        self._report.add(event_finding(stream, version, "", kind, expected, found))

    def bad_stream(self, name: str, kind: str, expected: str, found: object) -> None:
        """Something is wrong with a stream's row."""
        self._report.add(
            Finding(Phase.STREAMS, "streams", kind, {"name": name}, expected, short(found), Remedy.DERIVED, name)
        )


class _Folding:
    """One stream on its way."""

    def __init__(self, check: StreamsCheck, name: str) -> None:
        self._check = check
        self._name = name
        self._version = 0
        self._head: bytes | None = b""
        self._state: Any = None
        self.broken = False
        self.channels: dict[str, list[int]] = {}

    def event(self, row: Row) -> None:
        """The next event's row."""
        version = row["version"]
        while self._version + 1 < version and not self.broken:
            self._missing()
        opened = self._check.open(_journal_row(row), self._head)
        self._version = version
        if opened is None:
            self.broken, self._head = True, None
            return
        head, self._head = self._head, opened.digest
        self._check.note(opened)
        if self.broken or head is None:
            return
        before = self._state
        try:
            self._state = self._check.fold(before, opened, version, head)
        except errors.TongbanError as error:
            self._check.bad_event(self._name, version, "history", "可依次重算 / it can be folded here", error)
            self.broken = True
            return
        channels, joined = self._check.channels(opened, before, self._state, version)
        for channel in joined:
            self.channels.setdefault(channel, []).extend(range(1, version))
        for channel in channels:
            self.channels.setdefault(channel, []).append(version)

    def _missing(self) -> None:
        self._check.bad_event(self._name, self._version + 1, "missing", "事件 (an event)", "无 (none)")
        self.broken, self._head = True, None

    def compare(self, stored: Row | None) -> None:
        """The stream's row must be what its events fold to."""
        if stored is None:
            if self._version:
                self._check.bad_stream(self._name, "missing", f"version {self._version}", "无 (none)")
            return
        head, version = self._head or b"", stored["version"]
        if version > self._version and stored["head"] != head:
            self._missing()
            return
        if not self._version:
            self._check.bad_stream(self._name, "extra", "无 (none)", f"version {version}")
            return
        if self.broken:
            return
        wanted = (self._version, head, state_bytes(self._state))
        for column, want in zip(("version", "head", "state"), wanted, strict=True):
            if stored[column] != want:
                self._check.bad_stream(self._name, "state", f"{column} {short(want)}", stored[column])
                return


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
        batch_id=row["batch_id"],
    )


def _entry_finding(stream: str, channel: str, wanted: list[int], there: list[tuple[int, int]]) -> Finding:
    """The first entry of a stream in a channel that is not as it should be."""

    def finding(kind: str, key: dict[str, str | int], expected: str, found: str, version: int) -> Finding:
        return Finding(Phase.ENTRIES, "entries", kind, key, expected, found, Remedy.DERIVED, stream, version)

    versions = [version for version, _ in there]
    for index, version in enumerate(wanted):
        if index < len(there) and versions[index] == version:
            continue
        if len(there) < len(wanted):
            key: dict[str, str | int] = {"channel": channel, "stream": stream, "version": version}
            return finding("missing", key, f"{stream}@{version}", "无 (none)", version)
        found, position = there[index]
        kind = "order" if version in versions[index:] else "differs"
        return finding(
            kind, {"channel": channel, "position": position}, f"{stream}@{version}", f"{stream}@{found}", found
        )
    found, position = there[len(wanted)]
    return finding("extra", {"channel": channel, "position": position}, "无 (none)", f"{stream}@{found}", found)
