"""The table of faults: what goes wrong in a run, and how often beside the others.

Each fault is a function that is given the ground of a run and does its harm, or gives False where there is nothing to
harm just now.  Whatever it begins, it also brings to an end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate

from tests.simulate import faults_of_lines as lines
from tests.simulate import faults_of_machines as machines
from tests.simulate import faults_of_memory as memory
from tests.simulate import faults_of_people as people
from tests.simulate import faults_of_trust as trust
from tests.simulate.ground import Ground


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault."""

    name: str
    weight: int
    strike: Callable[[Ground], bool]


KINDS = (
    Kind("killed", 6, machines.killed),
    Kind("killed at an await", 8, machines.killed_at_an_await),
    Kind("killed at a commit", 8, machines.killed_at_a_commit),
    Kind("killed between statements", 8, machines.killed_between_statements),
    Kind("gateway killed", 4, machines.gateway_killed),
    Kind("disk slow", 4, machines.disk_slow),
    Kind("disk full", 4, machines.disk_full),
    Kind("clock skewed", 3, machines.clock_skewed),
    Kind("clock jumped", 3, machines.clock_jumped),
    Kind("node restored", 3, machines.node_restored),
    Kind("gateway restored", 1, machines.gateway_restored),
    Kind("line cut", 8, lines.cut),
    Kind("one way only", 6, lines.one_way_only),
    Kind("frames delayed", 4, lines.delayed),
    Kind("frames doubled", 4, lines.doubled),
    Kind("frames swapped", 4, lines.swapped),
    Kind("frames lost", 4, lines.lost),
    Kind("batch torn", 6, lines.torn),
    Kind("frames from before", 6, lines.late),
    Kind("certificate expired", 2, trust.certificate_expired),
    Kind("keys rotated", 2, trust.keys_rotated),
    Kind("agreement suspended", 2, trust.agreement_suspended),
    Kind("hostile peer", 4, trust.hostile),
    Kind("did not wait", 4, people.did_not_wait),
    Kind("overstepped", 2, people.overstepped),
    Kind("carrier's word", 2, people.rumour),
    Kind("scanned again", 2, people.scanned_again),
    Kind("bit flipped", 2, memory.bit_flipped),
)
_WEIGHTS = list(accumulate(kind.weight for kind in KINDS))


def strike(ground: Ground) -> str | None:
    """Something goes wrong; what it was, or None where nothing could."""
    kind = ground.chance.choices(KINDS, cum_weights=_WEIGHTS)[0]
    return kind.name if kind.strike(ground) else None
