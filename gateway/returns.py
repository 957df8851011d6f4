"""What nodes bring back to a gateway that has lost it: found by heads, believed by receipts, put aside.

A node says how far it holds each stream.  Where that is further than the journal, or another history, the gateway asks
for the events.  Each must come with the receipt that this gateway signed, and its author's signature; then it is put
aside, durably, until it is placed (`gateway.placing`).

What can go wrong: a node brings what nobody receipted (its session ends, nothing is kept).  An author's key is not
known, because its registration was lost too and nobody has brought it yet: the event is left out, and the next one who
holds it brings it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.epochs import RECOVERY
from gateway.store import QUERIES
from tongban import errors
from tongban.directory import Directory, check_keys
from tongban.journal import envelopes
from tongban.journal.admissions import AdmissionVerifier
from tongban.journal.envelopes import Opened
from tongban.signing import Verifier
from tongban.storage.base import Transaction
from tongban.v1 import envelope_pb2, federation_pb2, types_pb2

logger = logging.getLogger(__name__)


class Witness:
    """Says whether what comes back was admitted here once: by our receipt, and by its author's signature."""

    def __init__(self, gateway: str, receipt_keys: Sequence[federation_pb2.PublicKey], directory: Directory) -> None:
        self._gateway = gateway
        own = {key.key_id: key.public_key for key in receipt_keys}
        self._admissions = AdmissionVerifier(own.get)
        self._directory = directory
        self._roots: dict[str, bytes] = {}
        self._keys: dict[str, tuple[str, bytes]] = {}
        self._verifier = Verifier(self._public_key)

    @property
    def newcomers(self) -> set[str]:
        """Nodes of which only what came back tells."""
        return set(self._roots)

    def admit(self, signed: envelope_pb2.SignedAdmission) -> envelope_pb2.AdmissionHeader:
        """One of our batches."""
        header = self._admissions.admit(signed)
        if header.gateway != self._gateway:
            raise errors.SignatureInvalid(field="returned.admissions", key=signed.key_id)
        return header

    def header(self, batch_id: str) -> envelope_pb2.AdmissionHeader:
        """A batch that was shown before."""
        found = self._admissions.header(batch_id)
        if found is None:
            raise errors.SignatureInvalid(field="receipt.batch_id", key=batch_id)
        return found

    def check(self, delivery: federation_pb2.Delivery) -> tuple[Opened, envelope_pb2.AdmissionLeaf]:
        """The event and the place that its receipt gives it; KeyUnknown where its author is not known yet."""
        leaf = self._admissions.verify(delivery.receipt)
        opened = envelopes.parse(delivery.event)
        event = opened.event
        if (leaf.event_id, leaf.event_digest, leaf.stream) != (event.event_id, opened.digest, event.stream):
            raise errors.Damaged(what=f"receipt of {event.event_id}")
        self._check_author(opened)
        return opened, leaf

    def _check_author(self, opened: Opened) -> None:
        """The envelope is its author's: the receipt covers what is in it, and not the signature on it."""
        self.learn(opened)
        key_id = opened.wire.envelope.signature.key_id
        owner = self._keys[key_id][0] if key_id in self._keys else self._directory.signing_key(key_id).node
        if owner != opened.event.author:
            raise errors.KeyOfAnotherNode(author=opened.event.author, peer=owner)
        envelopes.verify(opened, self._verifier)

    def learn(self, opened: Opened) -> None:
        """Take in the keys of a node that registered, or rotated them, in what was lost."""
        event, body = opened.event, opened.event.WhichOneof("body")
        if body == "node_registered":
            root, keys = event.node_registered.root_public_key, list(event.node_registered.keys)
            if self._directory.find(event.stream) is None:
                self._roots[event.stream] = root
        elif body == "node_keys_rotated":
            keys = list(event.node_keys_rotated.keys)
            root = self._roots.get(event.stream) or self._directory.node(event.stream).root_public_key
        else:
            return
        check_keys(event.stream, root, keys, field="event.keys")
        self._keys.update((key.key_id, (event.stream, key.public_key)) for key in keys)

    def _public_key(self, key_id: str) -> bytes | None:
        return self._keys[key_id][1] if key_id in self._keys else self._directory.public_key(key_id)


@dataclass(frozen=True, slots=True)
class Compared:
    """One page of what a node holds, against the journal."""

    wanted: list[federation_pb2.WantedStream]
    beyond: list[types_pb2.StreamPosition]
    """What the journal does not have like this, whether it was put aside already or is wanted."""


def compare(tx: Transaction, held: Sequence[types_pb2.StreamPosition]) -> Compared:
    """What a node holds further than the journal, or otherwise."""
    found = Compared([], [])
    for position in held:
        row = tx.fetch_one(QUERIES.get_state, {"name": position.stream})
        version = row["version"] if row else 0
        if position.version <= version and _digest(tx, position) == position.head:
            continue
        found.beyond.append(position)
        aside = tx.fetch_all(RECOVERY.list_returned_of, {"stream": position.stream})
        if any((r["version"], r["digest"]) == (position.version, position.head) for r in aside):
            continue
        after = version if position.version > version else 0
        for each in aside:
            after += each["version"] == after + 1
        found.wanted.append(federation_pb2.WantedStream(stream=position.stream, after_version=after))
    return found


def forked(tx: Transaction, beyond: Sequence[types_pb2.StreamPosition]) -> list[types_pb2.StreamPosition]:
    """Those of a node's heads that the journal does not have after all."""
    return [position for position in beyond if _digest(tx, position) != position.head]


def _digest(tx: Transaction, position: types_pb2.StreamPosition) -> bytes | None:
    row = tx.fetch_one(QUERIES.get_digest, {"stream": position.stream, "version": position.version})
    return row["digest"] if row else None


def open_returned(witness: Witness, returned: federation_pb2.Returned, node: str) -> list[dict[str, object]]:
    """The rows to put aside for what a node brings; raises where it was never admitted here."""
    signed = {witness.admit(admission).batch_id: admission for admission in returned.admissions}
    kept = []
    for delivery in returned.deliveries:
        try:
            opened, leaf = witness.check(delivery)
        except (errors.KeyUnknown, errors.NodeNotFound):
            logger.warning("%s brings back an event whose author's key is not known; it is left out", node)
            continue
        batch_id = delivery.receipt.batch_id
        if batch_id not in signed:
            raise errors.SignatureInvalid(field="receipt.batch_id", key=batch_id)
        row = {
            "stream": leaf.stream,
            "version": leaf.version,
            "digest": opened.digest,
            "event_id": leaf.event_id,
            "admit_time": witness.header(batch_id).admit_time.ToMicroseconds(),
            "batch_id": batch_id,
            "leaf_index": delivery.receipt.leaf_index,
            "signed": signed[batch_id].SerializeToString(),
            "receipt": delivery.receipt.SerializeToString(),
            "content": delivery.event.SerializeToString(),
            "node": node,
            "author": opened.event.author,
            "incarnation": opened.event.incarnation,
            "sequence": opened.event.sequence,
        }
        kept.append(row)
    return kept


def unknown_epoch(tx: Transaction, aside: Sequence[dict[str, object]]) -> int:
    """The highest epoch of a batch that came back and is not in our books: the proof that they are old; else 0."""
    highest = 0
    for row in aside:
        if tx.fetch_one(QUERIES.get_admission, {"batch_id": row["batch_id"]}) is None:
            signed = envelope_pb2.SignedAdmission.FromString(_bytes(row["signed"]))
            highest = max(highest, envelope_pb2.AdmissionHeader.FromString(signed.header).epoch)
    return highest


def _bytes(value: object) -> bytes:
    assert isinstance(value, bytes)
    return value
