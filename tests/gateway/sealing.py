"""Sealers for tests: quick ones, signers that fail, and a database whose process dies at a chosen statement."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway import log
from gateway.building import build_core, build_sealer
from gateway.core import GatewayCore
from gateway.log_audit import audit_log
from gateway.sealer import CheckpointSigner, KeySigner, Pace, Sealer
from tests.clocks import ManualClock
from tests.federation.virtual import VirtualClock, VirtualLoop
from tests.gateway.kit import World, keys_of
from tongban.clock import SeededEntropy
from tongban.storage.base import NO_PARAMETERS, Database, Parameters, Row, Transaction
from tongban.storage.inline import SimulatedDisk
from tongban.storage.queries import Query

T = TypeVar("T")
KEY = Ed25519PrivateKey.from_private_bytes(b"checkpoint".ljust(32))
QUICK = Pace(gather=0.0, checkpoint=0.02, chunk=8, lease=0.3)


class AbsentSigner(KeySigner):
    """A signer that is away until it is back; `asked` counts the vain calls."""

    def __init__(self, *, away: bool = True, rubbish: bool = False) -> None:
        super().__init__(KEY)
        self.away = away
        self.rubbish = rubbish
        self.asked = 0

    async def sign(self, text: bytes) -> bytes:
        """The signature, or what the signer does instead."""
        if not self.away:
            return await super().sign(text)
        self.asked += 1
        if self.rubbish:
            return b"x" * 64
        raise ConnectionRefusedError("the signer is away")


@asynccontextmanager
async def sealing(
    core: GatewayCore, signer: CheckpointSigner | None = None, *, pace: Pace = QUICK, seed: int = 3
) -> AsyncIterator[Sealer]:
    """A sealer beside a gateway's heart."""
    sealer = build_sealer(core, signer or KeySigner(KEY), entropy=SeededEntropy(seed), pace=pace)
    task = asyncio.create_task(sealer.run())
    try:
        yield sealer
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def sizes(core: GatewayCore) -> tuple[int, int, int]:
    """How many batches there are, how many leaves, and of how many the newest checkpoint is."""

    def work(tx: Transaction) -> tuple[int, int, int]:
        newest = log.latest(tx)
        return _batches(tx), log.size_of(tx), newest.size if newest else 0

    return await core.database.run(work, read_only=True)


async def until(condition: Callable[[tuple[int, int, int]], bool], core: GatewayCore, seconds: float = 20.0) -> None:
    """Wait until the sizes are so."""
    found = await sizes(core)
    for _ in range(round(seconds / 0.01)):
        if condition(found):
            return
        await asyncio.sleep(0.01)
        found = await sizes(core)
    raise AssertionError(f"batches, leaves, signed: {found}")


async def signed_whole(core: GatewayCore) -> None:
    """Wait until a checkpoint covers every batch."""
    await until(lambda s: s[0] == s[1] == s[2], core)


async def audit(core: GatewayCore) -> list[str]:
    """What is wrong with the log, and with what is not in it."""
    return await core.database.run(
        lambda tx: audit_log(tx, core.name, core.admitter.epoch, KEY.public_key().public_bytes_raw()), read_only=True
    )


def _batches(tx: Transaction) -> int:
    row = tx.fetch_one(COUNT)
    return int(row["batches"]) if row else 0


COUNT = Query.of("count_batches", "How many batches there are.", "SELECT count(*) AS batches FROM admissions")


async def virtual_world(loop: VirtualLoop, disk: SimulatedDisk, **hooks: Any) -> World:
    """A gateway's heart on a clock of its own, with the law settled."""
    clock = VirtualClock(loop)
    core = await build_core(
        disk.mount(**hooks), name="test", keys=keys_of("gateway"), clock=clock, entropy=SeededEntropy(1)
    )
    made = World("", cast("ManualClock", clock), SeededEntropy(2), core)
    await made.settle_law()
    return made


class Killed(BaseException):
    """The process died; nothing of it runs on."""


class DyingDatabase:
    """Dies before the nth statement that it is given; `alive` counts those that it still runs."""

    def __init__(self, database: Database, alive: int) -> None:
        self._database = database
        self.alive = alive

    @property
    def dialect(self) -> Any:
        """The real one's."""
        return self._database.dialect

    async def run(self, work: Callable[[Transaction], T], *, read_only: bool = False) -> T:
        """Run the unit; the commit itself is a statement too."""

        def mortal(tx: Transaction) -> T:
            result = work(_Counted(tx, self))
            self.spend()
            return result

        return await self._database.run(mortal, read_only=read_only)

    look_up = run

    async def close(self) -> None:
        """Leave the real one open."""

    def spend(self) -> None:
        """One statement less to live."""
        if not self.alive:
            raise Killed
        self.alive -= 1


class _Counted:
    def __init__(self, tx: Transaction, life: DyingDatabase) -> None:
        self._tx = tx
        self._life = life

    def execute(self, query: Query, params: Parameters = NO_PARAMETERS) -> int:
        self._life.spend()
        return self._tx.execute(query, params)

    def execute_many(self, query: Query, rows: Sequence[Parameters]) -> None:
        for row in rows:
            self._life.spend()
            self._tx.execute(query, row)

    def fetch_all(self, query: Query, params: Parameters = NO_PARAMETERS) -> list[Row]:
        self._life.spend()
        return self._tx.fetch_all(query, params)

    def fetch_one(self, query: Query, params: Parameters = NO_PARAMETERS) -> Row | None:
        self._life.spend()
        return self._tx.fetch_one(query, params)

    def stream(self, query: Query, params: Parameters = NO_PARAMETERS) -> Iterator[Row]:
        self._life.spend()
        return self._tx.stream(query, params)
