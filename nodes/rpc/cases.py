"""The part of `Mailroom` over gRPC that is about what is wrong."""

from __future__ import annotations

from typing import Any

from nodes.desk.mailroom import MailroomDesk
from nodes.desk.staff import StaffDesk
from nodes.rpc.caller import caller
from tongban.v1 import mailroom_pb2, parcel_pb2


class CaseCalls:
    """The case desk's door."""

    _staff: StaffDesk
    _desk: MailroomDesk

    async def ListCases(self, request: mailroom_pb2.ListCasesRequest, context: Any) -> mailroom_pb2.ListCasesResponse:
        """See the contract."""
        return await self._desk.cases.list_cases(await caller(self._staff, context), request)

    async def RaiseException(self, request: mailroom_pb2.RaiseExceptionRequest, context: Any) -> parcel_pb2.Parcel:
        """See the contract."""
        return await self._desk.cases.raise_exception(await caller(self._staff, context), request)

    async def ResolveException(self, request: mailroom_pb2.ResolveExceptionRequest, context: Any) -> parcel_pb2.Parcel:
        """See the contract."""
        return await self._desk.cases.resolve_exception(await caller(self._staff, context), request)

    async def RequestTrace(self, request: mailroom_pb2.RequestTraceRequest, context: Any) -> parcel_pb2.Parcel:
        """See the contract."""
        return await self._desk.cases.request_trace(await caller(self._staff, context), request)

    async def AnswerTrace(self, request: mailroom_pb2.AnswerTraceRequest, context: Any) -> parcel_pb2.Parcel:
        """See the contract."""
        return await self._desk.cases.answer_trace(await caller(self._staff, context), request)
