"""Printing results: whose permit it is, who has printed, and what stands on the paper.

The paper is the authority's, whichever window's printer it came out of: its signatory, its seal and its place follow
from the clause that the application cites and from the decision, never from the node that prints.  So the imprint is
worked out from what everybody has, and is the same at every node, to the byte.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from agreements.domain.answering import answering, check_printing
from nodes.core import NodeCore
from nodes.desk.lying import application_of
from nodes.desk.staff import APPROVAL, SUPERVISOR, WINDOW, Staff
from nodes.desk.surrender import fresh_name
from nodes.journal.drafts import Draft
from nodes.journal.recorder import View
from nodes.journal.streams import event_of
from nodes.store import QUERIES
from tongban import errors
from tongban.lifecycle import results
from tongban.storage.base import Transaction
from tongban.v1 import application_pb2, window_pb2


class PrintDesk:
    """What becomes of print permits, and what is printed."""

    def __init__(self, core: NodeCore) -> None:
        self._core = core

    async def release_print_permit(
        self, staff: Staff, request: window_pb2.ReleasePrintPermitRequest
    ) -> application_pb2.Application:
        """Give the permit back; whoever says this has not printed."""
        staff.require("交回打印许可", WINDOW, APPROVAL)
        await application_of(self._core, request.name)
        released = application_pb2.PrintPermitReleased(original=request.original, reason_code=request.reason_code)
        return await self._one(staff, Draft(request.name, "print_permit_released", released))

    async def grant_print_permit(
        self, staff: Staff, request: window_pb2.GrantPrintPermitRequest
    ) -> application_pb2.Application:
        """Let another print: the decider, or whom the clause lists."""
        staff.require("另行准许打印", APPROVAL)
        application = await application_of(self._core, request.name)
        route = application.route
        clause = self._core.shared.clause(route.agreement, route.clause, route.agreement_version)
        item = self._core.shared.item(route.item)
        title = item.document.title if item is not None else route.item
        check_printing(application_pb2.ResultDocument(printing=request.to), route, clause, item=title, field="to")

        def build(view: View) -> tuple[Sequence[Draft], Any]:
            state = view.state(request.name)
            paper = next((each for each in results.papers(state) if each.code == request.code), None)
            name = paper.original if paper is not None else request.code
            if paper is not None and paper.void_reason:
                name = fresh_name(request.code, results.originals(state))
            granted = application_pb2.PrintPermitGranted(code=request.code, original=name, to=request.to)
            return [Draft(request.name, "print_permit_granted", granted)], None

        recorded = await self._core.record(staff.actor, build)
        return recorded.states[request.name]  # type: ignore[no-any-return]

    async def record_print(self, staff: Staff, request: window_pb2.RecordPrintRequest) -> application_pb2.Application:
        """It was printed here, and lies at this post."""
        staff.require("印制", WINDOW, APPROVAL)
        await application_of(self._core, request.name)
        printed = application_pb2.ResultPrinted(original=request.original, post=staff.post)
        return await self._one(staff, Draft(request.name, "result_printed", printed))

    async def get_imprint(self, staff: Staff, request: window_pb2.GetImprintRequest) -> window_pb2.Imprint:
        """What stands on the paper; for a void one it is refused."""
        staff.require("印制", WINDOW, APPROVAL, SUPERVISOR)
        application = await application_of(self._core, request.name)
        paper = next((each for each in results.papers(application) if each.original == request.original), None)
        if paper is None:
            raise errors.FieldInvalid(
                field="original",
                problem=f"没有证照原件“{request.original}”",
                problem_en=f"no result has an original {request.original}",
            )
        if paper.void_reason:
            raise errors.OriginalVoid(field="original", original=request.original, why=paper.void_reason)
        decided = await self._core.database.run(lambda tx: _decided(tx, request.name), read_only=True)
        return self._imprint(application, paper, decided)

    def _imprint(
        self, application: application_pb2.Application, paper: application_pb2.ResultPaper, decided: dt.datetime
    ) -> window_pb2.Imprint:
        shared, route = self._core.shared, application.route
        found = answering(route, shared.clause(route.agreement, route.clause, route.agreement_version))
        node = shared.directory.find(found.answers)
        zone = ZoneInfo(node.profile.time_zone if node is not None else "Asia/Shanghai")
        place = node.profile.title if node is not None else found.answers
        item = shared.item(route.item)
        document = item.document if item is not None else None
        titles = {result.code: result.title for result in document.results} if document is not None else {}
        title = titles.get(paper.code) or (document.result_title or document.title if document is not None else "")
        day = decided.astimezone(zone).date()
        imprint = window_pb2.Imprint(
            original=f"{application.name}/originals/{paper.original}",
            title=title or route.item,
            authority=place,
            authority_node=found.answers,
            department=document.department if document is not None else "",
            seal=found.seal,
            place=place,
            appeal=found.appeal,
            printing=paper.printing,
        )
        imprint.date.year, imprint.date.month, imprint.date.day = day.year, day.month, day.day
        return imprint

    async def _one(self, staff: Staff, draft: Draft) -> application_pb2.Application:
        recorded = await self._core.record(staff.actor, lambda view: ([draft], None))
        return recorded.states[draft.stream]  # type: ignore[no-any-return]


_DECIDING = frozenset({"application_approved", "application_refused"})


def _decided(tx: Transaction, name: str) -> dt.datetime:
    """When it was decided, as the decider claimed."""
    for row in tx.fetch_all(QUERIES.list_history, {"stream": name}):
        if row["rejection"] is None and event_of(row["envelope"]).WhichOneof("body") in _DECIDING:
            return dt.datetime.fromtimestamp(row["claim_time"] / 1_000_000, dt.UTC)
    raise errors.FieldInvalid(field="name", problem="尚未作出决定", problem_en="nothing was decided yet")
