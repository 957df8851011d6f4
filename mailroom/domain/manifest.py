"""The manifest as one digest, and seal numbers in one spelling.

Both ends of a parcel's way compare the manifest by its digest, one of them perhaps in another language, so the
bytes under the digest are laid out here and owe nothing to how a message is serialised (all integers big-endian):

    tag        21 bytes   "tongban.manifest.v1" and two zero bytes; "…v2" where any entry says one of the last three
    count       4 bytes   number of entries
    entry                 for each, in rising order of the entry's own bytes:
      length    4 bytes   of the item's name in UTF-8
      item                the name
      form      4 bytes   MaterialForm
      pages     4 bytes   sheets
      length    4 bytes   of the serial digest, 0 where there is none
      digest              the salted digest of the serial number
      in v2 only:
      length    4 bytes   of the photograph's digest, 0 where there is none
      digest              the salted digest of the photograph
      owner     4 bytes   PaperOwner
      length    4 bytes   of the kind's code in UTF-8
      kind                the code

    digest = SHA-256(tag || count || entries)

Promised: the order in which a clerk scanned the papers does not matter, and two different manifests never share
their bytes, because every part of variable length stands behind its length.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from mailroom.domain.numbers import is_original
from tongban.errors import FieldInvalid
from tongban.v1 import parcel_pb2, types_pb2

_TAGS: Final = (b"tongban.manifest.v1\x00\x00", b"tongban.manifest.v2\x00\x00")


def manifest_digest(entries: Iterable[parcel_pb2.ManifestEntry]) -> bytes:
    """SHA-256 over the manifest's canonical bytes, 32 bytes."""
    listed = list(entries)
    rich = any(entry.photo_digest or entry.owner or entry.kind for entry in listed)
    encoded = sorted(_entry(entry, rich) for entry in listed)
    return hashlib.sha256(_TAGS[rich] + len(encoded).to_bytes(4, "big") + b"".join(encoded)).digest()


def normal_seals(seals: Iterable[str]) -> tuple[str, ...]:
    """Seal numbers as they are written and compared: upper case, no spaces, each once, sorted."""
    return tuple(sorted({"".join(seal.split()).upper() for seal in seals} - {""}))


def check_manifest(entries: Sequence[parcel_pb2.ManifestEntry], field: str) -> None:
    """Each thing once; what has the name of an original is one, and what has not is a copy."""
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        where = f"{field}[{index}]"
        if entry.item in seen:
            raise FieldInvalid(field=f"{where}.item", problem=f"{entry.item} 重复列入 / {entry.item} is listed twice")
        seen.add(entry.item)
        wanted = types_pb2.MATERIAL_FORM_ORIGINAL if is_original(entry.item) else types_pb2.MATERIAL_FORM_COPY
        if entry.form != wanted:
            raise FieldInvalid(
                field=f"{where}.form",
                problem="an item under originals/ is an original, any other a copy / 名称与“原件、复印件”不符",
            )


def _entry(entry: parcel_pb2.ManifestEntry, rich: bool) -> bytes:
    form = int(entry.form).to_bytes(4, "big", signed=True)
    parts = [_long(entry.item.encode("utf-8")), form, entry.pages.to_bytes(4, "big"), _long(entry.serial_digest)]
    if rich:
        owner = int(entry.owner).to_bytes(4, "big", signed=True)
        parts += [_long(entry.photo_digest), owner, _long(entry.kind.encode("utf-8"))]
    return b"".join(parts)


def _long(raw: bytes) -> bytes:
    return len(raw).to_bytes(4, "big") + raw
