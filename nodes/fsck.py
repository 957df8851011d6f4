"""`tongban node fsck`: everything that a node's database holds of the federation, derived again and compared.

What is looked at: settings and receipt keys; the signature of every batch that a receipt rests on; the directory's
history; every event, own and others', with its author's signature, its receipt and what is sealed beside it; every
stream, confirmed as its receipted events fold and predicted with the own steps that wait; parked streams; grants and
noted roles; the task behind every refusal; open cases; custody of every original; cursors against what each channel
has brought; own sequences without gaps or reuse; counters of own numbers.  See `tongban.fsck` for what is promised.

A node restored from a backup has events of its own without a stored sequence, and one that met another epoch has
positions that were given anew; what cannot be told then is not judged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from google.protobuf.message import DecodeError

from nodes import settings
from nodes.core import all_lifecycles
from nodes.fsck_cases import check_cases
from nodes.fsck_hanging import Hanging
from nodes.fsck_streams import StreamsCheck
from nodes.store import FSCK, MIGRATIONS, QUERIES
from tongban import errors
from tongban.clock import SystemClock
from tongban.fsck import Admissions, EventRecords, Finding, KeyHistory, Phase, Progress, Report, command
from tongban.fsck.records import check_admission
from tongban.fsck.report import Key, Remedy, short
from tongban.keys import NodeKeys
from tongban.lifecycle.refolding import check_folded
from tongban.signing import ED25519, key_id_of
from tongban.storage.base import Row, Transaction
from tongban.storage.migrations import check_schema
from tongban.v1 import envelope_pb2, event_pb2

CHANNELS = ("feeds/agreements", "feeds/items", "feeds/nodes", "mailbox")
FIRST_EPOCH = "1"


def check(tx: Transaction, *, node: str, own_key: tuple[str, bytes], progress: Progress | None = None) -> Report:
    """Check the whole database within one unit of work that only reads; `own_key`: id and bytes."""
    check_schema(tx, MIGRATIONS)
    check_folded([row["key"] for row in tx.fetch_all(QUERIES.list_settings)])
    report = Report(progress)
    _NodeCheck(tx, report, node, own_key).run()
    return report


def run_in(home: Path, *, as_json: bool) -> int:
    """Check the node of a directory for a terminal; the exit code."""
    try:
        chosen = settings.load(home)
        keys = NodeKeys.load(home / "keys")
    except (errors.TongbanError, OSError) as error:
        return command.unreadable(error)
    own = keys.signing_key_id, keys.signing_public

    def work(tx: Transaction, progress: Progress | None) -> Report:
        return check(tx, node=chosen.name, own_key=own, progress=progress)

    return command.run(chosen.database_url, work, as_json=as_json, clock=SystemClock())


class _NodeCheck:
    def __init__(self, tx: Transaction, report: Report, node: str, own_key: tuple[str, bytes]) -> None:
        self._tx = tx
        self._report = report
        self._node = node
        self._settings: dict[str, str] = {}
        self._receipt_keys: dict[str, bytes] = {}
        self._keys = KeyHistory()
        self._own_key = own_key
        self._admissions = Admissions.over(self._signed)

    def run(self) -> None:
        self._read_settings()
        for row in self._rows("admissions", self._tx.stream(FSCK.fsck_admissions)):
            check_admission(self._report, row["batch_id"], row["signed"], self._receipt_keys)
        self._directory()
        records = EventRecords(self._report, self._keys, self._admissions)
        streams = StreamsCheck(self._tx, self._report, records, all_lifecycles(), self._node)
        streams.run()
        check_cases(self._tx, self._report)
        for row in self._tx.stream(FSCK.fsck_orphans):
            key = {"event_id": row["event_id"]}
            self._bad(Phase.SEALED, "sealed", "extra", key, "所属事件 (its event)", "无 (none)", Remedy.JOURNAL)
        self._cursors(streams.hanging)
        self._sequences()
        self._counters(streams.hanging)
        self._loose()

    def _loose(self) -> None:
        keys = {"requests": "request_id", "pickups": "application", "readings": "reading_id"}
        for row in self._tx.stream(FSCK.fsck_loose):
            key: Key = {keys[row["origin"]]: row["named"]}
            self._bad(Phase.OTHER, row["origin"], "differs", key, "已存的事件流 (a stream here)", row["stream"])

    def _signed(self, batch_id: str) -> bytes | None:
        row = self._tx.fetch_one(FSCK.fsck_admission, {"batch_id": batch_id})
        return row["signed"] if row is not None else None

    def _rows(self, table: str, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            self._report.read(table)
            yield row

    def _bad(
        self,
        phase: Phase,
        table: str,
        kind: str,
        key: Key,
        expected: str,
        found: object,
        remedy: Remedy = Remedy.DERIVED,
    ) -> None:
        self._report.add(Finding(phase, table, kind, key, expected, short(found), remedy))

    def _read_settings(self) -> None:
        for row in self._rows("settings", iter(self._tx.fetch_all(QUERIES.list_settings))):
            self._settings[row["key"]] = row["value"]
        for name, default in (("incarnation", "1"), ("sequence", "0"), ("epoch", "0")):
            value = self._settings.get(name, default)
            if not value.isdecimal():
                self._bad_setting(name, "整数 (a number)", value)
                self._settings[name] = default
        for name, value in sorted(self._settings.items()):
            if name.startswith("receipt_key/"):
                self._receipt_key(name, value)

    def _receipt_key(self, name: str, value: str) -> None:
        key_id = name.removeprefix("receipt_key/")
        try:
            public = bytes.fromhex(value)
        except ValueError:
            public = b""
        if key_id_of(ED25519, public) == key_id:
            self._receipt_keys[key_id] = public
        else:
            self._bad_setting(name, f"{key_id} 的公钥 / its public key", value)

    def _bad_setting(self, name: str, expected: str, found: object) -> None:
        self._bad(Phase.SETTINGS, "settings", "differs", {"key": name}, expected, found, Remedy.JOURNAL)

    def _directory(self) -> None:
        """What cannot be read here is named when the stream itself is folded."""
        for row in self._tx.stream(FSCK.fsck_node_events):
            try:
                receipt = envelope_pb2.Receipt.FromString(row["receipt"] or b"")
                envelope = envelope_pb2.Envelope.FromString(row["envelope"])
                event = event_pb2.Event.FromString(envelope.payload)
            except DecodeError:
                continue
            header = self._admissions.header(receipt.batch_id)
            if header is not None and event.stream == row["stream"]:
                self._keys.learn(event, header.admit_time.ToDatetime(dt.UTC))
        if self._keys.public_key(self._own_key[0]) is None:
            self._keys.learn_own(self._node, *self._own_key)

    def _cursors(self, hanging: Hanging) -> None:
        stored = {row["channel"]: row["position"] for row in self._tx.fetch_all(QUERIES.list_cursors)}
        for channel in sorted(stored.keys() | hanging.placed.keys()):
            self._report.read("cursors")
            placed, position = hanging.placed[channel], stored.get(channel, 0)
            key: Key = {"channel": channel}
            if channel not in CHANNELS:
                self._bad(Phase.CHANNELS, "cursors", "extra", key, ", ".join(CHANNELS), channel)
            elif placed != position and self._settings.get("epoch", FIRST_EPOCH) == FIRST_EPOCH:
                kind = "ahead" if position > placed else "behind"
                self._bad(Phase.CHANNELS, "cursors", kind, key, f"position {placed}", position)

    def _sequences(self) -> None:
        """Every own sequence once, and none left out but between incarnations."""
        last, incarnation = 0, 1
        for row in self._tx.stream(FSCK.fsck_sequences):
            sequence = row["sequence"]
            if sequence == last:
                self._bad_sequence("extra", last, "每个序号一次 / one event a sequence", row["event_id"])
            elif sequence != last + 1:
                now = _incarnation(row["envelope"])
                if now == incarnation:
                    self._bad_sequence("missing", last + 1, "本节点的事件 (an own event)", "无 (none)")
                incarnation = now
            last = sequence
        used = int(self._settings.get("sequence", "0"))
        if used < last:
            self._bad_used("behind", last, used)
        elif used > last and int(self._settings.get("incarnation", "1")) == incarnation:
            if self._report.counts["streams", "state"]:
                self._bad_sequence("missing", last + 1, "本节点的事件 (an own event)", "无 (none)")
            else:
                self._bad_used("ahead", last, used)

    def _bad_sequence(self, kind: str, sequence: int, expected: str, found: object) -> None:
        key: Key = {"author": self._node, "sequence": sequence}
        self._bad(Phase.EVENTS, "events", kind, key, expected, found, Remedy.JOURNAL)

    def _bad_used(self, kind: str, last: int, used: int) -> None:
        self._bad(Phase.OTHER, "settings", kind, {"key": "sequence"}, f"sequence {last}", used)

    def _counters(self, hanging: Hanging) -> None:
        stored = {row["name"]: row["value"] for row in self._rows("counters", self._tx.stream(FSCK.fsck_counters))}
        present = int(self._settings.get("incarnation", "1"))
        for (name, incarnation), highest in sorted(hanging.numbers.items()):
            found = stored.get(name, 0)
            if incarnation == present and found < highest:
                self._bad(Phase.OTHER, "counters", "behind", {"name": name}, f"≥ {highest}", found)


def _incarnation(envelope: bytes) -> int:
    try:
        return event_pb2.Event.FromString(envelope_pb2.Envelope.FromString(envelope).payload).incarnation
    except DecodeError:
        return 0
