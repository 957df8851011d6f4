"""The part of `Mailroom` over gRPC that is about the past."""

from __future__ import annotations

from typing import Any

from nodes.desk.mailroom import MailroomDesk
from nodes.desk.staff import StaffDesk
from nodes.rpc.caller import caller
from tongban.v1 import mailroom_pb2


class LedgerCalls:
    """The ledger desk's door."""

    _staff: StaffDesk
    _desk: MailroomDesk

    async def GetDayLedger(
        self, request: mailroom_pb2.GetDayLedgerRequest, context: Any
    ) -> mailroom_pb2.GetDayLedgerResponse:
        """See the contract."""
        return await self._desk.ledger.get_day_ledger(await caller(self._staff, context), request)

    async def GetParcelStatistics(
        self, request: mailroom_pb2.GetParcelStatisticsRequest, context: Any
    ) -> mailroom_pb2.GetParcelStatisticsResponse:
        """See the contract."""
        return await self._desk.ledger.get_parcel_statistics(await caller(self._staff, context), request)
