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
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from pathlib import Path

from tongban import errors

logger = logging.getLogger(__name__)

ADDRESSES = "addresses.json"
STOP_SECONDS = 9.0
"""How long a process that was told to stop may take over it; whoever supervises it is promised ten seconds."""
START_SECONDS, START_PAUSE = 30.0, 0.5
"""How long a server that starts waits for a database that is away, and how often it tries."""
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


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


def is_held(home: Path) -> bool:
    """Whether a process holds this home directory now."""
    try:
        handle = os.open(home / "lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


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
    find the system's own answer to the signal, which ends a process in the middle of a sentence.  Told a second time,
    it gets just that answer, at once: whoever says it twice does not want to wait.
    """
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()

    def told() -> None:
        stopped.set()
        for number in _STOP_SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, told)
    if with_stdin:
        reader = sys.stdin.fileno()

        def drained() -> None:
            if not os.read(reader, 4096):
                loop.remove_reader(reader)
                stopped.set()

        loop.add_reader(reader, drained)
    return stopped


async def started(start: Callable[[], Awaitable[None]], stopped: asyncio.Event, seconds: float = START_SECONDS) -> bool:
    """Start a server; False when it was told to stop meanwhile, and then nothing of it is open.

    Its database may be away for a moment (both machines come up after a power cut, a replica holds a lock, a server is
    failing over): then it is tried again, so long, and the log says what is waited for.  `start` closes again what it
    had opened before it fails.
    """
    starting = asyncio.ensure_future(_patiently(start, seconds))
    asked = asyncio.ensure_future(stopped.wait())
    try:
        await asyncio.wait({starting, asked}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            await starting
            return True
        starting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await starting
        return False
    finally:
        asked.cancel()


async def _patiently(start: Callable[[], Awaitable[None]], seconds: float) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            return await start()
        except errors.Unavailable as error:
            if error.facts.get("what") != "database" or asyncio.get_running_loop().time() > deadline:
                raise
            logger.warning("the database does not answer yet: %s", error.facts.get("cause", error))
        await asyncio.sleep(START_PAUSE)


async def cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    """End what goes on in the background; what had failed there is said, and keeps nothing else from ending."""
    for task in tasks:
        task.cancel()
    for found in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(found, Exception):
            logger.error("a task in the background had failed", exc_info=found)


async def stopped_in_time(stop: Coroutine[object, object, None], seconds: float = STOP_SECONDS) -> None:
    """Let `stop` end what is under way, and no longer than this: a database that hangs must not keep a process.

    What was acknowledged is on disk by then, so nothing is lost by leaving; the exit code says that it was not in good
    order.
    """
    stopping = asyncio.ensure_future(stop)
    done, _ = await asyncio.wait({stopping}, timeout=seconds)
    if not done:
        logger.error("not stopped in good order after %.0f s; ending all the same", seconds)
        logging.shutdown()
        # Threads that wait for a database cannot be cancelled, and the interpreter would wait for them.
        os._exit(1)
    await stopping


async def until_stopped(stopped: asyncio.Event | None = None, *, with_stdin: bool = False) -> None:
    """Until the process is told to stop."""
    _keep_what_is_here()
    await (stopped or stop_requests(with_stdin=with_stdin)).wait()
