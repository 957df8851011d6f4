"""`Approval` over gRPC."""

from __future__ import annotations

from typing import Any

from nodes.desk.approval import ApprovalDesk
from nodes.desk.staff import StaffDesk
from nodes.rpc.caller import caller
from tongban.v1 import application_pb2, approval_pb2, approval_pb2_grpc


class ApprovalServicer(approval_pb2_grpc.ApprovalServicer):
    """The approval desk's door."""

    def __init__(self, staff: StaffDesk, desk: ApprovalDesk) -> None:
        self._staff = staff
        self._desk = desk

    async def OpenApplication(
        self, request: approval_pb2.OpenApplicationRequest, context: Any
    ) -> approval_pb2.OpenApplicationResponse:
        """See the contract."""
        return await self._desk.open_application(await caller(self._staff, context), request)

    async def AcceptApplication(
        self, request: approval_pb2.AcceptApplicationRequest, context: Any
    ) -> application_pb2.Application:
        """See the contract."""
        return await self._desk.accept_application(await caller(self._staff, context), request)

    async def DeclineApplication(
        self, request: approval_pb2.DeclineApplicationRequest, context: Any
    ) -> application_pb2.Application:
        """See the contract."""
        return await self._desk.decline_application(await caller(self._staff, context), request)

    async def RequireCorrection(
        self, request: approval_pb2.RequireCorrectionRequest, context: Any
    ) -> application_pb2.Application:
        """See the contract."""
        return await self._desk.require_correction(await caller(self._staff, context), request)

    async def StartReview(self, request: approval_pb2.StartReviewRequest, context: Any) -> application_pb2.Application:
        """See the contract."""
        return await self._desk.start_review(await caller(self._staff, context), request)

    async def ApproveApplication(
        self, request: approval_pb2.ApproveApplicationRequest, context: Any
    ) -> application_pb2.Application:
        """See the contract."""
        return await self._desk.approve_application(await caller(self._staff, context), request)

    async def RefuseApplication(
        self, request: approval_pb2.RefuseApplicationRequest, context: Any
    ) -> application_pb2.Application:
        """See the contract."""
        return await self._desk.refuse_application(await caller(self._staff, context), request)

    async def IssueResult(self, request: approval_pb2.IssueResultRequest, context: Any) -> application_pb2.Application:
        """See the contract."""
        return await self._desk.issue_result(await caller(self._staff, context), request)

    async def CloseApplication(
        self, request: approval_pb2.CloseApplicationRequest, context: Any
    ) -> application_pb2.Application:
        """See the contract."""
        return await self._desk.close_application(await caller(self._staff, context), request)
