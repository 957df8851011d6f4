"""Handing a result out: make the pickup code, and later check it."""

from __future__ import annotations

from typing import cast

from aiohttp import web

from nodes.console.pages.applications import look
from nodes.console.visit import Route, Visit
from tongban import errors
from tongban.local_numbers import NumberKind, parse_number
from tongban.v1 import application_pb2, window_pb2

_LINK = "TBP1:"


async def making(visit: Visit) -> web.StreamResponse:
    """Before the code is made: it is shown once."""
    view, _ = await look(visit)
    return await visit.render("collect/ready.html", a=view.application, made=False)


async def make(visit: Visit) -> web.StreamResponse:
    """The code, once; the answer itself shows it, so that no address and no store ever holds it."""
    name = f"applications/{visit.part('number')}"
    view, _ = await look(visit)
    if visit.form.integer("version") != view.application.version:
        # The page with the code was loaded again: whoever holds that code must not lose it by that.
        return await visit.render("collect/ready.html", a=view.application, made=True)
    try:
        ready = await visit.ask(visit.house.desks.window.ready_result, window_pb2.ReadyResultRequest(name=name))
    except errors.TongbanError as error:
        visit.error = error
        return await making(visit)
    return await visit.render("collect/code.html", a=ready.application, ready=ready)


async def scanning(visit: Visit) -> web.StreamResponse:
    """Scan the applicant's code, or type the number."""
    return await visit.render("collect/scan.html")


async def scanned(visit: Visit) -> web.StreamResponse:
    """To the application of the code that was scanned, with the code filled in."""
    text = visit.form.text("scan")
    code = ""
    if text.upper().startswith(_LINK):
        text, _, code = text[len(_LINK) :].partition(":")
    try:
        number = parse_number(text, NumberKind.APPLICATION, "scan")
        return await _collect_page(visit, f"applications/{number}", code)
    except errors.TongbanError as error:
        visit.error = error
        return await scanning(visit)


async def collecting(visit: Visit) -> web.StreamResponse:
    """Check the person, then the code."""
    return await _collect_page(visit, f"applications/{visit.part('number')}", "")


async def _collect_page(visit: Visit, name: str, code: str) -> web.StreamResponse:
    request = window_pb2.GetApplicationRequest(name=name)
    view = await visit.ask(visit.house.desks.window.get_application, request)
    electronic = not any(d.original for d in view.application.results)
    return await visit.render("collect/collect.html", a=view.application, code=code, electronic=electronic)


async def collect(visit: Visit) -> web.StreamResponse:
    """Hand it out."""
    name = f"applications/{visit.part('number')}"
    try:
        proof = visit.form.integer("proof")
        request = window_pb2.CollectResultRequest(
            name=name,
            pickup_code="".join(visit.form.text("pickup_code").split()),
            proof=cast("application_pb2.CollectionProof", proof),
        )
        await visit.ask(visit.house.desks.window.collect_result, request)
    except errors.TongbanError as error:
        visit.error = error
        return await _collect_page(visit, name, "")
    return visit.go(f"/{name}")


ROUTES = (
    Route("GET", "/collect", scanning),
    Route("POST", "/collect", scanned),
    Route("GET", "/applications/{number}/ready", making),
    Route("POST", "/applications/{number}/ready", make),
    Route("GET", "/applications/{number}/collect", collecting),
    Route("POST", "/applications/{number}/collect", collect),
)
