"""People: each looks at what the own node shows, and does the next thing that is to be done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from mailroom.domain.stub import Stub, sign_stub
from nodes.desk.staff import Staff
from tests.federation.journey import submission
from tests.federation.whole import Federation, NodeRun, request_id
from tongban.v1 import (
    application_pb2,
    approval_pb2,
    lifecycle_pb2,
    mailroom_pb2,
    parcel_pb2,
    window_pb2,
)

HOME = "350600"
WINDOWS = ("445100", "350128")
_S = lifecycle_pb2


@dataclass(slots=True)
class Parcels:
    """The physical world: parcels on the road, with the code that is printed on each."""

    on_road: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """Parcel name to (destination region, code, seal)."""


class Clerks:
    """The staff of all nodes."""

    def __init__(self, federation: Federation, world: Parcels) -> None:
        self._federation = federation
        self._world = world
        self.codes: dict[str, str] = {}

    async def file(self, region: str) -> str:
        """A citizen comes to a window with one original."""
        run = self._federation.nodes[region]
        filed = await run.desks.window.submit_application(run.staff("window-1"), submission())
        return filed.name

    async def work(self, region: str, application: str) -> None:
        """Do the next thing for an application at a node; nothing where it is somebody else's turn."""
        run = self._federation.nodes[region]
        state = await run.core.state(application)
        if not isinstance(state, application_pb2.Application):
            return
        step = self._step(run, region, state)
        if step is not None:
            await step(run, state)

    def _step(
        self, run: NodeRun, region: str, state: application_pb2.Application
    ) -> Callable[[NodeRun, application_pb2.Application], Awaitable[None]] | None:
        went = any(p.startswith(f"parcels/P{state.route.accepting[6:]}") for p in state.parcels)
        came_back = any(p.startswith(f"parcels/P{state.route.decider[6:]}") for p in state.parcels)
        decides = state.route.decider == run.core.name
        accepts = state.route.accepting == run.core.name
        match state.state:
            case _S.APPLICATION_STATE_SUBMITTED if accepts and not went:
                return self._send_deed
            case _S.APPLICATION_STATE_SUBMITTED if decides and went:
                return self._accept
            case _S.APPLICATION_STATE_ACCEPTED if decides:
                return self._review
            case _S.APPLICATION_STATE_IN_REVIEW if decides:
                return self._approve
            case _S.APPLICATION_STATE_APPROVED if decides:
                return self._issue
            case _S.APPLICATION_STATE_RESULT_ISSUED if decides and not came_back:
                return self._send_licence
            case _S.APPLICATION_STATE_RESULT_ISSUED if accepts and came_back:
                return self._ready
            case _S.APPLICATION_STATE_READY_FOR_COLLECTION if accepts:
                return self._collect
            case _S.APPLICATION_STATE_COLLECTED if decides:
                return self._close
        return None

    async def _send_deed(self, run: NodeRun, state: application_pb2.Application) -> None:
        await self._send(run, state, "deed", HOME, parcel_pb2.PARCEL_PURPOSE_MATERIALS)

    async def _send_licence(self, run: NodeRun, state: application_pb2.Application) -> None:
        region = state.route.accepting.removeprefix("nodes/")
        await self._send(run, state, "licence", region, parcel_pb2.PARCEL_PURPOSE_RESULT)

    async def _send(
        self,
        run: NodeRun,
        state: application_pb2.Application,
        original: str,
        region: str,
        purpose: parcel_pb2.ParcelPurpose,
    ) -> None:
        seal = f"S-{state.name[-9:]}-{original[:1].upper()}"
        await run.desks.mailroom.pack_parcel(
            run.staff("mailroom-1"),
            mailroom_pb2.PackParcelRequest(
                request_id=request_id(),
                purpose=purpose,
                destination=parcel_pb2.Post(node=f"nodes/{region}", post="mailroom-1"),
                items=[f"{state.name}/originals/{original}"],
                seals=[seal],
            ),
        )

    async def mail(self, region: str, parcel: str) -> None:
        """Do the next thing for a parcel at a node."""
        run = self._federation.nodes[region]
        staff = run.staff("mailroom-1")
        state = await run.core.state(parcel)
        if isinstance(state, parcel_pb2.Parcel) and state.origin.node == run.core.name:
            if state.state == _S.PARCEL_STATE_SEALED:
                await self._dispatch(run, staff, state)
            return
        if parcel in self._world.on_road and self._world.on_road[parcel][0] == region:
            _, code, seal = self._world.on_road[parcel]
            await run.desks.mailroom.take_in_parcel(
                staff, mailroom_pb2.TakeInParcelRequest(stub=code, seals=[seal], waybill="EB123456785CN")
            )
            del self._world.on_road[parcel]
        elif isinstance(state, parcel_pb2.Parcel) and state.state == _S.PARCEL_STATE_TAKEN_IN:
            await run.desks.mailroom.open_parcel(
                staff, mailroom_pb2.OpenParcelRequest(name=parcel, seals_intact=True, witness="s-two")
            )
        elif isinstance(state, parcel_pb2.Parcel) and state.state == _S.PARCEL_STATE_OPENED:
            checks = [
                parcel_pb2.ItemCheck(item=entry.item, outcome=parcel_pb2.CHECK_OUTCOME_CORRECT)
                for entry in state.manifest
            ]
            await run.desks.mailroom.check_items(staff, mailroom_pb2.CheckItemsRequest(name=parcel, checks=checks))

    async def _dispatch(self, run: NodeRun, staff: Staff, state: parcel_pb2.Parcel) -> None:
        code = sign_stub(Stub.of(state), run.core.keys.signer().sign_one)
        seal = state.seals[0]
        # The courier takes it at the moment the scan is made, whether or not the machine lives to say so.
        self._world.on_road[state.name] = (state.destination.node.removeprefix("nodes/"), code, seal)
        await run.desks.mailroom.dispatch_parcel(
            staff,
            mailroom_pb2.DispatchParcelRequest(
                name=state.name, carrier="ems", waybill="EB123456785CN", seals=[seal], stub=code
            ),
        )

    async def _accept(self, run: NodeRun, state: application_pb2.Application) -> None:
        await run.desks.approval.accept_application(run.staff(), approval_pb2.AcceptApplicationRequest(name=state.name))

    async def _review(self, run: NodeRun, state: application_pb2.Application) -> None:
        await run.desks.approval.start_review(run.staff(), approval_pb2.StartReviewRequest(name=state.name))

    async def _approve(self, run: NodeRun, state: application_pb2.Application) -> None:
        await run.desks.approval.approve_application(
            run.staff(), approval_pb2.ApproveApplicationRequest(name=state.name)
        )

    async def _issue(self, run: NodeRun, state: application_pb2.Application) -> None:
        await run.desks.approval.issue_result(run.staff(), approval_pb2.IssueResultRequest(name=state.name, paper=True))

    async def _ready(self, run: NodeRun, state: application_pb2.Application) -> None:
        ready = await run.desks.window.ready_result(
            run.staff("window-1"), window_pb2.ReadyResultRequest(name=state.name)
        )
        self.codes[state.name] = ready.pickup_code

    async def _collect(self, run: NodeRun, state: application_pb2.Application) -> None:
        if state.name not in self.codes:
            # The machine died before the code was read; the window makes a new one.
            await self._ready(run, state)
        await run.desks.window.collect_result(
            run.staff("window-1"),
            window_pb2.CollectResultRequest(
                name=state.name,
                pickup_code=self.codes[state.name],
                proof=application_pb2.COLLECTION_PROOF_CODE,
            ),
        )

    async def _close(self, run: NodeRun, state: application_pb2.Application) -> None:
        await run.desks.approval.close_application(run.staff(), approval_pb2.CloseApplicationRequest(name=state.name))
