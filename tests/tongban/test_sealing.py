"""Sealed parts and grants open for whom and as what they were made, and never otherwise."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from tongban import sealing
from tongban.clock import SeededEntropy, SystemEntropy
from tongban.errors import AttachmentMismatch, FieldInvalid, KeyUnknown, SealNotForUs

KEY = bytes(range(32))
PLACE = {"stream": "applications/350600-1", "part": "applicant", "event_id": "01890a5d-ac96-774b-bcce-b302099a8057"}
GRANT = {"stream": "applications/350600-1", "audience": "parties"}
PRIVATE = X25519PrivateKey.from_private_bytes(b"\x05" * 32)
PUBLIC = PRIVATE.public_key().public_bytes_raw()

contents = st.one_of(st.binary(max_size=40), st.integers(250, 260).map(lambda size: b"\x80" + bytes(size)))


def flipped(content: bytes, at: int, mask: int) -> bytes:
    return content[:at] + bytes([content[at] ^ mask]) + content[at + 1 :]


def seal(plaintext: bytes, key: bytes = KEY, **place: str) -> bytes:
    return sealing.seal_part(SystemEntropy(), key, plaintext, **{**PLACE, **place})


@given(contents)
def test_a_part_opens_as_it_was_sealed(plaintext: bytes) -> None:
    sealed = seal(plaintext)
    assert sealing.open_part(KEY, sealed, **PLACE) == plaintext
    assert len(sealing.sealed_digest(sealed)) == 32


@given(contents, st.data())
def test_any_changed_byte_is_refused(plaintext: bytes, data: st.DataObject) -> None:
    sealed = seal(plaintext)
    at = data.draw(st.integers(0, len(sealed) - 1))
    for bad in (flipped(sealed, at, data.draw(st.integers(1, 255))), sealed[:at], sealed + b"\x00"):
        with pytest.raises((AttachmentMismatch, SealNotForUs)):
            sealing.open_part(KEY, bad, **PLACE)


@given(st.binary(max_size=900))
def test_other_bytes_never_open(sealed: bytes) -> None:
    with pytest.raises((AttachmentMismatch, SealNotForUs)):
        sealing.open_part(KEY, sealed, **PLACE)


@pytest.mark.parametrize("name", ["stream", "part", "event_id"])
def test_a_part_is_of_its_event_and_stream_only(name: str) -> None:
    with pytest.raises(AttachmentMismatch) as refused:
        sealing.open_part(KEY, seal(b"x"), **{**PLACE, name: "another"})
    assert refused.value.facts["digest"]


def test_names_do_not_run_together() -> None:
    sealed = seal(b"x", stream="ab", part="c")
    with pytest.raises(AttachmentMismatch):
        sealing.open_part(KEY, sealed, **{**PLACE, "stream": "a", "part": "bc"})
    with pytest.raises(FieldInvalid):
        seal(b"x", stream="a\x00b")


def test_another_key_is_told_from_a_damaged_part() -> None:
    with pytest.raises(SealNotForUs):
        sealing.open_part(bytes(32), seal(b"x"), **PLACE)
    with pytest.raises(AttachmentMismatch):
        sealing.open_part(KEY, flipped(seal(b"x"), 100, 1), **PLACE)


@given(st.integers(0, 600))
def test_only_the_bucket_shows(size: int) -> None:
    overhead = 1 + 12 + 32 + 16
    assert len(seal(bytes(size))) == overhead + (size // 256 + 1) * 256


@pytest.mark.parametrize(
    "padded", [bytes(256), b"\x80" + bytes(511), b"x" * 256, b"\x80" + bytes(254) + b"x", b"\x80" + bytes(300)]
)
def test_padding_has_one_form(padded: bytes) -> None:
    nonce, aad = bytes(12), sealing._part_aad(**PLACE)
    sealed = b"\x01" + nonce + sealing._commitment(KEY, nonce) + AESGCM(KEY).encrypt(nonce, padded, aad)
    with pytest.raises(AttachmentMismatch):
        sealing.open_part(KEY, sealed, **PLACE)


def test_nonces_come_from_the_entropy() -> None:
    first = sealing.seal_part(SeededEntropy(1), KEY, b"x", **PLACE)
    assert first == sealing.seal_part(SeededEntropy(1), KEY, b"x", **PLACE)
    assert first != sealing.seal_part(SeededEntropy(2), KEY, b"x", **PLACE)
    assert len(sealing.new_content_key(SeededEntropy(1))) == 32


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_a_grant_opens_for_its_recipient(key: bytes, secret: bytes) -> None:
    private = X25519PrivateKey.from_private_bytes(secret)
    grant = sealing.seal_grant(key, private.public_key().public_bytes_raw(), **GRANT)
    assert len(grant) == sealing.GRANT_SIZE
    assert sealing.open_grant(private, grant, **GRANT) == key


@given(st.data())
def test_any_changed_byte_of_a_grant_is_refused(data: st.DataObject) -> None:
    grant = sealing.seal_grant(KEY, PUBLIC, **GRANT)
    at = data.draw(st.integers(0, len(grant) - 1))
    # X25519 ignores the top bit of a public key (RFC 7748), but HPKE binds the bytes as sent.
    for bad in (
        flipped(grant, at, data.draw(st.integers(1, 255))),
        grant[:at],
        grant + b"\x00",
        flipped(grant, 32, 0x80),
    ):
        with pytest.raises(SealNotForUs):
            sealing.open_grant(PRIVATE, bad, **GRANT)


@pytest.mark.parametrize("name", ["stream", "audience"])
def test_a_grant_is_of_its_stream_and_audience_only(name: str) -> None:
    grant = sealing.seal_grant(KEY, PUBLIC, **GRANT)
    with pytest.raises(SealNotForUs):
        sealing.open_grant(PRIVATE, grant, **{**GRANT, name: "another"})


def test_a_grant_is_its_recipients_only() -> None:
    grant = sealing.seal_grant(KEY, PUBLIC, **GRANT)
    with pytest.raises(SealNotForUs):
        sealing.open_grant(X25519PrivateKey.from_private_bytes(b"\x06" * 32), grant, **GRANT)
    with pytest.raises(SealNotForUs):
        sealing.open_grant(PRIVATE, b"\x01" + bytes(80), **GRANT)


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(32), b"\x01" + bytes(31)])
def test_nothing_is_sealed_to_a_key_that_is_none(public: bytes) -> None:
    with pytest.raises(KeyUnknown):
        sealing.seal_grant(KEY, public, **GRANT)


def test_only_a_content_key_is_granted() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        sealing.seal_grant(bytes(16), PUBLIC, **GRANT)


@given(st.binary(min_size=16, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_a_salted_digest_matches_what_is_equal(salt: bytes, a: str, b: str) -> None:
    assert (sealing.salted_digest(salt, a) == sealing.salted_digest(salt, b)) == (a == b)
    assert sealing.salted_digest(salt, a) != sealing.salted_digest(salt + b"\x01", a)


def test_a_short_salt_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="salt"):
        sealing.salted_digest(b"short", "11010519491231002X")
