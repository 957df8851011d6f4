"""kill -9 in the middle of a batch: what was confirmed is there, what was not is whole or absent."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys

import pytest

from tests.tongban.storage.kit import prepare, versions
from tongban.storage import open_database

BATCH = 16
CONFIRMED_BEFORE_KILL = 20

WRITER = """
import asyncio, sys
from tests.tongban.storage.kit import QUERIES, note
from tongban.storage import open_database

async def main(url, batch):
    database = await open_database(url)
    first = 1
    while True:
        def work(tx):
            for version in range(first, first + batch):
                tx.execute(QUERIES["insert_note"], note(version))
                if version == first + batch // 2:
                    print("half", first, flush=True)
        await database.run(work)
        print("confirmed", first, flush=True)
        first += batch

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


@pytest.mark.parametrize("moment", ["half", "confirmed"])
async def test_kill_minus_nine(database_url: str, moment: str) -> None:
    database = await open_database(database_url)
    await prepare(database)
    await database.close()
    confirmed = await asyncio.to_thread(_write_until_killed, database_url, moment)
    database = await open_database(database_url)
    found = await versions(database)
    await database.close()
    assert found == list(range(1, len(found) + 1)), "a unit is torn"
    assert len(found) % BATCH == 0, "a unit is torn"
    assert len(found) >= confirmed, "a confirmed unit is lost"
    if moment == "half":
        # At most the unit that was under way, had it gone on after its half, can be there beyond the confirmed.
        assert len(found) <= confirmed + BATCH


def _write_until_killed(url: str, moment: str) -> int:
    """How many rows the writer had confirmed when it was killed."""
    confirmed = 0
    with subprocess.Popen([sys.executable, "-c", WRITER, url, str(BATCH)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            word, first = line.split()
            if word == "confirmed":
                confirmed = int(first) + BATCH - 1
            if confirmed >= CONFIRMED_BEFORE_KILL * BATCH and word == moment:
                writer.send_signal(signal.SIGKILL)
                break
        for line in writer.stdout:
            if line.startswith("confirmed") and line.endswith("\n"):
                confirmed = int(line.split()[1]) + BATCH - 1
        assert writer.wait(30) == -signal.SIGKILL
    return confirmed
