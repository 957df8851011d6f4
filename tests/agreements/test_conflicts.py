"""Two agreements in force that contradict each other: which wins, and that both parties are told."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings

from agreements.domain.conflicts import conflicts
from agreements.domain.coverage import Coverage, Query
from agreements.domain.terms import Moment
from agreements.text_conflicts import conflict_words
from tests.agreements.making import NOON, agreement, clause, document, item, node, nodes
from tests.agreements.worlds import Maker, makers
from tongban import errors
from tongban.v1 import agreement_pb2, types_pb2

NOW = Moment.of(NOON)
ACCEPTING = types_pb2.DECIDER_ACCEPTING
WIDE = document(
    clause(accepting=["nodes/b", "nodes/c"], items=["items/a.x", "items/a.y"]),
    name="agreements/wide",
    parties=["nodes/a", "nodes/b", "nodes/c"],
)


def pair(*texts: agreement_pb2.AgreementDocument) -> Coverage:
    return Coverage(map(agreement, texts), [item(), item("items/a.y")], nodes())


def told(coverage: Coverage, node: str = "") -> list[tuple[str, str, str, str]]:
    return [
        (c.item, c.accepting, c.winner.accord.name, c.loser.accord.name) for c in conflicts(coverage, NOW, node=node)
    ]


@pytest.mark.parametrize(
    ("other", "winner", "why"),
    [
        (document(clause(decider=ACCEPTING), name="agreements/z"), "agreements/z", "参与方较少"),
        (
            document(
                clause(accepting=["nodes/b"], decider=ACCEPTING),
                name="agreements/z",
                parties=["nodes/a", "nodes/b", "nodes/d"],
            ),
            "agreements/z",
            "事项较少",
        ),
        (
            document(
                clause(accepting=["nodes/b"], items=["items/a.x", "items/a.z"], decider=ACCEPTING),
                name="agreements/z",
                parties=["nodes/a", "nodes/b", "nodes/d"],
                effective=dt.date(2025, 2, 1),
            ),
            "agreements/z",
            "生效较晚",
        ),
    ],
)
def test_the_narrower_then_the_later_wins(other: agreement_pb2.AgreementDocument, winner: str, why: str) -> None:
    coverage = pair(WIDE, other)
    assert told(coverage) == [("items/a.x", "nodes/b", winner, "agreements/wide")]
    zh, en = conflict_words(coverage, conflicts(coverage, NOW)[0])
    assert why in zh
    assert "决定机关" in zh
    assert "wins" in en
    found = coverage.find(
        Query("items/a.x", "nodes/b", types_pb2.APPLICANT_KIND_PERSON, types_pb2.CHANNEL_WINDOW, NOON)
    )
    assert found.route.agreement == winner


def test_both_parties_are_told_and_nobody_else() -> None:
    coverage = pair(WIDE, document(clause(decider=ACCEPTING), name="agreements/z"))
    assert told(coverage, "nodes/a") == told(coverage, "nodes/b") == told(coverage) != []
    assert told(coverage, "nodes/c") == told(coverage)  # its own agreement yields
    assert told(coverage, "nodes/d") == []


def test_what_says_the_same_or_does_not_hold_is_no_conflict() -> None:
    same = document(clause(), name="agreements/z")
    assert told(pair(WIDE, same)) == []
    ended = document(clause(decider=ACCEPTING), name="agreements/z", expire=dt.date(2025, 3, 1))
    assert told(pair(WIDE, ended)) == []
    coverage = Coverage([agreement(WIDE), agreement(document(clause(decider=ACCEPTING)), signed=["nodes/a"])])
    assert told(coverage) == []


def test_an_item_by_name_and_the_same_by_its_pool() -> None:
    coded = item()
    coded.document.base_code = "442199806003"
    pooled = clause(items=(), home="", accepting=(), decider=ACCEPTING)
    pooled.pools.append("p")
    text = document(pooled, name="agreements/pool")
    text.pools.add(id="p", title="池", base_codes=["442199806003"])
    coverage = Coverage([agreement(WIDE), agreement(text)], [coded], nodes())
    assert told(coverage) == [("items/a.x", "nodes/b", "agreements/pool", "agreements/wide")]
    other = document(clause(items=(), home="", accepting=()), name="agreements/pool2")
    other.clauses[0].pools.append("p")
    other.pools.extend(text.pools)
    assert ("base/442199806003", "nodes/a", "agreements/pool", "agreements/pool2") in told(
        Coverage([agreement(text), agreement(other)], [coded], nodes())
    )


def test_an_agreement_goes_before_a_mandate() -> None:
    lists = document(clause(accepting=(), decider=ACCEPTING), name="agreements/list", parties=["nodes/p"])
    lists.kind, lists.issuer = agreement_pb2.AGREEMENT_KIND_MANDATE, "nodes/p"
    under = [node(name) for name in ("nodes/p", "nodes/a", "nodes/b", "nodes/c", "nodes/d")]
    for each in under[1:4]:
        each.profile.superior = "nodes/p"
    coverage = Coverage([agreement(WIDE), agreement(lists)], [item()], under)
    assert told(coverage) == [("items/a.x", w, "agreements/wide", "agreements/list") for w in ("nodes/b", "nodes/c")]
    assert "协议优先于授权清单" in conflict_words(coverage, conflicts(coverage, NOW)[0])[0]


@settings(deadline=None, max_examples=150)
@given(makers)
def test_who_is_said_to_win_is_never_passed_over_for_the_loser(maker: Maker) -> None:
    """Where both would cover a filing, the route cites no loser."""
    coverage = Coverage(*maker.world())
    for found in conflicts(coverage, NOW)[:20]:
        for query in maker.queries(10):
            asked = Query(found.item, found.accepting, query.applicant_kind, query.channel, NOON, query.mode)
            try:
                route = coverage.find(asked).route
            except errors.TongbanError:
                continue
            if (route.agreement, route.clause) != (found.loser.accord.name, found.loser.id):
                continue
            # The loser carries it only where the winner does not take such a filing.
            winner = found.winner
            takes = (
                not winner.accord.parts
                and (not winner.applicant_kinds or asked.applicant_kind in winner.applicant_kinds)
                and (not winner.channels or asked.channel in winner.channels)
                and (asked.mode is None or asked.mode in winner.modes)
                and winner.collects(asked.accepting, asked.accepting)
            )
            offered = coverage.item(found.item)
            assert offered is not None
            assert not takes or not set(winner.modes) & set(offered.modes)
