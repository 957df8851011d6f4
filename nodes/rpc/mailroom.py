"""`Mailroom` over gRPC."""

from __future__ import annotations

from typing import Any

from nodes.desk.mailroom import MailroomDesk
from nodes.desk.staff import StaffDesk
from nodes.rpc.caller import caller
from nodes.rpc.cases import CaseCalls
from nodes.rpc.ledger import LedgerCalls
from tongban.v1 import mailroom_pb2, mailroom_pb2_grpc, parcel_pb2


class MailroomServicer(CaseCalls, LedgerCalls, mailroom_pb2_grpc.MailroomServicer):
    """The mailroom desk's door."""

    def __init__(self, staff: StaffDesk, desk: MailroomDesk) -> None:
        self._staff = staff
        self._desk = desk

    async def PackParcel(
        self, request: mailroom_pb2.PackParcelRequest, context: Any
    ) -> mailroom_pb2.PackParcelResponse:
        """See the contract."""
        return await self._desk.pack_parcel(await caller(self._staff, context), request)

    async def DispatchParcel(self, request: mailroom_pb2.DispatchParcelRequest, context: Any) -> parcel_pb2.Parcel:
        """See the contract."""
        return await self._desk.dispatch_parcel(await caller(self._staff, context), request)

    async def TakeInParcel(self, request: mailroom_pb2.TakeInParcelRequest, context: Any) -> parcel_pb2.Parcel:
        """See the contract."""
        return await self._desk.take_in_parcel(await caller(self._staff, context), request)

    async def OpenParcel(self, request: mailroom_pb2.OpenParcelRequest, context: Any) -> parcel_pb2.Parcel:
        """See the contract."""
        return await self._desk.open_parcel(await caller(self._staff, context), request)

    async def CheckItems(self, request: mailroom_pb2.CheckItemsRequest, context: Any) -> parcel_pb2.Parcel:
        """See the contract."""
        return await self._desk.check_items(await caller(self._staff, context), request)

    async def GetParcel(self, request: mailroom_pb2.GetParcelRequest, context: Any) -> parcel_pb2.Parcel:
        """See the contract."""
        return await self._desk.get_parcel(await caller(self._staff, context), request)

    async def ListParcels(
        self, request: mailroom_pb2.ListParcelsRequest, context: Any
    ) -> mailroom_pb2.ListParcelsResponse:
        """See the contract."""
        return await self._desk.list_parcels(await caller(self._staff, context), request)

    async def GetCustody(
        self, request: mailroom_pb2.GetCustodyRequest, context: Any
    ) -> mailroom_pb2.GetCustodyResponse:
        """See the contract."""
        return await self._desk.get_custody(await caller(self._staff, context), request)

    async def OfferParcel(self, request: mailroom_pb2.OfferParcelRequest, context: Any) -> parcel_pb2.Parcel:
        """See the contract."""
        return await self._desk.offer_parcel(await caller(self._staff, context), request)

    async def CancelLeg(self, request: mailroom_pb2.CancelLegRequest, context: Any) -> parcel_pb2.Parcel:
        """See the contract."""
        return await self._desk.cancel_leg(await caller(self._staff, context), request)

    async def AddWaybillPhoto(self, request: mailroom_pb2.AddWaybillPhotoRequest, context: Any) -> parcel_pb2.Parcel:
        """See the contract."""
        return await self._desk.add_waybill_photo(await caller(self._staff, context), request)

    async def RecordObservation(
        self, request: mailroom_pb2.RecordObservationRequest, context: Any
    ) -> parcel_pb2.Parcel:
        """See the contract."""
        return await self._desk.record_observation(await caller(self._staff, context), request)

    async def RedirectParcel(self, request: mailroom_pb2.RedirectParcelRequest, context: Any) -> parcel_pb2.Parcel:
        """See the contract."""
        return await self._desk.redirect_parcel(await caller(self._staff, context), request)

    async def ListShelf(self, request: mailroom_pb2.ListShelfRequest, context: Any) -> mailroom_pb2.ListShelfResponse:
        """See the contract."""
        return await self._desk.shelf.list_shelf(await caller(self._staff, context), request)

    async def TakeStock(self, request: mailroom_pb2.TakeStockRequest, context: Any) -> mailroom_pb2.TakeStockResponse:
        """See the contract."""
        return await self._desk.shelf.take_stock(await caller(self._staff, context), request)
