"""What happens to a leg besides its scans: booked, its waybill ordered, cancelled, photographed, spoken of by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

from aiohttp import web

from mailroom.domain.legs import WITHOUT_WAYBILL
from nodes.console import labels
from nodes.console.pages.mail_prints import ADDRESS, ENDS, contact, name_contacts
from nodes.console.pages.parcels import read
from nodes.console.visit import Route, Visit
from nodes.desk.legs import booked_leg
from nodes.desk.staff import MAILROOM
from tongban import errors
from tongban.v1 import mailroom_pb2, parcel_pb2

_MINUTE = "%Y-%m-%dT%H:%M"


def _name(visit: Visit) -> str:
    return f"parcels/{visit.part('number')}"


async def offering(visit: Visit) -> web.StreamResponse:
    """Book a carrier that comes later, with a number or by ordering one."""
    visit.staff.require("交寄", MAILROOM)
    parcel = await read(visit)
    name_contacts(visit, "order.")
    relays = visit.house.core.shared.directory.relays()
    orders = [each for each in labels.CARRIERS if any(each in relay.profile.order_carriers for relay in relays)]
    return await visit.render("parcels/offer.html", p=parcel, ends=ENDS, parts=ADDRESS, orders=orders)


async def offer(visit: Visit) -> web.StreamResponse:
    """Book it."""
    form = visit.form
    request = mailroom_pb2.OfferParcelRequest(
        name=_name(visit), carrier=form.text("carrier"), waybill=form.text("waybill").upper()
    )
    try:
        if form.text("order") == "yes":
            request.waybill = ""
            request.order.sender.CopyFrom(contact(visit, "sender"))
            request.order.receiver.CopyFrom(contact(visit, "receiver"))
            request.order.weight_grams = form.integer("weight_grams")
        await visit.ask(visit.house.desks.mailroom.offer_parcel, request)
    except errors.TongbanError as error:
        visit.error = error
        return await offering(visit)
    return visit.go(f"/{request.name}")


async def cancelling(visit: Visit) -> web.StreamResponse:
    """Whether to take a booking back."""
    visit.staff.require("交寄", MAILROOM)
    parcel = await read(visit)
    return await visit.render("parcels/cancel_leg.html", p=parcel, leg=booked_leg(parcel))


async def cancel(visit: Visit) -> web.StreamResponse:
    """Take it back."""
    request = mailroom_pb2.CancelLegRequest(name=_name(visit), leg=visit.form.integer("leg"))
    try:
        await visit.ask(visit.house.desks.mailroom.cancel_leg, request)
    except errors.TongbanError as error:
        visit.error = error
        return await cancelling(visit)
    return visit.go(f"/{request.name}")


async def picturing(visit: Visit) -> web.StreamResponse:
    """The waybill's photograph, which came after the scan."""
    visit.staff.require("交寄", MAILROOM)
    parcel = await read(visit)
    return await visit.render("parcels/waybill_photo.html", p=parcel, legs=_own_legs(visit, parcel))


async def picture(visit: Visit) -> web.StreamResponse:
    """Seal it beside the leg."""
    upload = visit.form.files.get("photo")
    request = mailroom_pb2.AddWaybillPhotoRequest(name=_name(visit), leg=visit.form.integer("leg"))
    request.photo = upload.content if upload is not None else b""
    try:
        await visit.ask(visit.house.desks.mailroom.add_waybill_photo, request)
    except errors.TongbanError as error:
        visit.error = error
        return await picturing(visit)
    return visit.go(f"/{request.name}")


async def observing(visit: Visit) -> web.StreamResponse:
    """What a carrier said on the telephone, or on a page of its own."""
    visit.staff.require("记录承运方消息", MAILROOM)
    parcel = await read(visit)
    now = visit.house.core.clock.now().astimezone(visit.house.zone).strftime(_MINUTE)
    legs = [leg for leg in parcel.legs if not leg.cancelled]
    return await visit.render("parcels/observe.html", p=parcel, legs=legs, now=now)


async def observe(visit: Visit) -> web.StreamResponse:
    """Note it; it moves no custody."""
    form = visit.form
    request: Any = mailroom_pb2.RecordObservationRequest(
        name=_name(visit), meaning=form.text("meaning"), signed_by=form.text("signed_by"), text=form.text("text")
    )
    try:
        request.leg = form.integer("leg")
        if when := form.text("observe_time"):
            request.observe_time.FromDatetime(_local(visit, when))
        await visit.ask(visit.house.desks.mailroom.record_observation, request)
    except errors.TongbanError as error:
        visit.error = error
        return await observing(visit)
    return visit.go(f"/{request.name}")


def _local(visit: Visit, text: str) -> dt.datetime:
    try:
        local = dt.datetime.strptime(text, _MINUTE).replace(tzinfo=visit.house.zone)
    except ValueError:
        raise errors.FieldInvalid(
            field="observe_time", problem="应为日期和时间", problem_en="a date and a time"
        ) from None
    return local.astimezone(dt.UTC).replace(tzinfo=None)


def _own_legs(visit: Visit, parcel: parcel_pb2.Parcel) -> list[parcel_pb2.Leg]:
    """The legs that this node booked with a courier, the last one first."""
    own = visit.house.core.name
    return [
        leg
        for leg in reversed(parcel.legs)
        if leg.booking_node == own and not leg.cancelled and leg.carrier not in WITHOUT_WAYBILL
    ]


ROUTES = (
    Route("GET", "/parcels/{number}/offer", offering),
    Route("POST", "/parcels/{number}/offer", offer),
    Route("GET", "/parcels/{number}/cancel-leg", cancelling),
    Route("POST", "/parcels/{number}/cancel-leg", cancel),
    Route("GET", "/parcels/{number}/waybill-photo", picturing),
    Route("POST", "/parcels/{number}/waybill-photo", picture),
    Route("GET", "/parcels/{number}/observe", observing),
    Route("POST", "/parcels/{number}/observe", observe),
)
