"""What a gateway does from time to time beside what it is asked for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from gateway.core import GatewayCore
from tongban import errors

FLUSH_SECONDS = 2.0
REFRESH_SECONDS = 0.2
"""How soon a replica hears of what another one admitted."""
ALONE_SECONDS = 1.0
"""How soon a gateway that is alone hears of what its operator's commands admitted."""


def upkeep(core: GatewayCore, *, refresh: float | None = None) -> tuple[Coroutine[Any, Any, None], ...]:
    """What has to run beside a gateway's servers, for as long as they do."""
    return _flush(core), _refresh(core, refresh or (REFRESH_SECONDS if core.has_replicas else ALONE_SECONDS))


async def _flush(core: GatewayCore) -> None:
    while True:
        await asyncio.sleep(FLUSH_SECONDS)
        with contextlib.suppress(errors.TongbanError):
            await core.flush_cursors()


async def _refresh(core: GatewayCore, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        with contextlib.suppress(errors.TongbanError):
            await core.refresh()
