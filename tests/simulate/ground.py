"""What faults act on: the federation of a run, its machines, clocks and lines, and what is being mended.

A process that dies is cut off from its disk and its lines in the same instant, whatever it was in the middle of, and is
started again after a while, as a supervisor of processes does it.  Whatever a fault begins it also ends: `mended` waits
for that, and from then on nothing new goes wrong.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import random
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.building import build_sealer
from gateway.core import GatewayCore
from gateway.sealer import KeySigner
from gateway.upkeep import upkeep
from tests.federation.virtual import VirtualClock, VirtualLoop, seeded
from tests.federation.whole import Federation, NodeRun
from tests.simulate.machines import Machines
from tests.simulate.network import RoughLine
from tests.simulate.scene import Scene
from tongban import errors
from tongban.clock import Clock

GATEWAY, SECOND = "gateway", "gateway-2"
_REFRESH_SECONDS = 2.0
"""How soon a replica hears of the other: later than the product does, so that more happens before."""


class MachineClock:
    """A machine's own clock: the common time and what it is off by.  Its counter is never off."""

    def __init__(self, common: Clock) -> None:
        self._common = common
        self.ahead = dt.timedelta(0)

    def now(self) -> dt.datetime:
        """What this machine takes the time to be."""
        return self._common.now() + self.ahead

    def monotonic(self) -> float:
        """The counter."""
        return self._common.monotonic()


class Ground:
    """The federation of one run, and the hands that break and mend it."""

    def __init__(
        self,
        scene: Scene,
        loop: VirtualLoop,
        seed: int,
        chance: random.Random,
        tell: Callable[[str], None],
        *,
        replicas: int = 1,
        amending: bool = False,
    ) -> None:
        self.scene = scene
        self.amending = amending
        self.gateways = (GATEWAY, SECOND)[:replicas]
        self.chance = chance
        self.tell = tell
        self._loop = loop
        common = VirtualClock(loop)
        self.clocks = {name: MachineClock(common) for name in (*self.gateways, *scene.shape.regions)}
        sharing = self.gateways if replicas > 1 else ()
        self.machines = Machines(chance, scene.images, self._died, sharing)
        self.federation = Federation(
            common,
            seeded(seed),
            self.machines.open,
            keys=dict(scene.keys),
            authority=scene.authority,
            line_to=self._line,
            clock_of=self.clocks.__getitem__,
            beside=self._beside if replicas > 1 else None,
        )
        self.signer = KeySigner(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"checkpoints").digest()))
        self.lines: dict[str, RoughLine] = {}
        self.restored: set[str] = set()
        self._mending: dict[asyncio.Task[None], None] = {}
        self._failures: list[BaseException] = []
        self._starting: set[str] = set()

    def _line(self, federation: Federation, node: str) -> RoughLine:
        region = node.removeprefix("nodes/")
        old = self.lines.get(region)
        # A machine that starts again hangs on the same wire.
        line = self.lines[region] = RoughLine(federation, node, self.chance, old.wire if old is not None else None)
        return line

    def _beside(self, core: GatewayCore) -> Iterator[Coroutine[Any, Any, None]]:
        """What a replica does by itself: it hears of the others, and seals when it holds the lease."""
        yield from upkeep(core, refresh=_REFRESH_SECONDS)
        yield build_sealer(core, self.signer, entropy=self.federation.entropy).run()

    # Choosing

    def region(self) -> str:
        """Some node's."""
        return self.chance.choice(self.scene.shape.regions)

    def machine(self) -> str:
        """Some node, or the gateway, which is one of three times."""
        return self.replica() if self.chance.random() < 0.34 else self.region()

    def replica(self) -> str:
        """The gateway; where there are two of it, one of them."""
        return GATEWAY if len(self.gateways) == 1 else self.chance.choice(self.gateways)

    def running(self, region: str) -> NodeRun | None:
        """A node that runs now."""
        return self.federation.nodes.get(region)

    # Breaking

    def kill(self, name: str) -> None:
        """The process is gone, in the middle of whatever it did; it is started again after a while."""
        federation = self.federation
        if name in self.gateways:
            federation.lose_gateway(name)
            for line in self.lines.values():
                line.break_off(name)
        elif name in federation.nodes:
            run = federation.nodes.pop(name)
            self.lines[name].break_off()
            if run.dialling is not None:
                run.dialling.cancel()
        self.machines.kill(name)
        if name not in self._starting:
            self._starting.add(name)
            self.spawn(self._start(name, self.chance.uniform(0.2, 20.0)))

    def _died(self, name: str) -> None:
        self.tell(f"{name} died")
        self.kill(name)

    async def _start(self, name: str, after: float) -> None:
        await asyncio.sleep(after)
        while True:
            # A machine that dies while it starts is started again.
            try:
                if name in self.gateways:
                    await self.federation.start_gateway(name)
                else:
                    await self.federation.start_node(name)
                if name in self.gateways and self.machines.mounted(name) is None:
                    self.federation.lose_gateway(name)
                    raise errors.Unavailable(what=f"{name} (died while it started)")
            except errors.TongbanError as error:
                self.tell(f"{name} cannot start: {error.reason()}")
                await asyncio.sleep(1.0)
            else:
                self._starting.discard(name)
                return

    # Mending

    def later(self, seconds: float, act: Callable[[], object]) -> None:
        """Do something after a while."""

        async def wait() -> None:
            await asyncio.sleep(seconds)
            act()

        self.spawn(wait())

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something go on beside the run; it has to end by itself."""
        task = self._loop.create_task(work)
        self._mending[task] = None
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._mending[task]
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failures.append(error)

    async def mended(self) -> None:
        """Until whatever was broken is whole."""
        self.machines.armed = False
        while self._mending:
            await asyncio.wait(set(self._mending))
        if self._failures:
            raise self._failures[0]
        for clock in self.clocks.values():
            clock.ahead = dt.timedelta(0)
        self.machines.heal()
        for line in self.lines.values():
            line.wire.heal()
            line.up = True
