"""What happens to a leg besides its scans: it is booked, cancelled, numbered by the carrier, photographed.

A leg answers for what it carries from its dispatch scan on, and the node that booked it answers for the leg.  Two
hands must have scanned it; a courier cannot sign for us.  Until the second hand has, what stands for the courier's
hand is a photograph of the waybill and the carrier's own word that it has the parcel; where these do not come in
time, the leg is one-sided, and somebody owns that.

Who may book: whoever has the parcel in hand, which after a wrong post need not be the sender.
"""

from __future__ import annotations

from typing import Final

from mailroom.domain.codes import ExceptionCode, raise_exception
from mailroom.domain.exceptions import end
from mailroom.domain.numbers import leg_name
from mailroom.domain.transit import holding_leg, transit_state, word_rank
from tongban import errors
from tongban.lifecycle.engine import Step
from tongban.v1 import event_pb2, lifecycle_pb2, parcel_pb2

WITHOUT_WAYBILL: Final = frozenset({"hand", "diplomatic-bag", "agency-van"})
"""Carriers whose legs have no waybill and no feed: hand carriage, the diplomatic bag, an agency's own van."""

ACCEPTANCE_HOURS: Final = 24
"""Within how many hours of the dispatch scan a carrier must have said that it has it, where a leg names no other."""


def find(state: parcel_pb2.Parcel, number: int) -> parcel_pb2.Leg | None:
    """A leg that was not cancelled, by its number."""
    return next((leg for leg in state.legs if leg.number == number and not leg.cancelled), None)


def may_speak_of(leg: parcel_pb2.Leg, author: str) -> bool:
    """Whether a node may say what became of a leg's waybill: who booked the leg, and the relay that the leg names."""
    return author in {leg.booking_node, leg.relay}


def check_offered(state: parcel_pb2.Parcel, event: event_pb2.Event) -> None:
    """The next leg, booked by whoever has the parcel in hand."""
    following = len(state.legs) + 1
    if event.parcel_offered.leg != following:
        raise errors.FieldInvalid(
            field="event.parcel_offered.leg",
            problem=f"段次应为 {following},现为 {event.parcel_offered.leg}",
            problem_en=f"the next leg is {following}, not {event.parcel_offered.leg}",
        )
    _check_in_hand(state, event)
    offered = event.parcel_offered
    if offered.order and (offered.waybill or not offered.relay):
        raise errors.FieldInvalid(
            field="event.parcel_offered.order",
            problem="由中继代订运单时,须指明中继,且不填运单号",
            problem_en="an ordered waybill needs a relay, and has no number yet",
        )


def check_cancelled(state: parcel_pb2.Parcel, event: event_pb2.Event) -> None:
    """Only the last leg, by the node that booked it, and only while nothing was given to it."""
    leg = find(state, event.leg_cancelled.leg)
    if leg is None or leg.number != len(state.legs) or leg.HasField("dispatch") or leg.HasField("intake"):
        raise errors.FieldInvalid(
            field="event.leg_cancelled.leg",
            problem=f"第 {event.leg_cancelled.leg} 段不能撤销:只能撤销最后一段,且尚未交出",
            problem_en=f"leg {event.leg_cancelled.leg} is not the last one, or was handed over already",
        )
    if leg.booking_node != event.author:
        raise errors.NotTheCustodian(
            field="event.author", what=state.name, holder=leg.booking_node, caller=event.author
        )


def check_redirected(state: parcel_pb2.Parcel, event: event_pb2.Event) -> None:
    """By who has it in hand, or has booked the leg that has it; never to where it lies."""
    to = event.parcel_redirected
    leg = holding_leg(state)
    if leg is None:
        _check_in_hand(state, event)
    elif leg.booking_node != event.author:
        raise errors.NotTheCustodian(
            field="event.author", what=state.name, holder=leg.booking_node, caller=event.author
        )
    if leg is None and to.destination == state.custody.post:
        raise errors.FieldInvalid(
            field="event.parcel_redirected.destination",
            problem="邮包就在此处,不必改寄",
            problem_en="that is where the parcel is",
        )
    ends = {state.origin.node, state.destination.node, state.first_destination.node}
    if to.destination.node == event.author and event.author not in ends:
        # What came to a wrong post goes on from there; nobody becomes its addressee by having it in hand.
        raise errors.FieldInvalid(
            field="event.parcel_redirected.destination",
            problem="误投的邮包不能改寄给本单位,应寄往收件方或退回",
            problem_en="what came to a wrong post is not kept there: it goes to its addressee, or home",
        )
    if to.returning and to.destination != state.origin:
        raise errors.FieldInvalid(
            field="event.parcel_redirected.destination",
            problem=f"退回应寄往原寄出处 {state.origin.node}/{state.origin.post}",
            problem_en=f"a parcel goes home to {state.origin.node}/{state.origin.post}",
        )


def offered(state: parcel_pb2.Parcel, step: Step) -> None:
    """A leg is booked."""
    event, booked = step.event, step.event.parcel_offered
    leg = state.legs.add(
        number=booked.leg,
        carrier=booked.carrier,
        waybill=booked.waybill,
        booking_node=event.author,
        relay=booked.relay,
        order=booked.order,
        acceptance_hours=booked.acceptance_hours or ACCEPTANCE_HOURS,
        cost_fen=booked.cost_fen,
    )
    leg.offer_time.CopyFrom(event.claim_time)
    if booked.HasField("due_time"):
        leg.due_time.CopyFrom(booked.due_time)


def cancelled(state: parcel_pb2.Parcel, step: Step) -> None:
    """The leg is no more, and the parcel lies ready for another."""
    leg = find(state, step.event.leg_cancelled.leg)
    assert leg is not None
    leg.cancelled = True
    end(state, step.event.claim_time, "explained", {"order-failed"}, leg_name(state.name, leg.number))
    if state.returning:
        state.state = lifecycle_pb2.PARCEL_STATE_RETURNING
    elif state.custody.post != state.origin:
        state.state = lifecycle_pb2.PARCEL_STATE_REDIRECTED


def redirected(state: parcel_pb2.Parcel, step: Step) -> None:
    """It goes somewhere else from here; on its way it stays with the leg that has it."""
    to = step.event.parcel_redirected
    state.destination.CopyFrom(to.destination)
    state.returning = to.returning
    leg = holding_leg(state)
    if leg is not None:
        state.state = transit_state(state, leg)
    elif to.returning:
        state.state = lifecycle_pb2.PARCEL_STATE_RETURNING


def numbered(state: parcel_pb2.Parcel, step: Step) -> None:
    """The carrier's number of the leg; another than it has is an exception."""
    assigned = step.event.waybill_assigned
    leg = find(state, assigned.leg)
    if leg is None or not may_speak_of(leg, step.event.author):
        raise_exception(state, step, ExceptionCode.LEG_MISMATCH)
        return
    if leg.waybill and leg.waybill.upper() != assigned.waybill.upper():
        raise_exception(state, step, ExceptionCode.WAYBILL_MISMATCH, leg_name(state.name, leg.number))
        return
    leg.waybill = assigned.waybill
    leg.carrier_order = assigned.carrier_order or leg.carrier_order
    leg.cost_fen = assigned.cost_fen or leg.cost_fen
    end(state, step.event.claim_time, "explained", {"order-failed"}, leg_name(state.name, leg.number))


def photographed(state: parcel_pb2.Parcel, step: Step) -> None:
    """The waybill's photograph, which came after the scan."""
    leg = find(state, step.event.waybill_photographed.leg)
    if leg is None or not may_speak_of(leg, step.event.author):
        raise_exception(state, step, ExceptionCode.LEG_MISMATCH)
        return
    leg.waybill_photo_digest = step.event.waybill_photographed.photo_digest
    settle_one_sided(state, step, leg)


def is_vouched_for(leg: parcel_pb2.Leg) -> bool:
    """Whether something stands for the courier's hand: the waybill's photograph, and the carrier's word if it is heard.

    A leg without a waybill has no courier: its two scans are all there is to it.
    """
    if leg.carrier in WITHOUT_WAYBILL:
        return True
    accepted = word_rank("accepted")
    # Where a relay listens, its word counts: who gave the parcel away cannot type the carrier's in for it.
    heard = any(each.source != "manual" and word_rank(each.meaning) >= accepted for each in leg.observations)
    return bool(leg.waybill_photo_digest) and (heard or not leg.relay)


def settle_one_sided(state: parcel_pb2.Parcel, step: Step, leg: parcel_pb2.Leg) -> None:
    """End a leg's one-sided exception when the giver's scan stands, and the taker's or what vouches for the courier."""
    if leg.HasField("dispatch") and (leg.HasField("intake") or is_vouched_for(leg)):
        end(state, step.event.claim_time, "scanned", {ExceptionCode.ONE_SIDED}, leg_name(state.name, leg.number))


def settle_all(state: parcel_pb2.Parcel, step: Step) -> None:
    """The same of every leg: whichever came first, the exception or what settles it."""
    for leg in state.legs:
        settle_one_sided(state, step, leg)


def _check_in_hand(state: parcel_pb2.Parcel, event: event_pb2.Event) -> None:
    held = state.custody
    if held.kind != parcel_pb2.HOLDER_KIND_POST or held.post.node != event.author:
        holder = held.post.node or held.leg or state.name
        raise errors.NotTheCustodian(field="event.author", what=state.name, holder=holder, caller=event.author)
