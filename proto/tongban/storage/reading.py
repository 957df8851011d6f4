"""A database opened to be read only, beside the process that writes it: one snapshot, no migration, no new file.

SQLite shows a reader the last commit before it began, whatever is written meanwhile; the write-ahead log cannot be
folded in beyond that point until the reader ends, so it grows for that long.  PostgreSQL does the same from its row
versions.  Sorting that does not fit in memory goes to temporary files.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import quote, unquote

from tongban.errors import ConfigurationInvalid
from tongban.storage.base import Transaction
from tongban.storage.open import check_url
from tongban.storage.sqlite import LOCK_WAIT_SECONDS, run_unit, translated

T = TypeVar("T")

_SETTINGS: Final = (
    "PRAGMA query_only=ON",
    "PRAGMA temp_store=FILE",
    "PRAGMA cache_size=-32768",
    "PRAGMA trusted_schema=OFF",
)


async def read_only(url: str, work: Callable[[Transaction], T]) -> T:
    """Run `work` over one snapshot of the database that `url` names; it MUST NOT be created by this."""
    check_url(url)
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        return _read_sqlite(Path(unquote(rest.removeprefix("/"))), work)
    from tongban.storage.postgres import PostgresDatabase

    database = await PostgresDatabase.open(url, readers=1, require_fsync=False)
    try:
        return await database.run(work, read_only=True)
    finally:
        await database.close()


def _read_sqlite(path: Path, work: Callable[[Transaction], T]) -> T:
    if not path.is_file():
        raise ConfigurationInvalid(
            field="database", problem=f"没有数据库文件 {path}", problem_en=f"there is no database file {path}"
        )
    with translated(), contextlib.closing(_connect(path)) as connection:
        return run_unit(connection, work, True)


def _connect(path: Path) -> sqlite3.Connection:
    address = f"file:{quote(str(path.resolve()))}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=LOCK_WAIT_SECONDS, isolation_level=None)
    connection.row_factory = sqlite3.Row
    for setting in _SETTINGS:
        connection.execute(setting)
    return connection
