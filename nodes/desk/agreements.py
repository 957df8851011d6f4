"""The legal officer's desk: what this node says to an agreement, from the first text to its end.

A text goes before the parties in one of three ways, and which one follows from where the agreement stands: a first text
opens it, another text of the version that waits takes that one's place, the text of the next version is an amendment.
Whatever is signed or withdrawn is named by its digest, so nobody signs what they have not read.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from google.protobuf.message import Message

from agreements.domain import texts
from agreements.domain.conflicts import Conflict, conflicts
from agreements.domain.coverage import Coverage
from agreements.domain.days import day_of, last_days
from agreements.domain.documents import (
    check_items,
    check_joining,
    check_parties,
    check_renewal,
    document_digest,
    parse,
)
from agreements.domain.terms import Moment
from agreements.text_conflicts import conflict_words
from nodes.core import NodeCore
from nodes.desk.history import history_of
from nodes.desk.staff import SUPERVISOR, Staff
from nodes.journal.drafts import Draft
from tongban import errors
from tongban.v1 import agreement_pb2, lifecycle_pb2, negotiation_pb2, registry_pb2

_Agreement = agreement_pb2.Agreement
_Document = agreement_pb2.AgreementDocument


class AgreementDesk:
    """What a legal officer does."""

    def __init__(self, core: NodeCore) -> None:
        self._core = core

    async def propose_agreement(self, staff: Staff, request: registry_pb2.ProposeAgreementRequest) -> _Agreement:
        """Put a text before its parties: a first one, another in the place of the one that waits, or an amendment."""
        staff.require("提出协议", SUPERVISOR)
        document = self._sound(request.document)
        if self._core.name not in {party.node for party in document.parties}:
            raise errors.NotParty(field="document.parties", node=self._core.name, stream=document.name)
        raw, step = request.document, await self._step(document)
        body: Message
        if step == "propose":
            body = agreement_pb2.AgreementProposed(document=raw)
            return await self._record(staff, document.name, "agreement_proposed", body)
        if step == "revise":
            body = agreement_pb2.AgreementRevised(document=raw)
            return await self._record(staff, document.name, "agreement_revised", body)
        body = agreement_pb2.AmendmentProposed(document=raw)
        return await self._record(staff, document.name, "amendment_proposed", body)

    async def sign_agreement(self, staff: Staff, request: registry_pb2.SignAgreementRequest) -> _Agreement:
        """Sign a text for this node; signing it again changes nothing."""
        staff.require("签署协议", SUPERVISOR)
        state = await self._agreement(request.name)
        amended = state.HasField("amendment") and request.document_digest == state.amendment.document_digest
        text, signatures = (
            (state.amendment.document, state.amendment.signatures) if amended else (state.document, state.signatures)
        )
        if request.document_digest == state.document_digest or amended:
            if any(signature.node == self._core.name for signature in signatures):
                return state
            if not amended and state.state != lifecycle_pb2.AGREEMENT_STATE_PROPOSED:
                check_joining(text, self._nodes(), self._core.name)
            else:
                check_parties(text, self._nodes())
                check_items(text, self._items())
        signed = agreement_pb2.AgreementSigned(document_digest=request.document_digest)
        return await self._record(staff, request.name, "agreement_signed", signed)

    async def check_agreement(
        self, staff: Staff, request: negotiation_pb2.CheckAgreementRequest
    ) -> negotiation_pb2.CheckAgreementResponse:
        """What would be wrong with a text, and what it would contradict; stores nothing."""
        staff.require("检查协议文本", SUPERVISOR)
        document = self._sound(request.document)
        step = await self._step(document)
        signed = _Agreement(name=document.name, state=lifecycle_pb2.AGREEMENT_STATE_SIGNED, document=document)
        for party in document.parties:
            signed.signatures.add(node=party.node)
        response = negotiation_pb2.CheckAgreementResponse(
            document_digest=document_digest(request.document),
            needed_signatures=texts.missing(document, ()),
            step=step,
        )
        response.conflicts.extend(self.conflicts(signed))
        return response

    async def comment_agreement(self, staff: Staff, request: negotiation_pb2.CommentAgreementRequest) -> _Agreement:
        """Make a remark on a text."""
        staff.require("商议协议", SUPERVISOR)
        body = agreement_pb2.AgreementCommented(
            document_digest=request.document_digest, clause=request.clause, comment=request.comment
        )
        return await self._record(staff, request.name, "agreement_commented", body)

    async def withdraw_amendment(self, staff: Staff, request: negotiation_pb2.WithdrawAmendmentRequest) -> _Agreement:
        """Give an amendment up."""
        staff.require("撤回修订", SUPERVISOR)
        body = agreement_pb2.AmendmentWithdrawn(document_digest=request.document_digest, comment=request.comment)
        return await self._record(staff, request.name, "amendment_withdrawn", body)

    async def suspend_agreement(self, staff: Staff, request: negotiation_pb2.SuspendAgreementRequest) -> _Agreement:
        """Suspend the whole, this node's part, or some of its items."""
        staff.require("中止协议", SUPERVISOR)
        body: agreement_pb2.PartSuspended | agreement_pb2.AgreementSuspended
        if request.part or request.items:
            body = agreement_pb2.PartSuspended(items=request.items, comment=request.comment)
        else:
            body = agreement_pb2.AgreementSuspended()
        if request.HasField("effect_time"):
            body.effect_time.CopyFrom(request.effect_time)
        else:
            body.effect_time.FromDatetime(self._core.clock.now())
        if request.HasField("honour_time"):
            body.honour_time.CopyFrom(request.honour_time)
        kind = "part_suspended" if isinstance(body, agreement_pb2.PartSuspended) else "agreement_suspended"
        return await self._record(staff, request.name, kind, body)

    async def resume_agreement(self, staff: Staff, request: negotiation_pb2.ResumeAgreementRequest) -> _Agreement:
        """Resume the whole, or a part that this node suspended."""
        staff.require("恢复协议", SUPERVISOR)
        if request.suspension:
            part = agreement_pb2.PartResumed(suspension=request.suspension)
            return await self._record(staff, request.name, "part_resumed", part)
        return await self._record(staff, request.name, "agreement_resumed", agreement_pb2.AgreementResumed())

    async def leave_agreement(self, staff: Staff, request: negotiation_pb2.LeaveAgreementRequest) -> _Agreement:
        """Leave an agreement that goes on among others."""
        staff.require("退出协议", SUPERVISOR)
        state = await self._agreement(request.name)
        body = agreement_pb2.PartyLeft()
        self._set_day(body, request, state)
        return await self._record(staff, request.name, "party_left", body)

    async def terminate_agreement(self, staff: Staff, request: negotiation_pb2.TerminateAgreementRequest) -> _Agreement:
        """End an agreement for all."""
        staff.require("终止协议", SUPERVISOR)
        state = await self._agreement(request.name)
        body = agreement_pb2.AgreementTerminated()
        self._set_day(body, request, state)
        return await self._record(staff, request.name, "agreement_terminated", body)

    async def decline_renewal(self, staff: Staff, request: negotiation_pb2.DeclineRenewalRequest) -> _Agreement:
        """Decline the prolongation."""
        staff.require("不再续期", SUPERVISOR)
        state = await self._agreement(request.name)
        body = agreement_pb2.RenewalDeclined(expire_date=request.expire_date)
        if not request.HasField("expire_date"):
            earliest = self._today() + dt.timedelta(days=state.document.notice_days)
            _set(body.expire_date, next((day for day in last_days(state.document) if day >= earliest), earliest))
        return await self._record(staff, request.name, "renewal_declined", body)

    async def get_agreement_history(
        self, staff: Staff, request: negotiation_pb2.GetAgreementHistoryRequest
    ) -> negotiation_pb2.GetAgreementHistoryResponse:
        """What happened to an agreement."""
        staff.require("查看协议", SUPERVISOR)
        await self._agreement(request.name)
        found = await self._core.database.run(lambda tx: history_of(tx, request.name), read_only=True)
        return negotiation_pb2.GetAgreementHistoryResponse(history=found)

    async def list_agreement_conflicts(
        self, staff: Staff, request: negotiation_pb2.ListAgreementConflictsRequest
    ) -> negotiation_pb2.ListAgreementConflictsResponse:
        """Which agreements in force contradict each other."""
        staff.require("查看协议", SUPERVISOR)
        return negotiation_pb2.ListAgreementConflictsResponse(conflicts=self.own_conflicts())

    def own_conflicts(self) -> list[negotiation_pb2.AgreementConflict]:
        """The contradictions in which this node takes in, decides, or is a party of either agreement."""
        coverage = self._core.shared.coverage
        found = conflicts(coverage, Moment.of(self._core.clock.now()), node=self._core.name)
        return [_conflict(coverage, each) for each in found]

    def conflicts(self, agreement: _Agreement) -> list[negotiation_pb2.AgreementConflict]:
        """What an agreement would contradict if it were in force from its first day, or now."""
        shared, name = self._core.shared, agreement.name
        before = shared.agreement(name)
        # Put in for as long as nobody else can look, and taken out again: building an index anew takes seconds.
        shared.coverage.with_agreement(agreement)
        try:
            found = conflicts(shared.coverage, _when(agreement.document, Moment.of(self._core.clock.now())), name)
            return [_conflict(shared.coverage, each) for each in found]
        finally:
            if before is not None:
                shared.coverage.with_agreement(before)
            else:
                shared.coverage.without(name)

    def _sound(self, raw: bytes) -> _Document:
        """A text that holds together, among nodes that exist, of items that they publish."""
        document = parse(raw)
        check_parties(document, self._nodes())
        check_items(document, self._items())
        check_renewal(document, {agreement.name: agreement for agreement in self._core.shared.agreements()})
        return document

    async def _step(self, document: _Document) -> str:
        state = await self._core.state(document.name)
        if not isinstance(state, _Agreement):
            return "propose"
        waiting = texts.pending(state)
        return "revise" if waiting and waiting[0].document_version == document.document_version else "amend"

    async def _agreement(self, name: str) -> _Agreement:
        state = await self._core.state(name)
        if not isinstance(state, _Agreement):
            raise errors.AgreementNotFound(field="name", name=name)
        return state

    def _set_day(
        self,
        body: agreement_pb2.PartyLeft | agreement_pb2.AgreementTerminated,
        request: negotiation_pb2.LeaveAgreementRequest | negotiation_pb2.TerminateAgreementRequest,
        state: _Agreement,
    ) -> None:
        """The day that was asked for, or the earliest that keeps the notice."""
        if request.HasField("effect_date"):
            body.effect_date.CopyFrom(request.effect_date)
        else:
            # Nobody is bound yet by a text that waits for signatures, so nobody has to be given notice.
            unsigned = state.state == lifecycle_pb2.AGREEMENT_STATE_PROPOSED
            notice = 0 if unsigned else state.document.notice_days
            _set(body.effect_date, self._today() + dt.timedelta(days=notice))

    def _today(self) -> dt.date:
        return day_of(self._core.clock.now())

    def _nodes(self) -> dict[str, Any]:
        return {node.name: node for node in self._core.shared.directory.nodes()}

    def _items(self) -> dict[str, Any]:
        return {item.name: item for item in self._core.shared.items()}

    async def _record(self, staff: Staff, name: str, kind: str, body: Message) -> _Agreement:
        if kind != "agreement_proposed":
            await self._agreement(name)
        draft = Draft(name, kind, body)
        recorded = await self._core.record(staff.actor, lambda view: ([draft], None))
        state: _Agreement = recorded.states[name]
        return state


def _when(document: _Document, moment: Moment) -> Moment:
    """Now, or the first moment of a text that begins later."""
    first = texts.first_moment(document)
    return moment if first <= moment.instant else Moment.of(first)


def _conflict(coverage: Coverage, found: Conflict) -> negotiation_pb2.AgreementConflict:
    zh, en = conflict_words(coverage, found)
    return negotiation_pb2.AgreementConflict(
        item=found.item,
        accepting=found.accepting,
        winner=found.winner.accord.name,
        winner_clause=found.winner.id,
        loser=found.loser.accord.name,
        loser_clause=found.loser.id,
        elements=found.elements,
        message_zh=zh,
        message_en=en,
    )


def _set(field: Any, day: dt.date) -> None:
    """Write a day into a google.type.Date, whose package has no types of its own."""
    field.year, field.month, field.day = day.year, day.month, day.day
