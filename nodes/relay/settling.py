"""A feeds' database and a journal that are not of one moment: put back from a backup, or one of the two lost.

    backup: the feeds first, then the journal ─► what the feeds hold as told, that journal has
    start:  which incarnation of the journal do these feeds go with? ── another ─► rest, then settle

**Promised.**  The journal says what was promised and what came of it; the feeds are set right by it, in one unit,
before anything is ordered or recorded.  A leg whose order may have been sent since is looked for before it is sent
again, and where a carrier cannot be asked (EMS) a person is told: no leg gets a second waybill.  One that has its
waybill is never ordered, and can be cancelled.  Every number rests as if it had been asked just now, is subscribed to
anew, and everything that a carrier says of it is told again; what was recorded before is recorded once.

**How it is known.**  Each restore gives the journal its next incarnation, by the command or when the gateway finds it
out; the feeds note with which they go, in the unit that sets them right.  Feeds that are empty beside a journal that
had accounts before were lost, and are treated alike.

**What can go wrong.**  The process dies in between: the note is not written, and the next one does it again.  Calls of
the lost time are not counted in the day's allowance; a carrier that minds says so, and is left alone for a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from nodes.relay.booking_store import Booking, Stage, get_booking, put_booking
from nodes.relay.schedule import CLOCK_PAUSE
from nodes.relay.store import QUERIES
from tongban.storage.base import Transaction

_INCARNATION: Final = "incarnation"
_RESTED_FOR: Final = "rested_for"
_RESTED: Final = "rested_time"
_DOUBTFUL: Final = frozenset({Stage.ASKED, Stage.SENT, Stage.FAILED})


@dataclass(frozen=True, slots=True)
class Ordered:
    """A leg for which this relay was to get a waybill, as the journal has it."""

    leg: str
    carrier: str
    waybill: str = ""


def begin(tx: Transaction, incarnation: int, now: int, *, served: bool) -> int:
    """At start: rest where these feeds are not of this journal; the time of the last rest.

    `served`: whether the journal says that this relay had accounts before this process.
    """
    known = read_mark(tx, _INCARNATION)
    unmarked = not known and not read_mark(tx, _RESTED_FOR)
    if unmarked and (not served or tx.fetch_one(QUERIES.is_used) is not None):
        # New, or of a program that did not note it yet.
        _mark(tx, _INCARNATION, incarnation)
    elif known != incarnation:
        _rest(tx, incarnation, now)
    return read_mark(tx, _RESTED)


def is_settled(tx: Transaction, incarnation: int) -> bool:
    """Whether these feeds are known to go with this journal."""
    return read_mark(tx, _INCARNATION) == incarnation


def settle(tx: Transaction, incarnation: int, ordered: Sequence[tuple[str, Ordered]], now: int) -> int:
    """Set the orders right by the journal, each with its account; the time of the last rest."""
    if not is_settled(tx, incarnation):
        _rest(tx, incarnation, now)
        for feed, each in ordered:
            _set_right(tx, feed, each, now)
        _mark(tx, _INCARNATION, incarnation)
    return read_mark(tx, _RESTED)


def _set_right(tx: Transaction, feed: str, each: Ordered, now: int) -> None:
    found = get_booking(tx, each.leg)
    if found is None:
        stage = Stage.ASSIGNED if each.waybill else Stage.SENT
        put_booking(tx, Booking(each.leg, feed, each.carrier, stage, now, each.waybill), now)
    elif found.stage in _DOUBTFUL:
        sent = found.sent or now
        if each.waybill:
            put_booking(tx, replace(found, stage=Stage.ASSIGNED, sent=sent, waybill=each.waybill), now)
        else:
            stage = Stage.FAILED if found.stage is Stage.FAILED else Stage.SENT
            put_booking(tx, replace(found, stage=stage, sent=sent), now)


def _rest(tx: Transaction, incarnation: int, now: int) -> None:
    if read_mark(tx, _RESTED_FOR) == incarnation:
        return
    pause = round(CLOCK_PAUSE.total_seconds() * 1_000_000)
    tx.execute(QUERIES.rest_numbers, {"now": now, "next_time": now + pause})
    tx.execute(QUERIES.drop_every_seen)
    tx.execute(QUERIES.drop_every_push)
    _mark(tx, _RESTED, now)
    _mark(tx, _RESTED_FOR, incarnation)


def read_mark(tx: Transaction, name: str) -> int:
    """A note; 0 where there is none."""
    row = tx.fetch_one(QUERIES.get_mark, {"name": name})
    return int(row["value"]) if row is not None else 0


def _mark(tx: Transaction, name: str, value: int) -> None:
    tx.execute(QUERIES.put_mark, {"name": name, "value": value})
