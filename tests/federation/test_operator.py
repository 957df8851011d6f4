"""The operator suspends a node: it receives, submits nothing, and works again once it is resumed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click.testing
import pytest

from gateway.operator import Operator
from nodes.store import QUERIES
from tests.federation.servers import Member, federation_stub, gateway_at
from tests.federation.stage import ACCEPTING, HOME, Stage, play
from tongban import cli, errors
from tongban.v1 import approval_pb2, federation_pb2, lifecycle_pb2


def _operator(stage: Stage) -> Operator:
    federation = stage.federation
    assert federation.gateway is not None
    return Operator(federation.gateway, federation.keys["gateway"], federation.entropy)


def test_a_suspended_node_receives_and_submits_nothing() -> None:
    async def act(stage: Stage) -> None:
        operator = _operator(stage)
        journey = stage.journey()
        await journey.submit()
        await stage.federation.settled()
        await operator.suspend(f"nodes/{ACCEPTING}", "audit")
        await stage.federation.settled()
        for run in (stage.home, stage.accepting):
            node = run.core.shared.directory.node(f"nodes/{ACCEPTING}")
            assert node.state == lifecycle_pb2.NODE_STATE_SUSPENDED
            author = run.core.shared.directory.node("nodes/gateway")
            assert author.keys, "who suspended it can be checked by everybody"
        await stage.send_off(journey.name)
        await stage.home.desks.approval.accept_application(
            stage.home.staff(), approval_pb2.AcceptApplicationRequest(name=journey.name)
        )
        await stage.federation.settled()
        seen = await stage.accepting.core.state(journey.name)
        assert seen.state == lifecycle_pb2.APPLICATION_STATE_ACCEPTED, "it still receives"
        tasks = await stage.accepting.core.database.run(lambda tx: tx.fetch_all(QUERIES.list_tasks), read_only=True)
        assert {row["reason"] for row in tasks} & {"NODE_NOT_ACTIVE"}, "what it tried has an owner"
        await operator.resume(f"nodes/{ACCEPTING}")
        await stage.federation.settled()
        await stage.send_off(journey.name)
        await stage.federation.settled()
        await stage.same_everywhere(journey.name)

    play(act)


def test_what_the_operator_cannot_do_is_said() -> None:
    async def act(stage: Stage) -> None:
        operator = _operator(stage)
        with pytest.raises(errors.NodeNotFound):
            await operator.suspend("nodes/999999", "audit")
        with pytest.raises(errors.NodeNotFound):
            await operator.suspend("nodes/gateway", "audit")
        with pytest.raises(errors.NameInvalid):
            await operator.suspend("999999", "audit")
        with pytest.raises(errors.MoveNotAllowed):
            await operator.resume(f"nodes/{HOME}")
        await operator.suspend(f"nodes/{HOME}", "audit")
        with pytest.raises(errors.MoveNotAllowed):
            await operator.suspend(f"nodes/{HOME}", "audit")

    play(act)


@pytest.mark.federation
async def test_the_command_works_beside_a_gateway_that_runs(tmp_path: Path) -> None:
    home = tmp_path / "gateway"

    def command(*arguments: str) -> str:
        said = click.testing.CliRunner().invoke(cli.tongban, ["gateway", *arguments, "--home", str(home)])
        assert said.exit_code == 0, said.output
        return said.output

    async with gateway_at(home) as gateway:
        member = Member("nodes/350600")
        invitation = await member.join(gateway)
        async with federation_stub(invitation.federation_address, member.credentials(invitation)) as stub:

            async def publish(number: int) -> str:
                request = federation_pb2.PublishRequest(events=[member.item(number)])
                answer = await stub.Publish(request)
                return str(answer.outcomes[0].rejection.reason)

            assert await publish(1) == ""
            assert "已暂停" in await asyncio.to_thread(command, "suspend", "nodes/350600", "--reason", "audit")
            assert await publish(2) == "NODE_NOT_ACTIVE"
            assert "已恢复" in await asyncio.to_thread(command, "resume", "nodes/350600")
            async with asyncio.timeout(20):
                number = 3
                while await publish(number):  # it hears of it within a second
                    number += 1
                    await asyncio.sleep(0.2)
