"""What is handed to admission: events of one author that go together, weighed."""

from __future__ import annotations

from dataclasses import dataclass

from tongban.journal.envelopes import Opened

_EVENT_COST = 2048
"""What deciding and writing an event costs, in bytes: as much as so many bytes more of it would."""

ROUTINE = frozenset({"application_submitted"})
"""New filings give way to what has begun: decisions, and paper that has moved."""


class Lane:
    """One session's submissions in their order: behind one that got no answer, none is admitted."""

    __slots__ = ("broken",)

    def __init__(self) -> None:
        self.broken = False


@dataclass(frozen=True, slots=True)
class Submission:
    """Events of one author that go together; `weight` in bytes and cost."""

    events: list[Opened]
    lane: Lane
    weight: int
    urgent: bool

    @classmethod
    def of(cls, events: list[Opened], lane: Lane) -> Submission:
        """Weighed."""
        return cls(
            events,
            lane,
            sum(opened.size for opened in events) + _EVENT_COST * len(events),
            any(opened.event.WhichOneof("body") not in ROUTINE for opened in events),
        )

    @property
    def author(self) -> str:
        """Who sent it."""
        return self.events[0].event.author
