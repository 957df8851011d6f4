"""Taking in: choose the item, ask the route, and only then fill the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast
from urllib.parse import urlencode

from aiohttp import web

from agreements.domain import catalogue
from nodes.console import materials
from nodes.console.visit import Route, Visit
from tongban import errors
from tongban.ids import uuid7
from tongban.v1 import types_pb2, window_pb2

Values = Mapping[str, str] | Mapping[str, list[str]]


async def items(visit: Visit) -> web.StreamResponse:
    """What may be taken in here today."""
    request = window_pb2.ListItemsRequest(
        page_size=50, query=visit.query("q")[:80], page_token=visit.query("page")[:200]
    )
    listed = await visit.ask(visit.house.desks.window.list_items, request)
    return await visit.render("filing/items.html", listed=listed, searched=request.query)


async def route(visit: Visit) -> web.StreamResponse:
    """Who applies, how it shall travel, where it shall be collected; the route is asked when this is sent."""
    name = f"items/{visit.part('item')}"
    shared = visit.house.core.shared
    item = shared.item(name)
    if item is None:
        raise errors.ItemNotFound(field="item", name=name, region=visit.house.core.name)
    offered = next(
        (
            c
            for entry, c in shared.coverage.offers(visit.house.core.name, visit.house.core.clock.now())
            if entry.name == name
        ),
        None,
    )
    clause = shared.clause(offered.accord.name, offered.id, offered.accord.version) if offered else None
    return await visit.render(
        "filing/route.html",
        item=item.document,
        clause=clause,
        collecting=_collecting(visit, list(clause.collecting) if clause else []),
        asked=visit.request.query,
    )


async def form(visit: Visit) -> web.StreamResponse:
    """The form that the item asks for; where the route is refused, the step before with the reason."""
    query = visit.request.query if visit.request.method == "GET" else visit.form.values
    asked = window_pb2.FindRouteRequest(
        item=f"items/{visit.part('item')}",
        applicant_kind=cast("types_pb2.ApplicantKind", _choice(query, "applicant_kind")),
        mode=cast("types_pb2.Mode", _choice(query, "mode")),
        collecting=_first(query, "collecting"),
        channel=_channel(visit),
    )
    try:
        found = await visit.ask(visit.house.desks.window.find_route, asked)
    except errors.TongbanError as error:
        visit.error = error
        return await route(visit)
    document = found.item.document
    rows = materials.rows_of(document)
    visit.names = materials.names(rows, document)
    core = visit.house.core
    return await visit.render(
        "filing/form.html",
        asked=asked,
        found=found,
        item=document,
        rows=rows,
        fresh=uuid7(core.clock.now(), core.entropy),
        again=f"/file/{visit.part('item')}?{urlencode({k: _first(query, k) for k in _ROUTE_FIELDS})}",
    )


_ROUTE_FIELDS = ("applicant_kind", "mode", "collecting")


async def submit(visit: Visit) -> web.StreamResponse:
    """Take it in; the receipt when it is durably stored."""
    typed = visit.form
    request = window_pb2.SubmitApplicationRequest(
        request_id=typed.text("request_id"), item=f"items/{visit.part('item')}", channel=_channel(visit)
    )
    try:
        request.applicant_kind = cast("types_pb2.ApplicantKind", _choice(typed.values, "applicant_kind"))
        request.mode = cast("types_pb2.Mode", _choice(typed.values, "mode"))
        request.collecting = typed.text("collecting")
        item = visit.house.core.shared.item(request.item)
        if item is None:
            raise errors.ItemNotFound(field="item", name=request.item, region=visit.house.core.name)
        for field in catalogue.fields(item.document):
            value = typed.text(f"f-{field.name}")
            if value:
                request.form[field.name] = value
        request.materials.extend(materials.read(typed, materials.rows_of(item.document)))
        request.wanted_results.extend(
            cast("types_pb2.MaterialForm", int(w)) for w in typed.texts("wanted") if w in {"1", "3"}
        )
        application = await visit.ask(visit.house.desks.window.submit_application, request)
    except errors.TongbanError as error:
        materials.by_code(error, request.materials)
        visit.refuse(error)
        return await form(visit)
    return visit.go(f"/{application.name}/receipt")


def _first(values: Values, name: str) -> str:
    found = values.get(name) or ""
    return (found if isinstance(found, str) else found[0]).strip()


def _choice(values: Values, name: str) -> int:
    text = _first(values, name)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0


def _channel(visit: Visit) -> types_pb2.Channel:
    """A window abroad is a channel of its own."""
    node = visit.house.node
    abroad = node is not None and (
        node.profile.abroad or any(p.abroad for p in node.profile.posts if p.id == visit.staff.post)
    )
    return types_pb2.CHANNEL_OVERSEAS if abroad else types_pb2.CHANNEL_WINDOW


def _collecting(visit: Visit, named: list[str]) -> list[str]:
    here = visit.house.core.name
    return [here, *(node for node in named if node != here)]


ROUTES = (
    Route("GET", "/file", items),
    Route("GET", "/file/{item}", route),
    Route("GET", "/file/{item}/form", form),
    Route("POST", "/file/{item}/form", submit),
)
