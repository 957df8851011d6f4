"""What the events of nodes and items do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from tongban import errors
from tongban.lifecycle.engine import Step
from tongban.retirement import MAX_HANDOVER, retirement_of
from tongban.v1 import directory_pb2, event_pb2, lifecycle_pb2, types_pb2

GATEWAY_AUTHOR = "nodes/gateway"
"""The gateway's own name as an author: its operator suspends and resumes nodes."""


class NodeFolder:
    """Folds `nodes/…`, a shared feed.  Whether the keys within are certified is checked by `tongban.directory`."""

    collection = "nodes"

    def new_state(self) -> directory_pb2.Node:
        """An empty node."""
        return directory_pb2.Node()

    def roles(self, state: directory_pb2.Node | None, event: event_pb2.Event) -> frozenset[int]:
        """A node owns its own stream; the gateway is the operator of all."""
        held = set()
        if event.author == event.stream:
            held.add(lifecycle_pb2.ROLE_OWNER)
        if event.author == GATEWAY_AUTHOR:
            held.add(lifecycle_pb2.ROLE_OPERATOR)
        return frozenset(held)

    def check(self, state: directory_pb2.Node | None, event: event_pb2.Event) -> None:
        """At least one key to sign with and one to seal to."""
        body = event.WhichOneof("body")
        if body in ("node_registered", "node_keys_rotated"):
            keys = getattr(event, body).keys
            if {k.purpose for k in keys} != {1, 2}:
                raise errors.FieldInvalid(
                    field=f"event.{body}.keys",
                    problem="须含签名密钥和密封密钥 / a signing and a sealing key are needed",
                )
        if body == "node_keys_rotated" and state is not None:
            _check_rotation(state, event)
        if body == "node_profile_updated" and state is not None:
            _check_kind(state, event.node_profile_updated.profile)

    def apply(self, state: directory_pb2.Node, step: Step, in_turn: bool) -> None:
        """Record keys and profile; replaced keys are kept as retired, because what they signed stays valid."""
        event = step.event
        match event.WhichOneof("body"):
            case "node_registered":
                state.root_public_key = event.node_registered.root_public_key
                state.keys.extend(event.node_registered.keys)
                state.profile.CopyFrom(event.node_registered.profile)
            case "node_profile_updated":
                state.profile.CopyFrom(event.node_profile_updated.profile)
            case "node_keys_rotated":
                _rotate(state, event)
            case _:
                pass

    def parties(self, state: directory_pb2.Node) -> frozenset[str]:
        """None: everybody reads the feed."""
        return frozenset()


def _check_kind(state: directory_pb2.Node, profile: directory_pb2.NodeProfile) -> None:
    """A region never turns into a relay: desks would send it whom a parcel goes to, to order waybills with."""
    if profile.relay != state.profile.relay:
        raise errors.FieldInvalid(
            field="event.node_profile_updated.profile.relay",
            problem="是否为中继在加入时确定,不能更改",
            problem_en="whether a node is a relay is settled when it joins, and stays so",
        )


def _check_rotation(state: directory_pb2.Node, event: event_pb2.Event) -> None:
    """A key that went out of use never comes back: who rotates with an old list in hand learns that it is old."""
    path, rotated = "event.node_keys_rotated", event.node_keys_rotated
    retired = {key.key_id for key in state.retired_keys}
    named = [key.key_id for key in rotated.keys]
    for place, key_id in enumerate(named):
        if key_id in retired:
            raise errors.KeyNotActive(
                field=f"{path}.keys[{place}].key_id", key=key_id, state="已停用", state_en="retired"
            )
    known = retired | {key.key_id for key in state.keys}
    for place, key_id in enumerate(rotated.revoked_key_ids):
        if key_id in named or key_id not in known:
            raise errors.FieldInvalid(
                field=f"{path}.revoked_key_ids[{place}]",
                problem=f"{key_id} 同时列为现行密钥,或从未登记",
                problem_en=f"{key_id} is named as in force too, or was never registered",
            )
    if rotated.HasField("retire_time"):
        handover = rotated.retire_time.ToDatetime(dt.UTC) - event.claim_time.ToDatetime(dt.UTC)
        if not dt.timedelta(0) <= handover <= MAX_HANDOVER:
            raise errors.FieldInvalid(
                field=f"{path}.retire_time",
                problem=f"须在本次更新之后 {MAX_HANDOVER.days} 日之内",
                problem_en=f"it must be within {MAX_HANDOVER.days} days after this rotation",
            )


def _rotate(state: directory_pb2.Node, event: event_pb2.Event) -> None:
    rotated = event.node_keys_rotated
    kept = {key.key_id for key in rotated.keys}
    leaving = [key for key in state.keys if key.key_id not in kept]
    state.retired_keys.extend(leaving)
    # A key that was retired before is revoked by a second entry; the first one still tells what it could sign between.
    revoked = set(rotated.revoked_key_ids) - {each.key_id for each in state.retirements if each.revoked}
    gone = sorted({key.key_id for key in leaving} | revoked)
    state.retirements.extend(retirement_of(key_id, event) for key_id in gone)
    del state.keys[:]
    state.keys.extend(rotated.keys)


class ItemFolder:
    """Folds `items/…`, a shared feed."""

    collection = "items"

    def new_state(self) -> directory_pb2.Item:
        """An empty item."""
        return directory_pb2.Item()

    def roles(self, state: directory_pb2.Item | None, event: event_pb2.Event) -> frozenset[int]:
        """The home node that opened the stream owns it; an item's name begins with its owner's id."""
        owner = f"nodes/{event.stream.removeprefix('items/').partition('.')[0]}"
        return frozenset({lifecycle_pb2.ROLE_OWNER}) if event.author == owner else frozenset()

    def check(self, state: directory_pb2.Item | None, event: event_pb2.Event) -> None:
        """The document must be of this item, at home with its author."""
        body = event.WhichOneof("body")
        if body in ("item_published", "item_revised"):
            document = getattr(event, body).document
            if document.name != event.stream or document.home != event.author:
                raise errors.FieldInvalid(
                    field=f"event.{body}.document.name",
                    problem=f"{document.name}、{document.home} 与事项流或发布方不符 / not this stream's or author's",
                )
            _check_document(document, f"event.{body}.document")

    def apply(self, state: directory_pb2.Item, step: Step, in_turn: bool) -> None:
        """The last document is in force."""
        body = step.event.WhichOneof("body")
        if body in ("item_published", "item_revised"):
            state.document.CopyFrom(getattr(step.event, body).document)

    def parties(self, state: directory_pb2.Item) -> frozenset[str]:
        """None: everybody reads the feed."""
        return frozenset()


def _check_document(document: directory_pb2.ItemDocument, path: str) -> None:
    """What a window makes a form of: words that the contract knows, and nothing twice."""
    _check_values(document.modes, types_pb2.Mode.values(), f"{path}.modes")
    for place, material in enumerate(document.materials):
        _check_values(material.forms, types_pb2.MaterialForm.values(), f"{path}.materials[{place}].forms")
    _check_unique([material.code for material in document.materials], f"{path}.materials", "code")
    _check_unique([entry.name for entry in document.form], f"{path}.form", "name")


def _check_values(values: Sequence[int], known: Sequence[int], path: str) -> None:
    for place, value in enumerate(values):
        if value == 0 or value not in known:
            raise errors.FieldInvalid(
                field=f"{path}[{place}]", problem="不在可选范围内", problem_en="it is not one of the values offered"
            )
        if value in values[:place]:
            raise errors.FieldInvalid(field=f"{path}[{place}]", problem="重复列入", problem_en="it is listed twice")


def _check_unique(names: Sequence[str], path: str, field: str) -> None:
    for place, name in enumerate(names):
        if name in names[:place]:
            raise errors.FieldInvalid(
                field=f"{path}[{place}].{field}", problem=f"“{name}”重复列入", problem_en=f"{name} is listed twice"
            )
