"""What a party may do with an agreement that it has signed: suspend, resume, leave, end it, decline its renewal.

Each step has a page of its own that says what it will do before anything is done.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from agreements.domain.days import SHANGHAI, day_of, last_days
from agreements.domain.documents import is_mandate
from agreements.domain.texts import FEWEST, present_end
from nodes.console.visit import Route, Visit
from nodes.desk.staff import SUPERVISOR
from tongban import errors
from tongban.v1 import agreement_pb2, directory_pb2, lifecycle_pb2, negotiation_pb2

_Agreement = agreement_pb2.Agreement
_SIGNED = lifecycle_pb2.AGREEMENT_STATE_SIGNED
_SUSPENDED = lifecycle_pb2.AGREEMENT_STATE_SUSPENDED
_PROPOSED = lifecycle_pb2.AGREEMENT_STATE_PROPOSED


@dataclass(frozen=True, slots=True)
class Step:
    """A step that is open."""

    path: str
    title: str


SUSPEND = Step("suspend", "中止全协议")
RESUME = Step("resume", "恢复全协议")
SUSPEND_PART = Step("suspend-part", "中止本方部分或事项")
RESUME_PART = Step("resume-part", "恢复本方中止的部分")
LEAVE = Step("leave", "退出协议")
DECLINE = Step("decline", "到期不再续期")
TERMINATE = Step("terminate", "终止全协议")
ALL = (SUSPEND, RESUME, SUSPEND_PART, RESUME_PART, LEAVE, DECLINE, TERMINATE)


def steps(agreement: _Agreement, node: str, now: dt.datetime) -> list[Step]:
    """What a node may do, in the order of the page."""
    document, mandate = agreement.document, is_mandate(agreement.document)
    if not any(party.node == node for party in document.parties):
        return []
    left = {each.node for each in agreement.leavings}
    master = document.issuer if mandate else document.coordinator
    leads = master in ("", node) or (not mandate and master in left)
    found = []
    live = agreement.state in (_SIGNED, _SUSPENDED)
    if agreement.state == _SIGNED and leads:
        found.append(SUSPEND)
    if agreement.state == _SUSPENDED and leads:
        found.append(RESUME)
    if live:
        found.append(SUSPEND_PART)
    if live and any(each.node == node for each in agreement.part_suspensions):
        found.append(RESUME_PART)
    staying = {each.node for each in agreement.signatures} - left - {node}
    if live and not mandate and node not in left and len(staying) >= FEWEST:
        found.append(LEAVE)
    if live and document.renewal_months and present_end(agreement) is None and (leads or not mandate):
        found.append(DECLINE)
    if (live and leads) or (agreement.state == _PROPOSED and (leads or not mandate)):
        found.append(TERMINATE)
    return found


async def ask(visit: Visit) -> web.StreamResponse:
    """The page of a step: what it does, and what it needs to know."""
    visit.staff.require("变更协议", SUPERVISOR)
    found = await _agreement(visit)
    today = day_of(visit.house.core.clock.now())
    notice = 0 if found.state == _PROPOSED else found.document.notice_days
    earliest = today + dt.timedelta(days=notice)
    ends = [day for day, _ in zip(last_days(found.document), range(40), strict=False) if day >= earliest]
    here = visit.house.core.name
    return await visit.render(
        "agreements/step.html",
        a=found,
        step=_step(visit),
        open=_step(visit) in steps(found, here, visit.house.core.clock.now()),
        earliest=earliest,
        ends=ends[:5],
        items=own_items(visit, found),
        parts=[each for each in found.part_suspensions if each.node == here],
        now=visit.house.core.clock.now().astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M"),
    )


def own_items(visit: Visit, agreement: _Agreement) -> list[directory_pb2.Item]:
    """This node's published items that the present text covers, by name or by a pool."""
    document, here = agreement.document, visit.house.core.name
    named = {item for clause in document.clauses for item in clause.items}
    codes = {code for pool in document.pools for code in pool.base_codes}
    return [
        item
        for item in visit.house.core.shared.items()
        if item.document.home == here and (item.name in named or item.document.base_code in codes)
    ]


async def do(visit: Visit) -> web.StreamResponse:
    """Do the step that was asked for."""
    desk, step = visit.house.desks.agreements, _step(visit)
    name = f"agreements/{visit.part('agreement')}"
    try:
        if visit.form.text("sure") != "yes":
            raise errors.FieldInvalid(field="sure", problem="请勾选确认", problem_en="tick the box")
        match step.path:
            case "suspend":
                await visit.ask(desk.suspend_agreement, _suspension(visit, name))
            case "suspend-part":
                request = _suspension(visit, name)
                request.part = True
                if visit.form.text("what") == "items":
                    request.items.extend(visit.form.texts("items"))
                    if not request.items:
                        raise errors.FieldInvalid(field="items", problem="请选择事项", problem_en="choose the items")
                await visit.ask(desk.suspend_agreement, request)
            case "resume" | "resume-part":
                suspension = visit.form.text("suspension")
                if step is RESUME_PART and not suspension:  # Without one, it would be the whole that is resumed.
                    raise errors.FieldInvalid(field="suspension", problem="请选择", problem_en="choose one")
                resumed = negotiation_pb2.ResumeAgreementRequest(name=name, suspension=suspension)
                await visit.ask(desk.resume_agreement, resumed)
            case "leave":
                leaving = negotiation_pb2.LeaveAgreementRequest(name=name)
                _set_day(visit, leaving.effect_date)
                await visit.ask(desk.leave_agreement, leaving)
            case "terminate":
                ending = negotiation_pb2.TerminateAgreementRequest(name=name)
                _set_day(visit, ending.effect_date)
                await visit.ask(desk.terminate_agreement, ending)
            case _:
                declining = negotiation_pb2.DeclineRenewalRequest(name=name)
                _set_day(visit, declining.expire_date)
                await visit.ask(desk.decline_renewal, declining)
    except errors.TongbanError as error:
        visit.error = error
        return await ask(visit)
    return visit.go(f"/{name}")


def _suspension(visit: Visit, name: str) -> negotiation_pb2.SuspendAgreementRequest:
    request = negotiation_pb2.SuspendAgreementRequest(name=name, comment=visit.form.text("comment"))
    for field, target in (("effect_time", request.effect_time), ("honour_time", request.honour_time)):
        text = visit.form.text(field)
        if text:
            try:
                target.FromDatetime(dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))
            except (ValueError, OverflowError):
                raise errors.FieldInvalid(field=field, problem="不是有效时间", problem_en="not a time") from None
    return request


def _set_day(visit: Visit, target: Any) -> None:
    text = visit.form.text("day")
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise errors.FieldInvalid(field="day", problem="请填写日期", problem_en="choose a day") from None
    target.year, target.month, target.day = day.year, day.month, day.day


def _step(visit: Visit) -> Step:
    path = visit.request.path.rpartition("/")[2]
    return next(step for step in ALL if step.path == path)


async def _agreement(visit: Visit) -> _Agreement:
    name = f"agreements/{visit.part('agreement')}"
    state = await visit.house.core.state(name)
    if not isinstance(state, _Agreement):
        raise errors.AgreementNotFound(field="name", name=name)
    return state


ROUTES = tuple(
    Route(method, f"/agreements/{{agreement}}/{step.path}", handler)
    for step in ALL
    for method, handler in (("GET", ask), ("POST", do))
)
