"""The shelf, and taking stock of it once a shift."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web

from mailroom.domain.numbers import is_original
from mailroom.domain.stocktake import ShelfKind
from nodes.console.holdings import titles_of
from nodes.console.visit import Route, Visit
from nodes.desk.shelf import Stocktake
from tongban import errors
from tongban.v1 import mailroom_pb2

KINDS = {
    ShelfKind.UNOPENED.value: "待拆封",
    ShelfKind.OPENED.value: "待核对",
    ShelfKind.TO_SEND.value: "待交寄",
    ShelfKind.FOR_PICKUP.value: "待申请人取证",
    ShelfKind.SINGLE.value: "单件原件",
}
"""The kinds of things on a shelf, in the order in which a mailroom has to do with them."""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something on a shelf, or that should be there."""

    name: str
    path: str
    """Where the page is that tells more."""
    title: str
    """What it is called; empty for a parcel, which has its number."""
    kind: str = ""
    since: object = None
    scanned: bool = False
    place: str = ""


async def shelf(visit: Visit) -> web.StreamResponse:
    """What lies here by the ledger; while stock is taken, what was scanned of it."""
    return await _page(visit)


async def _page(visit: Visit, heard: str = "ready", said: tuple[str, str] | None = None) -> web.StreamResponse:
    desk = visit.house.desks.shelf
    listed = await visit.ask(desk.list_shelf, mailroom_pb2.ListShelfRequest())
    taking = await desk.under_way(visit.staff)
    closed = await desk.closed(visit.staff)
    scanned = set(taking.scanned) if taking is not None else set()
    titles = await _titles(visit, [entry.name for entry in listed.entries] + sorted(scanned))
    things = [
        _thing(e.name, titles, kind=e.kind, since=e.since_time, scanned=e.name in scanned) for e in listed.entries
    ]
    known = {thing.name for thing in things}
    return await visit.render(
        "shelf/page.html",
        groups=[(key, title, [t for t in things if t.kind == key]) for key, title in KINDS.items()],
        count=len(things),
        matched=len(known & scanned),
        strange=[_thing(name, titles) for name in (taking.scanned if taking else ()) if name not in known],
        taking=taking,
        closed=closed,
        heard=heard,
        said=said,
        people=await visit.house.desks.shelf.people(),
    )


async def _titles(visit: Visit, names: Iterable[str]) -> dict[str, str]:
    return await titles_of(visit.house, [name for name in names if is_original(name)])


def _thing(
    name: str,
    titles: dict[str, str],
    *,
    kind: str = "",
    since: object = None,
    scanned: bool = False,
    place: str = "",
) -> Thing:
    if not is_original(name):
        return Thing(name, f"/{name}", "", kind, since, scanned, place)
    application = name.partition("/originals/")[0]
    path = f"/custody?number={application.removeprefix('applications/')}"
    return Thing(name, path, titles.get(name, name.rpartition("/")[2]), kind, since, scanned, place)


async def begin(visit: Visit) -> web.StreamResponse:
    """Begin, or go on."""
    await visit.house.desks.shelf.begin(visit.staff)
    return visit.go("/shelf")


async def scan(visit: Visit) -> web.StreamResponse:
    """One more thing that lies here."""
    desk = visit.house.desks.shelf
    before = await desk.begin(visit.staff)
    try:
        name = await desk.scan(visit.staff, visit.form.values.get("scan", [""])[0])
    except errors.TongbanError as error:
        return await _page(visit, "bad", (error.text("zh"), error.text("en")))
    if await desk.under_way(visit.staff) is None:
        return visit.go(f"/shelf/{before.id}")
    if not name:
        return await _page(visit, "good", ("已撤销上一件", "The last one is taken back"))
    listed = await visit.ask(desk.list_shelf, mailroom_pb2.ListShelfRequest())
    if name in {entry.name for entry in listed.entries}:
        return await _page(visit, "good", ("在账上", "As the ledger has it"))
    return await _page(visit, "warn", ("账上不在这里,已记下", "The ledger does not have it here; noted"))


async def close(visit: Visit) -> web.StreamResponse:
    """Ledger against shelf."""
    try:
        found = await visit.house.desks.shelf.close(visit.staff)
    except errors.TongbanError as error:
        visit.error = error
        return await _page(visit)
    return visit.go(f"/shelf/{found.id}")


async def result(visit: Visit) -> web.StreamResponse:
    """What a stocktake found."""
    found: Stocktake = await visit.house.desks.shelf.stocktake(visit.staff, visit.part("stocktake"))
    names = [*found.missing, *(name for name, _ in found.misplaced), *found.unknown]
    titles = await _titles(visit, names)
    return await visit.render(
        "shelf/result.html",
        found=found,
        missing=[_thing(name, titles) for name in found.missing],
        misplaced=[_thing(name, titles, place=place) for name, place in found.misplaced],
        unknown=[_thing(name, titles) for name in found.unknown],
        people=await visit.house.desks.shelf.people(),
    )


ROUTES = (
    Route("GET", "/shelf", shelf),
    Route("POST", "/shelf/begin", begin),
    Route("POST", "/shelf/scan", scan),
    Route("POST", "/shelf/close", close),
    Route("GET", "/shelf/{stocktake}", result),
)
