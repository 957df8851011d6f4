"""A stop that hangs is given up: the process ends by itself, and says that it was not in good order."""

from __future__ import annotations

import subprocess
import sys
import time

SCRIPT = """
import asyncio, threading
from tongban.serving import stopped_in_time

async def hangs():
    # As a database does that no longer answers: a thread which nobody can cancel.
    await asyncio.to_thread(threading.Event().wait)

asyncio.run(stopped_in_time(hangs(), 0.5))
"""


def test_a_database_that_hangs_does_not_keep_the_process() -> None:
    begun = time.monotonic()
    ended = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "not stopped in good order" in ended.stderr.decode()
    assert time.monotonic() - begun < 20


def test_one_that_ends_in_time_ends_well() -> None:
    script = SCRIPT.replace("asyncio.to_thread(threading.Event().wait)", "asyncio.sleep(0.1)")
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr.decode()) == (0, "")
