"""How a broken invariant is told, and what was looked at when none was."""

from __future__ import annotations

from collections import Counter
from typing import NoReturn


class InvariantBroken(AssertionError):
    """An invariant does not hold: which one, where, and what was found."""

    def __init__(self, invariant: str, problem: str, **where: object) -> None:
        self.invariant = invariant
        self.problem = problem
        self.where = {key: value for key, value in where.items() if value not in (None, "")}
        place = " ".join(f"{key}={value}" for key, value in self.where.items())
        super().__init__(f"[{invariant}] {problem}" + (f" ({place})" if place else ""))


def broken(invariant: str, problem: str, **where: object) -> NoReturn:
    """Say that an invariant does not hold; `where` names stream, version, event, node as far as they are known."""
    raise InvariantBroken(invariant, problem, **where)


def hold(condition: bool, invariant: str, problem: str, **where: object) -> None:
    """The condition, or a named breach."""
    if not condition:
        broken(invariant, problem, **where)


Counts = Counter[str]
"""What was checked, by its name: the figures that a run prints."""
