"""The mailroom: pack, print the label, hand over, take in."""

from __future__ import annotations

import re
from typing import cast

from aiohttp import web

from nodes.console import labels
from nodes.console.actions import parcel_actions
from nodes.console.holdings import Holding, holdings, titles_of
from nodes.console.pages.home import TO_DO, is_to_do
from nodes.console.visit import Route, Visit
from nodes.desk.history import history_of
from nodes.desk.staff import MAILROOM
from tongban import errors
from tongban.ids import uuid7
from tongban.local_numbers import NumberKind, parse_number
from tongban.v1 import directory_pb2, mailroom_pb2, parcel_pb2

_BETWEEN = re.compile(r"[\s,,、;;]+")


def seals(text: str) -> list[str]:
    """Seal numbers as typed: any separators, small letters too."""
    return [part.upper() for part in _BETWEEN.split(text) if part]


async def listing(visit: Visit) -> web.StreamResponse:
    """Parcels of this node."""
    if visit.query("number"):
        try:
            number = parse_number(visit.query("number"), NumberKind.PARCEL, "number")
        except errors.TongbanError as error:
            visit.error = error
        else:
            return visit.go(f"/parcels/{number}")
    show = visit.query("show") if visit.query("show") in TO_DO else ""
    request = mailroom_pb2.ListParcelsRequest(page_size=200 if show else 30, page_token=visit.query("page")[:200])
    listed = await visit.ask(visit.house.desks.mailroom.list_parcels, request)
    parcels = [p for p in listed.parcels if not show or is_to_do(p, show, visit.house.core.name)]
    return await visit.render(
        "parcels/list.html", parcels=parcels, show=show, lists=TO_DO, token=listed.next_page_token
    )


async def packing(visit: Visit) -> web.StreamResponse:
    """Originals that lie here, and to whom they may go."""
    visit.staff.require("装包", MAILROOM)
    core = visit.house.core
    application = visit.query("application")
    held = await holdings(visit.house, f"applications/{application}" if application else "")
    return await visit.render(
        "parcels/pack.html",
        held=held,
        application=application,
        places=_places(visit, held),
        purpose=_purpose(held, core.name),
        fresh=uuid7(core.clock.now(), core.entropy),
    )


def _places(visit: Visit, held: list[Holding]) -> list[tuple[directory_pb2.Node, list[directory_pb2.PostEntry]]]:
    """Other nodes with their posts, the mailroom first; those that the applications concern before the rest."""
    here = visit.house.core.name
    concerned = {n for h in held for n in (h.route.home, h.route.decider, h.route.accepting, h.route.collecting)}
    others = [node for node in visit.house.core.shared.directory.members() if node.name != here]
    others.sort(key=lambda node: (node.name not in concerned, node.name))
    return [(node, sorted(node.profile.posts, key=lambda p: not p.id.startswith("mailroom"))) for node in others]


def _purpose(held: list[Holding], here: str) -> int:
    if any(h.result for h in held):
        return parcel_pb2.PARCEL_PURPOSE_RESULT
    if held and all(h.route.accepting != here for h in held):
        return parcel_pb2.PARCEL_PURPOSE_RETURN
    return parcel_pb2.PARCEL_PURPOSE_MATERIALS


async def pack(visit: Visit) -> web.StreamResponse:
    """Pack and seal."""
    form = visit.form
    try:
        node, _, post = form.text("destination").partition("|")
        request = mailroom_pb2.PackParcelRequest(
            request_id=form.text("request_id"),
            purpose=cast("parcel_pb2.ParcelPurpose", form.integer("purpose")),
            destination=parcel_pb2.Post(node=node, post=post),
            items=form.texts("items"),
            seals=seals(form.text("seals")),
        )
        packed = await visit.ask(visit.house.desks.mailroom.pack_parcel, request)
    except errors.TongbanError as error:
        visit.refuse(error)
        return await packing(visit)
    return visit.go(f"/{packed.parcel.name}/label")


async def read(visit: Visit) -> parcel_pb2.Parcel:
    """The parcel of the path."""
    name = f"parcels/{visit.part('number')}"
    return await visit.ask(visit.house.desks.mailroom.get_parcel, mailroom_pb2.GetParcelRequest(name=name))


async def detail(visit: Visit) -> web.StreamResponse:
    """One parcel."""
    parcel = await read(visit)
    core = visit.house.core
    history = await core.database.run(lambda tx: history_of(tx, parcel.name), read_only=True)
    return await visit.render(
        "parcels/detail.html",
        p=parcel,
        history=history,
        actions=parcel_actions(parcel, core.name, visit.staff),
        faults=visit.house.faults.parcel(parcel, labels.CARRIERS),
        titles=await titles_of(visit.house, [entry.item for entry in parcel.manifest]),
    )


async def label(visit: Visit) -> web.StreamResponse:
    """What is stuck on the parcel."""
    parcel = await read(visit)
    stub = await visit.house.desks.mailroom.stub(visit.staff, parcel.name)
    return await visit.render("parcels/label.html", p=parcel, stub=stub)


async def dispatching(visit: Visit) -> web.StreamResponse:
    """Scan it and say who carries it."""
    return await visit.render("parcels/dispatch.html", p=await read(visit))


async def dispatch(visit: Visit) -> web.StreamResponse:
    """Hand it over."""
    form = visit.form
    name = f"parcels/{visit.part('number')}"
    request = mailroom_pb2.DispatchParcelRequest(
        name=name,
        carrier=form.text("carrier"),
        waybill=form.text("waybill").upper(),
        seals=seals(form.text("seals")),
        stub=form.text("stub"),
    )
    try:
        await visit.ask(visit.house.desks.mailroom.dispatch_parcel, request)
    except errors.TongbanError as error:
        visit.error = error
        return await dispatching(visit)
    return visit.go(f"/{name}")


async def taking_in(visit: Visit) -> web.StreamResponse:
    """Scan what has come."""
    visit.staff.require("接收", MAILROOM)
    return await visit.render("parcels/take_in.html")


async def take_in(visit: Visit) -> web.StreamResponse:
    """Take it in; also before its sender's records are here."""
    form = visit.form
    request = mailroom_pb2.TakeInParcelRequest(
        stub=form.text("stub"), seals=seals(form.text("seals")), waybill=form.text("waybill").upper()
    )
    try:
        parcel = await visit.ask(visit.house.desks.mailroom.take_in_parcel, request)
    except errors.TongbanError as error:
        visit.error = error
        return await taking_in(visit)
    if parcel.version:
        return visit.go(f"/{parcel.name}")
    return await visit.render("parcels/early.html", p=parcel)


ROUTES = (
    Route("GET", "/parcels", listing),
    Route("GET", "/parcels/pack", packing),
    Route("POST", "/parcels/pack", pack),
    Route("GET", "/parcels/take-in", taking_in),
    Route("POST", "/parcels/take-in", take_in),
    Route("GET", "/parcels/{number}", detail),
    Route("GET", "/parcels/{number}/label", label),
    Route("GET", "/parcels/{number}/dispatch", dispatching),
    Route("POST", "/parcels/{number}/dispatch", dispatch),
)
