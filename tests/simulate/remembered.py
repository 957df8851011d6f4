"""Signatures that were found good once in a run are not computed again by the next who looks at them.

Every node of a real federation verifies for itself, on a machine of its own; here they share one, and the answer to
the same question about the same bytes is the same.  Only what was good is remembered.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from unittest import mock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tongban import signing
from tongban.journal import admissions


class _Key:
    __slots__ = ("_good", "_public")

    def __init__(self, public: bytes, good: set[tuple[bytes, bytes, bytes]]) -> None:
        self._public = public
        self._good = good

    def verify(self, signature: bytes, data: bytes) -> None:
        """See the library's."""
        question = self._public, signature, data
        if question not in self._good:
            Ed25519PublicKey.from_public_bytes(self._public).verify(signature, data)
            self._good.add(question)


class _Keys:
    def __init__(self) -> None:
        self._good: set[tuple[bytes, bytes, bytes]] = set()

    def from_public_bytes(self, data: bytes) -> _Key:
        """See the library's."""
        return _Key(data, self._good)


@contextlib.contextmanager
def remembered() -> Iterator[None]:
    """Remember good signatures while this lasts."""
    keys = _Keys()
    with (
        mock.patch.object(signing, "Ed25519PublicKey", keys),
        mock.patch.object(admissions, "Ed25519PublicKey", keys),
    ):
        yield
