"""A node gives out the proof of what was signed, from its own journal, and it verifies without the node."""

from __future__ import annotations

import pytest

from agreements.domain import printed, proof
from tests.nodes.kit import ACCEPTING, HOME, Address, Office, office
from tongban import errors
from tongban.v1 import registry_pb2

NAME = "agreements/zhangzhou-chaozhou-shantou"


async def _proof(o: Office, digest: bytes = b"") -> registry_pb2.GetAgreementProofResponse:
    request = registry_pb2.GetAgreementProofRequest(name=NAME, document_digest=digest)
    return await o.accepting.desks.registry.get_agreement_proof(o.accepting.staff(), request)


async def test_every_node_can_prove_what_its_partners_signed(address: Address) -> None:
    async with office(address) as o:
        given = await _proof(o)
        verdict = proof.verify(proof.from_file(proof.to_file(given.proof)))
        assert verdict.whole
        assert [signed.node for signed in verdict.signatures] == [each.node for each in given.agreement.signatures]
        assert {signed.node for signed in verdict.signatures} == {f"nodes/{HOME}", f"nodes/{ACCEPTING}"}
        assert verdict.digest == given.agreement.document_digest
        assert verdict.printed is not None
        assert verdict.printed.statement.printer == f"nodes/{ACCEPTING}"
        assert len(printed.to_text(given.proof.printed)) <= printed.FITS
        titles = {each.name: each.title for each in given.titles}
        assert titles[f"nodes/{HOME}"]
        assert set(verdict.document.clauses[0].items) <= set(titles)
        # Which text may be said; with the present one's digest it is the same proof.
        assert (await _proof(o, verdict.digest)).proof.proposal == given.proof.proposal


async def test_a_text_or_an_agreement_that_nobody_knows_is_refused(sqlite: Address) -> None:
    async with office(sqlite) as o:
        with pytest.raises(errors.FieldInvalid):
            await _proof(o, bytes(32))
        unknown = registry_pb2.GetAgreementProofRequest(name="agreements/nobody")
        with pytest.raises(errors.AgreementNotFound):
            await o.home.desks.registry.get_agreement_proof(o.home.staff(), unknown)
