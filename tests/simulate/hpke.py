"""HPKE with its one-time key drawn from a seed, so that a replayed run makes the same grants, bytes and digests.

The library draws that key inside and takes none.  This is RFC 9180's base mode, single-shot, for the one suite that
`tongban.sealing` uses; opening stays the library's own, which therefore checks every grant that is made here.
"""

from __future__ import annotations

import functools
import hmac
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tongban import sealing

_KEM: Final = b"KEM\x00\x20"
_HPKE: Final = b"HPKE\x00\x20\x00\x01\x00\x02"
_LIBRARY: Final = sealing._SUITE


class SeededSuite:
    """The suite of `tongban.sealing`, with chance from outside."""

    def __init__(self, token: Callable[[int], bytes]) -> None:
        self._token = token

    def encrypt(self, plaintext: bytes, public_key: X25519PublicKey, info: bytes = b"") -> bytes:
        """Seal to a key."""
        once = X25519PrivateKey.from_private_bytes(self._token(32))
        enc = once.public_key().public_bytes_raw()
        context = enc + public_key.public_bytes_raw()
        secret = _extract(_KEM, b"", b"eae_prk", once.exchange(public_key))
        shared = _expand(_KEM, secret, b"shared_secret", context, 32)
        schedule = b"\x00" + _no_psk() + _extract(_HPKE, b"", b"info_hash", info)
        secret = _extract(_HPKE, shared, b"secret", b"")
        key = _expand(_HPKE, secret, b"key", schedule, 32)
        return enc + AESGCM(key).encrypt(_expand(_HPKE, secret, b"base_nonce", schedule, 12), plaintext, b"")

    def decrypt(self, ciphertext: bytes, private_key: X25519PrivateKey, info: bytes = b"") -> bytes:
        """Open, by the library."""
        return _LIBRARY.decrypt(ciphertext, private_key, info=info)


@functools.cache
def _no_psk() -> bytes:
    return _extract(_HPKE, b"", b"psk_id_hash", b"")


def _extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def _expand(suite: bytes, key: bytes, label: bytes, info: bytes, size: int) -> bytes:
    # All that is asked for here fits in one block.
    labelled = size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(key, labelled + b"\x01", "sha256")[:size]
