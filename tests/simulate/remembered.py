"""Signatures that were found good once in a run are not computed again by the next who looks at them.

Every node of a real federation verifies for itself, on a machine of its own; here they share one, and the answer to
the same question about the same bytes is the same.  Only what was good is remembered, and what a key's private half has
signed here is good.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator
from typing import Any
from unittest import mock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway import admission
from tongban import signing
from tongban.journal import admissions
from tongban.signing import Signer

Question = tuple[bytes, bytes, bytes]
"""Public key, signature, what was signed."""
_Good = set[Question]


class _Private:
    """A private key whose signatures are remembered."""

    __slots__ = ("_good", "_private", "_public")

    def __init__(self, private: Ed25519PrivateKey, good: _Good) -> None:
        self._private = private
        self._public = private.public_key().public_bytes_raw()
        self._good = good

    def sign(self, data: bytes) -> bytes:
        """See the library's."""
        signature = self._private.sign(data)
        self._good.add((self._public, signature, data))
        return signature


class _Public:
    __slots__ = ("_good", "_public")

    def __init__(self, public: bytes, good: _Good) -> None:
        self._public = public
        self._good = good

    def verify(self, signature: bytes, data: bytes) -> None:
        """See the library's."""
        question = self._public, signature, data
        if question not in self._good:
            Ed25519PublicKey.from_public_bytes(self._public).verify(signature, data)
            self._good.add(question)


class _Keys:
    def __init__(self, known: Iterable[Question]) -> None:
        self.good = set(known)
        self._privates: dict[Ed25519PrivateKey, _Private] = {}

    def from_public_bytes(self, data: bytes) -> _Public:
        """See the library's."""
        return _Public(data, self.good)

    def private(self, key: Any) -> Any:
        """The same key, with a memory."""
        if key not in self._privates:
            self._privates[key] = _Private(key, self.good)
        return self._privates[key]


@contextlib.contextmanager
def remembered(known: Iterable[Question] = ()) -> Iterator[Collection[Question]]:
    """Remember what was good while this lasts; `known`: what was, in what a run starts from."""
    keys = _Keys(known)
    begin, admit = Signer.__init__, admissions.make_admission

    def signer(self: Signer, key_id: str, private: Ed25519PrivateKey) -> None:
        begin(self, key_id, keys.private(private))

    def make_admission(*, private: Ed25519PrivateKey, **facts: Any) -> admissions.Admission:
        return admit(private=keys.private(private), **facts)

    with (
        mock.patch.object(signing, "Ed25519PublicKey", keys),
        mock.patch.object(admissions, "Ed25519PublicKey", keys),
        mock.patch.object(Signer, "__init__", signer),
        mock.patch.object(admission, "make_admission", make_admission),
    ):
        yield keys.good
