"""The sealer: every batch gets one leaf, every leaf a proof, and nobody who admits ever waits for it."""

from __future__ import annotations

import asyncio
import functools
import itertools
import logging
from typing import cast

import psycopg
import pytest

from gateway import log
from gateway.building import build_sealer
from gateway.core import GatewayCore
from gateway.lease import Lease, LeaseLost
from gateway.sealer import KeySigner
from tests.federation.virtual import VirtualLoop, run_virtual
from tests.gateway.kit import World, close, start, world
from tests.gateway.sealing import (
    KEY,
    QUICK,
    AbsentSigner,
    DyingDatabase,
    Killed,
    audit,
    sealing,
    signed_whole,
    sizes,
    until,
    virtual_world,
)
from tongban import checkpoints, merkle
from tongban.clock import SeededEntropy
from tongban.errors import FieldInvalid, NotFound, NotSealedYet
from tongban.storage.base import Database, Transaction
from tongban.storage.inline import SimulatedDisk
from tongban.storage.queries import Query
from tongban.v1 import envelope_pb2

PUBLIC = KEY.public_key().public_bytes_raw()
LEASE = Query.of("lease", "The sealer's lease.", "SELECT fence FROM leases WHERE name = 'sealer'")
SPOIL = Query.of(
    "spoil",
    "Changes a node.",
    "UPDATE log_nodes SET hash = (SELECT hash FROM log_nodes WHERE level = 1 AND"
    " place = 1) WHERE level = 3 AND place = 0",
)
FORGET = Query.of("forget", "Takes a leaf away.", "UPDATE admissions SET leaf_index = NULL WHERE leaf_index = 3")


async def file_some(w: World, first: int, count: int, core: GatewayCore | None = None) -> list[str]:
    """So many batches; their ids."""
    made = []
    for number in range(first, first + count):
        answers = await w.send(w.file(f"TEST{number:04}"), core=core)
        made.append(answers.outcomes[0].receipt.batch_id)
    return made


async def newest(core: GatewayCore) -> checkpoints.Checkpoint:
    signed = await core.database.run(log.latest, read_only=True)
    assert signed is not None
    return checkpoints.verify(signed.note, PUBLIC, origin="tongban.v1/test/1")


async def test_every_batch_gets_a_leaf_and_a_proof(database_url: str) -> None:
    async with world(database_url) as w, sealing(w.core):
        await signed_whole(w.core)
        before = await newest(w.core)
        batches = await file_some(w, 0, 40)
        await signed_whole(w.core)
        after = await newest(w.core)
        assert await audit(w.core) == []
        for batch in batches:
            proof = await w.core.database.run(functools.partial(log.include, batch_id=batch, size=0), read_only=True)
            assert envelope_pb2.AdmissionHeader.FromString(proof.header).batch_id == batch
            leaf = merkle.leaf_hash(proof.header)
            assert merkle.root_from_path(leaf, proof.leaf_index, proof.size, proof.path) == after.root
        path = await w.core.database.run(lambda tx: log.consist(tx, before.size, after.size), read_only=True)
        merkle.verify_consistency(before.size, before.root, after.size, after.root, path)


async def test_what_is_not_in_the_log_is_named(database_url: str) -> None:
    async with world(database_url) as w:
        batch = (await file_some(w, 0, 1))[0]
        with pytest.raises(NotSealedYet):
            await w.core.database.run(lambda tx: log.include(tx, batch, 0), read_only=True)
        with pytest.raises(NotFound):
            await w.core.database.run(lambda tx: log.include(tx, "no such batch", 0), read_only=True)
        with pytest.raises(FieldInvalid):
            await w.core.database.run(lambda tx: log.include(tx, batch, 1000), read_only=True)
        with pytest.raises(FieldInvalid):
            await w.core.database.run(lambda tx: log.consist(tx, 1, 1000), read_only=True)


@pytest.mark.parametrize("rubbish", [False, True], ids=["refuses", "signs rubbish"])
async def test_without_a_signer_the_log_grows_and_is_signed_later(
    database_url: str, rubbish: bool, caplog: pytest.LogCaptureFixture
) -> None:
    signer = AbsentSigner(rubbish=rubbish)
    with caplog.at_level(logging.CRITICAL):
        async with world(database_url) as w, sealing(w.core, signer) as sealer:
            await file_some(w, 0, 20)
            await until(lambda s: s[0] == s[1], w.core)
            for _ in range(2000):
                if not sealer.problems:
                    await asyncio.sleep(0.01)
            assert (await sizes(w.core))[2] == 0
            assert list(sealer.problems) == ["sign"]
            signer.away = False
            await signed_whole(w.core)
            assert await audit(w.core) == []


def test_a_signer_is_asked_less_and_less_often(caplog: pytest.LogCaptureFixture) -> None:
    loop = VirtualLoop()
    asked: list[float] = []

    class Noting(AbsentSigner):
        async def sign(self, text: bytes) -> bytes:
            asked.append(loop.time())
            return await super().sign(text)

    async def main() -> None:
        w = await virtual_world(loop, SimulatedDisk())
        async with sealing(w.core, Noting()):
            await asyncio.sleep(3600)

    with caplog.at_level(logging.CRITICAL):
        run_virtual(main(), loop)
    waits = [later - sooner for sooner, later in itertools.pairwise(asked)]
    assert max(waits) <= 60
    assert min(waits[8:]) >= 30
    assert 60 <= len(asked) <= 140


def test_killed_between_any_two_statements() -> None:
    """However far it got, the next sealer goes on from what was committed, and every batch has one leaf."""
    loop = VirtualLoop()

    async def main() -> int:
        disk = SimulatedDisk()
        w = await virtual_world(loop, disk)
        await file_some(w, 0, 12)
        unsealed = disk.image()
        for alive in itertools.count():
            disk.restore(unsealed)
            w.core.database = disk.mount()
            if not await _killed(w.core, alive):
                return alive
            assert await audit(w.core) == []
            # What is left is sealed by the next one, once the dead one's lease has stood still.
            async with sealing(w.core, seed=1000 + alive):
                await signed_whole(w.core)
            assert await audit(w.core) == []
        return 0

    assert run_virtual(main(), loop) > 60


async def _killed(core: GatewayCore, alive: int) -> bool:
    """Run a sealer that dies before its statement of this number; False where it was done before."""
    sealer = build_sealer(core, KeySigner(KEY), entropy=SeededEntropy(alive), pace=QUICK)
    sealer._database = sealer.lease._database = cast("Database", DyingDatabase(core.database, alive))
    task = asyncio.create_task(sealer.run())
    while not task.done():
        batches, leaves, signed = await sizes(core)
        if batches == leaves == signed:
            task.cancel()
            await asyncio.wait([task])
            return False
        await asyncio.sleep(0.01)
    with pytest.raises(Killed):
        task.result()
    return True


async def leases(w: World, *names: str) -> list[Lease]:
    return [Lease(w.core.database, w.clock, name="sealer", holder=name, seconds=15) for name in names]


async def test_one_holds_the_lease_until_it_stands_still(database_url: str) -> None:
    async with world(database_url, law=False) as w:
        first, second = await leases(w, "first", "second")
        assert await first.take()
        assert not await second.take()
        for _ in range(10):
            w.clock.move(seconds=10)
            await first.beat()
            assert not await second.take()
        w.clock.move(seconds=14)
        assert not await second.take()
        w.clock.move(seconds=2)
        assert await second.take()
        # The first wakes up and believes that it still holds it.
        assert first.held
        with pytest.raises(LeaseLost):
            await first.beat()
        first.lost()
        assert not await first.take()


async def test_a_holder_that_was_replaced_writes_nothing(database_url: str) -> None:
    async with world(database_url) as w:
        first, second = await leases(w, "first", "second")
        await first.take()
        assert not await second.take()
        w.clock.move(seconds=16)
        assert await second.take()

        def write(tx: Transaction) -> None:
            first.renew(tx)
            log.append(tx, 100)

        with pytest.raises(LeaseLost):
            await w.core.database.run(write)
        assert (await sizes(w.core))[1] == 0


async def test_who_stops_in_good_order_is_followed_at_once(database_url: str) -> None:
    async with world(database_url, law=False) as w:
        first, second = await leases(w, "first", "second")
        await first.take()
        await first.release()
        assert await second.take()


async def test_of_many_that_ask_at_once_one_gets_it(database_url: str) -> None:
    async with world(database_url, law=False) as w:
        asking = await leases(w, *(f"replica-{number}" for number in range(8)))
        taken = await asyncio.gather(*(lease.take() for lease in asking))
        assert sum(taken) == 1


@pytest.mark.postgres
async def test_two_replicas_race_for_the_lease(postgres_url: str) -> None:
    """Both admit, both would seal; the one that seals is killed again and again.  One leaf a batch, no gap, one log."""
    async with world(postgres_url) as w:
        w.clock.monotonic = asyncio.get_running_loop().time  # type: ignore[method-assign]  # leases run on real time here
        second = await start(postgres_url, w.clock, SeededEntropy(8))
        cores = [w.core, second]
        running: list[asyncio.Task[None]] = []
        sealers = []
        try:
            for number, core in enumerate(cores):
                sealer = build_sealer(core, KeySigner(KEY), entropy=SeededEntropy(number), pace=QUICK)
                sealers.append(sealer)
                running.append(asyncio.create_task(sealer.run()))
            for turn in range(6):
                filings = [w.file(f"RACE{turn:02}{i:02}") for i in range(24)]
                await asyncio.gather(*(w.send(each, core=cores[i % 2]) for i, each in enumerate(filings)))
                await second.refresh()
                await until(lambda s: s[0] == s[1], w.core)
                assert sum(sealer.lease.held for sealer in sealers) == 1
                # Killed: nothing is released, and the other has to notice by itself.
                holder = next(at for at, sealer in enumerate(sealers) if sealer.lease.held)
                sealers[holder].lease._fence = None
                running[holder].cancel()
                await asyncio.wait([running[holder]])
                seed = 100 + turn
                sealers[holder] = build_sealer(cores[holder], KeySigner(KEY), entropy=SeededEntropy(seed), pace=QUICK)
                running[holder] = asyncio.create_task(sealers[holder].run())
            await signed_whole(w.core)
            assert await audit(w.core) == []
            row = await w.core.database.run(lambda tx: tx.fetch_one(LEASE), read_only=True)
            assert row is not None
            assert row["fence"] >= 6
        finally:
            for task in running:
                task.cancel()
            await asyncio.wait(running)
            await close(second)


@pytest.mark.postgres
async def test_a_sealer_that_stands_still_in_a_transaction_holds_up_nobody(postgres_url: str) -> None:
    """Stopped between two statements, it holds the lease's row: the other replica neither waits for it nor seals."""
    async with world(postgres_url) as w:
        stalled, waiting = await leases(w, "stalled", "waiting")
        assert await stalled.take()
        assert not await waiting.take()
        w.clock.move(seconds=16)
        with psycopg.connect(postgres_url) as connection:
            connection.execute("SELECT fence FROM leases WHERE name = 'sealer' FOR UPDATE")
            async with asyncio.timeout(4):  # a lock is waited for longer than that
                assert not await waiting.take()
                await w.admitted(w.file())
            connection.rollback()
        assert await waiting.take()


async def test_where_nothing_was_admitted_nobody_is_woken(database_url: str) -> None:
    """The sealer appends, and writes, whenever it is woken: a gateway that is idle does not write."""
    async with world(database_url) as w:
        woken = asyncio.Event()
        w.core.watch_all(woken)
        await w.core.refresh()
        assert not woken.is_set()
        await w.admitted(w.file())
        assert woken.is_set()


async def test_a_gateway_that_starts_again_keeps_its_log(database_url: str) -> None:
    async with world(database_url) as w:
        async with sealing(w.core):
            await file_some(w, 0, 5)
            await signed_whole(w.core)
        before = await newest(w.core)
        await w.reopen()
        async with sealing(w.core, seed=9):
            await file_some(w, 5, 5)
            await signed_whole(w.core)
        after = await newest(w.core)
        path = await w.core.database.run(lambda tx: log.consist(tx, before.size, after.size), read_only=True)
        merkle.verify_consistency(before.size, before.root, after.size, after.root, path)


async def test_the_audit_finds_what_was_changed(database_url: str) -> None:
    async with world(database_url) as w, sealing(w.core):
        await file_some(w, 0, 9)
        await signed_whole(w.core)
        assert await audit(w.core) == []
        await w.core.database.run(lambda tx: tx.execute(SPOIL))
        assert any("node (3, 0)" in line for line in await audit(w.core))
        await w.core.database.run(lambda tx: tx.execute(FORGET))
        assert any("missing" in line for line in await audit(w.core))
