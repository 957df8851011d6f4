"""When the disk is full: nothing new is taken, everything can be read, and it ends by itself.

    StorageFull from a unit of work ──► full: submissions are refused at once, welcomes carry the reason and no credit
            every two seconds, a small unit of work that needs space ──► there is space: credit for who was welcomed
            without it, and everything is as before

What can go wrong: space for the trial and not for a batch: it is full again at once, and nothing was lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging

from gateway.faults import WHO
from gateway.store import QUERIES
from tongban import errors
from tongban.storage.base import Database, Transaction

logger = logging.getLogger(__name__)

TRY_SECONDS = 2.0
_BALLAST = "x" * (256 << 10)


class StorageWatch:
    """Knows whether the gateway's database can be written."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._task: asyncio.Task[None] | None = None
        self._there_is_space = asyncio.Event()
        self._there_is_space.set()

    @property
    def problem(self) -> errors.StorageFull | None:
        """Why nothing is taken at present, if so."""
        return None if self._there_is_space.is_set() else _full()

    def check(self) -> None:
        """Raise where nothing can be stored."""
        if (problem := self.problem) is not None:
            raise problem

    async def space(self) -> None:
        """Until there is space."""
        await self._there_is_space.wait()

    def named(self, error: Exception) -> Exception:
        """An error of a unit of work; a full disk is remembered, and named as the gateway's."""
        if not isinstance(error, errors.StorageFull):
            return error
        if self._task is None:
            logger.error("the gateway's storage is full; nothing is admitted until there is space")
            self._there_is_space.clear()
            self._task = asyncio.get_running_loop().create_task(self._try())
        return _full()

    async def close(self) -> None:
        """Stop trying."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _try(self) -> None:
        def work(tx: Transaction) -> None:
            tx.execute(QUERIES.put_ballast, {"value": _BALLAST})
            tx.execute(QUERIES.drop_ballast)

        try:
            while not self._there_is_space.is_set():
                await asyncio.sleep(TRY_SECONDS)
                with contextlib.suppress(errors.TongbanError):
                    await self._database.run(work)
                    self._there_is_space.set()
                    logger.warning("the gateway's storage has space again")
        finally:
            self._task = None


def _full() -> errors.StorageFull:
    error = errors.StorageFull(what=WHO)
    # Soon, because the next welcome says how it is without being asked to store anything.
    error.retry_seconds = TRY_SECONDS
    return error
