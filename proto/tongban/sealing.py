"""Sealed parts and key grants: who may read what travels beside an event.

Names, document numbers, forms and scans never stand in an event.  Its author draws one content key K for each
stream and audience, seals every part under K, and sends K to each member of the audience as a *grant*:

    part   = 0x01 || nonce (12) || HMAC-SHA256(K, "tongban/v1/commit" 0 nonce) (32)
                  || AES-256-GCM(K, nonce, padded plaintext, aad)
    aad    = "tongban/v1/part" 0 stream 0 part name 0 event id
    padded = plaintext || 0x80 || 0x00 … to a multiple of 256 bytes
    grant  = 0x01 || HPKE base mode (RFC 9180) of K to the recipient's X25519 key, with
    info   = "tongban/v1/grant" 0 stream 0 audience 0 recipient's key id

(`0` is one zero byte; a name with a zero byte in it is refused.)  The suite is DHKEM(X25519, HKDF-SHA256),
HKDF-SHA256, AES-256-GCM.  The leading 0x01 is the format, so that a later one can live beside it.

Promised: a part opens only under its K and as the very part, of the very event and stream, that it was
sealed as. The HMAC commits to K: without it a dishonest author could craft one ciphertext, one digest in
one event, that opens to different forms for two recipients with two keys.  Padding hides a length up to the
next 256 bytes, so "two characters or three in the name" is not told; it does not hide whether a file is
large.

What can go wrong.  `SealNotForUs`: the key is another's (of another stream, audience or recipient), or a
grant was tampered with, which HPKE cannot tell apart.  `AttachmentMismatch`: K is right and the part is not
what it claims to be.  Nothing is ever returned that was not authenticated.

Not promised: who made a grant.  Base mode names no sender; grants travel signed (`tongban.signing`).
Nonces are random 96-bit numbers from `Entropy`, safe for the few parts a stream ever holds (far below
2**32 a key).  HPKE's one-time key is drawn inside the library and cannot be injected: a replayed simulation
makes grants of the same length and other bytes.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from tongban.clock import Entropy
from tongban.errors import AttachmentMismatch, FieldInvalid, KeyUnknown, SealNotForUs
from tongban.signing import X25519, key_id_of

KEY_SIZE = 32
BUCKET = 256
GRANT_SIZE = 1 + 32 + KEY_SIZE + 16

_FORMAT = b"\x01"
_NONCE, _COMMIT, _TAG = 12, 32, 16
_HEAD = 1 + _NONCE + _COMMIT
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def new_content_key(entropy: Entropy) -> bytes:
    """A fresh K, for one stream and one audience."""
    return entropy.token(KEY_SIZE)


def seal_part(entropy: Entropy, key: bytes, plaintext: bytes, *, stream: str, part: str, event_id: str) -> bytes:
    """Seal one part of one event under the content key."""
    nonce = entropy.token(_NONCE)
    sealed = AESGCM(key).encrypt(nonce, _pad(plaintext), _part_aad(stream, part, event_id))
    return b"".join((_FORMAT, nonce, _commitment(key, nonce), sealed))


def open_part(key: bytes, sealed: bytes, *, stream: str, part: str, event_id: str) -> bytes:
    """The plaintext of a part, if it was sealed under this key as exactly this part."""
    aad = _part_aad(stream, part, event_id)
    if sealed[:1] != _FORMAT or len(sealed) < _HEAD + BUCKET + _TAG:
        raise _mismatch(sealed, part)
    nonce, commitment = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE : _HEAD]
    if not hmac.compare_digest(commitment, _commitment(key, nonce)):
        raise SealNotForUs(field=part, what=f"{stream} {part}")
    try:
        padded = AESGCM(key).decrypt(nonce, sealed[_HEAD:], aad)
    except InvalidTag as error:
        raise _mismatch(sealed, part) from error
    # The 0x80 stands in the last bucket with nothing but zeros behind it: padding has one form.
    end = padded.rfind(b"\x80", len(padded) - BUCKET)
    if len(padded) % BUCKET or end < 0 or padded[end + 1 :].strip(b"\x00"):
        raise _mismatch(sealed, part)
    return padded[:end]


def sealed_digest(sealed: bytes) -> bytes:
    """What an event holds of a sealed part: SHA-256 of the ciphertext."""
    return hashlib.sha256(sealed).digest()


def seal_grant(key: bytes, recipient_public: bytes, *, stream: str, audience: str) -> bytes:
    """K for one member of the audience, to its X25519 sealing key.

    A recipient's key that is no key (or one of the few to which anybody could open) is `KeyUnknown`.
    """
    if len(key) != KEY_SIZE:
        raise ValueError(f"a content key of {len(key)} bytes")
    recipient = key_id_of(X25519, recipient_public)
    try:
        public = X25519PublicKey.from_public_bytes(recipient_public)
        return _FORMAT + _SUITE.encrypt(key, public, info=_grant_info(stream, audience, recipient))
    except ValueError as error:
        raise KeyUnknown(field="recipient", key=recipient) from error


def open_grant(private: X25519PrivateKey, grant: bytes, *, stream: str, audience: str) -> bytes:
    """K out of a grant, if it was made to this key for this stream and audience."""
    info = _grant_info(stream, audience, key_id_of(X25519, private.public_key().public_bytes_raw()))
    if grant[:1] != _FORMAT or len(grant) != GRANT_SIZE:
        raise SealNotForUs(field="grant", what=f"{stream} {audience}")
    try:
        return _SUITE.decrypt(grant[1:], private, info=info)
    except (InvalidTag, ValueError) as error:
        raise SealNotForUs(field="grant", what=f"{stream} {audience}") from error


def salted_digest(salt: bytes, text: str) -> bytes:
    """A digest by which two holders of the salt can match a number without showing it: HMAC-SHA256.

    A plain digest of an ID number is found by trying all of them, so the salt MUST be secret (drawn from
    `Entropy`, 16 bytes or more, and kept sealed), not merely different each time.
    """
    if len(salt) < 16:
        raise ValueError(f"a salt of {len(salt)} bytes")
    return hmac.digest(salt, b"tongban/v1/match\x00" + text.encode("utf-8"), "sha256")


def _pad(plaintext: bytes) -> bytes:
    return (plaintext + b"\x80").ljust(_padded_size(len(plaintext)), b"\x00")


def _padded_size(size: int) -> int:
    """The bucket for a plaintext: room for at least the 0x80."""
    return (size // BUCKET + 1) * BUCKET


def _commitment(key: bytes, nonce: bytes) -> bytes:
    return hmac.digest(key, b"tongban/v1/commit\x00" + nonce, "sha256")


def _part_aad(stream: str, part: str, event_id: str) -> bytes:
    return _join("tongban/v1/part", stream=stream, part=part, event_id=event_id)


def _grant_info(stream: str, audience: str, recipient: str) -> bytes:
    return _join("tongban/v1/grant", stream=stream, audience=audience, recipient=recipient)


def _join(label: str, **names: str) -> bytes:
    for field, name in names.items():
        if "\x00" in name:
            raise FieldInvalid(field=field, problem="含零字节 (holds a zero byte)")
    return "\x00".join((label, *names.values())).encode("utf-8")


def _mismatch(sealed: bytes, part: str) -> AttachmentMismatch:
    return AttachmentMismatch(field=part, digest=sealed_digest(sealed).hex())
