"""Nodes take new keys while they work: nothing is lost, and nobody who finds an old key can use it for long."""

from __future__ import annotations

from tests.federation.rotating import fresh_signing, naming, restart, rotate
from tests.federation.stage import ACCEPTING, HOME, Stage, play


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
