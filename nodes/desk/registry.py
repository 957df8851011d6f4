"""The administrator's desk: items, agreements, and how the node is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from nodes.core import NodeCore
from nodes.desk.catalogue import CatalogueDesk
from nodes.desk.faults import FaultDesk, to_message
from nodes.desk.proofs import ProofDesk
from nodes.desk.staff import APPROVAL, MAILROOM, SUPERVISOR, WINDOW, Staff
from nodes.desk.tasks import TaskDesk
from nodes.store import QUERIES
from tongban import errors
from tongban.keys import fingerprint
from tongban.storage.base import Transaction
from tongban.v1 import agreement_pb2, directory_pb2, registry_pb2

_Named = TypeVar("_Named", directory_pb2.Node, agreement_pb2.Agreement)
_ANYONE = (WINDOW, APPROVAL, MAILROOM, SUPERVISOR)


class RegistryDesk:
    """What an administrator does."""

    def __init__(self, core: NodeCore) -> None:
        self._core = core
        self._faults = FaultDesk(core)
        self._tasks = TaskDesk(core, self._faults)
        self._catalogue = CatalogueDesk(core)
        self._proofs = ProofDesk(core)

    async def publish_item(self, staff: Staff, request: registry_pb2.PublishItemRequest) -> directory_pb2.Item:
        """Publish or revise an item of this region."""
        return await self._catalogue.publish(staff, request.document)

    async def list_agreements(
        self, staff: Staff, request: registry_pb2.ListAgreementsRequest
    ) -> registry_pb2.ListAgreementsResponse:
        """The agreements that this node knows, by name."""
        staff.require("查看协议", *_ANYONE)
        page, token = _page(self._core.shared.agreements(), request.page_size, request.page_token)
        return registry_pb2.ListAgreementsResponse(agreements=page, next_page_token=token)

    async def get_agreement_proof(
        self, staff: Staff, request: registry_pb2.GetAgreementProofRequest
    ) -> registry_pb2.GetAgreementProofResponse:
        """An agreement with its signatures, for verifying and printing elsewhere."""
        staff.require("查看协议", *_ANYONE)
        return await self._proofs.get(request)

    async def list_nodes(self, staff: Staff, request: registry_pb2.ListNodesRequest) -> registry_pb2.ListNodesResponse:
        """The directory, by name."""
        staff.require("查看目录", *_ANYONE)
        page, token = _page(self._core.shared.directory.members(), request.page_size, request.page_token)
        return registry_pb2.ListNodesResponse(nodes=page, next_page_token=token)

    async def get_node_status(
        self, staff: Staff, request: registry_pb2.GetNodeStatusRequest
    ) -> registry_pb2.NodeStatus:
        """How the node is."""
        staff.require("查看节点状态", *_ANYONE)
        core = self._core

        def work(tx: Transaction) -> registry_pb2.NodeStatus:
            status = registry_pb2.NodeStatus(
                node=core.name,
                connected=core.line.connected,
                problem=core.line.problem,
                gateway=core.line.gateway,
                incarnation=core.position.incarnation,
                root_fingerprint=fingerprint(core.keys.root_public),
            )
            waiting = tx.fetch_one(QUERIES.count_waiting)
            status.waiting_events = waiting["events"] if waiting else 0
            for row in tx.fetch_all(QUERIES.list_parked_streams):
                found = self._faults.parked(tx, row["name"], row["parked"])
                said = to_message(found) if found is not None else None
                parked = status.parked.add(stream=row["name"], problem=row["parked"], owner=SUPERVISOR, finding=said)
                parked.next_time.FromDatetime(core.intake.next_retry)
            status.tasks.extend(self._tasks.tasks(tx))
            status.findings.extend(to_message(found) for found in core.line.findings)
            status.partners.extend(to_message(found) for found in self._faults.partners())
            return status

        return await core.database.run(work, read_only=True)

    async def finish_task(self, staff: Staff, request: registry_pb2.FinishTaskRequest) -> registry_pb2.Task:
        """Mark something as mended."""
        staff.require("办结待处理问题", SUPERVISOR)
        now = round(self._core.clock.now().timestamp() * 1_000_000)
        params = {"task_id": request.task_id, "done_time": now}

        def work(tx: Transaction) -> registry_pb2.Task:
            found = next((task for task in self._tasks.tasks(tx) if task.task_id == request.task_id), None)
            if found is None:
                raise errors.NotFound(field="task_id", name=request.task_id)
            tx.execute(QUERIES.finish_task, params)
            return found

        return await self._core.database.run(work)

    async def retry_task(self, staff: Staff, request: registry_pb2.RetryTaskRequest) -> registry_pb2.Task:
        """Do a refused step again."""
        staff.require("重新办理", SUPERVISOR)
        return await self._tasks.retry(staff, request.task_id)

    async def retry_parked(self, staff: Staff, request: registry_pb2.RetryParkedRequest) -> registry_pb2.NodeStatus:
        """Try parked streams again now."""
        staff.require("重试停放的事件流", SUPERVISOR)
        await self._core.intake.retry_parked()
        return await self.get_node_status(staff, registry_pb2.GetNodeStatusRequest())


def _page(things: Sequence[_Named], size: int, after: str) -> tuple[list[_Named], str]:
    wanted = min(size or 100, 500)
    rest = [thing for thing in things if thing.name > after]
    return rest[:wanted], rest[wanted - 1].name if len(rest) > wanted else ""
