"""Machines: disks that survive their processes, and units of work that fail at a seed's command."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from tests.federation.virtual import Disks
from tests.simulate.copies import Copies
from tests.simulate.shared_disk import Replica, SharedDisk
from tongban import errors
from tongban.storage.base import Transaction
from tongban.storage.inline import InlineDatabase, SimulatedDisk

Mounted = InlineDatabase | Replica


class Machines:
    """The disks of all machines, and which unit of which machine is its process's last."""

    def __init__(
        self,
        chance: random.Random,
        images: Mapping[str, bytes],
        died: Callable[[str], None],
        sharing: tuple[str, ...] = (),
    ) -> None:
        """`died` is told the name of a machine at the moment it dies by itself.

        `sharing`: machines that use one database together, which is called like the first of them.
        """
        self._random = chance
        self._disks = Disks()
        self._shared = SharedDisk(chance) if sharing else None
        self._sharing = sharing
        self._died = died
        self._doomed: dict[str, str] = {}
        self._mounted: dict[str, Mounted] = {}
        self.armed = False
        self.copies = Copies()
        self._backups = dict(images)
        for name, image in images.items():
            self.disk(name).restore(image)

    def disk(self, name: str) -> SimulatedDisk:
        """The disk itself."""
        if self._shared is not None and name in self._sharing:
            return self._shared
        return self._disks.disk(name)

    async def open(self, name: str) -> Mounted:
        """Mount a machine's disk for a process that starts now."""
        disk = self.disk(name)
        mounted = (disk.share if isinstance(disk, SharedDisk) else disk.mount)(
            before_commit=lambda: self._maybe_die(name, "before"),
            after_commit=lambda: self._maybe_die(name, "after"),
        )
        self._mounted[name] = mounted
        return mounted

    def mounted(self, name: str) -> Mounted | None:
        """The database of the process that runs on a machine now."""
        return self._mounted.get(name)

    def back_up(self, name: str) -> None:
        """Take a backup."""
        self._backups[self._home(name)] = self.disk(name).image()

    def restore(self, name: str) -> None:
        """Put the last backup in the place of a disk whose processes are dead."""
        home = self._home(name)
        others = [self.disk(each) for each in self._backups if each != home]
        with self.copies.replacing(home, self.disk(name), others):
            self.disk(name).restore(self._backups[home])

    def restore_gateway(self, name: str) -> None:
        """Put the gateway's last backup in the place of its disk, and see who has what at that moment."""
        self.restore(name)
        nodes = {f"nodes/{each}": self.disk(each) for each in self._backups if each != self._home(name)}
        self.copies.note_overtaken(self.disk(name), nodes)

    def _home(self, name: str) -> str:
        return self._sharing[0] if name in self._sharing else name

    def edit(self, name: str, work: Callable[[Transaction], object]) -> None:
        """What a command does to the database while no process runs."""
        disk = self.disk(name)
        disk.run_as(disk.mount(), work, False)
        disk.unmount()

    def fail_a_commit(self, name: str) -> None:
        """The machine dies at its next commit, just before it or just after."""
        self._doomed[name] = self._random.choice(("before", "after"))

    def fail_a_statement(self, name: str) -> None:
        """The machine dies between two statements of a unit, one of its next fifty."""
        mounted = self._mounted.get(name)
        if mounted is None:
            return
        left = self._random.randint(1, 50)

        def count() -> None:
            nonlocal left
            left -= 1
            if left <= 0 and self.armed:
                mounted.before_statement = None
                self._die(name, "between two statements")

        mounted.before_statement = count

    def heal(self) -> None:
        """What was to befall a machine at its next commit does not."""
        self._doomed.clear()
        for mounted in self._mounted.values():
            mounted.before_statement = None
            if isinstance(mounted, Replica):
                mounted.loses_connection = False

    def kill(self, name: str) -> None:
        """Cut a process off from its disk; only what it had committed remains."""
        self._doomed.pop(name, None)
        mounted = self._mounted.pop(name, None)
        if name not in self._sharing:
            self.disk(name).unmount()
        elif isinstance(mounted, Replica):
            mounted.disk.cut_off(mounted)

    def discard(self) -> None:
        """Let all disks go."""
        self._disks.discard()
        if self._shared is not None:
            self._shared.discard()

    def _maybe_die(self, name: str, moment: str) -> None:
        if self.armed and self._doomed.get(name) == moment:
            self._die(name, f"{moment} the commit")

    def _die(self, name: str, moment: str) -> None:
        self.kill(name)
        self._died(name)
        raise errors.Unavailable(what=f"{name} (simulated power cut {moment})")
