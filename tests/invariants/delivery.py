"""Delivery: what lies in each channel, and what of it each node has taken in.

A channel holds every event that concerns its node exactly once, in stream order, each behind what it names in
`after`, and a node's own ones in the order in which it made them.  Of that last rule there is one exception, each case
of which has to be named: what its author alone still had when the gateway was put back from a backup, sent anew behind
what another node gave back.  A node that has read a channel up to its cursor has of it exactly those events, with the
gateway's bytes and receipts, folded to the gateway's states.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tests.invariants.books import Entry, NodeBooks
from tests.invariants.breach import Counts, broken, hold
from tests.invariants.journal import FOLD, RECEIPT, SHARED, Journal
from tongban import errors
from tongban.journal.admissions import AdmissionVerifier
from tongban.storage.base import Row
from tongban.v1 import envelope_pb2

DELIVERED, ORDER, NOTHING_LOST, ANSWERED = "delivered once", "stream order", "nothing lost", "everything answered"
WAITING, FOLDED, REFUSED, PARKED = 0, 1, 2, 3


def check_channels(journal: Journal, counts: Counts, overtaken: Mapping[str, Collection[str]]) -> None:
    """Every channel holds what it should, once and in order; `overtaken`: what may lie behind which later events."""
    books = journal.books
    wanted: dict[str, dict[str, int]] = {}
    for stream, folded in journal.folded.items():
        collection = stream.partition("/")[0]
        reach = {f"feeds/{collection}": len(folded.states)} if collection in SHARED else folded.reach
        for channel, last in reach.items():
            wanted.setdefault(channel, {})[stream] = last
    for channel in sorted(wanted.keys() | books.entries.keys()):
        entries = books.entries.get(channel, [])
        positions = [position for position, _, _ in entries]
        hold(positions == list(range(1, len(entries) + 1)), DELIVERED, "positions have a gap", channel=channel)
        head = books.channels.get(channel, 0)
        hold(head == len(entries), DELIVERED, f"its head is {head}, its entries {len(entries)}", channel=channel)
        _check_channel(journal, channel, wanted.get(channel, {}))
        _check_own_order(journal, channel, overtaken)
        counts["entries"] += len(entries)


def _check_channel(journal: Journal, channel: str, wanted: dict[str, int]) -> None:
    seen: dict[str, int] = {}
    for position, stream, version in journal.books.entries.get(channel, []):
        entry = journal.at(stream, version)
        before = seen.get(stream, 0)
        if entry is None or version > wanted.get(stream, 0) or version != before + 1:
            where: dict[str, object] = {"channel": channel, "position": position, "stream": stream, "version": version}
            hold(entry is not None, DELIVERED, "it is not in the journal", **where)
            hold(version <= wanted.get(stream, 0), DELIVERED, "it does not concern this reader", **where)
            broken(ORDER, f"after version {before}", **where)
        _check_causes(journal, channel, entry, seen)
        seen[stream] = version
    for stream, last in wanted.items():
        hold(
            seen.get(stream, 0) == last, DELIVERED,
            f"receipted up to version {last}, put here up to {seen.get(stream, 0)}", channel=channel, stream=stream,
        )  # fmt: skip


def _check_own_order(journal: Journal, channel: str, overtaken: Mapping[str, Collection[str]]) -> None:
    """What a node made comes to it in the order in which it made it."""
    passed: list[Entry] = []
    highest = (0, 0)
    for position, stream, version in journal.books.entries.get(channel, []):
        entry = journal.at(stream, version)
        if entry is None or entry.author != channel or not _lived_through(journal, channel, entry):
            continue
        passed.append(entry)
        made = _made(entry)
        if made > highest:
            highest = made
            continue
        for later in (each for each in passed[:-1] if _made(each) >= made):
            # Each of them has to be one that was given back when this one was nowhere but at its author.
            is_named = later.event_id in overtaken.get(entry.event_id, ())
            is_anew = _epoch(journal, later) < _epoch(journal, entry)
            hold(
                is_named and is_anew, ORDER, f"own sequence {made} behind {_made(later)}",
                channel=channel, position=position, stream=stream, version=version, event=entry.event_id,
            )  # fmt: skip


def _made(entry: Entry) -> tuple[int, int]:
    return entry.event.incarnation, entry.event.sequence


def _epoch(journal: Journal, entry: Entry) -> int:
    header = journal.receipts.header(entry.batch_id)
    assert header is not None
    return header.epoch


def _lived_through(journal: Journal, channel: str, entry: Entry) -> bool:
    """Whether the channel's node was a party when the event was admitted, and did not get it as backlog."""
    return entry.version >= journal.folded[entry.stream].since.get(channel, 0)


def _check_causes(journal: Journal, channel: str, entry: Entry, seen: dict[str, int]) -> None:
    for position in entry.event.after:
        cause = journal.at(position.stream, position.version)
        if cause is None or channel not in journal.folded[cause.stream].reach:
            continue
        if _lived_through(journal, channel, entry) and _lived_through(journal, channel, cause):
            hold(
                seen.get(cause.stream, 0) >= cause.version, ORDER,
                f"before {cause.stream}@{cause.version}, which it comes after",
                channel=channel, stream=entry.stream, event=entry.event_id,
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """One node's books beside the journal."""

    journal: Journal
    node: NodeBooks
    settled: bool

    def check(self, counts: Counts) -> None:
        """Everything that a node's books can show; `settled`: the lines are up and nothing is under way."""
        due: dict[str, Entry] = {}
        reach: dict[str, int] = {}
        for channel, head in self._channels().items():
            cursor = self.node.cursors.get(channel, 0)
            hold(cursor <= head, DELIVERED, f"cursor {cursor} beyond head {head}", node=self.node.name, channel=channel)
            if self.settled:
                hold(cursor == head, DELIVERED, f"read to {cursor} of {head}", node=self.node.name, channel=channel)
            stored = self.node.name if channel == "mailbox" else channel
            for _, stream, version in self.journal.books.entries.get(stored, [])[:cursor]:
                entry = self.journal.at(stream, version)
                assert entry is not None
                due[entry.event_id] = entry
                reach[stream] = version
        self._check_events(due)
        self._check_streams(reach)
        self._check_own(due)
        counts["deliveries"] += len(due)
        counts["node_streams"] += len(self.node.streams)

    def _channels(self) -> dict[str, int]:
        heads = self.journal.books.channels
        named = {name: head for name, head in heads.items() if name.startswith("feeds/")}
        return named | {"mailbox": heads.get(self.node.name, 0)}

    def _check_events(self, due: dict[str, Entry]) -> None:
        own = AdmissionVerifier(self.node.receipt_keys.get, remembered=len(self.node.admissions) + 1)
        for event_id, entry in due.items():
            row = self.node.events.get(event_id)
            if row is None:
                broken(DELIVERED, "the node has read past it and does not have it", node=self.node.name, **entry.where)
            has = (row["version"], row["digest"], row["author"])
            if has != (entry.version, entry.digest, entry.author):
                broken(DELIVERED, f"it has {has}", node=self.node.name, **entry.where)
            if row["envelope"] != entry.envelope:
                broken(DELIVERED, "it has other bytes", node=self.node.name, **entry.where)
            self._check_receipt(row, entry, own)
            standing = row["standing"]
            if standing != FOLDED and not (standing == PARKED and self._is_parked(entry.stream)):
                broken(DELIVERED, f"standing {standing}", node=self.node.name, **entry.where)
        for event_id, row in self.node.events.items():
            if row["version"] is not None and event_id not in due:
                broken(DELIVERED, "taken in, and not in what it has read", node=self.node.name, event=event_id)

    def _check_receipt(self, row: Row, entry: Entry, own: AdmissionVerifier) -> None:
        if row["receipt"] == entry.receipt:
            return
        where: dict[str, object] = {"node": self.node.name, "stream": entry.stream, "event": entry.event_id}
        receipt = envelope_pb2.Receipt.FromString(row["receipt"] or b"")
        header = own.header(receipt.batch_id)
        try:
            if header is None:
                signed = self.node.admissions.get(receipt.batch_id, b"")
                header = own.admit(envelope_pb2.SignedAdmission.FromString(signed))
            leaf = own.verify(receipt)
        except errors.TongbanError as error:
            broken(RECEIPT, str(error), **where)
        hold(leaf == entry.leaf, RECEIPT, "the node's receipt names another place", **where)
        theirs = self.journal.receipts.header(entry.batch_id)
        assert theirs is not None
        hold(header.epoch < theirs.epoch, RECEIPT, "two receipts of one epoch", **where)

    def _is_parked(self, stream: str) -> bool:
        row = self.node.streams.get(stream)
        return row is not None and bool(row["parked"])

    def _check_streams(self, reach: dict[str, int]) -> None:
        for stream, version in reach.items():
            row = self.node.streams.get(stream)
            where: dict[str, object] = {"node": self.node.name, "stream": stream}
            hold(row is not None, FOLD, "the node keeps no state of it", **where)
            assert row is not None
            if row["parked"]:
                hold(not self.settled, "no stream parked", row["parked"], **where)
                continue
            entry = self.journal.at(stream, version)
            assert entry is not None
            at = (row["version"], row["head"])
            hold(at == (version, entry.digest), FOLD, f"it stands at version {at[0]}, not {version}", **where)
            again = self.journal.folded[stream].bytes_at(version)
            hold(row["state"] == again, FOLD, "its state is not what the journal folds to", **where)
        for stream, row in self.node.streams.items():
            where = {"node": self.node.name, "stream": stream}
            hold(
                stream in reach or not row["version"], DELIVERED, "a confirmed stream that it was never given", **where
            )
            if self.settled:
                same = (row["predicted_version"], row["predicted_head"], row["predicted"]) == tuple(row)[1:4]
                hold(same, FOLD, "it predicts more than is confirmed", **where)

    def _check_own(self, due: dict[str, Entry]) -> None:
        """Every own event is receipted, refused with a task, or waits and will be sent."""
        for event_id, row in self.node.events.items():
            if row["author"] != self.node.name:
                continue
            where: dict[str, object] = {"node": self.node.name, "stream": row["stream"], "event": event_id}
            entry = self.journal.by_id.get(event_id)
            if entry is not None and event_id not in due:
                hold(row["standing"] == WAITING, NOTHING_LOST, "receipted, and not waiting for it", **where)
            if row["standing"] == WAITING:
                hold(not self.settled, ANSWERED, "an own event has no answer", **where)
            if row["standing"] == REFUSED:
                hold(entry is None, ANSWERED, "receipted, and taken for refused", **where)
        if self.settled:
            for event_id, entry in self.journal.by_id.items():
                if entry.author == self.node.name:
                    hold(event_id in self.node.events, NOTHING_LOST, "its own event is not here", event=event_id)
