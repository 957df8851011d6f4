"""Tasks that live and end together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine


async def first_to_end(*works: Coroutine[object, object, None]) -> None:
    """Run these until one of them ends, stop the others, and end as the first did: by returning or by raising."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task in done:
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
