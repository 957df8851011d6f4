"""What the mailroom prints, as PDF: labels, the command sheet, manifests and lists.

Who may print something is who may see it: every print asks the desk that its page asks.  A PDF is shown in the
browser, whose own dialogue prints it; what could not be drawn is a page that names it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from aiohttp import web
from google.protobuf.timestamp_pb2 import Timestamp

from mailroom.domain.labels import ItemLabel
from mailroom.domain.numbers import is_original
from mailroom.paper import gathering, to_pdf
from mailroom.paper.prints import CommandSheet, Place, Print
from nodes.console import labels
from nodes.console.holdings import titles_of
from nodes.console.pages.parcels import read
from nodes.console.visit import Route, Visit
from nodes.desk.shelf import ShelfDesk
from nodes.desk.staff import MAILROOM, WINDOW
from tongban import errors
from tongban.v1 import lifecycle_pb2, mailroom_pb2, parcel_pb2, window_pb2
from tongban.validation import check

MOST_PARCELS = 150
"""On one handover list; as many fit into an address."""

ADDRESS = (
    ("name", "姓名或单位"),
    ("phone", "电话"),
    ("province", "省"),
    ("city", "市"),
    ("county", "县区"),
    ("address", "街道门牌"),
)
"""What a carrier is told of either end, and what a person calls it."""

_PLACES = (
    ("destination", "寄往"),
    ("origin", "寄自"),
    ("sender.post", "寄自"),
    ("sender.node", "寄自"),
    ("sender", "寄件方"),
    ("receiver", "收件方"),
    ("lines", "材料"),
    ("items", "材料"),
    ("post", "收发点"),
)
"""What a person calls a place on a print, by how its path begins."""

ENDS = (("sender", "寄件方"), ("receiver", "收件方"))


async def parcel_label(visit: Visit) -> web.StreamResponse:
    """What is stuck on a parcel."""
    parcel = await read(visit)
    stub = await visit.house.desks.mailroom.stub(visit.staff, parcel.name)
    return await _printed(visit, gathering.parcel_label(parcel, stub, _naming(visit)), visit.part("number"))


async def parcel_items(visit: Visit) -> web.StreamResponse:
    """Labels for the originals of a parcel."""
    parcel = await read(visit)
    visit.staff.require("打印原件标签", MAILROOM, WINDOW)
    originals = [(entry.item, entry.pages) for entry in parcel.manifest if is_original(entry.item)]
    naming = await _titled(visit, (name for name, _ in originals))
    printed = gathering.item_labels(originals, naming, parcel.create_time.seconds)
    return await _printed(visit, printed, f"{visit.part('number')}-items")


async def application_items(visit: Visit) -> web.StreamResponse:
    """Labels for the originals of an application, or for one of them (`?original=`)."""
    visit.staff.require("打印原件标签", MAILROOM, WINDOW)
    name = f"applications/{visit.part('number')}"
    view = await visit.ask(visit.house.desks.window.get_application, window_pb2.GetApplicationRequest(name=name))
    pages = {m.original: m.pages for m in view.application.materials if m.original}
    wanted = visit.query("original")
    originals = [
        (original.name, pages.get(ItemLabel.of(original.name).original, 1) or 1)
        for original in view.originals
        if wanted in ("", ItemLabel.of(original.name).original)
    ]
    naming = await _titled(visit, (name for name, _ in originals))
    printed = gathering.item_labels(originals, naming, view.application.create_time.seconds)
    return await _printed(visit, printed, f"{visit.part('number')}-items")


async def manifest(visit: Visit) -> web.StreamResponse:
    """What is in a parcel."""
    parcel = await read(visit)
    naming = await _titled(visit, (entry.item for entry in parcel.manifest))
    return await _printed(visit, gathering.manifest(parcel, naming), f"{visit.part('number')}-manifest")


async def addressing(visit: Visit) -> web.StreamResponse:
    """Who sends and who receives, as the carrier must read it."""
    parcel = await read(visit)
    visit.staff.require("打印运单", MAILROOM)
    name_contacts(visit)
    return await visit.render("prints/waybill.html", p=parcel, leg=_leg(parcel), ends=ENDS)


async def waybill(visit: Visit) -> web.StreamResponse:
    """A waybill, for a carrier that gives no label of its own. The addresses are printed and kept nowhere."""
    parcel = await read(visit)
    visit.staff.require("打印运单", MAILROOM)
    try:
        order = mailroom_pb2.CarrierOrder(sender=contact(visit, "sender"), receiver=contact(visit, "receiver"))
        check(order)
        printed = gathering.waybill_label(parcel, _leg(parcel), order, _naming(visit))
        return await _printed(visit, printed, f"{visit.part('number')}-waybill")
    except errors.TongbanError as error:
        visit.error = error
        return await addressing(visit)


async def commands(visit: Visit) -> web.StreamResponse:
    """The words that are scanned."""
    return await _printed(visit, CommandSheet(), "commands")


async def handover(visit: Visit) -> web.StreamResponse:
    """The parcels named in the query, or all that are booked with a carrier and not handed over yet."""
    visit.staff.require("打印交接单", MAILROOM)
    carrier = visit.query("carrier")
    asked = (number.removeprefix("parcels/") for number in visit.request.query.getall("parcel", []))
    named = list(dict.fromkeys(number for number in asked if number))
    if len(named) > MOST_PARCELS:
        raise errors.MessageTooLarge(field="parcel", size=len(named), limit=MOST_PARCELS)
    parcels = [await _parcel(visit, number) for number in named] or await _booked(visit, carrier)
    carriers = {leg.carrier for leg in map(_leg, parcels)}
    if len(carriers) > 1:
        told = "、".join(sorted(labels.CARRIERS.get(each, each) for each in carriers))
        raise errors.FieldInvalid(
            field="carrier",
            problem=f"所选邮包不由同一承运方承运:{told}",
            problem_en=f"these parcels go with several carriers: {', '.join(sorted(carriers))}",
        )
    post = parcel_pb2.Post(node=visit.house.core.name, post=visit.staff.post)
    printed = gathering.handover_list(parcels, post, next(iter(carriers), carrier), _now(visit), _naming(visit))
    return await _printed(visit, printed, "handover")


async def stocktake(visit: Visit) -> web.StreamResponse:
    """What lies at the caller's post by the ledger."""
    request = mailroom_pb2.ListShelfRequest(post=visit.query("post"))
    shelf = await visit.ask(ShelfDesk(visit.house.core).list_shelf, request)
    post = parcel_pb2.Post(node=visit.house.core.name, post=request.post or visit.staff.post)
    naming = await _titled(visit, (entry.name for entry in shelf.entries if is_original(entry.name)))
    return await _printed(visit, gathering.stocktake_sheet(shelf.entries, post, _now(visit), naming), "stocktake")


async def _printed(visit: Visit, given: Print, name: str) -> web.StreamResponse:
    try:
        made = await asyncio.to_thread(to_pdf, given)
    except errors.GlyphMissing as error:
        visit.names[error.field] = next((word for start, word in _PLACES if error.field.startswith(start)), error.field)
        raise
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "X-Content-Type-Options": "nosniff"}
    return web.Response(body=made, content_type="application/pdf", headers=headers)


def _naming(visit: Visit, titles: dict[str, str] | None = None) -> gathering.Naming:
    house = visit.house

    def place(post: parcel_pb2.Post) -> Place:
        node = house.title(post.node)
        return Place(node, house.post(post.node, post.post).removeprefix(node).strip())

    return gathering.Naming(
        place=place,
        when=house.when,
        carrier=lambda code: labels.CARRIERS.get(code, code),
        titles=titles or {},
    )


async def _titled(visit: Visit, items: Iterable[str]) -> gathering.Naming:
    return _naming(visit, await titles_of(visit.house, [item for item in items if is_original(item)]))


def _now(visit: Visit) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(visit.house.core.clock.now())
    return stamp


def _leg(parcel: parcel_pb2.Parcel) -> parcel_pb2.Leg:
    """The leg that the parcel is on, or goes on next."""
    return next((leg for leg in reversed(parcel.legs) if not leg.cancelled), parcel_pb2.Leg())


async def _parcel(visit: Visit, number: str) -> parcel_pb2.Parcel:
    request = mailroom_pb2.GetParcelRequest(name=f"parcels/{number}")
    return await visit.ask(visit.house.desks.mailroom.get_parcel, request)


async def _booked(visit: Visit, carrier: str) -> list[parcel_pb2.Parcel]:
    request = mailroom_pb2.ListParcelsRequest(page_size=200)
    listed = await visit.ask(visit.house.desks.mailroom.list_parcels, request)
    booked = [
        parcel
        for parcel in listed.parcels
        if parcel.state == lifecycle_pb2.PARCEL_STATE_OFFERED
        and _leg(parcel).booking_node == visit.house.core.name
        and carrier in ("", _leg(parcel).carrier)
    ]
    return booked[:MOST_PARCELS]


def contact(visit: Visit, end: str) -> mailroom_pb2.CarrierContact:
    """One end of a carrier's order, as it was typed."""
    return mailroom_pb2.CarrierContact(**{part: visit.form.text(f"{end}.{part}") for part, _ in ADDRESS})


def name_contacts(visit: Visit, under: str = "") -> None:
    """Let a refusal name the field of either end by its label."""
    visit.names |= {f"{under}{end}.{part}": word for end, _ in ENDS for part, word in ADDRESS}


ROUTES = (
    Route("GET", "/print/parcels/{number}/label", parcel_label),
    Route("GET", "/print/parcels/{number}/items", parcel_items),
    Route("GET", "/print/parcels/{number}/manifest", manifest),
    Route("GET", "/print/parcels/{number}/waybill", addressing),
    Route("POST", "/print/parcels/{number}/waybill", waybill),
    Route("GET", "/print/applications/{number}/items", application_items),
    Route("GET", "/print/commands", commands),
    Route("GET", "/print/handover", handover),
    Route("GET", "/print/stocktake", stocktake),
)
