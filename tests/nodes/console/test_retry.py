"""The retry button: a refused step is explained on the page, and done again from there."""

from __future__ import annotations

from gateway.operator import Operator
from tests.federation.journey import submission
from tests.nodes.console.conftest import ACCEPTING, HOME, Halls
from tongban.v1 import lifecycle_pb2, window_pb2


async def test_a_refused_step_is_told_and_done_again(halls: Halls) -> None:
    federation = halls.federation
    assert federation.gateway is not None
    operator = Operator(federation.gateway, federation.keys["gateway"], federation.entropy)
    run = federation.nodes[ACCEPTING]
    await operator.suspend(run.core.name, "audit")
    await federation.settled()
    name = (await run.desks.window.submit_application(run.staff(), submission())).name
    await federation.settled()
    assert await federation.nodes[HOME].core.state(name) is None
    async with halls.at(ACCEPTING, "clerk") as clerk:
        home = await clerk.get("/")
        assert "“收件”,未生效。其间:" in home.text
        assert "“暂停节点”" in home.text
        assert "重新办理" not in (await clerk.get("/status")).text
    async with halls.at(ACCEPTING, "chief") as chief:
        page = await chief.get("/status")
        assert "下次提醒" in page.text
        # Suspended still: it is recorded again, refused again, and stays on the list.
        await chief.send(page.form("/status/retry"))
        await federation.settled()
        page = await chief.get("/status")
        assert "“收件”,未生效" in page.text
        await operator.resume(run.core.name)
        await federation.settled()
        page = await chief.send(page.form("/status/retry"))
        assert page.path == "/status"
        await federation.settled()
        assert "“收件”,未生效" not in (await chief.get("/status")).text
    assert await federation.nodes[HOME].core.state(name) is not None


async def test_all_that_was_refused_is_done_again_in_its_order(halls: Halls) -> None:
    federation = halls.federation
    assert federation.gateway is not None
    operator = Operator(federation.gateway, federation.keys["gateway"], federation.entropy)
    run = federation.nodes[ACCEPTING]
    await operator.suspend(run.core.name, "audit")
    run.line.cut()
    names = [(await run.desks.window.submit_application(run.staff(), submission())).name for _ in range(6)]
    withdraw = window_pb2.WithdrawApplicationRequest(name=names[0])
    await run.desks.window.withdraw_application(run.staff(), withdraw)
    run.line.up = True
    await federation.settled()
    await operator.resume(run.core.name)
    await federation.settled()
    async with halls.at(ACCEPTING, "chief") as chief:
        page = await chief.get("/status")
        assert page.text.count("未生效") >= 7
        await chief.send(page.form("/status/retry-all"))
        await federation.settled()
        assert "未生效" not in (await chief.get("/status")).text
    home = federation.nodes[HOME].core
    states = [(await home.state(name)).state for name in names]
    assert states[0] == lifecycle_pb2.APPLICATION_STATE_WITHDRAWN
    assert set(states[1:]) == {lifecycle_pb2.APPLICATION_STATE_SUBMITTED}
