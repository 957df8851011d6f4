"""Trial runs on the virtual clock: three nodes, an agreement that asks for them, and what can go wrong."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from nodes.domain.diagnosis import Link
from nodes.journal.drafts import Draft
from nodes.store import QUERIES
from nodes.trial import ACTOR, papers
from nodes.trial.desk import trials
from tests.federation.stage import Stage
from tests.federation.trials import (
    NAME,
    NEW,
    OLD,
    STEPS,
    THIRD,
    claim,
    desks,
    failing,
    file,
    node,
    on_stage,
    publish,
    sign,
    text,
    trial,
)
from tongban import errors
from tongban.v1 import (
    agreement_pb2,
    approval_pb2,
    lifecycle_pb2,
    onboarding_pb2,
    registry_pb2,
    types_pb2,
    window_pb2,
)


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
            filed = await new.core.database.run(lambda tx: list(trials(tx)))
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
        filed = await new.core.database.run(lambda tx: list(trials(tx)))
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
        filed = await new.core.database.run(lambda tx: list(trials(tx)))
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
        filed = await old.core.database.run(lambda tx: list(trials(tx)))
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
