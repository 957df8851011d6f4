"""The signed code on a parcel."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from mailroom.domain.numbers import parcel_name
from mailroom.domain.stub import PREFIX, STUB_TYPE, Stub, open_stub, read_stub, sign_stub
from tests.mailroom.events import CHAOZHOU, MAILROOM, NONCE, SEALS, ZHANGZHOU, Stream
from tongban.errors import (
    CheckCharacterWrong,
    FieldInvalid,
    InvalidInput,
    KeyOfAnotherNode,
    KeyUnknown,
    NameInvalid,
    SignatureInvalid,
)
from tongban.signing import Signer, TreeSignature, Verifier, key_id_of
from tongban.v1.parcel_pb2 import Parcel

PRIVATE = Ed25519PrivateKey.from_private_bytes(b"\x05" * 32)
PUBLIC = PRIVATE.public_key().public_bytes_raw()
SIGNER = Signer.of(PRIVATE)
KEY = key_id_of("ed25519", PUBLIC)
VERIFIER = Verifier(lambda key: PUBLIC if key == KEY else None)
QR_ALPHANUMERIC = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")

STUB = Stub(
    parcel=parcel_name(CHAOZHOU, dt.date(2026, 11, 22), 1, 7),
    sender=CHAOZHOU,
    destination_node=ZHANGZHOU,
    destination_post="mailroom",
    seals=SEALS,
    manifest_digest=b"\x11" * 32,
    nonce=NONCE,
)
TEXT = sign_stub(STUB, SIGNER.sign_one)

seal_numbers = st.lists(st.from_regex(r"[A-Z0-9-]{3,32}", fullmatch=True), unique=True, max_size=8)
stubs = st.builds(
    Stub,
    parcel=st.builds(
        parcel_name,
        st.sampled_from(["nodes/350600", "nodes/dz-taipei", "nodes/330328-milan"]),
        st.dates(dt.date(2000, 1, 1)),
        st.integers(0, 32**4 - 1),
        st.integers(0, 10**8 - 1),
    ),
    sender=st.from_regex(r"nodes/[A-Za-z0-9._-]{1,40}", fullmatch=True),
    destination_node=st.from_regex(r"nodes/[A-Za-z0-9._-]{1,40}", fullmatch=True),
    destination_post=st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True),
    seals=seal_numbers.map(lambda seals: tuple(sorted(seals))),
    manifest_digest=st.binary(min_size=32, max_size=32),
    nonce=st.binary(min_size=16, max_size=16),
)


def owner(key: str) -> str | None:
    return CHAOZHOU if key == KEY else None


@given(stubs)
def test_a_code_reads_back(stub: Stub) -> None:
    text = sign_stub(stub, SIGNER.sign_one)
    assert set(text) <= QR_ALPHANUMERIC - {" "}
    assert len(text) < 2000
    assert open_stub(text, VERIFIER.verify, lambda _: stub.sender) == stub
    assert open_stub(f"  {text.lower()}\r\n", VERIFIER.verify, lambda _: stub.sender) == stub


def test_a_usual_code_fits_a_small_qr() -> None:
    assert len(TEXT) < 420  # version 12 at error correction M


@given(st.integers(0, len(TEXT) - 1), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:"))
def test_a_misread_character_is_found_before_the_signature(place: int, character: str) -> None:
    changed = TEXT[:place] + character + TEXT[place + 1 :]
    if changed == TEXT:
        return
    with pytest.raises(FieldInvalid if place < len(PREFIX) or character == ":" else CheckCharacterWrong):
        read_stub(changed)


@given(st.text(max_size=60) | st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", max_size=200).map(lambda t: PREFIX + t))
def test_anything_else_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_stub(text, "stub")
    assert caught.value.field == "stub"


@given(st.binary(max_size=300))
def test_any_frame_parses_or_is_refused(frame: bytes) -> None:
    def forge(kind: str, payload: bytes) -> TreeSignature:
        return TreeSignature(KEY, frame, 0, 1, ())

    try:
        read = read_stub(sign_stub(STUB, forge))
    except FieldInvalid:
        assert len(frame) < 64
    else:
        with pytest.raises(SignatureInvalid):
            VERIFIER.verify(STUB_TYPE, read.payload, read.signature)


def test_a_changed_parcel_needs_a_new_signature() -> None:
    other = replace(STUB, destination_post="w7")
    signature = SIGNER.sign_one(STUB_TYPE, STUB.payload())
    with pytest.raises(SignatureInvalid):
        open_stub(sign_stub(other, lambda *_: signature), VERIFIER.verify, owner)


def test_the_key_must_be_known_and_the_senders_own() -> None:
    stranger = Signer.of(Ed25519PrivateKey.from_private_bytes(b"\x06" * 32))
    with pytest.raises(KeyUnknown):
        open_stub(sign_stub(STUB, stranger.sign_one), VERIFIER.verify, owner)
    with pytest.raises(KeyOfAnotherNode):
        open_stub(TEXT, VERIFIER.verify, lambda _: ZHANGZHOU)
    with pytest.raises(KeyOfAnotherNode):
        open_stub(TEXT, VERIFIER.verify, lambda _: None)


def test_the_parcels_number_is_checked_too() -> None:
    for number, error in (
        (f"{STUB.parcel[:-1]}{'A' if STUB.parcel[-1] != 'A' else 'B'}", CheckCharacterWrong),
        ("parcels/X", NameInvalid),
    ):
        with pytest.raises(error):
            read_stub(sign_stub(replace(STUB, parcel=number), SIGNER.sign_one))


def test_a_stub_is_of_a_sealed_parcel_and_signed_alone() -> None:
    stream = Stream()
    with pytest.raises(FieldInvalid):
        Stub.of(stream.pack()).payload()
    sealed = Stub.of(stream.seal())
    assert (sealed.parcel, sealed.seals, sealed.manifest_digest) == (stream.name, SEALS, stream.now.manifest_digest)
    with pytest.raises(ValueError, match="alone"):
        sign_stub(STUB, lambda kind, payload: SIGNER.sign_many([(kind, payload), (kind, b"")])[0])
    with pytest.raises(FieldInvalid, match="255"):
        replace(STUB, destination_post="x" * 256).payload()


def test_a_parcel_is_scanned_and_shown_from_its_code_alone() -> None:
    scan = STUB.scan(("cz-0002", "CZ-0001"), "", MAILROOM)
    assert (tuple(scan.seals), scan.nonce, scan.manifest_digest) == (SEALS, NONCE, STUB.manifest_digest)
    preview = STUB.preview()
    assert isinstance(preview, Parcel)
    assert (preview.name, preview.version, preview.destination) == (STUB.parcel, 0, MAILROOM)
    assert not preview.HasField("custody")


def test_a_code_that_is_too_long_is_not_looked_at() -> None:
    with pytest.raises(FieldInvalid):
        read_stub(TEXT + "A" * 2000)
