"""Group commit: whatever is waiting goes together, so one fsync serves many requests.

    submit ──► waiting (bounded, a lane an owner) ──► handler(batch) ──► each caller gets its own answer
                   ▲                                      │
                   └── the next batch gathers while this one commits

There is no timer and no standing task.  A request that comes when nothing is under way starts a batch at once
(with everything that was submitted in the same turn of the loop); while a batch commits, those that come
gather into the next.  So an idle service adds no latency, and a busy one batches exactly as much as its disk
makes it.

Fairness: with `owner`, requests wait in a lane for each owner and batches take from all lanes in turn
(`tongban.storage.fair`).  The room is shared by what is left of it: an owner may hold as much as is still free, so one
alone may fill half, and there is always room for the next.  The last quarter of the room is for urgent requests.

Promised: every request that was taken is answered once, with its result or an exception, in batches that keep
the order of submission of each owner; at most one batch is under way.  What can go wrong: there is no room
(`Overloaded` with a time after which it makes sense to come back: nothing was taken); the time that the caller's
caller waits is over before a batch takes the request (`DeadlinePassed`: nothing was done); the handler fails as a whole
(every request of that batch gets the exception, the next batch goes on); a caller is cancelled (while waiting: its
request is dropped; when already under way: it takes effect, and only its answer is lost).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from tongban import deadlines
from tongban.errors import DeadlinePassed, Overloaded, Unavailable
from tongban.storage.fair import FairQueue

Req = TypeVar("Req")
Res = TypeVar("Res")

QUANTUM = 128 << 10
_ROUTINE_SHARE = 0.75
"""How much of the room requests that are not urgent may fill."""

_LONGEST_RETRY = 30.0
_SMOOTHING = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting(Generic[Req, Res]):
    request: Req
    weight: int
    answer: asyncio.Future[Res]
    end: float | None


class GroupCommit(Generic[Req, Res]):
    """Gathers single requests into batches for one handler."""

    def __init__(
        self,
        handler: Callable[[list[Req]], Awaitable[Sequence[Res | Exception]]],
        *,
        name: str = "database",
        max_items: int = 128,
        max_bytes: int = 1 << 20,
        max_waiting: int = 8192,
        max_waiting_bytes: int = 64 << 20,
        size: Callable[[Req], int] | None = None,
        owner: Callable[[Req], str] | None = None,
        urgent: Callable[[Req], bool] | None = None,
        quantum: int = QUANTUM,
        modest: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`handler` answers a batch with one result or exception for each request, in the same order.

        `size` gives a request's bytes; without it only the number of requests is bounded, and each weighs 1.  A single
        request may be larger than `max_bytes` and then makes a batch of its own.  `quantum`, `modest`: see `FairQueue`.
        """
        self._handler = handler
        self._name = name
        self._max_items = max_items
        self._max_bytes = max_bytes
        self._max_waiting = max_waiting
        self._max_waiting_bytes = max_waiting_bytes
        self._size = size
        self._owner = owner
        self._urgent = urgent
        self._waiting: FairQueue[_Waiting[Req, Res]] = FairQueue(quantum, modest)
        self._draining: asyncio.Task[None] | None = None
        self._room: asyncio.Event | None = None
        self._rate = 0.0
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many requests have not been taken into a batch yet."""
        return len(self._waiting)

    @property
    def waiting_bytes(self) -> int:
        """Their weight."""
        return self._waiting.weight

    def depth(self) -> tuple[int, float]:
        """How many requests wait, and how much of the room for them is taken, from 0 to 1."""
        return self.waiting, max(self.waiting / self._max_waiting, self.waiting_bytes / self._max_waiting_bytes)

    async def submit(self, request: Req) -> Res:
        """Hand one request in and wait for its answer; raises Overloaded at once where there is no room for it."""
        return await self.put(request)

    def put(self, request: Req) -> asyncio.Future[Res]:
        """Hand one request in now; its answer to come.  Cancelling the answer takes back what no batch has taken."""
        if self._closed:
            raise Unavailable(what=self._name, cause="closed")
        if not self._fits(request):
            raise self.overloaded(request)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Res] = loop.create_future()
        weight = 1 if self._size is None else self._size(request)
        urgent = self._urgent is not None and self._urgent(request)
        waiting = _Waiting(request, weight, answer, deadlines.end())
        self._waiting.push(self._owner_of(request), waiting, weight, urgent=urgent)
        if self._draining is None:
            self._draining = loop.create_task(self._drain(), name=f"group-commit-{self._name}")
        return answer

    async def room(self, request: Req, patience: float) -> None:
        """Until there is room for this request; whoever then calls `put` without waiting in between gets it.

        Overloaded when there was none for `patience` seconds.
        """
        if self._fits(request):
            return
        try:
            async with asyncio.timeout(patience):
                while not (self._closed or self._fits(request)):
                    if self._room is None:
                        self._room = asyncio.Event()
                    await self._room.wait()
        except TimeoutError as error:
            raise self.overloaded(request) from error

    def overloaded(self, request: Req) -> Overloaded:
        """The refusal of a request for which there is no room: come back when its owner's lane should be empty."""
        _, weight = self._waiting.held(self._owner_of(request))
        seconds = weight / self._rate if self._rate else 0.0
        seconds = round(min(max(seconds, Overloaded.retry_seconds or 0.0), _LONGEST_RETRY), 1)
        error = Overloaded(retry=seconds)
        error.retry_seconds = seconds
        return error

    async def close(self) -> None:
        """Take nothing more, and wait until all that was taken is answered.  Idempotent."""
        self._closed = True
        self._make_room()
        while self._draining is not None:
            # Shielded: whoever stops waiting for the close must not cut a commit off.
            await asyncio.shield(self._draining)

    async def __aenter__(self) -> GroupCommit[Req, Res]:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    def _owner_of(self, request: Req) -> str:
        return "" if self._owner is None else self._owner(request)

    def _fits(self, request: Req) -> bool:
        queue = self._waiting
        weight = 0 if self._size is None else self._size(request)
        bytes_held = 0 if self._size is None else queue.weight
        if self._owner is None:
            return len(queue) < self._max_waiting and (not queue or bytes_held + weight <= self._max_waiting_bytes)
        share = 1.0 if self._urgent is None or self._urgent(request) else _ROUTINE_SHARE
        items, held = queue.held(self._owner(request))
        if items + 1 > share * self._max_waiting - len(queue):
            return False
        return self._size is None or not queue or held + weight <= share * self._max_waiting_bytes - bytes_held

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while batch := self._take():
                began = loop.time()
                await self._commit(batch)
                self._learn(sum(waiting.weight for waiting in batch), loop.time() - began)
        finally:
            self._draining = None

    def _take(self) -> list[_Waiting[Req, Res]]:
        max_weight = self._max_bytes if self._size is not None else self._max_items
        now = asyncio.get_running_loop().time()
        batch = self._waiting.take(self._max_items, max_weight, lambda waiting: self._is_wanted(waiting, now))
        self._make_room()
        return batch

    def _is_wanted(self, waiting: _Waiting[Req, Res], now: float) -> bool:
        """Whether somebody still waits for it."""
        if waiting.answer.done():
            return False
        if waiting.end is not None and now >= waiting.end:
            waiting.answer.set_exception(DeadlinePassed(what=self._name))
            return False
        return True

    def _make_room(self) -> None:
        if self._room is not None:
            self._room.set()
            self._room = None

    def _learn(self, weight: int, seconds: float) -> None:
        """How fast it goes, for telling when to come back."""
        if seconds > 0:
            rate = weight / seconds
            self._rate = rate if not self._rate else self._rate + _SMOOTHING * (rate - self._rate)

    async def _commit(self, batch: list[_Waiting[Req, Res]]) -> None:
        results: Sequence[Res | Exception]
        try:
            results = await self._handler([waiting.request for waiting in batch])
            if len(results) != len(batch):
                raise RuntimeError(f"{self._name}: {len(results)} answers to {len(batch)} requests")
        except Exception as error:
            results = [error] * len(batch)
        except BaseException:
            # The loop is being torn down.  What waits would otherwise wait for ever.
            for waiting in (*batch, *self._waiting.clear()):
                waiting.answer.cancel()
            raise
        for waiting, result in zip(batch, results, strict=True):
            if waiting.answer.done():
                continue
            if isinstance(result, Exception):
                waiting.answer.set_exception(result)
            else:
                waiting.answer.set_result(result)
