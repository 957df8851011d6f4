"""The mailroom: pack, print the label, hand over, take in."""

from __future__ import annotations

import asyncio
import hashlib
import re
from typing import cast

from aiohttp import web
from markupsafe import Markup

from mailroom.domain.cases import open_cases
from nodes.console import labels
from nodes.console.actions import parcel_actions
from nodes.console.holdings import Holding, holdings, titles_of
from nodes.console.pages.applications import saved
from nodes.console.pages.home import TO_DO, is_to_do
from nodes.console.visit import Route, Visit
from nodes.desk.legs import booked_leg
from nodes.desk.photos import MAX_ITEM_PHOTO, check_picture, media_type
from nodes.desk.staff import MAILROOM
from nodes.desk.trail import trail
from tongban import errors
from tongban.ids import uuid7
from tongban.local_numbers import NumberKind, parse_number
from tongban.v1 import directory_pb2, mailroom_pb2, parcel_pb2
from tongban.web import page

HOLD_SECONDS = 1.0
"""So long a page's question for something new is held."""
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
    visit.names |= {_photo(h.name): f"{visit.say(h.title)} {visit.say('照片')}" for h in held}
    return await visit.render(
        "parcels/pack.html",
        held=held,
        application=application,
        places=_places(visit, held),
        purpose=_purpose(held, core.name),
        most_photo=MAX_ITEM_PHOTO,
        fresh=uuid7(core.clock.now(), core.entropy),
    )


def _places(visit: Visit, held: list[Holding]) -> list[tuple[directory_pb2.Node, list[directory_pb2.PostEntry]]]:
    """Other nodes with their posts, the mailroom first; those that the applications concern before the rest."""
    here = visit.house.core.name
    concerned = {n for h in held for n in (h.route.home, h.route.decider, h.route.accepting, h.route.collecting)}
    members = visit.house.core.shared.directory.members()
    others = [node for node in members if node.name != here and not node.profile.relay]
    others.sort(key=lambda node: (node.name not in concerned, node.name))
    return [(node, sorted(node.profile.posts, key=lambda p: not p.id.startswith("mailroom"))) for node in others]


def _purpose(held: list[Holding], here: str) -> int:
    found = [h for h in held if h.result]
    if found:
        # What lies where it was to be collected goes home: nobody came, or the print is spoiled.
        home = all(h.route.collecting == here != h.route.decider for h in found)
        return parcel_pb2.PARCEL_PURPOSE_RETURN if home else parcel_pb2.PARCEL_PURPOSE_RESULT
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
            details=_details(visit),
        )
        packed = await visit.ask(visit.house.desks.mailroom.pack_parcel, request)
    except errors.TongbanError as error:
        visit.refuse(error)
        return await packing(visit)
    return visit.go(f"/{packed.parcel.name}/label")


def _details(visit: Visit) -> list[mailroom_pb2.PackedItem]:
    """The packer's notes of what is packed; FieldInvalid for a photograph of what is not."""
    form = visit.form
    items = form.texts("items")
    for name in form.files:
        if name.startswith(_photo("")) and name.removeprefix(_photo("")) not in items:
            raise errors.FieldInvalid(
                field=name,
                problem="选了照片,但这件原件没有打勾装入",
                problem_en="there is a photograph, but the original is not ticked",
            )
    found = []
    for item in items:
        serial, upload = form.text(f"serial {item}"), form.files.get(_photo(item))
        if upload is not None:
            check_picture(upload.content, _photo(item), MAX_ITEM_PHOTO)
        if serial or upload is not None:
            found.append(mailroom_pb2.PackedItem(item=item, serial=serial, photo=upload.content if upload else b""))
    return found


def _photo(item: str) -> str:
    """The field of an original's photograph."""
    return f"photo {item}"


async def read(visit: Visit) -> parcel_pb2.Parcel:
    """The parcel of the path."""
    name = f"parcels/{visit.part('number')}"
    return await visit.ask(visit.house.desks.mailroom.get_parcel, mailroom_pb2.GetParcelRequest(name=name))


async def detail(visit: Visit) -> web.StreamResponse:
    """One parcel; its moving part keeps itself fresh."""
    parcel = await read(visit)
    html, mark = await _moving(visit, parcel)
    return await visit.render("parcels/detail.html", p=parcel, now=Markup(html), mark=mark)  # noqa: S704


async def now(visit: Visit) -> web.StreamResponse:
    """What moves of a parcel's page, as soon as it is something else than the page has."""
    name = f"parcels/{visit.part('number')}"
    known = visit.query("mark")
    with visit.house.core.watch(name) as watch:
        html, mark = await _moving(visit, await read(visit))
        if mark == known:
            try:
                async with asyncio.timeout(HOLD_SECONDS):
                    await watch.changed()
            except TimeoutError:
                return web.Response(status=204)
            html, mark = await _moving(visit, await read(visit))
    if mark == known:
        return web.Response(status=204)
    answer = page(html)
    answer.headers["X-Mark"] = mark
    return answer


async def _moving(visit: Visit, parcel: parcel_pb2.Parcel) -> tuple[str, str]:
    """The part of a parcel's page that moves, and a mark of what it says."""
    core = visit.house.core
    marks = await core.database.run(lambda tx: trail(tx, core, parcel), read_only=True)
    html = await visit.fragment(
        "parcels/now.html",
        p=parcel,
        trail=marks,
        actions=parcel_actions(parcel, core.name, visit.staff),
        faults=visit.house.faults.parcel(parcel, labels.CARRIERS),
        cases=open_cases(parcel),
        titles=await titles_of(visit.house, [entry.item for entry in parcel.manifest]),
    )
    return html, hashlib.sha256(html.encode()).hexdigest()[:16]


async def label(visit: Visit) -> web.StreamResponse:
    """What is stuck on the parcel."""
    parcel = await read(visit)
    stub = await visit.house.desks.mailroom.stub(visit.staff, parcel.name)
    return await visit.render("parcels/label.html", p=parcel, stub=stub)


async def dispatching(visit: Visit) -> web.StreamResponse:
    """Scan it and say who carries it."""
    parcel = await read(visit)
    return await visit.render("parcels/dispatch.html", p=parcel, booked=booked_leg(parcel))


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
    if photo := form.files.get("waybill_photo"):
        request.waybill_photo = photo.content
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


async def sealed(visit: Visit) -> web.StreamResponse:
    """What is sealed beside it; each reading is recorded."""
    parcel = await read(visit)
    found = await visit.house.desks.mailroom.beside(visit.staff, parcel.name)
    titles = await titles_of(visit.house, [entry.item for entry in parcel.manifest])
    return await visit.render("parcels/sealed.html", p=parcel, found=found, titles=titles)


async def picture(visit: Visit) -> web.StreamResponse:
    """One picture of it."""
    name = f"parcels/{visit.part('number')}"
    event, part = visit.form.text("event_id"), visit.form.text("part")
    shown = await visit.house.desks.mailroom.picture(visit.staff, name, event, part)
    return saved(shown, media_type(shown), f"{visit.part('number')}-{visit.form.text('event_id')[:8]}")


async def redirecting(visit: Visit) -> web.StreamResponse:
    """Where it goes from here: filled in for a parcel that came to the wrong post."""
    visit.staff.require("改寄", MAILROOM)
    parcel = await read(visit)
    core = visit.house.core
    wrong = parcel.custody.kind == parcel_pb2.HOLDER_KIND_POST and parcel.custody.post != parcel.destination
    members = [n for n in core.shared.directory.members() if not n.profile.relay]
    members.sort(key=lambda node: (node.name != parcel.destination.node, node.name != core.name, node.name))
    return await visit.render(
        "parcels/redirect.html",
        p=parcel,
        wrong=wrong,
        chosen=f"{parcel.destination.node}|{parcel.destination.post}" if wrong else "",
        places=[(node, sorted(node.profile.posts, key=lambda p: not p.id.startswith("mailroom"))) for node in members],
    )


async def redirect(visit: Visit) -> web.StreamResponse:
    """Send it on, or home; it is handed over next."""
    form = visit.form
    name = f"parcels/{visit.part('number')}"
    node, _, post = form.text("destination").partition("|")
    returning = form.text("returning") == "yes"
    request = mailroom_pb2.RedirectParcelRequest(name=name, reason=form.text("reason"), returning=returning)
    if not returning:
        request.destination.CopyFrom(parcel_pb2.Post(node=node, post=post))
    try:
        await visit.ask(visit.house.desks.mailroom.redirect_parcel, request)
    except errors.TongbanError as error:
        visit.error = error
        return await redirecting(visit)
    return visit.go(f"/{name}/dispatch")


ROUTES = (
    Route("GET", "/parcels", listing),
    Route("GET", "/parcels/pack", packing),
    Route("POST", "/parcels/pack", pack),
    Route("GET", "/parcels/take-in", taking_in),
    Route("POST", "/parcels/take-in", take_in),
    Route("GET", "/parcels/{number}", detail),
    Route("GET", "/parcels/{number}/now", now, quiet=True),
    Route("GET", "/parcels/{number}/label", label),
    Route("GET", "/parcels/{number}/dispatch", dispatching),
    Route("POST", "/parcels/{number}/dispatch", dispatch),
    Route("POST", "/parcels/{number}/sealed", sealed),
    Route("POST", "/parcels/{number}/picture", picture),
    Route("GET", "/parcels/{number}/redirect", redirecting),
    Route("POST", "/parcels/{number}/redirect", redirect),
)
