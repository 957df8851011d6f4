"""Three regions whose agreement asks for trials: what they publish, sign and file, on the virtual clock."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from google.protobuf.duration_pb2 import Duration

from agreements.domain.documents import document_digest
from nodes.journal.drafts import Draft
from nodes.trial.desk import TrialDesk
from nodes.trial.onboarding import OnboardingDesk
from tests.federation.stage import Stage, play
from tests.federation.whole import NodeRun, end, request_id
from tongban import errors
from tongban.v1 import (
    agreement_pb2,
    application_pb2,
    directory_pb2,
    onboarding_pb2,
    registry_pb2,
    types_pb2,
    window_pb2,
)

NEW, OLD, THIRD = REGIONS = ("350600", "445100", "330328")
NAME = "agreements/three"
CODE = "442199806003"
STEPS = [step for step in onboarding_pb2.TrialStep.values() if step]
Act = Callable[[Stage], Awaitable[None]]


def node(region: str) -> str:
    """A region's node."""
    return f"nodes/{region}"


def item(region: str) -> directory_pb2.ItemDocument:
    """What a region publishes: a form, and a material that it needs."""
    material = directory_pb2.MaterialRequirement(
        code="identity-document", title="证件", required=True, forms=[types_pb2.MATERIAL_FORM_ELECTRONIC]
    )
    fields = [("applicant_name", "姓名", "text"), ("identity_kind", "证件类型", "text")]
    fields += [("identity_number", "证件号码", "identity"), ("phone", "电话", "phone"), ("since", "日期", "date")]
    return directory_pb2.ItemDocument(
        name=f"items/{region}.first",
        home=node(region),
        title=f"{region} 的事项",
        modes=[types_pb2.MODE_ONLINE],
        base_code=CODE,
        materials=[material],
        form=[directory_pb2.FormField(name=n, title=t, required=True, kind=k) for n, t, k in fields],
    )


def text(stage: Stage, *, takes_in: Sequence[str] = ()) -> agreement_pb2.AgreementDocument:
    """All for all, or only these take in, and only for the others."""
    clause = agreement_pb2.Clause(
        id="all",
        pools=["first"],
        modes=[types_pb2.MODE_ONLINE],
        decider=types_pb2.DECIDER_HOME,
        collecting_anywhere=True,
        accepting=[node(region) for region in takes_in],
    )
    document = agreement_pb2.AgreementDocument(
        name=NAME,
        document_version=1,
        title="三地通办协议",
        entry=agreement_pb2.ENTRY_RULE_SIGNATORIES,
        pools=[agreement_pb2.ItemPool(id="first", title="首批事项", base_codes=[CODE])],
        clauses=[clause],
        effective_date={"year": 2025, "month": 1, "day": 1},
        trial_required=True,
    )
    for region in REGIONS:
        root = stage.federation.nodes[region].core.keys.root_public
        document.parties.add(node=node(region), region=region, root_fingerprint=hashlib.sha256(root).digest())
    return document


async def sign(stage: Stage, document: agreement_pb2.AgreementDocument, signers: Sequence[str] = REGIONS) -> None:
    """潮州 proposes, and these sign."""
    raw = document.SerializeToString()
    proposer = stage.federation.nodes[OLD]
    await proposer.desks.agreements.propose_agreement(
        proposer.staff(), registry_pb2.ProposeAgreementRequest(document=raw)
    )
    await stage.federation.settled()
    for region in signers:
        run = stage.federation.nodes[region]
        request = registry_pb2.SignAgreementRequest(name=NAME, document_digest=document_digest(raw))
        await run.desks.agreements.sign_agreement(run.staff(), request)
    await stage.federation.settled()


async def publish(stage: Stage, regions: Sequence[str] = REGIONS) -> None:
    """Each its item."""
    for region in regions:
        run = stage.federation.nodes[region]
        await run.desks.registry.publish_item(run.staff(), registry_pb2.PublishItemRequest(document=item(region)))
    await stage.federation.settled()


async def file(run: NodeRun, home: str) -> application_pb2.Application:
    """A real application."""
    material = application_pb2.Material(code="identity-document", form=types_pb2.MATERIAL_FORM_ELECTRONIC)
    request = window_pb2.SubmitApplicationRequest(
        request_id=request_id(),
        item=f"items/{home}.first",
        applicant_kind=types_pb2.APPLICANT_KIND_PERSON,
        form={
            "applicant_name": "陈阿婆",
            "identity_kind": "resident_id",
            "identity_number": "350626199003070010",
            "phone": "13800000000",
            "since": "2026-01-02",
        },
        materials=[window_pb2.MaterialContent(material=material, content=b"scan", media_type="image/png")],
        wanted_results=[types_pb2.MATERIAL_FORM_ELECTRONIC],
    )
    return await run.desks.window.submit_application(run.staff(), request)


@contextlib.asynccontextmanager
async def desks(stage: Stage, regions: Sequence[str] = REGIONS) -> AsyncIterator[None]:
    """Trial desks that run, as they do at every node."""
    tasks = [asyncio.create_task(TrialDesk(stage.federation.nodes[region].core).run()) for region in regions]
    try:
        yield
    finally:
        await end(*tasks)


async def trial(run: NodeRun, partner: str, seconds: int = 60) -> list[onboarding_pb2.TrialProgress]:
    """Run a trial to its end."""
    request = onboarding_pb2.RunTrialRequest(agreement=NAME, partner=node(partner), patience=Duration(seconds=seconds))
    return [each async for each in OnboardingDesk(run.core).run_trial(run.staff(), request)]


async def failing(run: NodeRun, partner: str, seconds: int = 60) -> errors.TrialFailed:
    """Run a trial that does not pass."""
    with pytest.raises(errors.TrialFailed) as caught:
        await trial(run, partner, seconds)
    return caught.value


async def claim(run: NodeRun, draft: Draft) -> None:
    """Record a step past every desk."""
    await run.core.record(run.staff().actor, lambda view: ([draft], None))


def on_stage(act: Act) -> Stage:
    """Three nodes without an agreement."""
    return play(act, regions=REGIONS, agreed=False)
