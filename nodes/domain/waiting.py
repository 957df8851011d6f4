"""Whom one application, one parcel, one parked stream or one refused step is waiting for.

Each has an answer at every moment: a fault with its party, or the next step with who is to take it and whether it has
reached them.  An application that is nobody's turn is over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from mailroom.domain.codes import ExceptionCode
from mailroom.domain.exceptions import open_exceptions
from nodes.domain.diagnosis import SHANGHAI, Link, minute, partner
from tongban import errors
from tongban.errors import TongbanError
from tongban.faults import Fault, Finding, Party
from tongban.faults.reasons import BY_REASON, CONDITIONS, fault_of
from tongban.lifecycle import results
from tongban.lifecycle.table import SUPPORTED_LIFECYCLE_VERSIONS
from tongban.v1 import application_pb2, event_pb2, lifecycle_pb2, parcel_pb2

_S = lifecycle_pb2
CARRIER_QUIET = dt.timedelta(hours=72)
"""So long a carrier may be silent where nobody said by when the parcel is due."""

_APPLICANT, _DECIDER, _COLLECTING = "applicant", "decider", "collecting"
_NEXT: Final[Mapping[int, tuple[str, str, str]]] = MappingProxyType(
    {
        _S.APPLICATION_STATE_SUBMITTED: (_DECIDER, "决定是否受理", "accept it or not"),
        _S.APPLICATION_STATE_ACCEPTED: (_DECIDER, "开始审查", "begin the review"),
        _S.APPLICATION_STATE_CORRECTION_REQUIRED: (_APPLICANT, "补正材料", "supply what is missing"),
        _S.APPLICATION_STATE_IN_REVIEW: (_DECIDER, "作出决定", "decide"),
        _S.APPLICATION_STATE_SUSPENDED: (_DECIDER, "结束特别程序", "end the special procedure"),
        _S.APPLICATION_STATE_APPROVED: (_DECIDER, "出证", "issue the result"),
        _S.APPLICATION_STATE_REFUSED: (_DECIDER, "出具决定书", "issue the decision"),
        _S.APPLICATION_STATE_RESULT_ISSUED: (_COLLECTING, "登记可取证", "make the result ready"),
        _S.APPLICATION_STATE_READY_FOR_COLLECTION: (_APPLICANT, "来取证", "collect the result"),
        _S.APPLICATION_STATE_COLLECTED: (_DECIDER, "办结归档", "close it"),
    }
)


@dataclass(frozen=True, slots=True)
class Desk:
    """What a node knows that every answer needs."""

    node: str
    titles: Mapping[str, str]
    links: Mapping[str, Link]
    suspended: Container[str] = frozenset()
    zone: dt.tzinfo = SHANGHAI
    place: Callable[[str, str], str] = "{} {}".format
    """What people call a post of a node."""

    def title(self, node: str) -> str:
        """What people call a node."""
        return self.titles.get(node, node)


def application(desk: Desk, state: application_pb2.Application, *, pending: bool) -> Finding | None:
    """Whom an application is waiting for; None where it is over.  `pending`: own steps have no receipt yet."""
    following = _NEXT.get(state.state)
    if following is None:
        return None
    if pending:
        return Finding(CONDITIONS["NOT_SENT_YET"], about=state.name)
    whose, zh, en = following
    facts = {"step": zh, "step_en": en}
    if whose == _APPLICANT:
        return Finding(CONDITIONS["APPLICANT_TO_ACT"], facts, about=state.name)
    node = state.route.decider if whose == _DECIDER else state.route.collecting
    if state.state == _S.APPLICATION_STATE_RESULT_ISSUED and (printer := _to_print(state)) is not None:
        node, zh, en = printer
        facts = {"step": zh, "step_en": en}
    if node == desk.node:
        return Finding(CONDITIONS["OWN_TO_ACT"], facts, about=state.name)
    return _partners_turn(desk, node, facts, state.name)


def _to_print(state: application_pb2.Application) -> tuple[str, str, str] | None:
    """Who has to see to it that the result is on paper at all; None where it is, or who hands it out prints it."""
    for paper in results.papers(state):
        if paper.void_reason or not (paper.printed or paper.printing):
            return state.route.decider, "另行准许打印", "let somebody print it"
        if not paper.printed and paper.printing != state.route.collecting:
            return paper.printing, "打印证照", "print it"
    return None


def _partners_turn(desk: Desk, node: str, facts: Mapping[str, str], about: str) -> Finding:
    title = desk.title(node)
    named = {**facts, "title": title}
    if node in desk.suspended:
        return Finding(CONDITIONS["PARTNER_SUSPENDED"], named, about=about, name=node)
    link = desk.links.get(node)
    away = partner(link, title, desk.zone) if link is not None else None
    if away is not None:
        return Finding(away.fault, {**named, **away.facts}, away.since, about, node)
    return Finding(CONDITIONS["PARTNER_TO_ACT"], named, about=about, name=node)


@dataclass(frozen=True, slots=True)
class Parked:
    """A stream that waits, and the first event of it that could not be folded."""

    stream: str
    problem: str
    version: int
    reached: int
    """How far the stream is folded."""
    event: event_pb2.Event
    doubt: TongbanError | None = None
    """What checking its author's signature meets."""


def parked(desk: Desk, waiting: Parked) -> Finding:
    """What a parked stream waits for, and whose that is."""
    event = waiting.event
    facts = {"title": desk.title(event.author), "version": str(waiting.version), "problem": waiting.problem}
    code = _parked_code(waiting)
    return Finding(CONDITIONS[code], facts, about=waiting.stream, name=event.author)


def _parked_code(waiting: Parked) -> str:
    event = waiting.event
    if event.WhichOneof("body") is None or event.lifecycle_version not in SUPPORTED_LIFECYCLE_VERSIONS:
        return "PARKED_UNKNOWN_TYPE"
    if waiting.version > waiting.reached + 1:
        return "PARKED_PREDECESSOR"
    if isinstance(waiting.doubt, errors.KeyUnknown):
        return "PARKED_KEY_UNKNOWN"
    if waiting.doubt is not None:
        return "PARKED_SIGNATURE"
    if "另一" in waiting.problem or "不是据前一步" in waiting.problem:
        return "PARKED_OTHER_HISTORY"
    return "PARKED_OWN_FAULT" if waiting.problem.startswith("程序出错") else "PARKED_RULE"


def refused(
    desk: Desk, error: TongbanError, *, stream: str, since: dt.datetime | None = None, winner: str = ""
) -> Finding:
    """A step of this node that the gateway refused; `winner` is the author of the event that came first."""
    fault = fault_of(error, Party.GATEWAY)
    said = (error.text("zh"), error.text("en"))
    facts = dict(error.facts)
    if fault.code == "PREDECESSOR_REJECTED":
        said = (
            "它所依据的前一步没有被接受,所以这一步也没有生效。",
            "The step it builds on was refused, so this one was too.",
        )
    if fault.code != "STREAM_CONFLICT" or not winner:
        return Finding(fault, facts, since, stream, said=said)
    if winner == desk.node:
        return Finding(fault, facts, since, stream, winner, said, Party.CLERK)
    title = desk.title(winner)
    zh = f"{title}先办了一步,您的这一步没有生效。"
    return Finding(fault, facts, since, stream, winner, (zh, f"{title} acted first; your step did not take effect."))


def sealed(desk: Desk, stream: str, author: str) -> Finding:
    """A sealed part that does not open here; `author` sealed it."""
    fault = BY_REASON["SEAL_NOT_FOR_US"]
    title = desk.title(author)
    said = (f"{title}密封的内容没有授权给本节点,打不开。", f"What {title} sealed was not granted to this node.")
    return Finding(fault, {"title": title}, about=stream, name=author, said=said)


_OPENED = {ExceptionCode.SEAL_MISMATCH, ExceptionCode.SEAL_BROKEN}
_SCAN = {
    ExceptionCode.NONCE_MISMATCH,
    ExceptionCode.WAYBILL_MISMATCH,
    ExceptionCode.LEG_MISMATCH,
    ExceptionCode.SCANNER_MISMATCH,
    ExceptionCode.OUT_OF_TURN,
}
_TOLD_AS_CASES = {ExceptionCode.SIGNED_BY_OTHER, ExceptionCode.PREMATURE}
_UNDERWAY = {_S.PARCEL_STATE_OFFERED, _S.PARCEL_STATE_WITH_CARRIER}


def parcel(
    desk: Desk, state: parcel_pb2.Parcel, now: dt.datetime, carriers: Mapping[str, str] | None = None
) -> list[Finding]:
    """What is wrong with a parcel: its open exceptions, each kind once, and a carrier or a receiver that is silent."""
    found: dict[str, Finding] = {}
    for exception in open_exceptions(state):
        fault = _parcel_fault(exception)
        if fault is not None:
            said = Finding(fault, _parcel_facts(desk, state, fault), about=state.name, name=_whose(state, fault))
            found.setdefault(fault.code, said)
    if not found:
        found |= {each.fault.code: each for each in _silent(desk, state, now, carriers or {})}
    return list(found.values())


def _parcel_fault(exception: application_pb2.StreamException) -> Fault | None:
    """None for what somebody raised or a carrier has said: that is told as a case, with what to do about it."""
    raised = exception.event_type == "parcel_exception_raised"
    if raised or exception.code not in set(ExceptionCode) - _TOLD_AS_CASES:
        return None
    kind = ExceptionCode(exception.code)
    if kind is ExceptionCode.WRONG_POST:
        return CONDITIONS["PARCEL_WRONG_POST"]
    if kind is ExceptionCode.ONE_SIDED:
        return CONDITIONS["PARCEL_ONE_SIDED"]
    if kind in _OPENED:
        return CONDITIONS["PARCEL_OPENED_ON_THE_WAY"]
    return CONDITIONS["PARCEL_SCAN_WRONG" if kind in _SCAN else "PARCEL_CONTENTS_DIFFER"]


def _parcel_facts(desk: Desk, state: parcel_pb2.Parcel, fault: Fault) -> dict[str, str]:
    if fault.code != "PARCEL_WRONG_POST":
        return {"title": desk.title(state.origin.node)}
    meant, found = state.destination, state.custody.post
    return {"title": desk.place(meant.node, meant.post), "found": desk.place(found.node, found.post)}


def _whose(state: parcel_pb2.Parcel, fault: Fault) -> str:
    return state.origin.node if fault.party is Party.PARTNER else ""


def _silent(desk: Desk, state: parcel_pb2.Parcel, now: dt.datetime, carriers: Mapping[str, str]) -> Iterable[Finding]:
    if not state.legs:
        return
    leg = state.legs[-1]
    receiver = desk.title(state.destination.node)
    if state.state == _S.PARCEL_STATE_CARRIER_SAYS_DELIVERED:
        fault = CONDITIONS["PARCEL_NOT_TAKEN_IN"]
        yield Finding(fault, {"title": receiver}, about=state.name, name=state.destination.node)
    if state.state not in _UNDERWAY:
        return
    last = state.update_time.ToDatetime(dt.UTC)
    due = leg.due_time.ToDatetime(dt.UTC) if leg.HasField("due_time") else last + CARRIER_QUIET
    if now > due:
        facts = {
            "carrier": carriers.get(leg.carrier, leg.carrier),
            "carrier_en": leg.carrier,
            "waybill": leg.waybill,
            "since": minute(last, desk.zone),
        }
        yield Finding(CONDITIONS["CARRIER_SILENT"], facts, last, state.name)


def early(parcels: Sequence[str]) -> list[Finding]:
    """Parcels that were scanned in before their sender's events came."""
    return [Finding(CONDITIONS["PARCEL_EARLY"], about=name) for name in parcels]
