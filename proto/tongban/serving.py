"""Running a server process: one at a time in its directory, until it is told to stop.

A home directory belongs to one process at a time; a lock file says so, and the system gives it up when the process
dies, however it dies.  The process stops in good order on SIGTERM and SIGINT, and, where it was started by a program
that asked for it, when that program's end of its standard input closes: so nothing is left running when a starter is
killed.  Where it listens is written to `addresses.json` beside its keys, because ports may be chosen by the system.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import gc
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from tongban import errors

ADDRESSES = "addresses.json"


@contextlib.contextmanager
def only_process(home: Path) -> Iterator[None]:
    """Hold a home directory; AlreadyExists when another process has it."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        handle = os.open(home / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise unusable_home(home, error) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            running = errors.AlreadyExists.quoted(
                errors.AlreadyExists.reason(),
                f"{home} 已有进程在运行。请先停止它,或换一个目录。",
                f"A process runs in {home} already. Stop it first, or choose another directory.",
                field="home",
            )
            running.mender = errors.Mender.OPERATOR
            raise running from error
        yield
    finally:
        os.close(handle)


def unusable_home(home: Path, error: OSError) -> errors.ConfigurationInvalid:
    """A directory that cannot be made or written."""
    return errors.ConfigurationInvalid(
        field="home", problem=f"{home} 不能使用({error.strerror}) / {home} cannot be used: {error.strerror}"
    )


def write_addresses(home: Path, **addresses: str) -> None:
    """Say where this process listens, in one step, so that no reader sees half of it."""
    partial = home / f".{ADDRESSES}.partial"
    partial.write_text(json.dumps(addresses, indent=2) + "\n", "utf-8")
    partial.replace(home / ADDRESSES)


def read_addresses(home: Path) -> dict[str, str]:
    """Where the process of a home directory listens, or listened last."""
    try:
        found: dict[str, str] = json.loads((home / ADDRESSES).read_text("utf-8"))
    except OSError as error:
        problem, problem_en = f"{home} 还没有启动过,请先运行 serve", f"{home} was never started: run serve first"
        raise errors.FieldInvalid(field="home", problem=problem, problem_en=problem_en) from error
    except ValueError as error:
        problem, problem_en = (
            f"{home / ADDRESSES} 已损坏,请重新启动一次",
            f"{home / ADDRESSES} is damaged: start it again",
        )
        raise errors.ConfigurationInvalid(field="home", problem=problem, problem_en=problem_en) from error
    return found


def _keep_what_is_here() -> None:
    """Take what start-up made out of every later garbage collection.

    Eighty thousand objects of modules and descriptors never die; looking through them all would stop the process for
    20 to 50 ms each time, which is what the slowest one in a hundred answers would then take.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def stop_requests(*, with_stdin: bool) -> asyncio.Event:
    """Set once the process is told to stop, from this moment on.

    A server asks for it before anybody can know that it is there: whoever stops it the moment it says so must not
    find the system's own answer to the signal, which ends a process in the middle of a sentence.
    """
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    if with_stdin:
        reader = sys.stdin.fileno()

        def drained() -> None:
            if not os.read(reader, 4096):
                loop.remove_reader(reader)
                stopped.set()

        loop.add_reader(reader, drained)
    return stopped


async def until_stopped(stopped: asyncio.Event | None = None, *, with_stdin: bool = False) -> None:
    """Until the process is told to stop."""
    _keep_what_is_here()
    await (stopped or stop_requests(with_stdin=with_stdin)).wait()
