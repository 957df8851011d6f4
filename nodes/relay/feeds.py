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

import datetime as dt
from collections.abc import AsyncIterator
from typing import Protocol

from mailroom.carriers.base import OrderRequest
from nodes.relay.news import News, Trouble


class Feeds(Protocol):
    """What the relay's participant sees of carriers."""

    async def start(self) -> None:
        """Begin to ask and to listen."""
        ...

    async def stop(self) -> None:
        """End what is under way; nothing that was durable is lost."""
        ...

    async def watch(self, leg: str, carrier: str, waybill: str, phone: str, until: dt.datetime) -> bool:
        """Listen for a leg until then; False where nobody can be asked (by hand, a bag, an unknown carrier).

        `phone` is one end's number or its last four digits, which some carriers ask for; only these are kept.  Said
        again with another waybill, it listens for that one instead.
        """
        ...

    async def forget(self, leg: str) -> None:
        """Listen for it no longer."""
        ...

    async def order(self, leg: str, carrier: str, request: OrderRequest) -> None:
        """Get a waybill for a leg; `Assigned` or `OrderFailed` comes as news, once, however often it is said.

        `request.key` is the leg.  The request names people, so it is not stored: what was not assigned before a
        restart has to be said again, and is then looked up at the carrier before anything is ordered.
        """
        ...

    async def cancel(self, leg: str) -> None:
        """Cancel a leg's order, also one whose outcome is not known yet; `OrderCancelled` or `OrderFailed` is the news."""
        ...

    def news(self) -> AsyncIterator[News]:
        """Everything that is not done yet, the oldest first, and then what comes, without end.  One reader at a time."""
        ...

    async def done(self, news: News) -> None:
        """This piece of news was recorded and need not be told again."""
        ...

    def troubles(self) -> list[Trouble]:
        """What is wrong with carriers at present, for pages."""
        ...
