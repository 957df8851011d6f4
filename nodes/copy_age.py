"""How old this node's copy of what everyone shares is: directory, item lists, agreements.

    welcome (heads of the feeds) ──► the feeds are read up to there ──► current ──► the line ends ──► ageing

**What is promised.**  While a session lasts the copy is current: whatever is admitted comes at once.  Nothing of this
node's own is forwarded before the feeds are read up to where they stood at the welcome, so a node that was away learns
of a suspension before its first step goes out.  When the line is down the copy ages from the moment it was last known
to be current; a clause says how old it may be for filing under it.

**What can go wrong.**  The age is by this machine's clock; one that is set back makes the copy younger than it is, and
admission judges the filing all the same.  A first session that ends before the feeds are read leaves a copy that may
hold an agreement and not its suspension; nothing is filed under it until one was read to its end.  The moment is
written down at the start of a session and every `KEEP` while it lasts, so a machine that dies loses at most that much.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from typing import Final, Protocol

from agreements.domain.terms import ClauseTerms
from tongban import errors
from tongban.clock import Clock

KEEP: Final = 600.0
"""Seconds between two notes of the moment while a session lasts."""

FEEDS: Final = ("feeds/nodes", "feeds/items", "feeds/agreements")
SETTING: Final = "copy_time"


class Journal(Protocol):
    """What is asked of the node's core."""

    clock: Clock
    cursors: dict[str, int]

    async def set(self, **settings: str) -> None:
        """Write settings down."""
        ...


class CopyAge:
    """Knows how old the copy is."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._heads: Mapping[str, int] = {}
        self._known: dt.datetime | None = None
        self.current = asyncio.Event()
        """Set while a session lasts that has read the feeds up to where they stood when it began."""

    def load(self, settings: Mapping[str, str]) -> None:
        """The moment as it was written down last."""
        text = settings.get(SETTING, "")
        self._known = dt.datetime.fromisoformat(text) if text else None

    def opened(self, heads: Mapping[str, int]) -> None:
        """A session began; the feeds stood there."""
        self.current.clear()
        self._heads = {channel: heads.get(channel, 0) for channel in FEEDS}
        self.look()

    def look(self) -> None:
        """See whether the feeds are read up to there by now."""
        if not self.current.is_set() and self._heads:
            cursors = self._journal.cursors
            if all(cursors.get(channel, 0) >= head for channel, head in self._heads.items()):
                self._known = self._journal.clock.now()
                self.current.set()

    def closed(self) -> None:
        """The session ended."""
        if self.current.is_set():
            self._known = self._journal.clock.now()
        self.current.clear()
        self._heads = {}

    async def keep(self) -> None:
        """Write the moment down, at once when the copy is current and then every so often; until cancelled."""
        await self.current.wait()
        while True:
            await self._journal.set(**{SETTING: self._journal.clock.now().isoformat()})
            await asyncio.sleep(KEEP)

    def age(self) -> dt.timedelta | None:
        """How old the copy is; nothing while it is current, None where what lies here was never read to its end."""
        if self.current.is_set():
            return dt.timedelta()
        if self._known is None:
            begun = any(self._journal.cursors.get(channel, 0) for channel in FEEDS)
            return None if begun else dt.timedelta()
        return max(dt.timedelta(), self._journal.clock.now() - self._known)

    def check(self, clause: ClauseTerms | None) -> None:
        """DirectoryTooOld where the clause does not let a copy of this age be used; an own item rests on no copy."""
        if clause is None:
            return
        age, limit = self.age(), dt.timedelta(hours=clause.offline_hours)
        if age is None or age > limit:
            raise errors.DirectoryTooOld(
                field="agreement",
                age=_words(age) if age is not None else "不明时长",
                age_en=_words_en(age) if age is not None else "an unknown time",
                limit=_words(limit),
                limit_en=_words_en(limit),
                agreement=clause.accord.name,
                clause=clause.id,
            )


def _words(span: dt.timedelta) -> str:
    hours = int(span.total_seconds() // 3600)
    days, rest = divmod(hours, 24)
    return " ".join(part for part in (f"{days} 天" if days else "", f"{rest} 小时" if rest or not days else "") if part)


def _words_en(span: dt.timedelta) -> str:
    hours = int(span.total_seconds() // 3600)
    days, rest = divmod(hours, 24)
    return " ".join(part for part in (f"{days} d" if days else "", f"{rest} h" if rest or not days else "") if part)
