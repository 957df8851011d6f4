"""Why something is not covered, in words a clerk can act on, with what would be allowed instead.

Each refusal shows titles and carries the resource names beside them as facts (`home_node`, `item_name`,
`agreement_name`, `clause`), so that a program reads no sentence.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from google.protobuf.descriptor import EnumDescriptor

from agreements.domain.terms import SHANGHAI, Accord, ClauseTerms, ItemEntry, Moment, Verdict
from agreements.domain.words import APPLICANT_KINDS, CHANNELS, MODES, english, listed
from tongban import errors
from tongban.v1 import application_pb2, types_pb2

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
        hint="" if entry is None else f"“{entry.title}”已取消。",
        hint_en="" if entry is None else f"{entry.title} was withdrawn.",
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
        facts |= _instead(coverage, query, item, moment)
    match verdict:
        case Verdict.TERMINATED:
            return errors.AgreementTerminated(field="agreement", since=accord.terminate, **facts)
        case Verdict.EXPIRED:
            return errors.AgreementExpired(field="agreement", to_date=accord.expire, date=moment.day, **facts)
        case Verdict.NOT_YET:
            return errors.AgreementNotYetInForce(
                field="agreement", from_date=accord.effective, date=moment.day, **facts
            )
        case Verdict.SUPERSEDED:
            return errors.AgreementExpired(field="agreement", to_date=_local(accord.until), date=moment.day, **facts)
        case Verdict.SUSPENDED:
            since = accord.suspension.since if accord.suspension is not None else None
            return errors.AgreementSuspended(field="agreement", since=_local(since), **facts)
        case Verdict.PART_SUSPENDED:
            return _part_suspended(coverage, query, item, moment, accord, facts)
        case Verdict.NOT_BOUND:
            return _not_bound(coverage, query, item, moment, accord, facts)
        case Verdict.APPLICANT:
            kinds = list(_in_order(kind for each in of_it for kind in sorted(each.applicant_kinds)))
            facts |= _words(
                "applicant", APPLICANT_KINDS, types_pb2.ApplicantKind.DESCRIPTOR, query.applicant_kind, kinds
            )
            return errors.ApplicantNotCovered(field="applicant_kind", **facts)
        case Verdict.CHANNEL:
            channels = list(_in_order(channel for each in of_it for channel in sorted(each.channels)))
            facts |= _words("channel", CHANNELS, types_pb2.Channel.DESCRIPTOR, query.channel, channels)
            return errors.ChannelNotCovered(field="channel", **facts)
        case Verdict.MODE:
            modes = list(_in_order(mode for each in of_it for mode in each.modes if mode in item.modes))
            facts |= _words("mode", MODES, types_pb2.Mode.DESCRIPTOR, query.mode, modes)
            return errors.ModeNotCovered(field="mode", **facts)
        case _:
            nodes = list(_in_order(node for each in of_it for node in sorted(each.collecting or {query.accepting})))
            places = _titles(coverage, nodes)
            return errors.CollectingNotCovered(
                field="collecting",
                problem=f"协议{_name(accord)}只允许在以下地方取证:{places}",
                problem_en=f"agreement {_name(accord)} lets the result be collected only at: {places}",
                hint=places,
                **facts,
            )


def _part_suspended(
    coverage: Coverage, query: Query, item: ItemEntry, moment: Moment, accord: Accord, facts: dict[str, str]
) -> errors.TongbanError:
    part = accord.paused(item.name, query.nodes(item.home), moment)
    title = coverage.node_title(part.node) if part is not None else "?"
    whole = part is None or not part.items
    return errors.PartSuspended(
        field="agreement",
        member=title,
        since=_local(part.since if part is not None else None),
        what="该方全部事项" if whole else f"事项“{item.title}”",
        what_en="all of its part" if whole else f"item {item.title}",
        **facts,
    )


def _not_bound(
    coverage: Coverage, query: Query, item: ItemEntry, moment: Moment, accord: Accord, facts: dict[str, str]
) -> errors.TongbanError:
    """Of the nodes that the filing needs, the first that does not take part, and why."""
    node = next((each for each in query.nodes(item.home) if not coverage.bound(accord, each, moment, query.trial)), "")
    left = accord.left.get(node)
    if accord.issuer:
        why, why_en = "不在印发方的下级之列", "it does not stand under the issuer"
    elif left is not None and moment.admitted_day >= left:
        why, why_en = f"已自 {left} 起退出", f"it left on {left}"
    elif node in accord.unproven:
        why, why_en = "尚未通过试运行", "its trial run has not passed yet"
    elif node not in accord.parties:
        why, why_en = "不是参与方", "it is not a party"
    else:
        why, why_en = "尚未签署", "it has not signed"
    return errors.PartyNotBound(field="agreement", member=coverage.node_title(node), why=why, why_en=why_en, **facts)


def not_covered(
    coverage: Coverage, query: Query, item: ItemEntry, moment: Moment, unsigned: list[ClauseTerms]
) -> errors.TongbanError:
    """No signed clause names the item for this window; `unsigned` are those that only wait for signatures."""
    facts = _about(coverage, query, item)
    shared = next(coverage.between(item.home, query.accepting, moment), None)
    facts |= _instead(coverage, query, item, moment)
    if unsigned:
        accord = unsigned[0].accord
        waiting = _titles(coverage, accord.missing)
        facts["hint"] = f"协议{_name(accord)}已列入该事项,尚待签署:{waiting}。{facts['hint']}"
        facts["hint_en"] = f"Agreement {_name(accord)} lists it and awaits signatures: {waiting}. {facts['hint_en']}"
    if shared is not None:
        return errors.ItemNotCovered(field="item", **{**facts, **_of(shared.accord)})
    return errors.NoAgreementInForce(field="item", **facts)


def own_mode(query: Query, item: ItemEntry) -> errors.TongbanError:
    """The home itself does not offer its item so."""
    return errors.ModeNotCovered(
        field="mode",
        agreement="(本地事项)",
        agreement_en="(own item)",
        item=item.title,
        item_name=item.name,
        **_words("mode", MODES, types_pb2.Mode.DESCRIPTOR, query.mode, item.modes),
    )


def own_collecting(query: Query, item: ItemEntry) -> errors.TongbanError:
    """An own item is handed out at home: elsewhere would need an agreement."""
    return errors.CollectingNotCovered(
        field="collecting",
        problem=f"“{item.title}”由本地受理,在本地取证",
        problem_en=f"{item.title} is an own item and is collected at home",
        item_name=item.name,
        hint=item.home,
    )


def route_changed(stream: str, cited: application_pb2.Route, found: application_pb2.Route) -> errors.TongbanError:
    """The filing cites another route than the one that holds."""
    return errors.RouteChanged(field="route", stream=stream, cited=_route(cited), found=_route(found))


_NOT_IN_FORCE: Final = frozenset(
    {
        Verdict.SUPERSEDED,
        Verdict.TERMINATED,
        Verdict.EXPIRED,
        Verdict.NOT_YET,
        Verdict.NOT_BOUND,
        Verdict.SUSPENDED,
        Verdict.PART_SUSPENDED,
    }
)


def _instead(coverage: Coverage, query: Query, item: ItemEntry, moment: Moment) -> dict[str, str]:
    """What this window may take in for that home; failing that, where the item is taken in."""
    clauses = (
        clause
        for clause in coverage.between(item.home, query.accepting, moment)
        if (not clause.applicant_kinds or query.applicant_kind in clause.applicant_kinds)
        and (not clause.channels or query.channel in clause.channels)
    )
    titles = "、".join(entry.title for entry in itertools.islice(_items(coverage, clauses), _MOST))
    if titles:
        return {"hint": f"与该地有协议的事项:{titles}。", "hint_en": f"Items agreed with it: {titles}."}
    windows = (
        node for clause in coverage.naming(item) if clause.accord.standing(moment) is None for node in clause.windows
    )
    where = _titles(coverage, [item.home, *itertools.islice(_in_order(windows), _MOST)])
    return {"hint": f"该事项可在以下地方申请:{where}。", "hint_en": f"It is taken in at: {where}."}


def _items(coverage: Coverage, clauses: Iterable[ClauseTerms]) -> Iterator[ItemEntry]:
    for entry in _in_order(entry for clause in clauses for entry in coverage.items_of(clause)):
        if entry.published:
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


def _titles(coverage: Coverage, nodes: Iterable[str]) -> str:
    return "、".join(coverage.node_title(node) for node in itertools.islice(nodes, _MOST + 1))


def _words(
    key: str, words: Mapping[int, str], enum: EnumDescriptor, asked: int | None, allowed: Sequence[int]
) -> dict[str, str]:
    """What was asked and what is allowed, in both languages."""
    return {
        key: words.get(asked, "?") if asked else "未指定",
        f"{key}_en": english(enum, [asked]) if asked else "(any)",
        "allowed": listed(words, allowed),
        "allowed_en": english(enum, allowed),
        "hint": listed(words, allowed),
        "hint_en": english(enum, allowed),
    }


def _route(route: application_pb2.Route) -> str:
    under = (
        f"{route.agreement} 第 {route.agreement_version} 版条款 {route.clause}"
        if route.agreement
        else "本地 (own item)"
    )
    return (
        f"{under} ({route.item} v{route.item_version}, {english(types_pb2.Mode.DESCRIPTOR, [route.mode])},"
        f" {route.home} > {route.decider} > {route.collecting})"
    )
