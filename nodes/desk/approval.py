"""The approver's desk: only the decider named by the cited clause gets anywhere here."""

from __future__ import annotations

import datetime as dt
import json

from google.protobuf.message import Message

from agreements.domain.answering import check_printing
from agreements.domain.coverage import check_filed
from nodes.core import NodeCore
from nodes.desk import forms
from nodes.desk.staff import APPROVAL, Staff
from nodes.journal.drafts import Draft
from nodes.journal.intake import admission_header
from nodes.store import QUERIES
from tongban import errors
from tongban.ids import uuid7
from tongban.storage.base import Transaction
from tongban.v1 import application_pb2, approval_pb2, envelope_pb2, types_pb2, window_pb2

PAPER_RESULT = "licence"
ELECTRONIC_RESULT = "e-licence"


class ApprovalDesk:
    """What an approver does."""

    def __init__(self, core: NodeCore) -> None:
        self._core = core

    async def open_application(
        self, staff: Staff, request: approval_pb2.OpenApplicationRequest
    ) -> approval_pb2.OpenApplicationResponse:
        """Open what is sealed; who read it, and when, is recorded before anything is shown."""
        staff.require("查看申请内容", APPROVAL, "window")
        application = await self._state(request.name)
        now = self._core.clock.now()
        reading = {
            "reading_id": uuid7(now, self._core.entropy),
            "stream": request.name,
            "staff_id": staff.staff_id,
            "read_time": round(now.timestamp() * 1_000_000),
        }

        def work(tx: Transaction) -> approval_pb2.OpenApplicationResponse:
            tx.execute(QUERIES.insert_reading, reading)
            response = approval_pb2.OpenApplicationResponse(application=application)
            for _, name, plaintext in self._core.sealer.open_all(tx, request.name):
                _show(response, name, plaintext)
            return response

        return await self._core.database.run(work)

    async def accept_application(
        self, staff: Staff, request: approval_pb2.AcceptApplicationRequest
    ) -> application_pb2.Application:
        """Accept; the home node asks the routing function once more, with its own copy of the agreements."""
        staff.require("审批", APPROVAL)
        application = await self._state(request.name)
        covered = check_filed(
            self._core.shared.coverage,
            application.route,
            application.create_time.ToDatetime(dt.UTC),
            await self._admitted(request.name),
            stream=request.name,
            trial=application.trial,
        )
        accepted = application_pb2.ApplicationAccepted(promised_working_days=covered.promised_working_days)
        return await self._decide(staff, request.name, "application_accepted", accepted)

    async def _admitted(self, name: str) -> dt.datetime:
        """When the filing was admitted, by its receipt; now, for one of this node's own that has none yet."""

        def work(tx: Transaction) -> dt.datetime | None:
            row = tx.fetch_one(QUERIES.get_opening_receipt, {"stream": name})
            receipt = envelope_pb2.Receipt.FromString(row["receipt"]) if row is not None and row["receipt"] else None
            header = admission_header(tx, receipt.batch_id) if receipt is not None else None
            return header.admit_time.ToDatetime(dt.UTC) if header is not None else None

        return await self._core.database.run(work, read_only=True) or self._core.clock.now()

    async def decline_application(
        self, staff: Staff, request: approval_pb2.DeclineApplicationRequest
    ) -> application_pb2.Application:
        """Decline to accept."""
        content = application_pb2.ApplicationNotAccepted(reason_code=request.reason_code)
        return await self._decide(staff, request.name, "application_not_accepted", content, request.explanation)

    async def require_correction(
        self, staff: Staff, request: approval_pb2.RequireCorrectionRequest
    ) -> application_pb2.Application:
        """Give the one notice."""
        content = application_pb2.CorrectionRequired(defects=request.defects)
        return await self._decide(staff, request.name, "correction_required", content, request.explanation)

    async def start_review(self, staff: Staff, request: approval_pb2.StartReviewRequest) -> application_pb2.Application:
        """Start the review."""
        return await self._decide(staff, request.name, "review_started", application_pb2.ReviewStarted())

    async def approve_application(
        self, staff: Staff, request: approval_pb2.ApproveApplicationRequest
    ) -> application_pb2.Application:
        """Approve."""
        return await self._decide(staff, request.name, "application_approved", application_pb2.ApplicationApproved())

    async def refuse_application(
        self, staff: Staff, request: approval_pb2.RefuseApplicationRequest
    ) -> application_pb2.Application:
        """Refuse."""
        content = application_pb2.ApplicationRefused(reason_code=request.reason_code)
        return await self._decide(staff, request.name, "application_refused", content, request.explanation)

    async def issue_result(self, staff: Staff, request: approval_pb2.IssueResultRequest) -> application_pb2.Application:
        """Issue the result, on paper, electronically, or both."""
        staff.require("审批", APPROVAL)
        if not request.paper and not request.electronic:
            raise errors.FieldInvalid(field="paper", problem="纸质、电子至少一种 / paper, electronic, or both")
        content = application_pb2.ResultIssued()
        parts: dict[str, bytes] = {}
        if request.paper:
            paper = content.documents.add(
                code=PAPER_RESULT, form=types_pb2.MATERIAL_FORM_ORIGINAL, original=PAPER_RESULT
            )
            if request.printing != self._core.name:
                paper.printing = request.printing
            await self._check_printing(request.name, paper)
        if request.electronic:
            content.documents.add(code=ELECTRONIC_RESULT, form=types_pb2.MATERIAL_FORM_ELECTRONIC)
            forms.check_media_type(request.media_type, "media_type")
            result = window_pb2.MaterialContent(content=request.electronic, media_type=request.media_type)
            result.material.code, result.material.form = ELECTRONIC_RESULT, types_pb2.MATERIAL_FORM_ELECTRONIC
            parts[forms.RESULT_PART] = result.SerializeToString()
        against = content.documents[0].code
        content.surrenders.extend(application_pb2.Surrender(code=code, against=against) for code in request.surrenders)
        return await self._decide(staff, request.name, "result_issued", content, parts=parts)

    async def close_application(
        self, staff: Staff, request: approval_pb2.CloseApplicationRequest
    ) -> application_pb2.Application:
        """Close and file it."""
        return await self._decide(staff, request.name, "application_closed", application_pb2.ApplicationClosed())

    async def _decide(
        self,
        staff: Staff,
        name: str,
        body: str,
        content: Message,
        explanation: str = "",
        parts: dict[str, bytes] | None = None,
    ) -> application_pb2.Application:
        staff.require("审批", APPROVAL)
        application = await self._state(name)
        sealed = dict(parts or {})
        forms.check_text(explanation, "explanation")
        if explanation:
            sealed[forms.EXPLANATION_PART] = explanation.encode("utf-8")
        draft = Draft(name, body, content, parts=sealed, readers=forms.readers(application.route))
        recorded = await self._core.record(staff.actor, lambda view: ([draft], None))
        return recorded.states[name]  # type: ignore[no-any-return]

    async def _check_printing(self, name: str, paper: application_pb2.ResultDocument) -> None:
        route = (await self._state(name)).route
        clause = self._core.shared.clause(route.agreement, route.clause, route.agreement_version)
        item = self._core.shared.item(route.item)
        check_printing(paper, route, clause, item=item.document.title if item else route.item, field="printing")

    async def _state(self, name: str) -> application_pb2.Application:
        state = await self._core.state(name)
        if not isinstance(state, application_pb2.Application):
            raise errors.ApplicationNotFound(field="name", name=name)
        return state


def _show(response: approval_pb2.OpenApplicationResponse, name: str, plaintext: bytes) -> None:
    if name == forms.FORM_PART:
        response.form.update(json.loads(plaintext))
    elif name == forms.EXPLANATION_PART:
        response.explanation = plaintext.decode("utf-8")
    elif name in (forms.COLLECTION_PART, forms.SURRENDER_PART):
        _show_person(response, json.loads(plaintext))
    else:
        content = window_pb2.MaterialContent.FromString(plaintext)
        response.materials.add(
            material=content.material,
            serial=content.serial,
            content=content.content,
            media_type=content.media_type,
        )


def _show_person(response: approval_pb2.OpenApplicationResponse, kept: dict[str, str]) -> None:
    """Who collected, and the serial numbers of old certificates; salts are for programs."""
    for name in ("full_name", "identity_number"):
        if value := kept.get(name):
            before = response.form.get(f"collected_by_{name}", "")
            response.form[f"collected_by_{name}"] = f"{before}、{value}" if before else value
    if serial := kept.get("serial"):
        response.form[f"surrendered_{kept['code'].replace('-', '_')}"] = serial
