"""A small campaign in every test run; `make chaos` runs large ones."""

from __future__ import annotations

import pytest

from tests.chaos.run import Plan, campaign

pytestmark = [pytest.mark.federation, pytest.mark.slow]
KILLS = 6


@pytest.mark.timeout(300)
async def test_nothing_is_lost_doubled_or_stuck_when_processes_are_killed() -> None:
    report = await campaign(Plan("sqlite", KILLS, seed=1, clerks=6))
    assert not report.findings, (report.folder, report.findings)
    assert report.done.kills == KILLS
    assert len(report.ledger.applications) >= 4
    assert report.account.events > len(report.ledger.entries) > 0
    assert not report.folder.exists()
