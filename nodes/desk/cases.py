"""The desk where what is wrong with parcels is listed, raised, searched for and ended.

A case is listed for everybody who works with parcels, with its owner and its deadline; past the deadline it stands on
the supervisors' list as well.  What is said about one (a note, what to look for, what was found) is sealed to the nodes
between which the parcel travels: the gateway and the relays see codes only.
"""

from __future__ import annotations

import base64
import datetime as dt
from dataclasses import dataclass

from google.protobuf.message import Message

from mailroom.calendars import calendar_of
from mailroom.case_words import lines_for_applicant, words_of
from mailroom.domain.cases import TRACE, Case, trace_name
from mailroom.domain.exceptions import is_open, may_end
from mailroom.domain.numbers import leg_name
from mailroom.domain.tracing import MOST_BY_NODE, has_room
from mailroom.domain.workdays import working_time_after
from nodes.desk.parcels import ParcelDesk
from nodes.desk.staff import APPROVAL, MAILROOM, SUPERVISOR, WINDOW, Staff
from nodes.journal.cases import case_of, micros
from nodes.journal.drafts import Draft
from nodes.store import CASES, QUERIES
from tongban import errors
from tongban.storage.base import Row, Transaction
from tongban.v1 import application_pb2, exception_pb2, mailroom_pb2, parcel_pb2

ANSWER_DAYS = 2
"""Working days that the asked mailroom has, where nobody says."""

NOTE, SEARCH = "note", "trace"
"""The sealed parts."""

_FOREVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody wrote beside a step."""

    event_type: str
    author: str
    when: dt.datetime
    text: str


class CaseDesk(ParcelDesk):
    """What is open, and its end."""

    async def list_cases(self, staff: Staff, request: mailroom_pb2.ListCasesRequest) -> mailroom_pb2.ListCasesResponse:
        """Open cases, the most urgent first."""
        staff.require("查看异常", MAILROOM, WINDOW, APPROVAL, SUPERVISOR)
        now = self._core.clock.now()
        after, after_key = _read_token(request.page_token)
        wanted = min(request.page_size or 50, 200)
        params = {
            "after": after,
            "after_key": after_key,
            "owner": self._core.name if request.own else "",
            "until": micros(now) if request.escalated else _FOREVER,
            "told": self._core.name if request.escalated else "",
            "size": wanted + 1,
        }
        rows = await self._core.database.run(lambda tx: tx.fetch_all(CASES.list_cases, params), read_only=True)
        more = _token(rows[wanted - 1]) if len(rows) > wanted else ""
        listed = [to_message(case_of(row), now) for row in rows[:wanted]]
        return mailroom_pb2.ListCasesResponse(cases=listed, next_page_token=more)

    async def cases_of(self, staff: Staff, parcel: str) -> list[mailroom_pb2.Case]:
        """One parcel's, the most urgent first."""
        staff.require("查看异常", MAILROOM, WINDOW, APPROVAL, SUPERVISOR)
        now = self._core.clock.now()
        rows = await self._core.database.run(
            lambda tx: tx.fetch_all(CASES.list_cases_of, {"parcel": parcel}), read_only=True
        )
        return [to_message(case_of(row), now) for row in rows]

    async def counts(self) -> tuple[int, int]:
        """How many this node has to end, and how many its supervisors have to see."""
        params = {"node": self._core.name, "now": micros(self._core.clock.now())}
        row = await self._core.database.run(lambda tx: tx.fetch_one(CASES.count_cases, params), read_only=True)
        return (row["own"], row["escalated"]) if row is not None else (0, 0)

    async def raise_exception(self, staff: Staff, request: mailroom_pb2.RaiseExceptionRequest) -> parcel_pb2.Parcel:
        """Say that something is wrong."""
        staff.require("登记异常", MAILROOM, WINDOW)
        parcel = await self._state(request.name)
        _check_leg(parcel, request.leg)
        subject = leg_name(parcel.name, request.leg) if request.leg else ""
        if any((e.code, e.subject) == (request.code, subject) and is_open(e) for e in parcel.exceptions):
            return parcel
        raised = parcel_pb2.ParcelExceptionRaised(code=request.code, leg=request.leg)
        return await self._say(staff, parcel, "parcel_exception_raised", raised, NOTE, request.note)

    async def resolve_exception(self, staff: Staff, request: mailroom_pb2.ResolveExceptionRequest) -> parcel_pb2.Parcel:
        """Say how it ended."""
        staff.require("销结异常", MAILROOM, SUPERVISOR)
        parcel = await self._state(request.name)
        meant = [each for each in parcel.exceptions if _is_meant(each, request)]
        if not meant:
            raise errors.FieldInvalid(
                field="code",
                problem=f"没有未销结的“{words_of(request.code).name[0]}”,可能已由他人销结,请刷新",
                problem_en=f"no {request.code} is open; somebody may have ended it, so look again",
            )
        if not any(may_end(parcel, each, self._core.name) for each in meant):
            raise errors.RoleNotAllowed(
                field="code",
                action="销结异常",
                action_en="Ending an exception",
                roles=meant[0].owner,
                caller=self._core.name,
            )
        ended = exception_pb2.ParcelExceptionResolved(
            code=request.code, subject=request.subject, resolution=request.resolution
        )
        return await self._say(staff, parcel, "parcel_exception_resolved", ended, NOTE, request.note)

    async def request_trace(self, staff: Staff, request: mailroom_pb2.RequestTraceRequest) -> parcel_pb2.Parcel:
        """Ask another mailroom to search."""
        staff.require("发出查询单", MAILROOM, SUPERVISOR)
        parcel = await self._state(request.name)
        _check_leg(parcel, request.leg)
        if request.asked_node == self._core.name or request.asked_node not in self._readers(parcel):
            raise errors.FieldInvalid(
                field="asked_node",
                problem="应为经手此邮包的另一单位",
                problem_en="it is another of the nodes between which the parcel travels",
            )
        if not has_room(parcel, self._core.name):
            raise errors.FieldInvalid(
                field="name",
                problem=f"本单位对此邮包已有 {MOST_BY_NODE} 张查询单",
                problem_en=f"this node has asked {MOST_BY_NODE} times about this parcel",
            )
        asked = exception_pb2.TraceRequested(leg=request.leg, item=request.item, asked_node=request.asked_node)
        asked.answer_by_time.FromDatetime(self._answer_by(request))
        return await self._say(staff, parcel, "trace_requested", asked, SEARCH, request.note)

    def _answer_by(self, request: mailroom_pb2.RequestTraceRequest) -> dt.datetime:
        now = self._core.clock.now()
        if not request.HasField("answer_by_time"):
            return working_time_after(now, ANSWER_DAYS, calendar_of(self._zone(request.asked_node)))
        chosen = request.answer_by_time.ToDatetime(dt.UTC)
        if chosen <= now:
            raise errors.FieldInvalid(
                field="answer_by_time", problem="应晚于现在", problem_en="it must lie in the future"
            )
        return chosen

    async def answer_trace(self, staff: Staff, request: mailroom_pb2.AnswerTraceRequest) -> parcel_pb2.Parcel:
        """Say what the search came to."""
        staff.require("回复查询单", MAILROOM, SUPERVISOR)
        parcel = await self._state(request.name)
        asked = next((trace for trace in parcel.traces if trace.number == request.trace), None)
        if asked is None or asked.asked_node != self._core.name or asked.outcome:
            raise errors.FieldInvalid(
                field="trace",
                problem="没有待本单位答复的这张查询单",
                problem_en="no such request waits for this node's answer",
            )
        answer = exception_pb2.TraceAnswered(trace=request.trace, outcome=request.outcome)
        return await self._say(staff, parcel, "trace_answered", answer, SEARCH, request.note)

    async def said(self, staff: Staff, parcel: str) -> list[Said]:
        """What was written beside a parcel's cases, as far as it opens here, oldest first."""
        staff.require("查看异常", MAILROOM, WINDOW, APPROVAL, SUPERVISOR)

        def work(tx: Transaction) -> list[Said]:
            try:
                opened = self._core.sealer.open_all(tx, parcel)
            except errors.SealNotForUs:
                return []
            return [
                Said(
                    event.WhichOneof("body") or "",
                    event.author,
                    event.claim_time.ToDatetime(dt.UTC),
                    text.decode("utf-8", "replace"),
                )
                for event, part, text in opened
                if part in (NOTE, SEARCH)
            ]

        return await self._core.database.run(work, read_only=True)

    async def _say(
        self, staff: Staff, parcel: parcel_pb2.Parcel, body: str, content: Message, part: str, text: str
    ) -> parcel_pb2.Parcel:
        parts = {part: text.encode("utf-8")} if text else {}
        draft = Draft(parcel.name, body, content, parts=parts, readers=self._readers(parcel), apart=True)
        recorded = await self._core.record(staff.actor, lambda view: ([draft], None))
        return recorded.states[parcel.name]  # type: ignore[no-any-return]


def to_message(case: Case, now: dt.datetime) -> mailroom_pb2.Case:
    """A case as it is told."""
    zh, en = words_of(case.code).do
    message = mailroom_pb2.Case(
        parcel=case.parcel,
        code=case.code,
        subject=case.subject,
        owner=case.owner,
        escalated=case.escalated(now),
        advice_zh=zh,
        advice_en=en,
    )
    message.create_time.FromDatetime(case.open_time)
    message.deadline_time.FromDatetime(case.deadline)
    return message


def applicant_lines(tx: Transaction, application: application_pb2.Application) -> list[tuple[str, str, str]]:
    """What the applicant should hear of the parcels with their papers: a code, and the sentence in both languages."""
    lines = []
    for name in application.parcels:
        row = tx.fetch_one(QUERIES.read_stream, {"name": name})
        if row is not None and (row["predicted"] or row["state"]):
            parcel = parcel_pb2.Parcel.FromString(row["predicted"] or row["state"])
            lines += [(line.code, *line.text) for line in lines_for_applicant(parcel)]
    return list(dict.fromkeys(lines))


def trace_of(parcel: parcel_pb2.Parcel, case: mailroom_pb2.Case) -> exception_pb2.Trace | None:
    """The request to search that a case is; None for an exception."""
    if case.code != TRACE:
        return None
    return next((trace for trace in parcel.traces if trace_name(parcel.name, trace.number) == case.subject), None)


def _check_leg(parcel: parcel_pb2.Parcel, leg: int) -> None:
    if leg and not any(each.number == leg and not each.cancelled for each in parcel.legs):
        raise errors.FieldInvalid(field="leg", problem=f"没有第 {leg} 段", problem_en=f"there is no leg {leg}")


def _is_meant(raised: application_pb2.StreamException, request: mailroom_pb2.ResolveExceptionRequest) -> bool:
    return is_open(raised) and raised.code == request.code and request.subject in ("", raised.subject)


def _token(row: Row) -> str:
    text = f"{row['deadline']} {row['parcel']} {row['code']} {row['subject']}"
    return base64.urlsafe_b64encode(text.encode()).decode("ascii")


def _read_token(token: str) -> tuple[int, str]:
    if not token:
        return -_FOREVER, ""
    try:
        deadline, _, key = base64.urlsafe_b64decode(token.encode("ascii")).decode("utf-8").partition(" ")
        after = int(deadline)
        if not -_FOREVER <= after <= _FOREVER or not key.isprintable():
            raise ValueError(token)
        return after, key
    except ValueError:
        raise errors.FilterInvalid(
            field="page_token", problem="不是上一页给出的标记", problem_en="not a token of a former page"
        ) from None
