"""Minding: what falls due on a parcel is raised by whoever minds it, once, and never before its time.

    state, clock ─► mailroom.domain.watch ─► what is due and ours ─► ParcelExceptionRaised(code, leg, due_time)
                                          └► when to look again

The relay minds the legs that name it; the node that booked a leg minds one that names no relay, and raises in a relay's
place what that leaves lying; the node whose window has a parcel minds that.  The rules are one pure function; here is
only who speaks, and by which clock.

**Promised.**  What is due is judged again in the step that records it, on the state that stands then, so it is raised
once however often somebody looks.  Within a minute of its time it is raised, if the process runs and its line is up;
one that was away raises it when it is back and has read what happened meanwhile.

**What can go wrong.**  *The clock jumps ahead.*  Then everything would be due.  So the time that counts is
`CarefulTime`.  And every fold compares the time of the event with the due time that it claims, so what is raised early
all the same counts nowhere.
*The gateway refuses* (this node is suspended): a person has a task, and the same is not said again for a while.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mailroom.domain import watch
from mailroom.domain.watch import Clock, Terms
from nodes.core import NodeCore
from nodes.journal.drafts import Actor, Draft
from nodes.journal.recorder import View
from nodes.relay.careful import CarefulTime
from tongban.v1 import parcel_pb2

AT_ONCE: Final = 16
"""So many exceptions of one parcel at most are raised in one step; the rest follows in the next."""
REPEAT: Final = dt.timedelta(minutes=15)
"""What was recorded and does not stand (it was refused) is said again after so long."""
_EVER: Final = dt.datetime.min.replace(tzinfo=dt.UTC)

_Said = tuple[str, int, dt.datetime]
"""A code, a leg, and when it fell due."""


class Minder:
    """Raises what falls due on the parcels that this node minds."""

    def __init__(self, core: NodeCore, terms: Terms) -> None:
        self._core = core
        self._terms = terms
        self._time = CarefulTime(core.clock, core.line)
        self._said: dict[str, dict[_Said, dt.datetime]] = {}

    async def look(self, parcel: parcel_pb2.Parcel) -> dt.datetime | None:
        """Raise what is due; when to look again, None where no clock of ours runs."""
        now = self._time.now()
        running = self._running(parcel)
        if any(time <= now for time, _ in running):
            recorded = await self._core.record(Actor(), lambda view: self._raise(view, parcel.name, now))
            said = self._said.setdefault(parcel.name, {})
            said.update({(clock.code, clock.leg, clock.due_time): now for clock in recorded.extra})
            running = self._running(recorded.states.get(parcel.name, parcel))
        if not running:
            self._said.pop(parcel.name, None)
        return min((time for time, _ in running), default=None)

    def _raise(self, view: View, name: str, now: dt.datetime) -> tuple[Sequence[Draft], Any]:
        state = view.state(name)
        running = self._running(state) if isinstance(state, parcel_pb2.Parcel) else []
        rung = [clock for time, clock in running if time <= now][:AT_ONCE]
        return [Draft(name, "parcel_exception_raised", _event(clock)) for clock in rung], rung

    def _running(self, parcel: parcel_pb2.Parcel) -> list[tuple[dt.datetime, Clock]]:
        """Our clocks of a parcel, each with when it is to be raised: as it rings, or later where that was just said."""
        said = self._said.get(parcel.name, {})
        running = []
        for clock in watch.pending(parcel, self._terms):
            patience = watch.patience(parcel, clock.leg, self._core.name, self._terms)
            if patience is not None:
                running.append((max(clock.due_time + patience, _may_say(said, clock)), clock))
        return sorted(running, key=lambda each: each[0])


def _may_say(said: Mapping[_Said, dt.datetime], clock: Clock) -> dt.datetime:
    """From when on it may be said."""
    last = said.get((clock.code, clock.leg, clock.due_time))
    return last + REPEAT if last is not None else _EVER


def _event(clock: Clock) -> parcel_pb2.ParcelExceptionRaised:
    raised = parcel_pb2.ParcelExceptionRaised(code=clock.code, leg=clock.leg)
    raised.due_time.FromDatetime(clock.due_time)
    return raised
