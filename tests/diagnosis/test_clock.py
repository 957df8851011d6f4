"""A machine whose clock is wrong is told so by the first answer that it gets, before a step of it is refused."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import pytest

from nodes.dialer import Dialer
from nodes.doctor import examine
from nodes.lookout import BUSY, IDLE, Lookout
from tests.diagnosis.kit import ToldLine
from tests.diagnosis.of_gateways import Off
from tests.diagnosis.of_machines import joined
from tests.federation.stage import ACCEPTING, Stage, play
from tongban.clock import SystemClock, SystemEntropy


@pytest.mark.parametrize(("minutes", "codes"), [(20, ["OWN_CLOCK_WRONG"]), (-20, ["OWN_CLOCK_WRONG"]), (4, [])])
def test_the_welcome_tells_it_though_nobody_is_looking(minutes: int, codes: list[str]) -> None:
    async def act(stage: Stage) -> None:
        federation = stage.federation
        await federation.stop_node(ACCEPTING)
        true = federation.clock
        federation.clock = Off(true, dt.timedelta(minutes=minutes))
        run = await federation.start_node(ACCEPTING, dial=False)
        federation.clock = true
        run.line = line = ToldLine(federation, run.core.name)
        line.up = False
        lookout = Lookout(run.core, line)
        looking = asyncio.create_task(lookout.run())
        run.dialling = asyncio.create_task(Dialer(run.core, line).run())
        run.dialling.add_done_callback(lambda _: looking.cancel())
        await asyncio.sleep(1)
        line.up = True
        for _ in range(200):
            if not run.core.line.connected:
                await asyncio.sleep(0.05)
        await asyncio.sleep(BUSY)
        assert BUSY < IDLE / 10, "it would look by itself only much later"
        clock = [each.fault.code for each in run.core.line.findings if "CLOCK" in each.fault.code]
        assert clock == codes
        assert not (await stage.status(run)).tasks, "nothing was recorded, so nothing was refused"

    play(act)


@pytest.mark.federation
async def test_the_doctor_tells_it_of_a_node_that_has_recorded_nothing(tmp_path: Path) -> None:
    async with joined(tmp_path) as (_, settings):
        ahead = Off(SystemClock(), dt.timedelta(minutes=6))
        found = await examine(settings, ahead, SystemEntropy(), 20.0)
    check = next(check for check in found.checks if check.name[0] == "本机时钟")
    assert check.finding is not None
    assert check.finding.fault.code == "OWN_CLOCK_WRONG"
    assert "快" in check.finding.what()
