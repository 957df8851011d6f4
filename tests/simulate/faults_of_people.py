"""What people do that the plan did not foresee: they do not wait, reach for what is not theirs, and pass on rumours.

The first is allowed and makes steps collide: what was decided on one state of a stream arrives behind another's step
and is refused, with everything that was built on it.  The second has to be refused at once, at the node where it is
tried, whatever program tried it.  The third is a carrier's word, typed in by who asked the carrier: it may be true or
not, and moves no paper.  Nor does a scan by whoever no longer holds the parcel.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from google.protobuf.message import Message

from mailroom.domain.stub import Stub
from nodes.journal.drafts import Draft
from nodes.store import QUERIES as NODE
from tests.federation.whole import NodeRun
from tests.simulate.ground import Ground
from tongban import errors
from tongban.v1 import application_pb2, approval_pb2, lifecycle_pb2, parcel_pb2

_S = lifecycle_pb2

DECISIONS: Mapping[int, tuple[str, Message]] = MappingProxyType(
    {
        _S.APPLICATION_STATE_SUBMITTED: ("application_accepted", application_pb2.ApplicationAccepted()),
        _S.APPLICATION_STATE_ACCEPTED: ("review_started", application_pb2.ReviewStarted()),
        _S.APPLICATION_STATE_IN_REVIEW: ("application_approved", application_pb2.ApplicationApproved()),
        _S.APPLICATION_STATE_COLLECTED: ("application_closed", application_pb2.ApplicationClosed()),
    }
)
"""What a decider may do next in each state."""

OPENINGS: Mapping[int, tuple[str, Message]] = MappingProxyType(
    {
        _S.PARCEL_STATE_TAKEN_IN: ("parcel_opened", parcel_pb2.ParcelOpened(seals_intact=True, witness="s-two")),
        _S.PARCEL_STATE_OPENED: ("parcel_reconciled", parcel_pb2.ParcelReconciled()),
    }
)
"""What an addressee may do next in each state."""


def did_not_wait(ground: Ground) -> bool:
    """A decider accepts an application and begins its review before the papers, and the note of them, are there."""
    home = ground.chance.choice(ground.scene.shape.pairs)[1]
    run = ground.running(home)
    if run is None:
        return False
    to_the_end = ground.chance.random() < 0.5
    ground.tell(f"{home} does not wait")
    ground.spawn(_hurry(run, to_the_end))
    return True


async def _hurry(run: NodeRun, to_the_end: bool) -> None:
    desk, staff = run.desks.approval, run.staff()
    with contextlib.suppress(errors.TongbanError):
        for state in await _states(run, "applications"):
            if state.route.decider == run.core.name and state.state == _S.APPLICATION_STATE_SUBMITTED:
                await desk.accept_application(staff, approval_pb2.AcceptApplicationRequest(name=state.name))
                await asyncio.sleep(0.1)
                await desk.start_review(staff, approval_pb2.StartReviewRequest(name=state.name))
                if to_the_end:
                    await desk.approve_application(staff, approval_pb2.ApproveApplicationRequest(name=state.name))
                    await desk.issue_result(staff, approval_pb2.IssueResultRequest(name=state.name, paper=True))


def overstepped(ground: Ground) -> bool:
    """Somebody, or some program, makes another's step, past the desk that would not offer it."""
    region = ground.region()
    run = ground.running(region)
    if run is None:
        return False
    ground.tell(f"{region} oversteps")
    ground.spawn(_overstep(run))
    return True


async def _overstep(run: NodeRun) -> None:
    with contextlib.suppress(errors.TongbanError):
        for state in await _states(run, "applications"):
            if state.state in DECISIONS and state.route.decider != run.core.name:
                await _make(run, state.name, *DECISIONS[state.state])
        for state in await _states(run, "parcels"):
            if state.state in OPENINGS and state.destination.node != run.core.name:
                await _make(run, state.name, *OPENINGS[state.state])


async def _make(run: NodeRun, stream: str, body: str, content: Message) -> None:
    with contextlib.suppress(errors.RoleNotAllowed, errors.NotTheDecider, errors.MoveNotAllowed):
        await run.core.record(run.staff().actor, lambda view: ([Draft(stream, body, content)], None))


def rumour(ground: Ground) -> bool:
    """Somebody types in that the carrier says it has delivered, of every parcel that is on its way."""
    region = ground.region()
    run = ground.running(region)
    if run is None:
        return False
    ground.tell(f"{region} hears from the carrier")
    ground.spawn(_pass_on(run))
    return True


async def _pass_on(run: NodeRun) -> None:
    word = parcel_pb2.CarrierObserved(leg=1, code="delivered", meaning="delivered")
    with contextlib.suppress(errors.TongbanError):
        for state in await _states(run, "parcels"):
            if state.state == _S.PARCEL_STATE_WITH_CARRIER:
                await _make(run, state.name, "carrier_observed", word)


def scanned_again(ground: Ground) -> bool:
    """A sender scans out, once more, parcels that have arrived long ago and are in other hands."""
    region = ground.region()
    run = ground.running(region)
    if run is None:
        return False
    ground.tell(f"{region} scans what has gone")
    ground.spawn(_scan_again(run))
    return True


async def _scan_again(run: NodeRun) -> None:
    post = parcel_pb2.Post(node=run.core.name, post="mailroom-1")
    with contextlib.suppress(errors.TongbanError):
        for state in await _states(run, "parcels"):
            if state.state in OPENINGS and state.origin.node == run.core.name:
                scan = Stub.of(state).scan(tuple(state.seals), state.legs[0].waybill, post)
                await _make(run, state.name, "parcel_dispatched", parcel_pb2.ParcelDispatched(scan=scan, leg=1))


async def _states(run: NodeRun, collection: str) -> list[Any]:
    page = {"after": f"{collection}/", "until": f"{collection}0", "size": 50}
    rows = await run.core.database.look_up(lambda tx: tx.fetch_all(NODE.list_collection, page))
    found = [await run.core.state(row["name"]) for row in rows]
    return [state for state in found if state is not None]
