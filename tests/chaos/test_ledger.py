"""The ledger's judgement, on databases written by hand: it must see what is missing, and what is too much."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.store import MIGRATIONS as GATEWAY
from nodes.store import MIGRATIONS as NODE
from tests.chaos.ledger import RECEIPTED, REFUSED, Account, Ledger, settle
from tongban.storage.base import Database
from tongban.storage.migrations import migrate
from tongban.storage.open import open_database
from tongban.storage.queries import Query
from tongban.v1 import application_pb2, envelope_pb2, event_pb2

WINDOW, NAME = "nodes/C1", "applications/one"
FILED = (NAME, "application_submitted")
_ADMIT = Query.of(
    "admit",
    "An event at the gateway.",
    "INSERT INTO events (stream, version, event_id, digest, author, envelope, batch_id, receipt) "
    "VALUES (:stream, :version, :event_id, :empty, :author, :envelope, '', :empty)",
)
_HOLD = Query.of(
    "hold",
    "An event at a node.",
    "INSERT INTO events (event_id, stream, version, author, digest, standing, claim_time, envelope) "
    "VALUES (:event_id, :stream, :version, :author, :empty, :standing, 0, :envelope)",
)


class Books:
    """A gateway's and a node's database."""

    def __init__(self, gateway: Database, node: Database) -> None:
        self.gateway = gateway
        self.node = node
        self.ledger = Ledger()
        self._made = 0

    async def write(self, *, admitted: bool = True, standing: int = RECEIPTED, stream: str = NAME) -> None:
        """The filing once more."""
        self._made += 1
        event = event_pb2.Event(stream=stream, application_submitted=application_pb2.ApplicationSubmitted())
        row = {
            "stream": stream,
            "version": self._made,
            "event_id": f"e{self._made}",
            "empty": b"",
            "author": WINDOW,
            "envelope": envelope_pb2.Envelope(payload=event.SerializeToString()).SerializeToString(),
            "standing": standing,
        }
        held = {**row, "version": row["version"] if standing == RECEIPTED else None}
        if admitted:
            del row["standing"]
            await self.gateway.run(lambda tx: tx.execute(_ADMIT, row))
        await self.node.run(lambda tx: tx.execute(_HOLD, held))

    async def settle(self) -> Account:
        """What the databases say."""
        return await settle(self.ledger, self.gateway, {WINDOW: self.node})

    def told(self) -> None:
        """A clerk was told that it is filed, and later that it is closed."""
        self.ledger.made("applications", NAME, "request-1")
        self.ledger.acknowledge(WINDOW, [FILED], 0.0)
        self.ledger.closed.add(NAME)


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[Books]:
    opened = [await open_database(f"sqlite:///{tmp_path / name}") for name in ("gateway.db", "node.db")]
    for database, migrations in zip(opened, (GATEWAY, NODE), strict=True):
        await migrate(database, migrations, now_micros=0)
    yield Books(*opened)
    for database in opened:
        await database.close()


async def test_all_is_there_once(books: Books) -> None:
    books.told()
    await books.write()
    assert await books.settle() == Account(events=1)


async def test_what_was_acknowledged_is_nowhere(books: Books) -> None:
    books.told()
    assert len((await books.settle()).lost) == 2


async def test_what_was_acknowledged_never_got_its_receipt(books: Books) -> None:
    books.told()
    await books.write(admitted=False, standing=0)
    assert len((await books.settle()).lost) == 2


async def test_what_was_acknowledged_was_refused(books: Books) -> None:
    books.told()
    await books.write(admitted=False, standing=REFUSED)
    account = await books.settle()
    assert account.lost
    assert account.stuck == [f"{WINDOW}: application_submitted on {NAME} was refused"]


async def test_a_step_that_is_there_twice(books: Books) -> None:
    books.told()
    await books.write()
    await books.write()
    assert len((await books.settle()).doubled) == 2


async def test_an_application_that_nobody_asked_for(books: Books) -> None:
    books.told()
    await books.write()
    await books.write(stream="applications/other")
    assert (await books.settle()).doubled == ["applications/other stands for no request"]


async def test_one_request_and_two_answers(books: Books) -> None:
    books.told()
    await books.write()
    books.ledger.made("applications", "applications/other", "request-1")
    assert len((await books.settle()).doubled) == 1


async def test_an_application_that_was_never_closed(books: Books) -> None:
    books.told()
    await books.write()
    books.ledger.closed.clear()
    assert (await books.settle()).stuck == [f"{NAME} is not closed"]


async def test_an_office_that_forgets(books: Books) -> None:
    books.told()
    await books.write()
    books.ledger.show(WINDOW, NAME, 5)
    books.ledger.show(WINDOW, NAME, 5)
    assert not (await books.settle()).lost
    books.ledger.show(WINDOW, NAME, 2)
    assert len((await books.settle()).lost) == 1
