"""An open database, with the tables of `kit`, on each of the engines."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.tongban.storage.kit import prepare
from tongban.storage import Database, open_database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await open_database(database_url)
    await prepare(opened)
    yield opened
    await opened.close()
