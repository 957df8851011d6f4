"""One batch, decided: every event gets its place or its refusal.

The deciding is pure: it reads states that were loaded before, and collects what shall be written.  Groups are tried on
an overlay, so a group that fails in its last event leaves no trace of its first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agreements.domain.shared import SHARED_COLLECTIONS, Shared
from gateway.domain import checks
from gateway.domain.checks import AuthorMark
from tongban import errors
from tongban.journal.envelopes import Opened
from tongban.lifecycle.engine import Lifecycles, Step
from tongban.lifecycle.table import MoveRule
from tongban.retirement import Signing
from tongban.v1 import event_pb2, lifecycle_pb2, types_pb2


@dataclass(slots=True)
class StreamHead:
    """A stream as loaded: its head, and its state once somebody needed it."""

    version: int = 0
    head: bytes = b""
    state: Any = None


@dataclass(frozen=True, slots=True)
class Placed:
    """An event that was admitted, at its place."""

    opened: Opened
    version: int
    predecessor: bytes
    channels: tuple[str, ...]
    joined: tuple[str, ...]
    """Channels that get the stream from its beginning, because their node became a party with this event."""


@dataclass(slots=True)
class World:
    """What a batch is decided against."""

    now: dt.datetime
    epoch: int
    streams: dict[str, StreamHead]
    marks: dict[str, AuthorMark]
    shared: Shared
    lifecycles: Lifecycles
    seen: Mapping[str, int]
    digest_at: Callable[[str, int], bytes | None]
    rejected_by_digest: Callable[[bytes], str | None]


@dataclass(frozen=True, slots=True)
class Declined:
    """An event that was refused, why, and where its stream stood if that was the reason."""

    opened: Opened
    error: errors.TongbanError
    found: types_pb2.StreamPosition | None = None


@dataclass(slots=True)
class Decided:
    """What shall be written."""

    placed: list[Placed] = field(default_factory=list)
    rejected: list[Declined] = field(default_factory=list)
    changed: dict[str, StreamHead] = field(default_factory=dict)


class Batch:
    """Decides groups one after the other; what one group changes, the next one sees."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._overlay: dict[str, StreamHead] = {}
        self._spent: dict[str, AuthorMark] = {}
        self._digests: dict[tuple[str, int], bytes] = {}
        self._found: types_pb2.StreamPosition | None = None
        self.decided = Decided()

    @property
    def marks(self) -> dict[str, AuthorMark]:
        """What each author has used up, this batch included."""
        return self._world.marks

    def decide(self, group: Sequence[Opened], held: frozenset[int] = frozenset()) -> None:
        """Admit or refuse one atomic group, or one event alone.

        `held`: places of the group that are in the journal already.  Only a gateway that was put back has half a group:
        that half came back from a node which has nothing to do with the other.
        """
        self._overlay, self._spent, self._found = {}, {}, None
        placed: list[Placed] = []
        fault: errors.TongbanError | None = None
        try:
            _check_group(group, held)
            for opened in group:
                placed.append(self._place(opened))
        except (errors.Unavailable, errors.StorageFull, errors.Damaged):
            raise  # the database's fault, and no judgement of the event: the whole unit is tried again
        except errors.TongbanError as error:
            fault = error
        self._spend_sequences(group)
        if fault is None:
            self.decided.placed.extend(placed)
            for name, head in self._overlay.items():
                self._world.streams[name] = head
                self.decided.changed[name] = head
                self._world.shared.learn(name, head.state)
            return
        for each in placed:
            del self._digests[each.opened.event.stream, each.version]
        culprit = len(placed)
        for index, opened in enumerate(group):
            if index == culprit:
                self.decided.rejected.append(Declined(opened, fault, self._found))
            else:
                cause = errors.PredecessorRejected(field="event.group", event=group[culprit].event.event_id)
                self.decided.rejected.append(Declined(opened, cause))

    def _head(self, stream: str) -> StreamHead:
        return self._overlay.get(stream) or self._world.streams.get(stream) or StreamHead()

    def _place(self, opened: Opened) -> Placed:
        world, event = self._world, opened.event
        checks.check_sequence(event, self._spent.get(event.author) or world.marks.get(event.author))
        self._spent[event.author] = AuthorMark(event.incarnation, event.sequence)
        checks.check_time(event, world.now, world.seen, world.epoch)
        if event.WhichOneof("body") != "node_registered":
            # Asked before too, to refuse cheaply; here it counts, under the locks, whoever suspended it meanwhile.
            signing = Signing.of(event, world.now)
            world.shared.directory.check_may_sign(opened.wire.envelope.signature.key_id, event.author, signing)
        for position in event.after:
            self._check_after(event.author, position)
        head = self._head(event.stream)
        rule = world.lifecycles.rule(event)
        self._check_stranger(event, head, rule)
        if rule.chained and (event.expected_version, event.expected_head) != (head.version, head.head):
            raise self._conflict(event, head)
        state = world.lifecycles.admit(head.state, Step(event, opened.digest, head.version + 1))
        self._check_world(event, head)
        placed = addressed(world.lifecycles, opened, head, state)
        self._overlay[event.stream] = StreamHead(placed.version, opened.digest, state)
        self._digests[event.stream, placed.version] = opened.digest
        if rule.collection in SHARED_COLLECTIONS:
            return placed
        before = world.lifecycles.folder(event.stream).parties(head.state) if head.state is not None else frozenset()
        for node in sorted(set(placed.channels) - before):
            world.shared.directory.node(node)  # a mailbox is opened for a node only, never for a name made up
        if lifecycle_pb2.ROLE_ANY in rule.roles and event.author not in placed.channels:
            # What anybody may write, a scan of a parcel that came to it, makes its author a party, or says nothing.
            raise errors.NotParty(field="event.author", node=event.author, stream=event.stream)
        return placed

    def _check_stranger(self, event: event_pb2.Event, head: StreamHead, rule: MoveRule) -> None:
        """Who has nothing to do with a stream is not told where it stands, not even by a refusal."""
        if head.state is None or rule.collection in SHARED_COLLECTIONS or lifecycle_pb2.ROLE_ANY in rule.roles:
            return
        folder = self._world.lifecycles.folder(event.stream)
        if event.author not in folder.parties(head.state) and not folder.roles(head.state, event):
            raise errors.NotParty(field="event.author", node=event.author, stream=event.stream)

    def _check_after(self, author: str, position: types_pb2.StreamPosition) -> None:
        head = self._head(position.stream)
        if head.version >= position.version and self._digest_at(head, position) == position.head:
            return
        collection = position.stream.partition("/")[0]
        if head.version < position.version or not (
            collection in SHARED_COLLECTIONS
            or author in self._world.lifecycles.folder(position.stream).parties(head.state)
        ):
            raise errors.PredecessorMissing(field="event.after", stream=position.stream, version=position.version)
        raise self._moved_on(position.stream, head, position.version, "event.after")

    def _digest_at(self, head: StreamHead, position: types_pb2.StreamPosition) -> bytes | None:
        """The digest at an admitted place: the head's, one of this batch, or one that the journal has."""
        if head.version == position.version:
            return head.head
        placed = self._digests.get((position.stream, position.version))
        return placed if placed is not None else self._world.digest_at(position.stream, position.version)

    def _moved_on(self, stream: str, head: StreamHead, expected: int, field: str) -> errors.TongbanError:
        if head.version:
            self._found = types_pb2.StreamPosition(stream=stream, version=head.version, head=head.head)
        return errors.StreamConflict(field=field, stream=stream, found=head.version, expected=expected)

    def _conflict(self, event: event_pb2.Event, head: StreamHead) -> errors.TongbanError:
        refused = self._world.rejected_by_digest(event.expected_head) if event.expected_head else None
        if refused is None:
            for declined in self.decided.rejected:
                if declined.opened.digest == event.expected_head:
                    refused = declined.opened.event.event_id
        if refused is not None:
            return errors.PredecessorRejected(field="event.expected_head", event=refused)
        return self._moved_on(event.stream, head, event.expected_version, "event.expected_head")

    def _check_world(self, event: event_pb2.Event, head: StreamHead) -> None:
        world = self._world
        match event.WhichOneof("body"):
            case "application_submitted":
                checks.check_filing(event, world.shared.coverage, world.now)
            case "result_issued" | "print_permit_granted":
                checks.check_results(event, head.state, world.shared)
            case "node_registered" | "node_keys_rotated":
                checks.check_registration(event, world.shared.directory)
            case "agreement_proposed" | "agreement_revised" | "amendment_proposed":
                checks.check_text(event, world.shared)
            case "agreement_signed":
                checks.check_signing(event, head.state, world.shared.directory)
            case "agreement_terminated" | "party_left" | "renewal_declined":
                checks.check_declaration(event, head.state, world.now)
            case "trial_passed":
                checks.check_trial(event, self._head(event.trial_passed.application).state)
            case _:
                pass

    def _spend_sequences(self, group: Sequence[Opened]) -> None:
        for opened in group:
            event = opened.event
            mark = self._world.marks.get(event.author)
            new = AuthorMark(event.incarnation, event.sequence)
            if mark is None or (new.incarnation, new.sequence) > (mark.incarnation, mark.sequence):
                self._world.marks[event.author] = new


def addressed(lifecycles: Lifecycles, opened: Opened, head: StreamHead, state: Any) -> Placed:
    """An event at its place on a stream, with the channels that get it: those of the parties before it and after."""
    collection = opened.event.stream.partition("/")[0]
    if collection in SHARED_COLLECTIONS:
        return Placed(opened, head.version + 1, head.head, (f"feeds/{collection}",), ())
    folder = lifecycles.folder(opened.event.stream)
    before = folder.parties(head.state) if head.state is not None else frozenset()
    after = folder.parties(state)
    joined = tuple(sorted(after - before)) if head.version else ()
    return Placed(opened, head.version + 1, head.head, tuple(sorted(after | before)), joined)


def _check_group(group: Sequence[Opened], held: frozenset[int]) -> None:
    first = group[0].event
    size = first.group.size if first.HasField("group") else 1
    places = [(o.event.group.index, o.event.group.size) for o in group if o.event.HasField("group")]
    missing = [(index, size) for index in range(size) if index not in held] if size > 1 else []
    if len(group) != (len(missing) or 1) or places != missing:
        raise errors.GroupIncomplete(field="event.group", expected=size, received=len(group))
    ids = [opened.event.event_id for opened in group]
    if len(set(ids)) < len(ids):
        twice = next(event_id for event_id in ids if ids.count(event_id) > 1)
        raise errors.EventIdReused(field="event.event_id", event=twice)


def split_groups(events: Sequence[Opened]) -> list[list[Opened]]:
    """The events of one submission as atomic groups, in order; a group must lie together."""
    groups: list[list[Opened]] = []
    for opened in events:
        group_id = opened.event.group.group_id
        if group_id and groups and groups[-1][0].event.group.group_id == group_id:
            groups[-1].append(opened)
        else:
            groups.append([opened])
    return groups
