"""What `tongban gateway doctor` tells of the gateway's inside: its queue, the log, parked streams, mailboxes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway import log
from gateway.doctor import examine
from gateway.domain import condition
from gateway.runtime import Gateway
from gateway.sealer import CHECKPOINT_FILE
from tests.diagnosis.kit import NODE
from tests.federation.servers import Member, federation_stub, gateway_at
from tongban.clock import SystemClock
from tongban.doctor import Check, show
from tongban.keys import private_pem
from tongban.serving import only_process, write_addresses
from tongban.storage.queries import Query
from tongban.v1 import federation_pb2

pytestmark = pytest.mark.federation
FORK = Query.of(
    "fork",
    "An event that came back and contradicts what is there.",
    "INSERT INTO returned (stream, version, digest, event_id, admit_time, batch_id, leaf_index, signed, receipt,"
    " content, node, standing) VALUES ('applications/1', 4, :none, 'e', 1, 'b', 0, :none, :none, :none, :node, 1)",
)


async def looked(gateway: Gateway) -> dict[str, Check]:
    """The checks by name, as the command makes them beside a gateway that runs."""
    write_addresses(gateway.settings.home, page=f"127.0.0.1:{gateway.page_port}")
    with only_process(gateway.settings.home):
        found = await examine(gateway.settings, SystemClock(), 20.0)
    return {check.name[0]: check for check in found.checks}


async def until(ready: Callable[[], Awaitable[object]]) -> None:
    """Wait until it is so."""
    for _ in range(2000):
        if await ready():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never was so")


async def test_what_waits_is_told_where_all_is_well(tmp_path: Path) -> None:
    async with gateway_at(tmp_path / "gateway") as gateway:
        await Member(NODE).join(gateway)
        checks = await looked(gateway)
        for name in ("入账队列", "存证和检查点", "停放的事件流"):
            assert checks[name].finding is None
        assert checks["入账队列"].note[0] == "0 批待入账"
        assert "停放的事件流:没有" in show(list(checks.values()), "zh", {})
        node = next(check for name, check in checks.items() if name.startswith("节点 ") and check.note[0])
        assert "信箱里" in node.note[0]


async def test_a_parked_stream_is_named_with_whom_to_ask(tmp_path: Path) -> None:
    async with gateway_at(tmp_path / "gateway") as gateway:
        await Member(NODE).join(gateway)
        await gateway.core.database.run(lambda tx: tx.execute(FORK, {"none": b"", "node": NODE}))
        found = (await looked(gateway))["停放 applications/1"].finding
        assert found is not None
        assert found.fault.code == "GATEWAY_STREAM_PARKED"
        title = gateway.core.admitter.directory.node(NODE).profile.title
        assert title in found.what()
        assert title in found.remedy()
        assert "1 步(第 4 步起)" in found.what()


async def test_a_checkpoint_key_that_is_not_the_logs_is_told_and_holds_nothing_up(tmp_path: Path) -> None:
    home = tmp_path / "gateway"
    member = Member(NODE)
    async with gateway_at(home) as gateway:
        invitation = await member.join(gateway)
        database = gateway.core.database
        await until(lambda: database.run(log.latest, read_only=True))
    right = (home / "keys" / CHECKPOINT_FILE).read_bytes()
    (home / "keys" / CHECKPOINT_FILE).write_bytes(private_pem(Ed25519PrivateKey.generate()))
    async with gateway_at(home) as gateway:
        core = gateway.core

        async def said() -> object:
            return core.sealing

        await until(said)
        found = (await looked(gateway))["存证和检查点"].finding
        assert found is not None
        assert found.fault.code == "CHECKPOINT_KEY_OTHER"
        assert "keys/checkpoint.pem" in found.remedy()
        address = f"127.0.0.1:{gateway.federation_port}"
        async with federation_stub(address, member.credentials(invitation)) as stub:
            answer = await stub.Publish(federation_pb2.PublishRequest(events=[member.item(1)]))
            assert answer.outcomes[0].HasField("receipt")
    (home / "keys" / CHECKPOINT_FILE).write_bytes(right)
    async with gateway_at(home) as gateway:
        assert (await looked(gateway))["存证和检查点"].finding is None


@pytest.mark.parametrize(
    ("load", "late", "codes"),
    [(0.1, False, []), (0.6, False, ["GATEWAY_QUEUE_LONG"]), (0.1, True, ["CHECKPOINTS_LATE"])],
)
def test_a_long_queue_and_late_checkpoints_are_findings(load: float, late: bool, codes: list[str]) -> None:
    problems = {"sign": "the signer is away"} if late else {}
    found = [*condition.queue(70, load), *condition.evidence(problems, other_key=False, late=late)]
    assert [each.fault.code for each in found] == codes
    for each in found:
        assert "70 批" in each.what() or "the signer is away" in each.what()
        assert "{" not in each.what() + each.what("en") + each.remedy() + each.remedy("en")
