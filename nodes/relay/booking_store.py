"""What the feeds remember of orders: by the leg's name, guarded, and always before anything is sent."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from mailroom.carriers.base import OrderResult
from mailroom.carriers.wire import order_reference
from nodes.relay.news import Assigned, CancelFailed, OrderCancelled, OrderFailed
from nodes.relay.store import QUERIES
from nodes.relay.telling import Telling
from tongban.errors import TongbanError
from tongban.storage.base import Row, Transaction


class Stage(enum.IntEnum):
    """How far a leg's order is."""

    ASKED = 0
    SENT = 1
    """Perhaps: it was about to be sent, and nothing was heard that settles it."""
    ASSIGNED = 2
    FAILED = 3
    CANCELLING = 4
    CANCELLED = 5


_OPEN: Final = frozenset({Stage.ASKED, Stage.SENT})


@dataclass(frozen=True, slots=True)
class Booking:
    """A leg's order."""

    leg: str
    feed: str
    carrier: str
    stage: Stage = Stage.ASKED
    sent: int = 0
    """When it was sent last and may have arrived, in microseconds; 0 for never."""
    waybill: str = ""


class BookingStore:
    """The orders in the feeds' database."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling

    async def get(self, leg: str) -> Booking | None:
        """A leg's order."""
        return await self._telling.write(lambda tx: get_booking(tx, leg))

    async def asked(self, leg: str, feed: str, carrier: str) -> Booking:
        """A leg is to get a waybill.  One that failed is tried again; one that has its waybill is told again."""

        def work(tx: Transaction) -> Booking:
            found = get_booking(tx, leg)
            if found is None:
                found = Booking(leg, feed, carrier)
                self._put(tx, found)
            elif found.stage is Stage.FAILED:
                found = replace(found, stage=Stage.SENT if found.sent else Stage.ASKED)
                self._put(tx, found)
            elif found.stage is Stage.ASSIGNED and tx.fetch_one(QUERIES.has_news, {"leg": leg}) is None:
                result = OrderResult(found.waybill, order_reference(leg))
                self._telling.tell(tx, Assigned(0, leg, found.carrier, result))
            return found

        return await self._telling.write(work)

    async def sending(self, leg: str) -> bool:
        """It is about to be sent; False where it was cancelled meanwhile."""
        now = self._telling.now()
        return await self._change(leg, _OPEN, lambda b: replace(b, stage=Stage.SENT, sent=now))

    async def not_sent(self, leg: str, before: int) -> None:
        """It did not reach the carrier, or the carrier did not look at it: what holds is what held before."""
        stage = Stage.SENT if before else Stage.ASKED
        await self._change(leg, _OPEN, lambda b: replace(b, stage=stage, sent=before))

    async def assigned(self, leg: str, result: OrderResult) -> None:
        """The carrier gave it a waybill; where it is to be cancelled, that is all the more possible now."""

        def work(tx: Transaction) -> None:
            found = get_booking(tx, leg)
            if found is None:
                return
            if found.stage in _OPEN:
                self._put(tx, replace(found, stage=Stage.ASSIGNED, waybill=result.waybill))
                self._telling.note_mended(tx, found.feed, leg)
                self._telling.tell(tx, Assigned(0, leg, found.carrier, result))
            elif found.stage is Stage.CANCELLING:
                self._put(tx, replace(found, waybill=result.waybill))

        await self._telling.write(work)

    async def failed(self, leg: str, error: TongbanError, *, settled: bool) -> None:
        """There will be no waybill; `settled` where the carrier certainly has no order either."""

        def work(tx: Transaction) -> None:
            found = get_booking(tx, leg)
            if found is None or found.stage not in _OPEN:
                return
            self._put(tx, replace(found, stage=Stage.FAILED, sent=0 if settled else found.sent))
            self._telling.note_mended(tx, found.feed, leg)
            self._telling.tell(tx, OrderFailed(0, leg, found.carrier, error))

        await self._telling.write(work)

    async def refused(self, leg: str, carrier: str, error: TongbanError) -> None:
        """It cannot even be tried."""
        await self._telling.write(lambda tx: self._telling.tell(tx, OrderFailed(0, leg, carrier, error)))

    async def cancelling(self, leg: str) -> bool:
        """It is to be cancelled; False where there is nothing to cancel, or it is cancelled already."""
        stages = frozenset({Stage.ASKED, Stage.SENT, Stage.ASSIGNED, Stage.FAILED, Stage.CANCELLING})
        return await self._change(leg, stages, lambda b: replace(b, stage=Stage.CANCELLING))

    async def cancelled(self, leg: str) -> None:
        """It is cancelled at the carrier, or was never there."""

        def work(tx: Transaction) -> None:
            found = get_booking(tx, leg)
            if found is None or found.stage is not Stage.CANCELLING:
                return
            self._put(tx, replace(found, stage=Stage.CANCELLED))
            self._telling.note_mended(tx, found.feed, leg)
            self._telling.tell(tx, OrderCancelled(0, leg, found.carrier))

        await self._telling.write(work)

    async def not_cancelled(self, leg: str, error: TongbanError) -> None:
        """The carrier does not cancel it; it stands."""

        def work(tx: Transaction) -> None:
            found = get_booking(tx, leg)
            if found is None or found.stage is not Stage.CANCELLING:
                return
            self._put(tx, replace(found, stage=Stage.ASSIGNED if found.waybill else Stage.FAILED))
            self._telling.note_mended(tx, found.feed, leg)
            self._telling.tell(tx, CancelFailed(0, leg, found.carrier, error))

        await self._telling.write(work)

    async def to_cancel(self) -> list[str]:
        """The legs whose cancelling was under way when the process before this one ended."""

        def work(tx: Transaction) -> list[str]:
            found: list[str] = []
            while rows := tx.fetch_all(
                QUERIES.list_bookings, {"state": int(Stage.CANCELLING), "after": found[-1] if found else ""}
            ):
                found += [row["leg"] for row in rows]
            return found

        return await self._telling.write(work)

    async def _change(self, leg: str, stages: frozenset[Stage], change: Callable[[Booking], Booking]) -> bool:
        def work(tx: Transaction) -> bool:
            found = get_booking(tx, leg)
            if found is None or found.stage not in stages:
                return False
            self._put(tx, change(found))
            return True

        return await self._telling.write(work)

    def _put(self, tx: Transaction, booking: Booking) -> None:
        put_booking(tx, booking, self._telling.now())


def put_booking(tx: Transaction, booking: Booking, now: int) -> None:
    """Write a leg's order."""
    row = {
        "leg": booking.leg,
        "feed": booking.feed,
        "carrier": booking.carrier,
        "state": int(booking.stage),
        "sent_time": booking.sent,
        "waybill": booking.waybill,
        "update_time": now,
    }
    tx.execute(QUERIES.put_booking, row)


def get_booking(tx: Transaction, leg: str) -> Booking | None:
    """A leg's order."""
    row: Row | None = tx.fetch_one(QUERIES.get_booking, {"leg": leg})
    if row is None:
        return None
    return Booking(row["leg"], row["feed"], row["carrier"], Stage(row["state"]), row["sent_time"], row["waybill"])
