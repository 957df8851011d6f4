"""Desks on both kinds of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.nodes.kit import Address, postgres_addresses, sqlite_addresses
from tests.postgres import PostgresServer


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Address]:
    """Where each node's database is; the test runs once on each kind."""
    if request.param == "sqlite":
        yield sqlite_addresses(tmp_path)
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    made: dict[str, str] = {}
    yield postgres_addresses(server, made)
    for name in made.values():
        server.drop(name)


@pytest.fixture
def sqlite(tmp_path: Path) -> Address:
    """Files, for what does not touch the differences between databases."""
    return sqlite_addresses(tmp_path)
