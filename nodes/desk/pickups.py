"""Pickup codes: eight digits, shown once, kept as a salted digest, with an end; five guesses, then a pause.

The code is the applicant's alone: it is on the page that made it, in his hand, and nowhere else.  Five wrong guesses
lock it for fifteen minutes and tell a supervisor, because either somebody is guessing or an old person is at a loss,
and both want a human being.  A code that has ended, like one that was lost, is replaced at the window against the
identity document; how long the result itself is kept does not change by that.
"""

from __future__ import annotations

import datetime as dt
import hmac
from dataclasses import dataclass

from nodes.core import NodeCore
from nodes.desk.staff import SUPERVISOR
from nodes.store import QUERIES
from tongban import errors
from tongban.clock import Entropy
from tongban.ids import uuid7
from tongban.sealing import salted_digest
from tongban.storage.base import Row, Transaction

DIGITS = 8
TRIES = 5
LOCK = dt.timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a code is good for, and how long a result is kept before it goes back to the decider."""

    code: dt.timedelta = dt.timedelta(days=15)
    hold: dt.timedelta = dt.timedelta(days=60)


def new_code(application: str, entropy: Entropy, expires: dt.datetime) -> tuple[str, dict[str, object]]:
    """A fresh code and the row that remembers it."""
    # 2**64 is so much larger than 10**8 that the remainder favours no code by more than one in 10**11.
    code = f"{int.from_bytes(entropy.token(8), 'big') % 10**DIGITS:0{DIGITS}}"
    salt = entropy.token(16)
    digest = salted_digest(salt, code)
    return code, {"application": application, "salt": salt, "digest": digest, "expire_time": micros(expires)}


def link(application: str, code: str) -> str:
    """What the QR code holds."""
    return f"TBP1:{application.removeprefix('applications/')}:{code}"


async def check(core: NodeCore, application: str, code: str) -> dict[str, object]:
    """Check a guess and count it; the row to write when the result is handed out.

    What cannot be a code at all is no guess and costs the applicant none of the five.
    """
    if len(code) != DIGITS or not (code.isascii() and code.isdecimal()):
        raise errors.FieldInvalid(field="pickup_code", problem=f"须为 {DIGITS} 位数字 / must be {DIGITS} digits")
    now = core.clock.now()
    task_id = uuid7(now, core.entropy)

    def work(tx: Transaction) -> dict[str, object] | errors.TongbanError:
        row = tx.fetch_one(QUERIES.get_pickup, {"application": application})
        if row is None:
            return errors.PickupCodeWrong(field="pickup_code", left=0)
        if row["use_time"] is not None:
            return errors.PickupCodeUsed(field="pickup_code", used_time=text(row["use_time"]))
        if row["locked_until"] > micros(now):
            return errors.PickupLocked(field="pickup_code", until=text(row["locked_until"]))
        if hmac.compare_digest(salted_digest(row["salt"], code), row["digest"]):
            if has_ended(row, now):
                return errors.PickupCodeEnded(field="pickup_code", ended=text(row["expire_time"]))
            return {"application": application, "failures": 0, "locked_until": 0, "use_time": micros(now)}
        failures = row["failures"] + 1
        locked = micros(now + LOCK) if failures >= TRIES else 0
        tx.execute(
            QUERIES.note_pickup,
            {
                "application": application,
                "failures": 0 if locked else failures,
                "locked_until": locked,
                "use_time": None,
            },
        )
        if locked:
            tx.execute(QUERIES.insert_task, _alarm(application, task_id, now))
            return errors.PickupLocked(field="pickup_code", until=text(locked))
        return errors.PickupCodeWrong(field="pickup_code", left=TRIES - failures)

    answer = await core.database.run(work)
    if isinstance(answer, errors.TongbanError):
        raise answer
    return answer


async def is_locked(core: NodeCore, application: str) -> bool:
    """Whether guessing has locked an application's code."""

    def work(tx: Transaction) -> bool:
        row = tx.fetch_one(QUERIES.get_pickup, {"application": application})
        return row is not None and locks(row, core.clock.now())

    return await core.database.look_up(work)


def locks(row: Row, now: dt.datetime) -> bool:
    """Whether it is locked now."""
    return bool(row["locked_until"] > micros(now))


def has_ended(row: Row, now: dt.datetime) -> bool:
    """Whether the code is past its end; one without an end never is."""
    return bool(0 < row["expire_time"] <= micros(now))


def _alarm(application: str, task_id: str, now: dt.datetime) -> dict[str, object]:
    """What a supervisor has to see to: somebody guesses, or somebody is at a loss."""
    return {
        "task_id": task_id,
        "stream": application,
        "event_id": "",
        "reason": errors.PickupLocked.reason(),
        "message_zh": f"取件码连续输错 {TRIES} 次,已锁定。请核验来人身份;确是申请人的,换发新码并告知其原码已作废。",
        "message_en": f"The pickup code was mistyped {TRIES} times and is locked. Check who is there; if it is the "
        "applicant, give a new code and say that the old one is void.",
        "owner": SUPERVISOR,
        "create_time": micros(now),
    }


def micros(moment: dt.datetime) -> int:
    """As the tables have it."""
    return round(moment.timestamp() * 1_000_000)


def text(stored: int) -> str:
    """A stored time for a message."""
    return moment(stored).isoformat(timespec="seconds")


def moment(stored: int) -> dt.datetime:
    """A stored time."""
    return dt.datetime.fromtimestamp(stored / 1_000_000, dt.UTC)
