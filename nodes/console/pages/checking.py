"""The mailroom, after a parcel has come: open it, check it item by item; and where an original is."""

from __future__ import annotations

from typing import cast

from aiohttp import web

from mailroom.domain.parcels import last_outcomes
from nodes.console.holdings import titles_of
from nodes.console.pages.parcels import read
from nodes.console.visit import Route, Visit
from tongban import errors
from tongban.local_numbers import NumberKind, parse_number
from tongban.v1 import mailroom_pb2, parcel_pb2, window_pb2

MOST_EXTRA = 5


async def opening(visit: Visit) -> web.StreamResponse:
    """Look at the seals first."""
    people = [("", "没有第二人"), *await visit.house.desks.scans.colleagues(visit.staff)]
    return await visit.render("parcels/open.html", p=await read(visit), people=people)


async def open_parcel(visit: Visit) -> web.StreamResponse:
    """Opened; on to the check."""
    name = f"parcels/{visit.part('number')}"
    try:
        if visit.form.text("intact") not in {"yes", "no"}:
            raise errors.FieldInvalid(
                field="seals_intact", problem="请查看封签后选择", problem_en="look at the seals and choose"
            )
        request = mailroom_pb2.OpenParcelRequest(
            name=name, seals_intact=visit.form.text("intact") == "yes", witness=visit.form.text("witness")
        )
        if photo := visit.form.files.get("photo"):
            request.photo = photo.content
        await visit.ask(visit.house.desks.mailroom.open_parcel, request)
    except errors.TongbanError as error:
        visit.error = error
        return await opening(visit)
    return visit.go(f"/{name}/check")


async def checking(visit: Visit) -> web.StreamResponse:
    """Entry by entry."""
    parcel = await read(visit)
    titles = await titles_of(visit.house, [entry.item for entry in parcel.manifest])
    found = last_outcomes(parcel)
    return await visit.render("parcels/check.html", p=parcel, found=found, most=MOST_EXTRA, titles=titles)


async def check(visit: Visit) -> web.StreamResponse:
    """What was found; what is left open may be checked later."""
    name = f"parcels/{visit.part('number')}"
    try:
        parcel = await read(visit)
        request = mailroom_pb2.CheckItemsRequest(name=name)
        for place, entry in enumerate(parcel.manifest):
            outcome = visit.form.integer(f"o-{place}")
            if outcome:
                request.checks.add(item=entry.item, outcome=cast("parcel_pb2.CheckOutcome", outcome))
        extra = visit.form.integer("extra")
        if extra > MOST_EXTRA:
            raise errors.FieldInvalid(
                field="extra", problem=f"最多 {MOST_EXTRA} 件", problem_en=f"at most {MOST_EXTRA}"
            )
        for place in range(extra):
            request.checks.add(item=f"extra-{place + 1}", outcome=parcel_pb2.CHECK_OUTCOME_EXTRA)
        await visit.ask(visit.house.desks.mailroom.check_items, request)
    except errors.TongbanError as error:
        visit.error = error
        return await checking(visit)
    return visit.go(f"/{name}")


async def custody(visit: Visit) -> web.StreamResponse:
    """Who holds an application's originals, each with its whole chain."""
    chains: list[tuple[str, list[parcel_pb2.Custody]]] = []
    number = visit.query("number")
    if number:
        desks = visit.house.desks
        try:
            name = f"applications/{parse_number(number, NumberKind.APPLICATION, 'number')}"
            view = await visit.ask(desks.window.get_application, window_pb2.GetApplicationRequest(name=name))
            for original in view.originals:
                request = mailroom_pb2.GetCustodyRequest(original=original.name)
                answer = await visit.ask(desks.mailroom.get_custody, request)
                chains.append((original.name, list(answer.chain)))
        except errors.TongbanError as error:
            visit.error = error
    titles = await titles_of(visit.house, [original for original, _ in chains])
    return await visit.render("parcels/custody.html", number=number, chains=chains, titles=titles)


ROUTES = (
    Route("GET", "/parcels/{number}/open", opening),
    Route("POST", "/parcels/{number}/open", open_parcel),
    Route("GET", "/parcels/{number}/check", checking),
    Route("POST", "/parcels/{number}/check", check),
    Route("GET", "/custody", custody),
)
