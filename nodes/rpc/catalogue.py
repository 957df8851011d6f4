"""`Catalogue` over gRPC."""

from __future__ import annotations

from typing import Any

from nodes.desk.catalogue import CatalogueDesk
from nodes.desk.staff import StaffDesk
from nodes.rpc.caller import caller
from tongban.v1 import catalogue_pb2, catalogue_pb2_grpc, directory_pb2


class CatalogueServicer(catalogue_pb2_grpc.CatalogueServicer):
    """The catalogue's door."""

    def __init__(self, staff: StaffDesk, desk: CatalogueDesk) -> None:
        self._staff = staff
        self._desk = desk

    async def PublishItems(
        self, request: catalogue_pb2.PublishItemsRequest, context: Any
    ) -> catalogue_pb2.PublishItemsResponse:
        """See the contract."""
        return await self._desk.publish_items(await caller(self._staff, context), request)

    async def WithdrawItem(self, request: catalogue_pb2.WithdrawItemRequest, context: Any) -> directory_pb2.Item:
        """See the contract."""
        return await self._desk.withdraw_item(await caller(self._staff, context), request)

    async def ListCatalogue(
        self, request: catalogue_pb2.ListCatalogueRequest, context: Any
    ) -> catalogue_pb2.ListCatalogueResponse:
        """See the contract."""
        return await self._desk.list_catalogue(await caller(self._staff, context), request)

    async def ListItemChanges(
        self, request: catalogue_pb2.ListItemChangesRequest, context: Any
    ) -> catalogue_pb2.ListItemChangesResponse:
        """See the contract."""
        return await self._desk.list_item_changes(await caller(self._staff, context), request)

    async def ListDrift(self, request: catalogue_pb2.ListDriftRequest, context: Any) -> catalogue_pb2.ListDriftResponse:
        """See the contract."""
        return await self._desk.list_drift(await caller(self._staff, context), request)
