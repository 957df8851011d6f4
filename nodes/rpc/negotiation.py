"""`Negotiation` over gRPC."""

from __future__ import annotations

from typing import Any

from nodes.desk.agreements import AgreementDesk
from nodes.desk.staff import StaffDesk
from nodes.rpc.caller import caller
from tongban.v1 import agreement_pb2, negotiation_pb2, negotiation_pb2_grpc


class NegotiationServicer(negotiation_pb2_grpc.NegotiationServicer):
    """The legal officer's door."""

    def __init__(self, staff: StaffDesk, desk: AgreementDesk) -> None:
        self._staff = staff
        self._desk = desk

    async def CheckAgreement(
        self, request: negotiation_pb2.CheckAgreementRequest, context: Any
    ) -> negotiation_pb2.CheckAgreementResponse:
        """See the contract."""
        return await self._desk.check_agreement(await caller(self._staff, context), request)

    async def CommentAgreement(
        self, request: negotiation_pb2.CommentAgreementRequest, context: Any
    ) -> agreement_pb2.Agreement:
        """See the contract."""
        return await self._desk.comment_agreement(await caller(self._staff, context), request)

    async def WithdrawAmendment(
        self, request: negotiation_pb2.WithdrawAmendmentRequest, context: Any
    ) -> agreement_pb2.Agreement:
        """See the contract."""
        return await self._desk.withdraw_amendment(await caller(self._staff, context), request)

    async def SuspendAgreement(
        self, request: negotiation_pb2.SuspendAgreementRequest, context: Any
    ) -> agreement_pb2.Agreement:
        """See the contract."""
        return await self._desk.suspend_agreement(await caller(self._staff, context), request)

    async def ResumeAgreement(
        self, request: negotiation_pb2.ResumeAgreementRequest, context: Any
    ) -> agreement_pb2.Agreement:
        """See the contract."""
        return await self._desk.resume_agreement(await caller(self._staff, context), request)

    async def LeaveAgreement(
        self, request: negotiation_pb2.LeaveAgreementRequest, context: Any
    ) -> agreement_pb2.Agreement:
        """See the contract."""
        return await self._desk.leave_agreement(await caller(self._staff, context), request)

    async def TerminateAgreement(
        self, request: negotiation_pb2.TerminateAgreementRequest, context: Any
    ) -> agreement_pb2.Agreement:
        """See the contract."""
        return await self._desk.terminate_agreement(await caller(self._staff, context), request)

    async def DeclineRenewal(
        self, request: negotiation_pb2.DeclineRenewalRequest, context: Any
    ) -> agreement_pb2.Agreement:
        """See the contract."""
        return await self._desk.decline_renewal(await caller(self._staff, context), request)

    async def GetAgreementHistory(
        self, request: negotiation_pb2.GetAgreementHistoryRequest, context: Any
    ) -> negotiation_pb2.GetAgreementHistoryResponse:
        """See the contract."""
        return await self._desk.get_agreement_history(await caller(self._staff, context), request)

    async def ListAgreementConflicts(
        self, request: negotiation_pb2.ListAgreementConflictsRequest, context: Any
    ) -> negotiation_pb2.ListAgreementConflictsResponse:
        """See the contract."""
        return await self._desk.list_agreement_conflicts(await caller(self._staff, context), request)
