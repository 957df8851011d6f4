"""The index against the obvious way, on whatever agreements hypothesis makes, also after updates in place."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.domain import index as index_module
from agreements.domain.coverage import Coverage, Query, check_route
from tests.agreements.making import NOON
from tests.agreements.reference import naive, superseded
from tests.agreements.worlds import CHANNELS, INSTANTS, KINDS, NAMES, Maker, World, makers
from tongban import errors
from tongban.v1 import agreement_pb2, application_pb2, directory_pb2


def ask(coverage: Coverage, query: Query) -> application_pb2.Route | str:
    try:
        return coverage.find(query).route
    except errors.TongbanError as error:
        refusal = error
    # A fact that a message needs and did not get shows as "?".
    assert not set("{?") & set(refusal.text("zh") + refusal.text("en")), refusal.text("zh")
    return type(refusal).__name__


@settings(deadline=None, max_examples=400)
@given(makers, st.sampled_from([0, 1, 32]))
def test_the_index_answers_as_the_obvious_way_does(maker: Maker, long: int) -> None:
    world = maker.world()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_module, "_LONG", long)  # short lists are split by window too, so that this is compared
        coverage = Coverage(*world)
        for query in maker.queries():
            assert ask(coverage, query) == naive(query, *world)


def test_the_questions_reach_every_answer() -> None:
    maker, answers = Maker(1), Counter[str]()
    for _ in range(200):
        coverage = Coverage(*maker.world())
        for query in maker.queries():
            found = ask(coverage, query)
            answers[found if isinstance(found, str) else "own" if not found.agreement else "covered"] += 1
    assert len(answers) == 16, answers
    assert min(answers.values()) > 8, answers


@settings(deadline=None, max_examples=80)
@given(makers)
def test_updates_in_place_lead_where_building_anew_does(maker: Maker) -> None:
    before, after = maker.world(), maker.world()
    updated = Coverage(*before)
    for query in maker.queries(10):
        ask(updated, query)
    now: list[dict[str, Any]] = [{each.name: each for each in kind} for kind in before]
    changes = [change for kind in after for change in kind]
    maker.random.shuffle(changes)
    for change in changes:
        match change:
            case agreement_pb2.Agreement():
                assert updated.with_agreement(change) is updated
                now[0][change.name] = change
            case directory_pb2.Item():
                updated.with_item(change)
                now[1][change.name] = change
            case _:
                updated.with_node(change)
                now[2][change.name] = change
    for name in maker.some([*now[0], *now[1], *now[2], "agreements/none"])[:4]:
        updated.without(name)
        for kind in now:
            kind.pop(name, None)
    anew = Coverage(*(kind.values() for kind in now))
    for query in maker.queries():
        assert ask(updated, query) == ask(anew, query)
    for accepting in NAMES:
        offered = {(entry.name, terms and terms.id) for entry, terms in updated.offers(accepting, NOON)}
        assert offered == {(entry.name, terms and terms.id) for entry, terms in anew.offers(accepting, NOON)}


@settings(deadline=None, max_examples=80)
@given(makers)
def test_the_order_of_the_feeds_changes_nothing(maker: Maker) -> None:
    world = maker.world()
    one, other = Coverage(*world), Coverage(*(maker.some(kind, len(kind)) for kind in world))
    for query in maker.queries():
        assert ask(one, query) == ask(other, query)


@settings(deadline=None, max_examples=80)
@given(makers)
def test_what_was_found_passes_the_check_at_admission(maker: Maker) -> None:
    coverage = Coverage(*maker.world())
    for query in maker.queries():
        if query.date is not None:
            continue  # a question about another day than its own is not a filing
        found = ask(coverage, query)
        if isinstance(found, application_pb2.Route):
            checked = check_route(coverage, found, query.instant, admitted=query.admitted, trial=query.trial)
            assert checked.route == found


def cited(maker: Maker, world: World) -> tuple[application_pb2.Route, Query] | None:
    """A route that a window might have found at some moment, by some text of some agreement, and who asked."""
    agreements, items, _ = world
    clauses = [
        (agreement.name, text, clause)
        for agreement in agreements
        for text in (agreement.document, *(each.document for each in agreement.past))
        for clause in text.clauses
    ]
    one = maker.random.choice
    for name, text, clause in maker.random.choices(clauses, k=8) if clauses and items else ():
        query = Query(
            item=one(list(clause.items) or [each.name for each in items]),
            accepting=one(list(clause.accepting) or NAMES),
            applicant_kind=one(list(clause.applicant_kinds) or KINDS),
            channel=one(list(clause.channels) or CHANNELS),
            instant=maker.query().instant,
            collecting=one([None, *clause.collecting]),
            trial=maker.chance(0.2),
        )
        found = naive(dataclasses.replace(query, cited=(name, text.document_version)), *world)
        if isinstance(found, application_pb2.Route) and found.agreement:
            return found, query
    return None


def admitted(world: World, query: Query, route: application_pb2.Route) -> str:
    """What admission answers, the slow way: nothing, or the name of the refusal."""
    asked = dataclasses.replace(query, date=None, mode=route.mode, collecting=route.collecting)
    if superseded(world[0], route.agreement, route.agreement_version):
        asked = dataclasses.replace(asked, cited=(route.agreement, route.agreement_version))
    found = naive(asked, *world)
    if isinstance(found, str):
        return found
    same = application_pb2.Route()
    same.CopyFrom(found)
    if 1 <= route.item_version <= same.item_version:
        same.item_version = route.item_version
    return "" if same == route else "RouteChanged"


def check_answers(maker: Maker, outcomes: Counter[str]) -> None:
    world = maker.world()
    coverage = Coverage(*world)
    for _ in range(10):
        found = cited(maker, world)
        if found is None:
            continue
        route, query = found
        # It is filed at that moment or another, and admitted then or later.
        filed = maker.random.choice([query.instant, maker.query().instant])
        at = maker.perhaps([each for each in INSTANTS if each >= filed])
        query = dataclasses.replace(query, instant=filed, admitted=at)
        old = superseded(world[0], route.agreement, route.agreement_version)
        refused = ""
        try:
            check_route(coverage, route, filed, admitted=at, trial=query.trial)
        except errors.TongbanError as error:
            refused = type(error).__name__
        assert refused == admitted(world, query, route)
        outcomes[f"{'old' if old else 'present'} {refused}"] += 1


@settings(deadline=None, max_examples=80)
@given(makers)
def test_a_citation_is_judged_as_the_obvious_way_does(maker: Maker) -> None:
    check_answers(maker, Counter())


def test_citations_of_old_versions_are_let_through_and_refused() -> None:
    maker, outcomes = Maker(2), Counter[str]()
    for _ in range(300):
        check_answers(maker, outcomes)
    for outcome in ("old ", "old AgreementExpired", "present ", "present AgreementNotYetInForce"):
        assert outcomes[outcome] > 5, outcomes
    assert outcomes["present RouteChanged"] > 1, outcomes
