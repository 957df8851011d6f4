"""`Window` over gRPC."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from nodes.desk.prints import PrintDesk
from nodes.desk.staff import StaffDesk
from nodes.desk.surrender import SurrenderDesk
from nodes.desk.window import WindowDesk
from nodes.rpc.caller import caller
from tongban.v1 import application_pb2, window_pb2, window_pb2_grpc


class WindowServicer(window_pb2_grpc.WindowServicer):
    """The window desk's door."""

    def __init__(self, staff: StaffDesk, desk: WindowDesk, surrender: SurrenderDesk, prints: PrintDesk) -> None:
        self._staff = staff
        self._desk = desk
        self._surrender = surrender
        self._prints = prints

    async def SignIn(self, request: window_pb2.SignInRequest, context: Any) -> window_pb2.SignInResponse:
        """Sign in."""
        return await self._staff.sign_in(request)

    async def ListItems(self, request: window_pb2.ListItemsRequest, context: Any) -> window_pb2.ListItemsResponse:
        """See the contract."""
        return await self._desk.list_items(await caller(self._staff, context), request)

    async def FindRoute(self, request: window_pb2.FindRouteRequest, context: Any) -> window_pb2.FindRouteResponse:
        """See the contract."""
        return await self._desk.find_route(await caller(self._staff, context), request)

    async def SubmitApplication(
        self, request: window_pb2.SubmitApplicationRequest, context: Any
    ) -> application_pb2.Application:
        """See the contract."""
        return await self._desk.submit_application(await caller(self._staff, context), request)

    async def GetApplication(
        self, request: window_pb2.GetApplicationRequest, context: Any
    ) -> window_pb2.ApplicationView:
        """See the contract."""
        return await self._desk.get_application(await caller(self._staff, context), request)

    async def ListApplications(
        self, request: window_pb2.ListApplicationsRequest, context: Any
    ) -> window_pb2.ListApplicationsResponse:
        """See the contract."""
        return await self._desk.list_applications(await caller(self._staff, context), request)

    async def SupplyCorrection(
        self, request: window_pb2.SupplyCorrectionRequest, context: Any
    ) -> application_pb2.Application:
        """See the contract."""
        return await self._desk.supply_correction(await caller(self._staff, context), request)

    async def WithdrawApplication(
        self, request: window_pb2.WithdrawApplicationRequest, context: Any
    ) -> application_pb2.Application:
        """See the contract."""
        return await self._desk.withdraw_application(await caller(self._staff, context), request)

    async def ReadyResult(self, request: window_pb2.ReadyResultRequest, context: Any) -> window_pb2.ReadyResultResponse:
        """See the contract."""
        return await self._desk.ready_result(await caller(self._staff, context), request)

    async def CollectResult(
        self, request: window_pb2.CollectResultRequest, context: Any
    ) -> application_pb2.Application:
        """See the contract."""
        return await self._desk.collect_result(await caller(self._staff, context), request)

    async def CheckRecognition(
        self, request: window_pb2.CheckRecognitionRequest, context: Any
    ) -> window_pb2.CheckRecognitionResponse:
        """See the contract."""
        return await self._desk.check_recognition(await caller(self._staff, context), request)

    async def OpenLocker(self, request: window_pb2.OpenLockerRequest, context: Any) -> window_pb2.OpenLockerResponse:
        """See the contract."""
        return await self._desk.collection.open_locker(await caller(self._staff, context), request)

    async def DeliverElectronic(
        self, request: window_pb2.DeliverElectronicRequest, context: Any
    ) -> window_pb2.DeliverElectronicResponse:
        """See the contract."""
        return await self._desk.collection.deliver_electronic(await caller(self._staff, context), request)

    async def GiveUpCollection(
        self, request: window_pb2.GiveUpCollectionRequest, context: Any
    ) -> application_pb2.Application:
        """See the contract."""
        return await self._desk.collection.give_up_collection(await caller(self._staff, context), request)

    async def ReturnOriginals(
        self, request: window_pb2.ReturnOriginalsRequest, context: Any
    ) -> application_pb2.Application:
        """See the contract."""
        return await self._surrender.return_originals(await caller(self._staff, context), request)

    async def SurrenderCertificate(
        self, request: window_pb2.SurrenderCertificateRequest, context: Any
    ) -> application_pb2.Application:
        """See the contract."""
        return await self._surrender.surrender_certificate(await caller(self._staff, context), request)

    async def VoidOriginal(self, request: window_pb2.VoidOriginalRequest, context: Any) -> application_pb2.Application:
        """See the contract."""
        return await self._surrender.void_original(await caller(self._staff, context), request)

    async def ReleasePrintPermit(
        self, request: window_pb2.ReleasePrintPermitRequest, context: Any
    ) -> application_pb2.Application:
        """See the contract."""
        return await self._prints.release_print_permit(await caller(self._staff, context), request)

    async def GrantPrintPermit(
        self, request: window_pb2.GrantPrintPermitRequest, context: Any
    ) -> application_pb2.Application:
        """See the contract."""
        return await self._prints.grant_print_permit(await caller(self._staff, context), request)

    async def RecordPrint(self, request: window_pb2.RecordPrintRequest, context: Any) -> application_pb2.Application:
        """See the contract."""
        return await self._prints.record_print(await caller(self._staff, context), request)

    async def GetImprint(self, request: window_pb2.GetImprintRequest, context: Any) -> window_pb2.Imprint:
        """See the contract."""
        return await self._prints.get_imprint(await caller(self._staff, context), request)

    async def WatchApplication(
        self, request: window_pb2.WatchApplicationRequest, context: Any
    ) -> AsyncIterator[window_pb2.ApplicationView]:
        """See the contract."""
        staff = await caller(self._staff, context)
        async for view in self._desk.watch_application(staff, request):
            yield view
