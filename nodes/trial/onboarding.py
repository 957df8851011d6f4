"""The supervisor's desk for becoming an active party."""

from __future__ import annotations

from collections.abc import AsyncIterator

from nodes.core import NodeCore
from nodes.desk.staff import SUPERVISOR, Staff
from nodes.trial.run import Look, TrialRun
from tongban import errors
from tongban.v1 import onboarding_pb2


class OnboardingDesk:
    """What a supervisor does to take part."""

    def __init__(self, core: NodeCore, look: Look | None = None) -> None:
        self._core = core
        self._look = look

    async def run_trial(
        self, staff: Staff, request: onboarding_pb2.RunTrialRequest
    ) -> AsyncIterator[onboarding_pb2.TrialProgress]:
        """Run a trial, and say of each step when it is done."""
        staff.require("试运行", SUPERVISOR)
        if request.partner == self._core.name:
            raise errors.FieldInvalid(
                field="partner", problem="不能与本节点自己试运行", problem_en="this node cannot be its own partner"
            )
        async for progress in TrialRun(self._core, request, self._look).steps():
            yield progress
