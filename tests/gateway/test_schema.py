"""One schema for both databases, and it is what schema.sql states, for the gateway and for nodes."""

from __future__ import annotations

from importlib import resources

import pytest

from gateway.store import MIGRATIONS as GATEWAY
from nodes.store import MIGRATIONS as NODES
from tongban.storage.migrations import Migration, migrate, schema_drift
from tongban.storage.open import open_database


@pytest.mark.parametrize(("package", "migrations"), [("gateway.store", GATEWAY), ("nodes.store", NODES)])
async def test_the_schema_is_what_the_migrations_make(
    database_url: str, package: str, migrations: list[Migration]
) -> None:
    stated = resources.files(package).joinpath("schema.sql").read_text("utf-8")
    database = await open_database(database_url)
    try:
        assert await schema_drift(database, migrations, stated) == []
        assert await migrate(database, migrations, now_micros=1) == len(migrations)
        assert await migrate(database, migrations, now_micros=2) == 0
    finally:
        await database.close()
