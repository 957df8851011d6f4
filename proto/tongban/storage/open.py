"""From an address to a database: `sqlite:///relative/path`, `sqlite:////absolute/path`, `postgresql://…`."""

from __future__ import annotations

from urllib.parse import unquote

from tongban.errors import ConfigurationInvalid
from tongban.storage.base import Database
from tongban.storage.sqlite import SqliteDatabase


async def open_database(url: str, *, readers: int = 2, writers: int = 1, require_fsync: bool = True) -> Database:
    """Open what `url` names.

    `readers` is how many connections serve units that only read, `writers` how many threads of PostgreSQL
    write (SQLite has one writer, always), and `require_fsync` refuses a PostgreSQL server that does not
    fsync.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        path = unquote(rest.removeprefix("/"))
        if not rest.startswith("/") or not path:
            raise ConfigurationInvalid(field="database", problem="write sqlite:///path, or sqlite:////absolute/path")
        return await SqliteDatabase.open(path, readers=readers)
    if scheme in ("postgresql", "postgres"):
        # Imported here because a node on SQLite, which most are, should not carry the other driver in memory.
        from tongban.storage.postgres import PostgresDatabase

        return await PostgresDatabase.open(url, writers=writers, readers=readers, require_fsync=require_fsync)
    # The address may hold a password, so only its scheme is repeated.
    raise ConfigurationInvalid(field="database", problem=f"no database of kind {scheme!r}; use sqlite or postgresql")
