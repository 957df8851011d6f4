"""The catalogue: every region's items, what changed in them, where they differ, and this region's list as a file."""

from __future__ import annotations

import asyncio
import datetime as dt

from aiohttp import web

from agreements import data
from agreements.catalogue.files import FORMATS, write_file
from agreements.catalogue.importing import import_file
from agreements.catalogue.report import OUTCOME_WORDS, Outcome
from agreements.domain.elements import lines
from nodes.console.visit import Route, Visit
from tongban import errors
from tongban.v1 import catalogue_pb2, directory_pb2, lifecycle_pb2, window_pb2

_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "yaml": "application/yaml",
}


async def items(visit: Visit) -> web.StreamResponse:
    """The items of a region, by default this one's."""
    desk, here = visit.house.desks.catalogue, visit.house.core.name
    home = visit.query("home") or here
    listed = await visit.ask(
        desk.list_catalogue,
        catalogue_pb2.ListCatalogueRequest(home=home, page_size=50, page_token=visit.query("page")[:200]),
    )
    return await visit.render(
        "catalogue/items.html",
        listed=listed,
        home=home,
        homes=sorted({here, *(item.document.home for item in visit.house.core.shared.items())}),
        differing={name for found in await desk.drifts() if not found.agreed for name in found.items},
        published=lifecycle_pb2.ITEM_STATE_PUBLISHED,
    )


async def item(visit: Visit) -> web.StreamResponse:
    """One item, element by element, with its history."""
    name = f"items/{visit.part('item')}"
    desk = visit.house.desks.catalogue
    listed = await visit.ask(desk.list_catalogue, catalogue_pb2.ListCatalogueRequest(name=name))
    if not listed.items:
        raise errors.ItemNotFound(field="name", name=name, region=visit.house.core.name)
    request = catalogue_pb2.ListItemChangesRequest(name=name)
    request.since_time.FromDatetime(dt.datetime.fromtimestamp(0, dt.UTC))
    changes = await visit.ask(desk.list_item_changes, request)
    document = listed.items[0].document
    return await visit.render(
        "catalogue/item.html",
        item=listed.items[0],
        elements=[(each, found) for each in data.elements() if (found := lines(document, each))],
        changes=changes.changes,
        drifts=[each for each in await desk.drifts() if name in each.items],
        recognised=[(each.title, await _recognised(visit, name, each.code)) for each in document.results],
        published=lifecycle_pb2.ITEM_STATE_PUBLISHED,
    )


async def _recognised(visit: Visit, name: str, result: str) -> window_pb2.CheckRecognitionResponse:
    request = window_pb2.CheckRecognitionRequest(item=name, result=result)
    return await visit.ask(visit.house.desks.window.check_recognition, request)


async def changes(visit: Visit) -> web.StreamResponse:
    """What regions have changed since yesterday."""
    asked = catalogue_pb2.ListItemChangesRequest()
    listed = await visit.ask(visit.house.desks.catalogue.list_item_changes, asked)
    return await visit.render("catalogue/changes.html", changes=listed.changes)


async def drift(visit: Visit) -> web.StreamResponse:
    """Where regions differ under one base code."""
    everything = visit.query("all") == "1"
    request = catalogue_pb2.ListDriftRequest(agreed=True, own=not everything)
    listed = await visit.ask(visit.house.desks.catalogue.list_drift, request)
    return await visit.render("catalogue/drift.html", drifts=listed.drifts, everything=everything)


async def import_list(visit: Visit) -> web.StreamResponse:
    """Take a file in, or only check it; the report, line by line."""
    desk, core = visit.house.desks.catalogue, visit.house.core
    check_only = visit.form.text("check") == "yes"

    async def publish(request: catalogue_pb2.PublishItemsRequest) -> catalogue_pb2.PublishItemsResponse:
        return await visit.ask(desk.publish_items, request)

    try:
        upload = visit.form.files.get("list")
        if upload is None:
            raise errors.FieldInvalid(field="list", problem="请选择清单文件", problem_en="choose the list's file")
        current: dict[str, directory_pb2.ItemDocument] = {
            each.name: each.document for each in core.shared.items() if each.document.home == core.name
        }
        # Who may not publish is told so before the file is looked at.
        visit.staff.require("发布事项", "supervisor")
        name = f"list.{_kind(upload.content)}"
        report = await import_file(upload.content, name, core.name, current, publish, check_only=check_only)
    except errors.TongbanError as error:
        visit.error = error
        return await items(visit)
    counts = [
        (outcome, words, sum(line.outcome is outcome for line in report)) for outcome, words in OUTCOME_WORDS.items()
    ]
    return await visit.render(
        "catalogue/report.html", report=report, counts=counts, check_only=check_only, refused=Outcome.REFUSED
    )


def _kind(raw: bytes) -> str:
    """What a browser's file is, by what it holds: its name does not come with it."""
    if raw.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        return "xlsx"
    return "yaml" if b"schema:" in raw[:4096] else "csv"


async def export(visit: Visit) -> web.StreamResponse:
    """This region's list, or another's, as a file."""
    kind = visit.part("format")
    if kind not in FORMATS:
        raise errors.NotFound(field="format", name=kind)
    home = visit.query("home") or visit.house.core.name
    encoding = visit.query("encoding") or "utf-8"
    visit.staff.require("查看事项", *visit.staff.roles)
    found = [
        each.document
        for each in visit.house.core.shared.items()
        if each.document.home == home and each.state == lifecycle_pb2.ITEM_STATE_PUBLISHED
    ]
    name = f"items-{home.removeprefix('nodes/')}.{kind}"
    return web.Response(
        body=await asyncio.to_thread(write_file, found, kind, encoding),
        headers={"Content-Type": _TYPES[kind], "Content-Disposition": f'attachment; filename="{name}"'},
    )


ROUTES = (
    Route("GET", "/items", items),
    Route("POST", "/items", import_list),
    Route("GET", "/items/changes", changes),
    Route("GET", "/items/drift", drift),
    Route("GET", "/items/export/{format}", export),
    Route("GET", "/items/{item}", item),
)
