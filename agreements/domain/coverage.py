"""Coverage: the one function that says where an application goes, and under whose signatures.

A window asks it before the clerk types, the gateway asks it again at admission, the home node once more on receipt;
all three ask the same pure, dated function over the same signed feeds, so they answer alike.

    item ──► its home, by the home's own published list ──► the home's node, by the directory
         ──► the clauses that name this item and this window
         ──► of those, the ones in force at the moment, for this applicant, channel, mode and place of collection
         ──► the narrowest of them: its agreement, version and clause, and who decides

**What is promised.** The answer depends on the feeds and the query only.  Where several clauses cover, the narrower
wins (fewer parties, then fewer items in the agreement), then the one in force later, then by name; within an agreement
the clause with fewer items, then the earlier.  Where none does, the refusal names the clause that came closest: one
that is in force and lacks the mode says more than one that has expired, and that more than "no agreement".  A home's
own items at its own windows need no agreement; then agreement and clause are empty and the home decides.

**What can go wrong.** Copies differ: a window that was offline cites an agreement which has changed since.  Then
`check_route` refuses by name: the coverage error where nothing covers any more, RouteChanged where something else
does.  An older `item_version` alone changes no route and is let through: the home asks for what its new list needs.

**Not here.** How old a copy may be for filing offline (`ClauseTerms.offline_hours`) is for who files; whether author
and signature are good is for admission.

`Coverage` is an index, built once and then kept current **in place** by `with_…` and `without`, which return the index
itself.  It is for one thread: an answer never changes between two updates, and whoever must undo an update puts the
old value back, or takes out the name that was new.  A lookup reads the clauses of one item; where there are many, they
are split by window the first time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from agreements.domain import refusals
from agreements.domain.terms import (
    ClauseTerms,
    ItemEntry,
    Moment,
    NodeEntry,
    Verdict,
    compile_agreement,
    item_entry,
    node_entry,
    preference,
)
from tongban import errors
from tongban.v1 import agreement_pb2, application_pb2, directory_pb2, types_pb2

_LONG: Final = 32
"""Beyond so many clauses for one item they are split by window; below, a scan is as quick and needs no memory."""

_NONE: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Query:
    """What a window asks.  `mode` and `collecting` may be left open; `date` follows from `instant` unless given."""

    item: str
    accepting: str
    applicant_kind: types_pb2.ApplicantKind
    channel: types_pb2.Channel
    instant: dt.datetime
    mode: types_pb2.Mode | None = None
    collecting: str | None = None
    date: dt.date | None = None
    admitted: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Covered:
    """The answer: the route to cite, and the clause's terms, None for a home's own item."""

    route: application_pb2.Route
    clause: ClauseTerms | None
    promised_working_days: int
    """The clause's promise, else the item's; 0 where neither promises."""


class Coverage:
    """The index over current agreements, items and nodes."""

    def __init__(
        self,
        agreements: Iterable[agreement_pb2.Agreement] = (),
        items: Iterable[directory_pb2.Item] = (),
        nodes: Iterable[directory_pb2.Node] = (),
    ) -> None:
        self._items: dict[str, ItemEntry] = {entry.name: entry for entry in map(item_entry, items)}
        self._nodes: dict[str, NodeEntry] = {entry.name: entry for entry in map(node_entry, nodes)}
        self._agreements: dict[str, tuple[ClauseTerms, ...]] = {}
        self._party_of: dict[str, set[str]] = {}
        self._split: dict[str, dict[str, tuple[ClauseTerms, ...]]] = {}
        offered: dict[str, list[ClauseTerms]] = {}
        for agreement in agreements:
            for clause in self._enter(agreement):
                for item in clause.items:
                    offered.setdefault(item, []).append(clause)
        self._clauses: dict[str, tuple[ClauseTerms, ...]] = {
            item: tuple(sorted(clauses, key=preference)) for item, clauses in offered.items()
        }

    def with_item(self, item: directory_pb2.Item) -> Coverage:
        """Take in an item as it is now."""
        self._items[item.name] = item_entry(item)
        return self

    def with_node(self, node: directory_pb2.Node) -> Coverage:
        """Take in a node as it is now."""
        self._nodes[node.name] = node_entry(node)
        return self

    def with_agreement(self, agreement: agreement_pb2.Agreement) -> Coverage:
        """Take in an agreement as it is now, in the place of what it was."""
        self.without(agreement.name)
        added: dict[str, list[ClauseTerms]] = {}
        for clause in self._enter(agreement):
            for item in clause.items:
                added.setdefault(item, []).append(clause)
        for item, clauses in added.items():
            self._clauses[item] = tuple(sorted((*self._clauses.get(item, ()), *clauses), key=preference))
            self._split.pop(item, None)
        return self

    def without(self, name: str) -> Coverage:
        """Forget the agreement, item or node of that name; nothing happens where there is none."""
        self._items.pop(name, None)
        self._nodes.pop(name, None)
        gone = self._agreements.pop(name, ())
        if gone:
            for party in gone[0].accord.parties:
                self._party_of[party].discard(name)
        for item in {item for clause in gone for item in clause.items}:
            left = tuple(clause for clause in self._clauses[item] if clause.accord.name != name)
            if left:
                self._clauses[item] = left
            else:
                del self._clauses[item]
            self._split.pop(item, None)
        return self

    def find(self, query: Query) -> Covered:
        """The route, or the named refusal that says what would be allowed instead."""
        item = self._published(query.item)
        moment = Moment.of(query.instant, query.date, query.admitted)
        accepting = query.accepting
        if item.home == accepting:
            return _own(query, item)
        collecting = query.collecting or accepting
        for clause in self._naming(item.name, accepting):
            if accepting not in clause.accepting:
                continue
            if judge(clause, query, item, moment) is not Verdict.COVERED:
                continue
            return Covered(
                application_pb2.Route(
                    item=item.name,
                    item_version=item.version,
                    accepting=accepting,
                    home=item.home,
                    decider=item.home if clause.decider == types_pb2.DECIDER_HOME else accepting,
                    collecting=collecting,
                    agreement=clause.accord.name,
                    agreement_version=clause.accord.version,
                    clause=clause.id,
                    mode=_mode(clause, item, query.mode),
                    channel=query.channel,
                    applicant_kind=query.applicant_kind,
                ),
                clause,
                clause.promised_working_days or item.promised_working_days,
            )
        raise self._refusal(query, item, moment)

    def offers(self, accepting: str, instant: dt.datetime) -> Iterator[tuple[ItemEntry, ClauseTerms | None]]:
        """What a window may take in at a moment: its own items, then those of others, each with the clause that wins.

        For lists to choose from: whether it holds for an applicant, a channel and a mode is what `find` says.
        """
        moment = Moment.of(instant)
        yield from ((item, None) for item in self._items.values() if item.home == accepting and item.published)
        best: dict[str, ClauseTerms] = {}
        for name in self._party_of.get(accepting, ()):
            for clause in self._agreements[name]:
                if accepting in clause.accepting and clause.accord.standing(moment) is None:
                    for each in clause.items:
                        if each not in best or preference(clause) < preference(best[each]):
                            best[each] = clause
        for each in sorted(best):
            item = self._items.get(each)
            if item is not None and item.published and self._joined(item.home):
                yield item, best[each]

    def item(self, name: str) -> ItemEntry | None:
        """An item, withdrawn ones too."""
        return self._items.get(name)

    def node_title(self, name: str) -> str:
        """A node's name for people; its resource name where the directory does not have it."""
        node = self._nodes.get(name)
        return node.title if node is not None else name

    def between(self, home: str, accepting: str, moment: Moment) -> Iterator[ClauseTerms]:
        """The clauses in force by which one node takes in for another: by agreement, the preferred first."""
        shared = self._party_of.get(home, _NONE) & self._party_of.get(accepting, _NONE)
        for clauses in sorted((self._agreements[name] for name in shared), key=_rank):
            if clauses[0].accord.standing(moment) is None:
                yield from (clause for clause in clauses if clause.home == home and accepting in clause.accepting)

    def naming(self, item: str) -> tuple[ClauseTerms, ...]:
        """Every clause that names an item, in force or not, the one that wins first."""
        return self._clauses.get(item, ())

    def _enter(self, agreement: agreement_pb2.Agreement) -> tuple[ClauseTerms, ...]:
        clauses = compile_agreement(agreement)
        self._agreements[agreement.name] = clauses
        if clauses:
            for party in clauses[0].accord.parties:
                self._party_of.setdefault(party, set()).add(agreement.name)
        return clauses

    def _published(self, name: str) -> ItemEntry:
        item = self._items.get(name)
        home = item.home if item is not None else f"nodes/{name.removeprefix('items/').partition('.')[0]}"
        if not self._joined(home):
            raise refusals.no_node(self, name, home)
        if item is None or not item.published:
            raise refusals.no_item(self, name, home)
        return item

    def _joined(self, node: str) -> bool:
        entry = self._nodes.get(node)
        return entry is not None and entry.joined

    def _naming(self, item: str, accepting: str) -> tuple[ClauseTerms, ...]:
        """The clauses that name an item, perhaps with some for other windows only."""
        clauses = self._clauses.get(item, ())
        if len(clauses) <= _LONG:
            return clauses
        split = self._split.get(item)
        if split is None:
            lists: dict[str, list[ClauseTerms]] = {}
            for clause in clauses:
                for node in clause.accepting:
                    lists.setdefault(node, []).append(clause)
            split = self._split[item] = {node: tuple(listed) for node, listed in lists.items()}
        return split.get(accepting, ())

    def _refusal(self, query: Query, item: ItemEntry, moment: Moment) -> errors.TongbanError:
        named = [c for c in self._naming(item.name, query.accepting) if query.accepting in c.accepting]
        if named:
            verdicts = [judge(clause, query, item, moment) for clause in named]
            closest = max(verdicts)
            if closest is not Verdict.UNSIGNED:
                reached = [clause for clause, verdict in zip(named, verdicts, strict=True) if verdict is closest]
                return refusals.closest(self, closest, reached, query, item, moment)
        return refusals.not_covered(self, query, item, moment, named)


def judge(clause: ClauseTerms, query: Query, item: ItemEntry, moment: Moment) -> Verdict:
    """How far a clause that names the item and the window goes for a query."""
    standing = clause.accord.standing(moment)
    if standing is not None:
        return standing
    if clause.applicant_kinds and query.applicant_kind not in clause.applicant_kinds:
        return Verdict.APPLICANT
    if clause.channels and query.channel not in clause.channels:
        return Verdict.CHANNEL
    if not _mode(clause, item, query.mode):
        return Verdict.MODE
    if not clause.collects(query.accepting, query.collecting or query.accepting):
        return Verdict.COLLECTING
    return Verdict.COVERED


def check_route(
    coverage: Coverage,
    route: application_pb2.Route,
    instant: dt.datetime,
    *,
    admitted: dt.datetime | None = None,
    stream: str = "",
) -> Covered:
    """Admission's re-check: what a filing cites is what the function finds; else the coverage error, or RouteChanged.

    `instant` is when it was filed, as its author claims; `admitted` is now, by whoever admits.
    """
    found = coverage.find(
        Query(
            item=route.item,
            accepting=route.accepting,
            applicant_kind=route.applicant_kind,
            channel=route.channel,
            instant=instant,
            mode=route.mode or None,
            collecting=route.collecting or None,
            admitted=admitted,
        )
    )
    expected = application_pb2.Route()
    expected.CopyFrom(found.route)
    # The clerk may have seen an earlier list of the home, never a later one than the home has published.
    if 1 <= route.item_version <= expected.item_version:
        expected.item_version = route.item_version
    if expected != route:
        raise refusals.route_changed(stream or route.item, route, expected)
    return found


def _mode(clause: ClauseTerms, item: ItemEntry, asked: types_pb2.Mode | None) -> types_pb2.Mode:
    """The mode asked for, or the clause's first, when clause and item both offer it; else unspecified."""
    for mode in (asked,) if asked else clause.modes:
        if mode in clause.modes and mode in item.modes:
            return mode
    return types_pb2.MODE_UNSPECIFIED


def _rank(clauses: tuple[ClauseTerms, ...]) -> tuple[int, int, int, str]:
    return clauses[0].accord.rank


def _own(query: Query, item: ItemEntry) -> Covered:
    """A home's own item at its own window: no agreement, the home decides and hands out."""
    if query.mode not in item.modes if query.mode else not item.modes:
        raise refusals.own_mode(query, item)
    if query.collecting and query.collecting != item.home:
        raise refusals.own_collecting(query, item)
    route = application_pb2.Route(
        item=item.name,
        item_version=item.version,
        accepting=item.home,
        home=item.home,
        decider=item.home,
        collecting=item.home,
        mode=query.mode or item.modes[0],
        channel=query.channel,
        applicant_kind=query.applicant_kind,
    )
    return Covered(route, None, item.promised_working_days)
