"""The index against the obvious way, on whatever agreements hypothesis makes, also after updates in place."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.domain import index as index_module
from agreements.domain.coverage import Coverage, Query, check_route
from agreements.domain.documents import check
from tests.agreements.making import NOON, agreement, clause, document, item, node
from tests.agreements.reference import naive
from tongban import errors
from tongban.v1 import agreement_pb2, application_pb2, directory_pb2, lifecycle_pb2, types_pb2

NAMES = ["nodes/a", "nodes/b", "nodes/c", "nodes/d"]
DAYS = [dt.date(2025, 6, day) for day in (13, 14, 15, 16, 17)]
INSTANTS = [NOON + dt.timedelta(hours=hours) for hours in (-30, -13, -12, 0, 12, 13, 30)]
MODES = [types_pb2.MODE_ONLINE, types_pb2.MODE_AGENT, types_pb2.MODE_JOINT]
CHANNELS = [types_pb2.CHANNEL_WINDOW, types_pb2.CHANNEL_KIOSK]
KINDS = [types_pb2.APPLICANT_KIND_PERSON, types_pb2.APPLICANT_KIND_LEGAL_PERSON]
STATES = [*[lifecycle_pb2.NODE_STATE_ACTIVE] * 8, lifecycle_pb2.NODE_STATE_SUSPENDED, lifecycle_pb2.NODE_STATE_LEFT]
DECIDERS = [types_pb2.DECIDER_HOME, types_pb2.DECIDER_ACCEPTING]


World = tuple[list[agreement_pb2.Agreement], list[directory_pb2.Item], list[directory_pb2.Node]]


class Maker:
    """Draws worlds and questions from one number: hypothesis spends its time on questions, not on lists of lists."""

    def __init__(self, number: int) -> None:
        self.random = random.Random(number)

    def some(self, values: Sequence[Any], least: int = 0) -> list[Any]:
        return self.random.sample(list(values), self.random.randint(least, len(values)))

    def perhaps(self, values: Sequence[Any], chance: float = 0.5) -> Any:
        return self.random.choice(values) if self.random.random() < chance else None

    def clause(self, parties: Sequence[str], place: int) -> agreement_pb2.Clause:
        home = self.random.choice(parties)
        owner = home.removeprefix("nodes/")
        return clause(
            home,
            self.some([party for party in parties if party != home], 1),
            self.some([f"items/{owner}.{code}" for code in "xyz"], 1),
            id=f"c{place}",
            modes=self.some(MODES, 1),
            channels=self.some(CHANNELS),
            kinds=self.some(KINDS),
            decider=self.random.choice(DECIDERS),
            collecting=self.some(parties),
        )

    def agreement(self, name: str) -> agreement_pb2.Agreement:
        parties = self.some(NAMES, 2)
        effective = self.random.choice([dt.date(2025, 1, 1), *DAYS])
        text = document(
            *(self.clause(parties, place) for place in range(self.random.randint(1, 4))),
            name=name,
            parties=parties,
            effective=effective,
            expire=self.perhaps([day for day in DAYS if day >= effective] or [effective]),
            version=self.random.randint(1, 3),
        )
        check(text)
        suspend = self.perhaps(INSTANTS, 0.3)
        return agreement(
            text,
            signed=self.some(parties) if self.random.random() < 0.2 else None,
            suspend=suspend,
            honour=self.perhaps(INSTANTS) if suspend else None,
            terminate=self.perhaps(DAYS, 0.2),
        )

    def item(self, name: str) -> directory_pb2.Item:
        withdrawn = self.random.random() < 0.1
        return item(name, modes=self.some(MODES, 1), version=self.random.randint(1, 3), withdrawn=withdrawn)

    def world(self) -> World:
        names = [f"items/{home}.{code}" for home in "abcd" for code in "xyz"]
        return (
            [self.agreement(f"agreements/{name}") for name in self.some("pqrstu")],
            [self.item(name) for name in self.some(names, 6)],
            [node(name, self.random.choice(STATES)) for name in self.some(NAMES, 2)],
        )

    def query(self) -> Query:
        instant = self.random.choice(INSTANTS)
        return Query(
            item=f"items/{self.random.choice('aaabbbcccddde')}.{self.random.choice('xxxyyyzzzw')}",
            accepting=self.random.choice(NAMES),
            applicant_kind=self.random.choice(KINDS),
            channel=self.random.choice(CHANNELS),
            instant=instant,
            mode=self.perhaps(MODES),
            collecting=self.perhaps(NAMES),
            date=self.perhaps(DAYS, 0.3),
            admitted=self.perhaps([each for each in INSTANTS if each >= instant]),
        )

    def queries(self, count: int = 40) -> list[Query]:
        return [self.query() for _ in range(count)]


makers = st.builds(Maker, st.integers(0, 1 << 64))


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
    assert len(answers) == 14, answers
    assert min(answers.values()) > 15, answers


@settings(deadline=None, max_examples=150)
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


@settings(deadline=None, max_examples=150)
@given(makers)
def test_the_order_of_the_feeds_changes_nothing(maker: Maker) -> None:
    world = maker.world()
    one, other = Coverage(*world), Coverage(*(maker.some(kind, len(kind)) for kind in world))
    for query in maker.queries():
        assert ask(one, query) == ask(other, query)


@settings(deadline=None, max_examples=150)
@given(makers)
def test_what_was_found_passes_the_check_at_admission(maker: Maker) -> None:
    coverage = Coverage(*maker.world())
    for query in maker.queries():
        if query.date is not None:
            continue  # a question about another day than its own is not a filing
        found = ask(coverage, query)
        if isinstance(found, application_pb2.Route):
            checked = check_route(coverage, found, query.instant, admitted=query.admitted)
            assert checked.route == found
