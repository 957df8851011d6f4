"""What the feeds remember: each method is one unit of work, durable when it returns.

The promises of `nodes.relay.feeds` rest on three habits here.  That a number is asked about is written down *before* it
is asked, so that no crash shortens a carrier's pause.  What is heard is marked as told in the same unit that makes it
news, so that a repetition is none.  News goes only when somebody says that it is recorded.
"""

from __future__ import annotations

import datetime as dt
import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from mailroom.carriers.base import Meaning, Observation, Tracked
from nodes.relay import settling
from nodes.relay.news import Heard
from nodes.relay.schedule import CLOCK_PAUSE, Allowance, Rhythm
from nodes.relay.settling import Ordered
from nodes.relay.store import MIGRATIONS, QUERIES
from nodes.relay.telling import Telling, micros
from tongban.clock import Entropy
from tongban.errors import TongbanError
from tongban.storage.base import Row, Transaction
from tongban.storage.migrations import migrate

HINTED_PULLS: Final = 3
"""So often a push that proves nothing is asked after, where no pull brings anything new."""
RIDE: Final = 0.25
"""A number is asked about this part of its usual pause too soon where that saves a question."""
KEPT: Final = dt.timedelta(days=2)
"""So long it is remembered when a number that nobody watches any more was asked about."""
REMEMBERED: Final = dt.timedelta(days=120)
"""So long a signed push is known again: twice as long as any carrier follows a number."""
_CHUNK: Final = 50
Soon = Callable[[dt.datetime | None], dt.datetime]
"""From when a number was asked about last to when it may be again."""
_ENDS: Final = frozenset({Meaning.DELIVERED, Meaning.RETURNED})


@dataclass(frozen=True, slots=True)
class Number:
    """A waybill number as an account is asked about it."""

    feed: str
    carrier: str
    waybill: str
    phone: str = field(default="", repr=False)
    asked: int = 0
    failures: int = 0
    hints: int = 0
    push_time: int = 0
    ended: bool = False

    @property
    def tracked(self) -> Tracked:
        """As a codec takes it."""
        return Tracked(self.carrier, self.waybill, self.phone)

    @property
    def key(self) -> dict[str, object]:
        """Its row."""
        return {"feed": self.feed, "carrier": self.carrier, "waybill": self.waybill}


@dataclass(frozen=True, slots=True)
class Batch:
    """What may be asked now; where it is nothing, how many seconds until something may."""

    numbers: tuple[Number, ...] = ()
    wait: float = 0.0


def says_end(observations: Iterable[Observation]) -> bool:
    """Whether the last word is among them."""
    return any(each.meaning in _ENDS for each in observations)


class FeedStore(Telling):
    """The feeds' own database."""

    _rested = 0
    """When it was last found that what was asked before is not known."""

    async def open(self, incarnation: int = 1, *, served: bool = False) -> None:
        """Bring the schema forward, and rest where this does not go with the journal (`nodes.relay.settling`)."""
        now = self.now()
        await migrate(self._database, MIGRATIONS, now_micros=now)
        self._rested = await self.write(lambda tx: settling.begin(tx, incarnation, now, served=served))

    async def is_settled(self, incarnation: int) -> bool:
        """Whether this goes with the journal."""
        return await self.write(lambda tx: settling.is_settled(tx, incarnation))

    async def settle(self, incarnation: int, ordered: Sequence[tuple[str, Ordered]]) -> None:
        """Set it right by the journal."""
        now = self.now()
        self._rested = await self.write(lambda tx: settling.settle(tx, incarnation, ordered, now))

    async def close(self) -> None:
        """Let the database go."""
        await self._database.close()

    async def watch(self, leg: str, number: Number, until: dt.datetime, soon: Soon, *, subscribe: bool) -> None:
        """Listen for a leg under this number; a leg that is new to it is told everything that a pull brings."""
        now = self.now()
        row = {**number.key, "until_time": micros(until)}

        def work(tx: Transaction) -> None:
            before = tx.fetch_one(QUERIES.get_watch, {"leg": leg})
            tx.execute(QUERIES.put_watch, {"leg": leg, **row})
            rested = self._rested if now - self._rested < CLOCK_PAUSE.total_seconds() * 1e6 else 0
            first = {"asked_time": rested, "next_time": micros(soon(_moment(rested))) if rested else now}
            begun = {**row, **first, "phone": number.phone, "subscribe_time": now if subscribe else 0}
            tx.execute(QUERIES.put_number, begun)
            if before is None or any(before[name] != value for name, value in number.key.items()):
                self.note_mended(tx, number.feed, leg)
                tx.execute(QUERIES.drop_leg_troubles, {"leg": leg})
                known = tx.fetch_one(QUERIES.get_number, number.key)
                asked = _moment(known["asked_time"]) if known else None
                tx.execute(QUERIES.hasten_number, {**number.key, "next_time": micros(soon(asked))})

        await self.write(work)

    async def forget(self, leg: str) -> None:
        """Listen for a leg no longer."""

        def work(tx: Transaction) -> None:
            for query in (QUERIES.drop_watch, QUERIES.drop_seen, QUERIES.drop_leg_troubles):
                tx.execute(query, {"leg": leg})

        await self.write(work)

    async def sweep(self) -> None:
        """Clear away what nobody needs any more."""
        now = self.now()
        await self.write(lambda tx: _sweep(tx, now))

    async def take(
        self, feed: str, size: int, allowances: Mapping[str, Allowance], rhythm: Rhythm, entropy: Entropy
    ) -> Batch:
        """The numbers to ask about now, marked as asked and paid for out of every allowance.

        With the one that is due go others of the same carrier and telephone that are due soon.  A number that failed
        goes alone, so that it does not spoil others.  Whatever becomes of the question, each is asked again no sooner
        than the rhythm allows.
        """
        now = self.now()

        def work(tx: Transaction) -> Batch:
            first = tx.fetch_one(QUERIES.first_due, {"feed": feed, "now": now})
            if first is None:
                due = tx.fetch_one(QUERIES.next_due, {"feed": feed, "now": now})
                return Batch(wait=max(0.0, (due["due"] - now) / 1e6) if due and due["due"] is not None else 3600.0)
            wait = self._pay(tx, feed, allowances, now)
            if wait > 0:
                return Batch(wait=wait)
            chosen = [_number(first), *self._riders(tx, _number(first), size - 1, rhythm, now)]
            for each in chosen:
                again = rhythm.again(self._clock.now(), 1, entropy)
                tx.execute(QUERIES.mark_asked, {**each.key, "asked_time": now, "next_time": micros(again)})
            return Batch(tuple(chosen))

        return await self.write(work)

    def _riders(self, tx: Transaction, first: Number, size: int, rhythm: Rhythm, now: int) -> list[Number]:
        if first.failures or size <= 0:
            return []
        params = {**first.key, "phone": first.phone, "now": now, "size": size}
        params["soon"] = now + round(rhythm.usual.total_seconds() * RIDE * 1e6)
        params["settled"] = now - round(rhythm.closest.total_seconds() * 1e6)
        return [_number(row) for row in tx.fetch_all(QUERIES.list_riders, params)]

    async def pay(self, feed: str, allowances: Mapping[str, Allowance]) -> float:
        """Pay for one call out of every allowance: 0, or nothing was paid and it may be made after so many seconds."""
        now = self.now()
        return await self.write(lambda tx: self._pay(tx, feed, allowances, now))

    def _pay(self, tx: Transaction, feed: str, allowances: Mapping[str, Allowance], now: int) -> float:
        used = {}
        for name in sorted(allowances):
            row = tx.fetch_one(QUERIES.get_allowance, {"feed": feed, "interface": name})
            used[name] = row["used_time"] / 1e6 if row else 0.0
        wait = max((allowances[name].free(used[name], now / 1e6) for name in used), default=0.0)
        if wait <= 0:
            for name, until in used.items():
                paid = round(allowances[name].use(until, now / 1e6) * 1e6)
                tx.execute(QUERIES.put_allowance, {"feed": feed, "interface": name, "used_time": paid})
        return wait

    async def answered(
        self,
        number: Number,
        observations: Sequence[Observation],
        usual: dt.datetime,
        hinted: dt.datetime,
    ) -> None:
        """A pull brought this: all of it counts.  It is asked again at `usual`, or `hinted` where a push waits."""
        ended = number.ended or says_end(observations)

        def work(tx: Transaction) -> None:
            fresh = self._hear(tx, number, observations)
            row = tx.fetch_one(QUERIES.get_number, number.key)
            hints = row["hints"] if row else 0
            if fresh:
                hints = 0 if hints <= number.hints else hints
            elif hints and hints == number.hints:
                hints -= 1
            after = hinted if hints else usual
            tx.execute(
                QUERIES.mark_answered,
                {**number.key, "next_time": micros(after), "hints": hints, "ended": int(ended)},
            )
            if number.failures:
                for leg in self._legs(tx, number):
                    self.note_mended(tx, number.feed, leg)

        await self.write(work)

    async def failed(self, number: Number, error: TongbanError | None, again: dt.datetime) -> None:
        """A pull failed, for this number's own sake where there is an error; it is asked alone from now on."""

        def work(tx: Transaction) -> None:
            tx.execute(QUERIES.mark_failed, {**number.key, "next_time": micros(again)})
            if error is not None:
                for leg in self._legs(tx, number):
                    self.note_trouble(tx, number.feed, leg, error)

        await self.write(work)

    async def pushed(
        self, feed: str, digest: bytes, observations: Sequence[Observation], resubscribe: Mapping[str, dt.datetime]
    ) -> None:
        """A push that its carrier signed: all of it counts, once.  `resubscribe`: when, by waybill."""
        now = self.now()

        def work(tx: Transaction) -> None:
            if not tx.execute(QUERIES.add_push, {"feed": feed, "digest": digest, "receive_time": now}):
                return
            for waybill in sorted({each.waybill for each in observations}):
                said = [each for each in observations if each.waybill == waybill]
                for number in self._numbers(tx, feed, waybill, now):
                    # One with nothing new in it is no proof that pushes come.
                    if self._hear(tx, number, said):
                        told = {**number.key, "push_time": now, "ended": int(says_end(said))}
                        tx.execute(QUERIES.mark_pushed, told)
            for waybill, when in sorted(resubscribe.items()):
                for number in self._numbers(tx, feed, waybill, now):
                    tx.execute(QUERIES.set_subscribing, {**number.key, "subscribe_time": micros(when)})

        await self.write(work)

    async def hinted(self, feed: str, waybills: Iterable[str], soon: Soon) -> None:
        """A push that proves nothing: these are asked about as soon as the carrier allows, and nothing else changes."""
        now = self.now()

        def work(tx: Transaction) -> None:
            for waybill in sorted(waybills):
                for number in self._numbers(tx, feed, waybill, now):
                    when = micros(soon(_moment(number.asked)))
                    hint = {**number.key, "hints": HINTED_PULLS, "next_time": when}
                    tx.execute(QUERIES.hint, hint)

        await self.write(work)

    async def subscribing(
        self, feed: str, allowances: Mapping[str, Allowance], again: dt.datetime
    ) -> tuple[Number | None, float]:
        """A number whose pushes are to be asked for now, paid for; or how long to wait with the one that is due.

        It is tried again at `again` unless `subscribed` says otherwise.
        """
        now = self.now()

        def work(tx: Transaction) -> tuple[Number | None, float]:
            row = tx.fetch_one(QUERIES.list_subscribing, {"feed": feed, "now": now, "size": 1})
            if row is None:
                return None, 0.0
            wait = self._pay(tx, feed, allowances, now)
            if wait > 0:
                return None, wait
            number = Number(row["feed"], row["carrier"], row["waybill"], row["phone"])
            tx.execute(QUERIES.set_subscribing, {**number.key, "subscribe_time": micros(again)})
            return number, 0.0

        return await self.write(work)

    async def subscribed(self, number: Number, again: dt.datetime) -> None:
        """The carrier said what it will do; it is asked again then."""
        row = {**number.key, "subscribe_time": micros(again)}
        await self.write(lambda tx: tx.execute(QUERIES.set_subscribing, row))

    def _hear(self, tx: Transaction, number: Number, observations: Sequence[Observation]) -> bool:
        ordered = sorted(observations, key=lambda each: each.observe_time)
        heard = False
        for leg in self._legs(tx, number):
            fresh = [
                each
                for each in ordered
                if tx.execute(QUERIES.add_seen, {"leg": leg, "observation": self._vault.mark(_identity(each))})
            ]
            for start in range(0, len(fresh), _CHUNK):
                self.tell(tx, Heard(0, leg, tuple(fresh[start : start + _CHUNK])))
            heard = heard or bool(fresh)
        return heard

    def _legs(self, tx: Transaction, number: Number) -> list[str]:
        return [row["leg"] for row in tx.fetch_all(QUERIES.list_legs, number.key)]

    def _numbers(self, tx: Transaction, feed: str, waybill: str, now: int) -> list[Number]:
        rows = tx.fetch_all(QUERIES.find_numbers, {"feed": feed, "waybill": waybill, "now": now})
        return [Number(feed, row["carrier"], row["waybill"], asked=row["asked_time"]) for row in rows]


def _number(row: Row) -> Number:
    return Number(
        row["feed"],
        row["carrier"],
        row["waybill"],
        row["phone"],
        asked=row["asked_time"],
        failures=row["failures"],
        hints=row["hints"],
        push_time=row["push_time"],
        ended=bool(row["ended"]),
    )


def _moment(stored: int) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(stored / 1e6, dt.UTC) if stored else None


def _identity(seen: Observation) -> str:
    """What makes an observation the same, pushed or pulled; a carrier's own number of it comes with pushes alone."""
    text = " ".join(unicodedata.normalize("NFKC", seen.text).split())
    return json.dumps([seen.waybill, seen.code, seen.local_time, text], ensure_ascii=False)


def _sweep(tx: Transaction, now: int) -> None:
    before = now - round(KEPT.total_seconds() * 1_000_000)
    settled = now + round(CLOCK_PAUSE.total_seconds() * 1_000_000)
    tx.execute(QUERIES.settle_clock, {"now": now, "next_time": settled})
    tx.execute(QUERIES.drop_old_watches, {"before": before})
    tx.execute(QUERIES.drop_old_seen)
    tx.execute(QUERIES.drop_old_numbers, {"before": before})
    tx.execute(QUERIES.drop_old_pushes, {"before": now - round(REMEMBERED.total_seconds() * 1_000_000)})
