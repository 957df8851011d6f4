"""Deciding: what came for me, and every step of the decider."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from nodes.console import labels
from nodes.console.pages.applications import look
from nodes.console.visit import Handler, Route, Visit
from tongban import errors
from tongban.v1 import application_pb2, approval_pb2, lifecycle_pb2, window_pb2

_S = lifecycle_pb2
_OPEN = (
    _S.APPLICATION_STATE_SUBMITTED,
    _S.APPLICATION_STATE_ACCEPTED,
    _S.APPLICATION_STATE_IN_REVIEW,
    _S.APPLICATION_STATE_SUSPENDED,
    _S.APPLICATION_STATE_APPROVED,
    _S.APPLICATION_STATE_REFUSED,
    _S.APPLICATION_STATE_COLLECTED,
    _S.APPLICATION_STATE_NOT_ACCEPTED,
    _S.APPLICATION_STATE_WITHDRAWN,
    _S.APPLICATION_STATE_LAPSED,
)

Step = Callable[[Visit, str], Awaitable[object]]


async def listing(visit: Visit) -> web.StreamResponse:
    """Those that wait for a step of mine."""
    request = window_pb2.ListApplicationsRequest(
        page_size=50, page_token=visit.query("page")[:200], states=_OPEN, role=_S.ROLE_DECIDER
    )
    listed = await visit.ask(visit.house.desks.window.list_applications, request)
    return await visit.render("approval/list.html", listed=listed)


async def accept(visit: Visit, name: str) -> object:
    """Accept."""
    desk = visit.house.desks.approval
    return await visit.ask(desk.accept_application, approval_pb2.AcceptApplicationRequest(name=name))


async def start_review(visit: Visit, name: str) -> object:
    """Start the review."""
    return await visit.ask(visit.house.desks.approval.start_review, approval_pb2.StartReviewRequest(name=name))


async def approve(visit: Visit, name: str) -> object:
    """Approve."""
    desk = visit.house.desks.approval
    return await visit.ask(desk.approve_application, approval_pb2.ApproveApplicationRequest(name=name))


async def close(visit: Visit, name: str) -> object:
    """Close."""
    desk = visit.house.desks.approval
    return await visit.ask(desk.close_application, approval_pb2.CloseApplicationRequest(name=name))


async def decline(visit: Visit, name: str) -> object:
    """Decline, with a reason."""
    request = approval_pb2.DeclineApplicationRequest(
        name=name, reason_code=visit.form.text("reason_code"), explanation=visit.form.text("explanation")
    )
    return await visit.ask(visit.house.desks.approval.decline_application, request)


async def refuse(visit: Visit, name: str) -> object:
    """Refuse, with a reason."""
    request = approval_pb2.RefuseApplicationRequest(
        name=name, reason_code=visit.form.text("reason_code"), explanation=visit.form.text("explanation")
    )
    return await visit.ask(visit.house.desks.approval.refuse_application, request)


async def require_correction(visit: Visit, name: str) -> object:
    """One notice, all defects."""
    chosen = {key[2:]: values[0] for key, values in visit.form.values.items() if key.startswith("d-") and values[0]}
    request = approval_pb2.RequireCorrectionRequest(
        name=name,
        defects=[application_pb2.Defect(code=code, defect_code=defect) for code, defect in chosen.items()],
        explanation=visit.form.text("explanation"),
    )
    return await visit.ask(visit.house.desks.approval.require_correction, request)


async def issue(visit: Visit, name: str) -> object:
    """Issue the result."""
    upload = visit.form.files.get("electronic")
    if "electronic" in visit.form.texts("kinds") and upload is None:
        raise errors.FieldInvalid(field="electronic", problem="请选择电子证照文件", problem_en="choose the file")
    request = approval_pb2.IssueResultRequest(
        name=name,
        paper="paper" in visit.form.texts("kinds"),
        printing=visit.form.text("printing"),
        surrenders=visit.form.texts("surrenders"),
    )
    if upload is not None:
        request.electronic, request.media_type = upload.content, upload.media_type
    return await visit.ask(visit.house.desks.approval.issue_result, request)


def _step(path: str, step: Step, template: str = "") -> list[Route]:
    """The page of a step that asks for something, and the step itself; back to the application when it is done."""

    async def show(visit: Visit) -> web.StreamResponse:
        view, _ = await look(visit)
        item = visit.house.core.shared.item(view.application.route.item)
        known = {m.code: m.title for m in item.document.materials} if item else {}
        return await visit.render(
            template or "approval/step.html",
            a=view.application,
            known=known,
            path=path,
            title=labels.STEPS[path],
            responsibility=view.responsibility,
        )

    async def do(visit: Visit) -> web.StreamResponse:
        name = f"applications/{visit.part('number')}"
        try:
            await step(visit, name)
        except errors.TongbanError as error:
            visit.error = error
            return await show(visit)
        return visit.go(f"/{name}")

    address = f"/applications/{{number}}/{path}"
    handlers: tuple[tuple[str, Handler], ...] = (("GET", show), ("POST", do))
    return [Route(method, address, handler) for method, handler in handlers]


ROUTES = (
    Route("GET", "/approval", listing),
    *_step("accept", accept),
    *_step("start-review", start_review),
    *_step("approve", approve),
    *_step("close", close),
    *_step("decline", decline, "approval/reason.html"),
    *_step("refuse", refuse, "approval/reason.html"),
    *_step("require-correction", require_correction, "approval/defects.html"),
    *_step("issue", issue, "approval/issue.html"),
)
