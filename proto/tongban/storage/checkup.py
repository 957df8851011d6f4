"""Whether a database can be written and read, found out from beside it and quickly: for `doctor` commands.

What is tried is what the owner does all day: take the write lock, add a few pages, commit to the disk.  Nothing of it
stays.  A file is also read through, as far as the time allows; a whole check is `fsck`'s.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

from tongban.errors import Damaged, TongbanError, Unavailable
from tongban.storage.open import check_url, open_database
from tongban.storage.sqlite import translated

_PAGES: Final = 32 << 10
_STEPS: Final = 2000
_LOOKS: Final = 500
"""Reading ends after a million of SQLite's steps, a fraction of a second from memory."""


async def checkup(url: str, seconds: float) -> TongbanError | None:
    """What writing to and reading from the database at `url` meets; None where all is well."""
    try:
        check_url(url)
        scheme, _, rest = url.partition("://")
        if scheme == "sqlite":
            path = unquote(rest.removeprefix("/"))
            # Another's lock is waited for half that long and then named; a disk that is only slow is no fault.
            for act in (_read, _write):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.to_thread(_try_file, path, seconds, act), seconds)
        else:
            await asyncio.wait_for(_try_server(url), seconds)
    except TongbanError as error:
        return error
    except TimeoutError:
        return Unavailable(what="database", cause="no answer")
    return None


def _try_file(path: str, seconds: float, act: Callable[[sqlite3.Connection], None]) -> None:
    with translated():
        place = f"file:{path.replace('?', '%3f').replace('#', '%23')}?mode=rw"
        connection = sqlite3.connect(place, uri=True, timeout=seconds / 2, isolation_level=None)
        try:
            act(connection)
        finally:
            connection.close()


def _write(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("INSERT INTO settings (key, value) VALUES ('checkup', ?)", ("x" * _PAGES,))
        connection.execute("DELETE FROM settings WHERE key = 'checkup'")
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if "no such table" in str(error):
            raise Damaged(what="database") from error
        raise


def _read(connection: sqlite3.Connection) -> None:
    left = iter(range(_LOOKS))
    # Ends the reading when its steps are used up; what was read until then was sound.
    connection.set_progress_handler(lambda: 0 if next(left, None) is not None else 1, _STEPS)
    try:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            return
        raise
    if found is not None and found[0] != "ok":
        raise Damaged(what="database")


async def _try_server(url: str) -> None:
    database = await open_database(url, readers=1)
    await database.close()
