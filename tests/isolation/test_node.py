"""Within a node: a program that files without end holds up no window, and a fault of ours stops no mailbox."""

from __future__ import annotations

import asyncio
import functools
import logging
from typing import Any

import pytest

from mailroom.domain.custody import Move
from nodes.desk.staff import ROLES, Staff
from nodes.journal import custody
from tests.federation.journey import submission
from tests.federation.stage import Stage, play
from tongban.storage.base import Transaction
from tongban.v1 import event_pb2


def test_a_program_that_files_for_a_region_holds_up_no_window() -> None:
    async def act(stage: Stage) -> None:
        window = stage.accepting.desks.window
        program = Staff("program", "s-program", "接口", ROLES, "window-1")
        order: list[str] = []
        database: Any = stage.accepting.core.database
        database.latency = functools.partial(asyncio.sleep, 0.01)

        async def file(staff: Staff) -> None:
            await window.submit_application(staff, submission())
            order.append(staff.staff_id)

        flood = [asyncio.ensure_future(file(program)) for _ in range(150)]
        await asyncio.sleep(0.005)
        await asyncio.gather(*(file(stage.accepting.staff()) for _ in range(3)), *flood)
        assert order.index(stage.accepting.staff().staff_id) < 90, "not behind everything that came before"
        await stage.federation.settled()

    play(act)


def test_a_fault_of_ours_about_one_paper_stops_no_mailbox(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def act(stage: Stage) -> None:
        broken, good = stage.journey(), stage.journey()
        names: set[str] = set()

        def moves(tx: Transaction, before: Any, after: Any, event: event_pb2.Event) -> list[Move]:
            if event.stream in names:
                raise ZeroDivisionError("a fault of ours")
            return real(tx, before, after, event)

        real = custody.moves
        monkeypatch.setattr(custody, "moves", moves)
        stage.home.line.cut()
        names.add((await broken.submit()).name)
        await good.submit()
        await stage.federation.settled()
        stage.home.line.up = True
        with caplog.at_level(logging.CRITICAL):
            await asyncio.sleep(60)
            await stage.federation.settled()
        assert await stage.home.core.state(good.name) is not None
        status = await stage.status(stage.home)
        assert [parked.stream for parked in status.parked] == [broken.name]
        names.clear()
        await stage.home.core.intake.retry_parked()
        await stage.accepting.core.intake.retry_parked()
        await stage.same_everywhere(broken.name)
        await good.decide()
        await stage.federation.settled()
        await stage.same_everywhere(good.name)

    play(act)
