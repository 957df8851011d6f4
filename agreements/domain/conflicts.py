"""Two agreements in force that say different things of the same item at the same window.

Both may stand: the coverage function has one answer, the narrower agreement's, then the later one's.  But whoever
signed the other should know that it yields there, so both parties are warned, before a text is proposed and for as long
as the contradiction lasts.  What agrees in every respect that a filing notices is no conflict.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agreements.domain.coverage import Coverage
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


def conflicts(coverage: Coverage, moment: Moment, agreement: str | None = None) -> list[Conflict]:
    """The conflicts among what is in force at a moment, by item and window; of one agreement where it is named."""
    found: list[Conflict] = []
    for key, clauses in coverage.clauses():
        if agreement is not None and all(clause.accord.name != agreement for clause in clauses):
            continue
        holding = [clause for clause in clauses if clause.accord.standing(moment) is None]
        for winner, loser in _pairs(holding):
            if agreement is not None and agreement not in (winner.accord.name, loser.accord.name):
                continue
            elements = differences(winner, loser)
            for accepting in sorted(winner.accepting & loser.accepting) if elements else ():
                if _both_bind(coverage, winner, loser, accepting, moment):
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


def _pairs(clauses: Sequence[ClauseTerms]) -> Iterator[tuple[ClauseTerms, ClauseTerms]]:
    """Clauses of different agreements, the one that wins first."""
    ranked = sorted(clauses, key=preference)
    for place, winner in enumerate(ranked):
        for loser in ranked[place + 1 :]:
            if loser.accord.name != winner.accord.name and _same_homes(winner, loser):
                yield winner, loser


def _same_homes(one: ClauseTerms, other: ClauseTerms) -> bool:
    return not one.home or not other.home or one.home == other.home


def _both_bind(coverage: Coverage, winner: ClauseTerms, loser: ClauseTerms, accepting: str, moment: Moment) -> bool:
    homes = {home for home in (winner.home, loser.home) if home}
    return all(
        coverage.bound(clause.accord, node, moment) for clause in (winner, loser) for node in (accepting, *homes)
    )
