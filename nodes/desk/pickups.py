"""Pickup codes: eight digits, shown once, kept as a salted digest, five guesses, then a pause of fifteen minutes."""

from __future__ import annotations

import datetime as dt
import hmac

from nodes.core import NodeCore
from nodes.store import QUERIES
from tongban import errors
from tongban.clock import Entropy
from tongban.sealing import salted_digest
from tongban.storage.base import Transaction

DIGITS = 8
TRIES = 5
LOCK = dt.timedelta(minutes=15)


def new_code(application: str, entropy: Entropy) -> tuple[str, dict[str, object]]:
    """A fresh code and the row that remembers it."""
    # 2**64 is so much larger than 10**8 that the remainder favours no code by more than one in 10**11.
    code = f"{int.from_bytes(entropy.token(8), 'big') % 10**DIGITS:0{DIGITS}}"
    salt = entropy.token(16)
    return code, {"application": application, "salt": salt, "digest": salted_digest(salt, code)}


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

    def work(tx: Transaction) -> dict[str, object] | errors.TongbanError:
        row = tx.fetch_one(QUERIES.get_pickup, {"application": application})
        if row is None:
            return errors.PickupCodeWrong(field="pickup_code", left=0)
        if row["use_time"] is not None:
            return errors.PickupCodeUsed(field="pickup_code", used_time=_text(row["use_time"]))
        if row["locked_until"] > _micros(now):
            return errors.PickupLocked(field="pickup_code", until=_text(row["locked_until"]))
        if hmac.compare_digest(salted_digest(row["salt"], code), row["digest"]):
            return {"application": application, "failures": 0, "locked_until": 0, "use_time": _micros(now)}
        failures = row["failures"] + 1
        locked = _micros(now + LOCK) if failures >= TRIES else 0
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
            return errors.PickupLocked(field="pickup_code", until=_text(locked))
        return errors.PickupCodeWrong(field="pickup_code", left=TRIES - failures)

    answer = await core.database.run(work)
    if isinstance(answer, errors.TongbanError):
        raise answer
    return answer


async def is_locked(core: NodeCore, application: str) -> bool:
    """Whether guessing has locked an application's code."""

    def work(tx: Transaction) -> bool:
        row = tx.fetch_one(QUERIES.get_pickup, {"application": application})
        return row is not None and row["locked_until"] > _micros(core.clock.now())

    return await core.database.look_up(work)


def _micros(moment: dt.datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def _text(micros: int) -> str:
    return dt.datetime.fromtimestamp(micros / 1_000_000, dt.UTC).isoformat(timespec="seconds")
