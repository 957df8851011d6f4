"""The log's arithmetic: which stored nodes an append makes, and which of them a proof is made of.

The log is the Merkle tree of RFC 6962 over all admitted batches.  Of that tree only *whole* nodes are stored, those
over 2^level leaves that begin at a multiple of 2^level: they never change again, so a row is written once.  A node at
the right edge that is not whole yet is folded from whole ones when it is asked for.

    level 2           (2,0)
    level 1      (1,0)     (1,1)     (1,2)
    level 0    0    1    2    3    4    5    6      seven leaves: the root is over (2,0), (1,2) and (0,6)

Appending needs the whole nodes that make up the log (one for each bit of its size) and makes two nodes a leaf in the
mean.  A path or a consistency proof is first *planned* (`Proof.needs`: which whole nodes to read, no more than two
for each level) and then *made* of what was read, so nothing here touches a database.

Promised: what `make` gives is what `tongban.merkle` gives for the same leaves.  What can go wrong: a node that should
be stored is missing, which is `Damaged`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tongban.errors import Damaged
from tongban.merkle import EMPTY_ROOT, Frontier, node_hash

Node = tuple[int, int]
"""A whole node's place: its level, and its index within the level."""
Nodes = Mapping[Node, bytes]
Range = tuple[int, int]
"""Leaves from (inclusive) and to (exclusive), under one node of the tree."""


@dataclass(frozen=True, slots=True)
class Appended:
    """The log after an append, and the whole nodes that it made, leaves among them."""

    frontier: Frontier
    nodes: Sequence[tuple[Node, bytes]]


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof before it is read: the ranges whose hashes are its steps, in order."""

    ranges: tuple[Range, ...]

    def needs(self) -> list[Node]:
        """The whole nodes to read."""
        return [node for each in self.ranges for node in whole_nodes(*each)]

    def make(self, nodes: Nodes) -> tuple[bytes, ...]:
        """The proof's hashes."""
        return tuple(_fold(whole_nodes(*each), nodes) for each in self.ranges)


def whole_nodes(start: int, end: int) -> list[Node]:
    """The fewest whole nodes that cover these leaves, from the left, the larger before the smaller."""
    found: list[Node] = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def frontier_of(size: int, nodes: Nodes) -> Frontier:
    """The right edge of a log of this size, from the nodes that `whole_nodes(0, size)` names."""
    return Frontier(size, tuple(_stored(node, nodes) for node in whole_nodes(0, size)))


def root_of(size: int, nodes: Nodes) -> bytes:
    """The root of the log as it was at this size."""
    return _fold(whole_nodes(0, size), nodes) if size else EMPTY_ROOT


def append(frontier: Frontier, leaves: Iterable[bytes]) -> Appended:
    """Add leaf hashes in order."""
    edge = list(frontier.nodes)
    size = frontier.size
    made: list[tuple[Node, bytes]] = []
    for leaf in leaves:
        level, index, carry = 0, size, leaf
        made.append(((level, index), carry))
        while index & 1:
            carry = node_hash(edge.pop(), carry)
            level, index = level + 1, index >> 1
            made.append(((level, index), carry))
        edge.append(carry)
        size += 1
    return Appended(Frontier(size, tuple(edge)), made)


def inclusion(index: int, size: int) -> Proof:
    """The path of a leaf in the log of this size, from the leaf upwards."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a log of {size}")
    start, end, steps = 0, size, list[Range]()
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            steps.append((middle, end))
            end = middle
        else:
            steps.append((start, middle))
            start = middle
    return Proof(tuple(reversed(steps)))


def consistency(old_size: int, size: int) -> Proof:
    """What shows that the log of `old_size` is the beginning of the log of `size`; see `merkle.consistency_proof`."""
    if not 0 <= old_size <= size:
        raise ValueError(f"no log of {old_size} within {size}")
    if old_size in (0, size):
        return Proof(())
    start, end, old, steps = 0, size, old_size, list[Range]()
    while old != end - start:
        split = _split(end - start)
        if old <= split:
            steps.append((start + split, end))
            end = start + split
        else:
            steps.append((start, start + split))
            start, old = start + split, old - split
    if start:
        steps.append((start, end))
    return Proof(tuple(reversed(steps)))


def _fold(places: Sequence[Node], nodes: Nodes) -> bytes:
    """The hash over whole nodes that lie beside each other."""
    found = _stored(places[-1], nodes)
    for place in reversed(places[:-1]):
        found = node_hash(_stored(place, nodes), found)
    return found


def _stored(node: Node, nodes: Nodes) -> bytes:
    found = nodes.get(node)
    if found is None:
        raise Damaged(what=f"日志缺节点 {node} / the log lacks node {node}")
    return found


def _split(size: int) -> int:
    """The largest power of two below `size`, which is at least 2."""
    return 1 << ((size - 1).bit_length() - 1)
