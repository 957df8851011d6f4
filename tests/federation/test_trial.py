"""Trial runs on the virtual clock: three nodes, an agreement that asks for them, and what can go wrong."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from google.protobuf.duration_pb2 import Duration

from agreements.domain.documents import document_digest
from nodes.domain.diagnosis import Link
from nodes.journal.drafts import Draft
from nodes.store import QUERIES
from nodes.trial import ACTOR, papers
from nodes.trial.desk import TrialDesk
from nodes.trial.onboarding import OnboardingDesk
from tests.federation.stage import Stage, play
from tests.federation.whole import NodeRun, end, request_id
from tongban import errors
from tongban.v1 import (
    agreement_pb2,
    application_pb2,
    approval_pb2,
    directory_pb2,
    lifecycle_pb2,
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


def test_a_party_takes_part_once_its_trial_has_passed() -> None:
    async def act(stage: Stage) -> None:
        new, old = stage.federation.nodes[NEW], stage.federation.nodes[OLD]
        await publish(stage)
        await sign(stage, text(stage))
        with pytest.raises(errors.PartyNotBound) as refusal:
            await file(new, OLD)
        assert "试运行" in refusal.value.text("zh")

        async with desks(stage):
            done = await trial(new, OLD)
        assert [each.step for each in done] == STEPS
        assert all(each.title_zh and each.detail_en for each in done)
        assert sum(each.duration.ToTimedelta().total_seconds() for each in done) < 20
        await stage.federation.settled()

        # Everybody knows, and real applications go both ways between the two; not yet with the third.
        for run in stage.federation.nodes.values():
            found = run.core.shared.agreement(NAME)
            assert found is not None
            assert [(each.node, each.partner) for each in found.trials] == [(node(NEW), node(OLD))]
        await file(new, OLD)
        await file(old, NEW)
        with pytest.raises(errors.PartyNotBound):
            await file(new, THIRD)
        await stage.federation.settled()

        # The trials are in nobody's list and nobody's tasks, and both hands agree about them.
        back = next(each for each in done if each.step == onboarding_pb2.TRIAL_STEP_REVERSE)
        returned = back.detail_en.partition(":")[0]
        for name, decider in ((done[-1].application, old), (returned, new)):
            state = await decider.core.state(name)
            assert state.trial
            assert state.state == lifecycle_pb2.APPLICATION_STATE_CLOSED
            assert state.route.decider == decider.core.name
            assert await new.core.state(name) == await old.core.state(name)
            assert not state.parcels
        for run in (new, old):
            listed = await run.desks.window.list_applications(run.staff(), window_pb2.ListApplicationsRequest())
            assert len(listed.applications) == 2
            assert not any(each.trial for each in listed.applications)
            status = await stage.status(run)
            assert not status.tasks
            pickups = await run.core.database.run(
                lambda tx: tx.fetch_one(QUERIES.get_pickup, {"application": returned})
            )
            assert pickups is None

    on_stage(act)


def test_who_made_the_steps_of_a_trial_and_what_it_held() -> None:
    async def act(stage: Stage) -> None:
        new, old = stage.federation.nodes[NEW], stage.federation.nodes[OLD]
        await publish(stage)
        await sign(stage, text(stage))
        async with desks(stage):
            done = await trial(new, OLD)
        name = done[-1].application
        view = await new.desks.window.get_application(new.staff(), window_pb2.GetApplicationRequest(name=name))
        assert view.application.trial
        rows = await old.core.database.run(lambda tx: tx.fetch_all(QUERIES.list_history, {"stream": name}))
        assert {row["author"] for row in rows} == {node(NEW), node(OLD)}
        parts = await old.core.database.run(lambda tx: papers.filed(old.core.sealer, tx, name))
        filled = parts["form"].decode()
        assert "000000190001010000" in filled
        assert "试运行" in filled
        assert ACTOR.staff_id == "trial-desk"

    on_stage(act)


def test_what_is_missing_is_said_by_name() -> None:
    async def act(stage: Stage) -> None:
        new, old = stage.federation.nodes[NEW], stage.federation.nodes[OLD]
        with pytest.raises(errors.AgreementNotFound):
            await trial(new, OLD)
        await publish(stage, [NEW])
        await sign(stage, text(stage), [OLD])
        unsigned = await failing(new, OLD)
        assert unsigned.facts["member"] == "本节点"
        assert "agreement sign" in unsigned.text("zh")
        theirs = await failing(old, NEW)
        assert node(NEW) in theirs.facts["member"]
        assert "has not signed" in theirs.text("en")

        run = new
        digest = run.core.shared.agreement(NAME)
        assert digest is not None
        request = registry_pb2.SignAgreementRequest(name=NAME, document_digest=digest.document_digest)
        await run.desks.agreements.sign_agreement(run.staff(), request)
        await stage.federation.settled()
        nothing = await failing(new, OLD)
        assert nothing.facts["step"] == "选择事项"
        assert node(OLD) in nothing.facts["member"]
        with pytest.raises(errors.FieldInvalid):
            await trial(new, NEW)
        with pytest.raises(errors.NotParty):
            await trial(new, "999999")

    on_stage(act)


def test_a_partner_that_is_away_is_named_and_the_same_command_goes_on() -> None:
    async def act(stage: Stage) -> None:
        new = stage.federation.nodes[NEW]
        await publish(stage)
        await sign(stage, text(stage))
        # Its node runs, and its desk does not: filed and admitted, then nothing.
        late = await failing(new, OLD, seconds=20)
        assert late.facts["step"] == "拆阅受理"
        assert node(OLD) in late.facts["member"]
        assert "20" in late.text("en")

        # Its node is known to be away: said before anything is filed, and since when.
        new.core.line.links[node(OLD)] = Link(node(OLD), False, dt.datetime(2026, 11, 22, 1, 30, tzinfo=dt.UTC), 3)
        away = await failing(new, OLD)
        assert away.facts["step"] == "联系对方"
        assert "11-22 09:30" in away.text("zh")

        new.core.line.links[node(OLD)] = Link(node(OLD), True, None, 0)
        async with desks(stage):
            done = await trial(new, OLD)
            assert "going on with" in done[3].detail_en
            filed = await new.core.database.run(lambda tx: tx.fetch_all(QUERIES.list_trials, {"since": 0}))
            assert len(filed) == 2, "one there, one back"

            # One that has passed is done with: asked again, another one is made.
            again = await trial(new, OLD)
            assert again[-1].application != done[-1].application

        # The own line.
        new.line.cut()
        await asyncio.sleep(1)
        down = await failing(new, OLD)
        assert down.facts["member"].startswith("本节点到网关的线路")

    on_stage(act)


def test_an_agreement_of_one_direction_has_one_trial() -> None:
    async def act(stage: Stage) -> None:
        new = stage.federation.nodes[NEW]
        await publish(stage)
        await sign(stage, text(stage, takes_in=[NEW]))
        async with desks(stage):
            done = await trial(new, OLD)
            assert "left out" in done[-2].detail_en
            none = await failing(stage.federation.nodes[OLD], NEW)
        assert none.facts["step"] == "选择事项"
        filed = await new.core.database.run(lambda tx: tx.fetch_all(QUERIES.list_trials, {"since": 0}))
        assert len(filed) == 1

    on_stage(act)


def test_what_the_partner_declines_is_told_in_its_words() -> None:
    async def act(stage: Stage) -> None:
        new, old = stage.federation.nodes[NEW], stage.federation.nodes[OLD]
        await publish(stage)
        await sign(stage, text(stage))
        # Between filing and accepting the partner's copy says something else: it suspends its part.
        running = asyncio.create_task(failing(new, OLD))
        await asyncio.sleep(3)
        part = agreement_pb2.PartSuspended()
        part.effect_time.FromDatetime(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        await claim(old, Draft(NAME, "part_suspended", part))
        await stage.federation.settled()
        async with desks(stage):
            declined = await running
        assert declined.facts["step"] == "拆阅受理"
        assert node(OLD) in declined.facts["member"]
        assert "中止" in declined.text("zh")

    on_stage(act)


def test_nobody_passes_by_saying_so() -> None:
    async def act(stage: Stage) -> None:
        new = stage.federation.nodes[NEW]
        await publish(stage)
        await sign(stage, text(stage))
        late = await failing(new, OLD, seconds=5)
        assert late.facts["step"] == "拆阅受理"
        filed = await new.core.database.run(lambda tx: tx.fetch_all(QUERIES.list_trials, {"since": 0}))
        name = filed[0]["name"]
        for after in ([name], []):
            passed = agreement_pb2.TrialPassed(partner=node(OLD), application=name)
            await claim(new, Draft(NAME, "trial_passed", passed, after=after))
            await stage.federation.settled()
            found = new.core.shared.agreement(NAME)
            assert found is not None
            assert not found.trials
        tasks = (await stage.status(new)).tasks
        assert [task.reason for task in tasks] == ["FIELD_INVALID", "PREDECESSOR_MISSING"]
        with pytest.raises(errors.PartyNotBound):
            await file(new, OLD)

    on_stage(act)


def test_a_desk_goes_on_where_another_was_killed() -> None:
    async def act(stage: Stage) -> None:
        new, old = stage.federation.nodes[NEW], stage.federation.nodes[OLD]
        await publish(stage)
        await sign(stage, text(stage))
        running = asyncio.create_task(trial(new, OLD))
        await asyncio.sleep(3)
        filed = await old.core.database.run(lambda tx: tx.fetch_all(QUERIES.list_trials, {"since": 0}))
        name = filed[0]["name"]
        await old.desks.approval.accept_application(ACTOR, approval_pb2.AcceptApplicationRequest(name=name))
        await stage.federation.stop_node(OLD)
        await stage.federation.start_node(OLD)
        async with desks(stage):
            done = await running
        assert done[-1].application == name

    on_stage(act)


def test_a_clause_by_which_the_window_decides_and_the_partner_looks_on() -> None:
    async def act(stage: Stage) -> None:
        new, old = stage.federation.nodes[NEW], stage.federation.nodes[OLD]
        await publish(stage)
        document = text(stage)
        document.clauses[0].decider = types_pb2.DECIDER_ACCEPTING
        seal = agreement_pb2.SealTerms(title="通办专用章", answers=node(OLD), appeal="潮州市人民政府")
        document.clauses[0].home = node(OLD)
        document.clauses[0].seal.CopyFrom(seal)
        await sign(stage, document)
        async with desks(stage):
            done = await trial(new, OLD)
        state = await old.core.state(done[-1].application)
        assert "looks on" in done[9].detail_en
        assert state.route.decider == node(NEW)
        assert state.state == lifecycle_pb2.APPLICATION_STATE_CLOSED

    on_stage(act)
