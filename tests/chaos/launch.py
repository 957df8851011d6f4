"""How a server process comes to life: by the operator's own command, or warm, forked from one that has it all imported.

Importing the program costs a second or two of a core, and a campaign spends most of its time on that instead of on
work to interrupt.  So most lives begin warm: `multiprocessing`'s fork server imports the program once, without opening
a channel, a database or a thread, and each life is forked from there and runs the same command with the same arguments.
Apart from that it is a process like any other: its own memory, its own descriptors, killed by the same kill.

Nobody is left behind: a cold process dies with this one by its standard input and by the kernel's word, a warm one by
the kernel's word when the fork server ends, which ends with this process however that went.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import multiprocessing
import os
import shutil
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Protocol

PRELOAD = ["tongban.cli", "gateway.cli", "gateway.runtime", "nodes.cli", "nodes.runtime", "tongban.storage.postgres"]
_CLI = "from tongban.cli import main; main()"
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Command:
    """`tongban …`, with what it finds in its environment and where it writes its log."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    mutant: str = ""
    """A planted bug (`tests.simulate.mutants`) that it lives with; for warm lives only."""


class Life(Protocol):
    """A process, from its start to its end."""

    @property
    def running(self) -> bool:
        """Whether it lives."""
        ...

    async def first_line(self) -> str:
        """The first line it says; empty when it ended without a word."""
        ...

    async def wait(self) -> int:
        """Its exit code; negative for the signal that ended it."""
        ...

    def send(self, number: int) -> None:
        """Send a signal, if it lives."""
        ...


class Cold:
    """By the operator's own command."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, command: Command) -> Cold:
        """Start it."""
        line = [sys.executable, "-c", _CLI, *command.arguments, "--with-stdin"]
        # One that is stopped does not see its standard input close when this process dies, so the kernel kills it.
        if setpriv := shutil.which("setpriv"):
            line = [setpriv, "--pdeathsig", "KILL", *line]
        with command.log.open("ab") as log:
            return cls(
                await asyncio.create_subprocess_exec(
                    *line, stdin=PIPE, stdout=PIPE, stderr=log, env={**os.environ, **command.environment}
                )
            )

    @property
    def running(self) -> bool:
        """Whether it lives."""
        return self._process.returncode is None

    async def first_line(self) -> str:
        """The first line it says."""
        assert self._process.stdout is not None
        return (await self._process.stdout.readline()).decode()

    async def wait(self) -> int:
        """Its exit code."""
        return await self._process.wait()

    def send(self, number: int) -> None:
        """Send a signal."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)


class Warm:
    """Forked from a process that has imported the program."""

    def __init__(self, process: BaseProcess, said: Connection) -> None:
        self._process = process
        self._said = said
        loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[int] = loop.create_future()
        loop.add_reader(process.sentinel, self._end)

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._process.join()
        assert self._process.exitcode is not None
        self._ended.set_result(self._process.exitcode)

    @classmethod
    async def start(cls, command: Command) -> Warm:
        """Start it."""
        context = _context()
        said, saying = context.Pipe(duplex=False)
        process = context.Process(target=_live, args=(command, saying), daemon=True)
        # In the loop's thread: whoever starts a process also asks after the others, which is no work for two at once.
        process.start()
        saying.close()
        return cls(process, said)

    @property
    def running(self) -> bool:
        """Whether it lives."""
        return not self._ended.done()

    async def first_line(self) -> str:
        """The first line it says."""
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        text = b""
        loop.add_reader(self._said.fileno(), readable.set)
        try:
            while not text.endswith(b"\n"):
                await readable.wait()
                readable.clear()
                part = os.read(self._said.fileno(), 4096)
                if not part:
                    return ""
                text += part
        finally:
            loop.remove_reader(self._said.fileno())
        return text.decode()

    async def wait(self) -> int:
        """Its exit code."""
        return await asyncio.shield(self._ended)

    def send(self, number: int) -> None:
        """Send a signal."""
        if self.running and self._process.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, number)


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    return context


def _live(command: Command, saying: Connection) -> None:
    """The life of a warm process, from its fork on."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.environ.update(command.environment)
    os.dup2(os.open(command.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    os.dup2(saying.fileno(), 1)
    saying.close()
    sys.argv = ["tongban", *command.arguments]
    from tongban.cli import main

    with contextlib.ExitStack() as planted:
        if command.mutant:
            from tests.simulate.mutants import MUTANTS

            planted.enter_context(next(each for each in MUTANTS if each.name == command.mutant).planted())
        main()
