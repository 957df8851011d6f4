"""The table of legal moves, read from the contract's options."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from google.protobuf.descriptor import EnumDescriptor

from tongban.v1 import event_pb2, lifecycle_pb2

SUPPORTED_LIFECYCLE_VERSIONS: tuple[int, ...] = (1,)
"""Lifecycle versions that this code folds, newest first: the present one and, later, the two before."""


def opening_version(ours: Sequence[int], spoken: Iterable[Collection[int]]) -> int:
    """The version that a new stream is opened with: the newest of ours that everybody has said to speak.

    So a federation can be upgraded one node after the other: until the last has said so, new streams are of the version
    before.  Where somebody speaks none of ours it is the oldest of ours, which was spoken the longest.
    """
    listed = list(spoken)
    return next((v for v in sorted(ours, reverse=True) if all(v in versions for versions in listed)), min(ours))


_COLLECTION_OF_MOVE = {
    "application": ("applications", lifecycle_pb2.ApplicationState.DESCRIPTOR),
    "parcel": ("parcels", lifecycle_pb2.ParcelState.DESCRIPTOR),
    "agreement": ("agreements", lifecycle_pb2.AgreementState.DESCRIPTOR),
    "node": ("nodes", lifecycle_pb2.NodeState.DESCRIPTOR),
    "item": ("items", lifecycle_pb2.ItemState.DESCRIPTOR),
}

STATES: Mapping[str, EnumDescriptor] = MappingProxyType(dict(_COLLECTION_OF_MOVE.values()))
"""The enum of states of each collection."""


@dataclass(frozen=True, slots=True)
class MoveRule:
    """What the contract says of one event type."""

    event_type: str
    collection: str
    guarded: bool
    from_states: frozenset[int]
    to_state: int
    roles: frozenset[int]
    since_version: int
    title_zh: str
    title_en: str
    order_free: bool

    @property
    def chained(self) -> bool:
        """Whether it must follow exactly what its author expected."""
        return self.guarded and not self.order_free

    @property
    def opens(self) -> bool:
        """Whether it opens a stream."""
        return not self.from_states


def _read(event_type: str) -> MoveRule:
    field = event_pb2.Event.DESCRIPTOR.fields_by_name[event_type]
    message = field.message_type
    assert message is not None  # every field of the oneof is a message
    options: Any = message.GetOptions()
    rule: lifecycle_pb2.Rule = options.Extensions[lifecycle_pb2.rule]
    kind = rule.WhichOneof("move")
    if kind is None:
        raise TypeError(f"the contract gives no rule for {event_type}")
    move = getattr(rule, kind)
    return MoveRule(
        event_type=event_type,
        collection=_COLLECTION_OF_MOVE[kind][0],
        guarded=rule.event_class == lifecycle_pb2.EVENT_CLASS_GUARDED,
        from_states=frozenset(getattr(move, "from")),
        to_state=move.to,
        roles=frozenset(move.by),
        since_version=rule.since_version,
        title_zh=rule.title_zh,
        title_en=rule.title_en,
        order_free=rule.order_free,
    )


RULES: Mapping[str, MoveRule] = MappingProxyType(
    {f.name: _read(f.name) for f in event_pb2.Event.DESCRIPTOR.oneofs_by_name["body"].fields}
)
"""Every event type that this version knows, by the name of its field in Event."""


def state_name(collection: str, state: int) -> str:
    """A state's name without its prefix, in lower case: `in-review`."""
    enum = STATES[collection]
    prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    value = enum.values_by_number.get(state)
    return value.name.removeprefix(prefix).lower().replace("_", "-") if value else str(state)


def role_name(role: int) -> str:
    """A role's name without its prefix, in lower case."""
    return lifecycle_pb2.Role.Name(lifecycle_pb2.Role.ValueType(role)).removeprefix("ROLE_").lower()
