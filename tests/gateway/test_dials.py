"""A node that dials again and again is served later and later, and nobody else is."""

from __future__ import annotations

import pytest

from gateway.dials import FILLING_SECONDS, PATIENCE, STOCK, Dials
from tests.clocks import ManualClock
from tests.federation.stage import ACCEPTING, HOME, RawPeer, Stage, play
from tongban import errors

A, H, LINKS = f"nodes/{ACCEPTING}", f"nodes/{HOME}", 16
STOCKED = round(STOCK * LINKS)


def test_a_stock_is_used_up_and_fills_again() -> None:
    clock = ManualClock()
    dials = Dials(clock)
    assert [dials.take(A, LINKS) for _ in range(STOCKED)] == [0.0] * STOCKED
    each = FILLING_SECONDS / STOCKED
    parked = round(PATIENCE / each)
    assert [dials.take(A, LINKS) for _ in range(parked)] == pytest.approx([each * n for n in range(1, parked + 1)])
    with pytest.raises(errors.Overloaded) as refused:
        dials.take(A, LINKS)
    assert refused.value.retry_seconds == pytest.approx(PATIENCE + each, abs=0.1)
    assert dials.take(H, LINKS) == 0.0, "every node has its own"
    clock.move(seconds=refused.value.retry_seconds)
    assert dials.take(A, LINKS) < PATIENCE, "what was refused cost nothing of it"
    clock.move(seconds=2 * FILLING_SECONDS)
    assert [dials.take(A, LINKS) for _ in range(STOCKED)] == [0.0] * STOCKED
    assert dials.take(A, LINKS) > 0, "and never more than full"


def test_who_dials_without_end_is_welcomed_twice_a_second_and_others_at_once() -> None:
    async def act(stage: Stage) -> None:
        async def dial(node: str) -> float:
            began = clock.monotonic()
            peer = RawPeer(stage.federation, node)
            await peer.hello()
            await peer.stop()
            return clock.monotonic() - began

        clock = stage.federation.clock
        began = clock.monotonic()
        for _ in range(2 * STOCKED):
            await dial(A)
        rate = STOCKED / FILLING_SECONDS
        assert clock.monotonic() - began == pytest.approx(STOCKED / rate, rel=0.2)
        assert await dial(H) < 0.5 / rate

    play(act)
