"""The waybills of a batch, photographed together: one picture, recorded at every parcel that it shows.

A courier signs for ten parcels at once, and nobody opens ten pages to add ten pictures; but a leg without a picture is
one-sided after a day.  So the scan page takes one picture of the waybills on the table and says which parcels it is of.
Each parcel gets it sealed anew, with a salt of its own, to its own ends: two digests do not tell that they are of the
same picture.  What is no picture is refused before anything is recorded.  One parcel that refuses holds up no other:
its refusal is told, it stays on the list of those that lack a picture, and sending the picture again is for it alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nodes.core import NodeCore
from nodes.desk.legs import LegDesk, unpictured_leg
from nodes.desk.photos import check_picture
from nodes.desk.staff import Staff
from nodes.store import QUERIES
from tongban import errors
from tongban.storage.base import Transaction
from tongban.v1 import mailroom_pb2, parcel_pb2
from tongban.validation import check


@dataclass(frozen=True, slots=True)
class Unpictured:
    """A parcel on its way without its waybill's photograph."""

    parcel: str
    leg: int
    waybill: str
    destination: parcel_pb2.Post


@dataclass(frozen=True, slots=True)
class Pictured:
    """What came of one picture."""

    count: int
    """At how many parcels it was recorded."""
    refused: errors.TongbanError | None = None
    """Why it was not at the first of the others."""


async def unpictured(core: NodeCore, parcels: Iterable[str]) -> list[Unpictured]:
    """Which of these parcels lack the photograph, each once, in this order."""
    names = list(dict.fromkeys(parcels))

    def work(tx: Transaction) -> list[Unpictured]:
        return [found for name in names if (found := _unpictured(core, tx, name)) is not None]

    return await core.database.look_up(work) if names else []


async def picture(desk: LegDesk, staff: Staff, lacking: Sequence[Unpictured], photo: bytes) -> Pictured:
    """Record one picture at each of these parcels; FieldInvalid, and nothing recorded, for what is no picture."""
    check_picture(photo)
    count, refused = 0, None
    for each in lacking:
        request = mailroom_pb2.AddWaybillPhotoRequest(name=each.parcel, leg=each.leg, photo=photo)
        try:
            check(request, refuse_unknown=True)
            await desk.add_waybill_photo(staff, request)
        except errors.TongbanError as error:
            refused = refused or error
        else:
            count += 1
    return Pictured(count, refused)


def _unpictured(core: NodeCore, tx: Transaction, name: str) -> Unpictured | None:
    row = tx.fetch_one(QUERIES.read_stream, {"name": name})
    blob = (row["predicted"] or row["state"]) if row else b""
    state = core.lifecycles.load(name, blob) if blob else None
    if not isinstance(state, parcel_pb2.Parcel):
        return None
    leg = unpictured_leg(state, core.name)
    return Unpictured(name, leg.number, leg.waybill, state.destination) if leg is not None else None
