"""`Onboarding` over gRPC."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from nodes.desk.staff import StaffDesk
from nodes.rpc.caller import caller
from nodes.trial.onboarding import OnboardingDesk
from tongban.v1 import onboarding_pb2, onboarding_pb2_grpc


class OnboardingServicer(onboarding_pb2_grpc.OnboardingServicer):
    """The door to trial runs."""

    def __init__(self, staff: StaffDesk, desk: OnboardingDesk) -> None:
        self._staff = staff
        self._desk = desk

    async def RunTrial(
        self, request: onboarding_pb2.RunTrialRequest, context: Any
    ) -> AsyncIterator[onboarding_pb2.TrialProgress]:
        """See the contract."""
        staff = await caller(self._staff, context)
        async for progress in self._desk.run_trial(staff, request):
            yield progress
