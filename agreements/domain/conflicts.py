"""Two agreements in force that say different things of the same item at the same window.

Both may stand: the coverage function has one answer, the narrower agreement's, then the later one's.  But whoever
signed the other should know that it yields there, so both parties are warned, before a text is proposed and for as long
as the contradiction lasts.  What agrees in every respect that a filing notices is no conflict.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agreements.domain.coverage import Coverage
from agreements.domain.documents import owner_of
from agreements.domain.terms import ClauseTerms, Moment, preference

ELEMENTS = ("decider", "collecting", "modes", "channels", "applicant_kinds", "paper", "promised_working_days")
"""What is compared, in the order in which it is told."""

MOST = 200
"""So many conflicts are told of; more are of no use to a reader."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """At `accepting`, two clauses name `item` (or the pool `base/{code}`) and differ in `elements`."""

    item: str
    accepting: str
    winner: ClauseTerms
    loser: ClauseTerms
    elements: tuple[str, ...]


def conflicts(coverage: Coverage, moment: Moment, agreement: str | None = None, node: str = "") -> list[Conflict]:
    """The conflicts among what is in force at a moment, by item and window.

    Of one agreement where it is named; where a node is, of those that it is a party of, and of those at its windows.
    """
    found: list[Conflict] = []
    for key in sorted(coverage.keys(node, agreement)):
        for winner, loser in _pairs(coverage, key, moment):
            if agreement is not None and agreement not in (winner.accord.name, loser.accord.name):
                continue
            elements = differences(winner, loser)
            for accepting in _windows(coverage, winner, loser, key) if elements else ():
                if node and node != accepting and node not in winner.accord.parties | loser.accord.parties:
                    continue
                if _both_bind(coverage, winner, loser, accepting, _homes(key, winner, loser), moment):
                    found.append(Conflict(key, accepting, winner, loser, elements))
                    if len(found) == MOST:
                        return found
    return found


def differences(one: ClauseTerms, other: ClauseTerms) -> tuple[str, ...]:
    """In what two clauses differ for a filing; the order in which modes and places are listed is nothing."""
    return tuple(element for element in ELEMENTS if _value(one, element) != _value(other, element))


def _value(clause: ClauseTerms, element: str) -> object:
    value = getattr(clause, element)
    if element == "collecting" and clause.collecting_anywhere:
        return "anywhere"
    return frozenset(value) if element == "modes" else value


def _pairs(coverage: Coverage, key: str, moment: Moment) -> Iterator[tuple[ClauseTerms, ClauseTerms]]:
    """Clauses of different agreements that hold, the one that wins first.

    An item is named by itself or by its pool; two clauses that both name the pool are told of once, with the pool.
    """
    named = coverage.clauses(key)
    entry = coverage.item(key)
    pooled = coverage.clauses(entry.pool) if entry is not None and entry.pool and named else ()
    direct = set(map(id, named))
    ranked = sorted((c for c in (*named, *pooled) if c.accord.standing(moment) is None), key=preference)
    for place, winner in enumerate(ranked):
        for loser in ranked[place + 1 :]:
            if loser.accord.name == winner.accord.name or not direct & {id(winner), id(loser)}:
                continue
            if not winner.home or not loser.home or winner.home == loser.home:
                yield winner, loser


def _windows(coverage: Coverage, winner: ClauseTerms, loser: ClauseTerms, key: str) -> list[str]:
    """The nodes that take in by both; a mandate's are those under its issuer."""
    both = [coverage.under(each.accord.issuer) if each.anyone else each.accepting for each in (winner, loser)]
    found = sorted((both[0] & both[1]) - _homes(key, winner, loser))
    if not key.startswith("items/"):
        return found
    home = owner_of(key)  # A clause that names a pool may be for another home's items of it.
    return [node for node in found if winner.takes(node, home) and loser.takes(node, home)]


def _homes(key: str, winner: ClauseTerms, loser: ClauseTerms) -> frozenset[str]:
    """Whose item it is; of a pool nobody's, unless a clause says so."""
    if key.startswith("items/"):
        return frozenset({owner_of(key)})
    return frozenset(home for home in (winner.home, loser.home) if home)


def _both_bind(
    coverage: Coverage,
    winner: ClauseTerms,
    loser: ClauseTerms,
    accepting: str,
    homes: frozenset[str],
    moment: Moment,
) -> bool:
    return all(
        coverage.bound(clause.accord, node, moment) for clause in (winner, loser) for node in (accepting, *homes)
    )
