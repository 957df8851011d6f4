"""The gateway's journal: one gapless chain a stream, signed, receipted once, folded as it is stored.

Nothing stored beside the events is believed.  Keys come from the registrations in the journal itself, places from the
receipts' leaves, states from folding again; what the gateway keeps in other tables must say the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nodes.core import all_lifecycles
from tests.invariants.books import Entry, GatewayBooks
from tests.invariants.breach import Counts, broken, hold
from tongban import errors, merkle
from tongban.journal.admissions import AdmissionVerifier
from tongban.journal.envelopes import EVENT_PAYLOAD_TYPE, Opened, check_attachments
from tongban.lifecycle.engine import Lifecycles, Step
from tongban.lifecycle.table import RULES
from tongban.signing import TreeSignature, Verifier
from tongban.v1 import envelope_pb2

SHARED = ("nodes", "items", "agreements")

CHAIN, SIGNED, RECEIPT, FOLD, GROUP, AFTER, ONCE, TOLD = (
    "chain of predecessors",
    "author's signature",
    "receipt and proof",
    "folds equal",
    "group whole",
    "after",
    "admitted once",
    "receipts kept",
)


@dataclass(slots=True)
class Folded:
    """One stream folded again: the state after each event, and from where to where each node was a party."""

    states: list[Any] = field(default_factory=list)
    reach: dict[str, int] = field(default_factory=dict)
    """Node to the last version that concerns it."""
    since: dict[str, int] = field(default_factory=dict)
    """Node to the version with which it became a party."""
    _bytes: dict[int, bytes] = field(default_factory=dict)

    def bytes_at(self, version: int) -> bytes:
        """The state after a version, as every machine has to store it."""
        if version not in self._bytes:
            self._bytes[version] = self.states[version - 1].SerializeToString(deterministic=True)
        return self._bytes[version]


@dataclass(slots=True)
class Journal:
    """What the checks of nodes, custody and authority compare with."""

    books: GatewayBooks
    folded: dict[str, Folded]
    by_id: dict[str, Entry]
    receipts: AdmissionVerifier

    def at(self, stream: str, version: int) -> Entry | None:
        """The event at a place."""
        events = self.books.streams.get(stream, ())
        return events[version - 1] if 1 <= version <= len(events) else None

    def state(self, stream: str, version: int) -> Any:
        """The state after a version; None before the first."""
        return self.folded[stream].states[version - 1] if version else None


def check_journal(books: GatewayBooks, receipt_keys: Mapping[str, bytes], counts: Counts) -> Journal:
    """Check everything that the gateway's own books can show."""
    verifier = AdmissionVerifier(receipt_keys.get, remembered=len(books.admissions) + 1)
    by_id: dict[str, Entry] = {}
    for stream, events in books.streams.items():
        _check_chain(stream, events)
        for entry in events:
            hold(entry.event_id not in by_id, ONCE, "an event id twice in the journal", event=entry.event_id)
            by_id[entry.event_id] = entry
    journal = Journal(books, {}, by_id, verifier)
    _check_signatures(books)
    _check_batches(journal)
    _check_once(journal)
    _check_after(journal)
    lifecycles = all_lifecycles()
    for stream, events in books.streams.items():
        journal.folded[stream] = _fold(lifecycles, stream, events)
        _check_stored_head(books, stream, journal.folded[stream])
    counts.update(events=len(by_id), streams=len(books.streams), batches=len(books.admissions))
    return journal


def check_told(journal: Journal, told: Iterable[str], counts: Counts) -> None:
    """What somebody was given a receipt for is in the journal, whatever has died or been restored since."""
    for event_id in told:
        hold(event_id in journal.by_id, TOLD, "a receipt was given, and the journal does not have it", event=event_id)
        counts["receipts_told"] += 1


def _check_chain(stream: str, events: list[Entry]) -> None:
    head = b""
    for place, entry in enumerate(events, start=1):
        event = entry.event
        if entry.version != place:
            broken(CHAIN, f"version {entry.version} follows {place - 1}", **entry.where)
        if entry.digest != hashlib.sha256(entry.signed.payload).digest():
            broken(CHAIN, "its digest is of other bytes", **entry.where)
        named = (event.event_id, event.stream, event.author)
        if named != (entry.event_id, stream, entry.author):
            broken(CHAIN, f"its bytes name {named}", **entry.where)
        rule = RULES[event.WhichOneof("body") or ""]
        if rule.chained and (event.expected_version, event.expected_head) != (place - 1, head):
            broken(CHAIN, "it was decided on another history", **entry.where)
        head = entry.digest


def _check_signatures(books: GatewayBooks) -> None:
    keys: dict[str, tuple[str, bytes]] = {}
    for stream, events in books.streams.items():
        for entry in events if stream.startswith("nodes/") else ():
            for body in (entry.event.node_registered, entry.event.node_keys_rotated):
                for key in body.keys:
                    owner, _ = keys.setdefault(key.key_id, (stream, key.public_key))
                    hold(owner == stream, SIGNED, f"{key.key_id} is {owner}'s", stream=stream, event=entry.event_id)
    verifier = Verifier(lambda key_id: keys[key_id][1] if key_id in keys else None, remembered=1 << 20)
    for events in books.streams.values():
        for entry in events:
            _check_signature(entry, keys, verifier)


def _check_signature(entry: Entry, keys: Mapping[str, tuple[str, bytes]], verifier: Verifier) -> None:
    sign = entry.signed.signature
    owner = keys.get(sign.key_id, ("nobody", b""))[0]
    if owner != entry.author:
        broken(SIGNED, f"signed with a key of {owner}, not of {entry.author}", **entry.where)
    signature = TreeSignature(sign.key_id, sign.value, sign.leaf_index, sign.tree_size, tuple(sign.path))
    try:
        verifier.verify(EVENT_PAYLOAD_TYPE, entry.signed.payload, signature)
        if entry.event.attachments:
            wire = envelope_pb2.SignedEvent.FromString(entry.content or b"")
            check_attachments(Opened(entry.event, entry.digest, wire))
    except errors.TongbanError as error:
        broken(SIGNED, str(error), **entry.where)


def _check_batches(journal: Journal) -> None:
    """Every receipt proves its event's place, and every batch holds exactly what its header says."""
    found: dict[str, dict[int, bytes]] = {}
    for batch_id, (signed, _) in journal.books.admissions.items():
        try:
            header = journal.receipts.admit(signed)
        except errors.TongbanError as error:
            broken(RECEIPT, str(error), batch=batch_id)
        hold(header.batch_id == batch_id, RECEIPT, f"its header is of {header.batch_id}", batch=batch_id)
    for events in journal.books.streams.values():
        head = b""
        for entry in events:
            receipt = envelope_pb2.Receipt.FromString(entry.receipt)
            if receipt.batch_id != entry.batch_id:
                broken(RECEIPT, f"of batch {receipt.batch_id}", **entry.where)
            try:
                entry.leaf, entry.leaf_index = journal.receipts.verify(receipt), receipt.leaf_index
            except errors.TongbanError as error:
                broken(RECEIPT, str(error), **entry.where)
            says = (entry.leaf.event_id, entry.leaf.event_digest, entry.leaf.stream, entry.leaf.version)
            if says != (entry.event_id, entry.digest, entry.stream, entry.version):
                broken(RECEIPT, f"it says {says}", **entry.where)
            if entry.leaf.predecessor != head:
                broken(RECEIPT, "it names another predecessor", **entry.where)
            leaves = found.setdefault(entry.batch_id, {})
            if receipt.leaf_index in leaves:
                broken(RECEIPT, f"leaf {receipt.leaf_index} twice", **entry.where)
            leaves[receipt.leaf_index] = merkle.leaf_hash(receipt.leaf)
            head = entry.digest
    for batch_id, (_, size) in journal.books.admissions.items():
        proven = journal.receipts.header(batch_id)
        assert proven is not None
        leaves = found.get(batch_id, {})
        if proven.epoch < journal.books.restored_in and len(leaves) < proven.size:
            # What a restored gateway has lost comes back from those who held receipts; of a batch that may be a part.
            continue
        hold(sorted(leaves) == list(range(proven.size)), RECEIPT, f"{len(leaves)} of {size} events", batch=batch_id)
        hold(
            merkle.root([leaves[i] for i in range(proven.size)]) == proven.root, RECEIPT, "another root", batch=batch_id
        )


def _check_once(journal: Journal) -> None:
    """One answer an event, one event a sequence, and atomic groups whole, side by side in one batch."""
    spent: dict[tuple[str, int, int], Entry] = {}
    groups: dict[str, list[Entry]] = {}
    for entry in journal.by_id.values():
        event = entry.event
        twin = spent.setdefault((entry.author, event.incarnation, event.sequence), entry)
        if twin is not entry:
            problem = f"sequence {event.incarnation}/{event.sequence} is {twin.event_id}'s too"
            broken(ONCE, problem, stream=entry.stream, event=entry.event_id, node=entry.author)
        if entry.event_id in journal.books.rejections:
            broken(ONCE, "both receipted and refused", stream=entry.stream, event=entry.event_id)
        if event.group.group_id:
            groups.setdefault(event.group.group_id, []).append(entry)
    for group_id, members in groups.items():
        members.sort(key=lambda entry: entry.event.group.index)
        first = members[0]
        indexes = [entry.event.group.index for entry in members]
        hold(
            indexes == list(range(first.event.group.size)), GROUP,
            f"of {first.event.group.size} events, {indexes} were admitted", group=group_id, event=first.event_id,
        )  # fmt: skip
        places = [(entry.batch_id, entry.leaf_index - index) for index, entry in enumerate(members)]
        hold(len(set(places)) == 1, GROUP, "its events do not lie together", group=group_id, event=first.event_id)


def _check_after(journal: Journal) -> None:
    for entry in journal.by_id.values():
        for position in entry.event.after:
            cause = journal.at(position.stream, position.version)
            hold(
                cause is not None and cause.digest == position.head, AFTER,
                f"{position.stream}@{position.version}, which it names, is not in the journal",
                stream=entry.stream, version=entry.version, event=entry.event_id,
            )  # fmt: skip
            assert cause is not None
            later = cause.batch_id == entry.batch_id and cause.leaf_index > entry.leaf_index
            hold(not later, AFTER, f"{position.stream}@{position.version} came later", event=entry.event_id)


def _fold(lifecycles: Lifecycles, stream: str, events: list[Entry]) -> Folded:
    folder = lifecycles.folder(stream)
    folded, state = Folded(), None
    before: frozenset[str] = frozenset()
    for entry in events:
        try:
            state = lifecycles.admit(state, Step(entry.event, entry.digest, entry.version))
        except errors.TongbanError as error:
            broken(FOLD, str(error), stream=stream, version=entry.version, event=entry.event_id)
        folded.states.append(state)
        after = folder.parties(state)
        for node in after | before:
            folded.reach[node] = entry.version
            folded.since.setdefault(node, entry.version)
        before = after
    return folded


def _check_stored_head(books: GatewayBooks, stream: str, folded: Folded) -> None:
    row, last = books.heads.get(stream), books.streams[stream][-1]
    hold(row is not None, FOLD, "the gateway keeps no state of it", stream=stream)
    assert row is not None
    at = (row["version"], row["head"])
    hold(at == (last.version, last.digest), CHAIN, f"the gateway says version {at[0]}", stream=stream)
    same = row["state"] == folded.bytes_at(last.version)
    hold(same, FOLD, "the gateway's state is not what its events fold to", stream=stream)
