"""Signed notes: one form, one key, one log."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tongban.checkpoints import Checkpoint, note, origin_of, read, verify
from tongban.errors import FieldInvalid, MessageMalformed, SignatureInvalid, TongbanError
from tongban.merkle import EMPTY_ROOT

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = KEY.public_key().public_bytes_raw()
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
CHECKPOINT = Checkpoint(origin_of("gateway", 1), 7, EMPTY_ROOT)


def signed(checkpoint: Checkpoint = CHECKPOINT, key: Ed25519PrivateKey = KEY) -> bytes:
    return note(checkpoint, key.public_key().public_bytes_raw(), key.sign(checkpoint.text()))


def test_its_text_is_the_note_that_other_tools_read() -> None:
    origin, size, root, empty, line, end = signed().decode().split("\n")
    assert (origin, size, root, empty, end) == (
        "tongban.v1/gateway/1", "7", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "", "",
    )  # fmt: skip
    dash, name, value = line.split(" ")
    assert (dash, name) == ("—", origin)
    assert len(base64.b64decode(value)) == 4 + 64


@given(st.integers(0, 2**62), st.binary(min_size=32, max_size=32))
def test_what_was_signed_verifies(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(origin_of("gateway", 3), size, root)
    assert verify(signed(checkpoint), PUBLIC, origin="tongban.v1/gateway/3") == checkpoint == read(signed(checkpoint))


def test_witnesses_may_sign_too() -> None:
    both = signed() + signed(key=OTHER).rpartition(b"\n\n")[2]
    assert verify(both, PUBLIC) == verify(both, OTHER.public_key().public_bytes_raw()) == CHECKPOINT


def test_another_key_does_not_count() -> None:
    with pytest.raises(SignatureInvalid):
        verify(signed(key=OTHER), PUBLIC)


def test_another_log_does_not_count() -> None:
    with pytest.raises(MessageMalformed):
        verify(signed(), PUBLIC, origin="tongban.v1/gateway/2")


@given(st.data())
def test_a_changed_byte_never_verifies_as_something_else(data: st.DataObject) -> None:
    whole = signed()
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:at] + bytes([data.draw(st.integers(0, 255))]) + whole[at + 1 :]
    try:
        assert verify(changed, PUBLIC) == CHECKPOINT
    except TongbanError:
        return


@given(st.binary(max_size=300))
def test_rubbish_is_refused_by_name(rubbish: bytes) -> None:
    with pytest.raises(TongbanError):
        verify(rubbish, PUBLIC)


@pytest.mark.parametrize("text", ["tongban\n07\n", "tongban\n-1\n", "tongban\n7\nnot base64\n", "tongban\n7\nAAAA\n"])
def test_one_form_only(text: str) -> None:
    with pytest.raises(MessageMalformed):
        read(text.encode() + b"\n\xe2\x80\x94 tongban AAAA\n")


@pytest.mark.parametrize(("origin", "size", "root"), [("a b", 1, EMPTY_ROOT), ("a", -1, EMPTY_ROOT), ("a", 1, b"")])
def test_what_cannot_be_a_checkpoint_cannot_be_made(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(FieldInvalid):
        Checkpoint(origin, size, root)
