"""Why something is not covered, in words a clerk can act on, with what would be allowed instead.

Each refusal shows titles and carries the resource names beside them as facts (`home_node`, `item_name`,
`agreement_name`, `clause`), so that a program reads no sentence.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, TypeVar

from agreements.domain.terms import SHANGHAI, Accord, ClauseTerms, ItemEntry, Moment, Verdict
from agreements.domain.words import APPLICANT_KINDS, CHANNELS, MODES, listed
from tongban import errors
from tongban.v1 import application_pb2

if TYPE_CHECKING:  # the index calls this module; it is named here for its type only
    from agreements.domain.coverage import Coverage, Query

_MOST: Final = 5
"""So many titles in a hint."""

_Value = TypeVar("_Value")


def no_node(coverage: Coverage, item: str, home: str) -> errors.TongbanError:
    """The item's home is not in the directory, or has left."""
    entry = coverage.item(item)
    return errors.AuthorityHasNoNode(
        field="item",
        home=coverage.node_title(home),
        item=entry.title if entry is not None else item,
        home_node=home,
        item_name=item,
    )


def no_item(coverage: Coverage, item: str, home: str) -> errors.TongbanError:
    """The home does not publish the item, or has withdrawn it."""
    entry = coverage.item(item)
    return errors.ItemNotFound(
        field="item",
        region=coverage.node_title(home),
        name=item,
        home_node=home,
        item_name=item,
        hint="" if entry is None else f"“{entry.title}”已取消 (withdrawn)",
    )


def closest(
    coverage: Coverage, verdict: Verdict, reached: list[ClauseTerms], query: Query, item: ItemEntry, moment: Moment
) -> errors.TongbanError:
    """Clauses name the item and the window, and this is how far the best of them go."""
    clause = reached[0]
    accord = clause.accord
    of_it = [each for each in reached if each.accord is accord]
    facts = {**_about(coverage, query, item), **_of(accord), "clause": clause.id}
    if verdict in _NOT_IN_FORCE:
        facts["hint"] = _instead(coverage, query, item, moment)
    match verdict:
        case Verdict.TERMINATED:
            return errors.AgreementTerminated(field="agreement", since=accord.terminate, **facts)
        case Verdict.EXPIRED:
            return errors.AgreementExpired(field="agreement", to_date=accord.expire, date=moment.day, **facts)
        case Verdict.NOT_YET:
            return errors.AgreementNotYetInForce(
                field="agreement", from_date=accord.effective, date=moment.day, **facts
            )
        case Verdict.SUSPENDED:
            return errors.AgreementSuspended(field="agreement", since=_local(accord.suspend), **facts)
        case Verdict.APPLICANT:
            kinds = _in_order(kind for each in of_it for kind in sorted(each.applicant_kinds))
            allowed = listed(APPLICANT_KINDS, kinds)
            applicant = APPLICANT_KINDS.get(query.applicant_kind, "?")
            return errors.ApplicantNotCovered(
                field="applicant_kind", applicant=applicant, allowed=allowed, hint=allowed, **facts
            )
        case Verdict.CHANNEL:
            channels = _in_order(channel for each in of_it for channel in sorted(each.channels))
            allowed = listed(CHANNELS, channels)
            channel = CHANNELS.get(query.channel, "?")
            return errors.ChannelNotCovered(field="channel", channel=channel, allowed=allowed, hint=allowed, **facts)
        case Verdict.MODE:
            modes = _in_order(mode for each in of_it for mode in each.modes if mode in item.modes)
            allowed = listed(MODES, modes)
            mode = _mode(query)
            return errors.ModeNotCovered(field="mode", mode=mode, allowed=allowed, hint=allowed, **facts)
        case _:
            nodes = _in_order(node for each in of_it for node in sorted(each.collecting or {query.accepting}))
            allowed = "、".join(map(coverage.node_title, itertools.islice(nodes, _MOST)))
            problem = f"协议{_name(accord)}只允许在以下地方取证:{allowed} (the result may be collected there only)"
            return errors.Refused(field="collecting", problem=problem, hint=allowed, **facts)


def not_covered(
    coverage: Coverage, query: Query, item: ItemEntry, moment: Moment, unsigned: list[ClauseTerms]
) -> errors.TongbanError:
    """No signed clause names the item for this window; `unsigned` are those that only wait for signatures."""
    facts = _about(coverage, query, item)
    shared = next(coverage.between(item.home, query.accepting, moment), None)
    hint = _instead(coverage, query, item, moment)
    if unsigned:
        accord = unsigned[0].accord
        waiting = "、".join(coverage.node_title(node) for node in accord.missing[:_MOST])
        hint = f"协议{_name(accord)}已列入该事项,尚待签署 (awaits signatures):{waiting}。{hint}"
    if shared is not None:
        return errors.ItemNotCovered(field="item", hint=hint, **{**facts, **_of(shared.accord)})
    return errors.NoAgreementInForce(field="item", hint=hint, **facts)


def own_mode(query: Query, item: ItemEntry) -> errors.TongbanError:
    """The home itself does not offer its item so."""
    allowed = listed(MODES, item.modes)
    return errors.ModeNotCovered(
        field="mode",
        agreement="(本地事项 own item)",
        item=item.title,
        item_name=item.name,
        mode=_mode(query),
        allowed=allowed,
        hint=allowed,
    )


def own_collecting(query: Query, item: ItemEntry) -> errors.TongbanError:
    """An own item is handed out at home: elsewhere would need an agreement."""
    problem = f"“{item.title}”由本地受理,在本地取证 (an own item is collected at home)"
    return errors.Refused(field="collecting", problem=problem, item_name=item.name, hint=item.home)


def route_changed(stream: str, cited: application_pb2.Route, found: application_pb2.Route) -> errors.TongbanError:
    """The filing cites another route than the one that holds."""
    return errors.RouteChanged(field="route", stream=stream, cited=_route(cited), found=_route(found))


_NOT_IN_FORCE: Final = frozenset({Verdict.TERMINATED, Verdict.EXPIRED, Verdict.NOT_YET, Verdict.SUSPENDED})


def _instead(coverage: Coverage, query: Query, item: ItemEntry, moment: Moment) -> str:
    """What this window may take in for that home; failing that, where the item is taken in."""
    clauses = (
        clause
        for clause in coverage.between(item.home, query.accepting, moment)
        if (not clause.applicant_kinds or query.applicant_kind in clause.applicant_kinds)
        and (not clause.channels or query.channel in clause.channels)
    )
    titles = [entry.title for entry in itertools.islice(_items(coverage, clauses), _MOST)]
    if titles:
        return f"与该地有协议的事项 (items agreed with it):{'、'.join(titles)}。"
    windows = (
        node
        for clause in coverage.naming(item.name)
        if clause.accord.standing(moment) is None
        for node in sorted(clause.accepting)
    )
    places = [coverage.node_title(node) for node in itertools.islice(_in_order(windows), _MOST)]
    where = "、".join([coverage.node_title(item.home), *places])
    return f"该事项可在以下地方申请 (it is taken in at):{where}。"


def _items(coverage: Coverage, clauses: Iterable[ClauseTerms]) -> Iterator[ItemEntry]:
    for name in _in_order(name for clause in clauses for name in clause.items):
        entry = coverage.item(name)
        if entry is not None and entry.published:
            yield entry


def _in_order(values: Iterable[_Value]) -> Iterator[_Value]:
    """Each value once, in the order of its first appearance; takes no more than is asked of it."""
    seen: set[_Value] = set()
    for value in values:
        if value not in seen:
            seen.add(value)
            yield value


def _about(coverage: Coverage, query: Query, item: ItemEntry) -> dict[str, str]:
    return {
        "item": item.title,
        "home": coverage.node_title(item.home),
        "accepting": coverage.node_title(query.accepting),
        "item_name": item.name,
        "home_node": item.home,
        "accepting_node": query.accepting,
    }


def _of(accord: Accord) -> dict[str, str]:
    return {"agreement": _name(accord), "agreement_name": accord.name}


def _name(accord: Accord) -> str:
    return f"《{accord.title}》({accord.name})"


def _local(instant: dt.datetime | None) -> str:
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if instant is not None else "?"


def _mode(query: Query) -> str:
    return MODES.get(query.mode, "?") if query.mode else "任一 (any)"


def _route(route: application_pb2.Route) -> str:
    under = (
        f"{route.agreement} 第 {route.agreement_version} 版条款 {route.clause}"
        if route.agreement
        else "本地 (own item)"
    )
    return (
        f"{under};{route.item} v{route.item_version},{MODES.get(route.mode, '?')},"
        f"属地 {route.home},决定 {route.decider},取证 {route.collecting}"
    )
