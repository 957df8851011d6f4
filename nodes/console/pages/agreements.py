"""Agreements: the list, one agreement clause by clause, remarks, signing, giving an amendment up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aiohttp import web

from agreements.reading import Section, document_sections, names_in
from agreements.standing import standing_sections
from agreements.summary import Summary, may_sign, summarise
from nodes.console.pages import printing
from nodes.console.pages.agreement_steps import steps
from nodes.console.visit import Route, Visit
from nodes.desk.staff import SUPERVISOR
from tongban import errors
from tongban.v1 import agreement_pb2, lifecycle_pb2, negotiation_pb2, registry_pb2

_Agreement = agreement_pb2.Agreement
_TOLD_APART = frozenset({"状态", "签署", "待签署的修订", "商议意见"})
"""What the page shows in its own way; everything else that happened stands in tables."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the list."""

    agreement: _Agreement
    at: Summary
    ours: str
    """`sign` where this node is waited for, `signed`, `may-join`, or empty for no party."""


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the text, with what was said about it."""

    section: Section
    clause: str
    remarks: tuple[agreement_pb2.AgreementComment, ...]


async def agreements(visit: Visit) -> web.StreamResponse:
    """All that this node knows; what waits for this node comes first."""
    lines = [await _line(visit, each.name) for each in await _listed(visit)]
    known = sorted((line for line in lines if line is not None), key=lambda line: line.ours != "sign")
    return await visit.render("agreements/list.html", entries=known, conflicts=warnings(visit))


def warnings(visit: Visit) -> list[negotiation_pb2.AgreementConflict]:
    """The contradictions that concern this node, for whoever answers for agreements here."""
    if SUPERVISOR not in visit.staff.roles:
        return []
    return visit.house.desks.agreements.own_conflicts()


async def waiting_for_us(visit: Visit) -> int:
    """How many texts wait for this node's signature."""
    lines = [await _line(visit, each.name) for each in visit.house.core.shared.agreements()]
    return sum(1 for line in lines if line is not None and line.ours == "sign")


async def _listed(visit: Visit) -> list[_Agreement]:
    found: list[_Agreement] = []
    token = ""
    while True:
        request = registry_pb2.ListAgreementsRequest(page_size=500, page_token=token)
        page = await visit.ask(visit.house.desks.registry.list_agreements, request)
        found.extend(page.agreements)
        token = page.next_page_token
        if not token:
            return found


async def _line(visit: Visit, name: str) -> Line | None:
    found = await present(visit, name)
    if found is None:
        return None
    here = visit.house.core.name
    at = summarise(found, visit.house.core.clock.now())
    if here in at.waits_for:
        ours = "sign"
    elif may_sign(found, here) is not None:
        ours = "may-join"
    else:
        ours = "signed" if any(each.node == here for each in found.signatures) else ""
    return Line(found, at, ours)


async def present(visit: Visit, name: str) -> _Agreement | None:
    """An agreement with this node's own steps, also while those wait for their receipts."""
    state = await visit.house.core.state(name)
    return state if isinstance(state, _Agreement) else None


async def named(visit: Visit) -> _Agreement:
    """The agreement of the address."""
    visit.staff.require("查看协议", SUPERVISOR)
    name = f"agreements/{visit.part('agreement')}"
    found = await present(visit, name)
    if found is None:
        raise errors.AgreementNotFound(field="name", name=name)
    return found


def titles_of(visit: Visit, message: _Agreement | agreement_pb2.AgreementDocument) -> Mapping[str, str]:
    """What people call the nodes and items that a text names."""
    titles = {name: visit.house.title(name) for name in names_in(message)}
    return {name: title for name, title in titles.items() if title != name}


async def agreement(visit: Visit) -> web.StreamResponse:
    """One agreement: where it stands, what may be done, and the text, to be read before it is signed."""
    found = await named(visit)
    here, now = visit.house.core.name, visit.house.core.clock.now()
    amended = found.HasField("amendment") and visit.request.query.get("text") == "amendment"
    text = found.amendment if amended else found
    signing = may_sign(found, here)
    history = await visit.ask(
        visit.house.desks.agreements.get_agreement_history,
        negotiation_pb2.GetAgreementHistoryRequest(name=found.name),
    )
    return await visit.render(
        "agreements/detail.html",
        a=found,
        at=summarise(found, now),
        amended=amended,
        text=text,
        parts=list(_parts(found, text.document, text.document_digest, titles_of(visit, found))),
        standing=[s for s in standing_sections(found, titles_of(visit, found)) if s.title not in _TOLD_APART],
        sign=signing is not None and signing[1] == text.document_digest,
        signs_other=signing is not None and signing[1] != text.document_digest,
        joins=found.state != lifecycle_pb2.AGREEMENT_STATE_PROPOSED and not amended,
        talks=any(party.node == here for party in (*found.document.parties, *found.amendment.document.parties)),
        ended=found.state == lifecycle_pb2.AGREEMENT_STATE_TERMINATED,
        steps=steps(found, here, now),
        beside=printing.latest(found),
        conflicts=[each for each in warnings(visit) if found.name in (each.winner, each.loser)],
        history=history.history,
    )


def _parts(
    found: _Agreement, document: agreement_pb2.AgreementDocument, digest: bytes, titles: Mapping[str, str]
) -> Iterator[Part]:
    """The text's sections; a remark stands below its clause, one about the whole below the first section."""
    clauses = {f"条款 {clause.id}": clause.id for clause in document.clauses}
    known = {digest, found.document_digest}
    for place, section in enumerate(document_sections(document, titles)):
        clause = clauses.get(section.title, "")
        remarks = [
            each
            for each in found.comments
            if each.document_digest in known and (each.clause == clause if clause else not each.clause and not place)
        ]
        yield Part(section, clause, tuple(remarks))


async def sign(visit: Visit) -> web.StreamResponse:
    """Sign what was read."""
    try:
        if visit.form.text("read") != "yes":
            raise errors.FieldInvalid(
                field="read", problem="请先通读全文并勾选", problem_en="read the whole text, then tick the box"
            )
        request = registry_pb2.SignAgreementRequest(name=_name(visit), document_digest=digest_of(visit))
        await visit.ask(visit.house.desks.agreements.sign_agreement, request)
    except errors.TongbanError as error:
        return await _refused(visit, error)
    return visit.go(f"/{_name(visit)}")


async def comment(visit: Visit) -> web.StreamResponse:
    """Make a remark."""
    request = negotiation_pb2.CommentAgreementRequest(
        name=_name(visit),
        document_digest=digest_of(visit),
        clause=visit.form.text("clause"),
        comment=visit.form.text("comment"),
    )
    try:
        if not request.comment:
            raise errors.FieldInvalid(field="comment", problem="请填写意见", problem_en="write the remark")
        await visit.ask(visit.house.desks.agreements.comment_agreement, request)
    except errors.TongbanError as error:
        return await _refused(visit, error)
    return visit.go(f"/{_name(visit)}{'?text=amendment' if visit.form.text('amended') else ''}")


async def withdraw(visit: Visit) -> web.StreamResponse:
    """Give an amendment up."""
    request = negotiation_pb2.WithdrawAmendmentRequest(
        name=_name(visit), document_digest=digest_of(visit), comment=visit.form.text("comment")
    )
    try:
        await visit.ask(visit.house.desks.agreements.withdraw_amendment, request)
    except errors.TongbanError as error:
        return await _refused(visit, error)
    return visit.go(f"/{_name(visit)}")


async def _refused(visit: Visit, error: errors.TongbanError) -> web.StreamResponse:
    visit.error = error
    return await agreement(visit)


def _name(visit: Visit) -> str:
    return f"agreements/{visit.part('agreement')}"


def digest_of(visit: Visit) -> bytes:
    """The digest that a form is bound to; nothing where it is none."""
    try:
        return bytes.fromhex(visit.form.text("digest"))
    except ValueError:
        return b""


ROUTES = (
    Route("GET", "/agreements", agreements),
    Route("GET", "/agreements/{agreement}", agreement),
    Route("POST", "/agreements/{agreement}/sign", sign),
    Route("POST", "/agreements/{agreement}/comment", comment),
    Route("POST", "/agreements/{agreement}/withdraw", withdraw),
)
