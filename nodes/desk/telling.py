"""What the applicant should be told now, in words for everybody.

Sentences, not codes: a clerk reads them aloud or turns the screen, an old person reads them in large letters.  They
follow from the application's state and from this node's own record of the pickup code, so they are true when they are
asked for; nothing is sent and nothing is stored.  No code and no name stands in them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from nodes.core import NodeCore
from nodes.desk import cases, pickups
from nodes.desk.lying import zone_of
from nodes.store import QUERIES
from tongban.lifecycle import results
from tongban.storage.base import Row, Transaction
from tongban.v1 import application_pb2, lifecycle_pb2, types_pb2, window_pb2

_READY = lifecycle_pb2.APPLICATION_STATE_READY_FOR_COLLECTION
_ISSUED = lifecycle_pb2.APPLICATION_STATE_RESULT_ISSUED
_OVER = frozenset(
    {
        lifecycle_pb2.APPLICATION_STATE_NOT_ACCEPTED,
        lifecycle_pb2.APPLICATION_STATE_COLLECTED,
        lifecycle_pb2.APPLICATION_STATE_CLOSED,
        lifecycle_pb2.APPLICATION_STATE_WITHDRAWN,
        lifecycle_pb2.APPLICATION_STATE_TERMINATED,
        lifecycle_pb2.APPLICATION_STATE_LAPSED,
    }
)


def applicant_lines(
    tx: Transaction, core: NodeCore, application: application_pb2.Application
) -> list[window_pb2.ApplicantLine]:
    """The sentences, the most pressing first; none for a trial, which has no applicant."""
    if application.trial:
        return []
    row = tx.fetch_one(QUERIES.get_pickup, {"application": application.name})
    lines = [
        *_about_code(core, application, row),
        *cases.applicant_lines(tx, application),
        *_about_result(core, application),
        *_about_papers(application),
    ]
    return [window_pb2.ApplicantLine(code=code, zh=zh, en=en) for code, zh, en in lines]


def _about_code(
    core: NodeCore, application: application_pb2.Application, row: Row | None
) -> Iterator[tuple[str, str, str]]:
    if application.state != _READY or row is None or row["use_time"] is not None:
        return
    now, zone = core.clock.now(), zone_of(core)
    if pickups.locks(row, now):
        until = _time(pickups.moment(row["locked_until"]), zone)
        yield (
            "code-locked",
            f"取件码输错多次,暂停使用到 {until}。请带身份证件到窗口换新码。不是您本人输的,请马上告诉窗口。",
            (
                f"The pickup code was mistyped several times and rests until {until}. Bring your identity document to "
                "the window for a new one. If it was not you, tell the window at once."
            ),
        )
    elif pickups.has_ended(row, now):
        yield (
            "code-expired",
            "取件码已过期,证照还在。请带身份证件到窗口换新码。",
            (
                "The pickup code has ended; your document is still there. Bring your identity document to the window "
                "for a new code."
            ),
        )
    if row["hold_until"] > 0:
        day = pickups.moment(row["hold_until"]).astimezone(zone).date().isoformat()
        yield (
            "ready",
            f"您的证照可以领了,请在 {day} 前来领。过期未领将退回决定机关。",
            f"Your document can be collected until {day}. After that it goes back to the authority.",
        )


def _about_result(core: NodeCore, application: application_pb2.Application) -> Iterator[tuple[str, str, str]]:
    if application.state == _READY:
        place = _place(core, application)
        if application.collection_locker:
            locker = application.collection_locker
            yield (
                "locker",
                f"证照在{place}的柜格 {locker},在柜上输入取件码开门。",
                f"It lies in locker {locker} at {place}. Enter the pickup code there.",
            )
        else:
            yield (
                "ready",
                f"请带身份证件和取件码到{place}。",
                f"Bring your identity document and the code to {place}.",
            )
    unclaimed = any(e.code == "unclaimed" and not e.HasField("resolve_time") for e in application.exceptions)
    if unclaimed and application.state == _ISSUED:
        yield (
            "unclaimed",
            "您的证照过期未领,正在退回决定机关。还需要的话,请到窗口说明。",
            (
                "Nobody came for your document in time, and it is on its way back to the authority. Ask at the window "
                "if you still need it."
            ),
        )
    if wanting := results.not_surrendered(application):
        titles = "、".join(_titles(core, application, wanting))
        yield (
            "surrender",
            f"领新证时,请把旧证交回:{titles}。",
            f"Bring the old document when you collect the new one: {titles}.",
        )
    electronic = {d.code for d in application.results if d.form == types_pb2.MATERIAL_FORM_ELECTRONIC}
    if electronic - set(application.delivered) and application.state in (_ISSUED, _READY):
        yield ("electronic", "电子证照现在就可以领,不必等纸质证照。", "The electronic document can be had now.")


def _about_papers(application: application_pb2.Application) -> Iterator[tuple[str, str, str]]:
    kept = set(results.voidable(application))
    waiting = [name for name in results.handed_in(application) if name not in kept]
    if waiting and application.state in _OVER:
        yield (
            "returned",
            f"您交来的原件还有 {len(waiting)} 件可以取回,请带身份证件到窗口。",
            f"{len(waiting)} of the originals that you handed in can be had back at the window.",
        )


def _place(core: NodeCore, application: application_pb2.Application) -> str:
    node = core.shared.directory.find(application.route.collecting)
    if node is None:
        return application.route.collecting
    titles = {post.id: post.title for post in node.profile.posts}
    return f"{node.profile.title}{titles.get(application.collection_window, '')}"


def _titles(core: NodeCore, application: application_pb2.Application, codes: list[str]) -> list[str]:
    item = core.shared.item(application.route.item)
    known = {material.code: material.title for material in item.document.materials} if item is not None else {}
    return [known.get(code) or OLD_PAPERS.get(code, code) for code in codes]


OLD_PAPERS = {"old-licence": "原证照"}
"""Old certificates that are no material of an item."""


def _time(moment: dt.datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%H:%M")
