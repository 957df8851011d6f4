"""From agreements, items and nodes that were folded to what the coverage function reads (`agreements.domain.terms`)."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from google.protobuf import timestamp_pb2

from agreements.domain.documents import calendar_date, is_mandate
from agreements.domain.terms import DEFAULT_OFFLINE_HOURS, Accord, ClauseTerms, ItemEntry, NodeEntry, Pause
from agreements.domain.texts import declined_end, missing
from tongban.v1 import agreement_pb2, directory_pb2, lifecycle_pb2

_EVERYBODY: Final = 1 << 20
_NOBODY: Final[frozenset[str]] = frozenset()


def compile_agreement(agreement: agreement_pb2.Agreement) -> tuple[ClauseTerms, ...]:
    """The clauses of an agreement that was folded: of its present version, then of those that bound before."""
    present = agreement_pb2.AgreementText(
        document=agreement.document,
        signatures=agreement.signatures,
        begin_time=agreement.begin_time if agreement.HasField("begin_time") else None,
    )
    compiled: list[ClauseTerms] = []
    until: dt.datetime | None = None
    for text in (present, *agreement.past):
        begin = _instant(text.begin_time) if text.HasField("begin_time") else None
        accord = _accord(agreement, text, begin, until)
        sets: dict[object, object] = {}
        pools = {pool.id: tuple(map(pool_key, pool.base_codes)) for pool in text.document.pools}
        for place, clause in enumerate(text.document.clauses):
            compiled.append(_compile_clause(accord, clause, place, pools, sets))
        if begin is None:
            break  # Nothing bound before a first text; a longer past was dropped.
        until = begin
    return tuple(compiled)


def _accord(
    agreement: agreement_pb2.Agreement,
    text: agreement_pb2.AgreementText,
    begin: dt.datetime | None,
    until: dt.datetime | None,
) -> Accord:
    document = text.document
    effective = calendar_date(document.effective_date, "agreement.document.effective_date")
    items = {item for clause in document.clauses for item in clause.items}
    codes = {code for pool in document.pools for code in pool.base_codes}
    mandate = is_mandate(document)
    parties = frozenset(sys.intern(party.node) for party in document.parties)
    # A party that a text drops signs it as well, and is none all the same.
    signed = parties.intersection(signature.node for signature in text.signatures)
    left = {
        each.node: calendar_date(each.effect_date, "agreement.leavings.effect_date")
        for each in agreement.leavings
        if each.node in signed
    }
    tried = {each.node for each in agreement.trials} | {each.partner for each in agreement.trials}
    unproven = frozenset(signed - tried) if document.trial_required and not mandate else _NOBODY
    return Accord(
        name=agreement.name,
        title=document.title,
        version=document.document_version,
        parties=parties,
        issuer=document.issuer,
        missing=missing(document, signed),
        absent=_NOBODY if mandate else frozenset((parties - signed) | left.keys() | unproven) or _NOBODY,
        left=left,
        unproven=unproven,
        effective=effective,
        expire=_expire(agreement, document, begin),
        begin=begin,
        until=until,
        suspension=_pause(agreement) if agreement.HasField("suspend_time") else None,
        parts=tuple(_part(each) for each in agreement.part_suspensions),
        terminate=calendar_date(agreement.terminate_date, "agreement.terminate_date")
        if agreement.HasField("terminate_date")
        else None,
        # A mandate is the widest of all: what parties agreed among themselves goes before it.
        rank=(
            _EVERYBODY if mandate else len(document.parties),
            len(items) + len(codes),
            -effective.toordinal(),
            agreement.name,
        ),
    )


def _expire(
    agreement: agreement_pb2.Agreement, document: agreement_pb2.AgreementDocument, begin: dt.datetime | None
) -> dt.date | None:
    """The last day in force; None where there is none, or where it is prolonged until somebody declines."""
    if not document.HasField("expire_date"):
        return None
    if document.renewal_months:
        return declined_end(agreement, begin)
    return calendar_date(document.expire_date, "agreement.document.expire_date")


def _pause(agreement: agreement_pb2.Agreement) -> Pause:
    honour = _instant(agreement.honour_time) if agreement.HasField("honour_time") else None
    return Pause(_instant(agreement.suspend_time), honour)


def _part(part: agreement_pb2.PartSuspension) -> Pause:
    honour = _instant(part.honour_time) if part.HasField("honour_time") else None
    return Pause(_instant(part.effect_time), honour, sys.intern(part.node), _names(part.items))


def item_entry(item: directory_pb2.Item) -> ItemEntry:
    """An item that was folded."""
    document = item.document
    return ItemEntry(
        name=sys.intern(item.name),
        home=sys.intern(document.home),
        title=document.title,
        modes=tuple(document.modes),
        version=item.version,
        published=item.state == lifecycle_pb2.ITEM_STATE_PUBLISHED,
        promised_working_days=document.promised_working_days,
        pool=pool_key(document.base_code) if document.base_code else "",
    )


def pool_key(code: str) -> str:
    """How pools name an item: by its code in the basic catalogue."""
    return sys.intern(f"base/{code}")


def node_entry(node: directory_pb2.Node) -> NodeEntry:
    """A node that was folded."""
    joined = node.state in (lifecycle_pb2.NODE_STATE_ACTIVE, lifecycle_pb2.NODE_STATE_SUSPENDED)
    return NodeEntry(sys.intern(node.name), node.profile.title or node.name, joined, node.profile.superior)


_Shared = TypeVar("_Shared")


def _compile_clause(
    accord: Accord,
    clause: agreement_pb2.Clause,
    place: int,
    pools: Mapping[str, tuple[str, ...]],
    sets: dict[object, object],
) -> ClauseTerms:
    def shared(value: _Shared) -> _Shared:
        return sets.setdefault(value, value)  # type: ignore[return-value] # it gives back a value equal to its key

    nodes = list(clause.accepting)
    anyone = not nodes and bool(accord.issuer)
    if not nodes and not anyone:
        nodes = sorted(accord.parties - {clause.home})
    items = tuple(sys.intern(item) for item in clause.items)
    items = tuple(dict.fromkeys((*items, *(key for pool in clause.pools for key in pools.get(pool, ())))))
    return ClauseTerms(
        accord=accord,
        id=sys.intern(clause.id),
        home=sys.intern(clause.home),
        accepting=shared(_names(nodes)),
        windows=shared(tuple(sys.intern(node) for node in nodes)),
        anyone=anyone,
        items=items,
        modes=shared(tuple(clause.modes)),
        channels=shared(frozenset(clause.channels)),
        applicant_kinds=shared(frozenset(clause.applicant_kinds)),
        decider=clause.decider,
        collecting=shared(_names(clause.collecting)),
        collecting_anywhere=clause.collecting_anywhere,
        paper=clause.paper,
        promised_working_days=clause.promised_working_days,
        offline_hours=clause.offline_hours or DEFAULT_OFFLINE_HOURS,
        rank=(len(items), place),
    )


def _names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(sys.intern(name) for name in names)


def _instant(value: timestamp_pb2.Timestamp) -> dt.datetime:
    return value.ToDatetime(dt.UTC)
