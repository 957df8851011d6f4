"""People: each looks at what the own node shows, and does the next thing that is to be done."""

from __future__ import annotations

import functools
import random
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from mailroom.domain.stub import Stub, sign_stub
from nodes.core import NodeCore
from nodes.desk.staff import Staff
from tests.federation.journey import submission
from tests.federation.whole import Federation, NodeRun
from tests.simulate.scene import item_of
from tongban import errors
from tongban.v1 import (
    application_pb2,
    approval_pb2,
    lifecycle_pb2,
    mailroom_pb2,
    parcel_pb2,
    window_pb2,
)

_S = lifecycle_pb2
_HERE = (
    _S.PARCEL_STATE_TAKEN_IN,
    _S.PARCEL_STATE_OPENED,
    _S.PARCEL_STATE_RECONCILED,
    _S.PARCEL_STATE_HELD_FOR_PICKUP,
    _S.PARCEL_STATE_COLLECTED,
)
_NOT_YET = (_S.PARCEL_STATE_UNSPECIFIED, _S.PARCEL_STATE_PACKED, _S.PARCEL_STATE_SEALED, _S.PARCEL_STATE_OFFERED)
APPLICANT = {"applicant_name": "陈阿婆", "phone": "13800000000"}


@dataclass(frozen=True, slots=True)
class Filing:
    """A citizen with one original, who comes back with the same request until it is taken."""

    accepting: str
    home: str
    request_id: str


@dataclass(slots=True)
class Parcels:
    """The physical world: parcels on the road, with the code that is printed on each."""

    on_road: dict[str, tuple[str, str, str, str]] = field(default_factory=dict)
    """Parcel name to (destination region, application, code, seal)."""
    left: set[str] = field(default_factory=set)
    """What the courier has taken, once."""
    scanned: dict[str, object] = field(default_factory=dict)
    """What was scanned on arrival, with the process that said it had that: another one may have lost it."""


class Clerks:
    """The staff of all nodes."""

    patience = 0.0
    """How many seconds they let pass between two looks, when all that was broken is mended."""

    def __init__(self, federation: Federation, world: Parcels, chance: random.Random) -> None:
        self._federation = federation
        self._world = world
        self._random = chance
        self.codes: dict[str, str] = {}
        self.applications: dict[str, tuple[str, str]] = {}
        """What was filed: the accepting and the home region of each."""
        self._through: set[tuple[str, str]] = set()
        self._in_hand: set[tuple[str, str]] = set()
        self._tries: dict[str, int] = {}
        self._looked: dict[tuple[str, str], tuple[object, ...]] = {}
        self._screens: dict[NodeCore, dict[str, Any]] = {}

    def forget(self, region: str) -> None:
        """A node may know less than it did: look at everything anew."""
        self._through = {(r, name) for r, name in self._through if r != region}
        self._looked.clear()

    async def at_rest(self) -> bool:
        """Whether nothing of theirs is on its way that nobody waits for."""
        return True

    async def file(self, filing: Filing) -> Filing | None:
        """A citizen comes to a window with one original: the filing to come again with, where this was refused."""
        run = self._federation.nodes[filing.accepting]
        request = submission(request_id=filing.request_id, item=item_of(filing.home), form=APPLICANT)
        try:
            filed = await run.desks.window.submit_application(run.staff("window-1"), request)
        except errors.RequestRefused:
            # The answer to it was never heard, and what it made was refused since: the form is filled in anew.
            return self._anew(filing.accepting, filing.home)
        self.applications[filed.name] = (filing.accepting, filing.home)
        return None

    def _anew(self, accepting: str, home: str) -> Filing:
        return Filing(accepting, home, str(uuid.UUID(int=self._random.getrandbits(128), version=4)))

    async def refused(self) -> list[Filing]:
        """Filings that the gateway has refused since: the citizens come again, with a new request."""
        again = []
        for name, (accepting, home) in list(self.applications.items()):
            if await self._federation.nodes[accepting].core.state(name) is None:
                del self.applications[name]
                again.append(self._anew(accepting, home))
        return again

    async def work(self, region: str) -> bool:
        """Do the next thing that is to be done at a node, whatever it is; whether there was any."""
        mine = [name for name, pair in self.applications.items() if region in pair]
        for name in self._random.sample(mine, len(mine)):
            if region not in self._federation.nodes:
                return False  # it died under the last of these steps
            place = region, name
            if place in self._through or place in self._in_hand or not self._may_have_moved(place):
                continue
            self._in_hand.add(place)
            try:
                if await self._go_on(region, name):
                    self._looked.pop(place, None)
                    return True
            finally:
                self._in_hand.discard(place)
        return False

    def _may_have_moved(self, place: tuple[str, str]) -> bool:
        """Whether anything has come or gone at this node since nothing was to be done here."""
        core = self._federation.nodes[place[0]].core
        seen = (core, core.cursors.get("mailbox"), core.position.sequence, len(self._world.left))
        if self._looked.get(place) == seen:
            return False
        self._looked[place] = seen
        return True

    async def _state(self, run: NodeRun, name: str) -> Any:
        """What the own node shows of a stream: a page that the node refreshes whenever it says that this has moved."""
        screen = self._screens.get(run.core)
        if screen is None:
            screen = self._screens[run.core] = {}
            run.core.listen(functools.partial(_refresh, screen))
        if name not in screen:
            screen[name] = await run.core.state(name)
        return screen[name]

    async def _go_on(self, region: str, application: str) -> bool:
        """Do the next thing for one application at a node: its papers first; False where it is others' turn."""
        run = self._federation.nodes[region]
        state = await self._state(run, application)
        for parcel in [p for p, (to, of, _, _) in self._world.on_road.items() if to == region and of == application]:
            if await self._take_in(run, parcel):
                return True
        if not isinstance(state, application_pb2.Application):
            return False
        for parcel in state.parcels:
            if (region, parcel) not in self._through and await self._mail(run, region, parcel, application):
                return True
        step = self._step(run, state)
        if step is not None:
            await step(run, state)
            return True
        if state.state == _S.APPLICATION_STATE_CLOSED:
            self._through.add((region, application))
        return False

    def _step(
        self, run: NodeRun, state: application_pb2.Application
    ) -> Callable[[NodeRun, application_pb2.Application], Awaitable[None]] | None:
        went = any(p.startswith(f"parcels/P{state.route.accepting[6:]}") for p in state.parcels)
        came_back = any(p.startswith(f"parcels/P{state.route.decider[6:]}") for p in state.parcels)
        decides = state.route.decider == run.core.name
        accepts = state.route.accepting == run.core.name
        match state.state:
            case _S.APPLICATION_STATE_SUBMITTED if accepts and not went:
                return self._send_deed
            case _S.APPLICATION_STATE_SUBMITTED if decides and (went or self._random.random() < 0.2):
                # Some do not wait for the papers, whose note may come in between and take the place they built on.
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
        await self._send(run, state, "deed", state.route.decider, parcel_pb2.PARCEL_PURPOSE_MATERIALS)

    async def _send_licence(self, run: NodeRun, state: application_pb2.Application) -> None:
        await self._send(run, state, "licence", state.route.accepting, parcel_pb2.PARCEL_PURPOSE_RESULT)

    async def _send(
        self,
        run: NodeRun,
        state: application_pb2.Application,
        original: str,
        destination: str,
        purpose: parcel_pb2.ParcelPurpose,
    ) -> None:
        seal = f"S-{state.name[-9:]}-{original[:1].upper()}"
        what = f"{state.name}/originals/{original}"
        tries = self._tries.get(what, 0)
        request = mailroom_pb2.PackParcelRequest(
            request_id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{what}/{tries}")),
            purpose=purpose,
            destination=parcel_pb2.Post(node=destination, post="mailroom-1"),
            items=[what],
            seals=[seal],
        )
        try:
            await run.desks.mailroom.pack_parcel(run.staff("mailroom-1"), request)
        except errors.RequestRefused:
            # This request has made a parcel that was refused since: the form is filled in anew.
            self._tries[what] = tries + 1

    async def _mail(self, run: NodeRun, region: str, parcel: str, application: str) -> bool:
        """Do the next thing for a parcel at a node; False where there is none."""
        state = await self._state(run, parcel)
        if not isinstance(state, parcel_pb2.Parcel):
            return False
        desk, staff = run.desks.mailroom, run.staff("mailroom-1")
        ours = state.origin.node == run.core.name
        match state.state:
            case _S.PARCEL_STATE_SEALED if ours:
                await self._dispatch(run, staff, state, application)
            case _S.PARCEL_STATE_TAKEN_IN if not ours:
                await desk.open_parcel(
                    staff, mailroom_pb2.OpenParcelRequest(name=parcel, seals_intact=True, witness="s-two")
                )
            case _S.PARCEL_STATE_OPENED if not ours:
                outcome = parcel_pb2.CHECK_OUTCOME_CORRECT
                checks = [parcel_pb2.ItemCheck(item=entry.item, outcome=outcome) for entry in state.manifest]
                await desk.check_items(staff, mailroom_pb2.CheckItemsRequest(name=parcel, checks=checks))
            case _S.PARCEL_STATE_RECONCILED:
                self._through.add((region, parcel))
                return False
            case _:
                return False
        return True

    async def _take_in(self, run: NodeRun, parcel: str) -> bool:
        """Scan a parcel that lies there; False where it needs no scan (any more)."""
        _, _, code, seal = self._world.on_road[parcel]
        state = await self._state(run, parcel)
        known = state.state if isinstance(state, parcel_pb2.Parcel) else _S.PARCEL_STATE_UNSPECIFIED
        if known in _HERE:
            return False
        if known in _NOT_YET and self._world.scanned.get(parcel) is run.core:
            # Scanned before its sender's events came: it waits for them on this machine's disk.
            return False
        request = mailroom_pb2.TakeInParcelRequest(stub=code, seals=[seal], waybill="EB123456785CN")
        await run.desks.mailroom.take_in_parcel(run.staff("mailroom-1"), request)
        self._world.scanned[parcel] = run.core
        return True

    async def _dispatch(self, run: NodeRun, staff: Staff, state: parcel_pb2.Parcel, application: str) -> None:
        code = sign_stub(Stub.of(state), run.core.keys.signer().sign_one)
        seal = state.seals[0]
        # The courier takes it at the moment the scan is made, whether or not the machine lives to say so.
        if state.name not in self._world.left:
            self._world.left.add(state.name)
            self._world.on_road[state.name] = (state.destination.node.removeprefix("nodes/"), application, code, seal)
            if self._random.random() < 0.15:
                return  # and scans it later, when it may have arrived already
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
        request = window_pb2.CollectResultRequest(
            name=state.name, pickup_code=self.codes[state.name], proof=application_pb2.COLLECTION_PROOF_CODE
        )
        try:
            await run.desks.window.collect_result(run.staff("window-1"), request)
        except (errors.PickupCodeUsed, errors.PickupCodeWrong, errors.PickupLocked):
            # What it opened was refused since (a clock that ran ahead), or a backup knows nothing of it: another code.
            del self.codes[state.name]
            raise

    async def _close(self, run: NodeRun, state: application_pb2.Application) -> None:
        await run.desks.approval.close_application(run.staff(), approval_pb2.CloseApplicationRequest(name=state.name))


def _refresh(screen: dict[str, Any], moved: Sequence[str]) -> None:
    for name in moved:
        screen.pop(name, None)
