"""What a parcel's legs ask of the carriers' side, and what is read of an order.

    leg of ours                                  asked of the carriers' side
    order wanted, no waybill, no failure open    order
    waybill known, a courier's                   watch, until long after it is due
    cancelled, with an order                     cancel, forget
    taken in, or no longer the leg it is on      forget

Everything is a function of the parcel's state, so a relay that starts again says all of it again; every command is
idempotent by the leg's name.

An order is the sealed part `order` beside the event that booked the leg, granted to the relay alone: the contract's
`CarrierOrder`, as JSON or as its bytes.  It names people; it is read when it is needed, and kept nowhere.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

from google.protobuf import json_format
from google.protobuf.message import DecodeError

from mailroom.carriers.base import Contact, OrderRequest
from mailroom.domain.numbers import leg_name
from mailroom.domain.watch import FEEDLESS
from nodes.journal.sealer import Sealer
from nodes.relay.observing import is_raised
from nodes.relay.settling import Ordered
from tongban import errors
from tongban.storage.base import Transaction
from tongban.v1 import mailroom_pb2, parcel_pb2
from tongban.validation import check

ORDER_PART: Final = "order"
CONTENTS: Final = "文件"
"""What a carrier is told of the contents: papers, and nothing more."""
DEFAULT_GRAMS: Final = 500
MAX_ORDER: Final = 4096
LISTEN: Final = dt.timedelta(days=90)
"""So long after it is due, or was booked, a leg is listened for at most."""


@dataclass(frozen=True, slots=True)
class Listen:
    """A leg to listen for."""

    leg: str
    carrier: str
    waybill: str
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the legs of a parcel that name this relay want now, by the legs' names."""

    listen: list[Listen] = field(default_factory=list)
    order: list[parcel_pb2.Leg] = field(default_factory=list)
    cancel: list[str] = field(default_factory=list)
    forget: list[str] = field(default_factory=list)


def wanted(parcel: parcel_pb2.Parcel, relay: str) -> Wanted:
    """What a parcel wants of this relay."""
    found = Wanted()
    for leg in parcel.legs:
        if leg.relay != relay:
            continue
        name = leg_name(parcel.name, leg.number)
        if leg.cancelled:
            if leg.order:
                found.cancel.append(name)
            found.forget.append(name)
        elif leg.HasField("intake") or leg.number != parcel.legs[-1].number:
            found.forget.append(name)
        elif leg.waybill:
            if leg.carrier not in FEEDLESS:
                found.listen.append(Listen(name, leg.carrier, leg.waybill, _until(leg)))
        elif leg.order and not is_raised(parcel, "order-failed", leg.number):
            found.order.append(leg)
    return found


def ordered(parcel: parcel_pb2.Parcel, relay: str) -> list[Ordered]:
    """The legs for which a parcel wants, or wanted, a waybill of this relay, whatever came of it."""
    return [
        Ordered(leg_name(parcel.name, leg.number), leg.carrier, leg.waybill)
        for leg in parcel.legs
        if leg.relay == relay and leg.order
    ]


def _until(leg: parcel_pb2.Leg) -> dt.datetime:
    since = leg.due_time if leg.HasField("due_time") else leg.offer_time
    return since.ToDatetime(dt.UTC) + LISTEN


def read_order(sealer: Sealer, tx: Transaction, parcel: str, leg: int) -> mailroom_pb2.CarrierOrder | None:
    """The order beside the event that booked a leg; None where there is none that opens here."""
    try:
        parts = sealer.open_all(tx, parcel)
    except errors.SealNotForUs:
        return None
    for event, name, plain in parts:
        if name == ORDER_PART and event.HasField("parcel_offered") and event.parcel_offered.leg == leg:
            return parse_order(plain)
    return None


def parse_order(plain: bytes) -> mailroom_pb2.CarrierOrder | None:
    """An order from its JSON or its bytes; None where it is neither, or not one that the contract allows.

    Whoever may write on a parcel may lay anything beside its events: nobody else has looked at it.
    """
    order = mailroom_pb2.CarrierOrder()
    if len(plain) > MAX_ORDER:
        return None
    try:
        if plain[:1] == b"{":
            json_format.Parse(plain.decode("utf-8"), order, ignore_unknown_fields=True, max_recursion_depth=8)
        else:
            order.ParseFromString(plain)
        check(order, where="order")
    except (DecodeError, json_format.ParseError, UnicodeDecodeError, RecursionError, errors.TongbanError):
        return None
    return order


def request_of(leg: str, order: mailroom_pb2.CarrierOrder) -> OrderRequest:
    """The order as the carriers' side wants it; its key is the leg, so a leg never gets two waybills."""
    return OrderRequest(
        key=leg,
        sender=_contact(order.sender),
        receiver=_contact(order.receiver),
        contents=CONTENTS,
        weight_grams=order.weight_grams or DEFAULT_GRAMS,
    )


def phone_of(order: mailroom_pb2.CarrierOrder | None) -> str:
    """The telephone number that some carriers ask for: the receiver's, or else the sender's."""
    return (order.receiver.phone or order.sender.phone) if order is not None else ""


def _contact(contact: mailroom_pb2.CarrierContact) -> Contact:
    return Contact(
        name=contact.name,
        phone=contact.phone,
        province=contact.province,
        city=contact.city,
        county=contact.county,
        address=contact.address,
    )
