"""A server waits a while for its database when it starts, and for nothing else."""

from __future__ import annotations

import asyncio

import pytest

from tongban import serving
from tongban.errors import StorageFull, TongbanError, Unavailable
from tongban.serving import started


class Server:
    """Starts when its database has been away so often."""

    def __init__(self, away: int, error: TongbanError | None = None) -> None:
        self.away = away
        self.error = error or Unavailable(what="database", cause="the database system is starting up")

    async def start(self) -> None:
        """Start."""
        if self.away:
            self.away -= 1
            raise self.error


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "START_PAUSE", 0.01)


async def test_a_database_that_is_away_for_a_moment(caplog: pytest.LogCaptureFixture) -> None:
    server = Server(away=3)
    assert await started(server.start, asyncio.Event())
    assert server.away == 0
    assert "the database system is starting up" in caplog.text


async def test_a_database_that_does_not_come() -> None:
    with pytest.raises(Unavailable):
        await started(Server(away=1_000_000).start, asyncio.Event(), seconds=0.05)


@pytest.mark.parametrize("error", [Unavailable(what="gateway"), StorageFull(what="database")])
async def test_what_does_not_pass_by_itself_is_said_at_once(error: TongbanError) -> None:
    server = Server(away=2, error=error)
    with pytest.raises(type(error)):
        await started(server.start, asyncio.Event())
    assert server.away == 1


async def test_told_to_stop_meanwhile() -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().call_later(0.05, stopped.set)
    assert not await started(Server(away=1_000_000).start, stopped)
