"""What is wrong with parcels: whose it is, by when, what to do now; raised, searched for and ended here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from mailroom.case_words import OUTCOMES, RESOLUTIONS, CaseWords, words_of
from mailroom.domain.cases import TRACE
from mailroom.domain.workdays import CLOSING
from nodes.console.holdings import titles_of
from nodes.console.pages.parcels import read
from nodes.console.show import number as grouped
from nodes.console.visit import Route, Visit
from nodes.desk.cases import trace_of
from nodes.desk.staff import MAILROOM, SUPERVISOR, WINDOW
from tongban import errors
from tongban.v1 import exception_pb2, mailroom_pb2, parcel_pb2

LISTS: Final = {"own": "本单位处理", "all": "全部未结", "escalated": "超过期限"}
RAISED_BY_HAND: Final = (
    "damaged", "seal-broken", "wrong-contents", "suspected-lost", "lost", "refused", "customs-hold", "one-sided",
    "unclaimed",
)  # fmt: skip
NAMES: Final = {
    "code": "异常", "leg": "寄递段", "note": "说明", "resolution": "销结方式", "asked_node": "由谁查找",
    "item": "找什么", "answer_by_time": "答复期限", "trace": "查询单", "outcome": "查找结果",
}  # fmt: skip
"""What a person calls the fields."""


@dataclass(frozen=True, slots=True)
class Row:
    """A case as a page shows it."""

    case: mailroom_pb2.Case
    words: CaseWords
    subject: str
    trace: exception_pb2.Trace | None = None

    @property
    def number(self) -> str:
        """The parcel's number, for addresses."""
        return self.case.parcel.partition("/")[2]


async def listing(visit: Visit) -> web.StreamResponse:
    """The list."""
    return await _listed(visit, "cases/list.html", visit.query("show") or "own")


async def now(visit: Visit) -> web.StreamResponse:
    """What may have changed of it."""
    return await _listed(visit, "cases/now.html", visit.query("show") or "own")


async def escalated(visit: Visit) -> web.StreamResponse:
    """The supervisor's list: what was not ended in time."""
    return await _listed(visit, "cases/list.html", "escalated")


async def _listed(visit: Visit, template: str, show: str) -> web.StreamResponse:
    show = show if show in LISTS else "own"
    request = mailroom_pb2.ListCasesRequest(
        own=show == "own", escalated=show == "escalated", page_token=visit.query("page")[:200]
    )
    listed = await visit.ask(visit.house.desks.cases.list_cases, request)
    rows = [await _row(visit, case) for case in listed.cases]
    return await visit.render(
        template, rows=rows, show=show, lists=LISTS, token=listed.next_page_token, page=visit.query("page")[:200]
    )


async def _row(visit: Visit, case: mailroom_pb2.Case, parcel: parcel_pb2.Parcel | None = None) -> Row:
    trace = trace_of(parcel, case) if parcel is not None else None
    return Row(case, words_of(case.code), await _subject(visit, case.subject), trace)


async def _subject(visit: Visit, subject: str) -> str:
    """What a case is about, as people call it."""
    kind, _, number = subject.rpartition("/")
    if kind.endswith("/legs"):
        return f"{visit.say('寄递段')} {number}"
    if kind.endswith("/traces"):
        return f"{visit.say('查询单')} {number}"
    if kind.endswith("/originals"):
        # A parcel may have several of the same kind: the application tells them apart.
        title = visit.say((await titles_of(visit.house, [subject])).get(subject, number))
        return f"{title} {grouped(kind.removesuffix('/originals'))}"
    if subject.startswith("extra-"):
        return f"{visit.say('清单外')} {subject.removeprefix('extra-')}"
    return subject


async def of_parcel(visit: Visit) -> web.StreamResponse:
    """One parcel's: what is open, what was written about it."""
    parcel = await read(visit)
    cases = visit.house.desks.cases
    rows = [await _row(visit, case, parcel) for case in await cases.cases_of(visit.staff, parcel.name)]
    said = await cases.said(visit.staff, parcel.name)
    return await visit.render(
        "cases/parcel.html",
        p=parcel,
        rows=rows,
        said=said,
        may_raise=bool(visit.staff.roles & {MAILROOM, WINDOW}),
        may_end=bool(visit.staff.roles & {MAILROOM, SUPERVISOR}),
        outcomes=OUTCOMES,
        trace_code=TRACE,
    )


def _pairs(visit: Visit, words: Sequence[tuple[str, tuple[str, str]]]) -> list[tuple[str, str]]:
    place = 1 if visit.language == "en" else 0
    return [("", visit.say("请选择")), *((code, pair[place]) for code, pair in words)]


def _legs(visit: Visit, parcel: parcel_pb2.Parcel) -> list[tuple[str, str]]:
    whole = ("0", visit.say("整个邮包"))
    return [
        whole,
        *((str(leg.number), f"{visit.say('寄递段')} {leg.number}") for leg in parcel.legs if not leg.cancelled),
    ]


async def raising(visit: Visit) -> web.StreamResponse:
    """What is wrong."""
    parcel = await read(visit)
    codes = _pairs(visit, [(code, words_of(code).name) for code in RAISED_BY_HAND])
    last = next((str(leg.number) for leg in reversed(parcel.legs) if not leg.cancelled), "0")
    return await visit.render("cases/raise.html", p=parcel, codes=codes, legs=_legs(visit, parcel), last=last)


async def raise_exception(visit: Visit) -> web.StreamResponse:
    """Say so."""
    visit.names = NAMES
    form, name = visit.form, f"parcels/{visit.part('number')}"
    try:
        request = mailroom_pb2.RaiseExceptionRequest(
            name=name, code=form.text("code"), leg=form.integer("leg"), note=form.text("note")
        )
        await visit.ask(visit.house.desks.cases.raise_exception, request)
    except errors.TongbanError as error:
        visit.error = error
        return await raising(visit)
    return visit.go(f"/{name}/cases")


async def resolving(visit: Visit) -> web.StreamResponse:
    """How it ended."""
    parcel = await read(visit)
    code = visit.query("code") or visit.form.text("code")
    subject = visit.query("subject") or visit.form.text("subject")
    return await visit.render(
        "cases/resolve.html",
        p=parcel,
        code=code,
        subject=subject,
        about=await _subject(visit, subject),
        words_of_case=words_of(code),
        resolutions=_pairs(visit, list(RESOLUTIONS.items())),
    )


async def resolve(visit: Visit) -> web.StreamResponse:
    """Say so."""
    visit.names = NAMES
    form, name = visit.form, f"parcels/{visit.part('number')}"
    try:
        request = mailroom_pb2.ResolveExceptionRequest(
            name=name,
            code=form.text("code"),
            subject=form.text("subject"),
            resolution=form.text("resolution"),
            note=form.text("note"),
        )
        await visit.ask(visit.house.desks.cases.resolve_exception, request)
    except errors.TongbanError as error:
        visit.error = error
        return await resolving(visit)
    return visit.go(f"/{name}/cases")


async def tracing(visit: Visit) -> web.StreamResponse:
    """What to look for, who, and by when."""
    parcel = await read(visit)
    here = visit.house.core.name
    scanned = [post.node for leg in parcel.legs for post in (leg.dispatch.post, leg.intake.post)]
    nodes = dict.fromkeys((parcel.destination.node, parcel.origin.node, *scanned))
    asked = [(node, visit.house.title(node)) for node in nodes if node and node != here]
    titles = await titles_of(visit.house, [entry.item for entry in parcel.manifest])
    items = [(e.item, visit.say(titles.get(e.item, e.item.rpartition("/")[2]))) for e in parcel.manifest]
    last = next((str(leg.number) for leg in reversed(parcel.legs) if not leg.cancelled), "0")
    return await visit.render(
        "cases/trace.html",
        p=parcel,
        asked=asked,
        items=[("", visit.say("整个邮包")), *items],
        legs=_legs(visit, parcel),
        last=last,
    )


async def trace(visit: Visit) -> web.StreamResponse:
    """Ask."""
    visit.names = NAMES
    form, name = visit.form, f"parcels/{visit.part('number')}"
    try:
        request = mailroom_pb2.RequestTraceRequest(
            name=name,
            leg=form.integer("leg"),
            item=form.text("item"),
            asked_node=form.text("asked_node"),
            note=form.text("note"),
        )
        if form.text("answer_by"):
            request.answer_by_time.FromDatetime(_close_of(visit, form.text("answer_by")))
        await visit.ask(visit.house.desks.cases.request_trace, request)
    except errors.TongbanError as error:
        visit.error = error
        return await tracing(visit)
    return visit.go(f"/{name}/cases")


def _close_of(visit: Visit, day: str) -> dt.datetime:
    """The close of that day here."""
    try:
        return dt.datetime.combine(dt.date.fromisoformat(day), CLOSING, tzinfo=visit.house.zone)
    except ValueError:
        raise errors.FieldInvalid(field="answer_by_time", problem="应为日期", problem_en="it must be a date") from None


async def answering(visit: Visit) -> web.StreamResponse:
    """What the search came to."""
    parcel = await read(visit)
    number = visit.query("trace") or visit.form.text("trace")
    asked = next((each for each in parcel.traces if str(each.number) == number), None)
    if asked is None:
        raise errors.NotFound(field="trace", name=f"{parcel.name}/traces/{number[:8]}")
    said = await visit.house.desks.cases.said(visit.staff, parcel.name)
    sought = [each for each in said if each.event_type == "trace_requested"]
    return await visit.render(
        "cases/answer.html",
        p=parcel,
        trace=asked,
        sought=[each for each in sought if each.author == asked.asking_node],
        item=await _subject(visit, asked.item) if asked.item else "",
        outcomes=_pairs(visit, list(OUTCOMES.items())),
    )


async def answer(visit: Visit) -> web.StreamResponse:
    """Say so."""
    visit.names = NAMES
    form, name = visit.form, f"parcels/{visit.part('number')}"
    try:
        request = mailroom_pb2.AnswerTraceRequest(
            name=name, trace=form.integer("trace"), outcome=form.text("outcome"), note=form.text("note")
        )
        await visit.ask(visit.house.desks.cases.answer_trace, request)
    except errors.TongbanError as error:
        visit.error = error
        return await answering(visit)
    return visit.go(f"/{name}/cases")


ROUTES = (
    Route("GET", "/cases", listing),
    Route("GET", "/cases/now", now, quiet=True),
    Route("GET", "/cases/escalated", escalated),
    Route("GET", "/parcels/{number}/cases", of_parcel),
    Route("GET", "/parcels/{number}/cases/raise", raising),
    Route("POST", "/parcels/{number}/cases/raise", raise_exception),
    Route("GET", "/parcels/{number}/cases/resolve", resolving),
    Route("POST", "/parcels/{number}/cases/resolve", resolve),
    Route("GET", "/parcels/{number}/cases/trace", tracing),
    Route("POST", "/parcels/{number}/cases/trace", trace),
    Route("GET", "/parcels/{number}/cases/answer", answering),
    Route("POST", "/parcels/{number}/cases/answer", answer),
)
