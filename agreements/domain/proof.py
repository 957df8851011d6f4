"""The proof of an agreement: what it holds, and how anybody checks it without a line.

A proof is one file: a first line that says what it is, then an `AgreementProof`.  In it are the event that put the
text before the parties (the text's bytes are in that event), each party's signing event, and of every node concerned
the directory events that certify its signing keys.  Nothing in it has to be believed:

    the text          pins the SHA-256 of each party's root key
    a root key        vouches for working keys, in the node's own registration and rotations
    a working key     signed the event, over exactly the bytes that are here
    a signing event   names the SHA-256 of the text

So `verify` starts from the text alone and needs no directory, no gateway and no clock.  It answers with a `Verdict`:
who signed, when and with which key; whose signature the text still needs; and every flaw, each with the place where it
stands and the node that can mend it.  A file that is no proof at all is refused by an error instead.

Promised: a proof in which a bit was changed is refused or has a flaw; no input raises anything but a `TongbanError`.

An amendment is signed by those whom it drops, too.  The text that they left does not pin their roots, so their
signatures are checked and told apart, and none of them makes up for a party's.

Not judged here: whether the agreement was suspended, amended or terminated afterwards, because a paper cannot know
what came after it; and whether the root keys are whose they are said to be, which two parties settle by reading their
fingerprints to each other.  A signing key counts within its dates by the time that the signing event claims.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from google.protobuf.message import DecodeError

from agreements.domain import documents, printed
from agreements.domain.certificates import Flaw, Keyring, Signed, said
from agreements.domain.fields import check_fields
from agreements.domain.texts import missing
from tongban import errors
from tongban.journal import envelopes
from tongban.v1 import agreement_pb2, envelope_pb2, event_pb2, proof_pb2
from tongban.validation import check

FIRST_LINE: Final = b"TONGBAN-AGREEMENT-PROOF-1\n"
"""What a file of a proof begins with."""

MAXIMUM_BYTES: Final = 4 * 1024 * 1024
"""No proof is larger: 500 parties that rotated their keys a few times each need a third of it."""

TEXT_EVENTS: Final = ("agreement_proposed", "agreement_revised", "amendment_proposed")
"""The events that put a text before the parties."""

_Document = agreement_pb2.AgreementDocument


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a proof proves."""

    document: _Document
    digest: bytes
    proposal: Signed | None
    signatures: tuple[Signed, ...]
    others: tuple[Signed, ...]
    """Who signed an amendment and is no party of it any more: their roots are not pinned here."""
    missing: tuple[str, ...]
    flaws: tuple[Flaw, ...]
    printed: printed.Print | None = None

    @property
    def whole(self) -> bool:
        """Nothing is wrong, and every signature that the text needs is there."""
        return not self.flaws and not self.missing


def to_file(proof: proof_pb2.AgreementProof) -> bytes:
    """The file of a proof."""
    return FIRST_LINE + proof.SerializeToString(deterministic=True)


def from_file(raw: bytes) -> proof_pb2.AgreementProof:
    """The proof in a file; a refusal where it is none, is too large, or is not in the one form that is written."""
    if len(raw) > MAXIMUM_BYTES:
        raise errors.MessageTooLarge(field="proof", size=len(raw), limit=MAXIMUM_BYTES)
    if not raw.startswith(FIRST_LINE):
        raise errors.MessageMalformed(field="proof", problem="不是协议证明", problem_en="not the proof of an agreement")
    proof = proof_pb2.AgreementProof()
    try:
        proof.ParseFromString(raw[len(FIRST_LINE) :])
    except DecodeError:
        raise errors.MessageMalformed(
            field="proof", problem="内容不完整或被改动", problem_en="cut off, or changed"
        ) from None
    check(proof, where="proof", refuse_unknown=True)
    if to_file(proof) != raw:
        raise errors.MessageMalformed(
            field="proof", problem="不是规定的写法", problem_en="not in the one form that is written"
        )
    return proof


def text_of(event: event_pb2.Event) -> bytes | None:
    """The bytes of the text that an event puts before the parties; None where it does not."""
    body = event.WhichOneof("body")
    return getattr(event, body).document if body in TEXT_EVENTS else None


def verify(proof: proof_pb2.AgreementProof) -> Verdict:
    """Check everything in a proof.  Refused by an error is only what has no readable text."""
    wire = envelope_pb2.SignedEvent(envelope=proof.proposal)
    event = envelopes.parse(wire, field="proof.proposal").event
    raw = text_of(event)
    if raw is None:
        raise errors.FieldInvalid(
            field="proof.proposal", problem="不是提出文本的事件", problem_en="not an event that proposes a text"
        )
    document = documents.read(raw, "proof.proposal.document")
    check_fields(document, "proof.proposal.document")
    return _Check(proof, document, documents.document_digest(raw)).verdict()


@dataclass(slots=True)
class _Check:
    """One proof under examination."""

    proof: proof_pb2.AgreementProof
    document: _Document
    digest: bytes
    flaws: list[Flaw] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def verdict(self) -> Verdict:
        """Everything, in the order in which a person would ask."""
        self._check_names()
        pins = {party.node: party.root_fingerprint for party in self.document.parties}
        rings = self._keyrings(pins)
        proposal = self._opened(self.proof.proposal, "proposal", rings)
        signed = self._signatures(rings, pins)
        signatures = [each for each in signed if each.node in pins]
        self._check_superfluous(rings)
        shown = self._printed(pins, len(signatures))
        return Verdict(
            document=self.document,
            digest=self.digest,
            proposal=proposal,
            signatures=tuple(signatures),
            others=tuple(each for each in signed if each.node not in pins),
            missing=missing(self.document, {signed.node for signed in signatures}),
            flaws=tuple(self.flaws),
            printed=shown,
        )

    def _check_names(self) -> None:
        if self.proof.document_digest != self.digest:
            self._flaw("document_digest", "证明所载摘要不是所附文本的摘要", "the digest is not that of the text within")
        if self.proof.name != self.document.name:
            self._flaw(
                "name",
                f"证明称其属于 {self.proof.name},所附文本属于 {self.document.name}",
                f"it names {self.proof.name}, and the text within is of {self.document.name}",
            )

    def _keyrings(self, pins: dict[str, bytes]) -> dict[str, Keyring]:
        rings: dict[str, Keyring] = {}
        names = [entry.node for entry in self.proof.nodes]
        if names != sorted(set(names)):
            self._flaw("nodes", "节点未按名称排列,或有重复", "the nodes are not in name order, or one is there twice")
        for place, entry in enumerate(self.proof.nodes):
            ring = Keyring.read(entry, pins.get(entry.node), f"nodes[{place}]")
            self.flaws.extend(ring.flaws)
            rings.setdefault(entry.node, ring)
        return rings

    def _signatures(self, rings: dict[str, Keyring], pins: dict[str, bytes]) -> list[Signed]:
        found: dict[str, Signed] = {}
        for place, envelope in enumerate(self.proof.signatures):
            where = f"signatures[{place}]"
            signed = self._opened(envelope, where, rings)
            if signed is None:
                continue
            if signed.event.WhichOneof("body") != "agreement_signed":
                self._flaw(where, "不是签署事件", "not a signing event", signed.node)
            elif signed.event.agreement_signed.document_digest != self.digest:
                self._flaw(where, f"{signed.node} 签署的是另一文本", f"{signed.node} signed another text", signed.node)
            elif signed.node not in pins and self.document.document_version == 1:
                self._flaw(where, f"{signed.node} 不是参与方", f"{signed.node} is not a party", signed.node)
            elif signed.node in found:
                self._flaw(where, f"{signed.node} 的签署出现两次", f"{signed.node} is there twice", signed.node)
            else:
                found[signed.node] = signed
        return list(found.values())

    def _opened(self, envelope: envelope_pb2.Envelope, where: str, rings: dict[str, Keyring]) -> Signed | None:
        """An event under a good signature of its author's; None, and a flaw, otherwise."""
        try:
            opened = envelopes.parse(envelope_pb2.SignedEvent(envelope=envelope), field=where)
            check(opened.event, where=where)
        except errors.TongbanError as error:
            self._flaw(where, error.text("zh"), error.text("en"))
            return None
        author = opened.event.author
        self.used.add(author)
        if opened.event.stream != self.document.name:
            self._flaw(where, f"事件属于 {opened.event.stream}", f"the event is of {opened.event.stream}", author)
            return None
        ring = rings.get(author)
        if ring is None:
            self._flaw(where, f"没有 {author} 的密钥记录", f"no record of the keys of {author} is there", author)
            return None
        signed = ring.opened(opened, where)
        if isinstance(signed, Flaw):
            self.flaws.append(signed)
            return None
        return signed

    def _check_superfluous(self, rings: Iterable[str]) -> None:
        for node in sorted(set(rings) - self.used):
            self._flaw("nodes", f"{node} 与本证明无关", f"{node} has no part in this proof", node)

    def _printed(self, pins: dict[str, bytes], signatures: int) -> printed.Print | None:
        if not self.proof.HasField("printed"):
            return None
        try:
            shown = printed.verify(self.proof.printed)
        except errors.TongbanError as error:
            self._flaw("printed", error.text("zh"), error.text("en"))
            return None
        self.flaws.extend(shown.flaws)
        said_of = shown.statement
        if (said_of.name, said_of.document_digest) != (self.document.name, self.digest):
            self._flaw(
                "printed",
                f"打印声明属于 {said_of.name},摘要 {said(said_of.document_digest)},不是本文本",
                f"the print's statement is of {said_of.name}, digest {said(said_of.document_digest)}: another text",
                said_of.printer,
            )
        elif said_of.document_version != self.document.document_version:
            self._flaw("printed", "打印声明的版本与文本不符", "the print names another version", said_of.printer)
        elif (said_of.party_count, said_of.signature_count) != (len(pins), signatures):
            self._flaw(
                "printed",
                f"打印时有 {said_of.party_count} 方、{said_of.signature_count} 份签署,"
                f"此处为 {len(pins)} 方、{signatures} 份",
                f"{said_of.party_count} parties and {said_of.signature_count} signatures were printed, "
                f"here are {len(pins)} and {signatures}",
                said_of.printer,
            )
        for owner, root in shown.roots.items():
            if owner in pins and hashlib.sha256(root).digest() != pins[owner]:
                self._flaw("printed", f"{owner} 的根密钥与文本所载指纹不符", f"not the root key of {owner}", owner)
        return shown

    def _flaw(self, place: str, zh: str, en: str, node: str = "") -> None:
        self.flaws.append(Flaw(f"proof.{place}", zh, en, node))


def build(
    name: str,
    proposal: envelope_pb2.Envelope,
    signatures: Sequence[envelope_pb2.Envelope],
    nodes: Mapping[str, Sequence[envelope_pb2.Envelope]],
) -> proof_pb2.AgreementProof:
    """A proof of these events, as they came from a journal."""
    raw = text_of(event_pb2.Event.FromString(proposal.payload)) or b""
    return proof_pb2.AgreementProof(
        format=1,
        name=name,
        document_digest=documents.document_digest(raw),
        proposal=proposal,
        signatures=signatures,
        nodes=[proof_pb2.NodeKeyEvents(node=node, events=nodes[node]) for node in sorted(nodes)],
    )
