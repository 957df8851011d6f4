"""Opening what every participant is built on: keys, database, journal; and what each does beside its own work."""

from __future__ import annotations

import asyncio
import contextlib

from nodes.core import NodeCore
from nodes.journal.intake import RETRY_PARKED
from nodes.settings import NodeSettings
from nodes.store import MIGRATIONS
from nodes.upgrading import announce
from tongban import errors
from tongban.clock import Clock, Entropy
from tongban.keys import NodeKeys
from tongban.storage.migrations import migrate
from tongban.storage.open import open_database


async def open_core(
    settings: NodeSettings, clock: Clock, entropy: Entropy, undo: contextlib.AsyncExitStack
) -> NodeCore:
    """The core of a participant that has joined; `undo` closes what was opened, where a later part fails."""
    keys = NodeKeys.load(settings.home / "keys")
    database = await open_database(settings.database_url)
    undo.push_async_callback(database.close)
    await migrate(database, MIGRATIONS, now_micros=round(clock.now().timestamp() * 1_000_000))
    core = NodeCore(name=settings.name, database=database, keys=keys, clock=clock, entropy=entropy)
    undo.push_async_callback(core.close)
    await core.start()
    await announce(core)
    return core


async def retry_parked(core: NodeCore) -> None:
    """Try parked streams again every so often, until cancelled."""
    while True:
        await asyncio.sleep(RETRY_PARKED.total_seconds())
        with contextlib.suppress(errors.TongbanError):
            await core.intake.retry_parked()
