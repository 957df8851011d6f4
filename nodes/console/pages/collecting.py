"""Handing a result out: make the pickup code, and later check it; lockers, and electronic documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from aiohttp import web

from nodes.console import labels
from nodes.console.pages.applications import look, saved
from nodes.console.visit import Route, Visit
from nodes.desk.staff import LOCKER
from tongban import errors
from tongban.lifecycle import results
from tongban.local_numbers import NumberKind, parse_number
from tongban.v1 import application_pb2, types_pb2, window_pb2

_LINK = "TBP1:"


@dataclass(frozen=True, slots=True)
class Due:
    """A document that is handed out."""

    code: str
    title: str
    form: int


def due(visit: Visit, application: application_pb2.Application) -> list[Due]:
    """Everything that is handed out now, on paper and not."""
    item = visit.house.core.shared.item(application.route.item)
    titles = {result.code: result.title for result in item.document.results} if item else {}
    whole = (item.document.result_title if item else "") or "结果证照"
    found = [Due(p.code, titles.get(p.code, whole), 1) for p in results.valid(application)]
    return found + [
        Due(d.code, titles.get(d.code, "电子证照"), d.form)
        for d in application.results
        if d.form == types_pb2.MATERIAL_FORM_ELECTRONIC
    ]


def collector(visit: Visit) -> window_pb2.Collector:
    """Who stands there, as the form has it."""
    form = visit.form
    person = window_pb2.Collector(
        identity_kind=form.text("identity_kind"),
        identity_number=form.text("identity_number"),
        full_name=form.text("full_name"),
        mandate_kind=form.text("mandate_kind"),
    )
    if mandate := form.files.get("mandate"):
        person.mandate, person.mandate_media_type = mandate.content, mandate.media_type
    if signature := form.files.get("signature"):
        person.signature, person.signature_media_type = signature.content, signature.media_type
    return person


async def making(visit: Visit) -> web.StreamResponse:
    """Before the code is made: it is shown once."""
    view, _ = await look(visit)
    return await visit.render("collect/ready.html", a=view.application, made=False, paper=_paper(view.application))


async def make(visit: Visit) -> web.StreamResponse:
    """The code, once; the answer itself shows it, so that no address and no store ever holds it."""
    name = f"applications/{visit.part('number')}"
    view, _ = await look(visit)
    if visit.form.integer("version") != view.application.version:
        # The page with the code was loaded again: whoever holds that code must not lose it by that.
        return await visit.render("collect/ready.html", a=view.application, made=True, paper=_paper(view.application))
    request = window_pb2.ReadyResultRequest(name=name, locker=visit.form.text("locker"))
    try:
        ready = await visit.ask(visit.house.desks.window.ready_result, request)
    except errors.TongbanError as error:
        visit.error = error
        return await making(visit)
    return await visit.render("collect/code.html", a=ready.application, ready=ready)


def _paper(application: application_pb2.Application) -> bool:
    return bool(results.papers(application))


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
    return await visit.render(
        "collect/collect.html",
        a=view.application,
        code=code,
        electronic=electronic,
        documents=due(visit, view.application),
        wanting=wanted(visit, view.application),
        lines=view.applicant_lines,
    )


def wanted(visit: Visit, application: application_pb2.Application) -> list[str]:
    """What the old certificates are called that must come back yet."""
    item = visit.house.core.shared.item(application.route.item)
    known = {m.code: m.title for m in item.document.materials} if item else {}
    return [visit.say(labels.old_paper(code, known)) for code in results.not_surrendered(application)]


async def collect(visit: Visit) -> web.StreamResponse:
    """Hand it out."""
    name = f"applications/{visit.part('number')}"
    try:
        request = window_pb2.CollectResultRequest(
            name=name,
            pickup_code="".join(visit.form.text("pickup_code").split()),
            proof=cast("application_pb2.CollectionProof", visit.form.integer("proof")),
            documents=visit.form.texts("documents"),
            collector=collector(visit),
            not_surrendered_reason=visit.form.text("not_surrendered_reason"),
            explanation=visit.form.text("explanation"),
        )
        _check_seen(request)
        await visit.ask(visit.house.desks.window.collect_result, request)
    except errors.TongbanError as error:
        visit.error = error
        return await _collect_page(visit, name, "")
    return visit.go(f"/{name}")


def _check_seen(request: window_pb2.CollectResultRequest) -> None:
    """What a clerk saw and did, box by box; before the code is looked at, so that nothing forgotten costs a guess."""
    if request.proof == application_pb2.COLLECTION_PROOF_ELECTRONIC:
        return
    if not request.documents:
        raise errors.FieldInvalid(
            field="documents", problem="请逐件勾选交付的证照", problem_en="tick each document that is handed out"
        )
    if not request.collector.identity_kind:
        raise errors.FieldInvalid(
            field="collector.identity_kind", problem="请核验身份证件", problem_en="an identity document must be seen"
        )


async def handover(visit: Visit) -> web.StreamResponse:
    """The list to be ticked off and signed."""
    view, _ = await look(visit)
    return await visit.render(
        "collect/handover.html",
        a=view.application,
        documents=due(visit, view.application),
        returned=wanted(visit, view.application),
    )


async def electronic(visit: Visit) -> web.StreamResponse:
    """Before the electronic documents are opened: each reading is recorded."""
    view, _ = await look(visit)
    return await visit.render("collect/electronic.html", a=view.application, documents=None)


async def deliver(visit: Visit) -> web.StreamResponse:
    """Open them for the applicant, or save one."""
    request = window_pb2.DeliverElectronicRequest(name=f"applications/{visit.part('number')}")
    try:
        given = await visit.ask(visit.house.desks.collection.deliver_electronic, request)
    except errors.TongbanError as error:
        visit.error = error
        return await electronic(visit)
    place = visit.form.text("document")
    if place.isdecimal() and len(place) < 3 and int(place) < len(given.documents):
        document = given.documents[int(place)]
        return saved(document.content, document.media_type, f"{document.material.code}-{int(place) + 1}")
    return await visit.render("collect/electronic.html", a=given.application, documents=given.documents)


async def giving_up(visit: Visit) -> web.StreamResponse:
    """Before it is said that nobody came."""
    view, _ = await look(visit)
    return await visit.render("collect/give_up.html", a=view.application)


async def give_up(visit: Visit) -> web.StreamResponse:
    """Nobody came."""
    name = f"applications/{visit.part('number')}"
    try:
        request = window_pb2.GiveUpCollectionRequest(name=name)
        await visit.ask(visit.house.desks.collection.give_up_collection, request)
    except errors.TongbanError as error:
        visit.error = error
        return await giving_up(visit)
    return visit.go(f"/{name}")


async def locker(visit: Visit) -> web.StreamResponse:
    """The page on a locker's own screen."""
    visit.staff.require("开柜", LOCKER)
    return await visit.render("collect/locker.html", opened="")


async def open_locker(visit: Visit) -> web.StreamResponse:
    """A code was typed at the locker; the page is empty again afterwards, for the next."""
    opened = ""
    try:
        request = window_pb2.OpenLockerRequest(
            locker=visit.form.text("locker").lower(), pickup_code="".join(visit.form.text("pickup_code").split())
        )
        given = await visit.ask(visit.house.desks.collection.open_locker, request)
        opened = given.application.name
    except errors.TongbanError as error:
        visit.error = error
    visit.form.values.pop("pickup_code", None)
    if opened:
        visit.form.values.pop("locker", None)
    return await visit.render("collect/locker.html", opened=opened)


ROUTES = (
    Route("GET", "/collect", scanning),
    Route("POST", "/collect", scanned),
    Route("GET", "/locker", locker, public=True),
    Route("POST", "/locker", open_locker, public=True),
    Route("GET", "/applications/{number}/ready", making),
    Route("POST", "/applications/{number}/ready", make),
    Route("GET", "/applications/{number}/collect", collecting),
    Route("POST", "/applications/{number}/collect", collect),
    Route("GET", "/applications/{number}/handover", handover),
    Route("GET", "/applications/{number}/electronic", electronic),
    Route("POST", "/applications/{number}/electronic", deliver),
    Route("GET", "/applications/{number}/give-up", giving_up),
    Route("POST", "/applications/{number}/give-up", give_up),
)
