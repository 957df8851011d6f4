"""Nodes with real keys, and the events that a proof is made of."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from agreements.domain import printed, proof
from agreements.domain.documents import document_digest
from tests.agreements.making import clause, document
from tongban.clock import SeededEntropy
from tongban.journal.envelopes import sign_events
from tongban.keys import KeyStatement, NodeKeys, certify
from tongban.signing import Signer
from tongban.v1 import agreement_pb2, directory_pb2, envelope_pb2, event_pb2, lifecycle_pb2, proof_pb2

START = dt.datetime(2025, 6, 1, tzinfo=dt.UTC)
END = START + dt.timedelta(days=730)
PROFILE = directory_pb2.NodeProfile(
    title="甲市",
    region="a",
    time_zone="Asia/Shanghai",
    posts=[directory_pb2.PostEntry(id="window-1", title="一号窗口", time_zone="Asia/Shanghai")],
    lifecycle_versions=[1],
)


@dataclass(slots=True)
class Office:
    """A node: its keys, and its directory events so far."""

    name: str
    keys: NodeKeys
    events: list[envelope_pb2.Envelope] = field(default_factory=list)
    sequence: int = 0

    @classmethod
    def joined(cls, name: str, seed: int) -> Office:
        made = cls(name, NodeKeys.generate(SeededEntropy(seed)))
        registered = directory_pb2.NodeRegistered(
            root_public_key=made.keys.root_public, keys=made.node_keys(), profile=PROFILE
        )
        made.events.append(made.sign("node_registered", registered, stream=name))
        return made

    def node_keys(self, *, start: dt.datetime = START, end: dt.datetime = END) -> list[directory_pb2.NodeKey]:
        return [_node_key(self.keys, statement) for statement in self.keys.statements(self.name, start, end)]

    def rotate(self, seed: int, *, revoked: bool = False, at: dt.datetime = START + dt.timedelta(hours=2)) -> None:
        """Another signing key, certified by the same root, announced under the old one."""
        fresh = NodeKeys.generate(SeededEntropy(seed))
        old = self.keys
        self.keys = NodeKeys(root=old.root, signing=fresh.signing, sealing=fresh.sealing, tls=old.tls)
        gone = [old.signing_key_id] if revoked else []
        rotated = directory_pb2.NodeKeysRotated(keys=self.node_keys(), revoked_key_ids=gone)
        self.events.append(self.sign("node_keys_rotated", rotated, stream=self.name, at=at, signer=old.signer()))

    def event(self, body: str, message: Any, *, stream: str, at: dt.datetime = START) -> event_pb2.Event:
        self.sequence += 1
        event = event_pb2.Event(
            event_id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.name}/{self.sequence}")),
            stream=stream,
            lifecycle_version=1,
            author=self.name,
            incarnation=1,
            sequence=self.sequence,
        )
        event.claim_time.FromDatetime(at)
        getattr(event, body).CopyFrom(message)
        return event

    def sign(
        self,
        body: str,
        message: Any,
        *,
        stream: str,
        at: dt.datetime = START + dt.timedelta(hours=1),
        signer: Signer | None = None,
    ) -> envelope_pb2.Envelope:
        [opened] = sign_events(signer or self.keys.signer(), [self.event(body, message, stream=stream, at=at)])
        return opened.wire.envelope

    def signs(self, text: agreement_pb2.AgreementDocument, **options: Any) -> envelope_pb2.Envelope:
        signed = agreement_pb2.AgreementSigned(document_digest=document_digest(text.SerializeToString()))
        return self.sign("agreement_signed", signed, stream=text.name, **options)


def _node_key(keys: NodeKeys, statement: KeyStatement) -> directory_pb2.NodeKey:
    purpose = directory_pb2.KEY_PURPOSE_SIGN if statement.purpose == "sign" else directory_pb2.KEY_PURPOSE_SEAL
    key = directory_pb2.NodeKey(
        key_id=statement.key_id,
        purpose=purpose,
        public_key=statement.public,
        root_signature=certify(keys.root, statement),
    )
    key.valid_from_time.FromDatetime(statement.not_before)
    key.valid_until_time.FromDatetime(statement.not_after)
    return key


OFFICES = tuple(Office.joined(f"nodes/{letter}", seed) for seed, letter in enumerate("abcd", 1))


def text_of(offices: Sequence[Office], *, title: str = "", **options: Any) -> agreement_pb2.AgreementDocument:
    """A text that pins these offices' real roots."""
    names = [office.name for office in offices]
    made = document(clause(accepting=names[1:]), parties=names, **options)
    for party, office in zip(made.parties, offices, strict=True):
        party.root_fingerprint = bytes.fromhex(office.keys.fingerprint.replace(" ", ""))
    made.title = title or made.title
    return made


def proof_of(
    text: agreement_pb2.AgreementDocument,
    signed: Iterable[Office],
    *,
    proposer: Office = OFFICES[0],
    printer: Office | None = None,
) -> proof_pb2.AgreementProof:
    """The proof that these offices signed this text."""
    signers = list(signed)
    proposed = agreement_pb2.AgreementProposed(document=text.SerializeToString())
    made = proof.build(
        text.name,
        proposer.sign("agreement_proposed", proposed, stream=text.name),
        [office.signs(text) for office in signers],
        {office.name: office.events for office in [proposer, *signers]},
    )
    if printer is not None:
        made.printed.CopyFrom(print_of(made, printer))
    return made


def print_of(made: proof_pb2.AgreementProof, printer: Office) -> proof_pb2.PrintedAgreement:
    """What a print's QR says."""
    verdict = proof.verify(made)
    statement = proof_pb2.PrintStatement(
        name=made.name,
        document_version=verdict.document.document_version,
        document_digest=made.document_digest,
        printer=printer.name,
        state=lifecycle_pb2.AGREEMENT_STATE_SIGNED,
        party_count=len(verdict.document.parties),
        signature_count=len(verdict.signatures),
    )
    statement.print_time.FromDatetime(START + dt.timedelta(days=1))
    key = printed.key_of(printer.name, printer.keys.root_public, printer.node_keys()[0])
    return printed.make(statement, key, printer.keys.signing.sign, verdict.signatures)
