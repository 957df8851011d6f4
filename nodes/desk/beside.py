"""What is sealed beside a parcel's events: a carrier's own words, and pictures that stand for a hand or a pair of eyes.

A courier's sentence names people, a picture shows papers.  So both are shown only to who asks for them, and who read
them, and when, is on disk before anything is shown.  What does not open here is left out.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from nodes.desk.parcels import ParcelDesk
from nodes.desk.photos import open_photo
from nodes.desk.staff import MAILROOM, SUPERVISOR, Staff
from nodes.store import QUERIES
from tongban import errors
from tongban.ids import uuid7
from tongban.storage.base import Transaction
from tongban.v1 import event_pb2

RAW: Final = "raw"
PICTURES: Final = {"parcel_opened": "photo", "parcel_dispatched": "waybill", "waybill_photographed": "waybill"}
"""By the event's type, the sealed part that is its picture."""
PACKED: Final = "parcel_packed"
_ITEM: Final = re.compile(r"item-[0-9]+")
"""The sealed parts of a packed parcel that begin a picture of an original; `item-1-2` goes on with one."""


@dataclass(frozen=True, slots=True)
class Word:
    """What a carrier said, in its own words."""

    time: dt.datetime
    text: str
    place: str
    local_time: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that lies beside an event."""

    event_id: str
    body: str
    time: dt.datetime
    part: str
    item: str = ""
    """The original that it shows; empty where it shows the parcel or its waybill."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Everything of a parcel that opens here."""

    words: tuple[Word, ...]
    pictures: tuple[Picture, ...]


class BesideDesk(ParcelDesk):
    """Opens what is sealed, and records who did."""

    async def beside(self, staff: Staff, name: str) -> Beside:
        """The carrier's words, and which pictures there are."""
        parts = await self._opened(staff, name)
        words = [_word(event, content) for event, part, content in parts if part == RAW]
        pictures = [
            Picture(event.event_id, body, _time(event), part, _shown(event, part, parts))
            for event, part, _ in parts
            if part == PICTURES.get(body := event.WhichOneof("body") or "")
            or (body == PACKED and _ITEM.fullmatch(part))
        ]
        return Beside(tuple(words), tuple(pictures))

    async def picture(self, staff: Staff, name: str, event_id: str, part: str = "") -> bytes:
        """One picture, proven to be the one that its event names; of a packed parcel's the one in this part."""
        parts = [found for found in await self._opened(staff, name) if found[0].event_id == event_id]
        pieces = [(piece, raw) for _, piece, raw in parts]
        for event, _, _ in parts[:1]:
            body = event.WhichOneof("body") or ""
            for digest in _digests(event, body):
                if shown := open_photo(part if body == PACKED else PICTURES.get(body, ""), digest, pieces):
                    return shown
        raise errors.NotFound(field="event_id", name=event_id[:40])

    async def _opened(self, staff: Staff, name: str) -> list[tuple[event_pb2.Event, str, bytes]]:
        staff.require("查看邮包", MAILROOM, SUPERVISOR)
        await self._state(name)
        now = self._core.clock.now()
        reading = {
            "reading_id": uuid7(now, self._core.entropy),
            "stream": name,
            "staff_id": staff.staff_id,
            "read_time": round(now.timestamp() * 1_000_000),
        }

        def work(tx: Transaction) -> list[tuple[event_pb2.Event, str, bytes]]:
            tx.execute(QUERIES.insert_reading, reading)
            try:
                return self._core.sealer.open_all(tx, name)
            except errors.SealNotForUs:
                return []

        return await self._core.database.run(work)


def _word(event: event_pb2.Event, content: bytes) -> Word:
    try:
        said = json.loads(content)
        text, place, local = (str(said.get(key, "")) for key in ("text", "place", "local_time"))
    except (ValueError, AttributeError):
        text, place, local = content.decode("utf-8", "replace"), "", ""
    observed = event.carrier_observed
    time = observed.observe_time.ToDatetime(dt.UTC) if observed.HasField("observe_time") else _time(event)
    return Word(time, text, place, local)


def _time(event: event_pb2.Event) -> dt.datetime:
    return event.claim_time.ToDatetime(dt.UTC)


def _digests(event: event_pb2.Event, body: str) -> list[bytes]:
    """Of which pictures an event has the digests."""
    if body == PACKED:
        return [entry.photo_digest for entry in event.parcel_packed.manifest if entry.photo_digest]
    if body == "parcel_dispatched":
        return [event.parcel_dispatched.waybill_photo_digest]
    return [getattr(event, body).photo_digest] if body in PICTURES else []


def _shown(event: event_pb2.Event, part: str, parts: Iterable[tuple[event_pb2.Event, str, bytes]]) -> str:
    """The original that a part of a packed parcel is the picture of."""
    if event.WhichOneof("body") != PACKED:
        return ""
    pieces = [(name, raw) for of, name, raw in parts if of.event_id == event.event_id]
    entries = event.parcel_packed.manifest
    return next((e.item for e in entries if e.photo_digest and open_photo(part, e.photo_digest, pieces)), "")
