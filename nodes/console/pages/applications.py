"""Applications: the list, one of them with all that happened, its receipt, its sealed content."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlencode

from aiohttp import web

from nodes.console.actions import application_actions, may_open
from nodes.console.holdings import titles_of
from nodes.console.visit import Route, Visit
from tongban import errors
from tongban.faults import Finding
from tongban.lifecycle import results
from tongban.local_numbers import NumberKind, parse_number
from tongban.v1 import (
    application_pb2,
    approval_pb2,
    lifecycle_pb2,
    mailroom_pb2,
    parcel_pb2,
    window_pb2,
)


async def listing(visit: Visit) -> web.StreamResponse:
    """The list, newest first, filtered."""
    query = visit.request.query
    if visit.query("number"):
        try:
            number = parse_number(visit.query("number"), NumberKind.APPLICATION, "number")
        except errors.TongbanError as error:
            visit.error = error
        else:
            return visit.go(f"/applications/{number}")
    states = [int(s) for s in query.getall("state", []) if s.isdecimal() and len(s) < 3 and s != "0"][:20]
    role = visit.query("role")
    request = window_pb2.ListApplicationsRequest(
        page_size=30,
        page_token=visit.query("page")[:200],
        states=[cast("lifecycle_pb2.ApplicationState", s) for s in states],
        role=cast("lifecycle_pb2.Role", int(role) if role in {"1", "2", "3"} else 0),
    )
    listed = await visit.ask(visit.house.desks.window.list_applications, request)
    more = ""
    if listed.next_page_token:
        kept = [("role", role), *(("state", str(s)) for s in states), ("page", listed.next_page_token)]
        more = f"/applications?{urlencode(kept)}"
    return await visit.render("applications/list.html", listed=listed, states=states, role=role, more=more)


async def look(visit: Visit) -> tuple[window_pb2.ApplicationView, dict[str, parcel_pb2.Custody]]:
    """The application of the path, and who holds each of its originals."""
    desks = visit.house.desks
    name = f"applications/{visit.part('number')}"
    view = await visit.ask(desks.window.get_application, window_pb2.GetApplicationRequest(name=name))
    held: dict[str, parcel_pb2.Custody] = {}
    for original in view.originals:
        try:
            answer = await visit.ask(desks.mailroom.get_custody, mailroom_pb2.GetCustodyRequest(original=original.name))
        except errors.OriginalNotFound:
            continue
        held[original.name] = answer.current
    return view, held


async def detail(visit: Visit) -> web.StreamResponse:
    """Everything that this node knows of one application, and what may be done now."""
    view, held = await look(visit)
    application, node = view.application, visit.house.core.name
    here = {name for name, c in held.items() if c.kind == parcel_pb2.HOLDER_KIND_POST and c.post.node == node}
    own = set(results.printed_by(application, node))
    papers = {
        f"{application.name}/originals/{paper.original}"
        for paper in results.papers(application)
        if paper.original not in own and not paper.void_reason
    }
    actions = application_actions(
        application, node, visit.staff, papers_here=papers <= here, holds_originals=bool(here)
    )
    return await visit.render(
        "applications/detail.html",
        view=view,
        a=application,
        held=held,
        titles=await titles_of(visit.house, [o.name for o in view.originals]),
        actions=actions,
        opens=may_open(application, node, visit.staff),
        papers_away=bool(papers - here)
        and application.route.collecting == node
        and application.state == lifecycle_pb2.APPLICATION_STATE_RESULT_ISSUED,
        known=_known(visit, application),
        waiting=_waiting(visit, view),
    )


def _waiting(visit: Visit, view: window_pb2.ApplicationView) -> Finding | None:
    """Whom the application is waiting for."""
    pending = view.sync_state == window_pb2.SYNC_STATE_PENDING
    return visit.house.faults.application(view.application, pending=pending)


async def waiting(visit: Visit) -> web.StreamResponse:
    """Whom it is waiting for, alone, for a page that keeps itself fresh."""
    name = f"applications/{visit.part('number')}"
    view = await visit.ask(visit.house.desks.window.get_application, window_pb2.GetApplicationRequest(name=name))
    return await visit.render("applications/waiting.html", waiting=_waiting(visit, view))


def _known(visit: Visit, application: application_pb2.Application) -> dict[str, str]:
    """What the item calls its materials, by their codes."""
    item = visit.house.core.shared.item(application.route.item)
    return {m.code: m.title for m in item.document.materials} if item else {}


async def timeline(visit: Visit) -> web.StreamResponse:
    """The history alone, for a page that keeps itself fresh."""
    name = f"applications/{visit.part('number')}"
    view = await visit.ask(visit.house.desks.window.get_application, window_pb2.GetApplicationRequest(name=name))
    return await visit.render("applications/timeline.html", view=view)


async def receipt(visit: Visit) -> web.StreamResponse:
    """What the applicant is given: the number, to read aloud and to scan."""
    name = f"applications/{visit.part('number')}"
    view = await visit.ask(visit.house.desks.window.get_application, window_pb2.GetApplicationRequest(name=name))
    known = _known(visit, view.application)
    return await visit.render("applications/receipt.html", view=view, a=view.application, known=known)


async def opened(visit: Visit) -> web.StreamResponse:
    """What is sealed, shown once and stored nowhere; or one of its files."""
    name = f"applications/{visit.part('number')}"
    desk = visit.house.desks.approval
    content = await visit.ask(desk.open_application, approval_pb2.OpenApplicationRequest(name=name))
    place = visit.form.text("material")
    if place.isdecimal() and int(place) < len(content.materials):
        return _file(content.materials[int(place)], int(place))
    item = visit.house.core.shared.item(content.application.route.item)
    fields = {f.name: f.title for f in item.document.form} if item else {}
    known = {m.code: m.title for m in item.document.materials} if item else {}
    return await visit.render(
        "applications/opened.html", content=content, a=content.application, fields=fields, known=known
    )


_ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "text/plain": "txt"}


def _file(material: approval_pb2.OpenedMaterial, place: int) -> web.Response:
    return saved(material.content, material.media_type, f"{material.material.code}-{place + 1}")


def saved(content: bytes, media_type: str, name: str) -> web.Response:
    """A file to save; never shown in the page's own origin, whatever it claims to be."""
    ending = _ENDINGS.get(media_type, "bin")
    return web.Response(
        body=content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}.{ending}"'},
    )


ROUTES = (
    Route("GET", "/applications", listing),
    Route("GET", "/applications/{number}", detail),
    Route("GET", "/applications/{number}/timeline", timeline, quiet=True),
    Route("GET", "/applications/{number}/waiting", waiting, quiet=True),
    Route("GET", "/applications/{number}/receipt", receipt),
    Route("POST", "/applications/{number}/open", opened),
)
