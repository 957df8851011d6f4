"""The signed code on a parcel.

A parcel may reach a window before its sender's events do: the sender's line is down, and the courier was fast.
So the parcel carries in its QR code what the receiver needs, signed by the sender: who sent it, where it belongs,
under which seals, with which manifest, and the nonce that proves later that the parcel itself was in the scanner.

    text     "TB1:" || base32(frame) || check            upper case, fit for a QR code's alphanumeric mode
    frame    payload || len1 key id || value             value: 64 bytes and more, up to the end
    payload  version (1 byte, 1)
             len1 parcel number, len1 sender's id, len1 destination's node id, len1 destination's post
             seals (1 byte) and each with len1
             manifest digest (32 bytes), nonce (16 bytes)

`len1` is one byte of length before UTF-8 text.  base32 is RFC 4648's without padding: one density step below base45,
but a hand-held scanner is a keyboard, and no keyboard layout turns letters and digits into something else.  The
check character is ISO 7064 MOD 37,36 over the base32 text, so a dropped or mistyped character is told apart
from a forged code.  The signature is an ordinary `TreeSignature` of one leaf over `pae(STUB_TYPE, payload)`.

Promised: one stub has one text; `open_stub` returns only what the named sender's key has signed.  What can go
wrong: FieldInvalid (not a stub), CheckCharacterWrong (misread), NameInvalid (a parcel number that is none),
SignatureInvalid and KeyUnknown (from `verify`), KeyOfAnotherNode (signed, but not by the sender it names).
Not promised: that the parcel is what its code says.  A code can be copied; the seals and the manifest tell.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from stdnum.iso7064 import mod_37_36

from mailroom.domain.manifest import normal_seals
from mailroom.domain.numbers import parse_parcel_name
from tongban.errors import CheckCharacterWrong, FieldInvalid, KeyOfAnotherNode
from tongban.signing import TreeSignature
from tongban.v1 import lifecycle_pb2, parcel_pb2

STUB_TYPE: Final = "application/vnd.tongban.parcel-stub.v1"
PREFIX: Final = "TB1:"
MAX_TEXT: Final = 2000
_VERSION: Final = 1
_DIGEST, _NONCE, _VALUE = 32, 16, 64

Sign = Callable[[str, bytes], TreeSignature]
"""Signs (payload type, payload) alone, as `Signer.sign_one` does."""

Owner = Callable[[str], str | None]
"""From a key id to the node whose key it is, or None."""


class Verify(Protocol):
    """Checks a signature, as `Verifier.verify` does: returns, or raises SignatureInvalid or KeyUnknown."""

    def __call__(self, payload_type: str, payload: bytes, signature: TreeSignature, *, field: str) -> None:
        """Return if the signature is good."""


@dataclass(frozen=True, slots=True)
class Stub:
    """What a parcel says of itself."""

    parcel: str
    sender: str
    destination_node: str
    destination_post: str
    seals: tuple[str, ...]
    manifest_digest: bytes
    nonce: bytes

    @classmethod
    def of(cls, parcel: parcel_pb2.Parcel) -> Stub:
        """The stub of a sealed parcel."""
        return cls(
            parcel=parcel.name,
            sender=parcel.origin.node,
            destination_node=parcel.destination.node,
            destination_post=parcel.destination.post,
            seals=normal_seals(parcel.seals),
            manifest_digest=parcel.manifest_digest,
            nonce=parcel.nonce,
        )

    def payload(self) -> bytes:
        """The bytes that are signed."""
        if len(self.manifest_digest) != _DIGEST or len(self.nonce) != _NONCE:
            raise FieldInvalid(field="stub", problem="邮包尚未封包 / the parcel is not sealed")
        texts = (
            self.parcel.removeprefix("parcels/"),
            self.sender.removeprefix("nodes/"),
            self.destination_node.removeprefix("nodes/"),
            self.destination_post,
        )
        return b"".join(
            (
                bytes([_VERSION]),
                *map(_short, texts),
                bytes([len(self.seals)]),
                *map(_short, self.seals),
                self.manifest_digest,
                self.nonce,
            )
        )

    def scan(self, seals: tuple[str, ...], waybill: str, post: parcel_pb2.Post) -> parcel_pb2.ParcelScan:
        """What a scanner at `post` read: manifest and nonce from this code, seals and waybill by the person."""
        return parcel_pb2.ParcelScan(
            seals=normal_seals(seals),
            manifest_digest=self.manifest_digest,
            nonce=self.nonce,
            waybill=waybill,
            post=post,
        )

    def preview(self) -> parcel_pb2.Parcel:
        """The parcel as far as its own code tells: version 0, no manifest, no custody. For a desk, never stored."""
        return parcel_pb2.Parcel(
            name=self.parcel,
            state=lifecycle_pb2.PARCEL_STATE_SEALED,
            origin=parcel_pb2.Post(node=self.sender),
            destination=parcel_pb2.Post(node=self.destination_node, post=self.destination_post),
            seals=self.seals,
            manifest_digest=self.manifest_digest,
            nonce=self.nonce,
        )


@dataclass(frozen=True, slots=True)
class SignedStub:
    """A stub as it was read, its signature not yet checked."""

    stub: Stub
    payload: bytes
    signature: TreeSignature


def sign_stub(stub: Stub, sign: Sign) -> str:
    """The text of the parcel's code."""
    payload = stub.payload()
    signature = sign(STUB_TYPE, payload)
    if signature.tree_size != 1:
        raise ValueError("a stub is signed alone")
    body = _base32(payload + _short(signature.key_id) + signature.value)
    return f"{PREFIX}{body}{mod_37_36.calc_check_digit(body)}"


def read_stub(text: str, field: str = "stub") -> SignedStub:
    """Read a code as a scanner typed it. The signature is not checked here."""
    if len(text) > MAX_TEXT:
        raise _invalid(field, f"超过 {MAX_TEXT} 个字 / over {MAX_TEXT} characters")
    squeezed = "".join(text.split()).upper()
    checked = squeezed[len(PREFIX) :]
    if not squeezed.startswith(PREFIX) or len(checked) < 2 or not (checked.isascii() and checked.isalnum()):
        raise _invalid(
            field,
            f"不是邮包码(以 {PREFIX} 开头),请重新扫码 / no parcel's code: scan again",
        )
    body, check = checked[:-1], checked[-1]
    if mod_37_36.calc_check_digit(body) != check:
        raise CheckCharacterWrong(field=field, number=f"{PREFIX}…{squeezed[-6:]}")
    try:
        frame = base64.b32decode(body + "=" * (-len(body) % 8))
    except binascii.Error:
        raise _invalid(field, "编码有误,请重新扫码 / not base32: scan again") from None
    if _base32(frame) != body:
        raise _invalid(field, "编码有误,请重新扫码 / not canonical base32: scan again")
    return _parse(frame, field)


def open_stub(text: str, verify: Verify, owner: Owner, field: str = "stub") -> Stub:
    """Read a code and prove that the sender it names signed it."""
    read = read_stub(text, field)
    verify(STUB_TYPE, read.payload, read.signature, field=field)
    holder = owner(read.signature.key_id)
    if holder != read.stub.sender:
        raise KeyOfAnotherNode(field=field, author=read.stub.sender, peer=holder or read.signature.key_id)
    return read.stub


class _Reader:
    def __init__(self, frame: bytes, field: str) -> None:
        self.frame, self.at, self._field = frame, 0, field

    def take(self, size: int) -> bytes:
        taken = self.frame[self.at : self.at + size]
        if len(taken) != size:
            raise _invalid(self._field, "内容不全,请重新扫码 / cut short: scan again")
        self.at += size
        return taken

    def byte(self) -> int:
        return self.take(1)[0]

    def text(self) -> str:
        try:
            return self.take(self.byte()).decode("utf-8")
        except UnicodeDecodeError:
            raise _invalid(self._field, "编码有误,请重新扫码 / not UTF-8: scan again") from None


def _parse(frame: bytes, field: str) -> SignedStub:
    reader = _Reader(frame, field)
    version = reader.byte()
    if version != _VERSION:
        raise _invalid(
            field, f"邮包码版本 {version} 不明,请升级软件 / stub version {version} is not known here: upgrade"
        )
    parcel = f"parcels/{reader.text()}"
    parse_parcel_name(parcel, field)
    sender, node, post = f"nodes/{reader.text()}", f"nodes/{reader.text()}", reader.text()
    seals = tuple(reader.text() for _ in range(reader.byte()))
    if seals != normal_seals(seals):
        raise _invalid(field, "封签号格式有误 / seals are not in their normal form")
    digest, nonce = reader.take(_DIGEST), reader.take(_NONCE)
    payload = frame[: reader.at]
    key_id, value = reader.text(), frame[reader.at :]
    if len(value) < _VALUE:
        raise _invalid(field, "内容不全,请重新扫码 / cut short: scan again")
    stub = Stub(parcel, sender, node, post, seals, digest, nonce)
    return SignedStub(stub, payload, TreeSignature(key_id, value, 0, 1, ()))


def _short(text: str) -> bytes:
    raw = text.encode("utf-8")
    if len(raw) > 255:
        raise FieldInvalid(field="stub", problem="超过 255 字节 / over 255 bytes")
    return bytes([len(raw)]) + raw


def _base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode("ascii").rstrip("=")


def _invalid(field: str, problem: str) -> FieldInvalid:
    return FieldInvalid(field=field, problem=problem)
