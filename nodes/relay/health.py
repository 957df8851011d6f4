"""How the relay is, written down for `tongban relay status` and `doctor`, which are other processes.

What is said of a carrier is a finding like any other: who failed, on which hop, what to do.  Telephone numbers, names
and the carriers' raw words are no part of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from nodes.core import NodeCore
from nodes.lookout import as_plain
from nodes.relay.news import Trouble
from nodes.relay.participant import Participant
from tongban.errors import TongbanError

FILE: Final = "relay-state.json"
LOOK: Final = 2.0
ANYWAY: Final = 30.0
"""Written so often even where nothing changed: an old file is the sign of a process that is gone."""

Troubles = Callable[[], Awaitable[Sequence[Trouble]]]
Pushes = Callable[[], Mapping[str, int]]
"""How full the push port is."""


class Health:
    """Writes how the relay is until cancelled."""

    def __init__(
        self, core: NodeCore, participant: Participant, troubles: Troubles, home: Path, pushes: Pushes | None = None
    ) -> None:
        self._core = core
        self._participant = participant
        self._troubles = troubles
        self._pushes = pushes
        self._path = home / FILE
        self._said: dict[str, Any] = {}
        self._written = -ANYWAY

    async def run(self) -> None:
        """Look and write, for ever."""
        while True:
            with contextlib.suppress(TongbanError, OSError):
                await self.write()
            await asyncio.sleep(LOOK)

    async def write(self) -> None:
        """Write it down where it changed, or long ago."""
        said = await self.said()
        now = self._core.clock.monotonic()
        if said == self._said and now - self._written < ANYWAY:
            return
        partial = self._path.with_name(f".{FILE}.partial")
        stamped = {"time": self._core.clock.now().isoformat(timespec="seconds"), **said}
        partial.write_text(json.dumps(stamped, ensure_ascii=False), "utf-8")
        partial.replace(self._path)
        self._said, self._written = said, now

    async def said(self) -> dict[str, Any]:
        """How it is now."""
        line, participant = self._core.line, self._participant
        troubles = [{"feed": each.feed, "leg": each.leg, **as_plain(each.finding)} for each in await self._troubles()]
        return {
            "connected": line.connected,
            "listening": participant.listening,
            "planned": participant.rounds.planned,
            "failing": participant.rounds.failing,
            **({"pushes": dict(self._pushes())} if self._pushes is not None else {}),
            "troubles": sorted(troubles, key=lambda each: (each["feed"], each["leg"], each["code"])),
        }


def read(home: Path) -> dict[str, Any] | None:
    """What a relay wrote down last; None where there is nothing to read."""
    try:
        found = json.loads((home / FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
