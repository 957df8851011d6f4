"""Proposing, signing in any order, suspending, resuming and terminating, through the contract's own table."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.domain.agreements import AgreementFolder, missing_signatures
from agreements.domain.documents import document_digest
from tests.agreements.making import NOON, clause, document, event, set_date
from tongban import errors
from tongban.lifecycle.engine import Lifecycles, Step
from tongban.v1 import agreement_pb2, event_pb2, lifecycle_pb2

PARTIES = ("nodes/a", "nodes/b", "nodes/c", "nodes/d")
TEXT = document(clause(accepting=PARTIES[1:]), parties=PARTIES)
RAW = TEXT.SerializeToString()
LIFECYCLES = Lifecycles(AgreementFolder())


def proposed(author: str = "nodes/a", raw: bytes = RAW, stream: str = TEXT.name) -> event_pb2.Event:
    made = event(stream, author)
    made.agreement_proposed.document = raw
    return made


def signed(author: str, digest: bytes = document_digest(RAW), place: int = 2) -> event_pb2.Event:
    made = event(TEXT.name, author, place)
    made.agreement_signed.document_digest = digest
    return made


def suspended(since: dt.datetime, honour: dt.datetime | None = None, author: str = "nodes/b") -> event_pb2.Event:
    made = event(TEXT.name, author, 9)
    made.agreement_suspended.effect_time.FromDatetime(since)
    if honour is not None:
        made.agreement_suspended.honour_time.FromDatetime(honour)
    return made


def resumed() -> event_pb2.Event:
    made = event(TEXT.name, "nodes/c", 10)
    made.agreement_resumed.SetInParent()
    return made


def terminated(date: dt.date = dt.date(2025, 7, 1)) -> event_pb2.Event:
    made = event(TEXT.name, "nodes/d", 11)
    set_date(made.agreement_terminated.effect_date, date)
    return made


def fold(events: Sequence[event_pb2.Event]) -> agreement_pb2.Agreement:
    state: agreement_pb2.Agreement | None = None
    for place, each in enumerate(events, 1):
        state = LIFECYCLES.fold(state, Step(each, hashlib.sha256(each.SerializeToString()).digest(), place))
    assert state is not None
    return state


ALL_SIGNED = [proposed(), *(signed(party) for party in PARTIES)]


@given(st.permutations(PARTIES), st.sampled_from(PARTIES))
def test_the_last_signature_puts_it_in_force_whatever_the_order(order: list[str], proposer: str) -> None:
    for count in range(len(order) + 1):
        state = fold([proposed(proposer), *(signed(party) for party in order[:count])])
        assert [signature.node for signature in state.signatures] == order[:count]
        assert set(missing_signatures(state)) == set(order[count:])
        whole = count == len(order)
        assert state.state == (
            lifecycle_pb2.AGREEMENT_STATE_SIGNED if whole else lifecycle_pb2.AGREEMENT_STATE_PROPOSED
        )
        assert state.document == TEXT
        assert state.document_digest == document_digest(RAW)


def test_a_party_signs_once_and_only_this_text() -> None:
    with pytest.raises(errors.AlreadyExists):
        fold([proposed(), signed("nodes/b"), signed("nodes/b")])
    with pytest.raises(errors.NotTheTextPending) as caught:
        fold([proposed(), signed("nodes/b", b"0" * 32)])
    assert caught.value.field == "event.agreement_signed.document_digest"
    with pytest.raises(errors.NoTextPending):
        fold([*ALL_SIGNED, signed("nodes/b", b"0" * 32)])


def test_only_parties_propose_sign_suspend_and_terminate() -> None:
    for events in (
        [proposed("nodes/z")],
        [proposed(), signed("nodes/z")],
        [*ALL_SIGNED, suspended(NOON, author="nodes/z")],
    ):
        with pytest.raises(errors.RoleNotAllowed):
            fold(events)


def test_a_text_is_proposed_in_its_own_stream_once_and_whole() -> None:
    with pytest.raises(errors.FieldInvalid) as caught:
        fold([proposed(stream="agreements/other")])
    assert caught.value.field == "event.agreement_proposed.document.name"
    with pytest.raises(errors.MoveNotAllowed):
        fold([proposed(), proposed("nodes/b")])
    with pytest.raises(errors.MessageMalformed):
        fold([proposed(raw=b"\xff")])
    broken = document(clause(home="nodes/z"), parties=PARTIES)
    with pytest.raises(errors.FieldInvalid) as caught:
        fold([proposed(raw=broken.SerializeToString())])
    assert caught.value.field == "event.agreement_proposed.document.clauses[0].home"


def test_suspension_is_recorded_and_wiped_by_resumption() -> None:
    state = fold([*ALL_SIGNED, suspended(NOON, NOON + dt.timedelta(days=3))])
    assert state.state == lifecycle_pb2.AGREEMENT_STATE_SUSPENDED
    assert state.suspend_time.ToDatetime(dt.UTC) == NOON
    assert state.honour_time.ToDatetime(dt.UTC) == NOON + dt.timedelta(days=3)
    state = fold([*ALL_SIGNED, suspended(NOON, NOON), resumed()])
    assert state.state == lifecycle_pb2.AGREEMENT_STATE_SIGNED
    assert not state.HasField("suspend_time")
    assert not state.HasField("honour_time")
    again = fold([*ALL_SIGNED, suspended(NOON, NOON), resumed(), suspended(NOON)])
    assert not again.HasField("honour_time")


def test_times_that_cross_or_are_none_are_refused() -> None:
    with pytest.raises(errors.FieldInvalid) as caught:
        fold([*ALL_SIGNED, suspended(NOON, NOON - dt.timedelta(seconds=1))])
    assert caught.value.field == "event.agreement_suspended.honour_time"
    impossible = suspended(NOON)
    impossible.agreement_suspended.effect_time.seconds = 1 << 60
    with pytest.raises(errors.FieldInvalid):
        fold([*ALL_SIGNED, impossible])
    broken = terminated()
    broken.agreement_terminated.effect_date.month = 13
    with pytest.raises(errors.FieldInvalid) as caught:
        fold([*ALL_SIGNED, broken])
    assert caught.value.field == "event.agreement_terminated.effect_date"


def test_termination_is_final_and_keeps_a_suspension() -> None:
    state = fold([*ALL_SIGNED, suspended(NOON), terminated()])
    assert state.state == lifecycle_pb2.AGREEMENT_STATE_TERMINATED
    assert (state.terminate_date.year, state.terminate_date.month, state.terminate_date.day) == (2025, 7, 1)
    assert state.HasField("suspend_time")
    for after in (resumed(), signed("nodes/a"), terminated()):
        with pytest.raises(errors.MoveNotAllowed):
            fold([*ALL_SIGNED, suspended(NOON), terminated(), after])


def test_nothing_is_suspended_before_everyone_signed() -> None:
    with pytest.raises(errors.MoveNotAllowed):
        fold([proposed(), signed("nodes/a"), suspended(NOON)])


def test_agreements_are_a_shared_feed() -> None:
    assert AgreementFolder().parties(fold(ALL_SIGNED)) == frozenset()
