"""The pre-authentication encoding is DSSE's, and no two pairs share one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tongban.pae import pae


def test_the_example_of_the_specification() -> None:
    expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert pae("http://example.com/HelloWorld", b"hello world") == expected


def test_lengths_are_in_bytes_of_utf_8() -> None:
    assert pae("类", "通办".encode()) == b"DSSEv1 3 \xe7\xb1\xbb 6 " + "通办".encode()
    assert pae("", b"") == b"DSSEv1 0  0 "


@given(st.text(max_size=12), st.binary(max_size=24), st.text(max_size=12), st.binary(max_size=24))
def test_different_pairs_never_share_an_encoding(a: str, x: bytes, b: str, y: bytes) -> None:
    assert (pae(a, x) == pae(b, y)) == ((a, x) == (b, y))


@given(st.text(max_size=20), st.binary(max_size=40))
def test_it_reads_back(kind: str, payload: bytes) -> None:
    version, size, rest = pae(kind, payload).split(b" ", 2)
    assert version == b"DSSEv1"
    assert rest[: int(size)].decode() == kind
    length, content = rest[int(size) + 1 :].split(b" ", 1)
    assert (int(length), content) == (len(payload), payload)
