"""Events signed by their author, and what is sealed beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from tongban import errors
from tongban.signing import Signer, TreeSignature, Verifier
from tongban.v1 import envelope_pb2, event_pb2

EVENT_PAYLOAD_TYPE = "application/vnd.tongban.event.v1"
MAX_EVENT_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Opened:
    """An event out of its envelope: parsed once, with the digest of exactly the bytes that were signed."""

    event: event_pb2.Event
    digest: bytes
    wire: envelope_pb2.SignedEvent

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return self.wire.ByteSize()


def sign_events(signer: Signer, events: Sequence[event_pb2.Event]) -> list[Opened]:
    """Serialise and sign these events together: one signature serves them all."""
    payloads = [event.SerializeToString() for event in events]
    signatures = signer.sign_many([(EVENT_PAYLOAD_TYPE, payload) for payload in payloads])
    return [
        Opened(
            event, hashlib.sha256(payload).digest(), envelope_pb2.SignedEvent(envelope=_envelope(payload, signature))
        )
        for event, payload, signature in zip(events, payloads, signatures, strict=True)
    ]


def _envelope(payload: bytes, signature: TreeSignature) -> envelope_pb2.Envelope:
    return envelope_pb2.Envelope(
        payload_type=EVENT_PAYLOAD_TYPE,
        payload=payload,
        signature=envelope_pb2.TreeSignature(
            key_id=signature.key_id,
            value=signature.value,
            leaf_index=signature.leaf_index,
            tree_size=signature.tree_size,
            path=signature.path,
        ),
    )


def parse(wire: envelope_pb2.SignedEvent, *, field: str = "event") -> Opened:
    """Take an event out of its envelope without judging the signature (`verify` does)."""
    payload = wire.envelope.payload
    if len(payload) > MAX_EVENT_BYTES:
        raise errors.MessageTooLarge(field=f"{field}.envelope.payload", size=len(payload), limit=MAX_EVENT_BYTES)
    if wire.envelope.payload_type != EVENT_PAYLOAD_TYPE:
        raise errors.FieldInvalid(
            field=f"{field}.envelope.payload_type",
            problem=f"应为 {EVENT_PAYLOAD_TYPE} / it must be {EVENT_PAYLOAD_TYPE}",
        )
    try:
        event = event_pb2.Event.FromString(payload)
    except DecodeError as error:
        raise errors.MessageMalformed(field=f"{field}.envelope.payload", problem="不是事件 / it is no Event") from error
    return Opened(event, hashlib.sha256(payload).digest(), wire)


def verify(opened: Opened, verifier: Verifier, *, field: str = "event") -> None:
    """Check the author's signature over exactly the bytes received, and the digests of what is sealed beside them."""
    signature = opened.wire.envelope.signature
    verifier.verify(
        EVENT_PAYLOAD_TYPE,
        opened.wire.envelope.payload,
        TreeSignature(
            signature.key_id, signature.value, signature.leaf_index, signature.tree_size, tuple(signature.path)
        ),
        field=f"{field}.envelope.signature",
    )
    check_attachments(opened, field=field)


def check_attachments(opened: Opened, *, field: str = "event") -> None:
    """The parts and grants are exactly those whose digests the event holds, in its order."""
    expected = [(a.kind, a.digest) for a in opened.event.attachments]
    found = [
        (event_pb2.ATTACHMENT_KIND_PART, hashlib.sha256(part.ciphertext).digest()) for part in opened.wire.parts
    ] + [(event_pb2.ATTACHMENT_KIND_GRANT, hashlib.sha256(grant.ciphertext).digest()) for grant in opened.wire.grants]
    if expected != found:
        odd = next((d for _, d in found if d not in {d for _, d in expected}), b"") or next(
            (d for _, d in expected if d not in {d for _, d in found}), b""
        )
        raise errors.AttachmentMismatch(field=f"{field}.parts", digest=odd.hex()[:16] or "order")


def attach(
    event: event_pb2.Event, parts: Sequence[envelope_pb2.SealedPart], grants: Sequence[envelope_pb2.KeyGrant]
) -> None:
    """Write the digests of parts and grants into the event, before it is signed."""
    for part in parts:
        event.attachments.add(kind=event_pb2.ATTACHMENT_KIND_PART, digest=hashlib.sha256(part.ciphertext).digest())
    for grant in grants:
        event.attachments.add(kind=event_pb2.ATTACHMENT_KIND_GRANT, digest=hashlib.sha256(grant.ciphertext).digest())
