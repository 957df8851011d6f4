"""What a machine remembers wrongly: a bit that flipped where a node keeps what it predicts.

The number of steps stays right and the digest that names the history is another, so nothing but a comparison of
digests can tell.  The step that is built on it has to be refused; the node then predicts anew and goes on.
"""

from __future__ import annotations

import contextlib

from nodes.store import QUERIES as NODE
from tests.federation.whole import NodeRun
from tests.simulate.ground import Ground
from tongban import errors
from tongban.storage.base import Transaction
from tongban.storage.queries import Query
from tongban.v1 import application_pb2, lifecycle_pb2

_PREDICTED = Query.of(
    "flip_prediction",
    "Puts another digest in the place of a predicted head.",
    "UPDATE streams SET predicted_head = :head WHERE name = :name AND predicted_version = version",
)


def bit_flipped(ground: Ground) -> bool:
    """A decider's prediction of the heads of what it decides is off by a bit.  Its own next steps bring that out."""
    accepting, home = ground.chance.choice(ground.scene.shape.pairs)
    run = ground.running(home)
    if run is None:
        return False
    bit = ground.chance.randrange(256)
    ground.tell(f"{home} remembers wrongly")
    ground.spawn(_flip(run, f"applications/{accepting}", bit))
    return True


async def _flip(run: NodeRun, begins: str, bit: int) -> None:
    def work(tx: Transaction) -> None:
        for row in tx.fetch_all(NODE.list_collection, {"after": begins, "until": f"{begins}~", "size": 50}):
            state = application_pb2.Application.FromString(row["state"])
            # What is closed has no next step, and would keep what was flipped.
            if state.route.decider == run.core.name and state.state != lifecycle_pb2.APPLICATION_STATE_CLOSED:
                head = bytearray(state.head)
                head[bit // 8] ^= 1 << bit % 8
                tx.execute(_PREDICTED, {"head": bytes(head), "name": state.name})

    with contextlib.suppress(errors.TongbanError):
        await run.core.database.run(work)
