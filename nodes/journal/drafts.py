"""What a desk wants to have happened, before it is an event."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message


@dataclass(frozen=True, slots=True)
class Draft:
    """One event to be.

    `parts` are sealed to the nodes of `readers` before anything is stored.  `apart`: under a key of their own, because
    their readers are not those of the stream's other parts (an order is for the relay alone).  `claim_time` is when it
    happened, where that was before now (a scan made before its stream was known here).  `witnessed`: a fact that
    anybody may witness, on a stream that may not be known here: it is sent all the same, and folded when the rest has
    come.
    """

    stream: str
    body: str
    content: Message
    after: Sequence[str] = ()
    parts: Mapping[str, bytes] = field(default_factory=dict)
    claim_time: dt.datetime | None = None
    readers: Sequence[str] = ()
    apart: bool = False
    witnessed: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it: opaque ids that may stand in an event."""

    staff_id: str = ""
    post: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of it: the predicted states of the streams touched, and whatever else the desk computed."""

    states: Mapping[str, Any]
    events: Sequence[str]
    extra: Any = None
