"""Folding a stored stream again, with every check that its admission made."""

from __future__ import annotations

from typing import Any

from tongban import errors
from tongban.journal.envelopes import Opened
from tongban.lifecycle.engine import Lifecycles, Step


def follow(lifecycles: Lifecycles, state: Any, opened: Opened, version: int, head: bytes) -> Any:
    """The state after this event; raises the named error that admission would have given."""
    event = opened.event
    if lifecycles.rule(event).chained and (event.expected_version, event.expected_head) != (version - 1, head):
        raise errors.StreamConflict(
            field="event.expected_head", stream=event.stream, found=version - 1, expected=event.expected_version
        )
    return lifecycles.fold(state, Step(event, opened.digest, version))


def state_bytes(state: Any) -> bytes:
    """A state as both journals store it."""
    return b"" if state is None else bytes(state.SerializeToString(deterministic=True))
