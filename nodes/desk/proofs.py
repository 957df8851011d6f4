"""The proof of an agreement, put together from the journal: who signed which text, and who certifies their keys.

Everything in it is what the authors signed, byte for byte, as it came in; this node adds one statement of its own, for
the QR of a print.
"""

from __future__ import annotations

from collections.abc import Iterator

from agreements.domain import printed, proof
from agreements.domain.documents import document_digest
from agreements.text import names_in
from nodes.core import NodeCore
from nodes.store import QUERIES
from tongban import errors
from tongban.retirement import Signing
from tongban.storage.base import Transaction
from tongban.v1 import agreement_pb2, envelope_pb2, event_pb2, lifecycle_pb2, proof_pb2, registry_pb2

Signatures = dict[str, str]
"""The signing events that count under a text, with the party that each is of."""


class ProofDesk:
    """Makes proofs for whoever may read an agreement."""

    def __init__(self, core: NodeCore) -> None:
        self._core = core

    async def get(self, request: registry_pb2.GetAgreementProofRequest) -> registry_pb2.GetAgreementProofResponse:
        """The proof of one text of an agreement, with the statement for its print."""
        agreement = self._core.shared.agreement(request.name)
        if agreement is None:
            raise errors.AgreementNotFound(field="name", name=request.name)
        digest, signatures = _text(agreement, request.document_digest)
        made = await self._core.database.run(
            lambda tx: _collect(tx, agreement.name, digest, signatures), read_only=True
        )
        made.printed.CopyFrom(self._statement(made, agreement))
        return registry_pb2.GetAgreementProofResponse(proof=made, agreement=agreement, titles=self._titles(agreement))

    def _statement(
        self, made: proof_pb2.AgreementProof, agreement: agreement_pb2.Agreement
    ) -> proof_pb2.PrintedAgreement:
        """What this node says on the print."""
        core = self._core
        verdict = proof.verify(made)
        statement = proof_pb2.PrintStatement(
            name=agreement.name,
            document_version=verdict.document.document_version,
            document_digest=verdict.digest,
            printer=core.name,
            state=_state_of(agreement, verdict.digest),
            party_count=len(verdict.document.parties),
            signature_count=len(verdict.signatures),
        )
        statement.print_time.FromDatetime(core.clock.now().replace(microsecond=0))
        signing = Signing.at(core.clock.now())
        core.shared.directory.check_may_sign(core.keys.signing_key_id, core.name, signing, field="printer")
        known = core.shared.directory.signing_key(core.keys.signing_key_id, field="printer")
        root = core.shared.directory.node(core.name).root_public_key
        own = printed.key_of(core.name, root, known.key)
        return printed.make(statement, own, core.keys.signing.sign, verdict.signatures)

    def _titles(self, agreement: agreement_pb2.Agreement) -> Iterator[registry_pb2.ResourceTitle]:
        shared = self._core.shared
        for name in sorted(names_in(agreement)):
            node, item = shared.directory.find(name), shared.item(name)
            title = node.profile.title if node is not None else item.document.title if item is not None else ""
            if title:
                yield registry_pb2.ResourceTitle(name=name, title=title)


def _text(agreement: agreement_pb2.Agreement, digest: bytes) -> tuple[bytes, Signatures]:
    """The text that was asked for, and the signatures that count under it."""
    texts: list[agreement_pb2.Agreement | agreement_pb2.AgreementText] = [agreement, agreement.amendment]
    for text in [*texts, *agreement.past]:
        if text.document_digest and digest in (b"", text.document_digest):
            return text.document_digest, {each.event_id: each.node for each in text.signatures}
    raise errors.FieldInvalid(
        field="document_digest",
        problem=f"{agreement.name} 没有摘要为 {digest.hex()[:16]} 的文本",
        problem_en=f"{agreement.name} has no text with the digest {digest.hex()[:16]}",
    )


def _state_of(agreement: agreement_pb2.Agreement, digest: bytes) -> lifecycle_pb2.AgreementState:
    """Where this text stands: an amendment waits, whatever the text in force does."""
    waits = digest == agreement.amendment.document_digest
    return lifecycle_pb2.AGREEMENT_STATE_PROPOSED if waits else agreement.state


def _collect(tx: Transaction, name: str, digest: bytes, signatures: Signatures) -> proof_pb2.AgreementProof:
    proposal: envelope_pb2.Envelope | None = None
    signed: list[envelope_pb2.Envelope] = []
    for event_id, envelope in _events(tx, name):
        event = event_pb2.Event.FromString(envelope.payload)
        raw = proof.text_of(event)
        if event_id in signatures:
            signed.append(envelope)
        elif raw is not None and document_digest(raw) == digest and not signed:
            proposal = envelope
    if proposal is None:
        raise errors.Damaged(what=f"{name}: {digest.hex()[:16]}")
    proposer = event_pb2.Event.FromString(proposal.payload).author
    wanted = {*signatures.values(), proposer}
    return proof.build(name, proposal, signed, {node: list(_key_events(tx, node)) for node in sorted(wanted)})


def _key_events(tx: Transaction, node: str) -> Iterator[envelope_pb2.Envelope]:
    for _, envelope in _events(tx, node):
        if event_pb2.Event.FromString(envelope.payload).WhichOneof("body") in ("node_registered", "node_keys_rotated"):
            yield envelope


def _events(tx: Transaction, stream: str) -> Iterator[tuple[str, envelope_pb2.Envelope]]:
    """A stream's folded events, in order."""
    after = 0
    while rows := tx.fetch_all(QUERIES.list_folded, {"stream": stream, "after": after}):
        for row in rows:
            yield row["event_id"], envelope_pb2.Envelope.FromString(row["envelope"])
        after = rows[-1]["version"]
