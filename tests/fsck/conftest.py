"""A federation that has lived, on both kinds of database; made once, copied for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.fsck.kit import Kept, copied, made_on_postgres, made_on_sqlite
from tests.postgres import PostgresServer

Copy = Callable[[str], AbstractContextManager[Kept]]


@pytest.fixture(scope="session")
def kept_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """In files."""
    return made_on_sqlite(tmp_path_factory.mktemp("lived"))


@pytest.fixture(scope="session")
def kept_on_postgres(postgres_server: PostgresServer) -> Iterator[Kept]:
    """On a server."""
    kept = made_on_postgres(postgres_server)
    yield kept
    for url in kept.urls.values():
        postgres_server.drop(url.rpartition("@/")[2].partition("?")[0])


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def copy(request: pytest.FixtureRequest, tmp_path: Path) -> Copy:
    """Gives the federation with one of its databases copied, to be spoiled."""
    if request.param == "sqlite":
        kept: Kept = request.getfixturevalue("kept_on_sqlite")
        return lambda name: copied(kept, name, tmp_path, None)
    on_server: Kept = request.getfixturevalue("kept_on_postgres")
    return partial(_copied_on, on_server, request.getfixturevalue("postgres_server"), tmp_path)


def _copied_on(kept: Kept, server: PostgresServer, folder: Path, name: str) -> AbstractContextManager[Kept]:
    return copied(kept, name, folder, server)
