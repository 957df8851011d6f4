"""Group commit: whatever is waiting goes together, so one fsync serves many requests.

    submit ──► waiting (bounded) ──► handler(batch) ──► each caller gets its own answer
                   ▲                      │
                   └── the next batch gathers while this one commits

There is no timer and no standing task.  A request that comes when nothing is under way starts a batch at once
(with everything that was submitted in the same turn of the loop); while a batch commits, those that come
gather into the next.  So an idle service adds no latency, and a busy one batches exactly as much as its disk
makes it.

Promised: every request that was taken is answered once, with its result or an exception, in batches that keep
the order of submission; at most one batch is under way.  What can go wrong: the queue is full (`Overloaded`:
nothing was taken, try again); the handler fails as a whole (every request of that batch gets the exception,
the next batch goes on); a caller is cancelled (while waiting: its request is dropped; when already under way:
it takes effect, and only its answer is lost).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from tongban.errors import Overloaded, Unavailable

Req = TypeVar("Req")
Res = TypeVar("Res")


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting(Generic[Req, Res]):
    request: Req
    size: int
    answer: asyncio.Future[Res]


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
    ) -> None:
        """`handler` answers a batch with one result or exception for each request, in the same order.

        `size` gives a request's bytes; without it only the number of requests is bounded.  A single request
        may be larger than `max_bytes` and then makes a batch of its own.
        """
        self._handler = handler
        self._name = name
        self._max_items = max_items
        self._max_bytes = max_bytes
        self._max_waiting = max_waiting
        self._max_waiting_bytes = max_waiting_bytes
        self._size = size
        self._waiting: deque[_Waiting[Req, Res]] = deque()
        self._waiting_bytes = 0
        self._draining: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many requests have not been taken into a batch yet."""
        return len(self._waiting)

    async def submit(self, request: Req) -> Res:
        """Hand one request in and wait for its answer."""
        if self._closed:
            raise Unavailable(what=self._name, cause="closed")
        size = 0 if self._size is None else self._size(request)
        if len(self._waiting) >= self._max_waiting or (
            self._waiting and self._waiting_bytes + size > self._max_waiting_bytes
        ):
            raise Overloaded(retry=Overloaded.retry_seconds)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Res] = loop.create_future()
        self._waiting.append(_Waiting(request, size, answer))
        self._waiting_bytes += size
        if self._draining is None:
            self._draining = loop.create_task(self._drain(), name=f"group-commit-{self._name}")
        return await answer

    async def close(self) -> None:
        """Take nothing more, and wait until all that was taken is answered.  Idempotent."""
        self._closed = True
        while self._draining is not None:
            # Shielded: whoever stops waiting for the close must not cut a commit off.
            await asyncio.shield(self._draining)

    async def __aenter__(self) -> GroupCommit[Req, Res]:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def _drain(self) -> None:
        try:
            while batch := self._take():
                await self._commit(batch)
        finally:
            self._draining = None

    def _take(self) -> list[_Waiting[Req, Res]]:
        batch: list[_Waiting[Req, Res]] = []
        total = 0
        while self._waiting and len(batch) < self._max_items:
            first = self._waiting[0]
            if batch and total + first.size > self._max_bytes:
                break
            self._waiting.popleft()
            self._waiting_bytes -= first.size
            if not first.answer.done():  # its caller has not given up
                batch.append(first)
                total += first.size
        return batch

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
            for waiting in (*batch, *self._waiting):
                waiting.answer.cancel()
            self._waiting.clear()
            self._waiting_bytes = 0
            raise
        for waiting, result in zip(batch, results, strict=True):
            if waiting.answer.done():
                continue
            if isinstance(result, Exception):
                waiting.answer.set_exception(result)
            else:
                waiting.answer.set_result(result)
