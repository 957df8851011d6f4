"""An agreement to take away: as a print, and as what differs between two of its versions."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web

from agreements.domain.difference import Change
from agreements.versions import compared, versions
from nodes.console.visit import Route, Visit
from nodes.desk.staff import SUPERVISOR
from tongban import errors
from tongban.v1 import agreement_pb2, registry_pb2

_LONGEST_NUMBER = 9


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions, and what differs between them."""

    old: int
    new: int
    changes: tuple[Change, ...]
    known: tuple[int, ...]


def latest(found: agreement_pb2.Agreement) -> Compared | None:
    """The newest version beside the one before it; None where there is one only."""
    return _compared(found, 0, 0) if len(versions(found)) > 1 else None


async def difference(visit: Visit) -> web.StreamResponse:
    """Two versions of an agreement, chosen in the query."""
    visit.staff.require("查看协议", SUPERVISOR)
    name = f"agreements/{visit.part('agreement')}"
    found = visit.house.core.shared.agreement(name)
    if found is None:
        raise errors.AgreementNotFound(field="name", name=name)
    beside = _compared(found, _number(visit, "from"), _number(visit, "to"))
    return await visit.render("supervisor/difference.html", agreement=found, beside=beside)


async def pdf(visit: Visit) -> web.StreamResponse:
    """The print: A4, with signatures, a QR and the proof within."""
    name = f"agreements/{visit.part('agreement')}"
    try:
        digest = bytes.fromhex(visit.query("digest"))
    except ValueError:
        digest = b"?"
    request = registry_pb2.GetAgreementProofRequest(name=name, document_digest=digest)
    given = await visit.ask(visit.house.desks.registry.get_agreement_proof, request)
    from agreements.paper import to_pdf  # the typesetter is large: a node that never prints does not load it

    made = await asyncio.to_thread(to_pdf, given)
    file = f"{visit.part('agreement')}.pdf"
    return web.Response(
        body=made,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{file}"', "X-Content-Type-Options": "nosniff"},
    )


def _compared(found: agreement_pb2.Agreement, old: int, new: int) -> Compared:
    earlier, later, changes = compared(found, old, new)
    return Compared(earlier, later, changes, tuple(sorted(versions(found))))


def _number(visit: Visit, name: str) -> int:
    text = visit.query(name)
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > _LONGEST_NUMBER:
        raise errors.FieldInvalid(field=name, problem="应为版本号", problem_en="a version's number")
    return int(text)


ROUTES = (
    Route("GET", "/agreements/{agreement}/difference", difference),
    Route("GET", "/agreements/{agreement}/pdf", pdf),
)
