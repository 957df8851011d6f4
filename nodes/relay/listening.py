"""Asking one carrier about the numbers that legs travel under, for ever and never too often.

    due numbers ─► marked as asked, paid for ─► one question ─► answer ─► told, asked again by the rhythm
                                                     └─► fault ─► of the carrier: everything waits, longer each time
                                                                  of a number: it waits, and is asked alone next time

Each account has a loop of its own, so one that hangs holds up nobody else.  A question has a limit, and everything that
it needs to be repeated after a crash is written before it is sent.

**Pushes only hasten.**  A number is asked about whether pushes come or not, only less often where they do; so what was
lost while a push address was away is found by the next question.  A push that proves nothing makes the next question
come as soon as the carrier allows, and nothing more.

What can go wrong: an answer with one entry that cannot be read is an answer all the same; the flaw is in the log, by
its place and not its text.  The carrier's refusal of a number is told once as trouble and told again when it is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
from typing import Final

from mailroom.carriers.base import CarrierFault, FaultKind
from nodes.relay.channel import Channel, call
from nodes.relay.faults import MENDED_BY_US, Scope, error_of, scope_of
from nodes.relay.feeds_store import Batch, FeedStore, Number, says_end
from nodes.relay.schedule import Backoff
from tongban import errors
from tongban.clock import Clock, Entropy

logger = logging.getLogger(__name__)

ANSWER_SECONDS: Final = 10.0
PUSHES_COME: Final = dt.timedelta(hours=9)
"""So long after a push with news in it a number's pushes are taken to come."""
RESUBSCRIBE: Final = dt.timedelta(hours=24)
SUBSCRIBE_AGAIN: Final = dt.timedelta(minutes=31)
HINTED_PAUSE: Final = dt.timedelta(minutes=5)
"""Before a number is asked again where a push is not confirmed yet."""
_UNTOLD: Final = 3
"""A carrier that fails fewer times in a row is no news."""
_SHORTEST_SLEEP: Final = 0.001
_LONGEST_SLEEP: Final = 3600.0
_BLOCKED_PAUSE: Final = 60.0
_STORAGE_PAUSE: Final = 5.0
_DENIED_PAUSE: Final = 900.0


class Listener:
    """The loop of one account."""

    def __init__(self, channel: Channel, store: FeedStore, clock: Clock, entropy: Entropy) -> None:
        self._channel = channel
        self._store = store
        self._clock = clock
        self._entropy = entropy
        self._backoff = Backoff()
        self._failures = 0
        self._resting_until = float("-inf")
        # A process before this one may have said so.
        self._may_be_troubled = True
        self._wake = asyncio.Event()

    def hasten(self) -> None:
        """Something may be due sooner than it was."""
        self._wake.set()

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            try:
                pause = await self._turn()
            except errors.TongbanError as error:
                logger.warning("the feeds' database, for %s: %s", self._channel.name, error)
                pause = _STORAGE_PAUSE
            except Exception:
                # One odd answer must not end the listening.
                logger.exception("asking %s failed", self._channel.name)
                pause = self._fail()
            if pause > 0:
                # `asyncio.wait_for` loses a cancellation that comes together with the event.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(pause, _LONGEST_SLEEP)):
                        await self._wake.wait()
            self._wake.clear()

    async def _turn(self) -> float:
        """Do one thing that is due; seconds until the next may be."""
        rest = self._resting_until - self._clock.monotonic()
        if rest > 0:
            return rest
        blocked = await self._subscribe() if self._channel.subscribes else 0.0
        batch = await self._take()
        if not batch.numbers:
            # Never at once again: a time that is rounded down would turn here for nothing.
            return max(batch.wait, min(blocked, _BLOCKED_PAUSE), _SHORTEST_SLEEP)
        await self._ask(batch.numbers)
        return 0.0

    async def _take(self) -> Batch:
        channel = self._channel
        return await self._store.take(
            channel.name, channel.codec.max_batch, channel.allowances("query"), channel.rhythm, self._entropy
        )

    def _again(self, failures: int) -> dt.datetime:
        return self._channel.rhythm.again(self._clock.now(), failures, self._entropy)

    def _next(self, number: Number, ended: bool) -> tuple[dt.datetime, dt.datetime]:
        """When to ask again after an answer, and when where a push waits to be confirmed."""
        now, rhythm = self._clock.now(), self._channel.rhythm
        comes = number.push_time > (now - PUSHES_COME).timestamp() * 1e6
        return rhythm.next(now, pushes=comes, ended=ended, entropy=self._entropy), rhythm.soon(now + HINTED_PAUSE, now)

    async def _ask(self, numbers: tuple[Number, ...]) -> None:
        codec = self._channel.codec
        tracked = [number.tracked for number in numbers]
        try:
            request = codec.query(tracked, call(self._clock, self._entropy))
            feed = codec.read_query(tracked, await self._channel.line.send(request, ANSWER_SECONDS))
        except CarrierFault as fault:
            await self._failed(numbers, fault)
            return
        for flaw in feed.flaws:
            logger.warning("%s: an entry could not be read (%s)", self._channel.name, flaw.where)
        for number in numbers:
            found = feed.observations.get(number.waybill, ())
            await self._store.answered(number, found, *self._next(number, number.ended or says_end(found)))
        await self._well()

    async def _failed(self, numbers: tuple[Number, ...], fault: CarrierFault) -> None:
        name, scope = self._channel.name, scope_of(fault)
        logger.warning("%s: %s %s %s", name, fault.kind, fault.code, fault.where)
        if fault.kind is FaultKind.NOT_FOUND:
            # The carrier does not know it yet: it may not have been handed over.
            for number in numbers:
                await self._store.answered(number, (), *self._next(number, number.ended))
            await self._well()
            return
        if scope is not Scope.NUMBER:
            await self._carrier_failed(fault)
        if scope is Scope.CARRIER:
            return
        for number in numbers:
            # Of several, whose fault it is shows when each is asked alone.
            error = error_of(fault, name) if len(numbers) == 1 else None
            await self._store.failed(number, error, self._again(number.failures + 1))

    async def _carrier_failed(self, fault: CarrierFault) -> None:
        denied = fault.kind in MENDED_BY_US
        self._fail(_DENIED_PAUSE if denied else fault.retry_after or 0.0)
        if denied or self._failures >= _UNTOLD:
            self._may_be_troubled = True
            await self._store.troubled(self._channel.name, "", error_of(fault, self._channel.name))

    def _fail(self, at_least: float = 0.0) -> float:
        self._failures += 1
        pause = self._backoff.pause(self._failures, self._entropy, at_least)
        self._resting_until = self._clock.monotonic() + pause
        return pause

    async def _well(self) -> None:
        self._failures = 0
        if self._may_be_troubled:
            await self._store.mended(self._channel.name)
            self._may_be_troubled = False

    async def _subscribe(self) -> float:
        """Ask for the pushes of one number, if one is due; the seconds until it may be done, where that is not now."""
        channel, store = self._channel, self._store
        now = self._clock.now()
        number, wait = await store.subscribing(channel.name, channel.allowances("subscribe"), now + SUBSCRIBE_AGAIN)
        if number is None:
            return wait
        try:
            request = channel.codec.subscribe(number.tracked, channel.callback_url, call(self._clock, self._entropy))
            channel.codec.read_subscribe(await channel.line.send(request, ANSWER_SECONDS))
        except CarrierFault as fault:
            logger.warning("%s: subscribing: %s %s", channel.name, fault.kind, fault.code)
            if scope_of(fault) is not Scope.NUMBER:
                await self._carrier_failed(fault)
                return 0.0
        # A number that is refused is tried again as seldom as one that stands.
        await store.subscribed(number, now + RESUBSCRIBE)
        return 0.0
