"""The log's arithmetic over stored nodes, against the tree made whole from its leaves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import log
from tests.tongban.test_merkle import naive_consistency, naive_path, naive_root, some_leaves
from tongban import merkle
from tongban.errors import Damaged

sizes = st.integers(1, 200)
Stored = dict[log.Node, bytes]


def stored(*parts: int) -> tuple[Stored, merkle.Frontier, list[bytes]]:
    """A log that grew by these parts, as rows would hold it: no row is ever written twice."""
    leaves = some_leaves(sum(parts))
    rows: Stored = {}
    done = 0
    for part in parts:
        # Each append begins from what is stored, as after a restart.
        edge = log.frontier_of(done, {place: rows[place] for place in log.whole_nodes(0, done)})
        appended = log.append(edge, leaves[done : done + part])
        for place, node in appended.nodes:
            assert place not in rows
            rows[place] = node
        done += part
    return rows, log.frontier_of(done, rows), leaves


@given(st.lists(st.integers(0, 40), min_size=1, max_size=8))
def test_however_it_grew_the_root_is_the_references(parts: list[int]) -> None:
    rows, frontier, leaves = stored(*parts)
    assert frontier.root() == naive_root(leaves) == log.root_of(len(leaves), rows)
    assert frontier == merkle.Frontier().extend(leaves)


@given(sizes, st.data())
def test_older_roots_can_be_had_from_the_nodes_of_the_whole(size: int, data: st.DataObject) -> None:
    rows, _, leaves = stored(size)
    old = data.draw(st.integers(0, size))
    assert log.root_of(old, rows) == naive_root(leaves[:old])


@given(sizes, st.data())
def test_inclusion_proofs_are_the_references(size: int, data: st.DataObject) -> None:
    rows, _, leaves = stored(size)
    within = data.draw(st.integers(1, size))
    index = data.draw(st.integers(0, within - 1))
    proof = log.inclusion(index, within)
    path = proof.make({place: rows[place] for place in proof.needs()})
    assert list(path) == naive_path(leaves[:within], index)
    assert merkle.root_from_path(leaves[index], index, within, path) == naive_root(leaves[:within])


@given(sizes, st.data())
def test_consistency_proofs_are_the_references(size: int, data: st.DataObject) -> None:
    rows, _, leaves = stored(size)
    new = data.draw(st.integers(0, size))
    old = data.draw(st.integers(0, new))
    proof = log.consistency(old, new)
    path = proof.make({place: rows[place] for place in proof.needs()})
    assert list(path) == (naive_consistency(leaves[:new], old) if old else [])
    merkle.verify_consistency(old, naive_root(leaves[:old]), new, naive_root(leaves[:new]), path)


@given(st.integers(1, 2**40), st.data())
def test_proofs_read_few_nodes_however_long_the_log(size: int, data: st.DataObject) -> None:
    levels = size.bit_length()
    index = data.draw(st.integers(0, size - 1))
    assert len(log.inclusion(index, size).needs()) <= 2 * levels
    assert len(log.consistency(index, size).needs()) <= 2 * levels
    assert len(log.whole_nodes(0, size)) == size.bit_count()


def test_an_append_makes_two_nodes_a_leaf_at_most() -> None:
    appended = log.append(merkle.Frontier(), some_leaves(1000))
    assert len(appended.nodes) < 2000


def test_a_node_that_is_missing_is_damage() -> None:
    rows, _, _ = stored(7)
    del rows[2, 0]
    with pytest.raises(Damaged):
        log.frontier_of(7, rows)
    with pytest.raises(Damaged):
        log.root_of(7, rows)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_outside_the_log_has_no_path(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        log.inclusion(index, size)


def test_a_log_is_not_the_beginning_of_a_shorter_one() -> None:
    with pytest.raises(ValueError, match="no log"):
        log.consistency(4, 3)
