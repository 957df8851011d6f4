"""Identifiers: who makes them, what they promise, and what a person may do to them.

Three families, none of which needs anybody's permission to make:

* **UUIDv7** (RFC 9562) names an event and is its idempotency key. `UuidSequence` gives ids that rise
  strictly within one sequence, even when many fall into one millisecond or the clock steps back: it then
  adds a random step to the 74 random bits (RFC 9562, 6.2, method 2). Order between two sequences means
  nothing; the gateway orders streams. An id is written in lower case only, because the journal compares
  bytes.

* **Resource names** (AIP-122): `applications/{number}`, `regions/{region}/items/{code}` ... `parse_name`
  checks the whole name, so whatever passes can be a key, a path and a log field.

* **Local numbers** of applications and parcels, made by the accepting node with the line down; how they are
  built is told in `tongban.local_numbers`, and they can be imported from here.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
from typing import Final

from tongban.clock import Entropy
from tongban.errors import FieldInvalid, NameInvalid
from tongban.local_numbers import LocalNumber as LocalNumber
from tongban.local_numbers import NumberKind as NumberKind
from tongban.local_numbers import application_number as application_number
from tongban.local_numbers import node_code as node_code
from tongban.local_numbers import parcel_number as parcel_number
from tongban.local_numbers import parse_number as parse_number

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND: Final = dt.timedelta(milliseconds=1)
_RANDOM_BITS: Final = 74
_UUID7: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class UuidSequence:
    """Strictly rising UUIDv7s. Not for two threads at once."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy
        self._millisecond = -1
        self._random = 0

    def next(self, moment: dt.datetime) -> str:
        """The next id, at `moment` or, where that would not rise, just after the last one."""
        millisecond = _milliseconds(moment)
        if millisecond > self._millisecond:
            self._millisecond, self._random = millisecond, self._fresh()
        else:
            self._random += 1 + int.from_bytes(self._entropy.token(4), "big")
            if self._random >> _RANDOM_BITS:
                self._millisecond, self._random = self._millisecond + 1, self._fresh()
        return _uuid7_text(self._millisecond, self._random)

    def _fresh(self) -> int:
        return int.from_bytes(self._entropy.token(10), "big") >> (80 - _RANDOM_BITS)


def uuid7(moment: dt.datetime, entropy: Entropy) -> str:
    """One UUIDv7, unrelated to any other."""
    return UuidSequence(entropy).next(moment)


def check_uuid7(text: str, field: str = "event_id") -> str:
    """`text` itself when it is a UUIDv7 in canonical lower case; otherwise FieldInvalid."""
    if not _UUID7.fullmatch(text):
        raise FieldInvalid(field=field, problem="应为小写的 UUIDv7 (a UUIDv7 in lower case is expected)")
    return text


def uuid7_time(text: str) -> dt.datetime:
    """The millisecond that a UUIDv7 carries. It is its maker's claim, never proof."""
    return _EPOCH + int(check_uuid7(text).replace("-", "")[:12], 16) * _MILLISECOND


def uuid7_bytes(text: str) -> bytes:
    """The 16 bytes of a UUIDv7; they sort as the text does."""
    return bytes.fromhex(check_uuid7(text).replace("-", ""))


def uuid7_from_bytes(raw: bytes, field: str = "event_id") -> str:
    """The text of 16 bytes, checked."""
    return check_uuid7(_dashed(raw.hex()), field)


def _milliseconds(moment: dt.datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError("an id needs an aware time")
    millisecond = (moment - _EPOCH) // _MILLISECOND
    if not 0 <= millisecond < 1 << 48:
        raise ValueError("an id needs a time from 1970 on")
    return millisecond


def _uuid7_text(millisecond: int, random: int) -> str:
    high, low = random >> 62, random & ((1 << 62) - 1)
    return _dashed(f"{millisecond << 80 | 7 << 76 | high << 64 | 2 << 62 | low:032x}")


def _dashed(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


_ID: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._~-]{0,61}[A-Za-z0-9])?")


class Collection(enum.StrEnum):
    """The top-level collections. Every stream is one resource of the first five or of `items`."""

    APPLICATIONS = "applications"
    PARCELS = "parcels"
    AGREEMENTS = "agreements"
    NODES = "nodes"
    REGIONS = "regions"
    ITEMS = "items"  # a stream per region's published list: items/350600


_NUMBERED: Final = {
    Collection.APPLICATIONS: NumberKind.APPLICATION,
    Collection.PARCELS: NumberKind.PARCEL,
}


def make_name(collection: Collection, resource_id: str) -> str:
    """`applications/{number}` and its like, checked."""
    name = f"{collection}/{resource_id}"
    parse_name(name, collection)
    return name


def parse_name(name: str, collection: Collection, field: str = "name") -> str:
    """The id within a name such as `nodes/350600`; a number in it must be in its stored form."""
    prefix, slash, resource_id = name.partition("/")
    if prefix != collection or not slash or not _ID.fullmatch(resource_id):
        raise NameInvalid(field=field, name=name[:128], expected=f"{collection}/{{id}}")
    kind = _NUMBERED.get(collection)
    if kind and str(parse_number(resource_id, kind, field)) != resource_id:
        raise NameInvalid(field=field, name=name[:128], expected=f"{collection}/{{number}}")
    return resource_id


def split_name(name: str, field: str = "stream") -> tuple[Collection, str]:
    """The collection and id of any top-level name."""
    prefix = name.partition("/")[0]
    if prefix not in Collection._value2member_map_:
        expected = " | ".join(f"{c}/{{id}}" for c in Collection)
        raise NameInvalid(field=field, name=name[:128], expected=expected)
    collection = Collection(prefix)
    return collection, parse_name(name, collection, field)


def item_name(region: str, code: str) -> str:
    """`regions/{region}/items/{code}`: one service item of a region."""
    return _make_nested("regions", region, "items", code)


def parse_item_name(name: str, field: str = "item") -> tuple[str, str]:
    """The region and the item code of an item's name."""
    return _parse_nested(name, "regions", "items", field)


def window_name(node: str, window: str) -> str:
    """`nodes/{node}/windows/{window}`: a window; its id is opaque and tells nothing of who sits there."""
    return _make_nested("nodes", node, "windows", window)


def parse_window_name(name: str, field: str = "window") -> tuple[str, str]:
    """The node and the window id of a window's name."""
    return _parse_nested(name, "nodes", "windows", field)


def _make_nested(parents: str, parent: str, children: str, child: str) -> str:
    name = f"{parents}/{parent}/{children}/{child}"
    _parse_nested(name, parents, children, "name")
    return name


def _parse_nested(name: str, parents: str, children: str, field: str) -> tuple[str, str]:
    parts = name.split("/", 4)
    fits = len(parts) == 4 and parts[0] == parents and parts[2] == children
    if not (fits and _ID.fullmatch(parts[1]) and _ID.fullmatch(parts[3])):
        raise NameInvalid(field=field, name=name[:128], expected=f"{parents}/{{id}}/{children}/{{id}}")
    return parts[1], parts[3]
