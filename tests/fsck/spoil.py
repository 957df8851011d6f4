"""Spoiling one thing in a database, and what fsck must then name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tongban.storage.base import Row, Transaction
from tongban.storage.open import open_database
from tongban.storage.queries import Query

Change = Callable[[Any], object]
KEYS = {
    "settings": ("key",),
    "streams": ("name",),
    "events": ("stream", "version"),
    "sealed": ("event_id",),
    "admissions": ("batch_id",),
    "rejections": ("event_id",),
    "authors": ("author", "incarnation"),
    "channels": ("name",),
    "entries": ("channel", "position"),
    "cursors": ("channel",),
    "invitations": ("secret_digest",),
    "custody": ("original", "place"),
    "stays": ("original", "place"),
    "cases": ("parcel", "code", "subject"),
    "roles": ("stream", "role", "node"),
    "grants": ("stream", "audience"),
    "tasks": ("task_id",),
    "counters": ("name",),
    "requests": ("request_id",),
    "pickups": ("application",),
    "log_nodes": ("level", "place"),
    "log_checkpoints": ("epoch", "size"),
}


@dataclass(frozen=True, slots=True)
class Spoiled:
    """One row changed or deleted.  `pick` chooses it, the first in the order of its key."""

    title: str
    table: str
    pick: str = "1 = 1"
    change: Mapping[str, Change] = field(default_factory=dict)
    """What becomes of each column; nothing: the row is deleted."""
    names: str = ""
    """The table that is named, if it is another one."""
    by: Callable[[Row], Mapping[str, object]] | None = None
    """The key that is named, if it is not the row's own."""
    kind: str = ""
    key: Sequence[str] = ()

    async def spoil(self, url: str) -> tuple[str, dict[str, object]]:
        """Do it; the table and key that must be named."""
        database = await open_database(url, require_fsync=False)
        try:
            row = await database.run(self._work)
        finally:
            await database.close()
        key = self.by(row) if self.by else {column: _shown(row[column]) for column in self._key()}
        return self.names or self.table, dict(key)

    def _key(self) -> Sequence[str]:
        return self.key or KEYS[self.table]

    def _work(self, tx: Transaction) -> Row:
        key = self._key()
        if self.table == "events":
            key = ("event_id",)
        row = tx.fetch_one(_query(f"SELECT * FROM {self.table} WHERE {self.pick} ORDER BY {', '.join(key)} LIMIT 1"))
        assert row is not None, f"{self.title}: no row of {self.table} where {self.pick}"
        where = " AND ".join(f"{column} = :key_{column}" for column in key)
        params: dict[str, object] = {f"key_{column}": row[column] for column in key}
        if self.change:
            params |= {column: change(row[column]) for column, change in self.change.items()}
            assignments = ", ".join(f"{column} = :{column}" for column in self.change)
            changed = tx.execute(_query(f"UPDATE {self.table} SET {assignments} WHERE {where}"), params)
        else:
            changed = tx.execute(_query(f"DELETE FROM {self.table} WHERE {where}"), params)
        assert changed == 1
        return row


@dataclass(frozen=True, slots=True)
class Swapped:
    """Two rows of a table change places: the values of `columns` of the two that `picks` choose."""

    title: str
    table: str
    picks: tuple[str, str]
    columns: Sequence[str]
    kind: str = ""
    identity: Sequence[str] = ()
    """What tells the rows apart while they change, if it is not their key."""

    async def spoil(self, url: str) -> tuple[str, dict[str, object]]:
        """Do it; the table and key that must be named: the first of the two."""
        database = await open_database(url, require_fsync=False)
        try:
            first = await database.run(self._work)
        finally:
            await database.close()
        return self.table, {column: _shown(first[column]) for column in KEYS[self.table]}

    def _work(self, tx: Transaction) -> Row:
        key = KEYS[self.table]
        rows = [
            tx.fetch_one(_query(f"SELECT * FROM {self.table} WHERE {pick} ORDER BY {', '.join(key)} LIMIT 1"))
            for pick in self.picks
        ]
        first, second = rows
        assert first is not None
        assert second is not None
        identity = self.identity or key
        where = " AND ".join(f"{column} = :key_{column}" for column in identity)
        assignments = ", ".join(f"{column} = :{column}" for column in self.columns)
        update = _query(f"UPDATE {self.table} SET {assignments} WHERE {where}")

        def put(row: Row, values: Mapping[str, object]) -> None:
            tx.execute(update, {f"key_{column}": row[column] for column in identity} | dict(values))

        if self.identity:
            put(first, dict.fromkeys(self.columns, -1))
        put(second, {column: first[column] for column in self.columns})
        put(first, {column: second[column] for column in self.columns})
        return first


def flip(blob: bytes) -> bytes:
    """One bit in the middle."""
    place = len(blob) // 2
    return blob[:place] + bytes([blob[place] ^ 1]) + blob[place + 1 :]


def flip_last(blob: bytes) -> bytes:
    """One bit of the last byte."""
    return blob[:-1] + bytes([blob[-1] ^ 1])


def plus(number: int) -> Change:
    """So much more."""
    return lambda value: value + number


def to(value: object) -> Change:
    """This instead."""
    return lambda _: value


def _query(text: str) -> Query:
    return Query.of("spoil", "Spoils a database for a test.", text)


def _shown(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value
