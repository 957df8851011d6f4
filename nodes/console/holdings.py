"""Which originals lie here now: what a mailroom may put into a parcel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mailroom.domain.stocktake import ShelfKind, shelf_kind
from nodes.console import labels
from nodes.console.house import House
from nodes.desk import paging
from nodes.journal import custody
from nodes.store import QUERIES
from tongban.storage.base import Transaction
from tongban.v1 import application_pb2, parcel_pb2

_CLOSED: Final = frozenset({ShelfKind.UNOPENED, ShelfKind.TO_SEND})
NEWEST = 60
"""Of how many applications, newest first, originals are looked for when none is named."""


@dataclass(frozen=True, slots=True)
class Holding:
    """An original that a post of this node holds."""

    name: str
    application: str
    title: str
    route: application_pb2.Route
    post: str
    result: bool


async def titles_of(house: House, originals: Iterable[str]) -> dict[str, str]:
    """What these originals are called, as far as this node knows their applications."""
    named = set(originals)
    found: dict[str, str] = {}
    for application in {name.partition("/originals/")[0] for name in named}:
        state = await house.core.state(application)
        if isinstance(state, application_pb2.Application):
            found |= {f"{application}/originals/{original}": title for original, title, _ in _papers(house, state)}
    return {name: title for name, title in found.items() if name in named}


def _papers(house: House, state: application_pb2.Application) -> list[tuple[str, str, bool]]:
    """An application's originals: id, title, and whether it is a result."""
    item = house.core.shared.item(state.route.item)
    known = {m.code: m.title for m in item.document.materials} if item else {}
    result = (item.document.result_title if item else "") or "结果证照"
    papers = [(m.original, known.get(m.code, "其他材料"), False) for m in state.materials if m.original]
    papers += [(each.original, labels.old_paper(each.code, known), False) for each in state.surrendered]
    issued = dict.fromkeys(d.original for d in state.results if d.original)
    reprinted = dict.fromkeys(paper.original for paper in state.papers)
    return papers + [(original, result, True) for original in issued | reprinted]


async def holdings(house: House, application: str = "") -> list[Holding]:
    """Originals here, of one application or of the newest."""
    core = house.core
    if application:
        state = await core.state(application)
        states = [state] if isinstance(state, application_pb2.Application) else []
    else:
        blobs, _ = await paging.newest(core, "applications", size=NEWEST, token="")
        states = [application_pb2.Application.FromString(blob) for blob in blobs]

    def work(tx: Transaction) -> list[Holding]:
        found = []
        for state in states:
            for original, title, result in _papers(house, state):
                name = f"{state.name}/originals/{original}"
                chain = custody.chain(tx, core.lifecycles, name)
                last = chain[-1] if chain else parcel_pb2.Custody()
                here = last.kind == parcel_pb2.HOLDER_KIND_POST and last.post.node == core.name
                if here and not _is_sealed_in(tx, house, last):
                    found.append(Holding(name, state.name, title, state.route, last.post.post, result))
        return found

    return await core.database.run(work, read_only=True)


def _is_sealed_in(tx: Transaction, house: House, last: parcel_pb2.Custody) -> bool:
    """Whether it lies in a parcel that is closed: what is in one is not for another."""
    row = tx.fetch_one(QUERIES.read_stream, {"name": last.stream}) if last.stream.startswith("parcels/") else None
    state = house.core.lifecycles.load(last.stream, row["predicted"] or row["state"]) if row is not None else None
    return isinstance(state, parcel_pb2.Parcel) and shelf_kind(state, last.post.node, last.post.post) in _CLOSED
