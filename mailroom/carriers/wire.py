"""What every codec does with bytes: forms out, and bounded JSON in that names what is wrong and where.

A feed is a stranger's: a body has a size, a list has a length, a text has a width, and a text holds nothing that a
database or a contract refuses (control characters, halves of surrogates).  What is missing or null reads as empty,
because one null description must not hide a delivery; what has the wrong type is a fault of that one entry.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeVar
from urllib.parse import parse_qsl, urlencode

from mailroom.carriers.base import MAX_BODY, CarrierFault, FaultKind, Flaw, HttpRequest, Reply, Tracked

FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"
MAX_ENTRIES: Final = 1000
"""Entries of one list that are read; a waybill has some tens."""
MAX_TEXT: Final = 500

_LEG: Final = re.compile(r"parcels/[A-Z0-9]{8,40}/legs/[1-9][0-9]?")
_NUMBER: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{4,38}[A-Z0-9]")
_FORM_FIELDS: Final = 50
_SERVER_ERROR: Final = 500
_TOO_MANY: Final = 429

JsonObject = Mapping[str, object]
T = TypeVar("T")


def form(url: str, fields: Mapping[str, str]) -> HttpRequest:
    """A POST of these fields as a form, in their order."""
    return HttpRequest("POST", url, urlencode(fields).encode("ascii"), MappingProxyType({"Content-Type": FORM}))


def compact(message: Mapping[str, object]) -> str:
    """JSON as it is signed and sent: no spaces, Chinese as it stands."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def order_reference(key: str) -> str:
    """A leg's name as carriers take it: `parcels/P…/legs/2` is `P…-2`. Two legs never share one."""
    if not _LEG.fullmatch(key):
        raise ValueError(f"not a leg's name: {key[:80]}")
    _, number, _, leg = key.split("/")
    return f"{number}-{leg}"


def waybill_number(text: str, carrier: str, longest: int = 40) -> str:
    """A waybill number as it is sent: upper case, no blanks."""
    number = "".join(text.split()).upper()
    if not _NUMBER.fullmatch(number) or len(number) > longest:
        raise CarrierFault(FaultKind.BAD_NUMBER, text=number[:40], carrier=carrier, where="waybill")
    return number


def phone_tail(phone: str) -> str:
    """The last four digits, or nothing where there are not four."""
    digits = re.sub(r"[^0-9]", "", phone)
    return digits[-4:] if len(digits) >= 4 else ""


def batches(waybills: Iterable[Tracked], max_batch: int) -> Iterator[tuple[Tracked, ...]]:
    """Waybills as they may share a query: of one carrier and one telephone, and no more than `max_batch`."""
    groups: dict[tuple[str, str], list[Tracked]] = {}
    for tracked in waybills:
        groups.setdefault((tracked.carrier, phone_tail(tracked.phone)), []).append(tracked)
    for group in groups.values():
        for start in range(0, len(group), max_batch):
            yield tuple(group[start : start + max_batch])


def answered(reply: Reply, carrier: str) -> bytes:
    """The body of an answer that came through, or the fault that its HTTP status tells of."""
    if reply.status == _TOO_MANY:
        raise CarrierFault(
            FaultKind.THROTTLED, "429", carrier=carrier, retryable=True, retry_after=_retry_after(reply.headers)
        )
    if reply.status >= _SERVER_ERROR:
        raise CarrierFault(FaultKind.DOWNSTREAM, str(reply.status), carrier=carrier, retryable=True, retry_after=60.0)
    if reply.status in {401, 403}:
        raise CarrierFault(FaultKind.NO_PERMISSION, str(reply.status), carrier=carrier)
    if not 200 <= reply.status < 300:
        raise CarrierFault(FaultKind.UNKNOWN, str(reply.status), carrier=carrier)
    return reply.body


def json_object(body: bytes | str, carrier: str, where: str) -> JsonObject:
    """An object, from a body or from a string within one."""
    if len(body) > MAX_BODY:
        raise malformed(carrier, where, f"over {MAX_BODY} bytes")
    try:
        read: object = json.loads(body)
    except (ValueError, RecursionError):
        raise malformed(carrier, where, "not JSON") from None
    return as_object(read, carrier, where)


def as_object(value: object, carrier: str, where: str) -> JsonObject:
    """An object, or a fault."""
    if not isinstance(value, dict):
        raise malformed(carrier, where, f"an object is expected, not {_kind(value)}")
    return value


def as_list(value: object, carrier: str, where: str) -> Sequence[object]:
    """A list that is not too long; null is an empty one."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise malformed(carrier, where, f"a list is expected, not {_kind(value)}")
    if len(value) > MAX_ENTRIES:
        raise malformed(carrier, where, f"over {MAX_ENTRIES} entries")
    return value


def text_of(message: JsonObject, key: str, carrier: str, where: str, limit: int = MAX_TEXT) -> str:
    """A text or a number as text; missing and null are empty."""
    value = message.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise malformed(carrier, f"{where}.{key}", f"a text is expected, not {_kind(value)}")
    return clean(str(value), limit)


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """A stranger's text on one line, without what a database or the contract refuses, and not too long."""
    kept = "".join(" " if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} else c for c in text[: limit * 4])
    return " ".join(kept.split())[:limit].rstrip()


def form_fields(body: bytes, carrier: str) -> Mapping[str, str]:
    """A pushed form; a field that comes twice is refused, since two readers could each take another."""
    if len(body) > MAX_BODY:
        raise malformed(carrier, "body", f"over {MAX_BODY} bytes")
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=_FORM_FIELDS, encoding="utf-8", errors="strict"
        )
    except ValueError:
        raise malformed(carrier, "body", "not a form") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise malformed(carrier, "body", "a field comes twice")
    return fields


def each(
    entries: Sequence[object], read: Callable[[JsonObject, str], T], carrier: str, where: str, flaws: list[Flaw]
) -> list[T]:
    """Read every entry that can be read; what cannot is named in `flaws`."""
    found: list[T] = []
    for position, entry in enumerate(entries):
        place = f"{where}[{position}]"
        try:
            found.append(read(as_object(entry, carrier, place), place))
        except CarrierFault as fault:
            flaws.append(Flaw(fault.where if fault.where.startswith(place) else place, fault.text or fault.kind))
    return found


def malformed(carrier: str, where: str, problem: str) -> CarrierFault:
    """An answer that cannot be read."""
    return CarrierFault(FaultKind.MALFORMED, text=problem, carrier=carrier, where=where)


def _kind(value: object) -> str:
    return "null" if value is None else type(value).__name__


def _retry_after(headers: Mapping[str, str]) -> float:
    given = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(given) if given.isascii() and given.isdigit() and len(given) < 6 else 60.0
