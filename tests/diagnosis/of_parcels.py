"""Paper on its way: what the courier, the sender, the receiver or the scan is to be asked about."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from nodes.console.labels import CARRIERS
from nodes.desk.faults import FaultDesk
from tests.diagnosis.table import Named, Table, first
from tests.federation.stage import Stage
from tests.federation.whole import NodeRun
from tongban.faults import Finding
from tongban.v1 import mailroom_pb2, parcel_pb2

PARCELS = Table()
SENDER = "nodes/445100"


async def _sent(stage: Stage) -> mailroom_pb2.PackParcelResponse:
    journey = stage.journey()
    await journey.submit()
    await stage.federation.settled()
    packed = await stage.send_off(journey.name)
    await stage.federation.settled()
    return packed


async def _said(run: NodeRun, name: str) -> list[Finding]:
    parcel = await run.core.state(name)
    assert isinstance(parcel, parcel_pb2.Parcel)
    return FaultDesk(run.core).parcel(parcel, CARRIERS)


async def _take_in(
    run: NodeRun, stub: str, *, seals: Sequence[str] = ("SEAL-0001",), waybill: str = "EB1", post: str = "mailroom-1"
) -> None:
    request = mailroom_pb2.TakeInParcelRequest(stub=stub, seals=seals, waybill=waybill)
    await run.desks.mailroom.take_in_parcel(run.staff(post), request)


@PARCELS.stage("a carrier is silent for days", "CARRIER_SILENT", "carrier", "courier")
async def _(stage: Stage) -> Named:
    packed = await _sent(stage)
    await asyncio.sleep(10 * 24 * 3600)
    return first(await _said(stage.accepting, packed.parcel.name))


@PARCELS.stage("a parcel came to the wrong place", "PARCEL_WRONG_POST", "carrier", "courier")
async def _(stage: Stage) -> Named:
    packed = await _sent(stage)
    await _take_in(stage.home, packed.stub, post="window-1")
    found = await _said(stage.home, packed.parcel.name)
    assert found[0].what() == "邮包送错了地方:应到漳州市 收发室,现在漳州市 综合窗口。"
    return first(found)


@PARCELS.stage("a parcel's seals have other numbers", "PARCEL_OPENED_ON_THE_WAY", "carrier", "courier")
async def _(stage: Stage) -> Named:
    packed = await _sent(stage)
    await _take_in(stage.home, packed.stub, seals=["SEAL-9999"])
    return first(await _said(stage.home, packed.parcel.name))


@PARCELS.stage("another waybill was scanned", "PARCEL_SCAN_WRONG", "clerk", "desk")
async def _(stage: Stage) -> Named:
    packed = await _sent(stage)
    await _take_in(stage.home, packed.stub, waybill="EB9")
    return first(await _said(stage.home, packed.parcel.name))


@PARCELS.stage("an original is not in the parcel", "PARCEL_CONTENTS_DIFFER", "partner", "far-desk", node=SENDER)
async def _(stage: Stage) -> Named:
    packed = await _sent(stage)
    await _take_in(stage.home, packed.stub)
    name, desk, staff = packed.parcel.name, stage.home.desks.mailroom, stage.home.staff("mailroom-1")
    await desk.open_parcel(staff, mailroom_pb2.OpenParcelRequest(name=name, seals_intact=True, witness="s-two"))
    missing = parcel_pb2.ItemCheck(item=packed.parcel.manifest[0].item, outcome=parcel_pb2.CHECK_OUTCOME_MISSING)
    await desk.check_items(staff, mailroom_pb2.CheckItemsRequest(name=name, checks=[missing]))
    return first(await _said(stage.home, name))


@PARCELS.stage("a parcel is here before its sender's records", "PARCEL_EARLY", "partner", "far-line")
async def _(stage: Stage) -> Named:
    stage.accepting.line.cut()
    journey = stage.journey()
    await journey.submit()
    packed = await stage.send_off(journey.name)
    await _take_in(stage.home, packed.stub)
    return first(await FaultDesk(stage.home.core).early())
