"""Sealing and opening at a node: content keys of a stream, and the grants that carry them.

A stream's first sealing event draws a content key for the audience `parties` and grants it to each reader.  Later
events of whoever holds the key use it again; a node that does not (because it lies abroad and only sealed outward)
draws another, for an audience of its own; so does what is for other readers than the stream's (`Draft.apart`).  A
node abroad is granted nothing: it seals outward and receives status only.  Plaintext exists only in memory, while it
is sealed or shown.

What can go wrong: whoever may write on a stream may lay anything beside its events.  A key that somebody else chose
is not sealed with, except the first one; what cannot be opened is left out, and the rest is shown.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from nodes.journal.drafts import Draft
from nodes.store import QUERIES
from tongban import errors, sealing
from tongban.clock import Entropy
from tongban.directory import Directory
from tongban.storage.base import Transaction
from tongban.v1 import envelope_pb2, event_pb2

logger = logging.getLogger(__name__)

AUDIENCE = "parties"
_CACHED_KEYS = 4096


class Sealer:
    """Seals and opens with this node's own sealing key."""

    def __init__(self, node: str, private: X25519PrivateKey, directory: Directory, entropy: Entropy) -> None:
        self._node = node
        self._private = private
        self._directory = directory
        self._entropy = entropy
        self._keys: dict[bytes, bytes] = {}

    def seal(self, tx: Transaction, draft: Draft, event: event_pb2.Event) -> envelope_pb2.SignedEvent:
        """Parts and grants of a draft, as they travel beside its event; nothing for a draft without parts."""
        sealed = envelope_pb2.SignedEvent()
        if not draft.parts:
            return sealed
        audience, key, is_new = self._content_key(tx, draft.stream, event.event_id, apart=draft.apart)
        for name, plaintext in draft.parts.items():
            ciphertext = sealing.seal_part(
                self._entropy, key, plaintext, stream=draft.stream, part=name, event_id=event.event_id
            )
            sealed.parts.add(name=name, audience=audience, ciphertext=ciphertext)
        if is_new:
            for reader in sorted(set(draft.readers)):
                if self._directory.node(reader).profile.abroad:
                    continue
                public = self._directory.sealing_key(reader)
                ciphertext = sealing.seal_grant(key, public.public_key, stream=draft.stream, audience=audience)
                sealed.grants.add(audience=audience, recipient=reader, key_id=public.key_id, ciphertext=ciphertext)
            self.learn(tx, draft.stream, sealed)
        return sealed

    def _content_key(self, tx: Transaction, stream: str, event_id: str, *, apart: bool) -> tuple[str, bytes, bool]:
        if apart:
            return _own_audience(event_id), sealing.new_content_key(self._entropy), True
        for row in tx.fetch_all(QUERIES.list_grants, {"stream": stream}):
            if row["audience"] == AUDIENCE:
                try:
                    return AUDIENCE, self._open(stream, AUDIENCE, row["ciphertext"]), False
                except errors.SealNotForUs:
                    logger.warning("%s: the grant for %s does not open here", stream, AUDIENCE)
        taken = tx.fetch_one(QUERIES.list_sealed, {"stream": stream})
        audience = AUDIENCE if taken is None else _own_audience(event_id)
        return audience, sealing.new_content_key(self._entropy), True

    def learn(self, tx: Transaction, stream: str, sealed: envelope_pb2.SignedEvent) -> None:
        """Keep the grants that are for us."""
        for grant in sealed.grants:
            if grant.recipient == self._node:
                tx.execute(
                    QUERIES.put_grant,
                    {"stream": stream, "audience": grant.audience, "ciphertext": grant.ciphertext},
                )

    def open_all(self, tx: Transaction, stream: str) -> list[tuple[event_pb2.Event, str, bytes]]:
        """Every part of a stream that opens here: its event, its name, its plaintext, in stream order.

        SealNotForUs where there are parts and none of them opens.
        """
        grants = {r["audience"]: r["ciphertext"] for r in tx.fetch_all(QUERIES.list_grants, {"stream": stream})}
        opened: list[tuple[event_pb2.Event, str, bytes]] = []
        closed: errors.TongbanError | None = None
        for row in tx.fetch_all(QUERIES.list_sealed, {"stream": stream}):
            payload = envelope_pb2.Envelope.FromString(row["envelope"]).payload
            event = event_pb2.Event.FromString(payload)
            for part in envelope_pb2.SignedEvent.FromString(row["content"]).parts:
                try:
                    opened.append((event, part.name, self._open_part(stream, event.event_id, part, grants)))
                except (errors.SealNotForUs, errors.AttachmentMismatch) as error:
                    logger.warning("%s: part %s of event %s does not open here", stream, part.name, event.event_id)
                    error.facts["holder"] = event.author  # who sealed it, and can grant it again
                    closed = error
        if closed is not None and not opened:
            raise closed
        return opened

    def open_beside(
        self, tx: Transaction, event: event_pb2.Event, sealed: envelope_pb2.SignedEvent
    ) -> dict[str, bytes]:
        """The parts beside one event, whatever became of it; SealNotForUs where one does not open."""
        grants = {r["audience"]: r["ciphertext"] for r in tx.fetch_all(QUERIES.list_grants, {"stream": event.stream})}
        return {part.name: self._open_part(event.stream, event.event_id, part, grants) for part in sealed.parts}

    def _open_part(
        self, stream: str, event_id: str, part: envelope_pb2.SealedPart, grants: Mapping[str, bytes]
    ) -> bytes:
        grant = grants.get(part.audience)
        if grant is None:
            raise errors.SealNotForUs(field=part.name, what=stream)
        key = self._open(stream, part.audience, grant)
        return sealing.open_part(key, part.ciphertext, stream=stream, part=part.name, event_id=event_id)

    def _open(self, stream: str, audience: str, ciphertext: bytes) -> bytes:
        key = self._keys.get(ciphertext)
        if key is None:
            key = sealing.open_grant(self._private, ciphertext, stream=stream, audience=audience)
            if len(self._keys) >= _CACHED_KEYS:
                self._keys.clear()
            self._keys[ciphertext] = key
        return key


def _own_audience(event_id: str) -> str:
    """Named by the event, so that no two nodes give different keys the same name."""
    return f"{AUDIENCE}-{event_id.replace('-', '')}"
