"""The shelf by the ledger, and a stocktake whose differences are somebody's work."""

from __future__ import annotations

import pytest

from mailroom.domain.labels import Command, ItemLabel
from nodes.desk.staff import SUPERVISOR
from tests.federation.whole import NodeRun, request_id
from tests.nodes.kit import Address, Office, filed, office
from tests.nodes.test_wrong_post import SEAL, WAYBILL, dispatched, packed, porter, scan
from tongban import errors
from tongban.v1 import mailroom_pb2, parcel_pb2, registry_pb2


async def shelf(run: NodeRun, post: str = "mailroom-1") -> dict[str, str]:
    listed = await run.desks.shelf.list_shelf(run.staff(post), mailroom_pb2.ListShelfRequest())
    return {entry.name: entry.kind for entry in listed.entries}


async def tasks(run: NodeRun) -> dict[str, tuple[str, str]]:
    found = await run.desks.registry.get_node_status(run.staff(), registry_pb2.GetNodeStatusRequest())
    return {task.stream: (task.reason, task.owner) for task in found.tasks}


@pytest.mark.federation
async def test_the_shelf_follows_every_step_with_the_line_down(address: Address) -> None:
    async with office(address) as o:
        name = await filed(o)
        deed = f"{name}/originals/deed"
        assert await shelf(o.accepting, "window-1") == {deed: "single"}
        o.accepting.line.cut()
        made = await packed_here(o, deed)
        assert await shelf(o.accepting, "window-1") == {}
        assert await shelf(o.accepting) == {made.parcel.name: "to-send"}
        o.accepting.line.up = True
        await hand_over(o, made)
        assert await shelf(o.accepting) == {}
        await o.settled()
        await scan(o.home, made.stub, SEAL, WAYBILL)
        assert await shelf(o.home) == {made.parcel.name: "unopened"}
        await scan(o.home, made.stub, SEAL, "second")
        assert await shelf(o.home) == {made.parcel.name: "opened"}
        await scan(o.home, ItemLabel.of(deed).text, Command.DONE.text)
        assert await shelf(o.home) == {deed: "single"}


async def packed_here(o: Office, deed: str) -> mailroom_pb2.PackParcelResponse:
    return await o.accepting.desks.mailroom.pack_parcel(
        o.accepting.staff("mailroom-1"),
        mailroom_pb2.PackParcelRequest(
            request_id=request_id(),
            purpose=parcel_pb2.PARCEL_PURPOSE_MATERIALS,
            destination=parcel_pb2.Post(node=o.home.core.name, post="mailroom-1"),
            items=[deed],
            seals=[SEAL],
        ),
    )


async def hand_over(o: Office, made: mailroom_pb2.PackParcelResponse) -> None:
    request = mailroom_pb2.DispatchParcelRequest(
        name=made.parcel.name, carrier="ems", waybill=WAYBILL, seals=[SEAL], stub=made.stub
    )
    await o.accepting.desks.mailroom.dispatch_parcel(o.accepting.staff("mailroom-1"), request)


@pytest.mark.federation
async def test_differences_have_owners(address: Address) -> None:
    async with office(address) as o:
        here = await packed(o)
        await o.settled()
        away = await dispatched(o)
        await o.settled()
        run, who = o.accepting, porter()
        desk = run.desks.shelf
        await desk.begin(who)
        # What should lie here is not scanned; what lies here was handed over by the ledger.
        assert await desk.scan(who, away.stub) == away.parcel.name
        assert await desk.scan(who, away.stub) == away.parcel.name
        found = await desk.close(who)
        assert found.missing == (here.parcel.name,)
        assert [name for name, _ in found.misplaced] == [away.parcel.name]
        assert found.matched == 0
        open_tasks = await tasks(run)
        assert open_tasks[here.parcel.name] == ("STOCK_MISSING", SUPERVISOR)
        assert open_tasks[away.parcel.name] == ("STOCK_MISPLACED", "mailroom")
        lost = await run.core.state(here.parcel.name)
        assert [e.code for e in lost.exceptions if not e.HasField("resolve_time")] == ["suspected-lost"]
        await o.settled()
        assert await desk.under_way(who) is None
        assert [each.id for each in await desk.closed(who)] == [found.id]
        # Said once: the next shift finds the same, and raises nothing again on the parcel.
        again = await desk.begin(who)
        assert again.id != found.id
        await desk.close(who)
        assert len((await run.core.state(here.parcel.name)).exceptions) == 1


@pytest.mark.federation
async def test_a_stocktake_by_a_program_answers_the_same_again(sqlite: Address) -> None:
    async with office(sqlite) as o:
        made = await packed(o)
        run, unknown = o.accepting, "parcels/P44510020261122000199999999A"
        request = mailroom_pb2.TakeStockRequest(
            request_id=request_id(), post="mailroom-1", scanned=[made.parcel.name, unknown]
        )
        first = await run.desks.shelf.take_stock(run.staff(), request)
        assert (first.matched, list(first.missing)) == (1, [])
        assert list(first.unexpected) == [unknown]
        assert await run.desks.shelf.take_stock(run.staff(), request) == first
        request.scanned.pop()
        with pytest.raises(errors.AlreadyExists):
            await run.desks.shelf.take_stock(run.staff(), request)
        assert (await tasks(run))[unknown] == ("STOCK_UNKNOWN", "mailroom")


@pytest.mark.federation
async def test_taking_back_and_ending_by_scans(sqlite: Address) -> None:
    async with office(sqlite) as o:
        made = await packed(o)
        run, who = o.accepting, porter()
        desk = run.desks.shelf
        await desk.scan(who, made.stub)
        assert await desk.scan(who, Command.UNDO.text) == ""
        assert await desk.scan(who, made.parcel.name.removeprefix("parcels/")) == made.parcel.name
        assert await desk.scan(who, Command.DONE.text) == ""
        (found,) = await desk.closed(who)
        assert (found.matched, found.differences) == (1, 0)
