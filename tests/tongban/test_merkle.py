"""Merkle trees against a reference that is the RFC's own recursive definition, and against its known roots."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban import merkle
from tongban.errors import Damaged, MessageMalformed

# The leaves and roots of certificate-transparency's merkle_tree_test, from the RFC's authors.
CT_LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = naive_split(len(leaves))
    return hashlib.sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


def naive_path(leaves: list[bytes], index: int) -> list[bytes]:
    if len(leaves) == 1:
        return []
    split = naive_split(len(leaves))
    if index < split:
        return [*naive_path(leaves[:split], index), naive_root(leaves[split:])]
    return [*naive_path(leaves[split:], index - split), naive_root(leaves[:split])]


def naive_consistency(leaves: list[bytes], old: int, whole: bool = True) -> list[bytes]:
    if old == len(leaves):
        return [] if whole else [naive_root(leaves)]
    split = naive_split(len(leaves))
    if old <= split:
        return [*naive_consistency(leaves[:split], old, whole), naive_root(leaves[split:])]
    return [*naive_consistency(leaves[split:], old - split, False), naive_root(leaves[:split])]


def naive_split(size: int) -> int:
    split = 1
    while split * 2 < size:
        split *= 2
    return split


def some_leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(b"%d" % number) for number in range(count)]


sizes = st.integers(1, 140)


def test_the_empty_tree_is_the_hash_of_nothing() -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle.root([]).hex() == merkle.EMPTY_ROOT.hex() == merkle.Frontier().root().hex() == empty
    assert merkle.all_paths([]) == []


@pytest.mark.parametrize("size", range(1, 9))
def test_the_known_roots(size: int) -> None:
    leaves = [merkle.leaf_hash(content) for content in CT_LEAVES[:size]]
    assert merkle.root(leaves).hex() == CT_ROOTS[size - 1]
    assert merkle.Frontier().extend(leaves).root().hex() == CT_ROOTS[size - 1]


@given(sizes)
def test_roots_and_paths_are_the_references(size: int) -> None:
    leaves = some_leaves(size)
    root, paths = merkle.root_and_paths(leaves)
    assert root == merkle.root(leaves) == naive_root(leaves)
    assert merkle.all_paths(leaves) == paths
    for index, path in enumerate(paths):
        assert path == merkle.inclusion_path(leaves, index) == tuple(naive_path(leaves, index))
        assert merkle.root_from_path(leaves[index], index, size, path) == root


@given(sizes, st.data())
def test_a_path_has_one_length(size: int, data: st.DataObject) -> None:
    leaves = some_leaves(size)
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_path(leaves, index)
    with pytest.raises(MessageMalformed):
        merkle.root_from_path(leaves[index], index, size, (*path, leaves[0]))
    if path:
        with pytest.raises(MessageMalformed):
            merkle.root_from_path(leaves[index], index, size, path[:-1])
        with pytest.raises(MessageMalformed):
            merkle.root_from_path(leaves[index], index, size, (path[0][:-1], *path[1:]))


@given(sizes, st.data())
def test_another_place_or_size_leads_to_another_root(size: int, data: st.DataObject) -> None:
    leaves = some_leaves(size)
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_path(leaves, index)
    other = data.draw(st.integers(0, size - 1).filter(lambda at: at != index)) if size > 1 else 1
    try:
        found = merkle.root_from_path(leaves[index], other, size, path)
    except MessageMalformed:
        return
    assert found != merkle.root(leaves)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 4), (4, 4)])
def test_a_place_outside_the_tree_is_refused(index: int, size: int) -> None:
    with pytest.raises(MessageMalformed):
        merkle.root_from_path(bytes(32), index, size, ())
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion_path(some_leaves(size), index)


@given(st.integers(0, 100), st.integers(0, 40))
def test_an_older_log_is_shown_to_be_the_beginning(old: int, more: int) -> None:
    leaves = some_leaves(old + more)
    old_root, new_root = merkle.root(leaves[:old]), merkle.root(leaves)
    proof = merkle.consistency_proof(leaves, old)
    if old:
        assert list(proof) == naive_consistency(leaves, old)
    merkle.verify_consistency(old, old_root, old + more, new_root, proof)


@given(st.integers(1, 60), st.integers(1, 30), st.data())
def test_a_rewritten_log_is_found_out(old: int, more: int, data: st.DataObject) -> None:
    size = old + more
    leaves = some_leaves(size)
    old_root, new_root = merkle.root(leaves[:old]), merkle.root(leaves)
    proof = list(merkle.consistency_proof(leaves, old))
    changed = leaves.copy()
    changed[data.draw(st.integers(0, old - 1))] = merkle.leaf_hash(b"another")
    bad_proofs = [[*proof, new_root], proof[:-1], [proof[0][:-1], *proof[1:]]]
    at = data.draw(st.integers(0, len(proof) - 1))
    bad_proofs.append([*proof[:at], merkle.leaf_hash(proof[at]), *proof[at + 1 :]])
    for bad in bad_proofs:
        with pytest.raises(Damaged):
            merkle.verify_consistency(old, old_root, size, new_root, bad)
    with pytest.raises(Damaged):
        merkle.verify_consistency(old, old_root, size, merkle.root(changed), proof)
    rewritten = merkle.consistency_proof(changed, old)
    with pytest.raises(Damaged):
        merkle.verify_consistency(old, old_root, size, merkle.root(changed), rewritten)


def test_sizes_out_of_order_are_refused() -> None:
    with pytest.raises(MessageMalformed):
        merkle.verify_consistency(3, bytes(32), 2, bytes(32), ())
    with pytest.raises(ValueError, match="no log"):
        merkle.consistency_proof(some_leaves(2), 3)
    with pytest.raises(Damaged):
        merkle.verify_consistency(0, merkle.EMPTY_ROOT, 0, bytes(32), ())
    with pytest.raises(Damaged):
        merkle.verify_consistency(0, bytes(32), 5, bytes(32), ())


@given(st.lists(st.integers(0, 20), max_size=8))
def test_a_frontier_grows_as_the_whole_does(steps: list[int]) -> None:
    leaves = some_leaves(sum(steps))
    frontier, done = merkle.Frontier(), 0
    for step in steps:
        frontier = frontier.extend(leaves[done : done + step])
        done += step
        assert frontier.size == done
        assert frontier.root() == naive_root(leaves[:done])
        assert merkle.Frontier(frontier.size, frontier.nodes) == frontier
    assert frontier.append(bytes(32)).root() == naive_root([*leaves, bytes(32)])


@pytest.mark.parametrize(("size", "nodes"), [(-1, (bytes(32),)), (3, (bytes(32),)), (1, (bytes(31),)), (1, ())])
def test_a_damaged_frontier_is_found_out(size: int, nodes: tuple[bytes, ...]) -> None:
    with pytest.raises(Damaged):
        merkle.Frontier(size, nodes)
