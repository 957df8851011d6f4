"""The log in the database: which leaf each batch is, the whole nodes of the tree, the signed checkpoints.

A leaf is a batch's `AdmissionHeader`, its serialised bytes as they were signed.  Whoever holds a receipt holds the
header too, so a receipt, an inclusion proof and a checkpoint lead from an event to the log's root.

The order of leaves is fixed here and nowhere before.  Replicas admit at the same time, and a batch may commit after
one with a later time; no number given out while admitting could be free of gaps.  A batch therefore has no leaf at
first, and `append` gives the next ones to what it finds, by time and id.  Whatever commits later finds its place in a
later append.

Promised: leaves run from 0 without a gap; a batch has one leaf and keeps it; nodes and leaves are written in one
transaction, so each size that a reader sees has all of its nodes.  All functions here run within a unit of work.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.domain import log
from gateway.store import QUERIES
from tongban import errors, merkle
from tongban.storage.base import Transaction
from tongban.v1 import envelope_pb2


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint that was signed."""

    epoch: int
    size: int
    note: bytes
    sign_time: int


@dataclass(frozen=True, slots=True)
class Included:
    """A batch's place in the log of a size, and the path that shows it."""

    header: bytes
    leaf_index: int
    size: int
    path: tuple[bytes, ...]


def leaf_of(signed: envelope_pb2.SignedAdmission) -> bytes:
    """The leaf hash of a batch."""
    return merkle.leaf_hash(signed.header)


def size_of(tx: Transaction) -> int:
    """How many leaves the log has."""
    row = tx.fetch_one(QUERIES.get_log_size)
    return 0 if row is None else int(row["size"])


def root_at(tx: Transaction, size: int) -> bytes:
    """The root of the log as it was at a size."""
    return log.root_of(size, read_nodes(tx, log.whole_nodes(0, size)))


def append(tx: Transaction, limit: int) -> int:
    """Give the next leaves to batches that have none, no more than `limit` of them; how many there were."""
    batches = tx.fetch_all(QUERIES.list_unsealed, {"size": limit})
    if not batches:
        return 0
    size = size_of(tx)
    frontier = log.frontier_of(size, read_nodes(tx, log.whole_nodes(0, size)))
    leaves = [leaf_of(envelope_pb2.SignedAdmission.FromString(row["signed"])) for row in batches]
    appended = log.append(frontier, leaves)
    tx.execute_many(
        QUERIES.seal_admission,
        [{"batch_id": row["batch_id"], "leaf_index": size + at} for at, row in enumerate(batches)],
    )
    tx.execute_many(
        QUERIES.insert_log_node,
        [{"level": level, "place": place, "hash": node} for (level, place), node in appended.nodes],
    )
    return len(batches)


def latest(tx: Transaction) -> Signed | None:
    """The newest checkpoint."""
    row = tx.fetch_one(QUERIES.get_checkpoint)
    return None if row is None else Signed(row["epoch"], row["size"], row["note"], row["sign_time"])


def oldest_after(tx: Transaction, size: int) -> int | None:
    """When the oldest batch that a checkpoint of this size does not cover was admitted, in microseconds."""
    row = tx.fetch_one(QUERIES.oldest_after, {"size": size})
    return None if row is None else row["admit_time"]


def keep(tx: Transaction, signed: Signed) -> None:
    """Store a checkpoint; one of the same size and epoch stays as it was."""
    row = {"epoch": signed.epoch, "size": signed.size, "note": signed.note, "sign_time": signed.sign_time}
    tx.execute(QUERIES.insert_checkpoint, row)


def include(tx: Transaction, batch_id: str, size: int) -> Included:
    """The proof that a batch is in the log of this size; for 0, of the newest checkpoint."""
    if not size:
        newest = latest(tx)
        size = newest.size if newest else 0
    row = tx.fetch_one(QUERIES.get_leaf, {"batch_id": batch_id})
    if row is None:
        raise errors.NotFound(field="batch_id", name=batch_id)
    index = row["leaf_index"]
    if size > size_of(tx):
        raise errors.FieldInvalid(field="tree_size", problem="日志没有这么长 / the log is not that long")
    if index is None or index >= size:
        raise errors.NotSealedYet(field="batch_id", batch=batch_id, size=size)
    proof = log.inclusion(index, size)
    header = envelope_pb2.SignedAdmission.FromString(row["signed"]).header
    return Included(header, index, size, proof.make(read_nodes(tx, proof.needs())))


def consist(tx: Transaction, first: int, second: int) -> tuple[bytes, ...]:
    """The proof that the log of the first size is the beginning of the log of the second."""
    if not first <= second <= size_of(tx):
        raise errors.FieldInvalid(field="second_size", problem="日志没有这么长 / the log is not that long")
    proof = log.consistency(first, second)
    return proof.make(read_nodes(tx, proof.needs()))


def read_nodes(tx: Transaction, places: Iterable[log.Node]) -> log.Nodes:
    """The whole nodes of these places that are stored, one read a level."""
    levels: dict[int, list[int]] = {}
    for level, place in places:
        levels.setdefault(level, []).append(place)
    return {
        (level, row["place"]): row["hash"]
        for level, wanted in levels.items()
        for row in tx.fetch_all(QUERIES.read_log_nodes, {"level": level, "places": json.dumps(wanted)})
    }
