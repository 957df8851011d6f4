"""What a legal officer must not get through: each a named refusal at the real desk or gateway, and nothing changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from agreements.domain.days import day_of
from nodes.journal.drafts import Draft
from tests.agreements.making import set_date
from tests.federation.whole import request_id
from tests.nodes.kit import ACCEPTING, HOME, OUTSIDE, Address, office
from tests.nodes.three_parties import ITEM, NAME, REGIONS, digest, propose, sign, text, three, unchanged
from tongban import errors
from tongban.journal.envelopes import sign_events
from tongban.v1 import (
    agreement_pb2,
    event_pb2,
    lifecycle_pb2,
    negotiation_pb2,
    registry_pb2,
    types_pb2,
    window_pb2,
)

pytestmark = pytest.mark.federation
Change = Callable[[agreement_pb2.AgreementDocument], Any]


def stranger(document: agreement_pb2.AgreementDocument) -> None:
    document.parties.add(node="nodes/999999", region="999999", root_fingerprint=b"s" * 32)


def no_item(document: agreement_pb2.AgreementDocument) -> None:
    document.clauses[0].items.append("items/350600.never-published")


def crossing(document: agreement_pb2.AgreementDocument) -> None:
    set_date(document.expire_date, dt.date(2024, 12, 31))


def other_key(document: agreement_pb2.AgreementDocument) -> None:
    document.parties[1].root_fingerprint = b"x" * 32


def itself(document: agreement_pb2.AgreementDocument) -> None:
    document.renews = document.name


def unknown(document: agreement_pb2.AgreementDocument) -> None:
    document.renews = "agreements/none"


def outside(document: agreement_pb2.AgreementDocument) -> None:
    del document.parties[0]
    document.clauses[0].home = f"nodes/{ACCEPTING}"
    document.clauses[0].items[:] = ["items/445100.x"]


@pytest.mark.parametrize(
    ("change", "error", "field"),
    [
        (stranger, errors.NodeNotFound, "document.parties[3].node"),
        (no_item, errors.ItemNotFound, "document.clauses[0].items[1]"),
        (crossing, errors.FieldInvalid, "document.expire_date"),
        (other_key, errors.FieldInvalid, "document.parties[1].root_fingerprint"),
        (itself, errors.RenewalCircular, "document.renews"),
        (unknown, errors.AgreementNotFound, "document.renews"),
        (outside, errors.ItemNotFound, "document.clauses[0].items[0]"),
    ],
)
async def test_a_text_that_cannot_stand(
    address: Address, change: Change, error: type[errors.TongbanError], field: str
) -> None:
    async with office(address, regions=REGIONS) as o:
        document = text(o)
        change(document)
        raw = document.SerializeToString()
        async with unchanged(o):
            with pytest.raises(error) as caught:
                await propose(o.home, document)
            assert caught.value.field == field
            with pytest.raises(error):
                await o.home.desks.agreements.check_agreement(
                    o.home.staff(), negotiation_pb2.CheckAgreementRequest(document=raw)
                )


async def test_a_renewal_in_a_circle(address: Address) -> None:
    async with three(address) as (o, first):
        await o.sign(text(o, name="agreements/next", renews=NAME))
        async with unchanged(o):
            with pytest.raises(errors.RenewalCircular) as caught:
                await propose(o.home, text(o, document_version=2, renews="agreements/next"))
        assert "agreements/next" in caught.value.facts["chain"]
        del first


async def test_a_forged_signature(address: Address) -> None:
    """A node that signs in another's name, and bytes that were changed after signing."""
    async with three(address, in_force=False) as (o, document):
        assert o.gateway is not None
        state = o.home.core.shared.agreement(NAME)
        assert state is not None
        async with unchanged(o):
            for author, signer, reason in (
                (f"nodes/{ACCEPTING}", HOME, "KEY_OF_ANOTHER_NODE"),
                (f"nodes/{HOME}", HOME, "SIGNATURE_INVALID"),
            ):
                event = event_pb2.Event(
                    event_id=request_id(),
                    stream=NAME,
                    lifecycle_version=1,
                    expected_version=state.version,
                    expected_head=state.head,
                    author=author,
                    incarnation=1,
                    sequence=10_000,
                )
                event.claim_time.FromDatetime(o.clock.now())
                event.agreement_signed.document_digest = digest(document)
                wire = sign_events(o.nodes[signer].core.keys.signer(), [event])[0].wire
                if author == f"nodes/{signer}":
                    wire.envelope.signature.value = bytes(64)
                answers = await o.gateway.admit(f"nodes/{signer}", [wire])
                assert [each.rejection.reason for each in answers.outcomes] == [reason]


async def test_a_text_that_only_some_have_signed_covers_nothing(address: Address) -> None:
    async with three(address, in_force=False) as (o, document):
        await sign(o.home, document)
        await sign(o.accepting, document)
        await o.settled()
        request = window_pb2.SubmitApplicationRequest(
            request_id=request_id(),
            item=ITEM,
            mode=types_pb2.MODE_AGENT,
            applicant_kind=types_pb2.APPLICANT_KIND_PERSON,
            form={"applicant_name": "陈阿婆"},
        )
        run = o.nodes[OUTSIDE]
        async with unchanged(o):
            with pytest.raises(errors.NoAgreementInForce) as caught:
                await run.desks.window.submit_application(run.staff(), request)
        assert "尚待签署:文成县" in caught.value.text("zh")


async def test_signing_a_text_that_was_revised_meanwhile(address: Address) -> None:
    async with three(address, in_force=False) as (o, document):
        await sign(o.accepting, document)
        await o.settled()
        revised = text(o, title="三地协议(修改)")
        await propose(o.nodes[OUTSIDE], revised)
        await o.settled()
        state = o.home.core.shared.agreement(NAME)
        assert state is not None
        assert not state.signatures  # what was signed of the other text is void
        async with unchanged(o):
            with pytest.raises(errors.NotTheTextPending):
                await sign(o.home, document)
            with pytest.raises(errors.NotTheTextPending):
                await o.home.desks.agreements.sign_agreement(
                    o.home.staff(), registry_pb2.SignAgreementRequest(name=NAME, document_digest=b"?" * 32)
                )


async def test_an_amendment_of_a_terminated_agreement(address: Address) -> None:
    async with three(address) as (o, _):
        ending = negotiation_pb2.TerminateAgreementRequest(name=NAME)
        await o.home.desks.agreements.terminate_agreement(o.home.staff(), ending)
        await o.settled()
        async with unchanged(o):
            with pytest.raises(errors.MoveNotAllowed) as caught:
                await propose(o.accepting, text(o, document_version=2))
            assert "终止" in caught.value.text("zh")
            with pytest.raises(errors.MoveNotAllowed):
                await o.home.desks.agreements.terminate_agreement(o.home.staff(), ending)


async def test_an_amendment_that_is_not_the_next(address: Address) -> None:
    async with three(address) as (o, document):
        async with unchanged(o):
            with pytest.raises(errors.FieldInvalid) as caught:
                await propose(o.home, text(o, document_version=3))
            assert "document_version" in caught.value.field
            early = text(o, document_version=2)
            set_date(early.effective_date, dt.date(2024, 1, 1))
            with pytest.raises(errors.FieldInvalid) as caught:
                await propose(o.home, early)
            assert "effective_date" in caught.value.field
        await propose(o.home, text(o, document_version=2))
        await o.settled()
        async with unchanged(o):
            with pytest.raises(errors.AmendmentPending):
                await propose(o.accepting, text(o, document_version=3))
        del document


async def test_withdrawing_what_another_proposed(address: Address) -> None:
    async with three(address) as (o, _):
        amendment = text(o, document_version=2)
        await propose(o.home, amendment)
        await o.settled()
        await sign(o.accepting, amendment)
        await o.settled()
        desk, staff = o.accepting.desks.agreements, o.accepting.staff()
        async with unchanged(o):
            with pytest.raises(errors.AmendmentNotYours):
                await desk.withdraw_amendment(
                    staff, negotiation_pb2.WithdrawAmendmentRequest(name=NAME, document_digest=digest(amendment))
                )
            with pytest.raises(errors.NotTheTextPending):
                await desk.withdraw_amendment(
                    staff, negotiation_pb2.WithdrawAmendmentRequest(name=NAME, document_digest=b"o" * 32)
                )
        # A party that will not sign it may refuse it so.
        other = o.nodes[OUTSIDE]
        await other.desks.agreements.withdraw_amendment(
            other.staff(), negotiation_pb2.WithdrawAmendmentRequest(name=NAME, document_digest=digest(amendment))
        )


async def test_whoever_is_no_party(address: Address) -> None:
    async with office(address, regions=REGIONS) as o:
        name = "agreements/zhangzhou-chaozhou-shantou"  # of the other two
        run = o.nodes[OUTSIDE]
        present = run.core.shared.agreement(name)
        assert present is not None
        desk, staff = run.desks.agreements, run.staff()
        same = present.document_digest
        async with unchanged(o):
            for call in (
                desk.sign_agreement(staff, registry_pb2.SignAgreementRequest(name=name, document_digest=same)),
                desk.suspend_agreement(staff, negotiation_pb2.SuspendAgreementRequest(name=name)),
                desk.suspend_agreement(staff, negotiation_pb2.SuspendAgreementRequest(name=name, part=True)),
                desk.leave_agreement(staff, negotiation_pb2.LeaveAgreementRequest(name=name)),
                desk.terminate_agreement(staff, negotiation_pb2.TerminateAgreementRequest(name=name)),
                desk.comment_agreement(
                    staff,
                    negotiation_pb2.CommentAgreementRequest(name=name, document_digest=same, comment="我方意见"),
                ),
                propose(run, present.document),
            ):
                with pytest.raises((errors.RoleNotAllowed, errors.NotParty)):
                    await call


async def test_leaving_with_too_short_notice_and_by_the_last_but_one(address: Address) -> None:
    async with three(address) as (o, _):
        run = o.nodes[OUTSIDE]
        soon = negotiation_pb2.LeaveAgreementRequest(name=NAME)
        today = day_of(o.clock.now())
        set_date(soon.effect_date, today + dt.timedelta(days=29))
        async with unchanged(o):
            with pytest.raises(errors.NoticeTooShort) as caught:
                await run.desks.agreements.leave_agreement(run.staff(), soon)
            assert caught.value.facts["earliest"] == str(today + dt.timedelta(days=30))
            ending = negotiation_pb2.TerminateAgreementRequest(name=NAME)
            ending.effect_date.CopyFrom(soon.effect_date)
            with pytest.raises(errors.NoticeTooShort):
                await run.desks.agreements.terminate_agreement(run.staff(), ending)
        await run.desks.agreements.leave_agreement(run.staff(), negotiation_pb2.LeaveAgreementRequest(name=NAME))
        await o.settled()
        leave = negotiation_pb2.LeaveAgreementRequest(name=NAME)
        async with unchanged(o):
            with pytest.raises(errors.AlreadyExists):
                await run.desks.agreements.leave_agreement(run.staff(), leave)
            with pytest.raises(errors.TooFewPartiesLeft):
                await o.home.desks.agreements.leave_agreement(o.home.staff(), leave)


async def test_a_text_that_waits_is_given_up_at_once(address: Address) -> None:
    """Nobody is bound by it yet, so the notice that it asks for is nobody's due."""
    async with office(address, regions=REGIONS) as o:
        await propose(o.home, text(o))
        ending = negotiation_pb2.TerminateAgreementRequest(name=NAME)
        ended = await o.home.desks.agreements.terminate_agreement(o.home.staff(), ending)
        assert ended.state == lifecycle_pb2.AGREEMENT_STATE_TERMINATED
        day = ended.terminate_date
        assert dt.date(day.year, day.month, day.day) == day_of(o.clock.now())


async def test_suspending_anothers_item_and_times_that_cross(address: Address) -> None:
    async with three(address) as (o, _):
        now = o.clock.now()
        crossing_times = negotiation_pb2.SuspendAgreementRequest(name=NAME)
        crossing_times.effect_time.FromDatetime(now)
        crossing_times.honour_time.FromDatetime(now - dt.timedelta(hours=1))
        desk, staff = o.accepting.desks.agreements, o.accepting.staff()
        async with unchanged(o):
            with pytest.raises(errors.FieldInvalid) as caught:
                await desk.suspend_agreement(staff, negotiation_pb2.SuspendAgreementRequest(name=NAME, items=[ITEM]))
            assert caught.value.field == "event.part_suspended.items[0]"
            with pytest.raises(errors.FieldInvalid) as caught:
                await desk.suspend_agreement(staff, crossing_times)
            assert "honour_time" in caught.value.field
            with pytest.raises(errors.FieldInvalid):
                await desk.resume_agreement(
                    staff, negotiation_pb2.ResumeAgreementRequest(name=NAME, suspension=request_id())
                )
        await o.home.desks.agreements.suspend_agreement(
            o.home.staff(), negotiation_pb2.SuspendAgreementRequest(name=NAME, items=[ITEM])
        )
        await o.settled()
        part = o.home.core.shared.agreement(NAME)
        assert part is not None
        anothers = negotiation_pb2.ResumeAgreementRequest(name=NAME, suspension=part.part_suspensions[0].event_id)
        async with unchanged(o):
            with pytest.raises(errors.FieldInvalid):
                await desk.resume_agreement(staff, anothers)


async def test_two_that_contradict_stand_and_both_parties_are_told(address: Address) -> None:
    async with three(address) as (o, document):
        # 漳州 and 潮州 have the first agreement, which promises no limit: it has fewer parties and wins.
        winner = "agreements/zhangzhou-chaozhou-shantou"
        for run in (o.home, o.accepting):
            told = await run.desks.agreements.list_agreement_conflicts(
                run.staff(), negotiation_pb2.ListAgreementConflictsRequest()
            )
            found = [each for each in told.conflicts if each.item == ITEM]
            assert [(each.winner, each.loser) for each in found] == [(winner, NAME)]
            assert "参与方较少" in found[0].message_zh
        route = await o.accepting.desks.window.find_route(
            o.accepting.staff(),
            window_pb2.FindRouteRequest(
                item=ITEM, mode=types_pb2.MODE_AGENT, applicant_kind=types_pb2.APPLICANT_KIND_PERSON
            ),
        )
        assert route.route.agreement == winner
        checked = await o.nodes[OUTSIDE].desks.agreements.check_agreement(
            o.nodes[OUTSIDE].staff(), negotiation_pb2.CheckAgreementRequest(document=document.SerializeToString())
        )
        assert {each.winner for each in checked.conflicts} == {winner}


async def test_nothing_is_recorded_for_what_the_node_itself_refuses(address: Address) -> None:
    """A draft that goes round the desk is refused by the journal in the same words."""
    async with three(address) as (o, _):
        body = agreement_pb2.AgreementResumed()
        async with unchanged(o):
            with pytest.raises(errors.MoveNotAllowed):
                await o.home.core.record(
                    o.home.staff().actor, lambda view: ([Draft(NAME, "agreement_resumed", body)], None)
                )
        state = o.home.core.shared.agreement(NAME)
        assert state is not None
        assert state.state == lifecycle_pb2.AGREEMENT_STATE_SIGNED
