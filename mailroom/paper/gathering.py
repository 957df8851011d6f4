"""From the contract's messages to what is printed; every name for people comes from the caller, who knows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from google.protobuf.timestamp_pb2 import Timestamp

from mailroom.domain.labels import ItemLabel
from mailroom.domain.numbers import parse_parcel_name
from mailroom.paper.codes import code128, modules
from mailroom.paper.prints import (
    Address,
    HandoverLine,
    HandoverList,
    ItemLabels,
    ItemLine,
    Manifest,
    ManifestLine,
    ParcelLabel,
    Place,
    StockLine,
    StocktakeSheet,
    WaybillLabel,
)
from mailroom.paper.words import FORMS, OWNERS, PURPOSES, SHELF, UNSTATED
from tongban.errors import FieldInvalid, TongbanError
from tongban.local_numbers import parse_number
from tongban.v1 import mailroom_pb2, parcel_pb2

_SHORT_DIGEST = 8
"""Bytes of a digest that stand beside an entry: enough to tell two papers apart, too few to be the digest."""


@dataclass(frozen=True, slots=True)
class Naming:
    """What things are called by the people of a desk, in Chinese."""

    place: Callable[[parcel_pb2.Post], Place]
    when: Callable[[Timestamp], str]
    carrier: Callable[[str], str]
    titles: Mapping[str, str]
    """Of originals and copies, by their names."""


def parcel_label(parcel: parcel_pb2.Parcel, stub: str, naming: Naming) -> ParcelLabel:
    """The label of a sealed parcel."""
    number = _number(parcel.name)
    return ParcelLabel(
        number=number,
        grouped=_grouped(parcel.name),
        destination=naming.place(parcel.destination),
        sender=naming.place(parcel.origin),
        purpose=PURPOSES.get(parcel.purpose, UNSTATED),
        seals=tuple(parcel.seals),
        entries=len(parcel.manifest),
        pages=sum(entry.pages for entry in parcel.manifest),
        stub=stub,
        modules=modules(code128(number)),
        seconds=parcel.create_time.seconds,
    )


def item_labels(originals: Iterable[tuple[str, int]], naming: Naming, seconds: int) -> ItemLabels:
    """Labels for originals, each with the number of its sheets."""
    lines = []
    for name, pages in originals:
        label = ItemLabel.of(name)
        lines.append(ItemLine.of(label, naming.titles.get(name, ""), _grouped(label.application), pages))
    if not lines:
        raise FieldInvalid(field="items", problem="没有要打印标签的原件", problem_en="there is no original to label")
    return ItemLabels(tuple(lines), seconds)


def waybill_label(
    parcel: parcel_pb2.Parcel, leg: parcel_pb2.Leg, order: mailroom_pb2.CarrierOrder, naming: Naming
) -> WaybillLabel:
    """The waybill of a leg, with the addresses that the order gives."""
    if not leg.waybill:
        raise FieldInvalid(field="waybill", problem="该段没有运单号", problem_en="the leg has no waybill number")
    return WaybillLabel(
        carrier=naming.carrier(leg.carrier),
        waybill=leg.waybill,
        parcel=_grouped(parcel.name),
        sender=_address(order.sender),
        receiver=_address(order.receiver),
        entries=len(parcel.manifest),
        seconds=parcel.create_time.seconds,
    )


def manifest(parcel: parcel_pb2.Parcel, naming: Naming) -> Manifest:
    """The manifest of a sealed parcel."""
    lines = tuple(
        ManifestLine(
            title=naming.titles.get(entry.item) or entry.kind or entry.item.rpartition("/")[2],
            item=entry.item.removeprefix("applications/"),
            form=FORMS.get(entry.form, UNSTATED),
            pages=entry.pages,
            owner=OWNERS.get(entry.owner, UNSTATED),
            serial=_groups(entry.serial_digest[:_SHORT_DIGEST]),
            photo=_groups(entry.photo_digest[:_SHORT_DIGEST]),
        )
        for entry in parcel.manifest
    )
    return Manifest(
        number=_number(parcel.name),
        grouped=_grouped(parcel.name),
        origin=naming.place(parcel.origin),
        destination=naming.place(parcel.destination),
        purpose=PURPOSES.get(parcel.purpose, UNSTATED),
        packed=naming.when(parcel.create_time),
        seals=tuple(parcel.seals),
        digest=_groups(parcel.manifest_digest),
        lines=lines,
        pages=sum(entry.pages for entry in parcel.manifest),
        seconds=parcel.create_time.seconds,
    )


def handover_list(
    parcels: Iterable[parcel_pb2.Parcel], post: parcel_pb2.Post, carrier: str, now: Timestamp, naming: Naming
) -> HandoverList:
    """Parcels that one courier takes along, in the order of their numbers."""
    lines = tuple(
        HandoverLine(
            number=_number(parcel.name),
            grouped=_grouped(parcel.name),
            waybill=next((leg.waybill for leg in reversed(parcel.legs) if not leg.cancelled), ""),
            seals=tuple(parcel.seals),
            destination=naming.place(parcel.destination),
            entries=len(parcel.manifest),
        )
        for parcel in sorted(parcels, key=lambda each: each.name)
    )
    if not lines:
        raise FieldInvalid(field="parcel", problem="没有要交接的邮包", problem_en="there is no parcel to hand over")
    return HandoverList(
        carrier=naming.carrier(carrier),
        post=naming.place(post),
        printed=naming.when(now),
        lines=lines,
        seconds=now.seconds,
    )


def stocktake_sheet(
    shelf: Iterable[mailroom_pb2.ShelfEntry], post: parcel_pb2.Post, now: Timestamp, naming: Naming
) -> StocktakeSheet:
    """What the ledger says lies at a post."""
    lines = tuple(
        StockLine(
            name=_grouped(entry.name) if entry.name.startswith("parcels/") else entry.name.partition("/")[2],
            title=naming.titles.get(entry.name, ""),
            kind=SHELF.get(entry.kind, UNSTATED),
            since=naming.when(entry.since_time),
        )
        for entry in shelf
    )
    return StocktakeSheet(naming.place(post), naming.when(now), lines, now.seconds)


def _address(contact: mailroom_pb2.CarrierContact) -> Address:
    region = " ".join(part for part in (contact.province, contact.city, contact.county) if part)
    return Address(contact.name, contact.phone, tuple(line for line in (region, contact.address) if line))


def _number(parcel: str) -> str:
    return str(parse_parcel_name(parcel))


def _grouped(name: str) -> str:
    """A number as it is read aloud; one of another making as it stands."""
    number = name.rpartition("/")[2]
    try:
        return parse_number(number).grouped
    except TongbanError:
        return number


def _groups(digest: bytes) -> str:
    text = digest.hex().upper()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))
