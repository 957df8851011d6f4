"""A repeated request gets the same answer as long as what it made stands, and an honest one where it was refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from google.protobuf.message import Message

from gateway.operator import Operator
from nodes.dialer import Dialer
from nodes.store import QUERIES
from tests.federation.journey import submission
from tests.federation.whole import end, request_id
from tests.nodes.kit import ACCEPTING, Address, Office, filed, office
from tongban import errors
from tongban.rpc.status import from_status, to_status
from tongban.v1 import approval_pb2, lifecycle_pb2, mailroom_pb2, parcel_pb2, registry_pb2, window_pb2

Ask = Callable[[Any], Awaitable[Any]]


async def _filing(o: Office) -> tuple[Ask, Any]:
    desk, clerk = o.accepting.desks.window, o.accepting.staff()
    return lambda request: desk.submit_application(clerk, request), submission()


async def _packing(o: Office) -> tuple[Ask, Any]:
    desk, clerk = o.accepting.desks.mailroom, o.accepting.staff("mailroom-1")

    async def pack(request: mailroom_pb2.PackParcelRequest) -> parcel_pb2.Parcel:
        answer = await desk.pack_parcel(clerk, request)
        assert answer.stub
        return answer.parcel

    return pack, mailroom_pb2.PackParcelRequest(
        request_id=request_id(),
        purpose=parcel_pb2.PARCEL_PURPOSE_MATERIALS,
        destination=parcel_pb2.Post(node=o.home.core.name, post="mailroom-1"),
        items=[f"{await filed(o)}/originals/deed"],
        seals=["SEAL-0001"],
    )


_STEPS = {"SubmitApplicationRequest": _filing, "PackParcelRequest": _packing}
_ELSEWHERE = {
    "TakeStockRequest",  # makes no stream: tests/nodes/test_shelf.py
    "SurrenderCertificateRequest",  # a step on a stream that stands: tests/nodes/test_surrender.py
}

step = pytest.mark.parametrize("made", _STEPS.values(), ids=_STEPS)


def test_every_request_with_an_id_of_its_own_is_tried_here() -> None:
    found = {
        name
        for module in (window_pb2, approval_pb2, mailroom_pb2, registry_pb2)
        for name, message in module.DESCRIPTOR.message_types_by_name.items()
        if "request_id" in message.fields_by_name
    }
    assert found == set(_STEPS) | _ELSEWHERE


@step
async def test_the_same_answer_before_and_after_the_receipt_and_as_it_goes_on(address: Address, made: Any) -> None:
    async with office(address) as o:
        ask, request = await made(o)
        first = await ask(request)
        assert await ask(request) == first
        await o.settled()
        again = await ask(request)
        assert (again.name, again.state) == (first.name, first.state)


@step
async def test_what_the_gateway_refused_is_said_and_answers_again_once_it_is_done_again(
    address: Address, made: Any
) -> None:
    async with office(address) as o:
        ask, request = await made(o)
        assert o.gateway is not None
        operator = Operator(o.gateway, o.keys["gateway"], o.entropy)
        await operator.suspend(f"nodes/{ACCEPTING}", "audit")
        await o.settled()
        first = await ask(request)
        await o.settled()
        for _ in range(2):
            refused = await _refused(ask, request)
            assert refused.facts["name"] == first.name
            assert refused.facts["cause"] == "NODE_NOT_ACTIVE", "why the group was refused, not that the group was"
            assert "网关" in refused.text("zh")
            assert "the gateway" in refused.text("en")
            assert "暂停" in refused.text("zh")
        status = await o.accepting.desks.registry.get_node_status(
            o.accepting.staff(), registry_pb2.GetNodeStatusRequest()
        )
        assert refused.facts["task"] in {task.task_id for task in status.tasks}
        assert refused.facts["task"] in refused.text("zh")
        # At once, so that they come into one commit, and not past the first look.
        together = await asyncio.gather(*(ask(request) for _ in range(4)), return_exceptions=True)
        assert {type(each) for each in together} == {errors.RequestRefused}

        await operator.resume(f"nodes/{ACCEPTING}")
        await o.settled()
        await _refused(ask, request)  # being allowed again makes nothing by itself
        await o.accepting.desks.registry.retry_task(
            o.accepting.staff(), registry_pb2.RetryTaskRequest(task_id=refused.facts["task"])
        )
        assert (await ask(request)).name == first.name
        await o.settled()
        again = await ask(request)
        assert (again.name, again.state) == (first.name, first.state)


@step
async def test_after_a_refusal_the_same_wish_under_a_new_id_makes_another(address: Address, made: Any) -> None:
    async with office(address) as o:
        ask, request = await made(o)
        first, waiting = await _spoiled(o, ask, request)
        refused = await _refused(ask, request)
        assert "本节点" in refused.text("zh"), "the gateway has not even seen it"
        assert refused.facts["cause"] == "DAMAGED"
        for task in waiting:
            await o.accepting.desks.registry.finish_task(
                o.accepting.staff(), registry_pb2.FinishTaskRequest(task_id=task)
            )
        done = await _refused(ask, request)
        assert "已处理" in done.text("zh")
        request.request_id = request_id()
        second = await ask(request)
        assert second.name != first.name
        assert second.state in (lifecycle_pb2.APPLICATION_STATE_SUBMITTED, lifecycle_pb2.PARCEL_STATE_SEALED)
        await o.settled()
        assert (await ask(request)).name == second.name


async def test_the_refusal_reaches_a_program_whole(sqlite: Address) -> None:
    async with office(sqlite) as o:
        ask, request = await _filing(o)
        await _spoiled(o, ask, request)
        refused = await _refused(ask, request)
        heard = from_status(to_status(refused))
        assert isinstance(heard, errors.RequestRefused)
        assert heard.text("zh") == refused.text("zh")
        assert heard.text("en") == refused.text("en")
        assert heard.facts["task"] == refused.facts["task"]


async def _refused(ask: Ask, request: Message) -> errors.RequestRefused:
    with pytest.raises(errors.RequestRefused) as caught:
        await ask(request)
    return caught.value


async def _spoiled(o: Office, ask: Ask, request: Message) -> tuple[Any, list[str]]:
    """Do it while the line is down, and have the own disk spoil the records: what was made, and the events."""
    run = o.accepting
    assert run.dialling is not None
    await end(run.dialling)
    await run.line.stop()
    made = await ask(request)
    rows = await run.core.database.run(lambda tx: tx.fetch_all(QUERIES.list_waiting, {"after": 0, "size": 100}))
    events = [row["event_id"] for row in rows]
    await run.core.refusals.set_aside(events)
    run.line.up = True
    run.dialling = asyncio.create_task(Dialer(run.core, run.line).run())
    return made, events
