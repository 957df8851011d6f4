"""What a clause says of seals, printing and identity documents, as the desks carry it out."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from agreements.domain.answering import answering
from tests.federation.journey import APPLICANT, ITEM, submission
from tests.federation.whole import Federation
from tests.nodes.kit import ACCEPTING, HOME, Address, Office, office
from tongban import errors
from tongban.v1 import agreement_pb2, application_pb2, approval_pb2, mailroom_pb2, parcel_pb2, types_pb2, window_pb2

HERE, THERE = f"nodes/{ACCEPTING}", f"nodes/{HOME}"
APPEAL = "漳州市人民政府行政复议机构,胜利东路 118 号"
ROUTE = application_pb2.Route(home=THERE, accepting=HERE, decider=THERE, collecting=HERE)


async def agreed(o: Federation, *, item: str = ITEM, **changes: Any) -> None:
    """A narrower agreement on one item, so that it wins."""
    clause = agreement_pb2.Clause(
        id="one", home=THERE, accepting=[HERE], items=[item], modes=[types_pb2.MODE_AGENT], paper=True
    )
    clause.decider = types_pb2.DECIDER_HOME
    clause.MergeFrom(agreement_pb2.Clause(**changes))
    document = agreement_pb2.AgreementDocument(
        name="agreements/seal", document_version=1, title="用章协议", clauses=[clause]
    )
    document.effective_date.year, document.effective_date.month, document.effective_date.day = 2024, 1, 1
    for region in (HOME, ACCEPTING):
        root = o.nodes[region].core.keys.root_public
        document.parties.add(node=f"nodes/{region}", region=region, root_fingerprint=hashlib.sha256(root).digest())
    await o.sign(document)


async def approved(o: Office) -> str:
    """An application that waits for its result."""
    journey = o.journey()
    await journey.submit()
    await o.settled()
    desk, approver = o.home.desks.approval, o.home.staff()
    await desk.accept_application(approver, approval_pb2.AcceptApplicationRequest(name=journey.name))
    await desk.start_review(approver, approval_pb2.StartReviewRequest(name=journey.name))
    await desk.approve_application(approver, approval_pb2.ApproveApplicationRequest(name=journey.name))
    return journey.name


async def issue(o: Office, name: str, **changes: Any) -> application_pb2.Application:
    request = approval_pb2.IssueResultRequest(name=name, paper=True, **changes)
    issued = await o.home.desks.approval.issue_result(o.home.staff(), request)
    await o.settled()
    return issued


async def test_the_collecting_window_prints_where_the_clause_lets_it(sqlite: Address) -> None:
    async with office(sqlite) as o:
        await agreed(o, printing=[HERE])
        name = await approved(o)
        await issue(o, name, printing=HERE)
        asked = mailroom_pb2.GetCustodyRequest(original=f"{name}/originals/licence")
        window, clerk = o.accepting.desks.window, o.accepting.staff()
        with pytest.raises(errors.OriginalNotFound):
            await o.accepting.desks.mailroom.get_custody(clerk, asked)
        ready = await window.ready_result(clerk, window_pb2.ReadyResultRequest(name=name))
        await window.collect_result(
            clerk,
            window_pb2.CollectResultRequest(
                name=name, pickup_code=ready.pickup_code, proof=application_pb2.COLLECTION_PROOF_CODE
            ),
        )
        await o.settled()
        chains = [(await run.desks.mailroom.get_custody(run.staff(), asked)).chain for run in (o.home, o.accepting)]
        assert chains[0] == chains[1]
        printed, taken = chains[0]
        assert (printed.kind, printed.post.node, printed.post.post) == (
            parcel_pb2.HOLDER_KIND_POST,
            HERE,
            "window-1",
        )
        assert taken.kind == parcel_pb2.HOLDER_KIND_APPLICANT


async def test_who_is_not_listed_prints_nothing(sqlite: Address) -> None:
    async with office(sqlite) as o:
        await agreed(o)
        name = await approved(o)
        for elsewhere in (HERE, "nodes/330328"):
            with pytest.raises(errors.PrintingNotCovered) as refusal:
                await issue(o, name, printing=elsewhere)
            assert refusal.value.facts["allowed"] == THERE
        issued = await issue(o, name, printing=THERE)
        assert [each.printing for each in issued.results] == [""]
        with pytest.raises(errors.NotTheCustodian):
            await o.accepting.desks.window.ready_result(o.accepting.staff(), window_pb2.ReadyResultRequest(name=name))


async def test_the_record_names_who_answers(sqlite: Address) -> None:
    async with office(sqlite) as o:
        seal = agreement_pb2.SealTerms(title="全域通办审批专用章(1)", keeper=HERE, appeal=APPEAL)
        await agreed(o, seal=seal, printing=[HERE])
        journey = o.journey()
        await journey.submit()
        await o.settled()
        views = [
            await run.desks.window.get_application(run.staff(), window_pb2.GetApplicationRequest(name=journey.name))
            for run in (o.home, o.accepting)
        ]
        assert (
            views[0].responsibility
            == views[1].responsibility
            == window_pb2.Responsibility(
                answers=THERE,
                answers_title=o.home.core.shared.directory.node(THERE).profile.title,
                appeal=APPEAL,
                seal=seal.title,
                seal_keeper=HERE,
                printing=[THERE, HERE],
            )
        )


async def test_only_documents_that_the_clause_takes(sqlite: Address) -> None:
    async with office(sqlite) as o:
        await agreed(o, identity_kinds=["taiwan_permit", "passport"])
        window, clerk = o.accepting.desks.window, o.accepting.staff()
        with pytest.raises(errors.IdentityKindNotCovered) as refusal:
            await window.submit_application(clerk, submission())
        assert refusal.value.field == "form.identity_kind"
        assert "居民身份证" in refusal.value.text("zh")
        assert "台胞证、护照" in refusal.value.text("zh")
        permit = APPLICANT | {"identity_kind": "taiwan_permit", "identity_number": "12345678"}
        filed = await window.submit_application(clerk, submission(form=permit))
        assert filed.route.agreement == "agreements/seal"
        await o.settled()
        notice = approval_pb2.RequireCorrectionRequest(
            name=filed.name,
            defects=[application_pb2.Defect(code="form", defect_code="missing")],
            explanation="证件号码有误",
        )
        await o.home.desks.approval.require_correction(o.home.staff(), notice)
        await o.settled()
        supplied = window_pb2.SupplyCorrectionRequest(name=filed.name, form=dict(APPLICANT))
        with pytest.raises(errors.IdentityKindNotCovered):
            await window.supply_correction(clerk, supplied)


def test_where_a_clause_is_silent_the_home_answers() -> None:
    for clause in (None, agreement_pb2.Clause(id="one")):
        found = answering(ROUTE, clause)
        assert (found.answers, found.seal, found.keeper, found.printing) == (THERE, "", THERE, (THERE,))
    deciding = application_pb2.Route(home=THERE, accepting=HERE, decider=HERE, collecting=HERE)
    found = answering(deciding, None)
    assert (found.answers, found.keeper, found.printing) == (THERE, HERE, (HERE,))
