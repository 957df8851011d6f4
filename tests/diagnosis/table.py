"""The table: each fault, whom it must be laid to, and how it is produced."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.federation.stage import ACCEPTING, HOME, Stage, play
from tongban.faults import Finding

LIMIT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Named:
    """What was said first, and how long it took from the fault to its name, at most."""

    finding: Finding
    seconds: float = 0.0


Produce = Callable[[Path], Awaitable[Named] | Named]
Act = Callable[[Stage], Awaitable[Named]]


@dataclass(frozen=True, slots=True)
class Case:
    """A fault: its code, the party and hop it must be laid to, by name where it is one of several."""

    name: str
    code: str
    party: str
    hop: str
    produce: Produce
    node: str = ""


class Table:
    """Collects cases; use as a decorator."""

    def __init__(self) -> None:
        self.cases: list[Case] = []

    def add(self, name: str, code: str, party: str, hop: str, *, node: str = "") -> Callable[[Produce], Produce]:
        """The decorated function produces this fault."""

        def added(produce: Produce) -> Produce:
            self.cases.append(Case(name, code, party, hop, produce, node))
            return produce

        return added

    def stage(
        self, name: str, code: str, party: str, hop: str, *, node: str = "", regions: Sequence[str] = (HOME, ACCEPTING)
    ) -> Callable[[Act], Act]:
        """The decorated act produces it in a federation on the virtual clock."""

        def added(act: Act) -> Act:
            def produce(home: Path) -> Named:
                held: list[Named] = []

                async def noted(stage: Stage) -> None:
                    held.append(await act(stage))

                play(noted, regions=regions)
                return held[0]

            self.cases.append(Case(name, code, party, hop, produce, node))
            return act

        return added


def first(findings: Sequence[Finding], seconds: float = 0.0) -> Named:
    """The finding that a reader sees first."""
    assert findings, "nothing was found"
    return Named(findings[0], seconds)


def is_right(case: Case, named: Named) -> bool:
    """Whether party, hop and remedy are those of the fault, in time."""
    found = named.finding
    return (
        (found.fault.code, found.at_fault.value, found.fault.hop.value) == (case.code, case.party, case.hop)
        and (not case.node or found.name == case.node)
        and bool(found.what("zh") and found.remedy("zh") and found.what("en") and found.remedy("en"))
        and named.seconds <= LIMIT_SECONDS
    )
