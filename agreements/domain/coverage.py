"""Coverage: the one function that says where an application goes, and under whose signatures.

A window asks it before the clerk types, the gateway asks it again at admission, the home node once more on receipt;
all three ask the same pure, dated function over the same signed feeds, so they answer alike.

    item ──► its home, by the home's own published list ──► the home's node, by the directory
         ──► the clauses that name this item, or a pool it is in, and this window
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
And a filing that cites the version before an amendment stands under that version, for as long after the amendment as
the clause lets a copy be old (`offline_hours`): its parties signed that, and a window cannot know what has not reached
it.  A suspension, a leaving or a termination is not waited for so; those say themselves what they honour.

**Not here.** How old a copy may be when a window files offline is for who files; whether author and signature are good
is for admission.

`Coverage` adds the answer to the index that is kept current in place (`agreements.domain.index`).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from agreements.domain import refusals
from agreements.domain.index import NONE, Index
from agreements.domain.terms import ClauseTerms, ItemEntry, Moment, Verdict, preference
from tongban import errors
from tongban.v1 import application_pb2, types_pb2

_HOUR: Final = dt.timedelta(hours=1)


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
    trial: bool = False
    """A trial run asks for a party that has signed and not passed its trial yet."""
    cited: tuple[str, int] | None = None
    """Only this agreement, in this version, and that also while a copy of it may be old."""

    def nodes(self, home: str) -> tuple[str, str, str]:
        """Who has to take part: who accepts, whose item it is, who hands out."""
        return self.accepting, home, self.collecting or self.accepting


@dataclass(frozen=True, slots=True)
class Covered:
    """The answer: the route to cite, and the clause's terms, None for a home's own item."""

    route: application_pb2.Route
    clause: ClauseTerms | None
    promised_working_days: int
    """The clause's promise, else the item's; 0 where neither promises."""


class Coverage(Index):
    """The index, and the answer."""

    def find(self, query: Query) -> Covered:
        """The route, or the named refusal that says what would be allowed instead."""
        item = self._published(query.item)
        moment = Moment.of(query.instant, query.date, query.admitted)
        accepting = query.accepting
        if item.home == accepting:
            return _own(query, item)
        collecting = query.collecting or accepting
        for clause in self.narrowed(item, accepting):
            if not clause.takes(accepting, item.home) or not _is_cited(clause, query.cited):
                continue
            if self._judge(clause, query, item, moment) is not Verdict.COVERED:
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
        for name in sorted(self._party_of.get(accepting, NONE) | self._mandates):
            for clause in self._agreements[name]:
                if not (clause.anyone or accepting in clause.accepting) or clause.accord.standing(moment) is not None:
                    continue
                if not self.bound(clause.accord, accepting, moment):
                    continue
                for item in self.items_of(clause):
                    before = best.get(item.name)
                    if (
                        item.home != accepting
                        and clause.takes(accepting, item.home)
                        and self.bound(clause.accord, item.home, moment)
                        and (before is None or preference(clause) < preference(before))
                    ):
                        best[item.name] = clause
        for each in sorted(best):
            item = self._items[each]
            if item.published and self.joined(item.home):
                yield item, best[each]

    def _published(self, name: str) -> ItemEntry:
        item = self._items.get(name)
        home = item.home if item is not None else f"nodes/{name.removeprefix('items/').partition('.')[0]}"
        if not self.joined(home):
            raise refusals.no_node(self, name, home)
        if item is None or not item.published:
            raise refusals.no_item(self, name, home)
        return item

    def _judge(self, clause: ClauseTerms, query: Query, item: ItemEntry, moment: Moment) -> Verdict:
        """How far a clause that names the item and the window goes for a query."""
        accord = clause.accord
        standing = accord.standing(moment, clause.offline_hours if query.cited else 0)
        if standing is not None:
            return standing
        # Most agreements are signed by all and left by none; then every node that a clause names takes part.
        if (accord.absent or accord.issuer or clause.collecting_anywhere or not clause.home) and not all(
            self.bound(accord, node, moment, query.trial) for node in clause.needed(query.nodes(item.home))
        ):
            return Verdict.NOT_BOUND
        if accord.parts and accord.paused(item.name, query.nodes(item.home), moment) is not None:
            return Verdict.PART_SUSPENDED
        if clause.applicant_kinds and query.applicant_kind not in clause.applicant_kinds:
            return Verdict.APPLICANT
        if clause.channels and query.channel not in clause.channels:
            return Verdict.CHANNEL
        if not _mode(clause, item, query.mode):
            return Verdict.MODE
        if not clause.collects(query.accepting, query.collecting or query.accepting):
            return Verdict.COLLECTING
        return Verdict.COVERED

    def _refusal(self, query: Query, item: ItemEntry, moment: Moment) -> errors.TongbanError:
        named = [c for c in self.narrowed(item, query.accepting) if c.takes(query.accepting, item.home)]
        named = [c for c in named if _is_cited(c, query.cited)]
        # A mandate that does not reach this window says nothing about it.
        named = [c for c in named if not c.anyone or self.bound(c.accord, query.accepting, moment)]
        if named:
            verdicts = [self._judge(clause, query, item, moment) for clause in named]
            closest = max(verdicts)
            if closest is not Verdict.UNSIGNED:
                reached = [clause for clause, verdict in zip(named, verdicts, strict=True) if verdict is closest]
                return refusals.closest(self, closest, reached, query, item, moment)
        return refusals.not_covered(self, query, item, moment, named)

    def between(self, home: str, accepting: str, moment: Moment) -> Iterator[ClauseTerms]:
        """The clauses in force by which one node takes in for another: by agreement, the preferred first."""
        shared = self._party_of.get(home, NONE) & self._party_of.get(accepting, NONE) | self._mandates
        for clauses in sorted((self._agreements[name] for name in shared), key=_rank):
            for clause in clauses:
                if clause.takes(accepting, home) and clause.accord.standing(moment) is None:
                    accord = clause.accord
                    if self.bound(accord, home, moment) and self.bound(accord, accepting, moment):
                        yield clause


def check_route(
    coverage: Coverage,
    route: application_pb2.Route,
    instant: dt.datetime,
    *,
    admitted: dt.datetime | None = None,
    stream: str = "",
    trial: bool = False,
) -> Covered:
    """Admission's re-check: what a filing cites is what the function finds; else the coverage error, or RouteChanged.

    `instant` is when it was filed, as its author claims; `admitted` is now, by whoever admits.
    """
    query = Query(
        item=route.item,
        accepting=route.accepting,
        applicant_kind=route.applicant_kind,
        channel=route.channel,
        instant=instant,
        mode=route.mode or None,
        collecting=route.collecting or None,
        admitted=admitted,
        trial=trial,
    )
    if coverage.superseded(route.agreement, route.agreement_version):
        query = dataclasses.replace(query, cited=(route.agreement, route.agreement_version))
    found = coverage.find(query)
    expected = application_pb2.Route()
    expected.CopyFrom(found.route)
    # The clerk may have seen an earlier list of the home, never a later one than the home has published.
    if 1 <= route.item_version <= expected.item_version:
        expected.item_version = route.item_version
    if expected != route:
        raise refusals.route_changed(stream or route.item, route, expected)
    return found


def check_filed(
    coverage: Coverage,
    route: application_pb2.Route,
    claimed: dt.datetime,
    admitted: dt.datetime,
    *,
    stream: str = "",
    trial: bool = False,
) -> Covered:
    """`check_route` for what was filed and later admitted, the same at the gateway and at the home.

    It is judged by the day on which its author claims to have filed it, as long as that is no further back than the
    clause which it cites lets a copy be old; what is older is judged by the day of its admission.
    """
    age = admitted - claimed
    # No clause says less than an hour, and nearly everything is admitted within one.
    if age > _HOUR and age > dt.timedelta(hours=coverage.old_hours(route)):
        claimed = admitted
    return check_route(coverage, route, claimed, admitted=admitted, stream=stream, trial=trial)


def _is_cited(clause: ClauseTerms, cited: tuple[str, int] | None) -> bool:
    return cited is None or (clause.accord.name, clause.accord.version) == cited


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
