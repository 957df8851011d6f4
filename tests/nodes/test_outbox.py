"""What goes next of the events that wait: whole groups in order, and nothing behind a spoiled record is held up."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from nodes.journal.outbox import gather
from tongban.storage.base import Row
from tongban.v1 import envelope_pb2, event_pb2


def rows(groups: Sequence[int], spoiled: frozenset[int] = frozenset()) -> list[Row]:
    """Groups of these sizes, as rows; those of these sequences are spoiled."""
    made: list[dict[str, object]] = []
    for number, size in enumerate(groups):
        for index in range(size):
            sequence = len(made) + 1
            event = event_pb2.Event(event_id=str(sequence), stream="s")
            if size > 1:
                event.group.group_id, event.group.index, event.group.size = str(number), index, size
            payload = event.SerializeToString()
            envelope = envelope_pb2.Envelope(payload=payload).SerializeToString()
            made.append(
                {
                    "event_id": str(sequence),
                    "sequence": sequence,
                    "digest": hashlib.sha256(payload).digest(),
                    "envelope": b"\xff" + envelope if sequence in spoiled else envelope,
                    "content": None,
                }
            )
    return cast("list[Row]", made)


def group_of(groups: Sequence[int], sequence: int) -> tuple[int, ...]:
    """The sequences that go with this one."""
    start = 1
    for size in groups:
        if sequence < start + size:
            return tuple(range(start, start + size))
        start += size
    raise ValueError(sequence)


some_groups = st.lists(st.integers(1, 5), min_size=1, max_size=12)


@given(some_groups, st.data())
def test_every_readable_group_goes_and_every_other_is_named(groups: list[int], data: st.DataObject) -> None:
    count = sum(groups)
    spoiled = frozenset(data.draw(st.sets(st.integers(1, count), max_size=3)))
    found = gather(rows(groups, spoiled), room=count, frame_bytes=1 << 20, is_last=True)
    lost = {each for sequence in spoiled for each in group_of(groups, sequence)}
    assert [sequence for sequence, _ in found.ready] == [n for n in range(1, count + 1) if n not in lost]
    assert sorted(map(int, found.spoiled)) == sorted(lost)


@given(some_groups, st.integers(1, 12))
def test_a_frame_is_cut_between_groups_and_holds_the_first_whatever_the_room(groups: list[int], room: int) -> None:
    found = gather(rows(groups), room=room, frame_bytes=1 << 20, is_last=True)
    assert found.ready
    assert not found.spoiled
    sent = len(found.ready)
    ends = [sum(groups[: at + 1]) for at in range(len(groups))]
    assert sent in ends
    assert sent <= max(room, groups[0])


@given(some_groups, st.integers(1, 40))
def test_a_page_that_ends_within_a_group_leaves_it_for_the_next(groups: list[int], read: int) -> None:
    found = gather(rows(groups)[:read], room=1000, frame_bytes=1 << 20, is_last=read >= sum(groups))
    assert not found.spoiled
    ends = [0, *(sum(groups[: at + 1]) for at in range(len(groups)))]
    assert len(found.ready) == max(end for end in ends if end <= read)
