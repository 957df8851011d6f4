"""The ways of parcels: changed by who has them, told of once, and never at a standstill.

Read from the signed events alone.  Where a parcel goes is changed by the node whose post has it, or by the node that
booked the leg that has it: custody just before says which.  What a carrier said stands in its leg once, however many
heard it, and each thing that stands there somebody has signed for.
"""

from __future__ import annotations

from collections import Counter

from tests.invariants.breach import Counts, hold
from tests.invariants.journal import Journal
from tongban.v1 import parcel_pb2

BY_HOLDER, HEARD_ONCE = "redirected by who has it", "heard once"


def check_ways(journal: Journal, counts: Counts) -> None:
    """Every parcel's redirects and observations."""
    for stream, events in journal.books.streams.items():
        if not stream.startswith("parcels/"):
            continue
        states = journal.folded[stream].states
        before = parcel_pb2.Parcel()
        signed: set[tuple[int, bytes]] = set()
        for entry, state in zip(events, states, strict=True):
            body = entry.event.WhichOneof("body")
            if body == "parcel_redirected":
                has = before.custody.post.node or before.custody.answerable_node
                where: dict[str, object] = {"stream": stream, "event": entry.event_id, "node": entry.author}
                hold(entry.author == has, BY_HOLDER, f"{has} has it", **where)
                counts["redirects"] += 1
            elif body == "carrier_observed":
                observed = entry.event.carrier_observed
                signed.add((observed.leg, observed.observation_id))
            before = state
        _check_heard(stream, states[-1], signed)
        counts["observations"] += len(signed)


def _check_heard(stream: str, state: parcel_pb2.Parcel, signed: set[tuple[int, bytes]]) -> None:
    for leg in state.legs:
        kept = Counter(each.observation_id for each in leg.observations if each.observation_id)
        twice = [number.hex() for number, times in kept.items() if times > 1]
        hold(not twice, HEARD_ONCE, f"leg {leg.number} has {twice} more than once", stream=stream)
        unsigned = [each.observation_id for each in leg.observations if (leg.number, each.observation_id) not in signed]
        hold(not unsigned, HEARD_ONCE, f"leg {leg.number} has what nobody signed for", stream=stream)
