"""A week without the checkpoint signer: nothing is refused, nothing gets slower, and the log is signed when it is back.

On a virtual clock, with a disk that takes its time, so that whatever the sealer does in the way of an admission would
show in the admission's virtual time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass

import pytest

from gateway.sealer import Pace
from tests.federation.virtual import VirtualLoop, run_virtual
from tests.gateway.sealing import AbsentSigner, audit, sealing, signed_whole, sizes, virtual_world
from tongban.storage.inline import SimulatedDisk

DAY = 86400.0
DAYS = 7
BURSTS_A_DAY = 48
BURST = 5
DISK_SECONDS = 0.004


@dataclass(frozen=True, slots=True)
class Week:
    """What came of a week."""

    refused: int
    admitted: int
    times: Sequence[float]
    signed_at_its_end: int
    leaves_at_its_end: int
    asked: int
    problems: Sequence[str]

    @property
    def p99(self) -> float:
        """Of the time from sending to the receipt."""
        return sorted(self.times)[int(len(self.times) * 0.99)]


def week(*, away: bool) -> Week:
    """Windows file around the clock while the signer works, or is away."""
    loop = VirtualLoop()

    async def slow() -> None:
        await asyncio.sleep(DISK_SECONDS)

    async def main() -> Week:
        w = await virtual_world(loop, SimulatedDisk(), latency=slow)
        times: list[float] = []
        refused = 0

        async def file(number: int) -> None:
            nonlocal refused
            filing, begun = w.file(f"WEEK{number:04}"), loop.time()
            answers = await w.send(filing)
            times.append(loop.time() - begun)
            refused += not answers.outcomes[0].HasField("receipt")

        signer = AbsentSigner(away=away)
        async with sealing(w.core, signer, pace=Pace(lease=600.0)):
            for burst in range(DAYS * BURSTS_A_DAY):
                numbers = range(burst * BURST, (burst + 1) * BURST)
                # Not all in one moment: some come while the sealer is at work on the first.
                await asyncio.gather(*(_after(0.1 * at, file(number)) for at, number in enumerate(numbers)))
                await asyncio.sleep(DAY / BURSTS_A_DAY)
            _, leaves, signed = await sizes(w.core)
            signer.away = False
            await signed_whole(w.core)
            return Week(refused, len(times), times, signed, leaves, signer.asked, await audit(w.core))

    return run_virtual(main(), loop)


async def _after(seconds: float, work: Coroutine[None, None, None]) -> None:
    await asyncio.sleep(seconds)
    await work


@pytest.mark.slow
def test_a_week_without_the_signer(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL):
        baseline, away = week(away=False), week(away=True)
    assert baseline.refused == away.refused == 0
    assert baseline.admitted == away.admitted == DAYS * BURSTS_A_DAY * BURST
    assert away.p99 <= 1.2 * baseline.p99
    # It was away indeed, was asked throughout, and nothing of the week is missing once it is back.
    assert (away.signed_at_its_end, away.leaves_at_its_end) == (0, baseline.leaves_at_its_end)
    assert away.asked > DAYS * DAY / 61
    assert baseline.signed_at_its_end == baseline.leaves_at_its_end
    assert baseline.problems == away.problems == []
