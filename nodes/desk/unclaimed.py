"""Results that nobody comes for: they are kept for so long, and then go back to the decider.

A parcel that brought the result opens its own exception, which has an owner, a deadline and an escalation like any
other; where the result was printed here there is no parcel, and the mailroom has a task.  Either way the pickup code
ends at once, and the applicant is told at every window that asks.  Somebody who comes before it was sent off still
gets it: the window makes it ready again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from nodes.core import NodeCore
from nodes.desk import pickups
from nodes.desk.lying import application_of, check_ready, result_parcels, zone_of
from nodes.desk.staff import MAILROOM, SUPERVISOR, WINDOW, Staff
from nodes.journal.drafts import Actor, Draft
from nodes.journal.recorder import View
from nodes.store import QUERIES
from tongban.ids import uuid7
from tongban.lifecycle import results
from tongban.storage.base import Row, Transaction
from tongban.v1 import application_pb2, lifecycle_pb2, parcel_pb2, window_pb2

_READY = lifecycle_pb2.APPLICATION_STATE_READY_FOR_COLLECTION
_WAITING = frozenset({lifecycle_pb2.PARCEL_STATE_HELD_FOR_PICKUP})


class UnclaimedDesk:
    """Minds how long results are kept."""

    def __init__(self, core: NodeCore, terms: pickups.Terms | None = None) -> None:
        self._core = core
        self.terms = terms if terms is not None else pickups.Terms()

    async def give_up_collection(
        self, staff: Staff, request: window_pb2.GiveUpCollectionRequest
    ) -> application_pb2.Application:
        """Nobody came: for the supervisor before the time is over, for the window after it."""
        staff.require("退回未领证照", WINDOW, SUPERVISOR)
        application = await application_of(self._core, request.name)
        now = self._core.clock.now()

        def read(tx: Transaction) -> int:
            row = tx.fetch_one(QUERIES.get_pickup, {"application": request.name})
            return row["hold_until"] if row is not None else 0

        until = await self._core.database.run(read, read_only=True) or pickups.micros(now)
        if until > pickups.micros(now):
            staff.require("提前退回未领证照", SUPERVISOR)
        check_ready(application)
        return await self._give_up(staff.actor, application, min(pickups.moment(until), now))

    async def give_up_overdue(self) -> int:
        """Say it of every result that was kept for the full time; how many."""
        now = pickups.micros(self._core.clock.now())

        def overdue(tx: Transaction) -> list[Row]:
            return tx.fetch_all(QUERIES.list_kept_too_long, {"now": now})

        done = 0
        for row in await self._core.database.run(overdue, read_only=True):
            application = await self._core.state(row["application"])
            if not isinstance(application, application_pb2.Application) or application.state != _READY:
                # Handed out, or refused at the gateway since: nothing lies here for this code.
                await self._core.database.run(_ending(row["application"], now))
                continue
            await self._give_up(Actor(), application, pickups.moment(row["hold_until"]))
            done += 1
        return done

    async def _give_up(
        self, actor: Actor, application: application_pb2.Application, until: dt.datetime
    ) -> application_pb2.Application:
        name = application.name
        day = until.astimezone(zone_of(self._core)).date()
        unclaimed = application_pb2.ResultUnclaimed(window=application.collection_window)
        unclaimed.due_date.year, unclaimed.due_date.month, unclaimed.due_date.day = day.year, day.month, day.day
        parcels = await result_parcels(self._core, application, _WAITING)
        task = None if parcels else self._send_back(application)
        raised = parcel_pb2.ParcelExceptionRaised(code="unclaimed")

        def build(view: View) -> tuple[Sequence[Draft], Any]:
            if view.state(name).state != _READY:
                return [], None
            view.write(QUERIES.end_pickup, {"application": name, "expire_time": pickups.micros(view.now)})
            if task is not None:
                view.write(QUERIES.insert_task, task)
            drafts = [Draft(parcel, "parcel_exception_raised", raised) for parcel in parcels]
            return [*drafts, Draft(name, "result_unclaimed", unclaimed)], None

        recorded = await self._core.record(actor, build)
        return recorded.states.get(name) or await application_of(self._core, name)

    def _send_back(self, application: application_pb2.Application) -> dict[str, object] | None:
        """What the mailroom has to do; nothing where the decider is here, or nothing lies here on paper."""
        if application.route.decider == self._core.name or not results.valid(application):
            return None
        now = self._core.clock.now()
        decider = self._core.shared.directory.find(application.route.decider)
        title = decider.profile.title if decider is not None else application.route.decider
        return {
            "task_id": uuid7(now, self._core.entropy),
            "stream": application.name,
            "event_id": "",
            "reason": "UNCLAIMED",
            "message_zh": f"证照逾期未领。请从窗口或柜格取出,装包退回{title}。",
            "message_en": f"Nobody came for this result. Take it from the window or the locker and send it back to "
            f"{title} by parcel.",
            "owner": MAILROOM,
            "create_time": pickups.micros(now),
        }


def _ending(application: str, now: int) -> Callable[[Transaction], int]:
    return lambda tx: tx.execute(QUERIES.end_pickup, {"application": application, "expire_time": now})
