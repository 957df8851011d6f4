"""Receipted events that come back, put at the places that their receipts say.

Nothing is judged anew: the receipt proves that this gateway admitted exactly these bytes at exactly this place.  So
the only questions are whether the place is the next one of its stream, and what the lifecycle makes of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.domain.batch import Placed, StreamHead, addressed
from tongban import errors
from tongban.journal.envelopes import Opened
from tongban.lifecycle.engine import Lifecycles, Step
from tongban.v1 import envelope_pb2


@dataclass(slots=True)
class Replay:
    """Places events one after the other; `heads` gives a stream as it stands before the first of them."""

    lifecycles: Lifecycles
    heads: Callable[[str], StreamHead]
    changed: dict[str, StreamHead] = field(default_factory=dict)

    def head(self, stream: str) -> StreamHead:
        """A stream as it stands now."""
        return self.changed.get(stream) or self.heads(stream)

    def waits(self, opened: Opened) -> bool:
        """Whether events of other streams that it names as before it are not here yet."""
        return any(self.head(position.stream).version < position.version for position in opened.event.after)

    def place(self, opened: Opened, leaf: envelope_pb2.AdmissionLeaf) -> Placed | None:
        """The event at its place; None where that is not the next one, or the lifecycle has another view of it."""
        head = self.head(leaf.stream)
        if (leaf.version, leaf.predecessor) != (head.version + 1, head.head):
            return None
        try:
            state = self.lifecycles.fold(head.state, Step(opened.event, opened.digest, leaf.version))
        except errors.TongbanError:
            return None
        self.changed[leaf.stream] = StreamHead(leaf.version, opened.digest, state)
        return addressed(self.lifecycles, opened, head, state)
