"""Ordering and cancelling waybills: once for each leg, whatever is repeated and wherever the process dies.

    asked ─► sent (written before it is sent) ─► assigned
       ▲          │ no answer, or one that nobody can read: did it arrive?
       │          └─► find the leg's order ─┬─ there ─► assigned
       └──────────── not there, and settled ┘
    asked, sent, assigned, failed ─► cancelling ─► cancelled

The leg's name is the order's name at the carrier.  That an order is about to be sent is on disk before it is sent, so
whatever comes after knows that it may be there, and *looks for it* before anything is sent again: after an answer that
did not come, after a crash, and after a refusal as a duplicate.  An order that is not found is believed to be absent
only `SETTLED` seconds after it was sent, because a slow carrier may still be at it.

A carrier that cannot be asked for an order (EMS) is never sent one twice on a guess: where the outcome is unknown, a
person is told to look it up.  What certainly did not arrive (no connection, a call too many) is sent again by itself.

Each leg is worked on by a task of its own, one step at a time, with pauses that double; after `PATIENCE` it is given
up, and the clerk decides.  Who is to get the paper is not stored here: after a restart the participant says it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import enum
import logging
from collections.abc import Mapping
from typing import Final

from mailroom.carriers.base import Capability, CarrierFault, Contact, FaultKind, OrderRequest
from nodes.relay.booking_store import Booking, BookingStore, Stage
from nodes.relay.channel import Channel, call, channel_for
from nodes.relay.clients import UNSENT
from nodes.relay.faults import error_of
from nodes.relay.feeds_store import FeedStore
from nodes.relay.schedule import Backoff
from tongban import errors
from tongban.clock import Clock, Entropy
from tongban.serving import cancelled

logger = logging.getLogger(__name__)

ORDER_SECONDS: Final = 20.0
SETTLED: Final = 60.0
"""Seconds after which an order that was sent is at the carrier or nowhere."""
PATIENCE: Final = 6 * 3600.0
_UNTOLD: Final = 2
_STORAGE_PAUSE: Final = 5.0
_NOBODY: Final = Contact("", "", "", "", "", "")
_UNKNOWN_OUTCOME: Final = frozenset({FaultKind.DOWNSTREAM, FaultKind.MALFORMED})


class Outcome(enum.Enum):
    """What one step of a leg's order came to."""

    ON = "on"
    """Something changed: look again at once."""
    AGAIN = "again"
    """Try again after a pause."""
    ENDED = "ended"


class Bookings:
    """The orders of all legs."""

    def __init__(self, channels: Mapping[str, Channel], store: FeedStore, clock: Clock, entropy: Entropy) -> None:
        self._channels = channels
        self._telling = store
        self._store = BookingStore(store)
        self._clock = clock
        self._entropy = entropy
        self._backoff = Backoff(first=5.0, longest=600.0)
        self._requests: dict[str, OrderRequest] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._wake: dict[str, asyncio.Event] = {}

    async def start(self) -> None:
        """Go on cancelling what was being cancelled."""
        for leg in await self._store.to_cancel():
            self._work_on(leg)

    async def stop(self) -> None:
        """End what is under way; what was sent is looked for next time."""
        await cancelled(list(self._tasks.values()))

    async def order(self, leg: str, carrier: str, request: OrderRequest) -> None:
        """Get a waybill for a leg."""
        channel = channel_for(self._channels, carrier, Capability.ORDER)
        booking = await self._store.asked(leg, channel.name, carrier) if channel else None
        if booking is None or booking.feed not in self._channels:
            await self._store.refused(leg, carrier, errors.CarrierCannot(carrier=carrier, what="下单 (ordering)"))
        elif booking.stage in (Stage.CANCELLING, Stage.CANCELLED):
            await self._store.refused(leg, carrier, errors.CarrierOrderCancelled(carrier=carrier, leg=leg))
        elif booking.stage in (Stage.ASKED, Stage.SENT):
            self._requests[leg] = request
            self._work_on(leg)

    async def cancel(self, leg: str) -> None:
        """Cancel a leg's order; nothing where there is none."""
        if await self._store.cancelling(leg):
            self._work_on(leg)

    def _work_on(self, leg: str) -> None:
        if leg in self._tasks:
            self._wake[leg].set()
            return
        self._wake[leg] = asyncio.Event()
        self._tasks[leg] = asyncio.create_task(self._work(leg), name=f"order {leg}")

    async def _work(self, leg: str) -> None:
        try:
            await self._until_ended(leg)
        except Exception:
            # The task's name is in the log; the next time that somebody asks, it goes on from what is stored.
            logger.exception("the order of %s stopped", leg)
        finally:
            del self._tasks[leg], self._wake[leg]

    async def _until_ended(self, leg: str) -> None:
        failures, begun = 0, self._clock.monotonic()
        wake = self._wake[leg]
        while True:
            wake.clear()
            patient = self._clock.monotonic() - begun < PATIENCE
            try:
                booking = await self._store.get(leg)
                outcome, fault = await self._tried(booking) if booking else (Outcome.ENDED, None)
                if outcome is Outcome.ENDED and not wake.is_set():
                    self._requests.pop(leg, None)
                    return
                if outcome is not Outcome.AGAIN:
                    continue
                assert booking is not None
                failures += 1
                if (fault and not _repeatable(fault)) or not patient:
                    await self._give_up(booking, fault)
                    continue
                if fault and failures >= _UNTOLD:
                    await self._telling.troubled(booking.feed, leg, error_of(fault, booking.feed))
                at_least = (fault.retry_after or 0.0) if fault else 0.0
                pause = self._backoff.pause(failures if fault else 1, self._entropy, at_least)
            except errors.TongbanError as error:
                logger.warning("the feeds' database, for the order of %s: %s", leg, error)
                pause = _STORAGE_PAUSE
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await wake.wait()

    async def _tried(self, booking: Booking) -> tuple[Outcome, CarrierFault | None]:
        try:
            return await self._step(booking), None
        except CarrierFault as fault:
            logger.warning("%s: order of %s: %s %s", booking.feed, booking.leg, fault.kind, fault.code)
            return Outcome.AGAIN, fault

    async def _step(self, booking: Booking) -> Outcome:
        channel = self._channels.get(booking.feed)
        if channel is None:
            return Outcome.ENDED
        if booking.stage is Stage.CANCELLING:
            return await self._cancel(channel, booking)
        request = self._requests.get(booking.leg)
        if booking.stage not in (Stage.ASKED, Stage.SENT) or request is None:
            return Outcome.ENDED
        if booking.stage is Stage.SENT:
            return await self._find(channel, booking, request)
        return await self._send(channel, booking, request)

    async def _send(self, channel: Channel, booking: Booking, request: OrderRequest) -> Outcome:
        leg = booking.leg
        if not await self._paid(channel, "order"):
            return Outcome.AGAIN
        message = channel.codec.order(request, call(self._clock, self._entropy))
        if not await self._store.sending(leg):
            return Outcome.ON
        try:
            reply = await channel.line.send(message, ORDER_SECONDS)
            result = channel.codec.read_order(request, reply)
        except CarrierFault as fault:
            if fault.kind is FaultKind.DUPLICATE_ORDER:
                return Outcome.ON
            if fault.code == UNSENT or fault.kind is FaultKind.THROTTLED:
                await self._store.not_sent(leg, booking.sent)
            raise
        await self._store.assigned(leg, result)
        return Outcome.ON

    async def _find(self, channel: Channel, booking: Booking, request: OrderRequest) -> Outcome:
        """Look for an order that may have arrived."""
        leg = booking.leg
        if not channel.can(Capability.FIND_ORDER):
            unknown = errors.CarrierOutcomeUnknown(carrier=channel.name, leg=leg)
            await self._store.failed(leg, unknown, settled=False)
            return Outcome.ON
        if not await self._paid(channel, "find-order"):
            return Outcome.AGAIN
        message = channel.codec.find_order(request, call(self._clock, self._entropy))
        reply = await channel.line.send(message, ORDER_SECONDS)
        try:
            result = channel.codec.read_order(request, reply)
        except CarrierFault as fault:
            if fault.kind is not FaultKind.NOT_FOUND:
                raise
            if self._is_settled(booking):
                await self._store.not_sent(leg, 0)
                return Outcome.ON
            return Outcome.AGAIN
        await self._store.assigned(leg, result)
        return Outcome.ON

    async def _cancel(self, channel: Channel, booking: Booking) -> Outcome:
        leg = booking.leg
        if not booking.sent and not booking.waybill:
            await self._store.cancelled(leg)
            return Outcome.ON
        if not booking.waybill and channel.can(Capability.FIND_ORDER):
            return await self._find_to_cancel(channel, booking)
        if not await self._paid(channel, "cancel"):
            return Outcome.AGAIN
        message = channel.codec.cancel(leg, booking.waybill, call(self._clock, self._entropy))
        reply = await channel.line.send(message, ORDER_SECONDS)
        try:
            channel.codec.read_cancel(reply)
        except CarrierFault as fault:
            if fault.kind is not FaultKind.NOT_FOUND or booking.waybill:
                raise
        await self._store.cancelled(leg)
        return Outcome.ON

    async def _find_to_cancel(self, channel: Channel, booking: Booking) -> Outcome:
        # An order is found by the leg's name alone.
        request = OrderRequest(booking.leg, _NOBODY, _NOBODY, "")
        outcome = Outcome.AGAIN
        if await self._paid(channel, "find-order"):
            reply = await channel.line.send(
                channel.codec.find_order(request, call(self._clock, self._entropy)), ORDER_SECONDS
            )
            try:
                await self._store.assigned(booking.leg, channel.codec.read_order(request, reply))
                outcome = Outcome.ON
            except CarrierFault as fault:
                if fault.kind is not FaultKind.NOT_FOUND:
                    raise
                if self._is_settled(booking):
                    await self._store.cancelled(booking.leg)
                    outcome = Outcome.ON
        return outcome

    async def _give_up(self, booking: Booking, fault: CarrierFault | None) -> None:
        unknown = errors.CarrierOutcomeUnknown(carrier=booking.feed, leg=booking.leg)
        error = error_of(fault, booking.feed) if fault else unknown
        if booking.stage is Stage.CANCELLING:
            await self._store.not_cancelled(booking.leg, error)
            return
        # Only a refusal of the order itself says that the carrier has none.
        settled = booking.stage is Stage.ASKED and fault is not None and fault.kind not in _UNKNOWN_OUTCOME
        await self._store.failed(booking.leg, error if settled else unknown, settled=settled)

    async def _paid(self, channel: Channel, interface: str) -> bool:
        return await self._telling.pay(channel.name, channel.allowances(interface)) <= 0

    def _is_settled(self, booking: Booking) -> bool:
        sent = dt.datetime.fromtimestamp(booking.sent / 1e6, dt.UTC)
        return (self._clock.now() - sent).total_seconds() >= SETTLED


def _repeatable(fault: CarrierFault) -> bool:
    """Whether the same might go well later, without anybody's help."""
    return fault.retryable or fault.kind in (FaultKind.THROTTLED, FaultKind.DOWNSTREAM, FaultKind.MALFORMED)
