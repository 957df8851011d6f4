"""Open cases beside the journal: each parcel's are written anew in the transaction in which its state is.

They are those of the predicted state, so what this node has said itself is listed at once and what it said in vain is
taken off again.  Nothing else writes them.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping
from typing import Any, Final

from mailroom.domain.cases import Case, open_cases
from nodes.store import CASES, QUERIES
from tongban.storage.base import Database, Row, Transaction
from tongban.v1 import parcel_pb2

UNFILLED: Final = "cases_unfilled"
"""The setting that a migration leaves where parcels were recorded before cases were."""


def keep(tx: Transaction, parcels: Mapping[str, Any]) -> None:
    """Write what is open of these parcels now; None for one of which nothing stands any more."""
    if not parcels:
        return
    tx.execute_many(CASES.drop_cases, [{"parcel": name} for name in sorted(parcels)])
    rows = [
        row for _, parcel in sorted(parcels.items()) if isinstance(parcel, parcel_pb2.Parcel) for row in rows_of(parcel)
    ]
    if rows:
        tx.execute_many(CASES.put_case, rows)


def rows_of(parcel: parcel_pb2.Parcel) -> list[dict[str, object]]:
    """The rows that a parcel has to have."""
    return [_row(case) for case in open_cases(parcel)]


async def fill(database: Database) -> None:
    """List what was open before this table was; done once, after the migration that made it."""
    unfilled = await database.run(
        lambda tx: any(row["key"] == UNFILLED for row in tx.fetch_all(QUERIES.list_settings)), read_only=True
    )
    after = "parcels/"
    while unfilled and after:
        after = await database.run(functools.partial(_fill_some, after=after))
    if unfilled:
        await database.run(lambda tx: tx.execute(QUERIES.drop_setting, {"key": UNFILLED}))


def _fill_some(tx: Transaction, after: str) -> str:
    rows = tx.fetch_all(CASES.list_parcels_after, {"after": after})
    keep(tx, {row["name"]: parcel_pb2.Parcel.FromString(row["predicted"]) for row in rows})
    return str(rows[-1]["name"]) if rows else ""


def case_of(row: Row) -> Case:
    """A case as it was written."""
    return Case(
        parcel=row["parcel"],
        code=row["code"],
        subject=row["subject"],
        owner=row["owner"],
        open_time=_time(row["open_time"]),
        deadline=_time(row["deadline"]),
        escalation=tuple(filter(None, row["escalation"].split(","))),
    )


def _row(case: Case) -> dict[str, object]:
    return {
        "parcel": case.parcel,
        "code": case.code,
        "subject": case.subject,
        "owner": case.owner,
        "escalation": f",{','.join(case.escalation)},",
        "open_time": micros(case.open_time),
        "deadline": micros(case.deadline),
    }


def micros(moment: dt.datetime) -> int:
    """As times are stored."""
    return round(moment.timestamp() * 1_000_000)


def _time(micros: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(micros / 1_000_000, dt.UTC)
