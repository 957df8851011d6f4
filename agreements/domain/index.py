"""The index under the coverage function: which clauses name an item, who takes part, who stands under whom.

It is built once and then kept current **in place** by `with_…` and `without`, which return the index itself.  It is for
one thread: an answer never changes between two updates, and whoever must undo an update puts the old value back, or
takes out the name that was new.  A lookup reads the clauses of one item; where there are many, they are split by window
the first time.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from typing import Final, Self

from agreements.domain.compiling import compile_agreement, item_entry, node_entry
from agreements.domain.terms import DEFAULT_OFFLINE_HOURS, Accord, ClauseTerms, ItemEntry, Moment, NodeEntry, preference
from tongban.v1 import agreement_pb2, application_pb2, directory_pb2

_LONG: Final = 32
"""Beyond so many clauses for one item they are split by window; below, a scan is as quick and needs no memory."""

_ANY: Final = ""
"""The list of clauses by which any window takes in, where clauses are split by window."""

NONE: Final[frozenset[str]] = frozenset()


class Index:
    """Current agreements, items and nodes."""

    def __init__(
        self,
        agreements: Iterable[agreement_pb2.Agreement] = (),
        items: Iterable[directory_pb2.Item] = (),
        nodes: Iterable[directory_pb2.Node] = (),
    ) -> None:
        self._items: dict[str, ItemEntry] = {entry.name: entry for entry in map(item_entry, items)}
        self._nodes: dict[str, NodeEntry] = {entry.name: entry for entry in map(node_entry, nodes)}
        self._pooled: dict[str, set[str]] = {}
        for entry in self._items.values():
            if entry.pool:
                self._pooled.setdefault(entry.pool, set()).add(entry.name)
        self._under: dict[str, frozenset[str]] = {}
        self._agreements: dict[str, tuple[ClauseTerms, ...]] = {}
        self._party_of: dict[str, set[str]] = {}
        self._mandates: set[str] = set()
        self._split: dict[str, dict[str, tuple[ClauseTerms, ...]]] = {}
        offered: dict[str, list[ClauseTerms]] = {}
        for agreement in agreements:
            for clause in self._enter(agreement):
                for item in clause.items:
                    offered.setdefault(item, []).append(clause)
        self._clauses: dict[str, tuple[ClauseTerms, ...]] = {
            item: tuple(sorted(clauses, key=preference)) for item, clauses in offered.items()
        }

    def with_item(self, item: directory_pb2.Item) -> Self:
        """Take in an item as it is now."""
        self._forget_item(item.name)
        entry = self._items[item.name] = item_entry(item)
        if entry.pool:
            self._pooled.setdefault(entry.pool, set()).add(entry.name)
        return self

    def with_node(self, node: directory_pb2.Node) -> Self:
        """Take in a node as it is now."""
        self._nodes[node.name] = node_entry(node)
        self._under.clear()
        return self

    def with_agreement(self, agreement: agreement_pb2.Agreement) -> Self:
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

    def without(self, name: str) -> Self:
        """Forget the agreement, item or node of that name; nothing happens where there is none."""
        self._forget_item(name)
        if self._nodes.pop(name, None) is not None:
            self._under.clear()
        gone = self._agreements.pop(name, ())
        self._mandates.discard(name)
        for party in {party for clause in gone for party in clause.accord.parties}:
            self._party_of[party].discard(name)
        for item in {item for clause in gone for item in clause.items}:
            left = tuple(clause for clause in self._clauses[item] if clause.accord.name != name)
            if left:
                self._clauses[item] = left
            else:
                del self._clauses[item]
            self._split.pop(item, None)
        return self

    def item(self, name: str) -> ItemEntry | None:
        """An item, withdrawn ones too."""
        return self._items.get(name)

    def node_title(self, name: str) -> str:
        """A node's name for people; its resource name where the directory does not have it."""
        node = self._nodes.get(name)
        return node.title if node is not None else name

    def items_of(self, clause: ClauseTerms) -> Iterator[ItemEntry]:
        """The items that a clause covers and that their homes have published once: those it names, those in its pools.

        A pool's item counts where its home takes part; one that was withdrawn is still in it.
        """
        for key in clause.items:
            named = self._items.get(key)
            if named is not None:
                yield named
            for name in sorted(self._pooled.get(key, ())):
                item = self._items[name]
                if clause.home in ("", item.home) and (clause.accord.issuer or item.home in clause.accord.parties):
                    yield item

    def bound(self, accord: Accord, node: str, moment: Moment, trial: bool = False) -> bool:
        """Whether a node takes part in an agreement at a moment: by its signature, or as one under an issuer."""
        if accord.issuer:
            listed = len(accord.parties) == 1 or node in accord.parties
            return listed and node in self.under(accord.issuer)
        return not accord.excludes(node, moment, trial)

    def under(self, issuer: str) -> frozenset[str]:
        """A node and those that name it as their superior, directly or through others; a circle counts as nothing."""
        found = self._under.get(issuer)
        if found is None:
            found = self._under[issuer] = frozenset(
                name for name in (*self._nodes, issuer) if self._reaches(name, issuer)
            )
        return found

    def _reaches(self, name: str, issuer: str) -> bool:
        seen: set[str] = set()
        while name and name != issuer and name not in seen:
            seen.add(name)
            entry = self._nodes.get(name)
            name = entry.superior if entry is not None else ""
        return name == issuer

    def naming(self, item: ItemEntry) -> tuple[ClauseTerms, ...]:
        """Every clause that names an item or a pool it is in, in force or not, the one that wins first."""
        clauses = self._clauses.get(item.name, ())
        pooled = self._clauses.get(item.pool, ()) if item.pool else ()
        if not pooled:
            return clauses
        return tuple(heapq.merge(clauses, pooled, key=preference)) if clauses else pooled

    def old_hours(self, route: application_pb2.Route) -> int:
        """How old a copy may be for filing on a route: what its clause says, else what holds where none does."""
        for clause in self._agreements.get(route.agreement, ()):
            if (clause.accord.version, clause.id) == (route.agreement_version, route.clause):
                return clause.offline_hours
        return DEFAULT_OFFLINE_HOURS

    def superseded(self, agreement: str, version: int) -> bool:
        """Whether that version of an agreement bound once, before the present one."""
        clauses = self._agreements.get(agreement, ())
        if not clauses or clauses[0].accord.version == version:
            return False
        return any(clause.accord.version == version for clause in clauses)

    def clauses(self, key: str) -> tuple[ClauseTerms, ...]:
        """Every clause that names an item, or a pool's code as `base/{code}`, the one that wins first."""
        return self._clauses.get(key, ())

    def keys(self, node: str = "", agreement: str | None = None) -> Iterable[str]:
        """What clauses name: items, and codes of pools as `base/{code}`, with the items in those pools.

        Of one agreement where it is given; where a node is, of those that it is a party of, and of all mandates.
        """
        if not node and agreement is None:
            return self._clauses.keys()
        ours = self._party_of.get(node, NONE) | self._mandates if agreement is None else {agreement}
        named = {key for each in ours for clause in self._agreements.get(each, ()) for key in clause.items}
        return named | {item for key in named for item in self._pooled.get(key, ()) if item in self._clauses}

    def _enter(self, agreement: agreement_pb2.Agreement) -> tuple[ClauseTerms, ...]:
        clauses = compile_agreement(agreement)
        self._agreements[agreement.name] = clauses
        for clause in clauses:
            for party in clause.accord.parties:
                self._party_of.setdefault(party, set()).add(agreement.name)
            if clause.accord.issuer:
                self._mandates.add(agreement.name)
        return clauses

    def _forget_item(self, name: str) -> None:
        before = self._items.pop(name, None)
        if before is not None and before.pool:
            self._pooled[before.pool].discard(name)

    def joined(self, node: str) -> bool:
        """Whether a node is in the directory and has not left."""
        entry = self._nodes.get(node)
        return entry is not None and entry.joined

    def narrowed(self, item: ItemEntry, accepting: str) -> tuple[ClauseTerms, ...]:
        """The clauses that name an item, or a pool it is in, perhaps with some for other windows only."""
        clauses = self._by_window(item.name, accepting)
        pooled = self._by_window(item.pool, accepting) if item.pool else ()
        if not pooled:
            return clauses
        return tuple(heapq.merge(clauses, pooled, key=preference)) if clauses else pooled

    def _by_window(self, key: str, accepting: str) -> tuple[ClauseTerms, ...]:
        clauses = self._clauses.get(key, ())
        if len(clauses) <= _LONG:
            return clauses
        split = self._split.get(key)
        if split is None:
            nodes = {node for clause in clauses for node in clause.windows}
            lists: dict[str, list[ClauseTerms]] = {node: [] for node in (*nodes, _ANY)}
            for clause in clauses:
                for node in lists if clause.anyone else clause.windows:
                    lists[node].append(clause)
            split = self._split[key] = {node: tuple(listed) for node, listed in lists.items()}
        return split.get(accepting, split[_ANY])
