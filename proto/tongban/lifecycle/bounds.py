"""How long the list of what is wrong can become, whoever writes facts, however often.

A fact is never refused for its order: out of turn it is an exception of its stream.  So a node that says the same for
ever would make the state grow without end, and with it every fold, which copies the state.  A list of more than `MOST`
keeps one exception of each kind, code and subject: the oldest that is open, or else the last that was ended.  Kinds,
codes and subjects are the contract's, so there are so many and no more, and nothing that is wrong is forgotten.
"""

from __future__ import annotations

from typing import Any, Final

from tongban.v1 import application_pb2

MOST: Final = 128
"""A list that is longer keeps no repetitions."""


def bound(state: Any) -> None:
    """Keep no repetitions in a long list; shared feeds have none, for facts are not written there."""
    if len(getattr(state, "exceptions", ())) <= MOST:
        return
    kept: dict[tuple[str, str, str], application_pb2.StreamException] = {}
    for exception in state.exceptions:
        key = exception.event_type, exception.code, exception.subject
        if key not in kept or kept[key].HasField("resolve_time"):
            kept[key] = exception
    if len(kept) < len(state.exceptions):
        rest = sorted(kept.values(), key=lambda each: each.version)
        del state.exceptions[:]
        state.exceptions.extend(rest)
