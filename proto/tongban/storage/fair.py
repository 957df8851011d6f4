"""A queue that is fair between owners: deficit round robin, at most one turn a batch.

    push(owner, item, weight, urgent) ──► a lane for each owner, first in first out
    take(max_items, max_weight)       ──► one batch: in turn, every lane gives what its credit allows

An owner that floods fills its own lane and nobody else's.  While more than one owner is about, a turn is worth
`quantum`, so whoever comes finds the batch under way and the one after it no longer than a quantum for each of the
others.  An owner that has been alone for a while gets whole batches: nobody waits for it to be modest.

Promised: an owner's items leave in the order they came; every item leaves once, if `take` is called often enough; in
a batch, an owner gives at most the larger of the quantum and its first item's weight, as long as others are about;
every lane has one turn in a round, and a round goes on in the next batch where a full one cut it.  An urgent item at
the head of a lane brings its lane to the front of the round, and no further: nothing overtakes within a lane, and
calling everything urgent gains nothing but that.

What can go wrong: an item heavier than the quantum saves up credit for some rounds before it goes.  It goes at once
when nobody else waits.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")

_MODEST = 8
_REMEMBERED_BATCHES = 64
"""For so many batches an owner counts as being about after its last item was taken."""


@dataclass(frozen=True, slots=True)
class _Entry(Generic[Item]):
    item: Item
    weight: int
    urgent: bool


@dataclass(slots=True)
class _Lane(Generic[Item]):
    entries: deque[_Entry[Item]] = field(default_factory=deque)
    weight: int = 0
    credit: int = 0
    cut: bool = False
    """Whether its turn was cut short by a full batch, and goes on in the next."""


class FairQueue(Generic[Item]):
    """Lanes of waiting items, by owner.  Pure: it neither waits nor asks what time it is."""

    def __init__(self, quantum: int, modest: Callable[[str], bool] = lambda _: False) -> None:
        """`quantum`: the weight that an owner may put into one batch while others are about.

        `modest`: whether an owner gets an eighth of it at present, because it has much more than the others.
        """
        self._quantum = quantum
        self._modest = modest
        # In the order of their last turns.
        self._lanes: dict[str, _Lane[Item]] = {}
        # Whose turn in this round is still to come.
        self._due: set[str] = set()
        self._batch = 0
        self._taken: dict[str, int] = {}
        self._items = 0
        self.weight = 0
        """The weight of everything that waits."""

    def __len__(self) -> int:
        return self._items

    def held(self, owner: str) -> tuple[int, int]:
        """How many items of an owner wait, and their weight."""
        lane = self._lanes.get(owner)
        return (len(lane.entries), lane.weight) if lane is not None else (0, 0)

    def push(self, owner: str, item: Item, weight: int, *, urgent: bool = False) -> None:
        """Put an item at the end of its owner's lane."""
        lane = self._lanes.get(owner)
        if lane is None:
            lane = self._lanes[owner] = _Lane()
            self._due.add(owner)
        lane.entries.append(_Entry(item, weight, urgent))
        lane.weight += weight
        self.weight += weight
        self._items += 1

    def take(self, max_items: int, max_weight: int, wanted: Callable[[Item], bool] = lambda _: True) -> list[Item]:
        """The next batch; empty only if nothing waits.  What is no longer `wanted` is dropped on the way.

        One item alone may be heavier than `max_weight`.
        """
        batch: list[Item] = []
        self._batch += 1
        while self._lanes and not batch:
            # A round in which no lane could pay for its first item is followed by another.
            self._round(batch, max_items, max_weight, wanted)
        return batch

    def clear(self) -> list[Item]:
        """Everything that waits, taken out."""
        items = [entry.item for lane in self._lanes.values() for entry in lane.entries]
        self._lanes.clear()
        self._due.clear()
        self._items = self.weight = 0
        return items

    def _round(self, batch: list[Item], max_items: int, max_weight: int, wanted: Callable[[Item], bool]) -> None:
        alone = self._alone()
        room = max_weight
        for owner in self._order():
            lane = self._lanes[owner]
            lane.credit = self._credit(lane, self._quantum // _MODEST if self._modest(owner) else self._quantum)
            while lane.entries:
                entry = lane.entries[0]
                if wanted(entry.item):
                    if len(batch) >= max_items or (batch and entry.weight > room):
                        lane.cut = not alone
                        return
                    if not alone and entry.weight > lane.credit:
                        break
                    batch.append(entry.item)
                    room -= entry.weight
                    lane.credit = 0 if alone else lane.credit - entry.weight
                    self._taken[owner] = self._batch
                self._drop_first(lane)
            self._end_turn(owner)

    def _order(self) -> Iterator[str]:
        """The lanes whose turn is still to come in this round, and then, as the next round, those that had theirs."""
        due = [owner for owner in self._lanes if owner in self._due]
        had = [owner for owner in self._lanes if owner not in self._due]
        yield from sorted(due, key=self._is_calm)
        self._due = set(self._lanes)
        yield from sorted(had, key=self._is_calm)

    def _is_calm(self, owner: str) -> bool:
        return not self._lanes[owner].entries[0].urgent

    def _credit(self, lane: _Lane[Item], quantum: int) -> int:
        """A lane's credit as its turn begins: a quantum more, saved up only as far as its first item needs."""
        if lane.cut:
            lane.cut = False
            return lane.credit
        return min(lane.credit + quantum, max(quantum, lane.entries[0].weight))

    def _end_turn(self, owner: str) -> None:
        self._due.discard(owner)
        lane = self._lanes.pop(owner)
        if lane.entries:
            self._lanes[owner] = lane

    def _drop_first(self, lane: _Lane[Item]) -> None:
        weight = lane.entries.popleft().weight
        lane.weight -= weight
        self.weight -= weight
        self._items -= 1

    def _alone(self) -> bool:
        """Whether only one owner waits, and no other has been served for a while."""
        if len(self._lanes) > 1:
            return False
        oldest = self._batch - _REMEMBERED_BATCHES
        self._taken = {owner: batch for owner, batch in self._taken.items() if batch >= oldest}
        return not self._taken.keys() - self._lanes.keys()
