"""A node minds the legs that it booked and that name no relay, and what lies at its own windows.

The relay does the same for the legs that name it, by the same rounds and the same rules: see `nodes.relay.rounds`,
`nodes.relay.minding` and `mailroom.domain.watch`.  Nothing is kept here: a node that was stopped looks at everything
under way when it starts, and what it has raised before stands in the parcel.
"""

from __future__ import annotations

import asyncio
import logging

from mailroom.domain.watch import Terms
from nodes.core import NodeCore
from nodes.relay.minding import Minder
from nodes.relay.rounds import Rounds

logger = logging.getLogger(__name__)

FIRST_RESTART, LONGEST_RESTART = 0.5, 5.0


class NodeMinder:
    """Runs until cancelled."""

    def __init__(self, core: NodeCore, terms: Terms) -> None:
        self._core = core
        self.rounds = Rounds(core, Minder(core, terms).look)

    async def run(self) -> None:
        """Look at what is under way, at what changes and at what is due, for ever; a fault begins the rounds anew."""
        while True:
            try:
                await self.rounds.run()
            except Exception:
                logger.exception("the minding of parcels stopped and begins anew")
            await asyncio.sleep(self._core.entropy.uniform(FIRST_RESTART, LONGEST_RESTART))
