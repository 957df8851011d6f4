"""What is said of a parcel on its way, and what that is worth.

While a leg holds the parcel, the parcel's state is read off the leg: the furthest word of the carrier and the
gravest thing that somebody raised since the dispatch scan.  `transit_state` is that reading, so a fact that comes
late or twice cannot send the state backwards, and none of it touches custody: only scans do.

    a carrier's word     unknown < accepted < moving < customs < problem < delivering < returned < delivered
    a parcel's state     with carrier < carrier says delivered < customs hold < overdue < refused
                         < suspected lost < lost

A carrier's word reaches `carrier says delivered` and no further; the graver states need somebody of ours to say so.
What a carrier says stands in its leg, each thing once, in the order of the times that the carrier gave.  Feeds repeat,
reorder and resend, and one word may be told in several ways: pushed, pulled, typed in.  Which telling stands is decided
by what it says and never by when it came (`_preference`), and every telling is judged, known or new.  So any order and
any repetition leaves the same leg, the same state and the same things wrong.  That somebody else has signed for
originals, or that they lie in a locker, is an exception at once: nobody of ours has them.

**Bounded.**  A leg keeps `MOST_OBSERVATIONS`, by the same order as decides which telling of a word stands: what a relay
heard before what somebody typed, and of those what says most.  So which ones does not depend on their order either, and
nobody types a relay's words out of a leg.  The carrier's furthest word, the state and what is wrong are judged of all
that was told, not read off what is kept.

**Who raises what.**  Who gives, takes or has the parcel says of it what he likes, of a leg only of one that there is.
A relay speaks of the legs that name it (or that it booked), never of the parcel as a whole, and by a clock only what
that clock can tell: that a leg is late, at its own due time.  That an order was not cancelled is said of a cancelled
leg, and nothing else is.

**Told late.**  Of a leg whose load was scanned in, what arrival ends (`over_by_arrival`: silent, unclaimed, refused, an
unknown code, ...) is written once, ended as it is written, as if it had been told in time.  Damage does not end by
arriving: it waits for a person, told early or late.  But whether what lies here is damaged, those see who have it: a
relay's word of it opens a case and leaves the state.  So does an order that failed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from mailroom.domain.codes import ExceptionCode, moment, raise_exception
from mailroom.domain.exceptions import end, is_open, over_by_arrival
from mailroom.domain.numbers import is_original, leg_name
from tongban.lifecycle.engine import Step
from tongban.v1 import lifecycle_pb2, parcel_pb2

_WORDS: Final = ("", "unknown", "accepted", "moving", "customs", "problem", "delivering", "returned", "delivered")

MOST_OBSERVATIONS: Final = 200
"""As many as a leg keeps: those heard before those typed, those that say most and, of equal ones, the earliest."""

_CLOCKED: Final = frozenset({"late", "suspected-lost", "lost", "delivered-not-scanned", "one-sided"})
"""What a relay may say only by a clock that has rung, with the time at which it fell due; no carrier says it.

A carrier does say of its leg that nothing is heard of it (`silent`) or that nobody fetches it there (`unclaimed`), and
so may a relay, without a time.  That nobody fetches it at the window, no carrier knows."""

_OF_A_DUE_TIME: Final = frozenset({"late", "suspected-lost", "lost"})
"""What no clock says of a leg without a due time, nor before it."""

_OTHERS: Final = frozenset({"agent", "locker"})

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
    since, subject = moment(leg.dispatch_time), leg_name(state.name, leg.number)
    found.extend(
        _RAISED_ON_THE_WAY[raised.code]
        for raised in state.exceptions
        if raised.event_type == "parcel_exception_raised"
        and raised.code in _RAISED_ON_THE_WAY
        and not raised.HasField("resolve_time")
        and raised.subject in ("", subject)
        and moment(raised.create_time) >= since
    )
    return max(found, key=_GRAVITY.index)


def observe(state: parcel_pb2.Parcel, step: Step) -> None:
    """A carrier's word: kept once, and judged however often it is told."""
    observed = step.event.carrier_observed
    leg = next((leg for leg in state.legs if leg.number == observed.leg and not leg.cancelled), None)
    if leg is None or not _may_hear(state, leg, step.event.author):
        raise_exception(state, step, ExceptionCode.LEG_MISMATCH)
        return
    heard = _heard(observed)
    if step.event.author != leg.relay:
        heard.source = "manual"  # whatever it says: only a relay has asked the carrier
    _keep(leg, heard)
    if word_rank(observed.meaning) > word_rank(leg.carrier_word):
        leg.carrier_word = observed.meaning
    if observed.signed_by in _OTHERS and not leg.HasField("intake"):
        _signed_by_other(state, step, leg)
    read_off(state)


def raised(state: parcel_pb2.Parcel, step: Step) -> None:
    """Somebody says that something is wrong: kept under its code, and read into the state where it has a place.

    What is open already is not written twice, and a clock that runs ahead raises nothing.
    """
    said, author = step.event.parcel_exception_raised, step.event.author
    leg = next((each for each in state.legs if each.number == said.leg), None)
    minds = _only_minds(state, author)
    if not _may_raise(said, leg, author if minds else ""):
        raise_exception(state, step, ExceptionCode.LEG_MISMATCH)
        return
    code, subject = said.code, leg_name(state.name, said.leg) if said.leg else ""
    early = said.HasField("due_time") and moment(step.event.claim_time) < moment(said.due_time)
    if early or (minds and _is_of_a_clock(said) and not _can_have_rung(said, leg)):
        raise_exception(state, step, ExceptionCode.PREMATURE, subject)
        return
    is_over = leg is not None and code in over_by_arrival(leg)
    if any((e.code, e.subject) == (code, subject) and (is_over or is_open(e)) for e in state.exceptions):
        return
    raise_exception(state, step, code, subject)
    if is_over:
        end(state, step.event.claim_time, "found", {code}, subject)
    read_off(state)
    if state.state == lifecycle_pb2.PARCEL_STATE_TAKEN_IN and code in _RAISED_IN_HAND and not minds:
        state.state = _RAISED_IN_HAND[code]
    if state.state == lifecycle_pb2.PARCEL_STATE_HELD_FOR_PICKUP and code == "unclaimed" and not said.leg:
        state.state = lifecycle_pb2.PARCEL_STATE_UNCLAIMED


def _may_raise(said: parcel_pb2.ParcelExceptionRaised, leg: parcel_pb2.Leg | None, minder: str) -> bool:
    """Whether there is what it is said of, and it is this relay's to speak of (where one says it).

    What a relay's clock says of the parcel as a whole it says at no time: that is for `_can_have_rung`.
    """
    if not said.leg:
        return not minder or _is_of_a_clock(said)
    if leg is None or (leg.cancelled and said.code != "order-failed"):
        return False
    return not minder or minder in {leg.relay, leg.booking_node}


def _is_of_a_clock(said: parcel_pb2.ParcelExceptionRaised) -> bool:
    return said.code in _CLOCKED or (said.code == "unclaimed" and not said.leg)


def _can_have_rung(said: parcel_pb2.ParcelExceptionRaised, leg: parcel_pb2.Leg | None) -> bool:
    """Whether a relay's clock can have rung at the time that it claims; it has none for the parcel as a whole."""
    if leg is None or not said.HasField("due_time"):
        return False
    if said.code not in _OF_A_DUE_TIME:
        return True
    claimed, fixed = _micros(said.due_time), _micros(leg.due_time)
    return leg.HasField("due_time") and (claimed == fixed if said.code == "late" else claimed >= fixed)


def _micros(time: Timestamp) -> tuple[int, int]:
    """As far as clocks reckon: a leg's due time may be written finer than a relay that repeats it can."""
    return time.seconds, time.nanos // 1000


def _only_minds(state: parcel_pb2.Parcel, author: str) -> bool:
    """Whether this author has the parcel's clocks to mind, and never had the parcel."""
    hands = {state.origin.node, state.destination.node, state.custody.post.node}
    return author in {leg.relay for leg in state.legs} - hands


def word_rank(word: str) -> int:
    """How far a carrier's word goes; an unknown one goes nowhere."""
    return _WORDS.index(word) if word in _WORDS else 0


def read_off(state: parcel_pb2.Parcel) -> None:
    """While a leg holds the parcel, its state is what the leg says."""
    leg = holding_leg(state)
    if leg is not None:
        state.state = transit_state(state, leg)


def _may_hear(state: parcel_pb2.Parcel, leg: parcel_pb2.Leg, author: str) -> bool:
    """A leg that names a relay is heard by no other; the ends of the way, and who booked it, may type words in."""
    return not leg.relay or author in {leg.relay, leg.booking_node, state.origin.node, state.destination.node}


def _heard(observed: parcel_pb2.CarrierObserved) -> parcel_pb2.LegObservation:
    heard = parcel_pb2.LegObservation(
        observation_id=observed.observation_id,
        code=observed.code,
        meaning=observed.meaning,
        signed_by=observed.signed_by,
        source=observed.source,
    )
    heard.observe_time.CopyFrom(observed.observe_time)
    return heard


def _same(one: parcel_pb2.LegObservation, other: parcel_pb2.LegObservation) -> bool:
    if one.observation_id:
        return one.observation_id == other.observation_id
    return not other.observation_id and _place(one) == _place(other)


def _place(heard: parcel_pb2.LegObservation) -> tuple[tuple[int, int], int, bytes, str, str]:
    """By the carrier's time; of one moment, the word that reaches less far came first."""
    return moment(heard.observe_time), word_rank(heard.meaning), heard.observation_id, heard.code, heard.signed_by


def _extent(heard: parcel_pb2.LegObservation) -> tuple[object, ...]:
    """What says most comes first; of what says as much, the earliest."""
    return -word_rank(heard.meaning), _place(heard)


def _preference(heard: parcel_pb2.LegObservation) -> tuple[object, ...]:
    """Which of two tellings of one word stands, and which words: a total order, so that no other order matters.

    What a relay heard stands before what somebody typed, so nobody puts words of his own in its place; of what was
    heard, what says most, and of tellings that say the same, the answer to a question before a push.
    """
    return heard.source == "manual", _extent(heard), heard.source != "pull", heard.source != "push", heard.source


def _keep(leg: parcel_pb2.Leg, heard: parcel_pb2.LegObservation) -> None:
    told = next((known for known in leg.observations if _same(heard, known)), None)
    if told is not None and _preference(told) <= _preference(heard):
        return
    kept = [heard, *(known for known in leg.observations if not _same(heard, known))]
    if len(kept) > MOST_OBSERVATIONS:
        kept = sorted(kept, key=_preference)[:MOST_OBSERVATIONS]
    kept.sort(key=_place)
    del leg.observations[:]
    leg.observations.extend(kept)


def _signed_by_other(state: parcel_pb2.Parcel, step: Step, leg: parcel_pb2.Leg) -> None:
    subject = leg_name(state.name, leg.number)
    known = any((e.code, e.subject) == (ExceptionCode.SIGNED_BY_OTHER, subject) for e in state.exceptions)
    if not known and any(is_original(entry.item) for entry in state.manifest):
        raise_exception(state, step, ExceptionCode.SIGNED_BY_OTHER, subject)
