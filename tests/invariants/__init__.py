"""What must hold after every run, checked on books alone: `check_all(gateway, nodes)`.

The same checks judge the simulation, the campaign on real processes, and any copy of the databases: they take
`Database`s and public keys, and start from the signed events, from which they derive everything else again.

- `journal`    one gapless chain a stream; signatures; receipts and their proofs; groups; `after`; folds
- `delivery`   every channel and every node's books: each event once, in order, the same bytes, the same states
- `custody`    every original in one pair of hands, moved only by the scans of those who held it
- `papers`     of each result one valid original, or one permit to print it
- `ways`       parcels redirected by who has them; a carrier's words kept once
- `authority`  every step by one who may; every decision by the decider of the cited clause
- `log`        the Merkle log, its nodes and its checkpoints
- `owners`     nothing waits without an owner and a time at which it is tried again

`settled` says that the lines are up and nothing is under way: then nobody may lag.  Without it, whoever is behind must
hold exactly what the journal held at its cursors.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from tests.invariants.authority import check_authority
from tests.invariants.books import read_gateway, read_node
from tests.invariants.breach import Counts, InvariantBroken
from tests.invariants.custody import check_custody
from tests.invariants.delivery import Reading, check_channels
from tests.invariants.journal import check_journal, check_told
from tests.invariants.log import check_log
from tests.invariants.owners import check_owners
from tests.invariants.papers import check_papers
from tests.invariants.ways import check_ways
from tongban.storage.base import Database

__all__ = ["Counts", "InvariantBroken", "check_all"]


async def check_all(
    gateway: Database,
    nodes: Mapping[str, Database],
    *,
    receipt_keys: Mapping[str, bytes] | None = None,
    settled: bool = True,
    hostile: Collection[str] = (),
    told: Iterable[str] = (),
    overtaken: Mapping[str, Collection[str]] = MappingProxyType({}),
    checkpoint_key: bytes | None = None,
    sealed: bool = False,
) -> Counts:
    """Check a whole federation; `nodes` by their resource name (`nodes/350600`).  InvariantBroken, or the counts.

    `receipt_keys`: the gateway's, by key id; without it, those that the nodes were told when they joined.
    `hostile`: nodes that lie on purpose; what they claim to hold counts for nothing, and everything else is checked.
    `told`: ids of events for which somebody has been given a receipt, and which can never go away again.
    `overtaken`: ids of events that their author sent anew to a restored gateway, each with the ids of those later ones
    of the same author that may lie before it.
    `checkpoint_key`: the sealer's public key; `sealed`: every batch should have its leaf in the log by now.
    """
    counts = Counts()
    books = {name: await read_node(name, database) for name, database in nodes.items()}
    keys = dict(receipt_keys or {})
    for node in books.values():
        for key_id, public in node.receipt_keys.items():
            keys.setdefault(key_id, public)
    held = await read_gateway(gateway)
    journal = check_journal(held, keys, counts)
    check_told(journal, told, counts)
    check_channels(journal, counts, overtaken)
    for node in books.values():
        Reading(journal, node, settled).check(counts)
    check_authority(journal, counts)
    check_custody(journal, books, counts, frozenset(hostile))
    check_papers(journal, counts)
    check_ways(journal, counts)
    check_owners(journal, books, counts, settled=settled)
    check_log(held, counts, checkpoint_key=checkpoint_key, whole=sealed)
    return counts
