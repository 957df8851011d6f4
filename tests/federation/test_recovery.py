"""A gateway or a node is put back from an old backup: nothing is lost, nothing doubled, and nobody has to be believed."""

from __future__ import annotations

import asyncio

from gateway.epochs import begin_epoch
from gateway.store import QUERIES as GATEWAY
from tests.federation.stage import Stage, play

DAY = 86_400


async def put_back_gateway(stage: Stage, image: bytes, *, marked: bool = True) -> None:
    """The gateway's disk is replaced by a backup, by `restore` or by hand, and it runs again."""
    federation = stage.federation
    await federation.stop_gateway()
    stage.disks.disk("gateway").restore(image)
    if marked:
        now = federation.clock.now()
        await (await federation.open("gateway")).run(lambda tx: begin_epoch(tx, now))
    await federation.start_gateway()


async def journal(stage: Stage) -> dict[tuple[str, int], bytes]:
    """The gateway's journal, checked for gaps: each place with its digest."""
    assert stage.federation.gateway is not None
    rows = await stage.federation.gateway.database.run(
        lambda tx: tx.fetch_all(GATEWAY.list_events, {"size": 100_000}), read_only=True
    )
    found = {(row["stream"], row["version"]): row["digest"] for row in rows}
    assert len({row["event_id"] for row in rows}) == len(rows)
    for stream, version in found:
        assert version == 1 or (stream, version - 1) in found
    return found


def test_a_gateway_put_back_has_its_history_again_from_its_nodes() -> None:
    async def act(stage: Stage) -> None:
        journey = stage.journey()
        await journey.submit()
        await stage.federation.settled()
        image = stage.disks.disk("gateway").image()
        await journey.decide()
        first = journey.name
        await journey.submit()
        packed = await stage.send_off(journey.name)
        await stage.federation.settled()
        before = await journal(stage)
        await asyncio.sleep(DAY)
        await put_back_gateway(stage, image)
        assert len(await journal(stage)) < len(before)
        await stage.federation.settled(120)
        assert await journal(stage) == before
        await journey.decide()
        await stage.federation.settled()
        for name in (first, journey.name, packed.parcel.name):
            await stage.same_everywhere(name)
        for run in (stage.home, stage.accepting):
            assert not (await stage.status(run)).tasks
            assert run.core.epoch > 1

    play(act)
