"""The first page: my work, by role, and how the node is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from aiohttp import web

from nodes.console.pages.agreements import waiting_for_us, warnings
from nodes.console.visit import Route, Visit
from nodes.desk.staff import APPROVAL, LOCKER, MAILROOM, SUPERVISOR, WINDOW
from tongban.v1 import lifecycle_pb2, mailroom_pb2, parcel_pb2, registry_pb2, window_pb2

_MANY = 200
_S = lifecycle_pb2

_WORK: tuple[tuple[str, str, int, Sequence[lifecycle_pb2.ApplicationState]], ...] = (
    (APPROVAL, "新到,待受理", _S.ROLE_DECIDER, (_S.APPLICATION_STATE_SUBMITTED,)),
    (APPROVAL, "已受理,待审查", _S.ROLE_DECIDER, (_S.APPLICATION_STATE_ACCEPTED,)),
    (APPROVAL, "审查中,待决定", _S.ROLE_DECIDER, (_S.APPLICATION_STATE_IN_REVIEW,)),
    (APPROVAL, "已决定,待出证", _S.ROLE_DECIDER, (_S.APPLICATION_STATE_APPROVED, _S.APPLICATION_STATE_REFUSED)),
    (APPROVAL, "已取证,待办结", _S.ROLE_DECIDER, (_S.APPLICATION_STATE_COLLECTED,)),
    (WINDOW, "待补正", _S.ROLE_ACCEPTING, (_S.APPLICATION_STATE_CORRECTION_REQUIRED,)),
    (WINDOW, "已出证,等证到窗口", _S.ROLE_COLLECTING, (_S.APPLICATION_STATE_RESULT_ISSUED,)),
    (WINDOW, "待申请人取证", _S.ROLE_COLLECTING, (_S.APPLICATION_STATE_READY_FOR_COLLECTION,)),
)

TO_DO = {
    "send": (
        "待交寄",
        (
            _S.PARCEL_STATE_PACKED,
            _S.PARCEL_STATE_SEALED,
            _S.PARCEL_STATE_OFFERED,
            _S.PARCEL_STATE_REDIRECTED,
            _S.PARCEL_STATE_RETURNING,
        ),
        False,
    ),
    "come": (
        "寄来途中",
        (_S.PARCEL_STATE_OFFERED, _S.PARCEL_STATE_WITH_CARRIER, _S.PARCEL_STATE_CARRIER_SAYS_DELIVERED),
        True,
    ),
    "open": ("待拆封", (_S.PARCEL_STATE_TAKEN_IN,), True),
    "check": ("待核对", (_S.PARCEL_STATE_OPENED,), True),
    "astray": ("误投,待改寄", (_S.PARCEL_STATE_WRONG_POST, _S.PARCEL_STATE_TAKEN_IN), False),
}
"""What a mailroom has to do with parcels in these states; the last says whether they are those that come here.

What lies at another post than it is addressed to is astray, and nothing else.
"""


TO_SIGN = "待本节点签署的协议"
OWN_CASES = "待本单位处理的异常"
LATE_CASES = "超过期限的异常"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, and where to look at what it counts."""

    count: str
    title: str
    path: str


async def home(visit: Visit) -> web.StreamResponse:
    """The page; a locker has its own."""
    if visit.staff.roles == {LOCKER}:
        return visit.go("/locker")
    desks = visit.house.desks
    status = await visit.ask(desks.registry.get_node_status, registry_pb2.GetNodeStatusRequest())
    figures = []
    for role, title, holds, states in _WORK:
        if role not in visit.staff.roles:
            continue
        request = window_pb2.ListApplicationsRequest(
            page_size=_MANY, states=states, role=cast("lifecycle_pb2.Role", holds)
        )
        listed = await visit.ask(desks.window.list_applications, request)
        query = "&".join([f"role={holds}", *(f"state={state}" for state in states)])
        figures.append(Figure(_count(listed.applications, listed.next_page_token), title, f"/applications?{query}"))
    if MAILROOM in visit.staff.roles:
        listed_parcels = await visit.ask(desks.mailroom.list_parcels, mailroom_pb2.ListParcelsRequest(page_size=_MANY))
        for key, (title, _, _) in TO_DO.items():
            count = sum(is_to_do(parcel, key, visit.house.core.name) for parcel in listed_parcels.parcels)
            figures.append(Figure(str(count), title, f"/parcels?show={key}"))
    figures += await _cases(visit)
    drifting = sum(not found.agreed for found in await desks.catalogue.concerning())
    if SUPERVISOR in visit.staff.roles:
        figures.append(Figure(str(await waiting_for_us(visit)), TO_SIGN, "/agreements"))
    return await visit.render("home.html", figures=figures, status=status, drifting=drifting, conflicts=warnings(visit))


async def _cases(visit: Visit) -> list[Figure]:
    """What is wrong with parcels: ours to end, and for supervisors what was not ended in time."""
    own, escalated = await visit.house.desks.cases.counts()
    found = [Figure(str(own), OWN_CASES, "/cases")] if MAILROOM in visit.staff.roles else []
    if SUPERVISOR in visit.staff.roles:
        found.append(Figure(str(escalated), LATE_CASES, "/cases/escalated"))
    return found


def is_to_do(parcel: parcel_pb2.Parcel, key: str, node: str) -> bool:
    """Whether a parcel belongs into this list of a mailroom's work."""
    _, states, comes = TO_DO[key]
    held = parcel.custody
    here = held.kind == parcel_pb2.HOLDER_KIND_POST and held.post.node == node
    astray = here and held.post != parcel.destination and parcel.state in TO_DO["astray"][1]
    if key == "astray" or astray:
        return astray and key == "astray"
    return parcel.state in states and (parcel.destination.node == node if comes else here)


def _count(listed: Sequence[object], more: str) -> str:
    return f"{len(listed)}+" if more else str(len(listed))


ROUTES = (Route("GET", "/", home, public=True),)
