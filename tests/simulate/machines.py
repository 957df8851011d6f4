"""Machines: disks that survive their processes, and commits that fail at a seed's command."""

from __future__ import annotations

import random

from tongban import errors
from tongban.storage.inline import InlineDatabase, SimulatedDisk


class Machines:
    """The disks of all machines, and which commit of which machine fails next."""

    def __init__(self, chance: random.Random) -> None:
        self._random = chance
        self._disks: dict[str, SimulatedDisk] = {}
        self._doomed: dict[str, str] = {}
        self._died: list[str] = []
        self.armed = False

    async def open(self, name: str) -> InlineDatabase:
        """Mount a machine's disk for a process that starts now."""
        disk = self._disks.setdefault(name, SimulatedDisk())
        return disk.mount(
            before_commit=lambda: self._maybe_die(name, "before"),
            after_commit=lambda: self._maybe_die(name, "after"),
        )

    def fail_a_commit(self, name: str) -> None:
        """The machine dies at its next commit, just before it or just after."""
        self._doomed[name] = self._random.choice(("before", "after"))

    def _maybe_die(self, name: str, moment: str) -> None:
        if self.armed and self._doomed.get(name) == moment:
            del self._doomed[name]
            self._died.append(name)
            raise errors.Unavailable(what=f"{name} (simulated power cut {moment} the commit)")

    def died(self) -> list[str]:
        """Machines that died at a commit since the last call."""
        died, self._died = self._died, []
        return died

    def kill(self, name: str) -> None:
        """Cut a process off from its disk; only what it had committed remains."""
        self._doomed.pop(name, None)
        self._disks[name].unmount()
