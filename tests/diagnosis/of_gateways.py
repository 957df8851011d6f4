"""What the gateway answers, in a federation on the virtual clock, which measures the time from a fault to its name."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, replace
from unittest import mock

import gateway.session
import nodes.core
import nodes.session
from gateway.epochs import begin_epoch
from gateway.operator import Operator
from nodes.domain import diagnosis
from tests.diagnosis.kit import banner, watch
from tests.diagnosis.table import Named, Table, first
from tests.federation.stage import ACCEPTING, Stage
from tongban.clock import Clock
from tongban.faults import Finding, Hop, Party
from tongban.faults.reasons import BY_REASON, CONDITIONS
from tongban.v1 import registry_pb2

GATEWAYS = Table()


@dataclass(slots=True)
class Off:
    """A clock that is wrong."""

    true: Clock
    by: dt.timedelta

    def now(self) -> dt.datetime:
        """What it shows."""
        return self.true.now() + self.by

    def monotonic(self) -> float:
        """As the other."""
        return self.true.monotonic()


@GATEWAYS.stage("the line breaks", "LINE_SILENT", "network", "line")
async def _(stage: Stage) -> Named:
    run, _ = await watch(stage)
    await stage.federation.settled()
    run.line.cut()
    return await banner(run, "LINE_SILENT")


@GATEWAYS.stage("the line falls silent without breaking", "LINE_SILENT", "network", "line")
async def _(stage: Stage) -> Named:
    run, _ = await watch(stage)
    await stage.federation.settled()
    run.line.up = False
    return await banner(run, "LINE_SILENT")


@GATEWAYS.stage("the gateway dies", "GATEWAY_NOT_RUNNING", "gateway", "gateway")
async def _(stage: Stage) -> Named:
    run, _ = await watch(stage)
    await stage.federation.settled()
    await stage.federation.stop_gateway()
    return await banner(run, "GATEWAY_NOT_RUNNING")


@GATEWAYS.stage("the gateway stops for maintenance", "GATEWAY_DRAINING", "gateway", "gateway")
async def _(stage: Stage) -> Named:
    run, _ = await watch(stage)
    await stage.federation.settled()
    assert stage.federation.gateway is not None
    stage.federation.gateway.draining.set()
    await asyncio.sleep(0.05)
    await stage.federation.stop_gateway()
    return await banner(run, "GATEWAY_DRAINING")


@GATEWAYS.stage("the gateway speaks older versions only", "GATEWAY_OLDER", "gateway", "gateway")
async def _(stage: Stage) -> Named:
    with mock.patch.object(nodes.session, "PROTOCOL_VERSION", 7):
        run, _ = await watch(stage)
        return await banner(run, "GATEWAY_OLDER")


@GATEWAYS.stage("this node speaks older versions only", "OWN_OLDER", "own-node", "node")
async def _(stage: Stage) -> Named:
    with mock.patch.object(gateway.session, "PROTOCOL_VERSIONS", (9,)):
        run, _ = await watch(stage)
        return await banner(run, "OWN_OLDER")


@GATEWAYS.stage("the gateway wants newer lifecycles", "OWN_OLDER", "own-node", "node")
async def _(stage: Stage) -> Named:
    with mock.patch.object(gateway.session, "SUPPORTED_LIFECYCLE_VERSIONS", (9,)):
        run, _ = await watch(stage)
        return await banner(run, "OWN_OLDER")


@GATEWAYS.stage("the gateway was put back from a backup", "EPOCH_CHANGED", "gateway", "gateway")
async def _(stage: Stage) -> Named:
    """It asks every node what it holds, and waits for those that are away."""
    federation = stage.federation
    image = stage.disks.disk("gateway").image()
    stage.home.line.cut()
    await federation.stop_node(ACCEPTING)
    await federation.stop_gateway()
    stage.disks.disk("gateway").restore(image)
    now = federation.clock.now()
    await (await federation.open("gateway")).run(lambda tx: begin_epoch(tx, now))
    await federation.start_gateway()
    run, _ = await watch(stage)
    found = await banner(run, "EPOCH_CHANGED")
    stage.home.line.up = True
    await asyncio.sleep(60)
    return found


@GATEWAYS.stage("this node was put back from a backup", "OWN_RECOVERING", "own-node", "node")
async def _(stage: Stage) -> Named:
    image = stage.disks.disk(ACCEPTING).image()
    await stage.journey().submit()
    await stage.federation.settled()
    await stage.federation.stop_node(ACCEPTING)
    stage.disks.disk(ACCEPTING).restore(image)
    await stage.federation.start_node(ACCEPTING, dial=False)
    with mock.patch.object(nodes.core.NodeCore, "note_recovery", _never):
        run, _ = await watch(stage)
        return await banner(run, "OWN_RECOVERING")


async def _never(core: object) -> None:
    """As long as there is still something to read."""


@GATEWAYS.stage("the gateway's disk is full", "GATEWAY_FULL", "gateway", "gateway")
async def _(stage: Stage) -> Named:
    stage.disks.disk("gateway").fill()
    for _ in range(40):
        await stage.journey().submit()
    await asyncio.sleep(5)
    run, _ = await watch(stage)
    found = await banner(run, "GATEWAY_FULL")
    stage.disks.disk("gateway").free()
    return found


@GATEWAYS.stage("the gateway has no room for another link", "GATEWAY_BUSY", "gateway", "gateway")
async def _(stage: Stage) -> Named:
    assert stage.federation.gateway is not None
    stage.federation.gateway.max_links = 0
    run, _ = await watch(stage)
    return await banner(run, "GATEWAY_BUSY")


@GATEWAYS.stage("this machine's clock is twenty minutes fast", "OWN_CLOCK_WRONG", "own-node", "node")
async def _(stage: Stage) -> Named:
    run, _ = await watch(stage, clock=Off(stage.federation.clock, dt.timedelta(minutes=20)))
    return await banner(run, "OWN_CLOCK_WRONG")


@GATEWAYS.stage("this machine's clock fell back by a day", "OWN_CLOCK_DOUBTED", "own-node", "node")
async def _(stage: Stage) -> Named:
    """It is behind what it has received; the gateway need not even be reached to know that."""
    off = Off(stage.federation.clock, dt.timedelta())
    run, _ = await watch(stage, clock=off)
    await stage.journey().submit()
    await stage.federation.settled()
    run.line.cut()
    off.by = dt.timedelta(days=-1)
    return await banner(run, "OWN_CLOCK_DOUBTED")


@GATEWAYS.stage("an event was refused for the clock's sake", "CLAIMED_TIME_IN_FUTURE", "own-node", "node")
async def _(stage: Stage) -> Named:
    await watch(stage, clock=Off(stage.federation.clock, dt.timedelta(minutes=20)))
    await stage.journey().submit()
    return await task(stage, "CLAIMED_TIME_IN_FUTURE")


@GATEWAYS.stage("this node was suspended", "OWN_SUSPENDED", "gateway", "gateway")
async def _(stage: Stage) -> Named:
    run, _ = await watch(stage)
    await stage.federation.settled()
    await suspend(stage, f"nodes/{ACCEPTING}")
    return await banner(run, "OWN_SUSPENDED")


@GATEWAYS.stage("a suspended node's step was refused", "NODE_NOT_ACTIVE", "gateway", "gateway")
async def _(stage: Stage) -> Named:
    stage.accepting.line.cut()
    await stage.journey().submit()
    await suspend(stage, f"nodes/{ACCEPTING}")
    stage.accepting.line.up = True
    return await task(stage, "NODE_NOT_ACTIVE", 120)


@GATEWAYS.stage("this node's signing key is past its dates", "OWN_KEY_EXPIRED", "own-node", "node")
async def _(stage: Stage) -> Named:
    core = stage.accepting.core
    late = stage.federation.clock.now() + dt.timedelta(days=365 * 6)
    key = core.keys.signer().key_id
    return first(diagnosis.standing(core.shared.directory, core.name, key, late))


async def suspend(stage: Stage, node: str) -> None:
    """As the operator does."""
    federation = stage.federation
    assert federation.gateway is not None
    await Operator(federation.gateway, federation.keys["gateway"], federation.entropy).suspend(node, "operator")


async def task(stage: Stage, code: str, seconds: float = 10.0, region: str = ACCEPTING) -> Named:
    """What a supervisor is told of a step that was refused."""
    run = stage.federation.nodes[region]

    async def find() -> list[registry_pb2.Finding]:
        return [each.finding for each in (await stage.status(run)).tasks]

    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    found = await find()
    while not found and loop.time() < end:
        await asyncio.sleep(0.1)
        found = await find()
    assert found, "there is no task"
    return told(next((each for each in found if each.code == code), found[0]))


def told(said: registry_pb2.Finding) -> Named:
    """A finding that came as a message, as a finding again; the moment it is there it has its name."""
    fault = BY_REASON.get(said.code) or CONDITIONS[said.code]
    fault = replace(fault, hop=Hop(said.hop), remedy=(said.remedy_zh, said.remedy_en))
    words = (said.message_zh, said.message_en)
    return Named(Finding(fault, about=said.stream, name=said.node, said=words, party=Party(said.party)))
