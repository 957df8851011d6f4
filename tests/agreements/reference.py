"""Coverage the slow and obvious way, from the messages themselves, to compare the index with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from agreements.domain.coverage import Query
from tongban.v1 import agreement_pb2, application_pb2, directory_pb2, types_pb2

EIGHT_HOURS = dt.timedelta(hours=8)


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
        for place, clause in enumerate(agreement.document.clauses):
            if clause.home != home or query.accepting not in clause.accepting:
                continue
            step = _step(agreement, clause, query, item)
            in_force_between = in_force_between or step >= 5
            if query.item not in clause.items:
                continue
            furthest = max(furthest, step)
            if step == 9:
                key = (*_key(agreement), len(clause.items), place)
                if best is None or key < best[0]:
                    best = key, _route(agreement, clause, query, item)
    if best is not None:
        return best[1]
    if furthest <= 0:
        return "ItemNotCovered" if in_force_between else "NoAgreementInForce"
    return {
        1: "AgreementTerminated",
        2: "AgreementExpired",
        3: "AgreementNotYetInForce",
        4: "AgreementSuspended",
        5: "ApplicantNotCovered",
        6: "ChannelNotCovered",
        7: "ModeNotCovered",
        8: "CollectingNotCovered",
    }[furthest]


def _key(agreement: agreement_pb2.Agreement) -> tuple[Any, ...]:
    document = agreement.document
    items = {item for clause in document.clauses for item in clause.items}
    return len(document.parties), len(items), -_date(document.effective_date).toordinal(), agreement.name


def _date(value: Any) -> dt.date:
    return dt.date(value.year, value.month, value.day)


def _step(
    agreement: agreement_pb2.Agreement, clause: agreement_pb2.Clause, query: Query, item: directory_pb2.Item
) -> int:
    admitted = query.admitted or query.instant
    day = query.date or (query.instant + EIGHT_HOURS).date()
    admitted_day = (query.admitted + EIGHT_HOURS).date() if query.admitted else day
    if {s.node for s in agreement.signatures} != {p.node for p in agreement.document.parties}:
        return 0
    if agreement.HasField("terminate_date") and admitted_day >= _date(agreement.terminate_date):
        return 1
    if agreement.document.HasField("expire_date") and day > _date(agreement.document.expire_date):
        return 2
    if day < _date(agreement.document.effective_date):
        return 3
    if agreement.HasField("suspend_time") and admitted >= agreement.suspend_time.ToDatetime(dt.UTC):
        before = query.instant < agreement.suspend_time.ToDatetime(dt.UTC)
        if not (before and agreement.HasField("honour_time") and admitted <= agreement.honour_time.ToDatetime(dt.UTC)):
            return 4
    if clause.applicant_kinds and query.applicant_kind not in clause.applicant_kinds:
        return 5
    if clause.channels and query.channel not in clause.channels:
        return 6
    both = [mode for mode in clause.modes if mode in item.document.modes]
    if not both or (query.mode and query.mode not in both):
        return 7
    if (query.collecting or query.accepting) not in (list(clause.collecting) or [query.accepting]):
        return 8
    return 9


def _route(
    agreement: agreement_pb2.Agreement, clause: agreement_pb2.Clause, query: Query, item: directory_pb2.Item
) -> application_pb2.Route:
    both = [mode for mode in clause.modes if mode in item.document.modes]
    return application_pb2.Route(
        item=item.name,
        item_version=item.version,
        accepting=query.accepting,
        home=clause.home,
        decider=clause.home if clause.decider == types_pb2.DECIDER_HOME else query.accepting,
        collecting=query.collecting or query.accepting,
        agreement=agreement.name,
        agreement_version=agreement.document.document_version,
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
