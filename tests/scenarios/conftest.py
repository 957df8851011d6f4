"""One federation of real processes for all scenarios: a gateway and four nodes, spoken to over gRPC alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from nodes.demo.cast import PLACES
from nodes.demo.home import open_home
from nodes.demo.setting import Setting
from tests.carriers.kuaidi import KuaidiStandIn
from tests.scenarios.commands import Commands
from tests.scenarios.mail import give_account
from tongban.clock import SystemClock, SystemEntropy


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def aggregator() -> AsyncIterator[KuaidiStandIn]:
    """快递100, as its documents describe it, on a port of its own."""
    standing = KuaidiStandIn(SystemClock())
    await standing.start()
    yield standing
    await standing.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def setting(tmp_path_factory: pytest.TempPathFactory, aggregator: KuaidiStandIn) -> AsyncIterator[Setting]:
    """The federation, its items published and its agreements signed; it stops in good order."""
    home = open_home(tmp_path_factory.mktemp("federation"), [place.region for place in PLACES], SystemEntropy())
    give_account(home.relay, aggregator)
    commands = Commands()
    setting = Setting(home, run=commands.run)
    try:
        await setting.start()
        await setting.agree()
        yield setting
    finally:
        await setting.stop()
        ended = await commands.stop()
    assert ended == 0
    assert {server.exit_code for server in (setting.gateway, *setting.servers.values())} == {0}
