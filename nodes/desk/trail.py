"""A parcel's way, step by step, as people tell it: who scanned it where, what the carrier said, what was wrong.

Read from the events themselves, in the order in which things happened: a scan by the time that its author claims, a
carrier's word by the time that the carrier gives.  Carriers tell whole seconds and may give several words the same one,
the last often first: of one moment's words, the one that reaches less far comes first.  Every time is told in this
node's zone, and beside it as the clock on the wall showed where it happened, when that is another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp

from mailroom.domain.transit import word_rank
from nodes.core import NodeCore
from nodes.journal.intake import FOLDED, PARKED, REFUSED
from nodes.journal.streams import event_of
from nodes.store import QUERIES
from tongban.lifecycle.table import RULES
from tongban.storage.base import Row, Transaction
from tongban.v1 import event_pb2, parcel_pb2

_SCANS: Final = frozenset({"parcel_dispatched", "parcel_taken_in"})


@dataclass(frozen=True, slots=True)
class Waymark:
    """One step of the way."""

    body: str
    """The event's type."""
    title_zh: str
    title_en: str
    time: dt.datetime
    author: str
    person: str = ""
    """Who of this node did it."""
    post: tuple[str, str] = ("", "")
    """Where it was scanned: node and post."""
    local: str = ""
    """The time on the wall there, where it is another than here."""
    word: str = ""
    """What the carrier said, in our words."""
    signed_by: str = ""
    carrier: str = ""
    waybill: str = ""
    codes: Sequence[str] = ()
    """What is wrong since this step."""
    ended: str = ""
    """Which exception it ended."""
    second: str = ""
    """Who stood by at an opening; the opaque id where it is another node's."""
    photo: bool = False
    """Whether a picture is sealed beside it."""
    waiting: bool = False
    refused: bool = False


def trail(tx: Transaction, core: NodeCore, parcel: parcel_pb2.Parcel) -> list[Waymark]:
    """Every step of a parcel that this node knows of, in the order in which they happened."""
    people = {row["staff_id"]: row["title"] for row in tx.fetch_all(QUERIES.list_staff)}
    wrong: dict[int, list[str]] = {}
    for each in parcel.exceptions:
        wrong.setdefault(each.version, []).append(each.code)
    zones = _Zones(core)
    marks = []
    for place, row in enumerate(tx.fetch_all(QUERIES.list_history, {"stream": parcel.name}), 1):
        try:
            event = event_of(row["envelope"])
        except DecodeError:
            continue
        codes = wrong.get(row["version"] or place, [])
        marks.append(_mark(event, row, parcel, people if row["author"] == core.name else {}, zones, codes))
    return sorted(marks, key=lambda mark: (mark.time, word_rank(mark.word)))


class _Zones:
    """What the clock on the wall shows at a post."""

    def __init__(self, core: NodeCore) -> None:
        self._directory = core.shared.directory
        self._here = self._zone(core.name, "")

    def _zone(self, node: str, post: str) -> ZoneInfo:
        found = self._directory.find(node)
        if found is None:
            return ZoneInfo("Asia/Shanghai")
        own = next((entry.time_zone for entry in found.profile.posts if entry.id == post), "")
        return ZoneInfo(own or found.profile.time_zone)

    def at(self, moment: dt.datetime, node: str, post: str) -> str:
        """The time there, or nothing where it is the same as here."""
        return self._told(moment, moment.astimezone(self._zone(node, post)))

    def offset(self, moment: dt.datetime, minutes: int) -> str:
        """The same for an offset that a carrier's time was read by."""
        return self._told(moment, moment.astimezone(dt.timezone(dt.timedelta(minutes=minutes))))

    def _told(self, moment: dt.datetime, there: dt.datetime) -> str:
        here = moment.astimezone(self._here)
        return there.strftime("%m-%d %H:%M") if there.utcoffset() != here.utcoffset() else ""


def _mark(
    event: event_pb2.Event,
    row: Row,
    parcel: parcel_pb2.Parcel,
    people: Mapping[str, str],
    zones: _Zones,
    codes: Sequence[str],
) -> Waymark:
    body = event.WhichOneof("body") or ""
    rule = RULES.get(body)
    time, post, local, word, signed_by, number = _time(event.claim_time), ("", ""), "", "", "", 0
    carrier = waybill = ended = second = ""
    if body in _SCANS:
        content = getattr(event, body)
        post, number = (event.author, content.scan.post.post), content.leg
        waybill = content.scan.waybill
        local = zones.at(time, *post)
    elif body == "carrier_observed":
        said = event.carrier_observed
        number, word, signed_by = said.leg, said.meaning, said.signed_by
        if said.HasField("observe_time"):
            time = _time(said.observe_time)
        local = zones.offset(time, said.zone_offset_minutes) if said.zone_basis else ""
    elif body in {"parcel_offered", "waybill_assigned"}:
        number, waybill = getattr(event, body).leg, getattr(event, body).waybill
    elif body == "parcel_redirected":
        to = event.parcel_redirected.destination
        post = (to.node, to.post)
    elif body == "parcel_opened":
        second = people.get(event.parcel_opened.witness, event.parcel_opened.witness)
    elif body == "parcel_exception_resolved":
        ended = event.parcel_exception_resolved.code
    elif body == "parcel_exception_raised":
        codes = codes or [event.parcel_exception_raised.code]
    leg = next((each for each in parcel.legs if each.number == number), None)
    if leg is not None:
        carrier = leg.carrier
    return Waymark(
        body=body,
        title_zh=rule.title_zh if rule else body,
        title_en=(rule.title_en if rule else body).capitalize(),
        time=time,
        author=row["author"],
        person=people.get(event.actor, ""),
        post=post,
        local=local,
        word=word,
        signed_by=signed_by,
        carrier=carrier,
        waybill=waybill,
        codes=tuple(dict.fromkeys(codes)),
        ended=ended,
        second=second,
        photo=_has_photo(event),
        waiting=row["standing"] not in (FOLDED, PARKED, REFUSED),
        refused=row["standing"] == REFUSED,
    )


def _has_photo(event: event_pb2.Event) -> bool:
    digests = (
        event.parcel_opened.photo_digest,
        event.parcel_dispatched.waybill_photo_digest,
        event.waybill_photographed.photo_digest,
    )
    return any(digests)


def _time(stamp: Timestamp) -> dt.datetime:
    return stamp.ToDatetime(dt.UTC)
