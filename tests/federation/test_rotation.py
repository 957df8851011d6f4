"""Nodes take new keys while they work: nothing is lost, and nobody who finds an old key can use it for long."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from tests.federation.rotating import fresh_signing, naming, restart, rotate
from tests.federation.stage import ACCEPTING, HOME, Stage, play
from tongban import errors
from tongban.v1 import lifecycle_pb2

HOUR = dt.timedelta(hours=1)


async def _file(stage: Stage, count: int) -> list[str]:
    """潮州 takes in applications."""
    filed = []
    for _ in range(count):
        journey = stage.journey()
        await journey.submit()
        filed.append(journey.name)
    return filed


async def _arrived(stage: Stage, names: list[str]) -> None:
    """All are at 漳州 as they are in 潮州, and nothing was refused or waits."""
    for run in (stage.home, stage.accepting):
        status = await stage.status(run)
        assert (status.waiting_events, list(status.parked), list(status.tasks)) == (0, [], [])
    for name in names:
        await stage.same_everywhere(name)
        application = await stage.home.core.state(name)
        assert application.state == lifecycle_pb2.APPLICATION_STATE_SUBMITTED


def test_several_rotations_are_read_in_one_go() -> None:
    """Each is signed with a key that the one before brought, and no other feed moves afterwards."""

    async def act(stage: Stage) -> None:
        stage.home.line.cut()
        run = stage.accepting
        for _ in range(3):
            old = run.core.keys
            new = fresh_signing(stage, old)
            await rotate(run, naming(stage, run.core.name, (new, old)))
            await stage.federation.settled()
            run = await restart(stage, ACCEPTING, new)
            await rotate(run, naming(stage, run.core.name, (new,)))
            await stage.federation.settled()
        stage.home.line.up = True
        await stage.federation.settled(60)
        status = await stage.status(stage.home)
        assert not status.parked
        known = stage.home.core.shared.directory.node(run.core.name)
        assert run.core.keys.signing_key_id in {key.key_id for key in known.keys}
        assert len(known.retired_keys) == 3

    play(act, regions=(HOME, ACCEPTING))


@pytest.mark.parametrize("days", [0, 29])
def test_a_node_rotates_with_a_full_outbox(days: int) -> None:
    """In one step, while its line is down: it goes on with the old key, is started with the new one, and goes on."""

    async def act(stage: Stage) -> None:
        stage.accepting.line.cut()
        names = await _file(stage, 20)
        new = fresh_signing(stage, stage.accepting.core.keys)
        name = stage.accepting.core.name
        await rotate(stage.accepting, naming(stage, name, (new,), handover=HOUR))
        names += await _file(stage, 20)
        run = await restart(stage, ACCEPTING, new, dial=False)
        run.line.cut()
        names += await _file(stage, 20)
        assert await stage.waiting(run) == 61
        stage.loop.jump(dt.timedelta(days=days).total_seconds())
        await stage.federation.stop_node(ACCEPTING)
        await stage.federation.start_node(ACCEPTING)
        await stage.federation.settled(120)
        await _arrived(stage, names)
        known = stage.home.core.shared.directory.node(name)
        assert [len(known.retired_keys), len(known.retirements)] == [1, 1]

    play(act)


def test_a_key_that_went_out_of_use_signs_nothing_at_its_own_node() -> None:
    """The desk hears it at once: else it would be accepted there, and refused by the gateway for good."""

    async def act(stage: Stage) -> None:
        run = stage.accepting
        old = run.core.keys
        new = fresh_signing(stage, old)
        names = await _file(stage, 1)
        await rotate(run, naming(stage, run.core.name, (new,)))
        for _ in range(2):  # before the gateway has answered, and after it
            await asyncio.sleep(0.001)
            with pytest.raises(errors.KeyNotActive):
                await _file(stage, 1)
            await stage.federation.settled()
        run = await restart(stage, ACCEPTING, old)
        with pytest.raises(errors.KeyNotActive):
            await _file(stage, 1)
        await restart(stage, ACCEPTING, new)
        names += await _file(stage, 1)
        await stage.federation.settled()
        await _arrived(stage, names)

    play(act)


def test_two_people_rotate_at_once() -> None:
    """The second one's list retires the first one's key; the first one is told, and cannot take the node with it."""

    async def act(stage: Stage) -> None:
        run = stage.accepting
        old = run.core.keys
        one, two = fresh_signing(stage, old), fresh_signing(stage, old)
        name = run.core.name
        await rotate(run, naming(stage, name, (one, old)))
        await stage.federation.settled()
        await rotate(run, naming(stage, name, (two, old)))
        await stage.federation.settled()
        with pytest.raises(errors.KeyNotActive) as refused:
            await rotate(run, naming(stage, name, (one, old)))
        assert refused.value.facts["key"] == one.signing_key_id
        run = await restart(stage, ACCEPTING, two)
        names = await _file(stage, 1)
        await rotate(run, naming(stage, name, (two,)))
        await stage.federation.settled()
        names += await _file(stage, 1)
        await stage.federation.settled()
        await _arrived(stage, names)

    play(act)


def test_a_revoked_key_and_what_it_signed_before() -> None:
    """What was receipted stays valid everywhere, for who reads it later too."""

    async def act(stage: Stage) -> None:
        stage.home.line.cut()
        names = await _file(stage, 3)
        await stage.federation.settled()
        run = stage.accepting
        old = run.core.keys
        new = fresh_signing(stage, old)
        await rotate(run, naming(stage, run.core.name, (new,), revoked=(old,)))
        await stage.federation.settled()
        run = await restart(stage, ACCEPTING, new)
        names += await _file(stage, 3)
        await stage.federation.settled()
        stage.home.line.up = True
        await stage.federation.settled(60)
        await _arrived(stage, names)

    play(act)
