"""Streams as a node keeps them: confirmed, and predicted with its own waiting steps."""

from __future__ import annotations

import json
import logging
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from nodes.journal import cases
from nodes.store import QUERIES
from tongban import errors
from tongban.lifecycle.engine import Lifecycles, Step
from tongban.storage.base import Row, Transaction
from tongban.v1 import envelope_pb2, event_pb2, lifecycle_pb2

FORKED = "记录分叉,待人工核对 / its history is another one at the gateway; a person has to settle it"
"""Why a stream stays parked, whatever comes: only a person can say which history shall hold."""

TRIALS = "trials"
"""Where trial applications are listed; their streams are named `applications/…` like any other."""

logger = logging.getLogger(__name__)

_CACHED = 8192


@dataclass(slots=True)
class Stream:
    """One stream.  `version, head, state` are confirmed; `predicted_…` add this node's waiting steps.

    `moved`: confirmed further in this unit of work, so that the prediction rests on what is past.
    """

    name: str
    version: int = 0
    head: bytes = b""
    state: Any = None
    predicted_version: int = 0
    predicted_head: bytes = b""
    predicted: Any = None
    parked: str = ""
    create_time: int = 0
    changed: bool = False
    noted: bool = False
    """Whether its roles were noted before: several events may arrive in its first commit."""
    moved: bool = False


class StreamCache:
    """Parsed states by the head they belong to.  States are never changed in place, so sharing them is safe."""

    def __init__(self) -> None:
        self._states: OrderedDict[tuple[str, bytes], Any] = OrderedDict()

    def get(self, lifecycles: Lifecycles, name: str, version: int, head: bytes, blob: bytes) -> Any:
        """The state at a head.  A fact may come to stand elsewhere than predicted, so the version counts too."""
        if not blob:
            return None
        state = self._states.get((name, head))
        if state is None or state.version != version:
            state = lifecycles.load(name, blob)
            self.put(name, head, state)
        return state

    def put(self, name: str, head: bytes, state: Any) -> None:
        """Remember a state."""
        self._states[name, head] = state
        if len(self._states) > _CACHED:
            self._states.popitem(last=False)


class Streams:
    """The streams that one unit of work touches."""

    def __init__(self, tx: Transaction, lifecycles: Lifecycles, cache: StreamCache, now_micros: int) -> None:
        self._tx = tx
        self._lifecycles = lifecycles
        self._cache = cache
        self._now = now_micros
        self._streams: dict[str, Stream] = {}

    def load(self, names: Iterable[str]) -> None:
        """Read these streams, locked in name order."""
        wanted = sorted(set(names) - self._streams.keys())
        if not wanted:
            return
        for name in wanted:
            self._streams[name] = Stream(name)
        if len(wanted) == 1:  # one by its key costs a third of a list of one
            rows = self._tx.fetch_all(QUERIES.get_stream, {"name": wanted[0]})
        else:
            rows = self._tx.fetch_all(QUERIES.get_streams, {"names": json.dumps(wanted)})
        for row in rows:
            self._streams[row["name"]] = self._parse(row)

    def get(self, name: str) -> Stream:
        """One stream, read if need be."""
        self.load([name])
        return self._streams[name]

    def held_back(self, event: event_pb2.Event) -> str:
        """Which stream that is parked here this event comes after (`after`), as a reason to park it too; else empty.

        Who holds a paper follows from the order of several streams, so one of them may not go ahead of another's past.
        A fork is settled by a person, and holds nobody else up until then.
        """
        for position in event.after:
            version, parked = self._standing(position.stream)
            if version < position.version and parked not in ("", FORKED):
                step = f"{position.stream}@{position.version}"
                return f"所依据的 {step} 在本节点停放着 / it comes after {step}, which is parked here"
        return ""

    def _standing(self, name: str) -> tuple[int, str]:
        """How far a stream is confirmed, and why it is parked; read without locking it, where no step touches it."""
        stream = self._streams.get(name)
        if stream is not None:
            return stream.version, stream.parked
        row = self._tx.fetch_one(QUERIES.read_stream, {"name": name})
        return (row["version"], row["parked"]) if row is not None else (0, "")

    def _parse(self, row: Row) -> Stream:
        name = row["name"]
        return Stream(
            name=name,
            version=row["version"],
            head=row["head"],
            state=self._cache.get(self._lifecycles, name, row["version"], row["head"], row["state"]),
            predicted_version=row["predicted_version"],
            predicted_head=row["predicted_head"],
            predicted=self._cache.get(
                self._lifecycles, name, row["predicted_version"], row["predicted_head"], row["predicted"]
            ),
            parked=row["parked"],
            create_time=row["create_time"],
            noted=row["version"] > 0 or row["predicted_version"] > 0,
        )

    def confirm(self, stream: Stream, step: Step) -> None:
        """Fold a delivered event onto the confirmed state."""
        predicted = (stream.predicted_version, stream.predicted_head) == (step.version, step.digest)
        if predicted and not stream.moved and step.version == stream.version + 1:
            # Our only waiting step has come to stand where it was predicted, on what it was predicted from.
            stream.state = stream.predicted
        else:
            stream.state = self._lifecycles.fold(stream.state, step)
        stream.version, stream.head = step.version, step.digest
        self._cache.put(stream.name, step.digest, stream.state)
        stream.changed = stream.moved = True

    def predict(self, stream: Stream, step: Step) -> None:
        """Fold an own new event onto the predicted state, refusing what is not allowed."""
        stream.predicted = self._lifecycles.admit(stream.predicted, step)
        stream.predicted_version, stream.predicted_head = step.version, step.digest
        self._cache.put(stream.name, step.digest, stream.predicted)
        stream.changed = True

    def predict_anew(self, stream: Stream) -> None:
        """Predict again from the confirmed state: own waiting steps that no longer fit are left out."""
        last = stream.predicted_head
        stream.moved = False
        stream.predicted_version, stream.predicted_head = stream.version, stream.head
        stream.predicted = stream.state
        stream.changed = True
        if last == stream.head:
            return  # nothing of our own came after it
        for row in self._tx.fetch_all(QUERIES.list_waiting_of, {"stream": stream.name}):
            event = event_of(row["envelope"])
            try:
                rule = self._lifecycles.rule(event)
                if rule.chained and event.expected_head != stream.predicted_head:
                    continue
                self.predict(stream, Step(event, row["digest"], stream.predicted_version + 1))
            except errors.TongbanError:
                continue
            except Exception:
                # Left out, as a step that no longer fits: what is delivered must be stored all the same.
                logger.exception("%s: own step %s cannot be predicted", stream.name, event.event_id)

    def write(self) -> list[str]:
        """Write what changed; the names."""
        changed = [s for s in self._streams.values() if s.changed]
        self._tx.execute_many(QUERIES.put_stream, [self._row(s) for s in changed])
        roles = [row for s in changed for row in _roles(s)]
        if roles:
            self._tx.execute_many(QUERIES.put_role, roles)
        parcels = [s for s in changed if s.name.startswith("parcels/")]
        cases.keep(self._tx, {s.name: s.predicted if s.predicted is not None else s.state for s in parcels})
        return [s.name for s in changed]

    def _row(self, stream: Stream) -> dict[str, object]:
        shown = stream.predicted if stream.predicted is not None else stream.state
        state = _serialised(stream.state)
        return {
            "name": stream.name,
            "collection": collection_of(stream.name, shown),
            "version": stream.version,
            "head": stream.head,
            "state": state,
            "predicted_version": stream.predicted_version,
            "predicted_head": stream.predicted_head,
            "predicted": state if stream.predicted is stream.state else _serialised(stream.predicted),
            "phase": shown.state if shown is not None else 0,
            "parked": stream.parked,
            "create_time": stream.create_time or self._now,
            "update_time": self._now,
        }


def collection_of(name: str, state: Any) -> str:
    """The list that a stream stands in: trial runs have one of their own, so that no other list or count shows them."""
    collection = name.partition("/")[0]
    return TRIALS if collection == "applications" and state is not None and state.trial else collection


def _serialised(state: Any) -> bytes:
    return state.SerializeToString(deterministic=True) if state is not None else b""


def _roles(stream: Stream) -> list[dict[str, object]]:
    shown = stream.predicted if stream.predicted is not None else stream.state
    if shown is None or (stream.noted and not stream.name.startswith("parcels/")):
        return []
    return [{"stream": stream.name, "role": role, "node": node} for role, node in roles_of(stream.name, shown)]


def roles_of(name: str, state: Any) -> list[tuple[int, str]]:
    """The roles that a stream's state gives, as they are noted for the lists."""
    match name.partition("/")[0]:
        case "applications":
            route = state.route
            held = [
                (lifecycle_pb2.ROLE_ACCEPTING, route.accepting),
                (lifecycle_pb2.ROLE_DECIDER, route.decider),
                (lifecycle_pb2.ROLE_COLLECTING, route.collecting),
            ]
        case "parcels":
            held = [
                (lifecycle_pb2.ROLE_SENDER, state.origin.node),
                (lifecycle_pb2.ROLE_RECEIVER, state.destination.node),
            ]
        case _:
            held = []
    return [(role, node) for role, node in held if node]


def event_of(envelope: bytes) -> event_pb2.Event:
    """The event within a stored envelope."""
    return event_pb2.Event.FromString(envelope_pb2.Envelope.FromString(envelope).payload)
