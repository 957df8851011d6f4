"""`tongban gateway fsck`: everything that a gateway's database holds, derived again and compared.

What is looked at, in the order in which one thing rests on another: settings; the signature of every batch; the
directory's history; every event with its receipt, its author's signature under the directory of that moment, and what
is sealed beside it; every stream's state and its places in mailboxes and feeds; batches' sizes; channels' heads;
authors' marks; cursors, refusals and invitations.  See `tongban.fsck` for what is promised.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from google.protobuf.message import DecodeError

from agreements.domain.agreements import AgreementFolder
from agreements.domain.catalogue import ItemFolder
from gateway import settings
from gateway.core import FEED_CHANNELS
from gateway.fsck_log import LogCheck
from gateway.fsck_streams import StreamsCheck
from gateway.sealer import CHECKPOINT_FILE
from gateway.store import FSCK, MIGRATIONS, QUERIES
from mailroom.domain.parcels import ParcelFolder
from tongban import errors
from tongban.clock import SystemClock
from tongban.fsck import Admissions, EventRecords, Finding, KeyHistory, Phase, Progress, Report, command
from tongban.fsck.records import check_admission
from tongban.fsck.report import Key, Remedy, short
from tongban.keys import NodeKeys, load_signing_key
from tongban.lifecycle.applications import ApplicationFolder
from tongban.lifecycle.directory import NodeFolder
from tongban.lifecycle.engine import Lifecycles
from tongban.lifecycle.refolding import UNFOLDED, check_folded
from tongban.storage.base import Row, Transaction
from tongban.storage.migrations import check_schema
from tongban.v1 import envelope_pb2, event_pb2, federation_pb2, reason_pb2

_REASONS = frozenset(name.removeprefix("REASON_") for name, _ in reason_pb2.Reason.items())


def check(
    tx: Transaction,
    *,
    gateway: str,
    receipt_keys: Mapping[str, bytes],
    checkpoint_key: bytes | None = None,
    progress: Progress | None = None,
) -> Report:
    """Check the whole database within one unit of work that only reads.

    `checkpoint_key`: what checkpoints verify with; without it their signatures are not looked at.
    """
    check_schema(tx, MIGRATIONS)
    check_folded([UNFOLDED] if tx.fetch_one(QUERIES.get_setting, {"key": UNFOLDED}) is not None else [])
    report = Report(progress)
    _GatewayCheck(tx, report, gateway, receipt_keys).run()
    LogCheck(tx, report, gateway, checkpoint_key).run()
    return report


def run_in(home: Path, *, as_json: bool) -> int:
    """Check the gateway of a directory for a terminal; the exit code."""
    try:
        chosen = settings.load(home)
        keys = NodeKeys.load(home / "keys")
        signing = home / "keys" / CHECKPOINT_FILE
        sealing = load_signing_key(signing).public_key().public_bytes_raw() if signing.exists() else None
    except (errors.TongbanError, OSError) as error:
        return command.unreadable(error)

    def work(tx: Transaction, progress: Progress | None) -> Report:
        own = {keys.signing_key_id: keys.signing_public}
        return check(tx, gateway=chosen.name, receipt_keys=own, checkpoint_key=sealing, progress=progress)

    return command.run(chosen.database_url, work, as_json=as_json, clock=SystemClock())


class _GatewayCheck:
    def __init__(self, tx: Transaction, report: Report, gateway: str, receipt_keys: Mapping[str, bytes]) -> None:
        self._tx = tx
        self._report = report
        self._gateway = gateway
        self._receipt_keys = receipt_keys
        self._epoch = 0
        self._keys = KeyHistory()
        self._admissions = Admissions.over(self._signed)

    def run(self) -> None:
        self._settings()
        self._batches()
        self._directory()
        lifecycles = Lifecycles(ApplicationFolder(), ParcelFolder(), AgreementFolder(), NodeFolder(), ItemFolder())
        records = EventRecords(self._report, self._keys, self._admissions)
        streams = StreamsCheck(self._tx, self._report, records, lifecycles)
        streams.run()
        self._sizes()
        self._orphans()
        self._channels()
        self._authors(streams.spent, self._refusals())
        self._cursors()
        self._epochs()
        self._invitations()

    def _signed(self, batch_id: str) -> bytes | None:
        row = self._tx.fetch_one(QUERIES.get_admission, {"batch_id": batch_id})
        return row["signed"] if row is not None else None

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

    def _settings(self) -> None:
        stored = {row["key"]: row["value"] for row in self._rows("settings", self._tx.fetch_all(FSCK.fsck_settings))}
        epoch = stored.get("epoch", "")
        if epoch.isdecimal() and int(epoch) >= 1:
            self._epoch = int(epoch)
        else:
            self._bad(Phase.SETTINGS, "settings", "differs", {"key": "epoch"}, "≥ 1", epoch, Remedy.JOURNAL)

    def _rows(self, table: str, rows: Sequence[Row]) -> Sequence[Row]:
        for _ in rows:
            self._report.read(table)
        return rows

    def _batches(self) -> None:
        for row in self._tx.stream(FSCK.fsck_admissions):
            self._report.read("admissions")
            header = check_admission(self._report, row["batch_id"], row["signed"], self._receipt_keys)
            if header is None:
                continue
            moment = header.admit_time.ToMicroseconds()
            for name, want, found in (
                ("gateway", self._gateway, header.gateway),
                ("admit_time", moment, row["admit_time"]),
                ("size", header.size, row["size"]),
            ):
                if want != found:
                    self._bad_batch(row["batch_id"], "differs", f"{name} {want}", found)
            if self._epoch and not 1 <= header.epoch <= self._epoch:
                self._bad_batch(row["batch_id"], "ahead", f"epoch ≤ {self._epoch}", header.epoch)

    def _bad_batch(self, batch_id: str, kind: str, expected: str, found: object) -> None:
        key = {"batch_id": batch_id}
        self._bad(Phase.ADMISSIONS, "admissions", kind, key, expected, found, Remedy.JOURNAL)

    def _directory(self) -> None:
        """What cannot be read here is named when the stream itself is folded."""
        for row in self._tx.stream(FSCK.fsck_node_events):
            header = self._admissions.header(row["batch_id"])
            try:
                envelope = envelope_pb2.Envelope.FromString(row["envelope"])
                event = event_pb2.Event.FromString(envelope.payload)
            except DecodeError:
                continue
            if header is not None and event.stream == row["stream"]:
                self._keys.learn(event, header.admit_time.ToDatetime(dt.UTC))

    def _sizes(self) -> None:
        for row in self._tx.stream(FSCK.fsck_batch_sizes):
            header = self._admissions.header(row["batch_id"])
            if row["found"] < row["size"] and header is not None and header.epoch < self._epoch:
                continue  # of what a restored gateway was given back, some may be nobody's any more
            self._bad(
                Phase.BATCHES,
                "events",
                "missing" if row["found"] < row["size"] else "extra",
                {"batch_id": row["batch_id"]},
                f"{row['size']} 个事件 (events)",
                row["found"],
                Remedy.JOURNAL,
            )

    def _orphans(self) -> None:
        for row in self._tx.stream(FSCK.fsck_orphans):
            key = {"event_id": row["event_id"]}
            self._bad(Phase.SEALED, "sealed", "extra", key, "所属事件 (its event)", "无 (none)", Remedy.JOURNAL)

    def _channels(self) -> None:
        for row in self._tx.stream(FSCK.fsck_channels):
            self._report.read("channels")
            name, highest = row["name"], row["highest"]
            if row["lowest"] != 1 or row["entries"] != highest:
                gap = 1
                if row["lowest"] == 1 and (found := self._tx.fetch_one(FSCK.fsck_gap, {"channel": name})):
                    gap = found["position"]
                key: Key = {"channel": name, "position": gap}
                self._bad(Phase.GAPS, "entries", "missing", key, "连续的位置 (no gap)", "无 (none)")
            if name not in FEED_CHANNELS and name not in self._keys.nodes:
                self._bad(Phase.CHANNELS, "channels", "extra", {"name": name}, "节点或目录 (a node or a feed)", name)
            elif row["position"] is None:
                self._bad(Phase.CHANNELS, "channels", "missing", {"name": name}, f"position {highest}", "无 (none)")
            elif row["position"] != highest:
                kind = "ahead" if row["position"] > highest else "behind"
                self._bad(Phase.CHANNELS, "channels", kind, {"name": name}, f"position {highest}", row["position"])

    def _refusals(self) -> set[str]:
        authors = set()
        for row in self._tx.stream(FSCK.fsck_rejections):
            self._report.read("rejections")
            authors.add(row["author"])
            key: Key = {"event_id": row["event_id"]}
            try:
                reason = envelope_pb2.Rejection.FromString(row["rejection"]).reason
            except DecodeError:
                self._bad(Phase.OTHER, "rejections", "unreadable", key, "Rejection", row["rejection"])
                continue
            if reason not in _REASONS:
                self._bad(Phase.OTHER, "rejections", "differs", key, "原因代码 (a reason)", reason)
            elif len(row["digest"]) != 32:
                self._bad(Phase.OTHER, "rejections", "digest", key, "32 字节 (bytes)", row["digest"])
            elif row["admitted"] is not None:
                where = f"{row['admitted']}@{row['version']}"
                self._bad(Phase.OTHER, "rejections", "extra", key, "未接纳的事件 (not admitted)", where)
            elif row["author"] not in self._keys.nodes:
                self._bad(Phase.OTHER, "rejections", "differs", key, "已接入的节点 (a node)", row["author"])
        return authors

    def _authors(self, spent: dict[tuple[str, int], int], refused: set[str]) -> None:
        stored = {}
        for row in self._tx.stream(FSCK.fsck_authors):
            self._report.read("authors")
            stored[row["author"], row["incarnation"]] = row["sequence"]
        newest: dict[str, int] = {}
        for author, incarnation in spent:
            newest[author] = max(newest.get(author, 0), incarnation)
        for mark in sorted(stored.keys() | spent.keys()):
            used, found = spent.get(mark, 0), stored.get(mark)
            key: Key = {"author": mark[0], "incarnation": mark[1]}
            # A batch keeps only its author's newest incarnation, and a refusal does not tell its sequence.
            if found is None:
                if newest[mark[0]] == mark[1]:
                    self._bad(Phase.OTHER, "authors", "missing", key, f"sequence {used}", "无 (none)")
            elif found < used and newest[mark[0]] == mark[1]:
                self._bad(Phase.OTHER, "authors", "behind", key, f"sequence {used}", found)
            elif found > used and mark[0] not in refused:
                self._bad(Phase.OTHER, "authors", "ahead" if used else "extra", key, f"sequence {used}", found)

    def _cursors(self) -> None:
        for row in self._tx.stream(FSCK.fsck_cursors):
            self._report.read("cursors")
            key: Key = {"node": row["node"], "channel": row["channel"]}
            head = row["head"] or 0
            known = row["channel"] == "mailbox" or row["channel"] in FEED_CHANNELS
            if row["node"] not in self._keys.nodes or not known:
                self._bad(Phase.OTHER, "cursors", "extra", key, "节点和通道 (a node, a channel)", "-", Remedy.SHOWN)
            elif not 0 <= row["position"] <= head:
                self._bad(Phase.OTHER, "cursors", "ahead", key, f"≤ {head}", row["position"], Remedy.SHOWN)

    def _epochs(self) -> None:
        for row in self._tx.stream(FSCK.fsck_epochs):
            self._report.read("epochs")
            key: Key = {"epoch": row["epoch"], "channel": row["channel"]}
            if self._epoch and not 1 < row["epoch"] <= self._epoch:
                self._bad(Phase.OTHER, "epochs", "ahead", key, f"epoch ≤ {self._epoch}", row["epoch"])
            elif not 0 <= row["position"] <= (row["head"] or 0):
                self._bad(Phase.OTHER, "epochs", "ahead", key, f"position ≤ {row['head'] or 0}", row["position"])

    def _invitations(self) -> None:
        for row in self._tx.stream(FSCK.fsck_invitations):
            self._report.read("invitations")
            problem = _invitation_problem(row)
            if problem:
                key: Key = {"secret_digest": row["secret_digest"].hex()}
                self._bad(Phase.OTHER, "invitations", "differs", key, problem, row["node"])


def _invitation_problem(row: Row) -> str:
    """What an invitation should have been; empty where it is."""
    if row["create_time"] >= row["expire_time"]:
        return "create_time < expire_time"
    if row["use_time"] is None:
        return "" if row["response"] is None else "未用,无应答 / unused, so without an answer"
    if row["registration_digest"] != row["digest"]:
        return "节点的接入事件 / the digest of the node's registration"
    try:
        response = federation_pb2.JoinResponse.FromString(row["response"] or b"")
    except DecodeError:
        return "JoinResponse"
    same = response.receipt.SerializeToString() == row["receipt"]
    return "" if same else "接入事件的回执 / the receipt of the registration"
