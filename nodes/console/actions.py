"""Exactly what this person may do with an application or a parcel now.

Read from the contract's table of moves (from which states, by which role of the node) and from the desk that each
step belongs to; so a button is there when, and only when, the step would be allowed.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailroom.domain.legs import is_vouched_for
from nodes.desk.staff import APPROVAL, MAILROOM, SUPERVISOR, WINDOW, Staff
from tongban.lifecycle import results
from tongban.lifecycle.table import RULES
from tongban.v1 import application_pb2, lifecycle_pb2, parcel_pb2

_S = lifecycle_pb2
_ARRIVED = frozenset({_S.PARCEL_STATE_TAKEN_IN, _S.PARCEL_STATE_WRONG_POST})


@dataclass(frozen=True, slots=True)
class Action:
    """A step that is open: its address below the thing's own, its label, and whether one press is enough."""

    path: str
    title: str
    direct: bool = False
    main: bool = True


_STEPS = (
    ("application_accepted", APPROVAL, Action("accept", "受理", direct=True)),
    ("correction_required", APPROVAL, Action("require-correction", "补正通知", main=False)),
    ("application_not_accepted", APPROVAL, Action("decline", "不予受理", main=False)),
    ("review_started", APPROVAL, Action("start-review", "进入审查", direct=True)),
    ("application_approved", APPROVAL, Action("approve", "准予")),
    ("application_refused", APPROVAL, Action("refuse", "不予", main=False)),
    ("result_issued", APPROVAL, Action("issue", "出证")),
    ("application_closed", APPROVAL, Action("close", "办结归档", direct=True)),
    ("correction_supplied", WINDOW, Action("correct", "补正")),
    ("result_ready", WINDOW, Action("ready", "可取证")),
    ("result_collected", WINDOW, Action("collect", "取证")),
    ("result_unclaimed", SUPERVISOR, Action("give-up", "逾期未领", main=False)),
    ("application_withdrawn", WINDOW, Action("withdraw", "撤回", main=False)),
)


def application_actions(
    application: application_pb2.Application, node: str, staff: Staff, *, papers_here: bool, holds_originals: bool
) -> list[Action]:
    """The steps that are open.  `papers_here`: what was issued on paper, if anything, lies at this node."""
    route = application.route
    held = {
        lifecycle_pb2.ROLE_ACCEPTING: route.accepting,
        lifecycle_pb2.ROLE_DECIDER: route.decider,
        lifecycle_pb2.ROLE_COLLECTING: route.collecting,
    }
    ours = {role for role, holder in held.items() if holder == node}
    found = []
    for event, desk, action in _STEPS:
        rule = RULES[event]
        if desk not in staff.roles or application.state not in rule.from_states or not ours & rule.roles:
            continue
        if action.path == "require-correction" and application.correction_noticed:
            continue
        if action.path == "ready" and not papers_here:
            continue
        found.append(action)
    again = application.state == lifecycle_pb2.APPLICATION_STATE_READY_FOR_COLLECTION
    if again and WINDOW in staff.roles and lifecycle_pb2.ROLE_COLLECTING in ours:
        found.append(Action("ready", "换取件码", main=False))
    found += _of_papers(application, node, staff, holds_originals=holds_originals)
    packs = application.state in RULES["parcel_attached"].from_states and bool(ours)
    if MAILROOM in staff.roles and holds_originals and packs:
        found.append(Action("pack", "装包寄送", main=False))
    return found


def _of_papers(
    application: application_pb2.Application, node: str, staff: Staff, *, holds_originals: bool
) -> list[Action]:
    """What may become of papers: who prints, what comes back, what goes back, what is made void."""
    route, found = application.route, []
    desk = bool(staff.roles & {WINDOW, APPROVAL}) and node in {route.accepting, route.decider, route.collecting}
    papers = results.papers(application)
    free = [p for p in papers if p.void_reason or not (p.printing or p.printed)]
    granting = application.state in RULES["print_permit_granted"].from_states and route.decider == node
    printing = application.state in RULES["result_printed"].from_states and results.printed_by(application, node)
    if desk and (printing or (granting and free and APPROVAL in staff.roles)):
        found.append(Action("print", "打印证照"))
    electronic = {d.code for d in application.results if not d.original} - set(application.delivered)
    if desk and electronic and application.state in RULES["electronic_delivered"].from_states:
        found.append(Action("electronic", "电子送达", main=False))
    if desk and results.not_surrendered(application):
        found.append(Action("surrender", "收回旧证"))
    kept = set(results.voidable(application))
    if holds_originals and WINDOW in staff.roles and desk and set(results.handed_in(application)) - kept:
        found.append(Action("return", "退还原件", main=False))
    if kept and route.decider == node and staff.roles & {APPROVAL, MAILROOM}:
        found.append(Action("void", "缴销", main=False))
    return found


def may_open(application: application_pb2.Application, node: str, staff: Staff) -> bool:
    """Whether the sealed form may be asked for; each reading is recorded."""
    route = application.route
    return bool(staff.roles & {WINDOW, APPROVAL}) and node in {
        route.accepting,
        route.home,
        route.decider,
        route.collecting,
    }


def parcel_actions(parcel: parcel_pb2.Parcel, node: str, staff: Staff) -> list[Action]:
    """The steps that are open for a parcel."""
    if MAILROOM not in staff.roles:
        return []
    found = []
    held = parcel.custody
    in_hand = held.kind == parcel_pb2.HOLDER_KIND_POST and held.post.node == node
    astray = in_hand and held.post != parcel.destination and parcel.state in _ARRIVED
    if in_hand and parcel.state in (*RULES["parcel_offered"].from_states, _S.PARCEL_STATE_OFFERED):
        found.append(Action("dispatch", "交寄"))
    if parcel.destination.node == node:
        if parcel.state in RULES["parcel_taken_in"].from_states and not in_hand:
            found.append(Action("/parcels/take-in", "接收"))
        if parcel.state in RULES["parcel_opened"].from_states and not astray:
            found.append(Action("open", "拆封"))
        if parcel.state in RULES["items_checked"].from_states:
            found.append(Action("check", "逐件核对"))
    if in_hand and parcel.state in RULES["parcel_redirected"].from_states:
        found.append(Action("redirect", "改寄", main=astray))
    return [*found, *_leg_actions(parcel, node, in_hand=in_hand)]


def _leg_actions(parcel: parcel_pb2.Parcel, node: str, *, in_hand: bool) -> list[Action]:
    """What may happen to a leg besides its scans."""
    found = []
    if in_hand and parcel.state in RULES["parcel_offered"].from_states:
        found.append(Action("offer", "预约交寄", main=False))
    if in_hand and parcel.state == _S.PARCEL_STATE_OFFERED and parcel.legs[-1].booking_node == node:
        found.append(Action("cancel-leg", "撤销预约", main=False))
    legs = [leg for leg in parcel.legs if not leg.cancelled]
    given = [leg for leg in legs if leg.booking_node == node and leg.HasField("dispatch")]
    if given and not is_vouched_for(given[-1]) and not given[-1].HasField("intake"):
        found.append(Action("waybill-photo", "补面单照片", main=not given[-1].waybill_photo_digest))
    if legs and not legs[-1].HasField("intake"):
        found.append(Action("observe", "记录承运方消息", main=False))
    return found
