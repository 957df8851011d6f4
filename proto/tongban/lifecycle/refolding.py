"""Folding what is stored once more, after a release whose fold keeps more of the same events.

A stored state is what the program folded that stored it.  A later program may keep something of an event that the
earlier one passed over: then two participants that have seen the same events hold different states until both have
folded them anew.  So a migration marks a database that has events, and whoever starts on it next folds the streams
concerned once, before anything else.  Nothing but stored events is read, and a stream that cannot be folded keeps
the state it has: `fsck` names it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from tongban.errors import ConfigurationInvalid
from tongban.lifecycle.engine import Lifecycles, Step
from tongban.v1 import envelope_pb2, event_pb2

UNFOLDED: Final = "unfolded"
"""The setting that a migration leaves where events were folded by an earlier program."""
COLLECTIONS: Final = ("applications", "parcels")
"""Collections whose fold keeps more than it did."""


@dataclass(frozen=True, slots=True)
class Folded:
    """What a stream's events come to."""

    state: Any
    version: int
    head: bytes


def check_folded(settings: Collection[str]) -> None:
    """Refuse, by the names of its settings, a database whose states are still an earlier program's."""
    if UNFOLDED in settings:
        raise ConfigurationInvalid(
            field="database",
            problem="各件的状态仍由旧版程序推得;请先启动一次本程序,它会自行重算",
            problem_en="its states were folded by an earlier program; start this program once, which folds them anew",
        )


def folded(lifecycles: Lifecycles, envelopes: Iterable[bytes]) -> Folded:
    """Fold stored envelopes from the first event on; raises the named error of one that cannot be."""
    state, version, head = None, 0, b""
    for envelope in envelopes:
        payload = envelope_pb2.Envelope.FromString(envelope).payload
        version, head = version + 1, hashlib.sha256(payload).digest()
        state = lifecycles.fold(state, Step(event_pb2.Event.FromString(payload), head, version))
    return Folded(state, version, head)
