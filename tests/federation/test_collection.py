"""Papers that travel because of a collection: old certificates home to be made void, results that nobody came for."""

from __future__ import annotations

import datetime as dt

import pytest

from nodes.store import QUERIES
from tests.federation.journey import Journey
from tests.federation.recovering import put_back_node
from tests.federation.stage import ACCEPTING, Stage, play
from tests.federation.whole import request_id
from tests.invariants import InvariantBroken, check_all
from tests.invariants.papers import ONE_VALID
from tongban import errors
from tongban.lifecycle import results
from tongban.v1 import (
    application_pb2,
    approval_pb2,
    lifecycle_pb2,
    mailroom_pb2,
    parcel_pb2,
    window_pb2,
)

RESULT, RETURN = parcel_pb2.PARCEL_PURPOSE_RESULT, parcel_pb2.PARCEL_PURPOSE_RETURN


async def issued(stage: Stage, *surrenders: str) -> Journey:
    """A licence on paper and as a file, decided and printed at the home region."""
    journey = stage.journey()
    await journey.submit()
    await stage.federation.settled()
    desk, approver = stage.home.desks.approval, stage.home.staff()
    await desk.accept_application(approver, approval_pb2.AcceptApplicationRequest(name=journey.name))
    await desk.start_review(approver, approval_pb2.StartReviewRequest(name=journey.name))
    await desk.approve_application(approver, approval_pb2.ApproveApplicationRequest(name=journey.name))
    request = approval_pb2.IssueResultRequest(
        name=journey.name, paper=True, electronic=b"file", media_type="application/pdf", surrenders=surrenders
    )
    await desk.issue_result(approver, request)
    await stage.federation.settled()
    return journey


async def chains(stage: Stage, original: str) -> list[list[parcel_pb2.Custody]]:
    """An original's holders, as both parties have them."""
    asked = mailroom_pb2.GetCustodyRequest(original=original)
    return [
        list((await run.desks.mailroom.get_custody(run.staff(), asked)).chain) for run in (stage.home, stage.accepting)
    ]


async def sound(stage: Stage) -> None:
    """What must hold of all books: one pair of hands for each paper, one valid original of each result."""
    gateway = stage.federation.gateway
    assert gateway is not None
    counts = await check_all(
        gateway.database, {run.core.name: run.core.database for run in (stage.home, stage.accepting)}
    )
    assert counts["result_papers"]


async def ready(journey: Journey) -> str:
    """A code."""
    request = window_pb2.ReadyResultRequest(name=journey.name)
    return (await journey.accepting.desks.window.ready_result(journey.window(), request)).pickup_code


async def collect(journey: Journey, code: str) -> application_pb2.Application:
    """Hand it out."""
    request = window_pb2.CollectResultRequest(
        name=journey.name, pickup_code=code, proof=application_pb2.COLLECTION_PROOF_CODE
    )
    return await journey.accepting.desks.window.collect_result(journey.window(), request)


def test_an_old_licence_goes_home_and_is_made_void() -> None:
    async def act(stage: Stage) -> None:
        journey = await issued(stage, "old-licence")
        await journey.send(stage.home, stage.accepting, "licence", RESULT, "SEAL-0001")
        code = await ready(journey)
        with pytest.raises(errors.CertificateNotSurrendered):
            await collect(journey, code)
        # The line is down while the applicant stands there; everything is done here and flows later.
        stage.accepting.line.cut()
        came = window_pb2.SurrenderCertificateRequest(
            request_id=request_id(), name=journey.name, code="old-licence", pages=1, serial="A-1"
        )
        await stage.accepting.desks.surrender.surrender_certificate(journey.window(), came)
        await collect(journey, code)
        stage.accepting.line.up = True
        await stage.federation.settled()
        await journey.send(stage.accepting, stage.home, "old-licence", RETURN, "SEAL-0002")
        void = window_pb2.VoidOriginalRequest(name=journey.name, original="old-licence", reason_code="surrendered")
        await stage.home.desks.surrender.void_original(stage.home.staff("mailroom-1"), void)
        with pytest.raises(errors.OriginalVoid):
            await stage.home.desks.surrender.void_original(stage.home.staff("mailroom-1"), void)
        await stage.federation.settled()
        await stage.same_everywhere(journey.name)
        there, here = await chains(stage, f"{journey.name}/originals/old-licence")
        assert there == here
        kinds = [each.kind for each in there]
        assert kinds[0] == parcel_pb2.HOLDER_KIND_POST
        assert parcel_pb2.HOLDER_KIND_LEG in kinds
        assert kinds[-1] == parcel_pb2.HOLDER_KIND_VOIDED
        state = await stage.home.core.state(journey.name)
        assert results.not_surrendered(state) == []
        assert [paper.original for paper in results.valid(state)] == ["licence"]
        # What is void is packed by nobody.
        with pytest.raises(errors.NotTheCustodian):
            await journey.send(stage.home, stage.accepting, "old-licence", RETURN, "SEAL-0003")
        await sound(stage)

    play(act)


def test_what_nobody_came_for_goes_home() -> None:
    async def act(stage: Stage) -> None:
        journey = await issued(stage)
        first = await journey.send(stage.home, stage.accepting, "licence", RESULT, "SEAL-0001")
        await ready(journey)
        await stage.federation.settled()
        stage.loop.jump(dt.timedelta(days=61).total_seconds())
        assert await stage.accepting.desks.collection.give_up_overdue() == 1
        parcel = await stage.accepting.core.state(first)
        assert parcel.state == lifecycle_pb2.PARCEL_STATE_UNCLAIMED
        assert [(e.code, e.owner) for e in parcel.exceptions] == [("unclaimed", f"nodes/{ACCEPTING}")]
        await stage.federation.settled()
        await journey.send(stage.accepting, stage.home, "licence", RETURN, "SEAL-0002")
        there, here = await chains(stage, f"{journey.name}/originals/licence")
        assert there == here
        assert there[-1].post.node == stage.home.core.name
        # The applicant writes after all: it is sent once more, and only that parcel is handed out.
        second = await journey.send(stage.home, stage.accepting, "licence", RESULT, "SEAL-0003")
        done = await collect(journey, await ready(journey))
        assert [e.resolution for e in done.exceptions] == ["ready-again"]
        await stage.federation.settled()
        states = [(await stage.home.core.state(name)).state for name in (first, second)]
        assert states == [lifecycle_pb2.PARCEL_STATE_UNCLAIMED, lifecycle_pb2.PARCEL_STATE_COLLECTED]
        await stage.same_everywhere(journey.name)
        await sound(stage)

    play(act)


def test_who_comes_late_and_before_it_left_still_gets_it() -> None:
    async def act(stage: Stage) -> None:
        journey = await issued(stage)
        parcel = await journey.send(stage.home, stage.accepting, "licence", RESULT, "SEAL-0001")
        await ready(journey)
        request = window_pb2.GiveUpCollectionRequest(name=journey.name)
        await stage.accepting.desks.collection.give_up_collection(stage.accepting.staff(), request)
        await collect(journey, await ready(journey))
        await stage.federation.settled()
        held = await stage.home.core.state(parcel)
        assert held.state == lifecycle_pb2.PARCEL_STATE_COLLECTED
        assert [e.resolution for e in held.exceptions] == ["explained"]
        there, here = await chains(stage, f"{journey.name}/originals/licence")
        assert there == here
        assert there[-1].kind == parcel_pb2.HOLDER_KIND_APPLICANT
        await sound(stage)

    play(act)


def test_a_window_that_was_put_back_gives_a_new_code_that_opens() -> None:
    async def act(stage: Stage) -> None:
        journey = await issued(stage)
        await journey.send(stage.home, stage.accepting, "licence", RESULT, "SEAL-0001")
        await stage.federation.settled()
        image = stage.disks.disk(ACCEPTING).image()
        lost = await ready(journey)
        await stage.federation.settled()
        journey.accepting = await put_back_node(stage, image)
        await stage.federation.settled(120)
        with pytest.raises(errors.PickupCodeWrong):
            await collect(journey, lost)
        state = await collect(journey, await ready(journey))
        assert state.state == lifecycle_pb2.APPLICATION_STATE_COLLECTED

    play(act)


def test_a_spoiled_print_comes_home_before_another_is_made() -> None:
    async def act(stage: Stage) -> None:
        journey = await issued(stage)
        name = journey.name
        await journey.send(stage.home, stage.accepting, "licence", RESULT, "SEAL-0001")
        void = window_pb2.VoidOriginalRequest(name=name, original="licence", reason_code="misprinted")
        grant = window_pb2.GrantPrintPermitRequest(name=name, code="licence", to=stage.home.core.name)
        surrender, prints = stage.home.desks.surrender, stage.home.desks.prints
        with pytest.raises(errors.NotTheCustodian):
            await surrender.void_original(stage.home.staff(), void)
        with pytest.raises(errors.PrintPermitHeld):
            await prints.grant_print_permit(stage.home.staff(), grant)
        await journey.send(stage.accepting, stage.home, "licence", RETURN, "SEAL-0002")
        await surrender.void_original(stage.home.staff(), void)
        granted = await prints.grant_print_permit(stage.home.staff(), grant)
        assert [paper.original for paper in results.papers(granted)] == ["licence-2"]
        await prints.record_print(
            stage.home.staff("mailroom-1"), window_pb2.RecordPrintRequest(name=name, original="licence-2")
        )
        await stage.federation.settled()
        await journey.send(stage.home, stage.accepting, "licence-2", RESULT, "SEAL-0003")
        done = await collect(journey, await ready(journey))
        assert [(d.code, d.original) for d in done.collected] == [("licence", "licence-2"), ("e-licence", "")]
        await stage.federation.settled()
        await stage.same_everywhere(name)
        held = {
            original: (await chains(stage, f"{name}/originals/{original}"))[0][-1].kind
            for original in ("licence", "licence-2")
        }
        assert held == {
            "licence": parcel_pb2.HOLDER_KIND_VOIDED,
            "licence-2": parcel_pb2.HOLDER_KIND_APPLICANT,
        }
        asked = await stage.accepting.core.database.run(lambda tx: tx.fetch_all(QUERIES.list_tasks), read_only=True)
        assert not asked
        await sound(stage)

    play(act)


def test_a_permit_that_is_granted_twice_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The invariant itself: with the rule planted away, what follows does not pass it."""

    async def act(stage: Stage) -> None:
        journey = await issued(stage)
        await sound(stage)
        monkeypatch.setattr(results, "check_granted", lambda granted, state, field: None)
        grant = window_pb2.GrantPrintPermitRequest(name=journey.name, code="licence", to=stage.home.core.name)
        await stage.home.desks.prints.grant_print_permit(stage.home.staff(), grant)
        await stage.federation.settled()
        with pytest.raises(InvariantBroken, match=ONE_VALID):
            await sound(stage)

    play(act)
