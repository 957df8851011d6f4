"""Two hands, two clocks: what the scans at both ends of a leg do.

A parcel is handed over by two signed facts, the giver's dispatch scan and the taker's intake scan.  They are made
by two nodes with two clocks, each of which may be offline, so they reach the stream in any order, late or twice.
Custody is never set by anything else until the parcel is reconciled.

**What a scan must prove.**  A scan that did not read this parcel's nonce is no proof that the parcel was there: it
is kept as an exception and moves nothing, nor does it make its author a party.  Other differences (seals,
manifest, waybill, leg, a post of another node) are exceptions beside a scan that counts.  The custodian is always
the scan's author: nobody signs a parcel into somebody else's hands.

**Which scan wins.**  The custody that stands rests on one scan, or on the packing.  A new scan moves it unless it
is older than that one, and "older" means, in this order:

    1  packing is older than any scan;
    2  a leg's dispatch is older than its intake, whatever the two clocks say;
    3  an intake of an earlier leg, claimed before the standing dispatch, is older than it;
    4  a dispatch on a leg that its giver has booked since it took the parcel in is later than that intake, also where
       the giver's clock was set back in between: to book is guarded, so the stream knows which came first;
    5  else the earlier claim is older; of two equal claims the earlier in the stream.

A post that scans the parcel again has seen it later: the leg keeps the last such time, custody the first.

A dispatch moves custody only out of a post of the giver's own, so one that arrives after the intake fills in its
leg and no more.  After reconciling, the contents are held singly and scans of the wrapping move nothing.  All
of this reads the stream in its order, so everybody who has the stream gets the same answer.

**What is never lost.**  Every scan that counts stands in a leg.  A parcel that goes from post to post without a
booked leg (a wrong post hands it on, a returned one is sent out again) gets a leg of its own for that, with the
one scan that was made: it is one-sided, and says so.  Of such legs a parcel has at most `MOST_UNBOOKED`, and
`MOST_BY_NODE` by one node's scans: so many wrong turns no parcel takes, and a scan beyond them is an exception that
moves nothing.

**Nobody scans for another.**  The giver's scan of a leg is made by the node that booked it; a scan that another node
makes under that leg's number is no scan of that leg.  Else who has taken a parcel could sign for its giver too.
"""

from __future__ import annotations

from typing import Final, cast

from mailroom.domain.codes import ExceptionCode, moment, raise_exception
from mailroom.domain.exceptions import arrived, end
from mailroom.domain.legs import settle_one_sided
from mailroom.domain.manifest import normal_seals
from mailroom.domain.numbers import leg_name
from mailroom.domain.transit import holding_leg, transit_state
from tongban.lifecycle.engine import Step
from tongban.v1 import event_pb2, lifecycle_pb2, parcel_pb2

HELD_SINGLY = frozenset(
    {
        lifecycle_pb2.PARCEL_STATE_RECONCILED,
        lifecycle_pb2.PARCEL_STATE_HELD_FOR_PICKUP,
        lifecycle_pb2.PARCEL_STATE_UNCLAIMED,
        lifecycle_pb2.PARCEL_STATE_COLLECTED,
    }
)
"""States in which the wrapping no longer carries anything."""

MOST_UNBOOKED: Final = 24
MOST_BY_NODE: Final = 8

_OPEN_OR_HURT = frozenset(
    {
        lifecycle_pb2.PARCEL_STATE_OPENED,
        lifecycle_pb2.PARCEL_STATE_DAMAGED,
        lifecycle_pb2.PARCEL_STATE_SEAL_BROKEN,
    }
)


def post_custody(event: event_pb2.Event, post: parcel_pb2.Post) -> parcel_pb2.Custody:
    """A post holds it since this event."""
    return parcel_pb2.Custody(
        kind=parcel_pb2.HOLDER_KIND_POST,
        post=post,
        answerable_node=post.node,
        since_time=event.claim_time,
        event_id=event.event_id,
        stream=event.stream,
    )


def dispatched(state: parcel_pb2.Parcel, step: Step, in_turn: bool) -> None:
    """The giver's scan: its leg holds the parcel, if the giver had it."""
    event, scan = step.event, _own(state, step, step.event.parcel_dispatched.scan)
    wins = False
    if _is_this_parcel(state, step, scan):
        wins = _dispatch_wins(state, event)
        leg = _leg_given(state, step, wins)
        wins = wins and leg is not None
        if leg is not None:
            _compare_waybill(state, step, scan, leg)
            leg.dispatch.CopyFrom(scan)
            leg.dispatch_time.CopyFrom(event.claim_time)
            photo = event.parcel_dispatched.waybill_photo_digest
            leg.waybill_photo_digest = photo or leg.waybill_photo_digest
            settle_one_sided(state, step, leg)
            if wins:
                state.custody.CopyFrom(
                    parcel_pb2.Custody(
                        kind=parcel_pb2.HOLDER_KIND_LEG,
                        leg=leg_name(state.name, leg.number),
                        answerable_node=leg.booking_node,
                        since_time=event.claim_time,
                        event_id=event.event_id,
                        stream=event.stream,
                    )
                )
                state.state = transit_state(state, leg)
    if in_turn and not wins:
        state.state = lifecycle_pb2.PARCEL_STATE_OFFERED  # the engine moved it; the parcel did not move


def taken_in(state: parcel_pb2.Parcel, step: Step, in_turn: bool) -> None:
    """The taker's scan: the post that scanned holds the parcel, whichever it is."""
    event, scan = step.event, _own(state, step, step.event.parcel_taken_in.scan)
    carrying = holding_leg(state)
    # The engine has moved it already; whether it came in is for the scan to say.
    before = cast("lifecycle_pb2.ParcelState", step.before)
    state.state = before
    if not _is_this_parcel(state, step, scan):
        return
    if state.custody.kind == parcel_pb2.HOLDER_KIND_POST and state.custody.post == scan.post:
        _seen_again(state, event)
        return
    wins = _intake_wins(state, event, carrying)
    leg = _leg_taken(state, step, scan, wins, carrying)
    wins = wins and leg is not None
    if leg is not None:
        _compare_waybill(state, step, scan, leg)
        leg.intake.CopyFrom(scan)
        leg.intake_time.CopyFrom(event.claim_time)
        if not leg.HasField("dispatch"):
            raise_exception(state, step, ExceptionCode.ONE_SIDED, leg_name(state.name, leg.number))
        arrived(state, step, leg)
    if wins:
        _arrive(state, step, scan.post, before)


def one_sided_legs(state: parcel_pb2.Parcel) -> list[int]:
    """Legs with one scan of two, other than the one that holds the parcel: each waits for a person."""
    return [
        leg.number
        for leg in state.legs
        if leg.HasField("dispatch") != leg.HasField("intake") and leg_name(state.name, leg.number) != state.custody.leg
    ]


def _arrive(state: parcel_pb2.Parcel, step: Step, post: parcel_pb2.Post, before: lifecycle_pb2.ParcelState) -> None:
    came_home = post.node == state.origin.node and before in (
        lifecycle_pb2.PARCEL_STATE_REFUSED,
        lifecycle_pb2.PARCEL_STATE_RETURNING,
    )
    addressed = post.node == state.destination.node
    stays_open = addressed and before in _OPEN_OR_HURT
    if not came_home and post != state.destination:
        raise_exception(state, step, ExceptionCode.WRONG_POST)
    else:
        end(state, step.event.claim_time, "found", {ExceptionCode.WRONG_POST})
    if not addressed and not came_home:
        state.state = lifecycle_pb2.PARCEL_STATE_WRONG_POST
    elif not stays_open:
        state.state = lifecycle_pb2.PARCEL_STATE_TAKEN_IN
    state.custody.CopyFrom(post_custody(step.event, post))


def _own(state: parcel_pb2.Parcel, step: Step, scan: parcel_pb2.ParcelScan) -> parcel_pb2.ParcelScan:
    """The scan as its author can have made it: at a post of its own."""
    own = parcel_pb2.ParcelScan()
    own.CopyFrom(scan)
    if scan.post.node != step.event.author:
        raise_exception(state, step, ExceptionCode.SCANNER_MISMATCH)
        own.post.node = step.event.author
    return own


def _is_this_parcel(state: parcel_pb2.Parcel, step: Step, scan: parcel_pb2.ParcelScan) -> bool:
    if scan.nonce != state.nonce:
        raise_exception(state, step, ExceptionCode.NONCE_MISMATCH)
        return False
    if normal_seals(scan.seals) != normal_seals(state.seals):
        raise_exception(state, step, ExceptionCode.SEAL_MISMATCH)
    if scan.manifest_digest != state.manifest_digest:
        raise_exception(state, step, ExceptionCode.MANIFEST_MISMATCH)
    return True


def _compare_waybill(state: parcel_pb2.Parcel, step: Step, scan: parcel_pb2.ParcelScan, leg: parcel_pb2.Leg) -> None:
    if scan.waybill.upper() != leg.waybill.upper():
        raise_exception(state, step, ExceptionCode.WAYBILL_MISMATCH)


def _dispatch_wins(state: parcel_pb2.Parcel, event: event_pb2.Event) -> bool:
    held = state.custody
    if held.kind != parcel_pb2.HOLDER_KIND_POST or state.state in HELD_SINGLY:
        return False
    if held.post.node != event.author:
        return False
    later = moment(event.claim_time) >= _last_seen(state)
    return later or _rests_on_packing(state) or _is_booked_since(state, event)


def _is_booked_since(state: parcel_pb2.Parcel, event: event_pb2.Event) -> bool:
    """Whether the giver has booked the leg that its scan names since it took the parcel in, and nothing went by it."""
    leg = _leg(state, event.parcel_dispatched.leg)
    if leg is None or not leg.HasField("offer_time") or leg.booking_node != event.author:
        return False
    unused = not leg.HasField("dispatch") and not leg.HasField("intake")
    return unused and all(taken.number < leg.number for taken in _intakes_here(state))


def _intake_wins(state: parcel_pb2.Parcel, event: event_pb2.Event, carrying: parcel_pb2.Leg | None) -> bool:
    if state.state in HELD_SINGLY:
        return False
    later = moment(event.claim_time) >= _last_seen(state)
    if carrying is not None:
        return _meant(state, event.parcel_taken_in.leg) >= carrying.number or later
    return later or _rests_on_packing(state)


def _meant(state: parcel_pb2.Parcel, number: int) -> int:
    """The leg that a scan can have meant: nothing ever came by a cancelled one, so the next that was not."""
    booked = (leg.number for leg in state.legs if leg.number >= number and not leg.cancelled)
    return next(booked, number)


def _rests_on_packing(state: parcel_pb2.Parcel) -> bool:
    return not any(leg.HasField("dispatch") or leg.HasField("intake") for leg in state.legs)


def _intakes_here(state: parcel_pb2.Parcel) -> list[parcel_pb2.Leg]:
    return [leg for leg in state.legs if leg.HasField("intake") and leg.intake.post == state.custody.post]


def _last_seen(state: parcel_pb2.Parcel) -> tuple[int, int]:
    """When the holder is known to have had it last."""
    seen = [moment(leg.intake_time) for leg in _intakes_here(state)]
    return max([moment(state.custody.since_time), *seen])


def _seen_again(state: parcel_pb2.Parcel, event: event_pb2.Event) -> None:
    latest = max(_intakes_here(state), key=lambda leg: moment(leg.intake_time), default=None)
    if latest is not None and moment(event.claim_time) > moment(latest.intake_time):
        latest.intake_time.CopyFrom(event.claim_time)


def _leg_given(state: parcel_pb2.Parcel, step: Step, wins: bool) -> parcel_pb2.Leg | None:
    """The leg that a dispatch scan begins or fills in; None where there is nothing left to fill."""
    author = step.event.author
    named = _leg(state, step.event.parcel_dispatched.leg)
    if named is None or named.booking_node != author:
        raise_exception(state, step, ExceptionCode.LEG_MISMATCH)
        waiting = state.legs[-1] if state.legs else None
        if (
            waiting is not None
            and waiting.booking_node == author
            and not waiting.cancelled
            and not (waiting.HasField("dispatch") or waiting.HasField("intake"))
        ):
            return waiting
    elif not named.HasField("dispatch") and not (wins and named.HasField("intake")):
        return named
    return _add_leg(state, step, author, step.event.parcel_dispatched.scan.waybill) if wins else None


def _leg_taken(
    state: parcel_pb2.Parcel,
    step: Step,
    scan: parcel_pb2.ParcelScan,
    wins: bool,
    carrying: parcel_pb2.Leg | None,
) -> parcel_pb2.Leg | None:
    """The leg that an intake scan ends or fills in; None where this post's scan stands already."""
    number = _meant(state, step.event.parcel_taken_in.leg)
    if wins and carrying is not None:
        if number != carrying.number:
            raise_exception(state, step, ExceptionCode.LEG_MISMATCH)
        return carrying
    named = _leg(state, number)
    if named is not None and not named.HasField("intake"):
        return named
    if not wins and any(leg.HasField("intake") and leg.intake.post == scan.post for leg in state.legs):
        return None
    return _add_leg(state, step, state.custody.answerable_node, scan.waybill)


def _leg(state: parcel_pb2.Parcel, number: int) -> parcel_pb2.Leg | None:
    return next((leg for leg in state.legs if leg.number == number and not leg.cancelled), None)


def _add_leg(state: parcel_pb2.Parcel, step: Step, giver: str, waybill: str) -> parcel_pb2.Leg | None:
    """A leg that nobody booked; the node that gave the parcel away answers for it. None where there are too many."""
    unbooked = [leg for leg in state.legs if not leg.carrier]
    own = [leg for leg in unbooked if step.event.author in (leg.dispatch.post.node, leg.intake.post.node)]
    if len(unbooked) >= MOST_UNBOOKED or len(own) >= MOST_BY_NODE:
        raise_exception(state, step, ExceptionCode.LEG_MISMATCH)
        return None
    return state.legs.add(number=len(state.legs) + 1, booking_node=giver, waybill=waybill)
