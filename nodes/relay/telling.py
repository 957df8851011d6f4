"""What the feeds have yet to tell, and what is wrong at present: written in the unit that brings it about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeVar

from nodes.relay.news import News, Trouble
from nodes.relay.news_text import error_text, news_text, read_error, read_news
from nodes.relay.store import QUERIES
from nodes.relay.vault import Vault
from tongban.clock import Clock
from tongban.errors import TongbanError
from tongban.storage.base import Database, Transaction

T = TypeVar("T")


def micros(moment: dt.datetime) -> int:
    """A time as it is stored."""
    return round(moment.timestamp() * 1_000_000)


class Telling:
    """News and troubles in the feeds' database; all that writes there goes through `write`."""

    def __init__(self, database: Database, clock: Clock, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._last = 0
        self._wake: list[Callable[[], None]] = []

    def on_news(self, wake: Callable[[], None]) -> None:
        """Call this whenever there may be news."""
        self._wake.append(wake)

    def now(self) -> int:
        """The present, as it is stored."""
        return micros(self._clock.now())

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """One unit, durable when this returns; whoever waits for news is woken."""
        result = await self._database.run(work)
        for wake in self._wake:
            wake()
        return result

    async def troubled(self, feed: str, leg: str, error: TongbanError) -> None:
        """Something is wrong; news where it was not known."""
        await self.write(lambda tx: self.note_trouble(tx, feed, leg, error))

    async def mended(self, feed: str, leg: str = "") -> None:
        """It is over."""
        await self.write(lambda tx: self.note_mended(tx, feed, leg))

    async def troubles(self) -> list[Trouble]:
        """What is wrong at present."""
        rows = await self._database.run(lambda tx: tx.fetch_all(QUERIES.list_troubles), read_only=True)
        return [Trouble(0, row["feed"], row["leg"], self._error(row["content"], row["leg"])) for row in rows]

    def note_trouble(self, tx: Transaction, feed: str, leg: str, error: TongbanError) -> None:
        """The same, within a unit."""
        row = tx.fetch_one(QUERIES.get_trouble, {"feed": feed, "leg": leg})
        said = {"reason": error.reason(), "since_time": self.now(), "content": self._vault.seal(error_text(error), leg)}
        tx.execute(QUERIES.put_trouble, {"feed": feed, "leg": leg, **said})
        if row is None or row["reason"] != error.reason():
            self.tell(tx, Trouble(0, feed, leg, error))

    def note_mended(self, tx: Transaction, feed: str, leg: str) -> None:
        """The same, within a unit."""
        row = tx.fetch_one(QUERIES.get_trouble, {"feed": feed, "leg": leg})
        if row is not None:
            tx.execute(QUERIES.drop_trouble, {"feed": feed, "leg": leg})
            self.tell(tx, Trouble(0, feed, leg, self._error(row["content"], leg), over=True))

    def tell(self, tx: Transaction, news: News) -> None:
        """Add a piece of news; its id is given here."""
        row = tx.fetch_one(QUERIES.newest_news)
        newest = row["id"] if row and row["id"] is not None else 0
        # Of the clock, so that an id is not used again when all news before it is done.
        number = max(self.now(), newest + 1, self._last + 1)
        self._last = number
        tx.execute(
            QUERIES.add_news, {"id": number, "leg": news.leg, "content": self._vault.seal(news_text(news), news.leg)}
        )

    async def news(self, after: int, size: int = 100) -> list[News]:
        """What is not done yet, in order."""
        params = {"after": after, "size": size}
        rows = await self._database.run(lambda tx: tx.fetch_all(QUERIES.list_news, params), read_only=True)
        return [read_news(row["id"], row["leg"], self._vault.open(row["content"], row["leg"])) for row in rows]

    async def done(self, news: News) -> None:
        """It needs not be told again."""
        await self._database.run(lambda tx: tx.execute(QUERIES.drop_news, {"id": news.id}))

    def _error(self, content: str, leg: str) -> TongbanError:
        return read_error(self._vault.open(content, leg))
