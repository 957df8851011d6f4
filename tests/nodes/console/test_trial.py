"""A trial run from the agreement's page, and what a page shows of a trial."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from nodes.trial.desk import TrialDesk
from tests.federation.whole import end
from tests.nodes.console.conftest import ACCEPTING, HOME, Halls

pytestmark = pytest.mark.federation


@contextlib.asynccontextmanager
async def desks(halls: Halls) -> AsyncIterator[None]:
    """Both trial desks, as they run at every node."""
    tasks = [asyncio.create_task(TrialDesk(run.core).run()) for run in halls.federation.nodes.values()]
    try:
        yield
    finally:
        await end(*tasks)


def agreement(halls: Halls) -> str:
    """The two's agreement."""
    shared = halls.federation.nodes[ACCEPTING].core.shared
    wanted = {f"nodes/{HOME}", f"nodes/{ACCEPTING}"}
    return next(each.name for each in shared.agreements() if wanted <= {s.node for s in each.signatures})


async def test_a_supervisor_runs_a_trial_and_sees_each_step(halls: Halls) -> None:
    name = agreement(halls)
    async with halls.at(ACCEPTING, "chief") as chief, desks(halls):
        first = await chief.get(f"/{name}")
        assert f"/{name}/trial" in first.text
        page = await chief.get(f"/{name}/trial")
        assert page.says("尚未通过")
        assert page.unlabelled == []
        ran = await chief.send(page.form(f"/{name}/trial"), partner=f"nodes/{HOME}")
        assert ran.status == 200, ran.text
        assert ran.says("试运行通过"), ran.text
        assert ran.text.count("✓") == 12
        assert ran.says("已通过")
        await halls.federation.settled()

    async with halls.at(HOME, "everybody") as somebody:
        listed = await somebody.get("/applications")
        trial = halls.federation.nodes[HOME].core.shared.agreement(name)
        assert trial is not None
        application = trial.trials[0].application
        assert application.partition("/")[2] not in listed.text
        shown = await somebody.get(f"/{application}")
        assert shown.says("试运行")


async def test_a_trial_that_does_not_pass_says_who_has_to_act(halls: Halls) -> None:
    name = agreement(halls)
    halls.federation.nodes[ACCEPTING].line.cut()
    await asyncio.sleep(0.2)
    async with halls.at(ACCEPTING, "chief") as chief:
        page = await chief.get(f"/{name}/trial")
        failed = await chief.send(page.form(f"/{name}/trial"), partner=f"nodes/{HOME}")
        assert failed.says("线路"), failed.text
        assert failed.says("联系对方")
    async with halls.at(ACCEPTING, "clerk") as clerk:
        refused = await clerk.get(f"/{name}/trial")
        assert refused.status == 403
