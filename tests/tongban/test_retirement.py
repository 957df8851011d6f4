"""What a key that went out of use may have signed: one verdict for the gateway and for everybody after it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gateway.kit import ACCEPTING, keys_of
from tongban import errors
from tongban.clock import SeededEntropy
from tongban.directory import Directory
from tongban.keys import NodeKeys
from tongban.lifecycle.directory import NodeFolder
from tongban.lifecycle.engine import Lifecycles, Step
from tongban.registration import registration
from tongban.retirement import DRAIN, MAX_HANDOVER, Signing, retirement_of, still_signs
from tongban.v1 import directory_pb2, event_pb2

JOINED = dt.datetime(2026, 11, 2, 8, 0, tzinfo=dt.UTC)
KEYS = [keys_of(ACCEPTING).signing, *(NodeKeys.generate(SeededEntropy(n)).signing for n in range(3))]
MOMENT = dt.timedelta(microseconds=1)
FOLDING = Lifecycles(NodeFolder())


def _keys(number: int) -> NodeKeys:
    own = keys_of(ACCEPTING)
    return NodeKeys(own.root, KEYS[number], own.sealing, own.tls)


IDS = [_keys(number).signing_key_id for number in range(len(KEYS))]


def _event(sequence: int, claimed: dt.datetime) -> event_pb2.Event:
    event = event_pb2.Event(stream=ACCEPTING, author=ACCEPTING, incarnation=1, sequence=sequence, lifecycle_version=1)
    event.claim_time.FromDatetime(claimed)
    return event


@dataclass(frozen=True, slots=True)
class Act:
    """Something is admitted so much later: an event of this age under this key, or a rotation to a set of keys."""

    after: dt.timedelta
    age: dt.timedelta
    key: int
    named: frozenset[int] | None = None
    revoked: frozenset[int] = frozenset()
    handover: dt.timedelta | None = None


_some_keys = st.frozensets(st.integers(0, len(KEYS) - 1), max_size=3)
_spans = st.sampled_from([dt.timedelta(0), MOMENT, dt.timedelta(hours=1), dt.timedelta(days=3), DRAIN, DRAIN + MOMENT])
_acts = st.builds(
    Act,
    after=_spans,
    age=_spans,
    key=st.integers(0, len(KEYS) - 1),
    named=st.none() | _some_keys.filter(bool),
    revoked=_some_keys,
    handover=st.none() | st.sampled_from([dt.timedelta(0), dt.timedelta(hours=1), MAX_HANDOVER]),
)


class _Gateway:
    """Admits in order, with the keys as they are; remembers what it admitted and what it refused for its key."""

    def __init__(self) -> None:
        self.now, self.sequence = JOINED, 1
        opening = _event(1, JOINED)
        opening.node_registered.CopyFrom(registration(_keys(0), ACCEPTING, directory_pb2.NodeProfile(), JOINED))
        self.state = FOLDING.admit(None, Step(opening, b"\1" * 32, 1))
        self.verdicts: list[tuple[str, Signing, bool]] = []

    def directory(self) -> Directory:
        made = Directory()
        made.put(self.state)
        return made

    def act(self, act: Act) -> None:
        self.now += act.after
        self.sequence += 1
        event = _event(self.sequence, self.now - act.age)
        if act.named is not None:
            self._name(act, event)
        key_id, signing = IDS[act.key], Signing.of(event, self.now)
        try:
            self.directory().check_may_sign(key_id, ACCEPTING, signing)
            if act.named is not None:
                self.state = FOLDING.admit(self.state, Step(event, b"\1" * 32, self.state.version + 1))
        except errors.KeyNotActive as error:
            if error.facts["field"].startswith("event.envelope"):
                self.verdicts.append((key_id, signing, False))
        except (errors.KeyUnknown, errors.FieldInvalid):
            pass
        else:
            self.verdicts.append((key_id, signing, True))

    def _name(self, act: Act, event: event_pb2.Event) -> None:
        listed: dict[str, directory_pb2.NodeKey] = {}
        for number in sorted(act.named or ()):
            made = registration(_keys(number), ACCEPTING, directory_pb2.NodeProfile(), JOINED)
            listed |= {key.key_id: key for key in made.keys}
        event.node_keys_rotated.keys.extend(listed.values())
        event.node_keys_rotated.revoked_key_ids.extend(sorted(IDS[number] for number in act.revoked))
        if act.handover is not None:
            event.node_keys_rotated.retire_time.FromDatetime(event.claim_time.ToDatetime(dt.UTC) + act.handover)


@given(st.lists(_acts, max_size=12))
def test_whoever_judges_later_says_what_the_gateway_said(acts: list[Act]) -> None:
    """Whatever has happened to the keys since: from the receipt and the directory alone."""
    gateway = _Gateway()
    for act in acts:
        gateway.act(act)
        directory = gateway.directory()
        for key_id, signing, is_admitted in gateway.verdicts:
            if is_admitted:
                directory.check_signed(key_id, ACCEPTING, signing)
            else:
                with pytest.raises(errors.KeyNotActive):
                    directory.check_signed(key_id, ACCEPTING, signing)


_times = st.integers(-(10**14), 10**14)


@given(st.booleans(), st.booleans(), _times, _times, st.integers(1, 9), st.integers(1, 9))
def test_a_key_out_of_use_is_of_no_use_for_ever(
    is_revoked: bool, of_keys: bool, claimed: int, admitted: int, at: int, place: int
) -> None:
    rotation = _event(at, JOINED)
    rotation.node_keys_rotated.revoked_key_ids.extend(IDS[:1] if is_revoked else [])
    retirement = retirement_of(IDS[0], rotation)
    retired = retirement.retire_time.ToMicroseconds()
    signing = Signing(retired + claimed, retired + admitted, (1, place), of_keys)
    if place > at and (is_revoked or of_keys or claimed > 0 or admitted > DRAIN / MOMENT):
        assert not still_signs(retirement, signing)
    else:
        assert still_signs(retirement, signing)


def test_what_was_admitted_before_needs_no_time() -> None:
    """Whatever the clocks of gateways and authors say: an author's sequences are admitted in their order."""
    rotation = _event(7, JOINED)
    rotation.node_keys_rotated.revoked_key_ids.append(IDS[0])
    late = JOINED + dt.timedelta(days=900)
    for sequence, good in ((6, True), (7, True), (8, False)):
        assert still_signs(retirement_of(IDS[0], rotation), Signing.of(_event(sequence, late), late)) is good
    restored = _event(1, JOINED)
    restored.incarnation = 2
    assert not still_signs(retirement_of(IDS[0], rotation), Signing.of(restored, JOINED))
