"""Keeping an eye on the way to the gateway, so that a fault has its name before somebody asks.

    stream up ──► a small question over it ──► good
                          │ late
    stream down ──────────┴──► probe name, connect, secure ──► knock with our certificate ──► diagnosis

A welcome is looked at as soon as it comes: with it comes the gateway's time, and whoever's clock is wrong hears of it
before a step is recorded with it.  While somebody works at the console the node asks every `BUSY` seconds, while a page
is only open every `OPEN` seconds, and otherwise every `IDLE` seconds: nobody needs to be told faster than they look.
From a fault to its name it takes at most `BUSY` and the limits of the steps up to the one that fails; `WORST` is their
sum, under two seconds.

What is promised: looking changes nothing, neither here nor at the gateway, but one row that proves that this machine's
disk can be written, and that only when something failed to be.  A fault that is looked for and not found any more is
gone from the pages at once.

What can go wrong: a slow line (Milan, by satellite) answers later than the limits.  So a late answer alone is no fault:
the steps of the way are looked at, and only two late answers in a row with a good way mean that the gateway hangs.
A slow disk answers late too, and is not a full one, which answers at once: as long as the trial write is under way it
is called slow, no other trial is begun, and what it meets in the end counts.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from nodes.core import NodeCore
from nodes.domain import diagnosis
from nodes.domain.diagnosis import Dates, Link, Machine, Seen
from nodes.store import QUERIES
from tongban import errors
from tongban.faults import Finding
from tongban.rpc.probe import LIMITS, Probed
from tongban.storage.base import Transaction
from tongban.v1 import federation_pb2

logger = logging.getLogger(__name__)

LINE_FILE: Final = "line.json"

BUSY: Final = 0.3
OPEN: Final = 5.0
IDLE: Final = 30.0
ANSWER: Final = 0.4
"""How long the gateway may take for a small question."""
STORAGE: Final = 0.4
"""How long a small write to the own disk may take before the disk is called slow."""
_PAGES: Final = 32 << 10
WORKED_SECONDS: Final = 120.0
"""So long after somebody did something at the console they count as working there."""
LINKS_SECONDS: Final = 0.9
WORST: Final = BUSY + LIMITS.total + ANSWER
"""From a fault to its name, at most."""


class Sight(Protocol):
    """What can be seen of the way to the gateway."""

    async def alive(self, seconds: float) -> None:
        """Ask a small question over the stream's own connection; raises Unavailable when late."""
        ...

    async def links(self, seconds: float) -> federation_pb2.ListLinksResponse:
        """How the partners' links are, over the same connection."""
        ...

    async def probe(self) -> Probed:
        """Which step of the way fails."""
        ...

    async def knock(self, seconds: float) -> None:
        """Ask over a connection of its own, with the node's certificate; raises what the gateway says."""
        ...


class Lookout:
    """Looks, and keeps what it found in `core.line` for the pages."""

    def __init__(
        self,
        core: NodeCore,
        sight: Sight | None = None,
        *,
        certificate: Callable[[], Dates | None] = lambda: None,
        home: Path | None = None,
        answer: float = ANSWER,
        storage: float = STORAGE,
    ) -> None:
        self._core = core
        self._answer = answer
        self._patience = storage
        self._trial: asyncio.Task[None] | None = None
        self._sight = sight
        self._certificate = certificate
        self._home = home
        self._worked = self._opened = float("-inf")
        self._wake = core.line.news
        self._changed = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        self._late = 0
        self._asked = float("-inf")
        self._storage: errors.TongbanError | None = None
        self._draining = False
        self._said: object = None
        self.mark = 0
        """Rises whenever what was found is something else than before."""

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except Exception:
                # What keeps an eye on faults must not end by one.
                logger.exception("the lookout failed")
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._wake.wait()

    def _pause(self) -> float:
        now = self._core.clock.monotonic()
        if now - self._worked < WORKED_SECONDS:
            return BUSY
        return OPEN if now - self._opened < OPEN else IDLE

    def working(self) -> None:
        """Somebody does something at the console now."""
        now = self._core.clock.monotonic()
        if now - self._worked > BUSY:
            self._wake.set()
        self._worked = self._opened = now

    async def changed(self, mark: int, seconds: float) -> None:
        """Until something else than `mark` was found, or so long."""
        self._opened = self._core.clock.monotonic()
        if mark == self.mark:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._changed.wait()

    def note(self, error: errors.TongbanError) -> None:
        """A desk met this: where it is about storage, look at the storage now."""
        if isinstance(error, errors.StorageFull | errors.Damaged) or error.facts.get("what") == "database":
            self._storage = error
            self._wake.set()

    async def look(self) -> None:
        """Look once; whoever asks meanwhile waits for the same look."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        await asyncio.shield(self._looking)

    async def _look(self) -> None:
        core = self._core
        if self._storage is not None:
            self._storage = await self._tried(self._storage)
        seen = await self._see()
        now = core.clock.now()
        machine = Machine(self._storage, free_bytes(self._home))
        found = diagnosis.diagnose(machine, seen, now)
        found += diagnosis.standing(core.shared.directory, core.name, core.keys.signing_key_id, now)
        core.line.findings = found
        said = (
            core.line.connected,
            [(each.fault.code, dict(each.facts)) for each in found],
            [(link.node, link.connected, bool(link.unread)) for link in core.line.links.values()],
        )
        if said != self._said:
            self._said = said
            self._leave(found)
            self._tell()

    def _leave(self, found: Sequence[Finding]) -> None:
        """Write it down for `tongban node doctor`, which is another process."""
        if self._home is None:
            return
        plain = [as_plain(each) for each in found]
        # A disk that is full is what it may have to say; the pages say it all the same.
        with contextlib.suppress(OSError):
            partial = self._home / f".{LINE_FILE}.partial"
            partial.write_text(json.dumps({"findings": plain}, ensure_ascii=False), "utf-8")
            partial.replace(self._home / LINE_FILE)

    def _tell(self) -> None:
        self.mark += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def _tried(self, met: errors.TongbanError) -> errors.TongbanError | None:
        """What a trial write meets where a desk has `met` this; a trial that is still under way is waited for again."""
        if self._trial is None:
            self._trial = asyncio.create_task(self._write())
            self._trial.add_done_callback(lambda _: self._wake.set())
        done, _ = await asyncio.wait([self._trial], timeout=self._patience)
        if not done:
            # Not mended yet: what else was met may still be so, but a full disk would have said so.
            slow = errors.Unavailable(what="database", cause="slow")
            return slow if isinstance(met, errors.StorageFull) else met
        trial, self._trial = self._trial, None
        try:
            trial.result()
        except errors.TongbanError as error:
            return error
        return None

    async def _write(self) -> None:
        """A write of a few pages to the own database; nothing of it stays."""

        def work(tx: Transaction) -> None:
            tx.execute(QUERIES.put_setting, {"key": "checkup", "value": "x" * _PAGES})
            tx.execute(QUERIES.drop_setting, {"key": "checkup"})

        await self._core.database.run(work)

    async def _see(self) -> Seen:
        core, line = self._core, self._core.line
        sight = self._sight
        probed, late, refused = Probed(), False, False
        if sight is not None:
            late = line.connected and not await self._answers(sight)
            if late or not line.connected:
                probed, refused = await self._examine(sight)
            else:
                self._late = 0
                await self._ask(sight)
        count, oldest = await self._waiting()
        floor = core.position.seen.admit_time.ToDatetime(dt.UTC) if core.position.seen else None
        return Seen(
            connected=line.connected,
            late=late,
            since=self._since(),
            error=line.error,
            code=probed.code,
            facts=probed.facts,
            refused=refused,
            draining=line.draining or (self._draining and line.connected),
            recovering=core.recovering,
            skew=line.skew,
            floor=floor,
            certificate=self._certificate(),
            renewal=line.renewal,
            behind=sum(max(head - core.cursors.get(channel, 0), 0) for channel, head in line.heads.items()),
            unanswered=count,
            unanswered_since=oldest,
        )

    async def _answers(self, sight: Sight) -> bool:
        try:
            await sight.alive(self._answer)
        except errors.TongbanError:
            return False
        return True

    async def _examine(self, sight: Sight) -> tuple[Probed, bool]:
        """The step that fails, and whether the gateway hangs up on us where none does."""
        probed = await sight.probe()
        if probed.code:
            self._late = 0
            return probed, False
        try:
            await sight.knock(self._answer)
        except errors.Unavailable as error:
            if error.facts.get("code") == "UNAVAILABLE":
                return probed, not self._core.line.connected
            self._late += 1
            return (Probed("GATEWAY_HANGS", "answer") if self._late > 1 else probed), False
        except errors.TongbanError as error:
            self._core.line.error = error
        self._late = 0
        return probed, False

    async def _ask(self, sight: Sight) -> None:
        """How the partners are, not too often."""
        core = self._core
        if core.clock.monotonic() - self._asked < LINKS_SECONDS:
            return
        try:
            answer = await sight.links(self._answer * 5)
        except errors.TongbanError:
            return  # an older gateway does not say; the next look asks again
        self._asked = core.clock.monotonic()
        self._draining = answer.draining
        core.line.links = {link.node: link_of(link) for link in answer.links}
        core.line.skew = (core.clock.now() - answer.gateway_time.ToDatetime(dt.UTC)).total_seconds()

    async def _waiting(self) -> tuple[int, dt.datetime | None]:
        def work(tx: Transaction) -> tuple[int, int | None]:
            row = tx.fetch_one(QUERIES.oldest_waiting)
            return (row["events"], row["claim_time"]) if row else (0, None)

        try:
            count, oldest = await asyncio.wait_for(self._core.database.run(work, read_only=True), STORAGE)
        except TimeoutError:
            return 0, None
        except errors.TongbanError as error:
            self._storage = error
            return 0, None
        return count, dt.datetime.fromtimestamp(oldest / 1_000_000, dt.UTC) if oldest else None

    def _since(self) -> dt.datetime | None:
        line, clock = self._core.line, self._core.clock
        return clock.now() - dt.timedelta(seconds=clock.monotonic() - line.since) if line.since else None


def as_plain(found: Finding) -> dict[str, str]:
    """A finding as it is written down for another process; `nodes.doctor.read_finding` reads it."""
    return {
        "code": found.fault.code,
        "party": found.at_fault.value,
        "zh": found.what("zh"),
        "en": found.what("en"),
        "since": found.since.isoformat() if found.since else "",
        "about": found.about,
    }


def link_of(link: federation_pb2.NodeLink) -> Link:
    """A link as the gateway says it."""
    since = link.since_time.ToDatetime(dt.UTC) if link.HasField("since_time") else None
    return Link(link.node, link.connected, since, link.unread)


def free_bytes(home: Path | None) -> int | None:
    """How much of the disk under `home` is left for us; None where that cannot be told."""
    try:
        room = os.statvfs(home) if home is not None else None
    except OSError:
        return None
    return room.f_bavail * room.f_frsize if room is not None else None
