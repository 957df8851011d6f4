"""The carriers' side of the relay: what the participant tells it, and what it hears.

    participant ── watch, forget, order, cancel ──► Feeds ── asks, subscribes, orders ──► carriers
    participant ◄── news(), one after the other ──── Feeds ◄── pushes, answers ────────── carriers
    participant ── done(news) ──► Feeds

**For the participant.**  Every command is idempotent by the leg's name and durable when it returns, and none waits for
a carrier.  At start, say everything again: `watch` for each leg that is under way, `order` for each leg that was
promised a waybill and has neither waybill nor failure yet.  What a command brings about comes as news.  Each piece of
news comes at least once, in the order of its id; it is told again after a restart until `done` was called, so record it
first and call `done` then.

**Promised.**  `Heard` holds only what counts: signed by the carrier, or confirmed by a pull.  A leg hears each
observation once, unless the process dies between recording and `done`.  A leg never gets two waybills, whatever is
repeated and wherever the process dies.  A carrier that is dead or slow holds up nothing but itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from mailroom.carriers.base import Capability, CarrierFault, OrderRequest
from mailroom.carriers.wire import phone_tail, waybill_number
from nodes.relay.accounts import CarrierSettings
from nodes.relay.booking import Bookings
from nodes.relay.channel import Channel, channel_for, open_channels
from nodes.relay.doorway import DoorwayRunner
from nodes.relay.faults import error_of
from nodes.relay.feeds_store import FeedStore, Number, Soon
from nodes.relay.listening import Listener
from nodes.relay.news import News, Trouble
from nodes.relay.push import PushDoor
from nodes.relay.settling import Ordered
from nodes.relay.vault import Vault
from tongban import errors
from tongban.clock import Clock, Entropy
from tongban.keys import NodeKeys
from tongban.serving import cancelled
from tongban.storage.base import Database
from tongban.storage.open import open_database
from tongban.web import Site

logger = logging.getLogger(__name__)

SWEEP_SECONDS: Final = 3600.0


class Feeds:
    """What the relay's participant sees of carriers."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        clock: Clock,
        entropy: Entropy,
        vault: Vault,
        listen: tuple[str, int] | None = None,
    ) -> None:
        """`listen`: where to serve the push door; None where no carrier pushes here."""
        self._channels = channels
        self._store = FeedStore(database, clock, vault)
        self._listeners = {name: Listener(each, self._store, clock, entropy) for name, each in channels.items()}
        self._bookings = Bookings(channels, self._store, clock, entropy)
        self._listen = listen
        self.door = PushDoor(channels, self._store, clock, self._hasten)
        self._site: Site | None = None
        self.push_port = 0
        """Where the push door listens, once started; 0 where it does not."""
        self._clock = clock
        self._fresh = asyncio.Event()
        self._store.on_news(self._fresh.set)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, incarnation: int = 1, *, served: bool = False) -> None:
        """Begin to ask and to listen, beside this incarnation of the journal; `served`: it had accounts before."""
        await self._store.open(incarnation, served=served)
        await self._store.sweep()
        await self._bookings.start()
        self._tasks = [asyncio.create_task(each.run(), name=f"feed {name}") for name, each in self._listeners.items()]
        self._tasks.append(asyncio.create_task(self._sweep(), name="feeds' sweep"))
        if self._listen is not None:
            application = self.door.application()
            self._site = Site(application, DoorwayRunner(application, self.door.doorway))
            self.push_port = await self._site.start(*self._listen)

    async def stop(self) -> None:
        """End what is under way; nothing that was durable is lost."""
        if self._site is not None:
            await self._site.stop()
        await cancelled(self._tasks)
        await self._bookings.stop()
        for channel in self._channels.values():
            await channel.line.close()
        await self._store.close()

    async def settle(self, incarnation: int, ordered: Callable[[], Awaitable[Sequence[Ordered]]]) -> None:
        """Set the orders right by the journal where it and these are not of one moment, before anything is ordered.

        `ordered`: every leg under way for which the journal asks, or asked, this relay for a waybill.
        """
        if await self._store.is_settled(incarnation):
            return
        legs = []
        for each in await ordered():
            channel = channel_for(self._channels, each.carrier, Capability.ORDER)
            if channel is not None:
                legs.append((channel.name, each))
        logger.warning("put back or lost: the carriers' side is set right by the journal (%d orders)", len(legs))
        await self._store.settle(incarnation, legs)

    async def watch(self, leg: str, carrier: str, waybill: str, phone: str, until: dt.datetime) -> bool:
        """Listen for a leg until then; False where nobody can be asked (by hand, a bag, an unknown carrier).

        `phone` is one end's number or its last four digits, which some carriers ask for; only these are kept.  Said
        again with another waybill, it listens for that one instead.
        """
        channel = channel_for(self._channels, carrier, Capability.QUERY)
        if channel is None:
            await self._store.forget(leg)
            return False
        try:
            text = waybill_number(waybill, channel.name)
        except CarrierFault as fault:
            await self._store.forget(leg)
            await self._store.troubled(channel.name, leg, error_of(fault, channel.name))
            return False
        number = Number(channel.name, carrier, text, phone_tail(phone))
        await self._store.watch(leg, number, until, self._soon(channel), subscribe=channel.subscribes)
        self._hasten(channel.name)
        return True

    async def forget(self, leg: str) -> None:
        """Listen for it no longer."""
        await self._store.forget(leg)

    async def order(self, leg: str, carrier: str, request: OrderRequest) -> None:
        """Get a waybill for a leg; `Assigned` or `OrderFailed` comes as news, once, however often it is said.

        `request.key` is the leg.  The request names people, so it is not stored: what was not assigned before a
        restart has to be said again, and is then looked up at the carrier before anything is ordered.
        """
        await self._bookings.order(leg, carrier, request)

    async def cancel(self, leg: str) -> None:
        """Cancel a leg's order, also one whose outcome is unknown: `OrderCancelled` or `CancelFailed` is the news.

        A leg that was never ordered here is no news.
        """
        await self._bookings.cancel(leg)

    async def news(self) -> AsyncIterator[News]:
        """Everything that is not done yet, the oldest first, then what comes, without end.  One reader at a time."""
        after = 0
        while True:
            self._fresh.clear()
            found = await self._store.news(after)
            for each in found:
                after = each.id
                yield each
            if not found:
                await self._fresh.wait()

    async def done(self, news: News) -> None:
        """This piece of news was recorded and need not be told again."""
        await self._store.done(news)

    async def troubles(self) -> list[Trouble]:
        """What is wrong with carriers at present, for pages."""
        return await self._store.troubles()

    def _hasten(self, feed: str) -> None:
        self._listeners[feed].hasten()

    def _soon(self, channel: Channel) -> Soon:
        return lambda asked: channel.rhythm.soon(self._clock.now(), asked)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            with contextlib.suppress(errors.TongbanError):
                await self._store.sweep()


async def open_feeds(settings: CarrierSettings, home: Path, keys: NodeKeys, clock: Clock, entropy: Entropy) -> Feeds:
    """The feeds of a relay's settings, with their database opened; `start` begins, `stop` closes it again."""
    pushes = any(account.push_secret.get_secret_value() for account in settings.accounts().values())
    database = await open_database(settings.database_url(home))
    listen = (settings.push_host, settings.push_port) if pushes else None
    return Feeds(database, open_channels(settings), clock, entropy, Vault.of(keys, entropy), listen)
