"""One seed: begin where all have joined and agreed, work under faults, mend, check."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import hashlib
import random
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from unittest import mock

from gateway.store import QUERIES as GATEWAY
from tests.federation.virtual import VirtualLoop, run_virtual, seeded
from tests.simulate import invariants
from tests.simulate.clerks import Clerks, Filing, Parcels
from tests.simulate.faults import strike
from tests.simulate.ground import Ground
from tests.simulate.hpke import SeededSuite
from tests.simulate.mail import MailClerks
from tests.simulate.remembered import remembered
from tests.simulate.scene import HOSTILE, Scene, scene
from tests.simulate.witness import Witness
from tongban import errors, sealing

_APPLICATIONS = (1, 1, *(2,) * 5, *(4,) * 9)
"""Four make a hundred events and show most kinds of planted bugs; two show most of them in half the time."""
_ON_HARD_DAYS = 3
"""The most applications where mailrooms have hard days: their events are half as many again."""
TURNS = 45
FAULTS_A_TURN = 0.33
_AT_WORK = (0, 0, 1, 4)
_LAST_LINES = 20
_STEPS = 100
_LOOP_TURNS = 100_000
_SIZES = (*(3,) * 32, 4, 4, 4, 4, 6, 6, 9, 12)
TWO_REPLICAS = 0.2
"""The share of seeds in which the gateway has two replicas."""
AMENDING = 0.125
"""The share of seeds in which agreements are amended."""
MAILING = 0.2
"""The share of seeds in which the mailrooms have hard days (`tests.simulate.mail`)."""


@dataclass(slots=True)
class Report:
    """What happened in a run."""

    seed: int
    nodes: int = 0
    replicas: int = 1
    events: int = 0
    faults: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    virtual_seconds: float = 0.0
    refusals: int = 0
    digest: str = ""
    """Of every event that was admitted, in order: two runs of a seed have the same."""
    story: list[str] = field(default_factory=list)


def run_seed(seed: int) -> Report:
    """Run one seed; AssertionError when an invariant does not hold.  What is raised says how to replay it."""
    chance = random.Random(seed)
    begin = scene(chance.choice(_SIZES))
    loop = VirtualLoop(begin.seconds)
    loop.limit(_LOOP_TURNS)
    report = Report(seed, nodes=len(begin.shape.regions), replicas=replicas_of(seed))
    run = _Run(chance, loop, begin, report)
    try:
        with _replayable(seed), remembered(begin.good), _without_collecting(), run.witness.watching():
            run_virtual(run.main(), loop)
    except Exception as error:
        error.add_note("\n".join([*report.story[-_LAST_LINES:], f"replay: make simulate SEED={seed}"]))
        raise
    finally:
        run.discard()
    return report


def replicas_of(seed: int) -> int:
    """How many replicas the gateway has in a seed; nothing else of the seed follows from it."""
    return 2 if random.Random(f"gateways in {seed}").random() < TWO_REPLICAS else 1


def amends(seed: int) -> bool:
    """Whether agreements are amended in a seed; the others' stories do not know of it."""
    return random.Random(f"agreements in {seed}").random() < AMENDING


def mails(seed: int) -> bool:
    """Whether the mailrooms have hard days in a seed; the others' stories do not know of it."""
    return random.Random(f"mail in {seed}").random() < MAILING


def applications_of(seed: int) -> int:
    """How many applications are filed in a seed."""
    applications = random.Random(f"applications in {seed}").choice(_APPLICATIONS)
    return min(applications, _ON_HARD_DAYS) if mails(seed) else applications


@contextlib.contextmanager
def _replayable(seed: int) -> Iterator[None]:
    """Grants are made with the seed's chance too."""
    with mock.patch.object(sealing, "_SUITE", SeededSuite(seeded(seed).token)):
        yield


@contextlib.contextmanager
def _without_collecting() -> Iterator[None]:
    """A run is short: its garbage can wait for the next."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Run:
    def __init__(self, chance: random.Random, loop: VirtualLoop, begin: Scene, report: Report) -> None:
        self._random = chance
        self._loop = loop
        self._scene = begin
        self._report = report
        self.witness = Witness()
        amending = amends(report.seed)
        self._ground = Ground(begin, loop, report.seed, chance, self._tell, replicas=report.replicas, amending=amending)
        self._federation = self._ground.federation
        self._clerks = Clerks(self._federation, Parcels(), chance)
        if mails(report.seed):
            whim = random.Random(f"fates of parcels in {report.seed}")
            self._clerks = MailClerks(self._federation, Parcels(), chance, whim)
        self._filings = [
            Filing(*chance.choice(begin.shape.pairs), str(uuid.UUID(int=chance.getrandbits(128), version=4)))
            for _ in range(applications_of(report.seed))
        ]

    def discard(self) -> None:
        """Let the disks go."""
        self._ground.machines.discard()

    async def main(self) -> None:
        """The run."""
        await self._begin()
        for _ in range(TURNS):
            await self._turn()
            await asyncio.sleep(self._random.uniform(0.0, 5.0))
        await self._ground.mended()
        await invariants.settled(self._federation, 900)
        await self._finish()
        await self._check()
        await self._federation.stop()

    async def _begin(self) -> None:
        for name in self._ground.gateways:
            await self._federation.start_gateway(name)
        for region in self._scene.shape.regions:
            await self._federation.start_node(region)
        await self._federation.settled()
        self._ground.machines.armed = True

    async def _turn(self) -> None:
        self.witness.check()
        if self._random.random() < FAULTS_A_TURN:
            self._strike()
        if self._random.random() < 0.05:
            self._ground.machines.back_up(self._ground.machine())
        # Some nodes have nobody at work now, and some a full house.
        busy = {region: self._random.choice(_AT_WORK) for region in self._scene.shape.busy}
        await asyncio.gather(*(self._act(region, clerk == 0) for region, n in busy.items() for clerk in range(n)))

    def _strike(self) -> None:
        kind = strike(self._ground)
        if kind is not None:
            self._report.faults += 1
            self._report.kinds[kind] += 1

    async def _act(self, region: str, is_first: bool) -> None:
        if region not in self._federation.nodes:
            return
        filing = next((filing for filing in self._filings if filing.accepting == region), None)
        try:
            if filing is not None and self._random.random() < 0.5:
                await self._file(filing)
                return
            if is_first:
                await self._federation.nodes[region].desks.mailroom.record_early_intakes()
            await self._clerks.work(region)
        except errors.TongbanError as error:
            self._report.refusals += 1
            self._tell(f"{region} {error.reason()}")

    async def _file(self, filing: Filing) -> None:
        anew = await self._clerks.file(filing)
        if filing in self._filings:
            self._filings.remove(filing)
            if anew is not None:
                self._filings.append(anew)

    def _tell(self, what: str) -> None:
        self._report.story.append(f"{self._loop.time():8.2f} {what}")

    async def _finish(self) -> None:
        """With everything mended, everybody finishes what was begun."""
        for _ in range(60):
            for filing in list(self._filings):
                await self._file(filing)
            await asyncio.gather(*(self._finish_at(region) for region in self._scene.shape.busy))
            await invariants.settled(self._federation, 120)
            self._filings += await self._clerks.refused()
            closed = await invariants.all_closed(self._federation, list(self._clerks.applications))
            over = not self._filings and closed and await self._clerks.at_rest()
            if over and not await self._came_late():
                return
            if self._clerks.patience:
                await asyncio.sleep(self._clerks.patience)

    async def _came_late(self) -> bool:
        """Whether anything has come since the last look that a kept scan waited for."""
        desks = [self._federation.nodes[region].desks.mailroom for region in self._scene.shape.busy]
        return any([await desk.record_early_intakes() for desk in desks])

    async def _finish_at(self, region: str) -> None:
        self._clerks.forget(region)
        await self._federation.nodes[region].desks.mailroom.record_early_intakes()
        with contextlib.suppress(errors.TongbanError):
            for _ in range(_STEPS):
                if not await self._clerks.work(region):
                    return

    async def _check(self) -> None:
        report, federation = self._report, self._federation
        events = await invariants.check(
            federation,
            list(self._clerks.applications),
            witness=self.witness,
            hostile=frozenset({HOSTILE}),
            restored=frozenset(f"nodes/{region}" for region in self._ground.restored),
            gone=self._ground.machines.copies.gone,
            overtaken=self._ground.machines.copies.overtaken,
            checkpoint_key=self._ground.signer.public_key if report.replicas > 1 else None,
        )
        report.events = events - self._scene.events
        report.virtual_seconds = self._loop.time() - self._scene.seconds
        report.digest = await self._digest()

    async def _digest(self) -> str:
        gateway = self._federation.gateway
        assert gateway is not None
        rows = await gateway.database.run(lambda tx: tx.fetch_all(GATEWAY.list_events, {"size": 1_000_000}))
        return hashlib.sha256(b"".join(row["digest"] for row in rows)).hexdigest()
