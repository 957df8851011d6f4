"""The fold: a state and an event give the next state, or a named refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tongban import errors
from tongban.lifecycle import words
from tongban.lifecycle.bounds import bound
from tongban.lifecycle.table import RULES, SUPPORTED_LIFECYCLE_VERSIONS, MoveRule
from tongban.v1 import event_pb2, lifecycle_pb2


@dataclass(frozen=True, slots=True)
class Step:
    """An event at its place: `version` is its place in the stream, from 1; `digest` is SHA-256 of its bytes.

    `before` is the state that it found, for what takes a move of the engine back; the engine fills it in.
    """

    event: event_pb2.Event
    digest: bytes
    version: int
    before: int = 0


class Folder(Protocol):
    """What one collection's events do, and whom its streams concern.  Changes only the state it is given."""

    collection: str

    def new_state(self) -> Any:
        """An empty state: a message with name, state, version, head, lifecycle_version, create_time, update_time."""
        ...

    def roles(self, state: Any, event: event_pb2.Event) -> frozenset[int]:
        """The roles that the event's author holds; for an opening event, by what the event itself says."""
        ...

    def check(self, state: Any, event: event_pb2.Event) -> None:
        """Refuse, by a named error, what the table alone cannot see.  Not called for facts."""
        ...

    def apply(self, state: Any, step: Step, in_turn: bool) -> None:
        """Write into `state` what the event says; a fact out of turn comes with `in_turn` false."""
        ...

    def parties(self, state: Any) -> frozenset[str]:
        """The nodes whose mailbox gets the stream's events; empty for streams that are shared feeds."""
        ...


class Lifecycles:
    """All folders together."""

    def __init__(self, *folders: Folder) -> None:
        self._folders: Mapping[str, Folder] = {f.collection: f for f in folders}

    def folder(self, stream: str) -> Folder:
        """The folder of a stream's collection; UnknownEventType where there is none."""
        collection = stream.partition("/")[0]
        folder = self._folders.get(collection)
        if folder is None:
            raise errors.UnknownEventType(event=stream, field="event.stream")
        return folder

    def load(self, stream: str, blob: bytes | None) -> Any:
        """A stored state, or None for a stream that is not open."""
        if blob is None:
            return None
        state = self.folder(stream).new_state()
        state.ParseFromString(blob)
        return state

    def rule(self, event: event_pb2.Event) -> MoveRule:
        """The rule of an event, whose type must be known and belong to its stream's collection."""
        rule = RULES.get(event.WhichOneof("body") or "")
        if rule is None:
            raise errors.UnknownEventType(event=event.event_id, field="event.body")
        if rule.collection != event.stream.partition("/")[0]:
            raise errors.FieldInvalid(
                field="event.body",
                problem=f"{event.stream} 不能有“{rule.title_zh}”({rule.event_type})事件",
                problem_en=f"{rule.event_type} is no event of {event.stream}",
            )
        return rule

    def admit(self, state: Any, step: Step) -> Any:
        """Fold with every check that admission makes: class, state, role, the collection's own. Returns a new state."""
        event, rule = step.event, self.rule(step.event)
        folder = self.folder(event.stream)
        if event.lifecycle_version not in SUPPORTED_LIFECYCLE_VERSIONS:
            raise errors.UnsupportedLifecycleVersion(
                field="event.lifecycle_version",
                version=event.lifecycle_version,
                stream=event.stream,
                supported=", ".join(map(str, SUPPORTED_LIFECYCLE_VERSIONS)),
            )
        if state is not None and state.lifecycle_version != event.lifecycle_version:
            raise errors.UnsupportedLifecycleVersion(
                field="event.lifecycle_version",
                version=event.lifecycle_version,
                stream=event.stream,
                supported=state.lifecycle_version,
            )
        if rule.since_version > event.lifecycle_version:
            # A stream that was opened before a move was thought of never has it, whoever speaks it by now.
            now_zh, now_en = words.states(rule.collection, [state.state] if state is not None else [])
            raise errors.MoveNotAllowed(
                field="event.body",
                stream=event.stream,
                state=now_zh,
                state_en=now_en,
                move=rule.title_zh,
                move_en=rule.title_en,
                allowed=f"流程版本 {rule.since_version} 起,此件为 {event.lifecycle_version}",
                allowed_en=f"lifecycle version {rule.since_version} on; this is {event.lifecycle_version}",
            )
        in_turn = _in_turn(rule, state)
        if not in_turn and (rule.guarded or state is None):
            now_zh, now_en = words.states(rule.collection, [state.state] if state is not None else [])
            allowed_zh, allowed_en = words.states(rule.collection, rule.from_states)
            raise errors.MoveNotAllowed(
                field="event.body",
                stream=event.stream,
                state=now_zh,
                state_en=now_en,
                move=rule.title_zh,
                move_en=rule.title_en,
                allowed=allowed_zh,
                allowed_en=allowed_en,
            )
        _check_role(rule, folder, state, event)
        if rule.guarded:
            folder.check(state, event)
        return self._apply(state, step, rule, folder, in_turn)

    def fold(self, state: Any, step: Step) -> Any:
        """Fold an event that was admitted: the same next state, with every check made again."""
        return self.admit(state, step)

    def _apply(self, state: Any, step: Step, rule: MoveRule, folder: Folder, in_turn: bool) -> Any:
        fresh = folder.new_state()
        if state is not None:
            fresh.CopyFrom(state)
        event = step.event
        if state is None:
            fresh.name = event.stream
            fresh.lifecycle_version = event.lifecycle_version
            fresh.create_time.CopyFrom(event.claim_time)
        if in_turn and rule.to_state:
            fresh.state = rule.to_state
        fresh.version = step.version
        fresh.head = step.digest
        fresh.update_time.CopyFrom(event.claim_time)
        if not in_turn:
            fresh.exceptions.add(
                event_type=rule.event_type, version=step.version, code="out-of-turn"
            ).create_time.CopyFrom(event.claim_time)
        if state is not None:
            step = Step(event, step.digest, step.version, before=state.state)
        folder.apply(fresh, step, in_turn)
        bound(fresh)
        return fresh


def _in_turn(rule: MoveRule, state: Any) -> bool:
    if state is None:
        return rule.opens
    return state.state in rule.from_states


def _check_role(rule: MoveRule, folder: Folder, state: Any, event: event_pb2.Event) -> None:
    if lifecycle_pb2.ROLE_ANY in rule.roles or rule.roles & folder.roles(state, event):
        return
    if lifecycle_pb2.ROLE_DECIDER in rule.roles and len(rule.roles) == 1:
        raise errors.NotTheDecider(
            field="event.author",
            decider=state.route.decider,
            action=f"作出“{rule.title_zh}”",
            action_en=f"make it {rule.title_en}",
            author=event.author,
        )
    zh, en = words.roles(rule.roles)
    raise errors.RoleNotAllowed(
        field="event.author",
        action=rule.title_zh,
        action_en=f"The event {rule.event_type}",
        roles=zh,
        roles_en=en,
        caller=event.author,
    )
