"""From an address to a database: `sqlite:///relative/path`, `sqlite:////absolute/path`, `postgresql://…`."""

from __future__ import annotations

from urllib.parse import unquote

from tongban.errors import ConfigurationInvalid
from tongban.storage.base import Database
from tongban.storage.sqlite import SqliteDatabase


def check_url(url: str) -> None:
    """Refuse an address that names no database of a kind known here, before anything is made for it."""
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        if not rest.startswith("/") or not rest.removeprefix("/"):
            raise ConfigurationInvalid(
                field="database",
                problem="应为 sqlite:///相对路径 或 sqlite:////绝对路径",
                problem_en="write sqlite:///path, or sqlite:////absolute/path",
            )
    elif scheme not in ("postgresql", "postgres"):
        # The address may hold a password, so only its scheme is repeated.
        raise ConfigurationInvalid(
            field="database",
            problem=f"没有“{scheme[:20]}”这种数据库,请用 sqlite 或 postgresql",
            problem_en=f"no database of kind {scheme[:20]!r}; use sqlite or postgresql",
        )


async def open_database(url: str, *, readers: int = 2, writers: int = 1, require_fsync: bool = True) -> Database:
    """Open what `url` names.

    `readers` is how many connections serve units that only read, `writers` how many threads of PostgreSQL
    write (SQLite has one writer, always), and `require_fsync` refuses a PostgreSQL server that does not
    fsync.
    """
    check_url(url)
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        return await SqliteDatabase.open(unquote(rest.removeprefix("/")), readers=readers)
    # Imported here because a node on SQLite, which most are, should not carry the other driver in memory.
    from tongban.storage.postgres import PostgresDatabase

    return await PostgresDatabase.open(url, writers=writers, readers=readers, require_fsync=require_fsync)
