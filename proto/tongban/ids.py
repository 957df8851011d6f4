"""Identifiers: who makes them, what they promise, and what a person may do to them.

Three families, none of which needs anybody's permission to make:

* **UUIDv7** (RFC 9562) names an event and is its idempotency key. `UuidSequence` gives ids that rise
  strictly within one sequence, even when many fall into one millisecond or the clock steps back: it then
  adds a random step to the 74 random bits (RFC 9562, 6.2, method 2). Order between two sequences means
  nothing; the gateway orders streams. An id is written in lower case only, because the journal compares
  bytes.

* **Resource names** (AIP-122): `applications/{number}`, `items/{region}.{code}` ... `parse_name` checks
  the whole name, so whatever passes can be a key, a path and a log field.

* **Local numbers** of applications and parcels, made by the accepting node with the line down; how they are
  built is told in `tongban.local_numbers`, and they can be imported from here.
"""

from __future__ import annotations

import datetime as dt
import enum
import functools
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


_ID: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_LOCAL_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class Collection(enum.StrEnum):
    """The collections of the contract. Each resource in one is a stream."""

    APPLICATIONS = "applications"
    PARCELS = "parcels"
    AGREEMENTS = "agreements"
    NODES = "nodes"
    ITEMS = "items"


_NUMBERED: Final = {
    Collection.APPLICATIONS: NumberKind.APPLICATION,
    Collection.PARCELS: NumberKind.PARCEL,
}
_LONGEST_ID: Final = {
    Collection.APPLICATIONS: 40,
    Collection.PARCELS: 40,
    Collection.AGREEMENTS: 60,
    Collection.NODES: 40,
    Collection.ITEMS: 80,
}


class Paper(enum.StrEnum):
    """What an application names of paper."""

    ORIGINALS = "originals"
    COPIES = "copies"


def make_name(collection: Collection, resource_id: str) -> str:
    """`applications/{number}` and its like, checked."""
    name = f"{collection}/{resource_id}"
    parse_name(name, collection)
    return name


def parse_name(name: str, collection: Collection, field: str = "name") -> str:
    """The id within a name such as `nodes/350600`; a number in it must be in its stored form."""
    prefix, slash, resource_id = name.partition("/")
    fits = prefix == collection and slash and len(resource_id) <= _LONGEST_ID[collection]
    if not (fits and _ID.fullmatch(resource_id)):
        raise _name_invalid(name, f"{collection}/{{id}}", field)
    kind = _NUMBERED.get(collection)
    if kind and not _is_exact(resource_id, kind, field):
        raise _name_invalid(name, f"{collection}/{{number}}", field)
    return resource_id


@functools.lru_cache(maxsize=8192)  # a stream's name comes back with each of its events
def _is_exact(number: str, kind: NumberKind, field: str) -> bool:
    return str(parse_number(number, kind, field)) == number


def split_name(name: str, field: str = "stream") -> tuple[Collection, str]:
    """The collection and id of any stream's name."""
    prefix = name.partition("/")[0]
    if prefix not in Collection._value2member_map_:
        raise _name_invalid(name, " | ".join(f"{each}/{{id}}" for each in Collection), field)
    collection = Collection(prefix)
    return collection, parse_name(name, collection, field)


def item_name(region: str, code: str) -> str:
    """`items/{region}.{code}`: one service item of a region. A region has no dot, a code may."""
    name = f"{Collection.ITEMS}/{region}.{code}"
    if parse_item_name(name) != (region, code):
        raise _name_invalid(name, "items/{region}.{code}", "item")
    return name


def parse_item_name(name: str, field: str = "item") -> tuple[str, str]:
    """The region and the item code of an item's name."""
    region, dot, code = parse_name(name, Collection.ITEMS, field).partition(".")
    if not (dot and _ID.fullmatch(region) and _ID.fullmatch(code)):
        raise _name_invalid(name, "items/{region}.{code}", field)
    return region, code


def paper_name(application: str, kind: Paper, local_id: str) -> str:
    """`{application}/originals/{id}` or `{application}/copies/{id}`, where `application` is a whole name."""
    name = f"{application}/{kind}/{local_id}"
    parse_paper_name(name)
    return name


def parse_paper_name(name: str, field: str = "original") -> tuple[str, Paper, str]:
    """The application's name, the kind of paper, and the id within the application."""
    collection, _, rest = name.partition("/")
    number, _, tail = rest.partition("/")
    kind, _, local_id = tail.partition("/")
    if kind not in Paper._value2member_map_ or not _LOCAL_ID.fullmatch(local_id):
        raise _name_invalid(name, "applications/{number}/originals/{id}", field)
    application = f"{collection}/{number}"
    parse_name(application, Collection.APPLICATIONS, field)
    return application, Paper(kind), local_id


def _name_invalid(name: str, expected: str, field: str) -> NameInvalid:
    return NameInvalid(field=field, name=name[:128], expected=expected)
