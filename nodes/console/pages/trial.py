"""A trial run with a partner, from the agreement's page: who has passed, the steps with their times, or who failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web
from google.protobuf.duration_pb2 import Duration

from nodes.console.pages.agreements import named
from nodes.console.visit import Route, Visit
from nodes.desk.staff import SUPERVISOR
from nodes.trial.onboarding import OnboardingDesk
from tongban import errors
from tongban.v1 import agreement_pb2, onboarding_pb2
from tongban.validation import check

PATIENCE = 30
"""Seconds that a step is waited for: a page is not looked at longer.  Asked again, the trial goes on."""


@dataclass(frozen=True, slots=True)
class Partner:
    """Another party that has signed."""

    node: str
    passed: str
    """The trial's application where one has passed, with either of the two having run it."""


def partners(agreement: agreement_pb2.Agreement, here: str) -> list[Partner]:
    """With whom a trial can be run; nobody where this node has not signed."""
    signed = [each.node for each in agreement.signatures]
    if here not in signed:
        return []
    passed = {frozenset((each.node, each.partner)): each.application for each in agreement.trials}
    return [Partner(node, passed.get(frozenset((node, here)), "")) for node in signed if node != here]


async def page(visit: Visit, done: Sequence[onboarding_pb2.TrialProgress] = ()) -> web.StreamResponse:
    """The partners, and what a run that was just made said."""
    found = await named(visit)
    return await visit.render(
        "agreements/trial.html", a=found, partners=partners(found, visit.house.core.name), done=done
    )


async def run(visit: Visit) -> web.StreamResponse:
    """Run one to its end."""
    visit.staff.require("试运行", SUPERVISOR)
    request = onboarding_pb2.RunTrialRequest(
        agreement=f"agreements/{visit.part('agreement')}",
        partner=visit.form.text("partner"),
        patience=Duration(seconds=PATIENCE),
    )
    done: list[onboarding_pb2.TrialProgress] = []
    try:
        check(request, refuse_unknown=True)
        desk = OnboardingDesk(visit.house.core, visit.house.lookout.look)
        async for each in desk.run_trial(visit.staff, request):
            done.append(each)
    except errors.TongbanError as error:
        visit.error = error
    return await page(visit, done)


async def ask(visit: Visit) -> web.StreamResponse:
    """The page before anything was run."""
    return await page(visit)


ROUTES = (
    Route("GET", "/agreements/{agreement}/trial", ask),
    Route("POST", "/agreements/{agreement}/trial", run),
)
