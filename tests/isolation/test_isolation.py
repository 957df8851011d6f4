"""One node that is dead, slow or floods, and what the others notice of it; and more than the gateway can take."""

from __future__ import annotations

import asyncio
import functools

import pytest

from gateway.store import QUERIES
from tests.federation.virtual import VirtualLoop, run_virtual
from tests.gateway.kit import Author
from tests.isolation.crowd import (
    Bad,
    Crowd,
    Result,
    dead,
    flood,
    open_crowd,
    p99,
    publications,
    run_crowd,
    slow,
)
from tongban import errors
from tongban.journal.envelopes import Opened

NOTICED = 1.10
LIMIT_BYTES = 300 << 10
AUTHORS, FRAMES, FRAME = 24, 6, 8


@functools.cache
def calm() -> Result:
    """The same work without anybody who misbehaves."""
    return run_crowd(None)


@pytest.mark.parametrize(("bad", "at_least"), [(dead, 0), (slow, 3), (flood, 5000)], ids=["dead", "slow", "flood"])
def test_one_bad_node_costs_the_others_no_more_than_a_tenth(bad: Bad, at_least: int) -> None:
    rough = run_crowd(bad)
    assert rough.bad_events >= at_least
    assert rough.receipt_p99 <= NOTICED * calm().receipt_p99
    assert rough.delivered_p99 <= NOTICED * calm().delivered_p99


def test_past_capacity_it_sheds_with_a_time_to_come_back_and_loses_nothing() -> None:
    loop = VirtualLoop()
    run_virtual(_overload(loop), loop)


async def _overload(loop: VirtualLoop) -> None:
    crowd = await open_crowd(loop)
    world, admitter = crowd.world, crowd.world.core.admitter
    names = [f"nodes/36{number:04}" for number in range(AUTHORS)]
    authors = {name: await world.join(name) for name in names}
    stock = {name: [_frame(author, number) for number in range(FRAMES)] for name, author in authors.items()}
    before = await _probe(crowd, 1000)
    crowd.database.slower = 40.0
    admitter._commits._max_waiting_bytes = LIMIT_BYTES
    refusals: list[float] = []
    held: list[int] = []

    async def offer(name: str) -> None:
        for frame in stock[name]:
            while True:
                held.append(admitter._commits.waiting_bytes)
                try:
                    answers = await world.core.admit(name, [opened.wire for opened in frame])
                except errors.Overloaded as error:
                    refusals.append(error.retry_seconds or 0.0)
                    await asyncio.sleep(refusals[-1])
                    continue
                assert all(outcome.HasField("receipt") for outcome in answers.outcomes), "in their order, and once"
                break

    began = loop.time()
    await asyncio.gather(*map(offer, names))
    assert loop.time() - began > 10
    assert len(refusals) > AUTHORS, "it was past capacity"
    assert all(1.0 <= retry <= 30.0 for retry in refusals)
    assert LIMIT_BYTES // 2 < max(held) <= LIMIT_BYTES
    crowd.database.slower = 1.0
    assert await _probe(crowd, 2000) <= NOTICED * before
    counted = await world.core.database.run(lambda tx: tx.fetch_one(QUERIES.count_journal), read_only=True)
    assert counted is not None
    assert counted["rejections"] == 0
    await admitter.close()


def _frame(author: Author, number: int) -> list[Opened]:
    make = publications(author)
    return [make(1000 * number + n) for n in range(FRAME)]


async def _probe(crowd: Crowd, number: int) -> float:
    """How long single filings take now."""
    times = []
    for n in range(50):
        began = crowd.loop.time()
        await crowd.world.admitted(crowd.world.file(f"P{number + n}"))
        times.append(crowd.loop.time() - began)
    return p99(times)
