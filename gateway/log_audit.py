"""The log read whole: does everything that was stored about it follow from the batches alone?

For an operator's check and for the tests.  It reads every batch in the order of leaves and builds the tree anew, so it
takes as long as the log is long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway import log
from gateway.domain.log import Node, append, root_of, whole_nodes
from gateway.store import QUERIES
from tongban import checkpoints, errors, merkle
from tongban.storage.base import Transaction
from tongban.v1 import envelope_pb2

_PAGE = 1000


def audit_log(tx: Transaction, gateway: str, epoch: int, public: bytes) -> list[str]:
    """What is wrong with the log, a sentence each; nothing where it verifies."""
    found: list[str] = []
    kept = {signed.size: signed for signed in _checkpoints(tx, epoch)}
    roots: dict[int, bytes] = {}
    edge = merkle.Frontier()
    while rows := tx.fetch_all(QUERIES.list_leaves, {"after": edge.size - 1, "size": _PAGE}):
        leaves: list[bytes] = []
        for place, row in enumerate(rows, start=edge.size):
            if row["leaf_index"] != place:
                return [*found, f"leaf {place} is missing before {row['leaf_index']} ({row['batch_id']})"]
            signed = envelope_pb2.SignedAdmission.FromString(row["signed"])
            if envelope_pb2.AdmissionHeader.FromString(signed.header).batch_id != row["batch_id"]:
                found.append(f"leaf {place}: its header is not that of {row['batch_id']}")
            leaves.append(log.leaf_of(signed))
        appended = append(edge, leaves)
        made = dict(appended.nodes)
        stored = log.read_nodes(tx, made)
        found += [f"node {place} is not stored as it was made" for place in made if stored.get(place) != made[place]]
        roots |= {
            size: root_of(size, made | _edge(edge)) for size in kept if edge.size < size <= appended.frontier.size
        }
        edge = appended.frontier
    return found + [problem for signed in kept.values() for problem in _judge(signed, roots, gateway, public)]


def _edge(frontier: merkle.Frontier) -> dict[Node, bytes]:
    return dict(zip(whole_nodes(0, frontier.size), frontier.nodes, strict=True))


def _judge(signed: log.Signed, roots: Mapping[int, bytes], gateway: str, public: bytes) -> Iterator[str]:
    origin = checkpoints.origin_of(gateway, signed.epoch)
    try:
        said = checkpoints.verify(signed.note, public, origin=origin)
    except errors.TongbanError as error:
        yield f"checkpoint {signed.size}: {error}"
        return
    if said.size != signed.size or said.root != roots.get(signed.size, merkle.EMPTY_ROOT if not signed.size else None):
        yield f"checkpoint {signed.size} is not of the log as it stands"


def _checkpoints(tx: Transaction, epoch: int) -> list[log.Signed]:
    found: list[log.Signed] = []
    while rows := tx.fetch_all(
        QUERIES.list_checkpoints, {"epoch": epoch, "after": found[-1].size if found else -1, "limit": _PAGE}
    ):
        found += [log.Signed(row["epoch"], row["size"], row["note"], row["sign_time"]) for row in rows]
    return found
