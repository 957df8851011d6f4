"""Servers as processes of their own, and what the kernel says of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TICK = os.sysconf("SC_CLK_TCK")
_CLI = "from tongban.cli import main; main()"


@dataclass(slots=True)
class Server:
    """A child that says in its first line, as JSON, where it listens, and stops when its standard input closes."""

    process: subprocess.Popen[str]
    addresses: dict[str, Any]
    log: Path

    @classmethod
    def start(cls, arguments: Sequence[str], log: Path) -> Server:
        """Run `python arguments`; returns when it listens."""
        with log.open("w") as said:
            process = subprocess.Popen(
                [sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True
            )
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{arguments} did not start:\n{log.read_text()}")
        return cls(process, json.loads(line), log)

    @classmethod
    def tongban(cls, kind: str, home: Path) -> Server:
        """`tongban gateway serve` or `tongban node serve` over a home directory."""
        return cls.start(["-c", _CLI, kind, "serve", "--home", str(home), "--with-stdin"], home / "server.log")

    def stop(self) -> None:
        """Ask it to end, and wait."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def cpu(self) -> float:
        """Seconds of processor time that it has used, in user and kernel."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK

    def cpu_now(self) -> float:
        """The same to the nanosecond, by the process's own clock of processor time."""
        # As clock_getcpuclockid(3) makes it on Linux.
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def resident(self) -> int:
        """Bytes of memory that it holds."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
