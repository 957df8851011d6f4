"""What is said of parcels that are on their way or have come: by carriers, by both mailrooms, and by who has no say."""

from __future__ import annotations

import contextlib
import hashlib
import random
from collections.abc import Collection

from mailroom.domain.exceptions import is_open
from mailroom.domain.tracing import open_traces
from nodes.journal.drafts import Draft
from nodes.store import QUERIES as NODE
from tests.federation.whole import Federation, NodeRun
from tongban import errors
from tongban.v1 import application_pb2, leg_pb2, mailroom_pb2, parcel_pb2

KINDS = ("word", "heard twice", "heard twice", "raise", "raise", "resolve", "trace", "photograph", "reach")
_MEANINGS = ("accepted", "moving", "delivering", "delivered", "problem", "returned", "customs", "unknown")
_CODES = ("suspected-lost", "lost", "damaged", "seal-broken", "wrong-contents", "refused", "customs-hold", "one-sided")
_SIGNERS = ("", "self", "agent", "locker")
_ENDS = ("found", "explained", "false-alarm", "scanned")
_NOT_THEIRS = (
    errors.NotTheCustodian,
    errors.RoleNotAllowed,
    errors.MoveNotAllowed,
    errors.NotParty,
    errors.FieldInvalid,
)


async def say(kind: str, run: NodeRun, state: parcel_pb2.Parcel, whim: random.Random) -> None:
    """Somebody at a node says something of a parcel."""
    desk, staff = run.desks.mailroom, run.staff("mailroom-1")
    leg = whim.randint(1, len(state.legs))
    match kind:
        case "word":
            word = mailroom_pb2.RecordObservationRequest(
                name=state.name, leg=leg, meaning=whim.choice(_MEANINGS), signed_by=whim.choice(_SIGNERS)
            )
            await desk.record_observation(staff, word)
        case "heard twice":
            draft = Draft(state.name, "carrier_observed", _heard(state))
            await run.core.record(staff.actor, lambda view: ([draft], None))
            await run.core.record(staff.actor, lambda view: ([draft], None))
        case "raise":
            with contextlib.suppress(errors.FieldInvalid):  # of a leg that was cancelled
                wrong = mailroom_pb2.RaiseExceptionRequest(
                    name=state.name, code=whim.choice(_CODES), leg=whim.choice((0, leg)), note="请核实"
                )
                await desk.cases.raise_exception(staff, wrong)
        case "resolve":
            raised = [exception for exception in state.exceptions if is_open(exception)]
            if raised:
                each = whim.choice(raised)
                ended = mailroom_pb2.ResolveExceptionRequest(
                    name=state.name, code=each.code, subject=each.subject, resolution=whim.choice(_ENDS), note="已核实"
                )
                await desk.cases.resolve_exception(staff, ended)
        case "trace":
            ends = (state.origin.node, state.destination.node)
            asked = next(node for node in ends if node != run.core.name)
            search = mailroom_pb2.RequestTraceRequest(name=state.name, asked_node=asked, note="请查找")
            await desk.cases.request_trace(staff, search)
        case "photograph":
            photo = mailroom_pb2.AddWaybillPhotoRequest(name=state.name, leg=leg, photo=b"\xff\xd8\xff a waybill")
            with contextlib.suppress(*_NOT_THEIRS):
                await desk.add_waybill_photo(staff, photo)
        case "reach":
            if not _may_redirect(run, state):
                await _reach(run, state)


async def answered(run: NodeRun, state: parcel_pb2.Parcel) -> bool:
    """Whether somebody was asked to search here, and has."""
    asked = open_traces(state, run.core.name)
    if not asked:
        return False
    answer = mailroom_pb2.AnswerTraceRequest(name=state.name, trace=asked[0].number, outcome="found", note="在架上")
    await run.desks.mailroom.cases.answer_trace(run.staff("mailroom-1"), answer)
    return True


async def states_of(run: NodeRun) -> list[parcel_pb2.Parcel]:
    """The parcels that a node knows."""
    page = {"after": "parcels/", "until": "parcels0", "size": 50}
    rows = await run.core.database.look_up(lambda tx: tx.fetch_all(NODE.list_collection, page))
    found = [await run.core.state(row["name"]) for row in rows]
    return [state for state in found if isinstance(state, parcel_pb2.Parcel)]


async def first_on_its_way(federation: Federation, applications: list[str], ended: Collection[int]) -> str | None:
    """A parcel of these applications that has not come to its end where it was sent, if there is one."""
    for run in federation.nodes.values():
        for name in applications:
            state = await run.core.state(name)
            if not isinstance(state, application_pb2.Application) or state.route.decider != run.core.name:
                continue
            for parcel in state.parcels:
                known = await run.core.state(parcel)
                if not isinstance(known, parcel_pb2.Parcel) or known.state not in ended:
                    return parcel
    return None


def _heard(state: parcel_pb2.Parcel) -> parcel_pb2.CarrierObserved:
    """The same word of the same carrier, whoever hears it and however often."""
    leg = next((leg for leg in state.legs if not leg.cancelled), state.legs[0])
    heard = parcel_pb2.CarrierObserved(
        leg=leg.number,
        code="delivered.agent",
        meaning="delivered",
        source="push",
        signed_by="agent",
        zone_offset_minutes=480,
        zone_basis="stated",
        observation_id=hashlib.sha256(f"{state.name} {leg.number}".encode()).digest()[:16],
    )
    heard.observe_time.CopyFrom(leg.offer_time)
    return heard


def _may_redirect(run: NodeRun, state: parcel_pb2.Parcel) -> bool:
    """By the parcel as it is known here; who may not must be told so."""
    held = state.custody
    return run.core.name in (held.post.node, held.answerable_node)


async def _reach(run: NodeRun, state: parcel_pb2.Parcel) -> None:
    """A program sends a parcel home that others have, past the desk that would not offer it."""
    home = leg_pb2.ParcelRedirected(destination=state.origin, reason="by-request", returning=True)
    draft = Draft(state.name, "parcel_redirected", home)
    with contextlib.suppress(*_NOT_THEIRS):
        # Asked within the unit: who has got it meanwhile would be right.
        await run.core.record(
            run.staff("mailroom-1").actor,
            lambda view: ([] if _may_redirect(run, view.state(state.name)) else [draft], None),
        )
