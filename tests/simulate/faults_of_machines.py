"""What happens to a machine: its process dies at some point, its disk or clock fails, its disk is replaced."""

from __future__ import annotations

import asyncio
import datetime as dt

from gateway.epochs import begin_epoch
from nodes.recovery import mark_restored
from nodes.store import QUERIES as NODE
from tests.simulate.ground import GATEWAY, Ground
from tests.simulate.machines import Mounted
from tongban import errors


def killed(ground: Ground) -> bool:
    """A node's process dies while nothing is under way in it."""
    region = ground.region()
    if ground.running(region) is None:
        return False
    ground.tell(f"{region} killed")
    ground.kill(region)
    return True


def gateway_killed(ground: Ground) -> bool:
    """The gateway's process dies, or that of one of its replicas."""
    name = ground.replica()
    if name not in ground.federation.gateways:
        return False
    ground.tell(f"{name} killed")
    ground.kill(name)
    return True


def killed_at_an_await(ground: Ground) -> bool:
    """A process dies some steps of the loop from now: between any two awaits of what it is doing then."""
    name, steps = ground.machine(), ground.chance.randint(1, 60)
    ground.tell(f"{name} dies in {steps} steps")

    async def die() -> None:
        for _ in range(steps):
            await asyncio.sleep(0)
        if ground.machines.armed:
            ground.kill(name)

    ground.spawn(die())
    return True


def killed_at_a_commit(ground: Ground) -> bool:
    """A process dies at its next commit, just before it or just after."""
    ground.machines.fail_a_commit(ground.machine())
    return True


def killed_between_statements(ground: Ground) -> bool:
    """A process dies between two statements of a unit of work."""
    ground.machines.fail_a_statement(ground.machine())
    return True


def disk_slow(ground: Ground) -> bool:
    """Every unit of work takes up to a second or so to begin."""
    name, most = ground.machine(), ground.chance.choice((0.02, 0.2, 1.5))
    mounted = ground.machines.mounted(name)
    if mounted is None:
        return False

    async def wait() -> None:
        await asyncio.sleep(ground.chance.uniform(0.0, most))

    mounted.latency = wait
    ground.later(ground.chance.uniform(2.0, 20.0), lambda: _quick(mounted))
    ground.tell(f"{name} disk slow, {most} s")
    return True


def _quick(database: Mounted) -> None:
    database.latency = None


def disk_full(ground: Ground) -> bool:
    """Nothing more fits on a disk for a while: SQLite refuses, the units fail as they do on a real one."""
    name = ground.machine()
    disk = ground.machines.disk(name)
    disk.fill()
    ground.later(ground.chance.uniform(2.0, 20.0), disk.free)
    ground.tell(f"{name} disk full")
    return True


def clock_skewed(ground: Ground) -> bool:
    """A machine's clock is off by up to two minutes from now on, which admission allows for."""
    name = ground.machine()
    ground.clocks[name].ahead = dt.timedelta(seconds=ground.chance.uniform(-120.0, 120.0))
    ground.tell(f"{name} clock {ground.clocks[name].ahead.total_seconds():.0f} s")
    return True


def clock_jumped(ground: Ground) -> bool:
    """A node's clock jumps back by an hour, or ahead of what admission allows, until somebody sets it right."""
    region = ground.region()
    clock = ground.clocks[region]
    clock.ahead = dt.timedelta(minutes=ground.chance.choice((-60, -20, 7, 60)))
    ground.later(ground.chance.uniform(1.0, 15.0), lambda: setattr(clock, "ahead", dt.timedelta(0)))
    ground.tell(f"{region} clock jumped {clock.ahead.total_seconds():.0f} s")
    return True


def node_restored(ground: Ground) -> bool:
    """A node's disk is replaced by its last backup, by the command that tells the node so.

    What it had not sent is lost with the disk, and nobody can promise otherwise; so it happens to nodes that have an
    answer to everything they made.
    """
    region = ground.region()
    run = ground.running(region)
    if run is None:
        return False

    async def restore() -> None:
        try:
            row = await run.core.database.look_up(lambda tx: tx.fetch_one(NODE.count_waiting))
        except errors.Unavailable:
            return
        if ground.running(region) is not run or row is None or row["events"] or run.core.recovering:
            return
        ground.kill(region)
        ground.machines.restore(region)
        ground.machines.edit(region, mark_restored)
        ground.restored.add(region)
        ground.tell(f"{region} restored")

    ground.spawn(restore())
    return True


def gateway_restored(ground: Ground) -> bool:
    """The gateway's disk is replaced by its last backup, by the command that says so to the gateway."""
    if ground.federation.gateway is None:
        return False
    for name in ground.gateways:
        ground.kill(name)
    ground.machines.restore_gateway(GATEWAY)
    now = ground.clocks[GATEWAY].now()
    ground.machines.edit(GATEWAY, lambda tx: begin_epoch(tx, now))
    ground.tell("gateway restored")
    return True
