"""An agreement in one line: where it stands, whose signatures are missing, until when it holds.

For lists, in consoles and on the command line.  The whole story is `agreements.standing`; what decides about a filing
is `agreements.domain.terms`, and this says the same in words: a termination that is still to come is no end yet.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from agreements.domain import texts
from agreements.domain.days import day_of, last_days
from agreements.domain.documents import calendar_date, is_mandate
from tongban.v1 import agreement_pb2, lifecycle_pb2

_Agreement = agreement_pb2.Agreement


@dataclass(frozen=True, slots=True)
class Summary:
    """Where an agreement stands at a moment."""

    zh: str
    en: str
    colour: str
    """`good`, `warn` or `bad`."""
    holds: bool
    """Whether anything is admitted under it."""
    until_zh: str
    until_en: str
    waits_for: tuple[str, ...]
    """Parties whose signatures the text or the amendment that waits still needs."""
    unsigned: tuple[str, ...]
    """Parties that the present text names and that have not signed it; they may join by signing."""


def summarise(agreement: _Agreement, now: dt.datetime) -> Summary:
    """The summary of an agreement at a moment."""
    zh, en, colour, holds = _state(agreement, now)
    until = _until(agreement, day_of(now))
    return Summary(zh, en, colour, holds, *until, waits_for=waits_for(agreement), unsigned=texts.unsigned(agreement))


def waits_for(agreement: _Agreement) -> tuple[str, ...]:
    """The parties whose signatures the first text, or else the amendment, still needs."""
    if agreement.state == lifecycle_pb2.AGREEMENT_STATE_TERMINATED:
        return ()
    if agreement.HasField("amendment"):
        return texts.missing_for_amendment(agreement)
    return texts.missing_signatures(agreement)


def may_sign(agreement: _Agreement, node: str) -> tuple[agreement_pb2.AgreementDocument, bytes] | None:
    """The text that a node has not signed and may: the one that waits, else the one in force, which it joins."""
    if agreement.state == lifecycle_pb2.AGREEMENT_STATE_TERMINATED:
        return None
    if agreement.HasField("amendment"):
        waiting = agreement.amendment
        parties = {party.node for party in (*waiting.document.parties, *agreement.document.parties)}
        if node in parties and all(each.node != node for each in waiting.signatures):
            return waiting.document, waiting.document_digest
    if is_mandate(agreement.document):
        asked = agreement.document.issuer == node
    else:
        asked = any(party.node == node for party in agreement.document.parties)
    if asked and all(each.node != node for each in agreement.signatures):
        return agreement.document, agreement.document_digest
    return None


def last_day(agreement: _Agreement, today: dt.date) -> dt.date | None:
    """The last day of the present term; None where none is agreed."""
    declined = texts.present_end(agreement)
    if declined is not None:
        return declined
    return next((day for day in last_days(agreement.document) if day >= today), _last_of(agreement.document))


def _last_of(document: agreement_pb2.AgreementDocument) -> dt.date | None:
    return calendar_date(document.expire_date, "expire_date") if document.HasField("expire_date") else None


def _state(agreement: _Agreement, now: dt.datetime) -> tuple[str, str, str, bool]:
    today = day_of(now)
    if agreement.state == lifecycle_pb2.AGREEMENT_STATE_PROPOSED:
        return "待签署", "waits for signatures", "warn", False
    if agreement.HasField("terminate_date"):
        day = calendar_date(agreement.terminate_date, "terminate_date")
        if texts.missing_signatures(agreement):
            return "未签署即终止", "ended before it was signed", "bad", False
        if day <= today:
            return f"已终止(自 {day} 起)", f"terminated from {day}", "bad", False
    end = last_day(agreement, today)
    if end is not None and today > end:
        return f"已到期({end})", f"ended on {end}", "bad", False
    begins = texts.first_moment(agreement.document)
    if agreement.HasField("begin_time"):
        begins = agreement.begin_time.ToDatetime(dt.UTC)
    if now < begins and not agreement.past:
        return f"已签署,{day_of(begins)} 生效", f"signed, in force from {day_of(begins)}", "main", False
    if agreement.HasField("suspend_time"):
        since = agreement.suspend_time.ToDatetime(dt.UTC)
        if since <= now:
            return "中止", "suspended", "bad", False
        return f"有效,{day_of(since)} 起中止", f"in force, suspended from {day_of(since)}", "warn", True
    if agreement.HasField("terminate_date"):
        day = calendar_date(agreement.terminate_date, "terminate_date")
        return f"有效,{day} 起终止", f"in force, ends on {day}", "warn", True
    if agreement.HasField("amendment"):
        return "有效,修订待签署", "in force, an amendment waits", "warn", True
    if agreement.part_suspensions:
        return "有效,部分中止", "in force, a part suspended", "warn", True
    return "有效", "in force", "good", True


def _until(agreement: _Agreement, today: dt.date) -> tuple[str, str]:
    if agreement.HasField("terminate_date"):
        last = calendar_date(agreement.terminate_date, "terminate_date") - dt.timedelta(days=1)
        return f"{last} 止", f"until {last}"
    end = last_day(agreement, today)
    if end is None:
        return "未约定期限", "no end agreed"
    if agreement.document.renewal_months and texts.present_end(agreement) is None:
        months = agreement.document.renewal_months
        return f"{end},届时顺延 {months} 个月", f"{end}, then {months} months more"
    return f"{end} 止", f"until {end}"
