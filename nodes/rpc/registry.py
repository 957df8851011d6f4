"""`Registry` over gRPC."""

from __future__ import annotations

from typing import Any

from nodes.desk.agreements import AgreementDesk
from nodes.desk.registry import RegistryDesk
from nodes.desk.staff import StaffDesk
from nodes.rpc.caller import caller
from tongban.v1 import agreement_pb2, directory_pb2, registry_pb2, registry_pb2_grpc


class RegistryServicer(registry_pb2_grpc.RegistryServicer):
    """The registry desk's door."""

    def __init__(self, staff: StaffDesk, desk: RegistryDesk, agreements: AgreementDesk) -> None:
        self._staff = staff
        self._desk = desk
        self._agreements = agreements

    async def PublishItem(self, request: registry_pb2.PublishItemRequest, context: Any) -> directory_pb2.Item:
        """See the contract."""
        return await self._desk.publish_item(await caller(self._staff, context), request)

    async def ProposeAgreement(
        self, request: registry_pb2.ProposeAgreementRequest, context: Any
    ) -> agreement_pb2.Agreement:
        """See the contract."""
        return await self._agreements.propose_agreement(await caller(self._staff, context), request)

    async def SignAgreement(self, request: registry_pb2.SignAgreementRequest, context: Any) -> agreement_pb2.Agreement:
        """See the contract."""
        return await self._agreements.sign_agreement(await caller(self._staff, context), request)

    async def ListAgreements(
        self, request: registry_pb2.ListAgreementsRequest, context: Any
    ) -> registry_pb2.ListAgreementsResponse:
        """See the contract."""
        return await self._desk.list_agreements(await caller(self._staff, context), request)

    async def GetAgreementProof(
        self, request: registry_pb2.GetAgreementProofRequest, context: Any
    ) -> registry_pb2.GetAgreementProofResponse:
        """See the contract."""
        return await self._desk.get_agreement_proof(await caller(self._staff, context), request)

    async def ListNodes(self, request: registry_pb2.ListNodesRequest, context: Any) -> registry_pb2.ListNodesResponse:
        """See the contract."""
        return await self._desk.list_nodes(await caller(self._staff, context), request)

    async def FinishTask(self, request: registry_pb2.FinishTaskRequest, context: Any) -> registry_pb2.Task:
        """See the contract."""
        return await self._desk.finish_task(await caller(self._staff, context), request)

    async def RetryTask(self, request: registry_pb2.RetryTaskRequest, context: Any) -> registry_pb2.Task:
        """See the contract."""
        return await self._desk.retry_task(await caller(self._staff, context), request)

    async def RetryParked(self, request: registry_pb2.RetryParkedRequest, context: Any) -> registry_pb2.NodeStatus:
        """See the contract."""
        return await self._desk.retry_parked(await caller(self._staff, context), request)

    async def GetNodeStatus(self, request: registry_pb2.GetNodeStatusRequest, context: Any) -> registry_pb2.NodeStatus:
        """See the contract."""
        return await self._desk.get_node_status(await caller(self._staff, context), request)
