"""The fair queue: nothing lost, no lane reordered, and no owner waits longer because another one floods."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from tongban.storage.fair import FairQueue

Item = tuple[str, int, int]
OWNERS = "abcde"
pushes = st.lists(
    st.tuples(st.sampled_from(OWNERS), st.integers(1, 60), st.booleans(), st.booleans()), min_size=1, max_size=80
)


def fill(queue: FairQueue[Item], owner: str, count: int, weight: int = 1, *, urgent: bool = False) -> None:
    """So many items of one owner."""
    for number in range(count):
        queue.push(owner, (owner, number, weight), weight, urgent=urgent)


def drained(queue: FairQueue[Item], max_items: int = 1000, max_weight: int = 1000) -> list[list[Item]]:
    """Every batch until nothing waits."""
    batches = []
    while batch := queue.take(max_items, max_weight):
        batches.append(batch)
    return batches


@given(pushes, st.integers(1, 40), st.integers(1, 8), st.integers(1, 100))
def test_everything_leaves_once_in_its_lanes_order_and_within_bounds(
    arrivals: list[tuple[str, int, bool, bool]], quantum: int, max_items: int, max_weight: int
) -> None:
    queue: FairQueue[Item] = FairQueue(quantum)
    sent: dict[str, list[Item]] = defaultdict(list)
    left: dict[str, list[Item]] = defaultdict(list)
    for number, (owner, weight, urgent, take_now) in enumerate(arrivals):
        item = (owner, number, weight)
        queue.push(owner, item, weight, urgent=urgent)
        sent[owner].append(item)
        if take_now:
            for gone in check_batch(queue, quantum, max_items, max_weight):
                left[gone[0]].append(gone)
    while len(queue):
        for gone in check_batch(queue, quantum, max_items, max_weight):
            left[gone[0]].append(gone)
    assert left == sent
    assert queue.weight == 0
    assert queue.take(max_items, max_weight) == []


def check_batch(queue: FairQueue[Item], quantum: int, max_items: int, max_weight: int) -> list[Item]:
    """Take one batch and check what is promised of it."""
    waiting = {owner for owner in OWNERS if queue.held(owner)[0]}
    batch = queue.take(max_items, max_weight)
    assert bool(batch) == bool(waiting)
    assert len(batch) <= max_items
    assert len(batch) == 1 or sum(weight for _, _, weight in batch) <= max_weight
    if len(waiting) > 1:
        for owner in waiting:
            weights = [weight for name, _, weight in batch if name == owner]
            assert not weights or sum(weights) <= max(quantum, weights[0])
    return batch


@given(
    st.lists(st.integers(0, 200), min_size=2, max_size=5),
    st.integers(1, 10),
    st.integers(1, 10),
    st.booleans(),
)
def test_whoever_comes_is_in_the_next_batch_whatever_the_others_have_piled_up(
    piles: list[int], weight: int, rounds: int, urgent: bool
) -> None:
    quantum = 10
    queue: FairQueue[Item] = FairQueue(quantum)
    for owner, count in zip(OWNERS, piles, strict=False):
        fill(queue, owner, count, 3, urgent=urgent)
    for _ in range(rounds):
        queue.take(1000, quantum * 6)
    queue.push("late", ("late", 0, weight), weight)
    batch = queue.take(1000, quantum * 6)
    assert ("late", 0, weight) in batch
    assert sum(w for _, _, w in batch) <= quantum * 6


@given(st.integers(2, 5), st.integers(1, 30), st.integers(10, 40))
def test_a_full_batch_puts_off_each_in_turn(owners: int, max_weight: int, quantum: int) -> None:
    """Batches too small for everybody: between two turns of one lane, every other lane has its own."""
    queue: FairQueue[Item] = FairQueue(quantum)
    for owner in OWNERS[:owners]:
        fill(queue, owner, 200, 1)
    served = [item[0] for batch in (queue.take(1000, max_weight) for _ in range(12)) for item in batch]
    counts = [served.count(owner) for owner in OWNERS[:owners]]
    assert max(counts) - min(counts) <= 2 * quantum


def test_shares_are_by_weight_and_not_by_number() -> None:
    queue: FairQueue[Item] = FairQueue(100)
    fill(queue, "a", 400, 10)
    fill(queue, "b", 40, 100)
    batch = queue.take(1000, 10_000)
    assert [sum(w for o, _, w in batch if o == owner) for owner in "ab"] == [100, 100]


def test_an_owner_alone_gets_whole_batches_until_somebody_comes() -> None:
    queue: FairQueue[Item] = FairQueue(10)
    fill(queue, "a", 500)
    assert len(queue.take(1000, 100)) == 100
    queue.push("b", ("b", 0, 1), 1)
    assert len(queue.take(1000, 100)) == 11
    assert len(queue.take(1000, 100)) == 10, "the other may come back at any moment"
    for _ in range(64):
        fill(queue, "a", 10)
        queue.take(1000, 100)
    assert len(queue.take(1000, 100)) == 100, "and then it has been away for long"


def test_what_is_heavier_than_a_turn_saves_up_for_it() -> None:
    queue: FairQueue[Item] = FairQueue(10)
    fill(queue, "big", 2, 35)
    fill(queue, "small", 100, 5)
    batches = drained(queue)
    assert [[w for o, _, w in batch if o == "big"] for batch in batches[:8]] == [[], [], [], [35], [], [], [], [35]]
    fill(queue, "big", 1, 5000)
    assert queue.take(1000, 1000) == [("big", 0, 5000)], "nobody else waits"


def test_urgent_lanes_come_first_in_their_round_and_no_further() -> None:
    queue: FairQueue[Item] = FairQueue(10)
    for owner in "abc":
        fill(queue, owner, 20)
    fill(queue, "d", 20, urgent=True)
    assert {item[0] for item in queue.take(1000, 10)} == {"d"}
    others = [queue.take(1000, 10)[0][0] for _ in range(4)]
    assert others == ["a", "b", "c", "d"], "each has its turn before the urgent one has another"


def test_what_nobody_wants_any_more_is_dropped_on_the_way() -> None:
    queue: FairQueue[Item] = FairQueue(10)
    fill(queue, "a", 5)
    fill(queue, "b", 5)
    batches = [queue.take(3, 100, lambda item: item[1] % 2 == 0) for _ in range(3)]
    assert sorted(item for batch in batches for item in batch) == [(o, n, 1) for o in "ab" for n in (0, 2, 4)]
    assert len(queue) == 0
    fill(queue, "a", 3)
    assert queue.take(3, 100, lambda _: False) == []
    fill(queue, "c", 2)
    assert len(queue.clear()) == 2
    assert (len(queue), queue.weight, queue.held("c")) == (0, 0, (0, 0))


def test_an_owner_that_has_had_more_than_the_others_gets_short_turns() -> None:
    queue: FairQueue[Item] = FairQueue(80, modest=lambda owner: owner == "a")
    fill(queue, "a", 200)
    fill(queue, "b", 200)
    batch = queue.take(1000, 1000)
    assert [sum(1 for item in batch if item[0] == owner) for owner in "ab"] == [10, 80]
