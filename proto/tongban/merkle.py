"""Merkle trees as RFC 6962 hashes them, for batches and for the gateway's log.

A tree stands for an ordered list of byte strings by one hash.  A leaf is hashed behind a 0x00 and an inner
node behind a 0x01, so that neither can pass for the other; a tree of n leaves splits at the largest power
of two below n, so that the root of every prefix can be had again from the nodes of the whole.

Two uses.  A *batch* (1 to a few hundred leaves) is signed as one root, and each member carries its path to
it: `root` and `all_paths`, on the hot path.  A *log* only grows: `Frontier` keeps its root with one hash a
leaf and log(n) of memory, `inclusion_path` shows that an entry is in it and `consistency_proof` that an
older log is the beginning of a newer one.

Promised: a path is accepted only with exactly the length and the order that (index, size) demand, so a leaf
of a tree has one path and no other.  Not promised: that a size is true.  Who signs a root must sign its
size too.

All functions but `leaf_hash` take and give *leaf hashes* and node hashes (32 bytes), never the leaves'
content. A caller's own mistake (an index outside its own list) is a ValueError; what came from elsewhere
and is wrong is `MessageMalformed` (its shape) or `Damaged` (two logs that contradict each other).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tongban.errors import Damaged, MessageMalformed

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

_sha256 = hashlib.sha256


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf's content."""
    return _sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node over its two children."""
    return _sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over these leaf hashes; of none, the hash of nothing."""
    return _levels(leaves)[-1][0] if leaves else EMPTY_ROOT


def all_paths(leaves: Sequence[bytes]) -> list[tuple[bytes, ...]]:
    """The inclusion path of every leaf, from the leaf's sibling upwards; see `root_and_paths`."""
    return root_and_paths(leaves)[1]


def root_and_paths(leaves: Sequence[bytes]) -> tuple[bytes, list[tuple[bytes, ...]]]:
    """The root and every leaf's path, hashing each node once.

    Goes down from the root: the path of a node is its sibling and then the path of its parent, so a level
    costs one tuple a node.
    """
    if not leaves:
        return EMPTY_ROOT, []
    levels = _levels(leaves)
    paths: list[tuple[bytes, ...]] = [()]
    for level in reversed(levels[:-1]):
        below: list[tuple[bytes, ...]] = []
        for pair in range(len(level) // 2):
            above = paths[pair]
            below.append((level[2 * pair + 1], *above))
            below.append((level[2 * pair], *above))
        if len(level) % 2:
            below.append(paths[-1])
        paths = below
    return levels[-1][0], paths


def inclusion_path(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The path of one leaf among these."""
    if not 0 <= index < len(leaves):
        raise ValueError(f"no leaf {index} among {len(leaves)}")
    path: list[bytes] = []
    for level in _levels(leaves)[:-1]:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        index //= 2
    return tuple(path)


def root_from_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that a leaf and its path lead to; the caller compares it with a root it trusts.

    MUST refuse any path that is not exactly as long as (index, size) demand: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        raise MessageMalformed(field="leaf_index", problem=f"no leaf {index} in a tree of {size}")
    node, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            raise MessageMalformed(field="path", problem=f"too long for leaf {index} of {size}")
        if len(step) != HASH_SIZE:
            raise MessageMalformed(field="path", problem=f"a hash of {len(step)} bytes, not {HASH_SIZE}")
        if node & 1 or node == last:
            found = _sha256(b"\x01" + step + found).digest()
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            found = _sha256(b"\x01" + found + step).digest()
        node >>= 1
        last >>= 1
    if last:
        raise MessageMalformed(field="path", problem=f"too short for leaf {index} of {size}")
    return found


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> tuple[bytes, ...]:
    """The nodes that show the first `old_size` of these leaves to be the beginning of them all.

    Empty for an old log of nothing or of the same size: there the roots alone decide.
    """
    size = len(leaves)
    if not 0 <= old_size <= size:
        raise ValueError(f"no log of {old_size} within {size}")
    if old_size in (0, size):
        return ()
    # Walks down to where the old log ends, keeping the half that the walk leaves; the last half it lands on
    # is a whole subtree of both logs, named only if it is not the old root itself.
    start, end, old, proof = 0, size, old_size, list[bytes]()
    while old != end - start:
        split = _split(end - start)
        if old <= split:
            proof.append(root(leaves[start + split : end]))
            end = start + split
        else:
            proof.append(root(leaves[start : start + split]))
            start, old = start + split, old - split
    if start:
        proof.append(root(leaves[start:end]))
    return tuple(reversed(proof))


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Return if the old log is the beginning of the new one, raise `Damaged` if not (RFC 9162, 2.1.4.2)."""
    if not 0 <= old_size <= new_size:
        raise MessageMalformed(field="old_size", problem=f"{old_size} is beyond {new_size}")
    if old_size in (0, new_size):
        known = EMPTY_ROOT if old_size == 0 else new_root
        if proof or old_root != known or (new_size == 0 and new_root != EMPTY_ROOT):
            raise _contradiction(old_size, new_size)
        return
    # An old log of a power of two is itself a node of the new tree, so the proof does not repeat its root.
    steps = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not steps or any(len(step) != HASH_SIZE for step in steps):
        raise _contradiction(old_size, new_size)
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node >>= 1
        last >>= 1
    older = newer = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise _contradiction(old_size, new_size)
        if node & 1 or node == last:
            older, newer = node_hash(step, older), node_hash(step, newer)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            newer = node_hash(newer, step)
        node >>= 1
        last >>= 1
    if last or older != old_root or newer != new_root:
        raise _contradiction(old_size, new_size)


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a growing log: all that is needed to add leaves and to know the root.

    `nodes` are the roots of the full subtrees that make up the first `size` leaves, the largest first: one
    for each bit set in `size`.  A value: appending gives a new one, so a half-done append leaves nothing
    behind.
    """

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.nodes) != self.size.bit_count():
            raise Damaged(what=f"frontier of {self.size} leaves with {len(self.nodes)} nodes")
        if any(len(node) != HASH_SIZE for node in self.nodes):
            raise Damaged(what=f"frontier of {self.size} leaves")

    def append(self, leaf: bytes) -> Frontier:
        """The frontier with one more leaf hash."""
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> Frontier:
        """The frontier with these leaf hashes added in order."""
        size, nodes = self.size, list(self.nodes)
        for leaf in leaves:
            carry = leaf
            full = size
            while full & 1:
                carry = node_hash(nodes.pop(), carry)
                full >>= 1
            nodes.append(carry)
            size += 1
        return Frontier(size, tuple(nodes))

    def root(self) -> bytes:
        """The root of the log as it stands."""
        if not self.nodes:
            return EMPTY_ROOT
        found = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            found = node_hash(node, found)
        return found


def _levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """Every level from the leaves to the root; a node without a sibling moves up unchanged.

    Pairing from the left and moving the odd one up gives the very tree that the RFC defines from the top.
    """
    level = list(leaves)
    levels = [level]
    while len(level) > 1:
        above = [_sha256(b"\x01" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
        if len(level) % 2:
            above.append(level[-1])
        levels.append(above)
        level = above
    return levels


def _split(size: int) -> int:
    """The largest power of two below `size` (which is at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def _contradiction(old_size: int, new_size: int) -> Damaged:
    return Damaged(what=f"log of {old_size} is not the beginning of log of {new_size}")
