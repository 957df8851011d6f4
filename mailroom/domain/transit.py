"""What is said of a parcel on its way, and what that is worth.

While a leg holds the parcel, the parcel's state is read off the leg: the furthest word of the carrier and the
gravest thing that somebody raised since the dispatch scan.  `transit_state` is that reading, so a fact that comes
late or twice cannot send the state backwards, and none of it touches custody: only scans do.

    a carrier's word     unknown < accepted < moving < customs < problem < delivering < returned < delivered
    a parcel's state     with carrier < carrier says delivered < customs hold < overdue < refused
                         < suspected lost < lost

A carrier's word reaches `carrier says delivered` and no further; the graver states need somebody of ours to say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mailroom.domain.codes import ExceptionCode, moment, raise_exception
from mailroom.domain.numbers import leg_name
from tongban.lifecycle.engine import Step
from tongban.v1 import lifecycle_pb2, parcel_pb2

_WORDS: Final = ("", "unknown", "accepted", "moving", "customs", "problem", "delivering", "returned", "delivered")

_GRAVITY: Final = (
    lifecycle_pb2.PARCEL_STATE_WITH_CARRIER,
    lifecycle_pb2.PARCEL_STATE_CARRIER_SAYS_DELIVERED,
    lifecycle_pb2.PARCEL_STATE_CUSTOMS_HOLD,
    lifecycle_pb2.PARCEL_STATE_OVERDUE,
    lifecycle_pb2.PARCEL_STATE_REFUSED,
    lifecycle_pb2.PARCEL_STATE_SUSPECTED_LOST,
    lifecycle_pb2.PARCEL_STATE_LOST,
)

_RAISED_ON_THE_WAY: Final[Mapping[str, lifecycle_pb2.ParcelState]] = MappingProxyType(
    {
        "customs-hold": lifecycle_pb2.PARCEL_STATE_CUSTOMS_HOLD,
        "late": lifecycle_pb2.PARCEL_STATE_OVERDUE,
        "refused": lifecycle_pb2.PARCEL_STATE_REFUSED,
        "suspected-lost": lifecycle_pb2.PARCEL_STATE_SUSPECTED_LOST,
        "lost": lifecycle_pb2.PARCEL_STATE_LOST,
    }
)

_RAISED_IN_HAND: Final[Mapping[str, lifecycle_pb2.ParcelState]] = MappingProxyType(
    {
        "damaged": lifecycle_pb2.PARCEL_STATE_DAMAGED,
        "seal-broken": lifecycle_pb2.PARCEL_STATE_SEAL_BROKEN,
    }
)


def holding_leg(state: parcel_pb2.Parcel) -> parcel_pb2.Leg | None:
    """The leg that holds the parcel, or None while a post or the applicant does."""
    if state.custody.kind != parcel_pb2.HOLDER_KIND_LEG:
        return None
    return next((leg for leg in state.legs if leg_name(state.name, leg.number) == state.custody.leg), None)


def transit_state(state: parcel_pb2.Parcel, leg: parcel_pb2.Leg) -> lifecycle_pb2.ParcelState:
    """Where a parcel stands while this leg holds it."""
    found = [lifecycle_pb2.PARCEL_STATE_WITH_CARRIER]
    if leg.carrier_word == "delivered":
        found.append(lifecycle_pb2.PARCEL_STATE_CARRIER_SAYS_DELIVERED)
    since = moment(leg.dispatch_time)
    found.extend(
        _RAISED_ON_THE_WAY[raised.code]
        for raised in state.exceptions
        if raised.event_type == "parcel_exception_raised"
        and raised.code in _RAISED_ON_THE_WAY
        and moment(raised.create_time) >= since
    )
    return max(found, key=_GRAVITY.index)


def observe(state: parcel_pb2.Parcel, step: Step) -> None:
    """A carrier's word: kept when it says more than the words before it."""
    observed = step.event.carrier_observed
    leg = next((leg for leg in state.legs if leg.number == observed.leg), None)
    if leg is None:
        raise_exception(state, step, ExceptionCode.LEG_MISMATCH)
        return
    if word_rank(observed.meaning) > word_rank(leg.carrier_word):
        leg.carrier_word = observed.meaning
    _read_off(state)


def raised(state: parcel_pb2.Parcel, step: Step) -> None:
    """Somebody says that something is wrong: kept under its code, and read into the state where it has a place."""
    code = step.event.parcel_exception_raised.code
    raise_exception(state, step, code)
    _read_off(state)
    if state.state == lifecycle_pb2.PARCEL_STATE_TAKEN_IN and code in _RAISED_IN_HAND:
        state.state = _RAISED_IN_HAND[code]


def word_rank(word: str) -> int:
    """How far a carrier's word goes; an unknown one goes nowhere."""
    return _WORDS.index(word) if word in _WORDS else 0


def _read_off(state: parcel_pb2.Parcel) -> None:
    leg = holding_leg(state)
    if leg is not None:
        state.state = transit_state(state, leg)
