"""What may happen to an agreement beside its texts: suspensions, leaving, notice, the end of a term, trial runs.

The table of moves says from which states and that a party makes it; here stands what depends on the text: who may
decide over the whole, what notice it asks for, whether enough parties are left, whose items a party may suspend.
Every refusal is raised before anything is recorded.
"""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Final

from google.protobuf import timestamp_pb2

from agreements.domain.days import day_of, last_days
from agreements.domain.documents import calendar_date, is_mandate, owner_of
from agreements.domain.texts import FEWEST, missing_for_amendment
from tongban import errors
from tongban.v1 import agreement_pb2, event_pb2, lifecycle_pb2

_Agreement = agreement_pb2.Agreement

MOST_SUSPENSIONS: Final = 20
"""Parts that one party may have suspended at one time; each counts its own, so nobody uses up another's."""

MOST_ITEMS: Final = 400
"""Items that one party may have suspended at one time, over all of its suspensions."""

UNDER_WAY: Final = dt.timedelta(days=1)
"""How long a declaration may be under way to its admission without giving less notice."""

_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 9998

_WHOLE: Final = {
    "agreement_suspended": ("中止", "suspended"),
    "agreement_resumed": ("恢复", "resumed"),
    "agreement_terminated": ("终止", "terminated"),
    "renewal_declined": ("不再续期", "not prolonged"),
}

_DAYS: Final = {
    "agreement_terminated": "effect_date",
    "party_left": "effect_date",
    "renewal_declined": "expire_date",
}
"""Declarations that give notice, and the field with their day."""

_AMENDING: Final = frozenset({"amendment_proposed", "agreement_revised", "amendment_withdrawn"})


def check_who(state: _Agreement, event: event_pb2.Event) -> None:
    """Whom the text does not bind decides nothing; over a whole with a coordinator, or a mandate, that party alone."""
    kind = event.WhichOneof("body") or ""
    _check_bound(state, event.author, kind)
    master = state.document.issuer if is_mandate(state.document) else state.document.coordinator
    if is_mandate(state.document):
        if event.author == master or kind in ("agreement_commented", "part_suspended", "part_resumed", "trial_passed"):
            return
    elif kind not in _WHOLE or kind == "renewal_declined" or master in ("", event.author) or _has_left(state, master):
        return
    elif state.state == lifecycle_pb2.AGREEMENT_STATE_PROPOSED:
        return  # Whoever will not sign a proposal may end it.
    move, move_en = _WHOLE.get(kind, ("变更", "changed"))
    raise errors.CoordinatorOnly(field="event.author", name=state.name, move=move, move_en=move_en, coordinator=master)


def _check_bound(state: _Agreement, author: str, kind: str) -> None:
    """A party that is only named, or that leaves, neither suspends nor ends what binds the others.

    Nor does it keep an amendment from them, unless that needs its signature.  What it may always do is sign, remark,
    and suspend or end its own part.
    """
    if state.state == lifecycle_pb2.AGREEMENT_STATE_PROPOSED or is_mandate(state.document):
        return
    if kind not in _WHOLE and kind not in _AMENDING:
        return
    signed = any(signature.node == author for signature in state.signatures)
    if signed and not _has_left(state, author):
        return
    if kind in _AMENDING and state.HasField("amendment"):
        have = {signature.node for signature in state.amendment.signatures}
        if author == state.amendment.proposer or author in have or author in missing_for_amendment(state):
            return
    raise errors.PartyNotBound(
        field="event.author",
        agreement=state.name,
        member=author,
        why="已声明退出" if signed else "尚未签署",
        why_en="it has declared that it leaves" if signed else "it has not signed",
    )


def check_suspension(suspended: agreement_pb2.AgreementSuspended) -> None:
    """Its times are times, and do not cross."""
    check_times(suspended, "event.agreement_suspended")


def check_part(state: _Agreement, event: event_pb2.Event) -> None:
    """A party suspends its own part: items of its own that the text covers, and not twice the same."""
    field = "event.part_suspended"
    part = event.part_suspended
    check_times(part, field)
    for place, item in enumerate(part.items):
        if owner_of(item) != event.author:
            raise _invalid(f"{field}.items[{place}]", "只能中止本方的事项", f"{item} is not an item of {event.author}")
    same = (event.author, sorted(part.items))
    if any((each.node, sorted(each.items)) == same for each in state.part_suspensions):
        raise errors.AlreadyExists(
            field=field, name=f"{event.author} 的这一中止", name_en=f"This suspension by {event.author}"
        )
    own = [each for each in state.part_suspensions if each.node == event.author]
    if len(own) >= MOST_SUSPENSIONS or sum(len(each.items) for each in own) + len(part.items) > MOST_ITEMS:
        raise _invalid(
            field,
            "本方的部分中止过多,请改为中止本方全部事项",
            f"{event.author} has too many suspended already; suspend its whole part",
        )


def check_part_resumed(state: _Agreement, event: event_pb2.Event) -> None:
    """A party resumes what it suspended itself."""
    wanted = event.part_resumed.suspension
    if not any(each.event_id == wanted and each.node == event.author for each in state.part_suspensions):
        raise _invalid("event.part_resumed.suspension", "不是本方现有的中止", f"{event.author} has no such suspension")


def check_termination(state: _Agreement, event: event_pb2.Event) -> None:
    """The day is one of the calendar and keeps the notice; a proposal may be ended at once."""
    field = "event.agreement_terminated.effect_date"
    day = calendar_date(event.agreement_terminated.effect_date, field)
    if state.state != lifecycle_pb2.AGREEMENT_STATE_PROPOSED:
        _check_notice(state, event, day, field)


def check_notice_given(state: _Agreement, event: event_pb2.Event, admitted: dt.datetime) -> None:
    """The notice counts from when the others can know: who dates a declaration back gives them no less of it.

    For admission, which alone knows when that is.  An honest declaration may have been under way for a day.
    """
    kind = event.WhichOneof("body") or ""
    if kind not in _DAYS or state.state == lifecycle_pb2.AGREEMENT_STATE_PROPOSED:
        return
    field = f"event.{kind}.{_DAYS[kind]}"
    day = calendar_date(getattr(getattr(event, kind), _DAYS[kind]), field)
    _check_earliest(state, day, admitted - UNDER_WAY, field)


def check_leaving(state: _Agreement, event: event_pb2.Event) -> None:
    """A party that has signed leaves once, with notice, and leaves two at least."""
    field = "event.party_left.effect_date"
    day = calendar_date(event.party_left.effect_date, field)
    if _has_left(state, event.author):
        raise errors.AlreadyExists(
            field="event.author",
            name=f"{event.author} 退出 {state.name} 的声明",
            name_en=f"The leaving of {event.author} from {state.name}",
        )
    if not any(signature.node == event.author for signature in state.signatures):
        raise _invalid("event.author", "未签署现行文本,无须退出", f"{event.author} has not signed the text in force")
    _check_notice(state, event, day, field)
    staying = {s.node for s in state.signatures} - {each.node for each in state.leavings} - {event.author}
    if len(staying) < FEWEST:
        raise errors.TooFewPartiesLeft(field="event.author", name=state.name, member=event.author)


def check_decline(state: _Agreement, event: event_pb2.Event) -> None:
    """The day is an end of the term that is not yet too near."""
    field = "event.renewal_declined.expire_date"
    day = calendar_date(event.renewal_declined.expire_date, field)
    if not state.document.renewal_months:
        raise _invalid(field, "协议没有约定自动续期", "the agreement is not prolonged by itself")
    ends = itertools.takewhile(lambda end: end <= day, last_days(state.document))
    if day not in ends:
        raise _invalid(field, "不是期限的最后一天", f"{day} is no last day of its term")
    _check_notice(state, event, day, field)


def check_trial(state: _Agreement, event: event_pb2.Event) -> None:
    """The partner is another party."""
    partner = event.trial_passed.partner
    if partner == event.author or not any(party.node == partner for party in state.document.parties):
        raise _invalid("event.trial_passed.partner", "不是另一参与方", f"{partner} is not another party")


def suspend_part(state: _Agreement, event: event_pb2.Event) -> None:
    """Record the suspension of a part."""
    body = event.part_suspended
    part = state.part_suspensions.add(
        event_id=event.event_id, node=event.author, items=body.items, comment=body.comment
    )
    part.effect_time.CopyFrom(body.effect_time)
    if body.HasField("honour_time"):
        part.honour_time.CopyFrom(body.honour_time)


def resume_part(state: _Agreement, event: event_pb2.Event) -> None:
    """Take the suspension of a part away."""
    kept = [each for each in state.part_suspensions if each.event_id != event.part_resumed.suspension]
    state.ClearField("part_suspensions")
    state.part_suspensions.extend(kept)


def pass_trial(state: _Agreement, event: event_pb2.Event) -> None:
    """Record a trial run, in the place of an earlier one of the same pair."""
    body = event.trial_passed
    kept = [each for each in state.trials if (each.node, each.partner) != (event.author, body.partner)]
    state.ClearField("trials")
    state.trials.extend(kept)
    state.trials.add(node=event.author, partner=body.partner, application=body.application, event_id=event.event_id)


def check_times(body: agreement_pb2.AgreementSuspended | agreement_pb2.PartSuspended, field: str) -> None:
    """A time that no calendar holds would stop every reader of the feed, so it never gets in."""
    since = _instant(body.effect_time, f"{field}.effect_time")
    if body.HasField("honour_time") and _instant(body.honour_time, f"{field}.honour_time") < since:
        raise _invalid(f"{field}.honour_time", "早于中止生效时间", "before the suspension takes effect")


def _check_notice(state: _Agreement, event: event_pb2.Event, day: dt.date, field: str) -> None:
    _check_earliest(state, day, event.claim_time.ToDatetime(dt.UTC), field)


def _check_earliest(state: _Agreement, day: dt.date, declared: dt.datetime, field: str) -> None:
    days = state.document.notice_days
    earliest = day_of(declared) + dt.timedelta(days=days)
    if days and day < earliest:
        raise errors.NoticeTooShort(field=field, name=state.name, days=days, earliest=earliest, given=day)


def _has_left(state: _Agreement, node: str) -> bool:
    return any(each.node == node for each in state.leavings)


def _instant(value: timestamp_pb2.Timestamp, field: str) -> dt.datetime:
    try:
        instant = value.ToDatetime(dt.UTC)
    except (ValueError, OverflowError):
        raise _invalid(field, "不是有效时间", "not a time") from None
    if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        # At the ends of the calendar a time has no counterpart in another zone.
        raise _invalid(field, "不是有效时间", "not a time")
    return instant


def _invalid(field: str, zh: str, en: str) -> errors.FieldInvalid:
    return errors.FieldInvalid(field=field, problem=zh, problem_en=en)
