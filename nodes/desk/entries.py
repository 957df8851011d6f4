"""The entries of a manifest: what each original is, whose it is, and what the packer noted of it.

Kind, sheets and owner follow from the application, so nobody types them.  A serial number and a photograph are the
packer's own: they are sealed to both ends of the way, and the manifest holds a salted digest of each, by which the
receiver can show that it is the very paper that was packed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from nodes.desk.photos import sealed_photo
from tongban import errors
from tongban.clock import Entropy
from tongban.lifecycle import results
from tongban.sealing import salted_digest
from tongban.v1 import application_pb2, mailroom_pb2, parcel_pb2, types_pb2

PART: Final = "manifest"
"""The sealed part with the serial numbers and their salts."""
MOST_PICTURES: Final = 4 << 20
"""Bytes of photographs in one parcel."""
_SALT: Final = 16


@dataclass(slots=True)
class Noted:
    """What is sealed beside a packed parcel, and the digests of it by original."""

    parts: dict[str, bytes] = field(default_factory=dict)
    serials: dict[str, bytes] = field(default_factory=dict)
    photos: dict[str, bytes] = field(default_factory=dict)


def noted(entropy: Entropy, items: Iterable[str], details: Iterable[mailroom_pb2.PackedItem]) -> Noted:
    """Digests and sealed parts of what the packer noted; FieldInvalid for what is not in the parcel or no picture."""
    packed, made = list(items), Noted()
    said: list[dict[str, str]] = []
    size = 0
    for index, each in enumerate(details):
        if each.item not in packed or each.item in (entry["item"] for entry in said):
            raise errors.FieldInvalid(
                field=f"details[{index}].item",
                problem="不在本邮包中,或重复填写",
                problem_en="it is not in this parcel, or named twice",
            )
        salt = entropy.token(_SALT)
        said.append({"item": each.item, "serial": each.serial, "salt": salt.hex()})
        if each.serial:
            made.serials[each.item] = salted_digest(salt, each.serial)
        if each.photo:
            size += len(each.photo)
            photo = sealed_photo(entropy, f"item-{index + 1}", each.photo, f"details[{index}].photo")
            made.photos[each.item] = photo.digest
            made.parts |= photo.parts
    if size > MOST_PICTURES:
        raise errors.FieldInvalid(
            field="details",
            problem=f"照片合计至多 {MOST_PICTURES >> 20} MiB",
            problem_en=f"the photographs of a parcel are {MOST_PICTURES >> 20} MiB at most",
        )
    if said:
        made.parts[PART] = json.dumps(said, ensure_ascii=False).encode()
    return made


def entry_of(state: application_pb2.Application, original: str, item: str, made: Noted) -> parcel_pb2.ManifestEntry:
    """The entry of an original that is known under this application."""
    kind, owner = _kinds(state).get(original, ("", parcel_pb2.PAPER_OWNER_UNSPECIFIED))
    return parcel_pb2.ManifestEntry(
        item=item,
        form=types_pb2.MATERIAL_FORM_ORIGINAL,
        pages=results.originals(state)[original],
        serial_digest=made.serials.get(item, b""),
        photo_digest=made.photos.get(item, b""),
        owner=owner,
        kind=kind,
    )


def _kinds(state: application_pb2.Application) -> Mapping[str, tuple[str, parcel_pb2.PaperOwner]]:
    """What each original is, and whose: the applicant's if it was brought as material, the authority's otherwise."""
    applicant, authority = parcel_pb2.PAPER_OWNER_APPLICANT, parcel_pb2.PAPER_OWNER_AUTHORITY
    kinds = {each.original: (each.code, authority) for each in state.papers}
    kinds |= {each.original: (each.code, authority) for each in state.results if each.original}
    kinds |= {each.original: (each.code, authority) for each in state.surrendered}
    kinds |= {each.original: (each.code, applicant) for each in state.materials if each.original}
    return kinds
