"""Pictures that are sealed beside an event: the event has a salted digest, the parties have the picture.

A sealed part holds at most 256 KiB, so a picture is cut into pieces: `photo`, `photo-2`, `photo-3`.  Before the first
stands the salt, so whoever opens the pieces can prove that the picture is the one which the event names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from tongban import errors
from tongban.clock import Entropy

MAX_PHOTO: Final = 2 << 20
MAX_ITEM_PHOTO: Final = 512 << 10
"""Of one original among those of a parcel, as the contract has it."""
_PIECE: Final = 240_000
_SALT: Final = 16
_KINDS: Final = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


@dataclass(frozen=True, slots=True)
class SealedPhoto:
    """A picture, ready to be sealed."""

    digest: bytes
    parts: Mapping[str, bytes]


def media_type(picture: bytes) -> str:
    """Which kind of picture this is; empty for neither."""
    return next((kind for start, kind in _KINDS.items() if picture.startswith(start)), "")


def sealed_photo(entropy: Entropy, part: str, picture: bytes, field: str = "photo") -> SealedPhoto:
    """Digest and pieces of a picture; FieldInvalid for what is no JPEG or PNG."""
    check_picture(picture, field)
    salted = entropy.token(_SALT) + picture
    pieces = [salted[at : at + _PIECE] for at in range(0, len(salted), _PIECE)]
    return SealedPhoto(hashlib.sha256(salted).digest(), {_name(part, n): piece for n, piece in enumerate(pieces, 1)})


def check_picture(picture: bytes, field: str = "photo", most: int = MAX_PHOTO) -> None:
    """FieldInvalid for what is no JPEG or PNG, or larger than that."""
    if not media_type(picture) or len(picture) > most:
        size = f"{most >> 20} MiB" if most >= 1 << 20 else f"{most >> 10} KiB"
        raise errors.FieldInvalid(
            field=field,
            problem=f"照片须为 JPEG 或 PNG,至多 {size}",
            problem_en=f"a photograph is a JPEG or PNG of at most {size}",
        )


def open_photo(part: str, digest: bytes, parts: Iterable[tuple[str, bytes]]) -> bytes:
    """The picture of these pieces, or nothing where they are not the one that the event names."""
    found = dict(parts)
    salted = b""
    number = 1
    while (name := _name(part, number)) in found:
        salted += found[name]
        number += 1
    return salted[_SALT:] if salted and hashlib.sha256(salted).digest() == digest else b""


def _name(part: str, number: int) -> str:
    return part if number == 1 else f"{part}-{number}"
