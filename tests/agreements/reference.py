"""Coverage the slow and obvious way, from the messages themselves, to compare the index with.

It knows no index, no compiled clause and no shared set: for each question it reads every clause of every text of every
agreement, and asks one thing after the other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from agreements.domain.coverage import Query
from tongban.v1 import agreement_pb2, application_pb2, directory_pb2, types_pb2

EIGHT_HOURS = dt.timedelta(hours=8)
UNSIGNED, COVERED = 0, 12
NAMED = {
    1: "AgreementExpired",  # another version took its place
    2: "AgreementTerminated",
    3: "AgreementExpired",
    4: "AgreementNotYetInForce",
    5: "PartyNotBound",
    6: "AgreementSuspended",
    7: "PartSuspended",
    8: "ApplicantNotCovered",
    9: "ChannelNotCovered",
    10: "ModeNotCovered",
    11: "CollectingNotCovered",
}


@dataclass(frozen=True)
class Text:
    """A text of an agreement, with the time in which it binds."""

    agreement: agreement_pb2.Agreement
    document: agreement_pb2.AgreementDocument
    signed: frozenset[str]
    begin: dt.datetime | None
    until: dt.datetime | None

    @property
    def mandate(self) -> bool:
        return self.document.kind == agreement_pb2.AGREEMENT_KIND_MANDATE

    @property
    def parties(self) -> list[str]:
        return [party.node for party in self.document.parties]


def texts(agreement: agreement_pb2.Agreement) -> Iterator[Text]:
    """The present text, then those that bound before it."""
    until = None
    present = agreement_pb2.AgreementText(document=agreement.document, signatures=agreement.signatures)
    if agreement.HasField("begin_time"):
        present.begin_time.CopyFrom(agreement.begin_time)
    for text in [present, *agreement.past]:
        begin = text.begin_time.ToDatetime(dt.UTC) if text.HasField("begin_time") else None
        yield Text(agreement, text.document, frozenset(s.node for s in text.signatures), begin, until)
        if begin is None:
            return
        until = begin


def naive(
    query: Query,
    agreements: Sequence[agreement_pb2.Agreement],
    items: Sequence[directory_pb2.Item],
    nodes: Sequence[directory_pb2.Node],
) -> application_pb2.Route | str:
    """The route, or the name of the refusal."""
    home = "nodes/" + query.item.removeprefix("items/").split(".")[0]
    if not any(n.name == home and n.state in (1, 2) for n in nodes):
        return "AuthorityHasNoNode"
    item = next((i for i in items if i.name == query.item and i.state == 1), None)
    if item is None:
        return "ItemNotFound"
    if home == query.accepting:
        return _own(query, item)
    best: tuple[Any, application_pb2.Route] | None = None
    furthest = -1
    in_force_between = False
    for agreement in agreements:
        for text in texts(agreement):
            for place, clause in enumerate(text.document.clauses):
                if not _takes(text, clause, query.accepting, home):
                    continue
                both = all(_bound(text, node, query, nodes, False) for node in (home, query.accepting))
                in_force_between = in_force_between or (both and _standing(text, query, 0) is None)
                if not _names(text, clause, item):
                    continue
                if query.cited and query.cited != (agreement.name, text.document.document_version):
                    continue
                if text.mandate and not clause.accepting and not _bound(text, query.accepting, query, nodes, False):
                    # It says nothing about a window that does not stand under its issuer.
                    continue
                step = _step(text, clause, query, item, nodes)
                furthest = max(furthest, step)
                if step == COVERED:
                    key = (*_key(text), len(_keys(text, clause)), place)
                    if best is None or key < best[0]:
                        best = key, _route(text, clause, query, item, home)
    if best is not None:
        return best[1]
    if furthest <= UNSIGNED:
        return "ItemNotCovered" if in_force_between else "NoAgreementInForce"
    return NAMED[furthest]


def superseded(agreements: Sequence[agreement_pb2.Agreement], name: str, version: int) -> bool:
    """Whether a version bound once, before the present one."""
    return any(
        text.document.document_version == version
        for agreement in agreements
        if agreement.name == name
        for text in list(texts(agreement))[1:]
    )


def _names(text: Text, clause: agreement_pb2.Clause, item: directory_pb2.Item) -> bool:
    return item.name in clause.items or item.document.base_code in _codes(text, clause)


def _codes(text: Text, clause: agreement_pb2.Clause) -> set[str]:
    return {code for pool in text.document.pools if pool.id in clause.pools for code in pool.base_codes}


def _keys(text: Text, clause: agreement_pb2.Clause) -> set[str]:
    return {*clause.items, *_codes(text, clause)}


def _takes(text: Text, clause: agreement_pb2.Clause, accepting: str, home: str) -> bool:
    if clause.home and clause.home != home:
        return False
    if not clause.home and not text.mandate and home not in text.parties:
        return False
    if clause.accepting:
        return accepting in clause.accepting
    return text.mandate or accepting in text.parties


def _bound(text: Text, node: str, query: Query, nodes: Sequence[directory_pb2.Node], trial: bool) -> bool:
    if text.mandate:
        return (len(text.parties) == 1 or node in text.parties) and _under(node, text.document.issuer, nodes)
    if node not in text.parties or node not in text.signed:
        return False
    for leaving in text.agreement.leavings:
        if leaving.node == node and _admitted_day(query) >= _date(leaving.effect_date):
            return False
    if text.document.trial_required and not trial:
        return any(node in (each.node, each.partner) for each in text.agreement.trials)
    return True


def _under(node: str, issuer: str, nodes: Sequence[directory_pb2.Node]) -> bool:
    for _ in range(len(nodes) + 2):
        if node == issuer:
            return True
        found = next((n for n in nodes if n.name == node), None)
        if found is None or not found.profile.superior:
            return False
        node = found.profile.superior
    return False


def _day(query: Query) -> dt.date:
    return query.date or (query.instant + EIGHT_HOURS).date()


def _admitted_day(query: Query) -> dt.date:
    return (query.admitted + EIGHT_HOURS).date() if query.admitted else _day(query)


def _date(value: Any) -> dt.date:
    return dt.date(value.year, value.month, value.day)


def _key(text: Text) -> tuple[Any, ...]:
    document = text.document
    items = {item for clause in document.clauses for item in clause.items}
    codes = {code for pool in document.pools for code in pool.base_codes}
    width = 10**9 if text.mandate else len(document.parties)
    return width, len(items) + len(codes), -_date(document.effective_date).toordinal(), document.name


def _missing(text: Text) -> bool:
    if text.mandate:
        return text.document.issuer not in text.signed
    have = [party for party in text.parties if party in text.signed]
    if text.document.entry == agreement_pb2.ENTRY_RULE_SIGNATORIES:
        return len(have) < 2
    return len(have) < len(text.parties)


def _standing(text: Text, query: Query, old_hours: int) -> int | None:
    agreement, document = text.agreement, text.document
    if _missing(text):
        return UNSIGNED
    if text.until is not None and query.instant >= text.until + dt.timedelta(hours=old_hours):
        return 1
    if agreement.HasField("terminate_date") and _admitted_day(query) >= _date(agreement.terminate_date):
        return 2
    if document.HasField("expire_date"):
        if not document.renewal_months:
            if _day(query) > _date(document.expire_date):
                return 3
        elif agreement.HasField("decline_date") and _date(agreement.decline_date) < _day(query):
            # An end before the text began was declined of the version before it.
            begun = (text.begin + EIGHT_HOURS).date() if text.begin is not None else dt.date.min
            return 3 if begun <= _date(agreement.decline_date) else _later_standing(text, query)
    return _later_standing(text, query)


def _later_standing(text: Text, query: Query) -> int | None:
    agreement, document = text.agreement, text.document
    if _day(query) < _date(document.effective_date) or (text.begin is not None and query.instant < text.begin):
        return 4
    if agreement.HasField("suspend_time") and _paused(agreement, agreement.suspend_time, query):
        return 6
    return None


def _paused(held: Any, since: Any, query: Query) -> bool:
    """Whether a suspension, of the whole or of a part, keeps the filing out."""
    admitted, effect = query.admitted or query.instant, since.ToDatetime(dt.UTC)
    if admitted < effect:
        return False
    if query.instant < effect and held.HasField("honour_time"):
        return bool(admitted > held.honour_time.ToDatetime(dt.UTC))
    return True


def _collects(clause: agreement_pb2.Clause, query: Query) -> bool:
    collecting = query.collecting or query.accepting
    return clause.collecting_anywhere or collecting in (list(clause.collecting) or [query.accepting])


def _step(
    text: Text,
    clause: agreement_pb2.Clause,
    query: Query,
    item: directory_pb2.Item,
    nodes: Sequence[directory_pb2.Node],
) -> int:
    standing = _standing(text, query, (clause.offline_hours or 168) if query.cited else 0)
    if standing is not None:
        return standing
    collecting = query.collecting or query.accepting
    involved = [query.accepting, item.document.home]
    if _collects(clause, query):
        involved.append(collecting)
    if not all(_bound(text, node, query, nodes, query.trial) for node in involved):
        return 5
    for part in text.agreement.part_suspensions:
        hit = item.name in part.items if part.items else part.node in (query.accepting, item.document.home, collecting)
        if hit and _paused(part, part.effect_time, query):
            return 7
    if clause.applicant_kinds and query.applicant_kind not in clause.applicant_kinds:
        return 8
    if clause.channels and query.channel not in clause.channels:
        return 9
    both = [mode for mode in clause.modes if mode in item.document.modes]
    if not both or (query.mode and query.mode not in both):
        return 10
    return COVERED if _collects(clause, query) else 11


def _route(
    text: Text, clause: agreement_pb2.Clause, query: Query, item: directory_pb2.Item, home: str
) -> application_pb2.Route:
    both = [mode for mode in clause.modes if mode in item.document.modes]
    return application_pb2.Route(
        item=item.name,
        item_version=item.version,
        accepting=query.accepting,
        home=home,
        decider=home if clause.decider == types_pb2.DECIDER_HOME else query.accepting,
        collecting=query.collecting or query.accepting,
        agreement=text.agreement.name,
        agreement_version=text.document.document_version,
        clause=clause.id,
        mode=query.mode or both[0],
        channel=query.channel,
        applicant_kind=query.applicant_kind,
    )


def _own(query: Query, item: directory_pb2.Item) -> application_pb2.Route | str:
    if query.mode and query.mode not in item.document.modes:
        return "ModeNotCovered"
    if query.collecting and query.collecting != query.accepting:
        return "CollectingNotCovered"
    return application_pb2.Route(
        item=item.name,
        item_version=item.version,
        accepting=query.accepting,
        home=query.accepting,
        decider=query.accepting,
        collecting=query.accepting,
        mode=query.mode or item.document.modes[0],
        channel=query.channel,
        applicant_kind=query.applicant_kind,
    )
