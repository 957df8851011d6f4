"""What happens to a gateway of two replicas: between them, and between one of them and the database they share."""

from __future__ import annotations

from tests.simulate.ground import Ground
from tests.simulate.shared_disk import STOPPED, Replica

_HASTY = 0.3
"""How often a unit is stopped before a statement while the database is busy."""


def out_of_reach(ground: Ground) -> bool:
    """No way leads from a node to one of the replicas; it has to go to the other one."""
    region, name = ground.region(), ground.replica()
    ground.lines[region].wire.out_of_reach.add(name)
    ground.lines[region].break_off(name)
    ground.later(ground.chance.uniform(2.0, 60.0), lambda: ground.lines[region].wire.out_of_reach.discard(name))
    ground.tell(f"{region} cannot reach {name}")
    return True


def both_killed(ground: Ground) -> bool:
    """The whole gateway is gone."""
    if not ground.federation.gateways:
        return False
    ground.tell("both replicas killed")
    for name in ground.gateways:
        ground.kill(name)
    return True


def held_up(ground: Ground) -> bool:
    """The units of a replica are stopped between many of their statements, with the rows that they have locked."""
    name = ground.replica()
    mounted = ground.machines.mounted(name)
    if not isinstance(mounted, Replica):
        return False
    mounted.stopped = _HASTY
    ground.later(ground.chance.uniform(5.0, 40.0), lambda: setattr(mounted, "stopped", STOPPED))
    ground.tell(f"{name} held up at its database")
    return True


def connection_lost(ground: Ground) -> bool:
    """A replica loses its connection to the database at its next commit: just before it, or in it."""
    name = ground.replica()
    mounted = ground.machines.mounted(name)
    if not isinstance(mounted, Replica):
        return False
    mounted.loses_connection = True
    ground.tell(f"{name} loses its connection to the database")
    return True


def half_dead(ground: Ground) -> bool:
    """A node dials the other replica while the one that it had still serves what was under way."""
    region = ground.region()
    line = ground.lines[region]
    if region not in ground.federation.nodes or len(ground.federation.gateways) < len(ground.gateways):
        return False
    pipe = line.half_dead()
    if pipe is None:
        return False
    line.wire.out_of_reach.add(pipe.replica)
    pipe.release_after(ground.chance.uniform(0.0, 1.0))
    ground.later(ground.chance.uniform(1.0, 20.0), pipe.cut)
    ground.later(ground.chance.uniform(1.0, 20.0), lambda: ground.lines[region].wire.out_of_reach.discard(pipe.replica))
    ground.tell(f"{region} half dead at {pipe.replica}")
    return True
