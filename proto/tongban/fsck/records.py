"""What one event's row, one batch's row and what is sealed beside them must be."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from google.protobuf.message import DecodeError

from tongban import errors, merkle
from tongban.fsck.keys import KeyHistory
from tongban.fsck.report import Finding, Key, Phase, Remedy, Report, short
from tongban.journal import envelopes
from tongban.journal.admissions import ADMISSION_TYPE
from tongban.journal.envelopes import EVENT_PAYLOAD_TYPE, Opened
from tongban.pae import pae
from tongban.signing import TreeSignature, Verifier
from tongban.v1 import envelope_pb2, event_pb2

_CACHED = 8192


@dataclass(frozen=True, slots=True)
class JournalRow:
    """An event's row in either journal, with what is sealed beside it.  `version` is None where it has no place yet."""

    stream: str
    version: int | None
    event_id: str
    digest: bytes
    author: str
    envelope: bytes
    receipt: bytes | None
    sealed: bytes | None
    sealed_stream: str | None
    batch_id: str | None = None


@dataclass(frozen=True, slots=True)
class Admissions:
    """Batches by id, as stored; parsed ones are kept for the next event of the batch."""

    fetch: Callable[[str], bytes | None]
    cache: OrderedDict[str, envelope_pb2.AdmissionHeader | None]

    @classmethod
    def over(cls, fetch: Callable[[str], bytes | None]) -> Admissions:
        """`fetch` gives a batch's signed header."""
        return cls(fetch, OrderedDict())

    def header(self, batch_id: str) -> envelope_pb2.AdmissionHeader | None:
        """The batch's header, or None where there is none that can be read."""
        if batch_id not in self.cache:
            self.cache[batch_id] = _header(self.fetch(batch_id))
            if len(self.cache) > _CACHED:
                self.cache.popitem(last=False)
        return self.cache[batch_id]


def _header(signed: bytes | None) -> envelope_pb2.AdmissionHeader | None:
    if signed is None:
        return None
    try:
        return envelope_pb2.AdmissionHeader.FromString(envelope_pb2.SignedAdmission.FromString(signed).header)
    except DecodeError:
        return None


def check_admission(
    report: Report, batch_id: str, signed: bytes, keys: Mapping[str, bytes]
) -> envelope_pb2.AdmissionHeader | None:
    """A batch's signed header: by a key of the gateway's, of this batch, with at least one event."""

    def bad(kind: str, expected: str, found: object) -> None:
        report.add(
            Finding(
                Phase.ADMISSIONS,
                "admissions",
                kind,
                {"batch_id": batch_id},
                expected,
                short(found),
                Remedy.JOURNAL,
            )
        )

    try:
        admission = envelope_pb2.SignedAdmission.FromString(signed)
        header = envelope_pb2.AdmissionHeader.FromString(admission.header)
    except DecodeError:
        bad("unreadable", "SignedAdmission", signed)
        return None
    public = keys.get(admission.key_id)
    if public is None:
        bad("key", f"网关的回执密钥 / one of the gateway's receipt keys: {', '.join(sorted(keys))}", admission.key_id)
        return None
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(admission.signature, pae(ADMISSION_TYPE, admission.header))
    except InvalidSignature:
        bad("signature", f"{admission.key_id} 的签名 / its signature", admission.signature)
        return None
    if header.batch_id != batch_id:
        bad("differs", f"batch_id {batch_id}", header.batch_id)
        return None
    return header


class EventRecords:
    """Checks events' rows one by one, in stream order."""

    def __init__(self, report: Report, keys: KeyHistory, admissions: Admissions) -> None:
        self._report = report
        self._keys = keys
        self._admissions = admissions
        self._verifier = Verifier(keys.public_key)

    def check(self, row: JournalRow, predecessor: bytes | None) -> Opened | None:
        """The event, if its bytes can be used; everything wrong with the row is reported.

        `predecessor`: the head before it by the bytes before it, or None where those are not known.
        """
        opened = _opened(row)
        if opened is None:
            self._bad(row, "unreadable", "Envelope, Event", row.envelope)
            return None
        if row.digest != opened.digest:
            self._bad(row, "digest", short(opened.digest), row.digest)
        event = opened.event
        for column, said in (("event_id", event.event_id), ("stream", event.stream), ("author", event.author)):
            if getattr(row, column) != said:
                self._bad(row, "differs", f"{column} {said}", getattr(row, column))
        header = self._receipt(row, opened, predecessor)
        # Without a receipt nobody but the author has said when it was, and its clock may be wrong.
        self._signed(row, opened, header.admit_time.ToDatetime(dt.UTC) if header is not None else None)
        self._sealed(row, opened)
        return opened

    def _signed(self, row: JournalRow, opened: Opened, at: dt.datetime | None) -> None:
        signature = opened.wire.envelope.signature
        tree = TreeSignature(
            signature.key_id, signature.value, signature.leaf_index, signature.tree_size, tuple(signature.path)
        )
        try:
            self._verifier.verify(EVENT_PAYLOAD_TYPE, opened.wire.envelope.payload, tree)
        except errors.KeyUnknown:
            self._bad(row, "key", f"{opened.event.author} 的签名密钥 / a key of its author", signature.key_id)
            return
        except errors.TongbanError as error:
            self._bad(row, "signature", f"{signature.key_id} 的签名 / its signature", str(error))
            return
        if problem := self._keys.problem(signature.key_id, opened.event.author, at, opened.event):
            self._bad(row, "key", f"{opened.event.author} 当时的签名密钥 / a key of its author then", problem)
        elif problem := self._keys.certified(opened.event):
            self._bad(row, "key", "根密钥的认证 / keys certified by the node's root", problem)

    def _receipt(
        self, row: JournalRow, opened: Opened, predecessor: bytes | None
    ) -> envelope_pb2.AdmissionHeader | None:
        if row.receipt is None:
            return None
        try:
            receipt = envelope_pb2.Receipt.FromString(row.receipt)
            leaf = envelope_pb2.AdmissionLeaf.FromString(receipt.leaf)
        except DecodeError:
            self._bad(row, "unreadable", "Receipt", row.receipt)
            return None
        if row.batch_id is not None and row.batch_id != receipt.batch_id:
            self._bad(row, "differs", f"batch_id {receipt.batch_id}", row.batch_id)
        header = self._admissions.header(receipt.batch_id)
        if header is None:
            self._no_batch(row, receipt.batch_id)
            return None
        wanted = (opened.event.event_id, opened.digest, row.stream, row.version)
        found = (leaf.event_id, leaf.event_digest, leaf.stream, leaf.version)
        if wanted != found:
            said = next((a, b) for a, b in zip(wanted, found, strict=True) if a != b)
            self._bad(row, "receipt", short(said[0]), said[1])
            return header
        if predecessor is not None and leaf.predecessor != predecessor:
            self._bad(row, "history", f"前一事件 predecessor {short(predecessor)}", leaf.predecessor)
        try:
            path = list(receipt.path)
            root = merkle.root_from_path(merkle.leaf_hash(receipt.leaf), receipt.leaf_index, header.size, path)
        except errors.TongbanError:
            root = b""
        if root != header.root:
            self._bad(row, "receipt", f"到批次 {receipt.batch_id} 的路径 / a path to its batch's root", root)
        return header

    def _no_batch(self, row: JournalRow, batch_id: str) -> None:
        if self._admissions.fetch(batch_id) is not None:
            return  # it is there and cannot be read, which is said of it
        self._report.add(
            Finding(
                Phase.ADMISSIONS,
                "admissions",
                "missing",
                {"batch_id": batch_id},
                f"{row.stream}@{row.version} 的批次 / the batch of this event",
                "无 (none)",
                Remedy.JOURNAL,
            )
        )

    def _sealed(self, row: JournalRow, opened: Opened) -> None:
        key: Key = {"event_id": row.event_id}

        def bad(kind: str, expected: str, found: object) -> None:
            self._report.add(
                Finding(
                    Phase.SEALED,
                    "sealed",
                    kind,
                    key,
                    expected,
                    short(found),
                    Remedy.JOURNAL,
                    row.stream,
                    row.version or 0,
                )
            )

        wanted = len(opened.event.attachments)
        if row.sealed is None:
            if wanted:
                bad("missing", f"{wanted} 个密封件 / sealed parts", "无 (none)")
            return
        if not wanted:
            bad("extra", "无密封件 / nothing sealed", row.sealed)
            return
        sealed = envelope_pb2.SignedEvent()
        try:
            sealed.ParseFromString(row.sealed)
            envelopes.check_attachments(Opened(opened.event, opened.digest, sealed))
        except DecodeError:
            bad("unreadable", "SignedEvent", row.sealed)
        except errors.AttachmentMismatch as error:
            bad("digest", "事件所列摘要 / the digests that the event holds", error.facts["digest"])
        else:
            if row.sealed_stream != row.stream:
                bad("differs", f"stream {row.stream}", row.sealed_stream)

    def _bad(self, row: JournalRow, kind: str, expected: str, found: object) -> None:
        self._report.add(event_finding(row.stream, row.version, row.event_id, kind, expected, found))


def event_finding(stream: str, version: int | None, event_id: str, kind: str, expected: str, found: object) -> Finding:
    """Something wrong with the event at a place."""
    phase = Phase.DIRECTORY if stream.startswith("nodes/") else Phase.EVENTS
    key: Key = {"stream": stream, "version": version} if version is not None else {"event_id": event_id}
    return Finding(phase, "events", kind, key, expected, short(found), Remedy.JOURNAL, stream, version or 0)


def _opened(row: JournalRow) -> Opened | None:
    wire = envelope_pb2.SignedEvent()
    try:
        wire.envelope.ParseFromString(row.envelope)
        event = event_pb2.Event.FromString(wire.envelope.payload)
    except DecodeError:
        return None
    if wire.envelope.payload_type != EVENT_PAYLOAD_TYPE:
        return None
    return Opened(event, hashlib.sha256(wire.envelope.payload).digest(), wire)
