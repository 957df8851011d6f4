"""Several replicas on one database: whoever serves a node, the streams and mailboxes are one."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from gateway.core import GatewayCore
from gateway.runtime import initialise
from gateway.sealer import KeySigner
from gateway.settings import GatewaySettings
from tests.gateway.kit import ACCEPTING, HOME, OTHER, World, close, start, world
from tongban.clock import SeededEntropy, SystemClock, SystemEntropy
from tongban.journal.envelopes import Opened
from tongban.v1 import agreement_pb2, application_pb2, directory_pb2, envelope_pb2

pytestmark = pytest.mark.postgres


@asynccontextmanager
async def two(url: str) -> AsyncIterator[tuple[World, GatewayCore]]:
    """A world, and a second replica of its gateway."""
    async with world(url) as w:
        second = await start(url, w.clock, SeededEntropy(8))
        try:
            yield w, second
        finally:
            await close(second)


def _check_channel(entries: list[tuple[int, str, int]]) -> None:
    """Positions without a gap, no event twice, and each stream in its own order."""
    assert [position for position, _, _ in entries] == list(range(1, len(entries) + 1))
    seen: dict[str, int] = {}
    for _, stream, version in entries:
        assert version == seen.get(stream, 0) + 1
        seen[stream] = version


async def test_two_replicas_admit_to_the_same_mailboxes(postgres_url: str) -> None:
    async with two(postgres_url) as (w, second):
        filings = [w.file(f"TEST{i:04}") for i in range(60)]
        await w.admitted(*filings)
        # 漳州 accepts through one replica what 潮州 withdraws through the other: for each, one of them is first.
        accepts, withdrawals = [], []
        for filed in filings:
            stream = filed.event.stream
            w.home.heads[stream] = w.accepting.heads[stream] = (1, filed.digest)
            accepts.append(w.home.make(stream, application_pb2.ApplicationAccepted()))
            withdrawals.append(w.accepting.make(stream, application_pb2.ApplicationWithdrawn()))

        async def send(core: GatewayCore, events: list[Opened], size: int) -> list[str]:
            said = []
            for start_at in range(0, len(events), size):
                answers = await w.send(*events[start_at : start_at + size], core=core)
                said += [o.rejection.reason or "admitted" for o in answers.outcomes]
            return said

        accepted, withdrawn = await asyncio.gather(send(w.core, accepts, 7), send(second, withdrawals, 5))
        for one, other in zip(accepted, withdrawn, strict=True):
            assert sorted([one, other]) == ["STREAM_CONFLICT", "admitted"]
        for node in (HOME, ACCEPTING):
            entries = await w.read_all(node)
            _check_channel(entries)
            assert len(entries) == 120


async def test_the_same_events_through_both_replicas(postgres_url: str) -> None:
    """A line breaks, the node dials the other replica and sends again what is still under way at the first."""
    async with two(postgres_url) as (w, second):
        filings = [w.file(f"TEST{i:04}") for i in range(80)]
        both = await asyncio.gather(
            *(w.send(*filings[i : i + 10], core=core) for i in range(0, 80, 10) for core in (w.core, second))
        )
        receipts: dict[str, bytes] = {}
        for answers in both:
            for outcome in answers.outcomes:
                assert outcome.HasField("receipt"), outcome.rejection
                raw = outcome.receipt.SerializeToString()
                assert receipts.setdefault(outcome.event_id, raw) == raw
        assert len(receipts) == 80
        entries = await w.read_all(HOME)
        _check_channel(entries)
        assert len(entries) == 80


async def test_two_replicas_open_the_same_stream(postgres_url: str) -> None:
    async with two(postgres_url) as (w, second):
        for number in range(20):
            one = w.file(f"TEST{number:04}")
            w.accepting.heads.pop(one.event.stream)
            other = w.file(f"TEST{number:04}")
            answers = await asyncio.gather(w.send(one, core=w.core), w.send(other, core=second))
            said = sorted(a.outcomes[0].WhichOneof("answer") or "" for a in answers)
            assert said in (["receipt", "rejection"], ["rejection", "rejection"])
        _check_channel(await w.read_all(HOME))


async def test_what_one_replica_learned_the_other_knows(postgres_url: str) -> None:
    async with two(postgres_url) as (w, second):
        agreement = "agreements/zhangzhou-chaozhou-shantou"
        w.home.knows(w.accepting, agreement)
        suspended = agreement_pb2.AgreementSuspended()
        suspended.effect_time.FromDatetime(w.clock.now())
        await w.admitted(w.home.make(agreement, suspended))
        w.clock.move(minutes=1)
        answers = await w.send(w.file(), core=second)
        assert answers.outcomes[0].rejection.reason == "AGREEMENT_SUSPENDED"


async def test_what_a_batch_is_judged_by_stays_until_it_is_committed(postgres_url: str) -> None:
    """A filing is under way at one replica when its agreement is suspended at the other: it is first, and says so."""
    async with two(postgres_url) as (w, second):
        agreement = "agreements/zhangzhou-chaozhou-shantou"
        w.home.knows(w.accepting, agreement)
        suspended = agreement_pb2.AgreementSuspended()
        suspended.effect_time.FromDatetime(w.clock.now())
        async with await psycopg.AsyncConnection.connect(postgres_url) as stalling:
            # The filing has looked at the agreement, and waits for the row of its author.
            await stalling.execute("SELECT 1 FROM authors WHERE author = %s FOR UPDATE", [ACCEPTING])
            filing = asyncio.create_task(w.send(w.file()))
            await _waiting(postgres_url, 1)
            suspension = asyncio.create_task(w.send(w.home.make(agreement, suspended), core=second))
            await _waiting(postgres_url, 2)
            w.clock.move(seconds=1)
            await stalling.rollback()
        filed, stopped = await filing, await suspension
        assert filed.outcomes[0].HasField("receipt"), filed.outcomes[0].rejection
        first, then = (envelope_pb2.AdmissionHeader.FromString(a.admissions[0].header) for a in (filed, stopped))
        assert first.admit_time.ToMicroseconds() <= then.admit_time.ToMicroseconds()


async def test_a_refusal_is_the_same_at_both_replicas(postgres_url: str) -> None:
    """The same event comes to both at once, and no stream is there that both would lock."""
    async with two(postgres_url) as (w, second):
        for number in range(20):
            lost = w.accepting.make(
                f"applications/44510020261123{number:08}1X", application_pb2.ApplicationWithdrawn(), expected_version=3
            )
            answers = await asyncio.gather(w.send(lost, core=w.core), w.send(lost, core=second))
            one, other = (answer.outcomes[0].rejection for answer in answers)
            assert one == other


async def _waiting(url: str, units: int) -> None:
    """Until so many transactions wait for a row."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as looking:
        while True:
            rows = await looking.execute(
                "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
                " AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"
            )
            row = await rows.fetchone()
            assert row is not None
            if row[0] >= units:
                return
            await asyncio.sleep(0.02)


async def test_a_node_that_joined_at_one_replica_is_served_by_the_other(postgres_url: str) -> None:
    async with two(postgres_url) as (w, second):
        late = await w.join("nodes/330328")
        await second.refresh()
        document = directory_pb2.ItemDocument()
        found = w.core.admitter.shared.item("items/350600.zz-x-hpf")
        assert found is not None
        document.CopyFrom(found.document)
        document.name, document.home = "items/330328.test", "nodes/330328"
        answers = await w.send(late.make(document.name, directory_pb2.ItemPublished(document=document)), core=second)
        assert answers.outcomes[0].HasField("receipt"), answers.outcomes[0].rejection
        assert second.heads["feeds/nodes"] == 4


async def test_a_reader_at_one_replica_hears_of_what_the_other_admits(postgres_url: str) -> None:
    async with two(postgres_url) as (w, second):
        heard = asyncio.Event()
        second.watch([HOME], heard)
        await w.admitted(w.file())
        assert not heard.is_set()
        await second.refresh()
        assert heard.is_set()
        assert second.heads[HOME] == 1
        assert OTHER not in second.heads


def test_a_replica_is_a_copy_of_the_directory(tmp_path: Path) -> None:
    """All keys are there before the first start, so every copy seals the one log with the same key."""
    first, second = tmp_path / "first", tmp_path / "second"
    initialise(GatewaySettings(home=first), SystemClock(), SystemEntropy())
    shutil.copytree(first, second)
    keys = {KeySigner.load(home / "keys", SystemEntropy()).public_key for home in (first, second)}
    assert len(keys) == 1
