"""Lists in pages, newest first."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from nodes.core import NodeCore
from nodes.store import QUERIES
from tongban import errors
from tongban.storage.base import Row, Transaction

NEWEST = (1 << 62, "~")
"""Before which everything is."""


async def newest(
    core: NodeCore, collection: str, *, size: int, token: str, phases: Iterable[int] = (), role: int = 0
) -> tuple[list[bytes], str]:
    """A page of predicted states, and the token of the next page (empty at the end)."""
    before, before_name = _read_token(token)
    wanted = min(size or 50, 200)
    listed = sorted(set(phases))
    params = {
        "collection": collection,
        "before": before,
        "before_name": before_name,
        "phases": f",{','.join(map(str, listed))}," if listed else "",
        "role": role,
        "node": core.name,
        "size": wanted + 1,
    }

    def work(tx: Transaction) -> list[Row]:
        return tx.fetch_all(QUERIES.list_newest, params)

    rows = await core.database.run(work, read_only=True)
    more = ""
    if len(rows) > wanted:
        rows = rows[:wanted]
        more = _token(rows[-1]["create_time"], rows[-1]["name"])
    return [row["predicted"] for row in rows], more


def _token(time: int, name: str) -> str:
    return base64.urlsafe_b64encode(f"{time} {name}".encode()).decode("ascii")


def _read_token(token: str) -> tuple[int, str]:
    if not token:
        return NEWEST
    try:
        time, _, name = base64.urlsafe_b64decode(token.encode("ascii")).decode("utf-8").partition(" ")
        before = int(time)
        if not 0 <= before <= NEWEST[0] or not name.isprintable():
            raise ValueError(token)
        return before, name
    except ValueError:
        raise errors.FilterInvalid(
            field="page_token", problem="不是上一页给出的标记 / not a token of a former page"
        ) from None
