"""What the feeds' database may not show: a courier's words, sealed under a key that only this relay can derive.

A courier writes names and telephone numbers into its sentences.  Between hearing one and recording it as a sealed part
of an event it waits in the database, and deleted pages keep it for a while after.  So it is stored as ciphertext, and
the mark by which a word is known again is no digest that could be guessed.  The key comes from the relay's root key,
which no rotation changes and no copy of the database holds.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tongban.clock import Entropy
from tongban.errors import Damaged
from tongban.keys import NodeKeys

_NONCE = 12
_MARK = 16


class Vault:
    """Seals texts for the relay's own later self."""

    def __init__(self, secret: bytes, entropy: Entropy) -> None:
        self._cipher = AESGCM(_derived(secret, b"tongban/v1/relay/feeds/seal"))
        self._marks = _derived(secret, b"tongban/v1/relay/feeds/mark")
        self._entropy = entropy

    @classmethod
    def of(cls, keys: NodeKeys, entropy: Entropy) -> Vault:
        """The vault of a relay."""
        return cls(keys.root.private_bytes_raw(), entropy)

    def seal(self, text: str, about: str) -> str:
        """The text as it is stored, bound to what it is about."""
        nonce = self._entropy.token(_NONCE)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), about.encode())).decode("ascii")

    def open(self, sealed: str, about: str) -> str:
        """The text that was stored."""
        raw = base64.b64decode(sealed)
        try:
            return self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], about.encode()).decode()
        except InvalidTag:
            raise Damaged(what=f"feeds.db ({about})") from None

    def mark(self, text: str) -> bytes:
        """What makes a text the same one."""
        return hmac.new(self._marks, text.encode(), hashlib.sha256).digest()[:_MARK]


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(secret)
