"""A result on its way into the applicant's hands, at two nodes on real databases."""

from __future__ import annotations

from typing import Any

from nodes.store import QUERIES
from tests.nodes.kit import Office
from tests.nodes.test_answering import agreed
from tongban.v1 import agreement_pb2, application_pb2, approval_pb2, mailroom_pb2, parcel_pb2, window_pb2

HERE, THERE = "nodes/445100", "nodes/350600"
CODE = application_pb2.COLLECTION_PROOF_CODE


async def decided(o: Office, **changes: Any) -> str:
    """An application whose licence 潮州 may print; more of the request in `changes`."""
    await agreed(o, printing=[HERE], seal=agreement_pb2.SealTerms(title="全域通办审批专用章(1)", answers=THERE))
    return await another(o, **changes)


async def another(o: Office, **changes: Any) -> str:
    """The same again, under the agreement that is there."""
    journey = o.journey()
    await journey.submit()
    await o.settled()
    desk, approver = o.home.desks.approval, o.home.staff()
    await desk.accept_application(approver, approval_pb2.AcceptApplicationRequest(name=journey.name))
    await desk.start_review(approver, approval_pb2.StartReviewRequest(name=journey.name))
    await desk.approve_application(approver, approval_pb2.ApproveApplicationRequest(name=journey.name))
    changes.setdefault("printing", HERE)
    request = approval_pb2.IssueResultRequest(name=journey.name, paper=True, **changes)
    await desk.issue_result(approver, request)
    await o.settled()
    return journey.name


async def ready(o: Office, name: str, locker: str = "") -> window_pb2.ReadyResultResponse:
    return await o.accepting.desks.window.ready_result(
        o.accepting.staff(), window_pb2.ReadyResultRequest(name=name, locker=locker)
    )


async def collect(o: Office, name: str, code: str, **changes: Any) -> application_pb2.Application:
    changes.setdefault("proof", CODE)
    request = window_pb2.CollectResultRequest(name=name, pickup_code=code, **changes)
    return await o.accepting.desks.window.collect_result(o.accepting.staff(), request)


async def holder(o: Office, original: str) -> parcel_pb2.Custody:
    asked = mailroom_pb2.GetCustodyRequest(original=original)
    return (await o.accepting.desks.mailroom.get_custody(o.accepting.staff(), asked)).current


async def lines(o: Office, name: str) -> dict[str, str]:
    view = await o.accepting.desks.window.get_application(
        o.accepting.staff(), window_pb2.GetApplicationRequest(name=name)
    )
    return {line.code: line.zh for line in view.applicant_lines}


async def tasks(o: Office, reason: str) -> list[str]:
    rows = await o.accepting.core.database.run(lambda tx: tx.fetch_all(QUERIES.list_tasks), read_only=True)
    return [row["owner"] for row in rows if row["reason"] == reason]
