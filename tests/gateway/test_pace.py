"""Nobody takes most of the gateway's time while others need it, and nobody waits for nothing."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from gateway.pace import OF_BUSIEST, SHARE, TOGETHER, Pace
from tests.clocks import ManualClock
from tests.federation.virtual import VirtualClock, VirtualLoop, run_virtual


def test_who_is_alone_is_never_slowed() -> None:
    pace = Pace(ManualClock())
    pace.charge("a", 5.0)
    assert pace.pause("a") == 0.0
    assert not pace.is_near_its_due("a")


def test_who_uses_most_waits_while_others_are_about_and_no_longer() -> None:
    clock = ManualClock()
    pace = Pace(clock)
    pace.charge("a", 1.0)
    pace.charge("b", 0.01)
    assert pace.pause("a") > 0
    assert pace.pause("b") == 0.0
    clock.move(seconds=2)
    assert pace.pause("a") == 0.0, "the account forgets"
    pace.charge("a", 1.0)
    clock.move(seconds=0.5)
    assert pace.pause("a") == 0.0, "and b is gone"


def test_what_waits_in_the_queue_counts_beforehand() -> None:
    pace = Pace(ManualClock())
    pace.spent([("b", 100)], 0.01)
    pace.expect("a", 10_000)
    assert pace.pause("a") > 0
    pace.forget("a", 10_000)
    assert pace.pause("a") == 0.0


@given(st.lists(st.floats(0.1, 3.0), min_size=2, max_size=6))
def test_the_busiest_but_one_waits_for_nobody_and_the_busiest_only_above_its_due(used: list[float]) -> None:
    pace = Pace(ManualClock())
    for number, seconds in enumerate(used):
        pace.charge(str(number), seconds)
        pace.expect(str(number), 1)
    ordered = sorted(range(len(used)), key=lambda number: used[number])
    for number in ordered[:-1]:
        assert pace.pause(str(number)) == 0.0
    top, next_one = used[ordered[-1]], used[ordered[-2]]
    assert (pace.pause(str(ordered[-1])) > 0) == (top > max(SHARE, OF_BUSIEST * next_one))


def test_above_its_due_a_node_has_what_the_others_leave_and_never_more_than_half() -> None:
    pace = Pace(ManualClock())
    pace.charge("b", 0.1)
    pace.charge("a", 0.3)
    assert pace.is_near_its_due("a")
    assert pace.pause("a") == 0.0, "nobody's work waits"
    pace.expect("a", 1)
    assert pace.pause("a") == 0.0, "only its own does"
    pace.expect("b", 1)
    assert pace.pause("a") > 0
    assert pace.pause("b") == 0.0
    pace.forget("b", 1)
    assert pace.pause("a") == 0.0
    pace.charge("a", TOGETHER - 0.1 - 0.3 + 0.01)
    assert pace.pause("a") > 0, "what is left of the half is used up"
    pace.charge("b", 0.4)
    assert pace.pause("a") == 0.0, "though what others take as well is always its due"


def test_nodes_that_are_equally_busy_keep_their_long_turns() -> None:
    pace = Pace(ManualClock())
    for node in "abcd":
        pace.charge(node, 0.2)
    assert not any(pace.is_near_its_due(node) for node in "abcd")
    pace.charge("a", 0.25)
    assert [node for node in "abcd" if pace.is_near_its_due(node)] == ["a"]


def test_a_turn_comes_in_the_moment_in_which_the_others_have_their_answers() -> None:
    loop = VirtualLoop()

    async def scenario() -> None:
        pace = Pace(VirtualClock(loop))
        pace.charge("b", 0.05)
        pace.charge("a", 0.4)
        pace.expect("b", 1)
        pace.expect("c", 1)
        turn = asyncio.ensure_future(pace.due("a"))
        await asyncio.sleep(0.003)
        pace.forget("b", 1)
        await asyncio.sleep(0.003)
        assert not turn.done()
        pace.forget("c", 1)
        at = loop.time()
        await turn
        assert loop.time() == at

    run_virtual(scenario(), loop)


def test_turns_of_one_node_come_one_after_the_other_and_cost_what_they_take() -> None:
    loop = VirtualLoop()

    async def scenario() -> None:
        pace = Pace(VirtualClock(loop))
        under_way = 0
        order: list[int] = []

        async def work(node: str, number: int, seconds: float) -> None:
            nonlocal under_way
            async with pace.turn(node):
                assert under_way == 0
                under_way += 1
                try:
                    await asyncio.sleep(seconds)
                finally:
                    under_way -= 1
                order.append(number)

        await work("b", 0, 0.01)
        began = loop.time()
        await asyncio.gather(*(work("a", number, 0.3) for number in range(1, 5)))
        assert order == [0, 1, 2, 3, 4]
        assert loop.time() - began > 1.2
        stuck = asyncio.ensure_future(work("a", 5, 0.1))
        await asyncio.sleep(0)
        stuck.cancel()
        await asyncio.gather(stuck, return_exceptions=True)
        await work("a", 6, 0.1)
        assert order[-1] == 6, "who gives up holds nobody up"

    run_virtual(scenario(), loop)
