"""States that a node passes through are sound: a parked stream, a backup put back, and what came of it."""

from __future__ import annotations

import asyncio

import pytest

from gateway import fsck as gateway_fsck
from gateway.store import QUERIES as GATEWAY
from nodes import fsck
from nodes.store import QUERIES
from tests.federation.stage import ACCEPTING, HOME, OUTSIDE, Stage, play
from tests.federation.whole import NodeRun
from tongban import errors
from tongban.fsck import Report
from tongban.lifecycle.refolding import UNFOLDED


async def _checked(run: NodeRun) -> Report:
    own = run.core.keys.signing_key_id, run.core.keys.signing_public
    return await run.core.database.run(lambda tx: fsck.check(tx, node=run.core.name, own_key=own), read_only=True)


async def _sound(*runs: NodeRun) -> None:
    for run in runs:
        report = await _checked(run)
        assert report.sound, report.as_json()


def test_a_node_restored_from_a_backup() -> None:
    async def act(stage: Stage) -> None:
        journey = stage.journey()
        await journey.submit()
        await stage.federation.settled()
        image = stage.disks.disk(ACCEPTING).image()
        await stage.send_off(journey.name)
        await stage.federation.settled()
        run = await stage.restart_from(image)
        await _sound(run)
        await stage.federation.stop_node(ACCEPTING)
        run = await stage.federation.start_node(ACCEPTING)
        await stage.federation.settled(120)
        await _sound(run, stage.home)
        journey.accepting = run
        await journey.submit()
        await stage.federation.settled(120)
        await _sound(run, stage.home)

    play(act)


def test_a_stream_that_is_parked() -> None:
    """潮州 loses its copy of a node's keys, so what that node signs is parked, until the keys come again."""

    async def act(stage: Stage) -> None:
        journey = stage.journey()
        await journey.submit()
        await stage.federation.settled()
        directory = stage.accepting.core.shared.directory
        known = dict(directory._keys)
        directory._keys.clear()
        await journey.decide()
        await stage.federation.settled()
        parked = await stage.accepting.core.database.run(lambda tx: tx.fetch_all(QUERIES.list_parked_streams))
        assert [row["name"] for row in parked] == [journey.name]
        await _sound(stage.accepting, stage.home)
        directory._keys.update(known)
        await stage.accepting.core.intake.retry_parked()
        assert not await stage.accepting.core.database.run(lambda tx: tx.fetch_all(QUERIES.list_parked_streams))
        await _sound(stage.accepting, stage.home)

    play(act)


def test_a_node_that_is_no_party_and_one_that_works_alone() -> None:
    async def act(stage: Stage) -> None:
        stage.accepting.line.cut()
        journey = stage.journey()
        await journey.submit()
        await stage.send_off(journey.name)
        await asyncio.sleep(3600)
        await _sound(*stage.federation.nodes.values())

    play(act, regions=(HOME, ACCEPTING, OUTSIDE))


def test_states_of_an_earlier_fold_are_no_finding() -> None:
    """Put back from a backup of the program before, and not started since: fsck asks for a start, and finds nothing."""

    async def act(stage: Stage) -> None:
        await stage.journey().submit()
        await stage.federation.settled()
        marked = {"key": UNFOLDED, "value": "1"}
        gateway = stage.federation.gateway
        assert gateway is not None
        keys = {key.key_id: key.public_key for key in gateway.receipt_keys}
        await stage.home.core.database.run(lambda tx: tx.execute(QUERIES.put_setting, marked))
        await gateway.database.run(lambda tx: tx.execute(GATEWAY.put_setting, marked))
        with pytest.raises(errors.ConfigurationInvalid, match="start this program once"):
            await _checked(stage.home)
        with pytest.raises(errors.ConfigurationInvalid, match="start this program once"):
            await gateway.database.run(lambda tx: gateway_fsck.check(tx, gateway=gateway.name, receipt_keys=keys))
        await stage.federation.stop_node(HOME)
        await _sound(await stage.federation.start_node(HOME))

    play(act)
