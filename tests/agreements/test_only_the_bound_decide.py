"""Whom a text does not bind, or who will not be bound for long, decides nothing for those whom it does."""

from __future__ import annotations

import datetime as dt

import pytest

from agreements.domain.coverage import Coverage, Query
from agreements.domain.documents import MOST_ENTRIES, check_joining, check_parties, document_digest, parse
from agreements.domain.life import MOST_SUSPENSIONS, UNDER_WAY, check_notice_given
from agreements.domain.texts import present_end
from tests.agreements.making import NOON, clause, document, event, item, nodes, root_key, set_date
from tests.agreements.test_agreement_fold import PARTIES, TEXT, fold, proposed, signed, suspended, terminated
from tongban import errors
from tongban.v1 import agreement_pb2, event_pb2, lifecycle_pb2, types_pb2

ALLIANCE = document(clause(home="", accepting=()), parties=PARTIES)
ALLIANCE.entry = agreement_pb2.ENTRY_RULE_SIGNATORIES
ALLIANCE.notice_days = 90
RAW = ALLIANCE.SerializeToString()
DIGEST = document_digest(RAW)
AMONG_TWO = [proposed(raw=RAW), signed("nodes/a", DIGEST), signed("nodes/b", DIGEST)]
AMONG_THREE = [*AMONG_TWO, signed("nodes/c", DIGEST)]

NEXT = document(clause(home="", accepting=()), parties=PARTIES[:3], version=2)
NEXT.entry = agreement_pb2.ENTRY_RULE_SIGNATORIES


def amended(text: agreement_pb2.AgreementDocument = NEXT, author: str = "nodes/a") -> event_pb2.Event:
    made = event(TEXT.name, author, 5)
    made.amendment_proposed.document = text.SerializeToString()
    return made


def withdrawn(author: str) -> event_pb2.Event:
    made = event(TEXT.name, author, 6)
    made.amendment_withdrawn.document_digest = document_digest(NEXT.SerializeToString())
    return made


def revised(author: str) -> event_pb2.Event:
    made = event(TEXT.name, author, 7)
    text = agreement_pb2.AgreementDocument()
    text.CopyFrom(ALLIANCE)
    text.document_version = 2
    made.agreement_revised.document = text.SerializeToString()
    return made


def left(author: str, day: dt.date = dt.date(2025, 12, 1)) -> event_pb2.Event:
    made = event(TEXT.name, author, 8)
    set_date(made.party_left.effect_date, day)
    return made


def part(author: str, place: int, *items: str) -> event_pb2.Event:
    made = event(TEXT.name, author, place)
    made.part_suspended.items.extend(items)
    made.part_suspended.effect_time.FromDatetime(NOON)
    return made


@pytest.mark.parametrize(
    "step",
    [
        terminated(dt.date(2026, 7, 1)),
        suspended(NOON, author="nodes/d"),
        amended(ALLIANCE, author="nodes/d"),
    ],
)
def test_who_is_only_named_decides_nothing_over_the_whole(step: event_pb2.Event) -> None:
    with pytest.raises(errors.PartyNotBound):
        fold([*AMONG_TWO, step])


@pytest.mark.parametrize("step", [withdrawn("nodes/d"), revised("nodes/d")])
def test_who_is_only_named_keeps_no_amendment_from_those_who_are_bound(step: event_pb2.Event) -> None:
    with pytest.raises(errors.PartyNotBound):
        fold([*AMONG_TWO, amended(), step])
    fold([*AMONG_TWO, amended(), withdrawn("nodes/b")])


def test_who_leaves_ends_its_own_part_and_not_the_others() -> None:
    leaving = [*AMONG_THREE, left("nodes/c")]
    with pytest.raises(errors.PartyNotBound) as caught:
        fold([*leaving, suspended(NOON, author="nodes/c")])
    assert "退出" in caught.value.text("zh")
    fold([*leaving, part("nodes/c", 20)])


def test_who_has_to_sign_an_amendment_may_withdraw_it() -> None:
    everybody = agreement_pb2.AgreementDocument()
    everybody.CopyFrom(NEXT)
    everybody.entry = agreement_pb2.ENTRY_RULE_ALL
    step = event(TEXT.name, "nodes/c", 6)
    step.amendment_withdrawn.document_digest = document_digest(everybody.SerializeToString())
    assert not fold([*AMONG_TWO, amended(everybody), step]).HasField("amendment")


def test_nobody_uses_up_what_another_may_suspend() -> None:
    own = [part("nodes/a", 20 + place, f"items/a.x{place:03}") for place in range(MOST_SUSPENSIONS)]
    with pytest.raises(errors.FieldInvalid):
        fold([*AMONG_TWO, *own, part("nodes/a", 100)])
    assert len(fold([*AMONG_TWO, *own, part("nodes/b", 100)]).part_suspensions) == MOST_SUSPENSIONS + 1


def test_notice_counts_from_admission_for_who_dates_it_back() -> None:
    ended = terminated(dt.date(2025, 6, 16))
    ended.author = "nodes/a"
    ended.claim_time.FromDatetime(NOON - dt.timedelta(days=90))
    state = fold(AMONG_TWO)
    fold([*AMONG_TWO, ended])  # The fold has its author's clock only.
    with pytest.raises(errors.NoticeTooShort):
        check_notice_given(state, ended, NOON)
    check_notice_given(state, ended, NOON - dt.timedelta(days=89) + UNDER_WAY)


def test_the_last_to_sign_dates_no_amendment_back_before_the_others_signed() -> None:
    digest = document_digest(NEXT.SerializeToString())
    late, early = signed("nodes/a", digest, 30), signed("nodes/b", digest)
    early.claim_time.FromDatetime(NOON - dt.timedelta(days=100))
    state = fold([*AMONG_TWO, amended(), late, early])
    assert state.begin_time == late.claim_time


def test_a_day_with_no_first_moment_in_utc_is_no_day_of_an_agreement() -> None:
    text = document(effective=dt.date(1, 1, 1))
    with pytest.raises(errors.FieldInvalid):
        parse(text.SerializeToString())
    with pytest.raises(errors.FieldInvalid):
        fold([*AMONG_TWO, suspended(dt.datetime(9999, 12, 31, 23, tzinfo=dt.UTC), author="nodes/a")])


def test_a_small_text_fills_nobodys_memory() -> None:
    text = document()
    del text.clauses[:]
    text.pools.add(id="p", title="池").base_codes.extend(f"{code:010}" for code in range(1000))
    for place in range(MOST_ENTRIES // 1000):
        text.clauses.add(id=f"c{place}", pools=["p"], modes=[1], decider=1)
    parse(text.SerializeToString())
    text.clauses.add(id="one-more", pools=["p"], modes=[1], decider=1)
    with pytest.raises(errors.FieldInvalid, match="merge"):
        parse(text.SerializeToString())


def test_nobody_keeps_another_from_joining_what_is_in_force() -> None:
    text = fold(AMONG_TWO).document
    known = {each.name: each for each in nodes(*PARTIES)}
    for name, region in zip(PARTIES, "abcd", strict=True):
        known[name].root_public_key, known[name].profile.region = root_key(name), region
    known["nodes/d"].state = lifecycle_pb2.NODE_STATE_LEFT
    known["nodes/b"].profile.region = "elsewhere"
    with pytest.raises(errors.FieldInvalid):
        check_parties(text, known)
    check_joining(text, known, "nodes/c")
    with pytest.raises(errors.NodeNotFound):
        check_joining(text, known, "nodes/d")
    known["nodes/a"].root_public_key = root_key("nodes/z")
    with pytest.raises(errors.FieldInvalid, match="root key"):
        check_joining(text, known, "nodes/c")


def test_who_left_and_signs_the_text_that_binds_now_takes_part_again() -> None:
    digest = document_digest(NEXT.SerializeToString())
    both = [signed("nodes/a", digest), signed("nodes/b", digest)]
    gone = [*AMONG_THREE, left("nodes/c"), amended(), *both]
    assert [each.node for each in fold(gone).leavings] == ["nodes/c"]
    state = fold([*gone, signed("nodes/c", digest)])
    assert not state.leavings
    assert [each.node for each in state.signatures] == ["nodes/a", "nodes/b", "nodes/c"]


def test_an_end_that_was_declined_holds_until_the_next_text_begins() -> None:
    first = document(expire=dt.date(2025, 6, 30))
    first.renewal_months = 12
    second = document(version=2, effective=dt.date(2025, 9, 1))
    digests = [document_digest(each.SerializeToString()) for each in (first, second)]
    declined = event(TEXT.name, "nodes/b", 5)
    set_date(declined.renewal_declined.expire_date, dt.date(2025, 6, 30))
    parties = ("nodes/a", "nodes/b")
    both = [signed(each, digests[0]) for each in parties]
    next_one = [amended(second), *(signed(each, digests[1], 6) for each in parties)]
    state = fold([proposed(raw=first.SerializeToString()), *both, declined, *next_one])
    coverage = Coverage([state], [item("items/a.x")], nodes(*parties))

    def route(day: dt.datetime) -> int:
        asked = Query("items/a.x", "nodes/b", types_pb2.APPLICANT_KIND_PERSON, types_pb2.CHANNEL_WINDOW, day)
        return coverage.find(asked).route.agreement_version

    assert route(dt.datetime(2025, 6, 30, 4, tzinfo=dt.UTC)) == 1
    with pytest.raises((errors.AgreementExpired, errors.AgreementNotYetInForce)):
        route(dt.datetime(2025, 7, 15, 4, tzinfo=dt.UTC))
    assert route(dt.datetime(2025, 9, 1, 4, tzinfo=dt.UTC)) == 2
    assert present_end(state) is None
