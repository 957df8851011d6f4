"""Envelopes and receipts: what was signed comes back byte for byte, and what was touched does not."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongban import errors
from tongban.clock import SeededEntropy
from tongban.journal import envelopes
from tongban.journal.admissions import Admission, AdmissionVerifier, make_admission
from tongban.journal.envelopes import MAX_EVENT_BYTES, attach, check_attachments, parse, sign_events, verify
from tongban.keys import NodeKeys
from tongban.signing import Verifier
from tongban.v1 import envelope_pb2, event_pb2

KEYS = NodeKeys.generate(SeededEntropy(1))
OTHERS = NodeKeys.generate(SeededEntropy(2))
NOW = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)

events = st.builds(
    event_pb2.Event,
    event_id=st.uuids().map(str),
    stream=st.from_regex(r"\A(applications|parcels)/[A-Z0-9]{1,20}\Z"),
    lifecycle_version=st.integers(0, 2**32 - 1),
    expected_version=st.integers(0, 2**64 - 1),
    expected_head=st.binary(max_size=32),
    author=st.just("nodes/350600"),
    incarnation=st.integers(0, 2**32 - 1),
    sequence=st.integers(0, 2**64 - 1),
    actor=st.text(max_size=20),
)
leaves = st.builds(
    envelope_pb2.AdmissionLeaf,
    event_id=st.uuids().map(str),
    event_digest=st.binary(min_size=32, max_size=32),
    stream=st.text(max_size=30),
    version=st.integers(0, 2**64 - 1),
    predecessor=st.binary(max_size=32),
)


def _verifier() -> Verifier:
    return Verifier({KEYS.signing_key_id: KEYS.signing_public}.get)


@given(st.lists(events, min_size=1, max_size=9))
@settings(max_examples=60)
def test_what_is_signed_together_verifies_alone(made: list[event_pb2.Event]) -> None:
    for event, opened in zip(made, sign_events(KEYS.signer(), made), strict=True):
        wire = envelope_pb2.SignedEvent.FromString(opened.wire.SerializeToString())
        again = parse(wire)
        verify(again, _verifier())
        assert again.event == event
        assert again.digest == opened.digest == hashlib.sha256(wire.envelope.payload).digest()


@given(events, st.data())
@settings(max_examples=150)
def test_what_was_touched_does_not_verify(event: event_pb2.Event, data: st.DataObject) -> None:
    filler = event_pb2.Event(event_id="x")
    opened = sign_events(KEYS.signer(), [filler, event, filler])[1]
    envelope = opened.wire.envelope
    part = data.draw(st.sampled_from(["payload", "value", "path", "leaf_index", "tree_size", "key_id"]))
    signature = envelope.signature
    match part:
        case "payload":
            envelope.payload = _flipped(envelope.payload, data)
        case "value":
            signature.value = _flipped(signature.value, data)
        case "path":
            signature.path[data.draw(st.integers(0, 1))] = data.draw(st.binary(max_size=40))
        case "leaf_index":
            signature.leaf_index = data.draw(st.integers(0, 2**32 - 1).filter(lambda n: n != 1))
        case "tree_size":
            signature.tree_size = data.draw(st.integers(0, 2**32 - 1).filter(lambda n: n != 3))
        case _:
            signature.key_id = OTHERS.signing_key_id
    try:
        again = parse(opened.wire)
    except errors.MessageMalformed:
        return
    with pytest.raises((errors.SignatureInvalid, errors.KeyUnknown)):
        verify(again, _verifier())


def _flipped(raw: bytes, data: st.DataObject) -> bytes:
    changed = bytearray(raw)
    changed[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    return bytes(changed)


@given(
    st.lists(st.binary(min_size=1, max_size=60), max_size=4, unique=True),
    st.lists(st.binary(min_size=1, max_size=60), max_size=4, unique=True),
    st.data(),
)
@settings(max_examples=60)
def test_attachments_are_exactly_those_of_the_event(
    ciphertexts: list[bytes], granted: list[bytes], data: st.DataObject
) -> None:
    parts = [envelope_pb2.SealedPart(name="p", ciphertext=c) for c in ciphertexts]
    grants = [envelope_pb2.KeyGrant(ciphertext=c) for c in granted]
    event = event_pb2.Event(event_id="x")
    attach(event, parts, grants)
    opened = sign_events(KEYS.signer(), [event])[0]
    opened.wire.parts.extend(parts)
    opened.wire.grants.extend(grants)
    check_attachments(opened)
    if not parts and not grants:
        return
    wire = opened.wire
    listed = wire.parts if parts and (not grants or data.draw(st.booleans())) else wire.grants
    match data.draw(st.sampled_from(["drop", "double", "change"])):
        case "drop":
            del listed[data.draw(st.integers(0, len(listed) - 1))]
        case "double":
            listed.add().CopyFrom(listed[0])  # type: ignore[arg-type]
        case _:
            listed[0].ciphertext += b"!"
    with pytest.raises(errors.AttachmentMismatch):
        check_attachments(opened)


def test_a_payload_has_a_limit_and_a_type() -> None:
    opened = sign_events(KEYS.signer(), [event_pb2.Event(actor="x" * MAX_EVENT_BYTES)])[0]
    with pytest.raises(errors.MessageTooLarge):
        parse(opened.wire)
    opened = sign_events(KEYS.signer(), [event_pb2.Event()])[0]
    opened.wire.envelope.payload_type = "application/vnd.tongban.other.v1"
    with pytest.raises(errors.FieldInvalid):
        parse(opened.wire)


def _admit(made: list[envelope_pb2.AdmissionLeaf]) -> Admission:
    return make_admission(
        gateway="test",
        epoch=1,
        batch_id="0190a0a0-0000-7000-8000-000000000001",
        admit_time=NOW,
        leaves=made,
        key_id=KEYS.signing_key_id,
        private=KEYS.signing,
    )


def _receipts() -> AdmissionVerifier:
    return AdmissionVerifier({KEYS.signing_key_id: KEYS.signing_public}.get)


@given(st.lists(leaves, min_size=1, max_size=20))
@settings(max_examples=60)
def test_a_receipt_is_made_the_same_whenever_it_is_made(made: list[envelope_pb2.AdmissionLeaf]) -> None:
    first, second = _admit(made), _admit(made)
    assert first.signed == second.signed
    assert [r.SerializeToString() for r in first.receipts] == [r.SerializeToString() for r in second.receipts]
    verifier = _receipts()
    header = verifier.admit(envelope_pb2.SignedAdmission.FromString(first.signed.SerializeToString()))
    assert (header.size, header.epoch) == (len(made), 1)
    for leaf, receipt in zip(made, first.receipts, strict=True):
        assert verifier.verify(envelope_pb2.Receipt.FromString(receipt.SerializeToString())) == leaf


@given(st.lists(leaves, min_size=2, max_size=9, unique_by=lambda leaf: leaf.event_id), st.data())
@settings(max_examples=100)
def test_a_receipt_for_anything_else_is_found_out(made: list[envelope_pb2.AdmissionLeaf], data: st.DataObject) -> None:
    admission = _admit(made)
    verifier = _receipts()
    verifier.admit(admission.signed)
    receipt = admission.receipts[0]
    match data.draw(st.sampled_from(["leaf", "swap", "index", "path", "batch"])):
        case "leaf":
            receipt.leaf = _flipped(receipt.leaf, data)
        case "swap":
            receipt.leaf = admission.receipts[1].leaf
        case "index":
            receipt.leaf_index = data.draw(st.integers(1, 2**32 - 1))
        case "path":
            receipt.path.append(b"x" * 32)
        case _:
            receipt.batch_id = "0190a0a0-0000-7000-8000-000000000002"
    with pytest.raises((errors.SignatureInvalid, errors.MessageMalformed)):
        verifier.verify(receipt)


@given(st.data())
@settings(max_examples=60)
def test_a_batch_that_the_gateway_did_not_sign(data: st.DataObject) -> None:
    signed = _admit([envelope_pb2.AdmissionLeaf(event_id="x")]).signed
    match data.draw(st.sampled_from(["header", "signature", "key"])):
        case "header":
            signed.header = _flipped(signed.header, data)
        case "signature":
            signed.signature = _flipped(signed.signature, data)
        case _:
            signed.key_id = OTHERS.signing_key_id
    with pytest.raises((errors.SignatureInvalid, errors.KeyUnknown)):
        _receipts().admit(signed)


def test_the_size_of_an_opened_event_is_what_travels() -> None:
    opened = sign_events(KEYS.signer(), [event_pb2.Event(actor="s-1")])[0]
    assert opened.size == len(opened.wire.SerializeToString())
    assert opened.wire.envelope.payload_type == envelopes.EVENT_PAYLOAD_TYPE
