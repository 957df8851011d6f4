"""Checkpoints: the gateway's signed word on how long its log is and what its root is.

A checkpoint is a signed note, as C2SP's tlog-checkpoint and signed-note say, so that any witness or monitor of
transparency logs can read it.  It is text, and the signature is over the text up to the empty line:

    tongban.v1/<gateway>/<epoch>            the origin: one log
    <size, decimal>
    <root, base64>

    — tongban.v1/<gateway>/<epoch> <base64(key hash || Ed25519 signature)>

The key hash is the first four bytes of SHA-256(name || 0x0A || 0x01 || public key); it only says which key to try.  The
dash is U+2014.  The epoch is part of the origin because a gateway that was restored from a backup may order batches
anew: its log is another one, with the same beginning.

Promised: `verify` returns only if the key signed exactly this origin, size and root.  Not promised: that there is no
other log under the same origin; two checkpoints and a consistency proof show that (`tongban.merkle`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from tongban.errors import FieldInvalid, MessageMalformed, SignatureInvalid
from tongban.merkle import HASH_SIZE
from tongban.signing import ED25519, Ed25519Algorithm, key_id_of

MAX_NOTE = 4096
_NAME = re.compile(r"^[A-Za-z0-9._/-]{1,200}$")
_SIZE = re.compile(r"^(0|[1-9][0-9]{0,18})$")
_ED25519_NOTE = b"\x01"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's size and root."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not _NAME.match(self.origin):
            raise FieldInvalid(field="origin", problem="不是日志名 / it is not the name of a log")
        if self.size < 0 or len(self.root) != HASH_SIZE:
            raise FieldInvalid(field="root", problem="不是日志的根 / it is not the root of a log")

    def text(self) -> bytes:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n".encode()


def origin_of(gateway: str, epoch: int) -> str:
    """The name of a gateway's log."""
    return f"tongban.v1/{gateway}/{epoch}"


def note(checkpoint: Checkpoint, public: bytes, signature: bytes) -> bytes:
    """The signed note."""
    encoded = base64.b64encode(_key_hash(checkpoint.origin, public) + signature).decode()
    return checkpoint.text() + f"\n\N{EM DASH} {checkpoint.origin} {encoded}\n".encode()


def verify(signed: bytes, public: bytes, *, origin: str = "") -> Checkpoint:
    """The checkpoint of a note that this key signed; other keys' signatures on it (of witnesses) are passed over."""
    checkpoint, lines = _split(signed)
    if origin and checkpoint.origin != origin:
        raise _malformed(f"the log {checkpoint.origin}, not {origin}")
    key_hash = _key_hash(checkpoint.origin, public)
    for line in lines.decode("utf-8", "replace").splitlines():
        name, value = _signature(line)
        if name == checkpoint.origin and value[:4] == key_hash:
            if Ed25519Algorithm().verify(public, value[4:], checkpoint.text()):
                return checkpoint
            break
    raise SignatureInvalid(field="note", key=key_id_of(ED25519, public))


def read(signed: bytes) -> Checkpoint:
    """What a note says, whoever signed it."""
    return _split(signed)[0]


def _split(signed: bytes) -> tuple[Checkpoint, bytes]:
    if len(signed) > MAX_NOTE:
        raise _malformed(f"longer than {MAX_NOTE} bytes")
    body, mark, lines = signed.rpartition(b"\n\n")
    if not mark or not lines.endswith(b"\n"):
        raise _malformed("no signature")
    return _parse(body + b"\n"), lines


def _parse(body: bytes) -> Checkpoint:
    try:
        origin, size, root, rest = body.decode("ascii").split("\n")
        if rest or not _SIZE.match(size):
            raise ValueError("not three lines")
        checkpoint = Checkpoint(origin, int(size), base64.b64decode(root, validate=True))
    except (ValueError, binascii.Error, FieldInvalid) as error:
        raise _malformed(str(error)) from error
    if checkpoint.text() != body:
        raise _malformed("not in the one form that is signed")
    return checkpoint


def _signature(line: str) -> tuple[str, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\N{EM DASH}":
        raise _malformed("a signature line of another form")
    try:
        return parts[1], base64.b64decode(parts[2], validate=True)
    except (ValueError, binascii.Error) as error:
        raise _malformed("a signature that is not base64") from error


def _key_hash(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519_NOTE + public).digest()[:4]


def _malformed(problem: str) -> MessageMalformed:
    return MessageMalformed(field="note", problem=problem)
