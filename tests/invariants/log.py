"""The Merkle log: every sealed batch one leaf, the tree what its leaves make, each checkpoint of the log as it stands.

Built again from the batches' signed headers, level by level, with none of the gateway's own arithmetic.  With the
receipts' paths to their headers (`journal`) this leads from every event to the log's root.
"""

from __future__ import annotations

from tests.invariants.books import GatewayBooks
from tests.invariants.breach import Counts, broken, hold
from tongban import checkpoints, errors, merkle

LOG = "the log verifies"


def check_log(books: GatewayBooks, counts: Counts, *, checkpoint_key: bytes | None, whole: bool) -> None:
    """`checkpoint_key`: the sealer's; without it, checkpoints are judged by what they say.  `whole`: nothing is left
    to seal.
    """
    hold([*books.leaves.values()] == list(range(len(books.leaves))), LOG, "its leaves have a gap or a twin")
    unknown = books.leaves.keys() - books.admissions.keys()
    hold(not unknown, LOG, f"leaves of batches that are not there: {sorted(unknown)}")
    left = books.admissions.keys() - books.leaves.keys()
    hold(not whole or not left, LOG, f"not sealed: {sorted(left)}")
    leaves = [merkle.leaf_hash(books.admissions[batch][0].header) for batch in books.leaves]
    _check_nodes(books, leaves)
    for (epoch, size), note in books.checkpoints.items():
        _check_checkpoint(note, epoch, size, leaves, checkpoint_key)
    counts.update(leaves=len(leaves), checkpoints=len(books.checkpoints))


def _check_nodes(books: GatewayBooks, leaves: list[bytes]) -> None:
    """Exactly the whole nodes, and each what it should be."""
    level, row = 0, leaves
    whole = set()
    while row:
        for place, value in enumerate(row):
            whole.add((level, place))
            hold(books.log_nodes.get((level, place)) == value, LOG, f"node {level}/{place} is not what it should be")
        row = [merkle.node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
        level += 1
    extra = books.log_nodes.keys() - whole
    hold(not extra, LOG, f"nodes over leaves that are not there: {sorted(extra)[:5]}")


def _check_checkpoint(note: bytes, epoch: int, size: int, leaves: list[bytes], key: bytes | None) -> None:
    where: dict[str, object] = {"epoch": epoch, "size": size}
    try:
        said = checkpoints.verify(note, key) if key is not None else checkpoints.read(note)
    except errors.TongbanError as error:
        broken(LOG, str(error), **where)
    hold(said.size == size <= len(leaves), LOG, f"a checkpoint of {said.size} leaves, of {len(leaves)}", **where)
    hold(said.root == merkle.root(leaves[:size]), LOG, "a checkpoint of another log", **where)
