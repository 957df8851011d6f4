"""Parked streams have a next try: every welcome."""

from __future__ import annotations

import pytest

from nodes.journal.intake import Intake
from tests.federation.stage import Stage, play


def test_every_welcome_tries_parked_streams_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Intake] = []
    retry = Intake.retry_parked

    async def noted(intake: Intake) -> None:
        tried.append(intake)
        await retry(intake)

    async def act(stage: Stage) -> None:
        tried.clear()
        stage.accepting.line.cut()
        stage.accepting.line.up = True
        await stage.journey().submit()
        await stage.federation.settled(60)
        assert stage.accepting.core.intake in tried

    monkeypatch.setattr(Intake, "retry_parked", noted)
    play(act)
