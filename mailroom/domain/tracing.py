"""Requests to search for a parcel (查询单), from one mailroom to another, and their answers.

A trace is a list that only grows: asked once, answered once.  A second answer to the same trace changes nothing, and
neither asking nor answering moves anything: what is found is scanned, and the scan says where it is.
"""

from __future__ import annotations

from typing import Final

from tongban.v1 import event_pb2, exception_pb2, parcel_pb2

MOST: Final = 64
"""As many as a parcel keeps."""
MOST_BY_NODE: Final = 16
"""And of one node's, so that nobody uses up what others have to ask."""


def has_room(state: parcel_pb2.Parcel, node: str) -> bool:
    """Whether this node may ask once more."""
    return len(state.traces) < MOST and sum(each.asking_node == node for each in state.traces) < MOST_BY_NODE


def requested(state: parcel_pb2.Parcel, event: event_pb2.Event) -> None:
    """Somebody asks a node to search."""
    if not has_room(state, event.author):
        return
    asked = event.trace_requested
    trace = state.traces.add(
        number=len(state.traces) + 1,
        asking_node=event.author,
        asked_node=asked.asked_node,
        leg=asked.leg,
        item=asked.item,
    )
    trace.request_time.CopyFrom(event.claim_time)
    trace.answer_by_time.CopyFrom(asked.answer_by_time)


def answered(state: parcel_pb2.Parcel, event: event_pb2.Event) -> None:
    """The first answer of the node that was asked; anything else changes nothing."""
    answer = event.trace_answered
    for trace in state.traces:
        if trace.number == answer.trace and trace.asked_node == event.author and not trace.outcome:
            trace.outcome = answer.outcome
            trace.answer_time.CopyFrom(event.claim_time)


def open_traces(state: parcel_pb2.Parcel, node: str) -> list[exception_pb2.Trace]:
    """What this node is asked to search for, oldest first."""
    return [trace for trace in state.traces if trace.asked_node == node and not trace.outcome]
