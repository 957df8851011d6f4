"""What grows while a process runs, each with the bound that the code states for it.

Read from the running objects whenever something is said, so the highest value of a run is close to the true peak.
Bounds are the code's own constants: a queue without one could not be listed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway import admission, tail
from gateway import session as gateway_session
from nodes import session as node_session
from nodes.journal import streams
from tongban.exchange.credit import MAX_GROUP

Gauge = tuple[str, int, int]
"""What it is, how much there is of it, and how much there may be."""

_FEWEST_EVENTS = 1
"""In a frame: so no more frames are under way than credit has events."""


def of_gateway(core: Any) -> Iterator[Gauge]:
    """A gateway's queues and caches."""
    admitter = core.admitter
    yield from _queue("gateway admission", admitter._commits)
    yield "gateway tail, entries", len(admitter.tail._entries), tail.MAX_ENTRIES
    yield "gateway tail, bytes", admitter.tail._bytes, tail.MAX_BYTES
    yield "gateway states", len(admitter._states), admission._CACHED_STATES
    yield "gateway batches seen", len(admitter._seen), admission._SEEN_BATCHES
    yield "links of a node", max(map(len, core._links.values()), default=0), core.max_links


def of_gateway_session(session: Any) -> Iterator[Gauge]:
    """What one node has under way at the gateway."""
    under_way = gateway_session.CREDIT_EVENTS + MAX_GROUP
    yield "frames of a session", len(session._frames), under_way // _FEWEST_EVENTS
    yield "answers of a session", len(session._answered.outcomes), under_way


def of_node(core: Any) -> Iterator[Gauge]:
    """A node's queues and caches."""
    yield from _queue("node journal", core._recorder._commits)
    yield from _queue("node intake", core.intake._commits)
    yield "node states", len(core.intake._cache._states), streams._CACHED


def of_node_session(session: Any) -> Iterator[Gauge]:
    """What one session has under way at its node."""
    yield "pages of a session", len(session._taking), node_session.CREDIT_EVENTS // _FEWEST_EVENTS


def _queue(name: str, commits: Any) -> Iterator[Gauge]:
    yield f"{name}, requests", commits.waiting, commits._max_waiting
    # One request may be heavier than the rest of the room.
    yield f"{name}, weight", commits.waiting_bytes, 2 * commits._max_waiting_bytes
