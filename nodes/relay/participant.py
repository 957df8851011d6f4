"""The relay as a participant: what parcels ask goes to the carriers' side, what that hears becomes events.

    parcels ── rounds ─► look ─┬─► watch, order, cancel, forget ──► Feeds
                               └─► minder: exceptions that are due
    Feeds ── news, one parcel's in order ─► events ─► done

**Promised.**  Nothing is kept here that a crash could lose: parcels are looked at again when the process starts, and
news is told again until it was recorded.  What comes twice is recorded once (`nodes.relay.observing`).  One parcel, or
one carrier, that fails holds up no other.

**What can go wrong.**  *News cannot be recorded*: the key of a reader has not come yet, the disk is full.  It is tried
again, later each time, and what comes after it for the same parcel waits behind it; the rest goes on.  *A leg's order
cannot be read*: an exception says so at once, for nobody would ever hear of it otherwise.  *The relay is away for
days*: nodes go on without it; when it is back, it reads what happened, listens for what is under way, and the carriers
are asked what was missed.  *It was put back from a backup*: what it records before the gateway has told it so would be
refused.  So nothing is recorded before everything that waited was read, once in the life of a process; until then news
waits on the carriers' side, where it is durable.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, Protocol

from mailroom.carriers.base import OrderRequest
from mailroom.domain.cases import ENDED
from mailroom.domain.numbers import leg_name
from mailroom.domain.watch import Terms
from nodes.core import NodeCore
from nodes.journal.drafts import Actor
from nodes.journal.recorder import Build
from nodes.relay import observing
from nodes.relay.minding import Minder
from nodes.relay.news import Assigned, CancelFailed, Heard, News, OrderFailed, Trouble
from nodes.relay.orders import Listen, Wanted, ordered, phone_of, read_order, request_of, wanted
from nodes.relay.rounds import Rounds
from nodes.relay.settling import Ordered
from tongban.exchange.tasks import first_to_end
from tongban.storage.base import Transaction
from tongban.v1 import mailroom_pb2, parcel_pb2

logger = logging.getLogger(__name__)

AT_ONCE: Final = 12
"""So many observations of a leg at most make one group of events; each may bring an exception with it."""
UNDER_WAY: Final = 256
"""So much news at most is being recorded; what waits to be tried again does not count."""
FIRST_RETRY, LONGEST_RETRY, LONGEST_RESTART = 0.5, 120.0, 5.0


class Carriers(Protocol):
    """The carriers' side, as `nodes.relay.feeds` promises it."""

    async def watch(self, leg: str, carrier: str, waybill: str, phone: str, until: dt.datetime) -> bool:
        """Listen for a leg until then."""
        ...

    async def forget(self, leg: str) -> None:
        """Listen for it no longer."""
        ...

    async def order(self, leg: str, carrier: str, request: OrderRequest) -> None:
        """Get a waybill for a leg; what comes of it is news."""
        ...

    async def cancel(self, leg: str) -> None:
        """Cancel a leg's order; what comes of it is news."""
        ...

    async def settle(self, incarnation: int, ordered: Callable[[], Awaitable[Sequence[Ordered]]]) -> None:
        """Set the orders right by the journal, where one of both was put back or lost."""
        ...

    def news(self) -> AsyncIterator[News]:
        """Everything that is not done yet, the oldest first, and then what comes, without end."""
        ...

    async def done(self, news: News) -> None:
        """This was recorded and need not be told again."""
        ...


class Participant:
    """Runs until cancelled."""

    def __init__(self, core: NodeCore, feeds: Carriers, terms: Terms) -> None:
        self._core = core
        self._feeds = feeds
        self._minder = Minder(core, terms)
        self._key = observing.observation_key(core.keys)
        self.rounds = Rounds(core, self._look, self._settle)
        self._asked: dict[str, object] = {}
        """What was said of each leg last, so that it is said once a process and not at every look."""
        self._chains: dict[str, deque[News]] = {}
        self._room = asyncio.Semaphore(UNDER_WAY)

    async def run(self) -> None:
        """See to parcels, and record what is heard, for ever; a fault of one kind of work begins both anew."""
        while True:
            try:
                await first_to_end(self.rounds.run(), self._listen())
            except Exception:
                logger.exception("the relay's work stopped and begins anew")
            self._asked.clear()
            await asyncio.sleep(self._core.entropy.uniform(FIRST_RETRY, LONGEST_RESTART))

    @property
    def listening(self) -> int:
        """For how many legs somebody listens."""
        return sum(isinstance(asked, Listen) for asked in self._asked.values())

    async def _settle(self) -> None:
        await self._feeds.settle(self._core.position.incarnation, self._ordered)

    async def _ordered(self) -> list[Ordered]:
        found: list[Ordered] = []
        async for name in self.rounds.under_way():
            parcel = await self._core.state(name)
            if isinstance(parcel, parcel_pb2.Parcel):
                found += ordered(parcel, self._core.name)
        return found

    # What parcels ask

    async def _look(self, parcel: parcel_pb2.Parcel) -> dt.datetime | None:
        found = wanted(parcel, self._core.name)
        await self._tell(parcel, found)
        time = await self._minder.look(parcel)
        if time is None and parcel.state in ENDED:
            for leg in found.forget:
                self._asked.pop(leg, None)
        return time

    async def _tell(self, parcel: parcel_pb2.Parcel, found: Wanted) -> None:
        for name in found.cancel:
            if self._is_new(name, "cancel"):
                await self._feeds.cancel(name)
                self._asked[name] = "cancel"
        for name in found.forget:
            if name not in found.cancel and self._is_new(name, "forget"):
                await self._feeds.forget(name)
                self._asked[name] = "forget"
        for listen in found.listen:
            if self._is_new(listen.leg, listen):
                phone = phone_of(await self._order_of(parcel.name, observing.split_leg(listen.leg)[1]))
                await self._feeds.watch(listen.leg, listen.carrier, listen.waybill, phone, listen.until)
                self._asked[listen.leg] = listen
        for leg in found.order:
            await self._order(parcel, leg)

    def _is_new(self, leg: str, what: object) -> bool:
        return self._asked.get(leg) != what

    async def _order(self, parcel: parcel_pb2.Parcel, leg: parcel_pb2.Leg) -> None:
        name = leg_name(parcel.name, leg.number)
        if not self._is_new(name, "order"):
            return
        order = await self._order_of(parcel.name, leg.number)
        if order is None:
            zh = "代订运单的内容缺失或无法解开,请撤销这一段后重新交寄。"
            en = "What to order is missing or does not open here; cancel the leg and book it again."
            await self._record(observing.order_failed(name, zh, en))
            return
        await self._feeds.order(name, leg.carrier, request_of(name, order))
        self._asked[name] = "order"

    async def _order_of(self, parcel: str, leg: int) -> mailroom_pb2.CarrierOrder | None:
        def work(tx: Transaction) -> mailroom_pb2.CarrierOrder | None:
            return read_order(self._core.sealer, tx, parcel, leg)

        return await self._core.database.run(work, read_only=True)

    # What is heard

    async def _listen(self) -> None:
        """Record news, a parcel's in its order, many parcels' at once."""
        self._chains.clear()
        self._room = asyncio.Semaphore(UNDER_WAY)
        await self.rounds.caught_up.wait()
        async with asyncio.TaskGroup() as group:
            async for news in self._feeds.news():
                await self._room.acquire()
                parcel = news.leg.partition("/legs/")[0]
                chain = self._chains.setdefault(parcel, deque())
                chain.append(news)
                if len(chain) == 1:
                    group.create_task(self._in_order(parcel, chain))

    async def _in_order(self, parcel: str, chain: deque[News]) -> None:
        while chain:
            await self._until_recorded(chain[0])
            chain.popleft()
        del self._chains[parcel]

    async def _until_recorded(self, news: News) -> None:
        """Record a piece of news, however often that takes; what fails gives up its place in the crowd first."""
        failures = 0
        try:
            while True:
                try:
                    await self._take(news)
                    return
                except Exception:
                    failures += 1
                    if failures == 1:
                        self._room.release()
                    # Its type and leg: what it says may name people.
                    logger.warning(
                        "%s of %s cannot be recorded (%d)", type(news).__name__, news.leg, failures, exc_info=True
                    )
                limit = min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(failures - 1, 16))
                await asyncio.sleep(self._core.entropy.uniform(FIRST_RETRY / 2, limit))
        finally:
            if not failures:
                self._room.release()

    async def _take(self, news: News) -> None:
        for build in self._builds(news):
            await self._record(build)
        if isinstance(news, OrderFailed) and self._asked.get(news.leg) == "order":
            # Once somebody has said how it was mended, it is ordered anew.
            del self._asked[news.leg]
        await self._feeds.done(news)

    def _builds(self, news: News) -> Sequence[Build]:
        match news:
            case Heard(observations=seen):
                parts = [seen[i : i + AT_ONCE] for i in range(0, len(seen), AT_ONCE)]
                return [observing.heard(self._key, news, part) for part in parts]
            case Assigned():
                return [observing.assigned(news)]
            case OrderFailed() | CancelFailed():
                return [observing.failed(news)]
            case Trouble():
                # By its code: a carrier's own words may name people.
                logger.warning("carrier %s: %s%s", news.feed, news.error.reason(), " (over)" if news.over else "")
                return []
            case _:
                return []

    async def _record(self, build: Build) -> None:
        await self._core.record(Actor(), build)
