"""The table of faults: what goes wrong in a run, and how often beside the others.

Each fault is a function that is given the ground of a run and does its harm, or gives False where there is nothing to
harm just now.  Whatever it begins, it also brings to an end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.simulate import faults_of_agreements as treaties
from tests.simulate import faults_of_lines as lines
from tests.simulate import faults_of_machines as machines
from tests.simulate import faults_of_memory as memory
from tests.simulate import faults_of_people as people
from tests.simulate import faults_of_replicas as replicas
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
OF_REPLICAS = (
    Kind("replica out of reach", 6, replicas.out_of_reach),
    Kind("both replicas killed", 2, replicas.both_killed),
    Kind("replica held up", 6, replicas.held_up),
    Kind("connection lost", 4, replicas.connection_lost),
    Kind("replica half dead", 6, replicas.half_dead),
)
"""Besides, where the gateway has two replicas."""
OF_AGREEMENTS = (Kind("agreement amended", 12, treaties.amended),)
"""Besides, where agreements change."""
FAVOURED: dict[str, int] = {}
"""Kinds that come more often, and how many times as often."""


def strike(ground: Ground) -> str | None:
    """Something goes wrong; what it was, or None where nothing could."""
    kinds = KINDS if len(ground.gateways) == 1 else (*KINDS, *OF_REPLICAS)
    if ground.amending:
        kinds = (*kinds, *OF_AGREEMENTS)
    weights = [kind.weight * FAVOURED.get(kind.name, 1) for kind in kinds]
    kind = ground.chance.choices(kinds, weights)[0]
    return kind.name if kind.strike(ground) else None
