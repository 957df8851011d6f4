"""A proof verifies by itself; whatever is wrong with it is named, and whatever is no proof is refused."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.domain import printed, proof
from tests.agreements.making import set_date
from tests.agreements.proving import END, OFFICES, START, Office, print_of, proof_of, text_of
from tongban import errors
from tongban.v1 import agreement_pb2, proof_pb2

A, B, C, D = OFFICES
TEXT = text_of(OFFICES[:2])
WHOLE = proof_of(TEXT, [A, B], printer=A)
FILE = proof.to_file(WHOLE)


def copy() -> proof_pb2.AgreementProof:
    made = proof_pb2.AgreementProof()
    made.CopyFrom(WHOLE)
    return made


def flaws(made: proof_pb2.AgreementProof) -> list[tuple[str, str]]:
    return [(flaw.place, flaw.node) for flaw in proof.verify(made).flaws]


def test_a_whole_proof_tells_who_signed_which_text_and_with_which_key() -> None:
    verdict = proof.verify(proof.from_file(FILE))
    assert verdict.whole
    assert verdict.document == TEXT
    assert [(signed.node, signed.key_id) for signed in verdict.signatures] == [
        (office.name, office.keys.signing_key_id) for office in (A, B)
    ]
    assert verdict.proposal is not None
    assert verdict.proposal.node == A.name
    assert verdict.printed is not None
    assert [node for node, _ in verdict.printed.signed] == [A.name, B.name]


def test_equal_proofs_are_equal_files() -> None:
    assert proof.to_file(proof.from_file(FILE)) == FILE


def test_a_missing_signature_is_named_and_is_no_flaw() -> None:
    verdict = proof.verify(proof_of(TEXT, [B]))
    assert not verdict.whole
    assert (verdict.missing, verdict.flaws) == ((A.name,), ())


def test_among_signatories_two_are_enough_and_a_mandate_needs_its_issuer() -> None:
    alliance = text_of(OFFICES)
    alliance.entry = agreement_pb2.ENTRY_RULE_SIGNATORIES
    assert proof.verify(proof_of(alliance, [C, D])).whole
    assert proof.verify(proof_of(alliance, [D])).missing == (A.name, B.name, C.name)
    mandate = text_of(OFFICES[:2])
    mandate.kind, mandate.issuer = agreement_pb2.AGREEMENT_KIND_MANDATE, A.name
    assert proof.verify(proof_of(mandate, [A])).whole
    assert proof.verify(proof_of(mandate, [B])).missing == (A.name,)


def test_a_key_that_was_rotated_in_is_followed_to_the_root() -> None:
    rotating = Office.joined("nodes/e", 9)
    text = text_of([A, rotating])
    before = rotating.signs(text)
    rotating.rotate(10)
    rotating.rotate(11)
    made = proof_of(text, [A, rotating])
    assert proof.verify(made).whole
    made.signatures[1].CopyFrom(before)
    assert proof.verify(made).whole
    del made.nodes[1].events[1]  # the last rotation is signed by a key that nobody certified any more
    assert flaws(made) == [("proof.nodes[1].events[1]", "nodes/e")]
    made.signatures[1].CopyFrom(rotating.signs(text))
    assert flaws(made)[-1] == ("proof.signatures[1]", "nodes/e")


@pytest.mark.parametrize("revoked", [False, True])
def test_a_key_that_went_out_of_use_counts_for_what_it_signed_before(revoked: bool) -> None:
    office = Office.joined("nodes/f", 13)
    text = text_of([A, office])
    old = office.keys.signer()
    before = office.signs(text)
    office.rotate(14, revoked=revoked)
    made = proof_of(text, [A, office])
    made.signatures[1].CopyFrom(before)
    assert proof.verify(made).whole
    made.signatures[1].CopyFrom(office.signs(text, signer=old, at=START + dt.timedelta(hours=3)))
    assert flaws(made) == [("proof.signatures[1]", "nodes/f")]
    # What claims to be older drains under a retired key, and not under one that was revoked.
    made.signatures[1].CopyFrom(office.signs(text, signer=old))
    assert proof.verify(made).whole is not revoked
    # And it says nothing of keys any more.
    again = Office("nodes/f", office.keys, list(office.events), office.sequence)
    again.keys = dataclasses.replace(again.keys, signing=old._private)
    again.rotate(15)
    made.nodes[1].events.append(again.events[-1])
    assert ("proof.nodes[1].events[2]", "nodes/f") in flaws(made)


def test_an_amendment_is_signed_by_whom_it_drops_and_that_makes_up_for_nobody() -> None:
    amended = text_of([A, B], version=2)
    verdict = proof.verify(proof_of(amended, [A, C, B], printer=A))
    assert verdict.whole
    assert [signed.node for signed in verdict.signatures] == [A.name, B.name]
    assert [signed.node for signed in verdict.others] == [C.name]
    assert proof.verify(proof_of(amended, [A, C])).missing == (B.name,)


def _forge(made: proof_pb2.AgreementProof, impostor: Office) -> None:
    """B's signature under a key of somebody else's, who claims to be B."""
    forged = Office(B.name, impostor.keys)
    made.signatures[1].CopyFrom(forged.signs(TEXT))


def _other_root(made: proof_pb2.AgreementProof) -> None:
    """All of B's records are made anew, by a gateway that would like to speak for it."""
    fake = Office.joined(B.name, 77)
    made.nodes[1].CopyFrom(proof_pb2.NodeKeyEvents(node=B.name, events=fake.events))
    made.signatures[1].CopyFrom(fake.signs(TEXT))


def _other_text(made: proof_pb2.AgreementProof) -> None:
    other = text_of(OFFICES[:2], title="另一份")
    made.signatures[1].CopyFrom(B.signs(other))


def _other_agreement(made: proof_pb2.AgreementProof) -> None:
    made.signatures[1].CopyFrom(B.signs(text_of(OFFICES[:2], name="agreements/two")))


def _changed_text(made: proof_pb2.AgreementProof) -> None:
    """A new text in a proposal that its proposer really signed; the signatures are those under the old one."""
    changed = text_of(OFFICES[:2])
    set_date(changed.effective_date, dt.date(2024, 1, 1))
    proposed = agreement_pb2.AgreementProposed(document=changed.SerializeToString())
    made.proposal.CopyFrom(A.sign("agreement_proposed", proposed, stream=TEXT.name))


def _late(made: proof_pb2.AgreementProof) -> None:
    made.signatures[1].CopyFrom(B.signs(TEXT, at=END + dt.timedelta(seconds=1)))


def _outsider(made: proof_pb2.AgreementProof) -> None:
    made.signatures.append(C.signs(TEXT))
    made.nodes.append(proof_pb2.NodeKeyEvents(node=C.name, events=C.events))


WRONG: dict[str, tuple[Callable[[proof_pb2.AgreementProof], object], str, str]] = {
    "another's key": (lambda made: _forge(made, C), "proof.signatures[1]", B.name),
    "another root": (_other_root, "proof.nodes[1].events[0]", B.name),
    "another text": (_other_text, "proof.signatures[1]", B.name),
    "another agreement": (_other_agreement, "proof.signatures[1]", B.name),
    "a changed text": (_changed_text, "proof.document_digest", ""),
    "a key out of its dates": (_late, "proof.signatures[1]", B.name),
    "a signature of no party": (_outsider, "proof.signatures[2]", C.name),
    "a signature twice": (lambda made: made.signatures.append(made.signatures[0]), "proof.signatures[2]", A.name),
    "another digest": (lambda made: setattr(made, "document_digest", bytes(32)), "proof.document_digest", ""),
    "another name": (lambda made: setattr(made, "name", "agreements/two"), "proof.name", ""),
    "no keys": (lambda made: made.nodes.pop(), "proof.signatures[1]", B.name),
    "somebody's keys too many": (
        lambda made: made.nodes.append(proof_pb2.NodeKeyEvents(node=C.name, events=C.events)),
        "proof.nodes",
        C.name,
    ),
    "nodes in disorder": (lambda made: made.nodes.append(made.nodes.pop(0)), "proof.nodes", ""),
    "the proposal as a signature": (
        lambda made: made.signatures[1].CopyFrom(made.proposal),
        "proof.signatures[1]",
        A.name,
    ),
    "the print of another": (
        lambda made: made.printed.CopyFrom(print_of(proof_of(text_of(OFFICES[:2], name="agreements/two"), [A, B]), A)),
        "proof.printed",
        A.name,
    ),
    "the print of fewer signatures": (
        lambda made: made.printed.CopyFrom(print_of(proof_of(TEXT, [A]), A)),
        "proof.printed",
        A.name,
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_named_with_its_place_and_who_mends_it(what: str) -> None:
    change, place, node = WRONG[what]
    made = copy()
    change(made)
    verdict = proof.verify(made)
    assert not verdict.whole
    assert (place, node) in [(flaw.place, flaw.node) for flaw in verdict.flaws]
    for flaw in verdict.flaws:
        assert flaw.zh != flaw.en
        assert "?" not in flaw.zh


def test_a_proof_without_a_text_is_refused() -> None:
    made = copy()
    made.proposal.CopyFrom(made.signatures[0])
    with pytest.raises(errors.FieldInvalid):
        proof.verify(made)


def test_a_text_with_fields_that_nobody_knows_is_refused_because_it_cannot_be_read_whole() -> None:
    raw = TEXT.SerializeToString() + b"\xf8\x3f\x01"
    made = copy()
    proposed = agreement_pb2.AgreementProposed(document=raw)
    made.proposal.CopyFrom(A.sign("agreement_proposed", proposed, stream=TEXT.name))
    with pytest.raises(errors.FieldsUnknown):
        proof.verify(made)


def test_a_file_that_is_no_proof_is_refused() -> None:
    for raw, refusal in {
        b"": errors.MessageMalformed,
        b"%PDF-1.7": errors.MessageMalformed,
        proof.FIRST_LINE: errors.FieldInvalid,
        proof.FIRST_LINE + b"\xff": errors.MessageMalformed,
        FILE + b"\xf8\x3f\x01": errors.FieldsUnknown,
        FILE + b"\x08\x01": errors.MessageMalformed,  # the format once more: another writing of the same
        FILE + bytes(proof.MAXIMUM_BYTES): errors.MessageTooLarge,
    }.items():
        with pytest.raises(refusal):
            proof.from_file(raw)


def _outcome(raw: bytes) -> bool:
    """Whether a file counts as a whole proof; only a named refusal may stop it."""
    try:
        return proof.verify(proof.from_file(raw)).whole
    except errors.TongbanError:
        return False


@pytest.mark.slow
def test_no_bit_of_a_proof_can_be_another() -> None:
    chance = random.Random(20)
    for place in range(chance.randrange(3), len(FILE), 3):
        changed = bytearray(FILE)
        changed[place] ^= 1 << chance.randrange(8)
        assert not _outcome(bytes(changed)), place


def test_a_proof_that_was_cut_off_is_refused() -> None:
    made = copy()
    made.ClearField("printed")  # comes last, and the proof is as good without it
    for size in range(0, len(FILE), 7):
        assert not _outcome(FILE[:size]) or FILE[:size] == proof.to_file(made)


@given(st.binary(max_size=300))
def test_nothing_that_is_sent_makes_more_than_a_refusal(raw: bytes) -> None:
    assert not _outcome(raw)
    assert not _outcome(proof.FIRST_LINE + raw)
    assert not _outcome(FILE + raw) or raw == b""


# The QR


def _read(text: str) -> bool:
    try:
        return printed.verify(printed.from_text(text)).flaws == ()
    except errors.TongbanError:
        return False


ALONE = printed.to_text(print_of(proof_of(text_of(OFFICES), OFFICES), D))
BOTH = printed.to_text(WHOLE.printed)


def test_a_qr_verifies_by_itself_and_holds_the_parties_signatures_where_they_fit() -> None:
    alone, both = printed.verify(printed.from_text(ALONE)), printed.verify(printed.from_text(BOTH))
    assert (alone.flaws, alone.signed, alone.statement.printer) == ((), (), D.name)
    assert alone.statement.signature_count == 4
    assert both.flaws == ()
    assert [node for node, _ in both.signed] == [A.name, B.name]
    assert both.statement.document_digest == WHOLE.document_digest
    assert len(ALONE) < len(BOTH) <= printed.FITS


def test_a_scanner_may_change_letters_case_and_break_lines() -> None:
    assert _read(f" {ALONE[:50].lower()}\n{ALONE[50:]} ")


@pytest.mark.slow
@pytest.mark.parametrize("text", [ALONE, BOTH])
def test_no_character_of_a_qr_can_be_another(text: str) -> None:
    chance = random.Random(21)
    for place in range(len(text)):
        other = chance.choice([char for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" if char != text[place]])
        assert not _read(text[:place] + other + text[place + 1 :]), place


@given(st.text(max_size=200))
def test_no_text_makes_more_than_a_refusal(text: str) -> None:
    assert not _read(text)
    assert not _read(printed.PREFIX + text)
    assert not _read(printed.PREFIX + "A" * 5000)


def _changed(change: Callable[[proof_pb2.PrintedAgreement], object]) -> list[tuple[str, str]]:
    made = proof_pb2.PrintedAgreement()
    made.CopyFrom(WHOLE.printed)
    change(made)
    return [(flaw.place, flaw.node) for flaw in printed.verify(made).flaws]


def test_what_is_wrong_with_a_qr_is_named() -> None:
    other = proof_of(text_of(OFFICES[:2], name="agreements/two"), [A, B], printer=A).printed
    assert _changed(lambda made: setattr(made, "statement", other.statement))[0] == ("qr.signature", A.name)
    assert ("qr.signatures[0]", A.name) in _changed(lambda made: made.signatures[0].CopyFrom(other.signatures[0]))
    assert ("qr.keys[1]", B.name) in _changed(lambda made: setattr(made.keys[1], "root_signature", bytes(64)))
    assert ("qr.keys[0]", B.name) in _changed(lambda made: made.keys.reverse())
    assert ("qr.signatures", A.name) in _changed(lambda made: made.signatures.pop())
    assert ("qr.signatures", A.name) in _changed(lambda made: made.signatures[1].CopyFrom(made.signatures[0]))
    assert ("qr.signatures[0]", A.name) in _changed(lambda made: setattr(made.signatures[0], "key", 9))


def test_a_print_after_the_key_had_ended_is_named() -> None:
    late = proof_pb2.PrintStatement.FromString(WHOLE.printed.statement)
    late.print_time.FromDatetime(END + dt.timedelta(days=1))
    key = WHOLE.printed.keys[0]
    found = printed.verify(printed.make(late, key, A.keys.signing.sign)).flaws
    assert [flaw.place for flaw in found] == ["qr.statement.print_time"]
    assert END > START
