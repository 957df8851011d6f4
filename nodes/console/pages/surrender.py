"""Papers that come back: old certificates, originals for the applicant, what is made void, and who prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from nodes.console import labels
from nodes.console.holdings import titles_of
from nodes.console.pages.applications import look
from nodes.console.pages.collecting import collector
from nodes.console.visit import Route, Visit
from nodes.desk.staff import APPROVAL
from tongban import errors
from tongban.ids import uuid7
from tongban.lifecycle import results
from tongban.v1 import application_pb2, parcel_pb2, window_pb2


@dataclass(frozen=True, slots=True)
class Paper:
    """A result on paper, as the print page shows it."""

    code: str
    original: str
    printing: str
    printed: bool
    void_reason: str
    imprint: window_pb2.Imprint | None
    mine: bool
    """Whether this node is the one to print it and has not."""
    grant: Sequence[tuple[str, str]]
    """To whom a permit may be given now; empty where none may."""


async def surrendering(visit: Visit) -> web.StreamResponse:
    """Take an old certificate in."""
    view, _ = await look(visit)
    application = view.application
    item = visit.house.core.shared.item(application.route.item)
    known = {m.code: m.title for m in item.document.materials} if item else {}
    codes = [*results.not_surrendered(application), *known, *labels.OLD_PAPERS]
    choices = [(code, labels.old_paper(code, known)) for code in dict.fromkeys(codes)]
    core = visit.house.core
    fresh = uuid7(core.clock.now(), core.entropy)
    return await visit.render(
        "collect/surrender.html", a=application, choices=choices, lines=view.applicant_lines, fresh=fresh
    )


async def surrender(visit: Visit) -> web.StreamResponse:
    """It was handed in."""
    name = f"applications/{visit.part('number')}"
    try:
        request = window_pb2.SurrenderCertificateRequest(
            name=name,
            code=visit.form.text("code"),
            pages=visit.form.integer("pages"),
            serial=visit.form.text("serial"),
            request_id=visit.form.text("request_id"),
        )
        await visit.ask(visit.house.desks.surrender.surrender_certificate, request)
    except errors.TongbanError as error:
        visit.error = error
        return await surrendering(visit)
    return visit.go(f"/{name}")


async def returning(visit: Visit) -> web.StreamResponse:
    """Choose the originals that go back."""
    view, held = await look(visit)
    application, node = view.application, visit.house.core.name
    here = {
        name.rpartition("/")[2]
        for name, c in held.items()
        if c.kind == parcel_pb2.HOLDER_KIND_POST and c.post.node == node
    }
    kept = set(results.voidable(application))
    back = [original for original in results.handed_in(application) if original in here and original not in kept]
    titles = await titles_of(visit.house, [f"{application.name}/originals/{original}" for original in back])
    choices = [(original, titles.get(f"{application.name}/originals/{original}", original)) for original in back]
    return await visit.render("collect/return.html", a=application, choices=choices, lines=view.applicant_lines)


async def give_back(visit: Visit) -> web.StreamResponse:
    """The applicant has them back."""
    name = f"applications/{visit.part('number')}"
    try:
        request = window_pb2.ReturnOriginalsRequest(
            name=name, originals=visit.form.texts("originals"), collector=collector(visit)
        )
        await visit.ask(visit.house.desks.surrender.return_originals, request)
    except errors.TongbanError as error:
        visit.error = error
        return await returning(visit)
    return visit.go(f"/{name}")


async def voiding(visit: Visit) -> web.StreamResponse:
    """Choose what is made void."""
    view, _ = await look(visit)
    application = view.application
    names = [f"{application.name}/originals/{original}" for original in results.voidable(application)]
    titles = await titles_of(visit.house, names)
    choices = [(name.rpartition("/")[2], titles.get(name, name)) for name in names]
    return await visit.render("collect/void.html", a=application, choices=[("", "请选择"), *choices])


async def void(visit: Visit) -> web.StreamResponse:
    """It serves for nothing more."""
    name = f"applications/{visit.part('number')}"
    try:
        request = window_pb2.VoidOriginalRequest(
            name=name, original=visit.form.text("original"), reason_code=visit.form.text("reason_code")
        )
        await visit.ask(visit.house.desks.surrender.void_original, request)
    except errors.TongbanError as error:
        visit.error = error
        return await voiding(visit)
    return visit.go(f"/{name}")


async def printing(visit: Visit) -> web.StreamResponse:
    """What stands on each paper, and whose turn it is to print it."""
    view, _ = await look(visit)
    application = view.application
    papers = [await _paper(visit, application, paper) for paper in results.papers(application)]
    return await visit.render("collect/print.html", a=application, papers=papers)


async def _paper(visit: Visit, application: application_pb2.Application, paper: application_pb2.ResultPaper) -> Paper:
    node, desks = visit.house.core.name, visit.house.desks
    imprint = None
    if not paper.void_reason:
        request = window_pb2.GetImprintRequest(name=application.name, original=paper.original)
        imprint = await visit.ask(desks.prints.get_imprint, request)
    out = bool(paper.printing) and not paper.void_reason
    free = not out and application.route.decider == node and APPROVAL in visit.staff.roles
    route = application.route
    parties = dict.fromkeys((route.decider, route.collecting, route.accepting))
    return Paper(
        code=paper.code,
        original=paper.original,
        printing=paper.printing,
        printed=paper.printed,
        void_reason=paper.void_reason,
        imprint=imprint,
        mine=out and paper.printing == node and not paper.printed,
        grant=[(party, visit.house.title(party)) for party in parties] if free else [],
    )


async def print_step(visit: Visit) -> web.StreamResponse:
    """It was printed, or will not be, or another may."""
    name = f"applications/{visit.part('number')}"
    prints, form = visit.house.desks.prints, visit.form
    try:
        match form.text("step"):
            case "release":
                released = window_pb2.ReleasePrintPermitRequest(
                    name=name, original=form.text("original"), reason_code=form.text("reason_code")
                )
                await visit.ask(prints.release_print_permit, released)
            case "grant":
                granted = window_pb2.GrantPrintPermitRequest(name=name, code=form.text("code"), to=form.text("to"))
                await visit.ask(prints.grant_print_permit, granted)
            case _:
                printed = window_pb2.RecordPrintRequest(name=name, original=form.text("original"))
                await visit.ask(prints.record_print, printed)
    except errors.TongbanError as error:
        visit.error = error
        return await printing(visit)
    return visit.go(f"/{name}")


ROUTES = (
    Route("GET", "/applications/{number}/surrender", surrendering),
    Route("POST", "/applications/{number}/surrender", surrender),
    Route("GET", "/applications/{number}/return", returning),
    Route("POST", "/applications/{number}/return", give_back),
    Route("GET", "/applications/{number}/void", voiding),
    Route("POST", "/applications/{number}/void", void),
    Route("GET", "/applications/{number}/print", printing),
    Route("POST", "/applications/{number}/print", print_step),
)
