"""What a window does with an application later: supply a correction, withdraw."""

from __future__ import annotations

from aiohttp import web

from agreements.domain import catalogue
from nodes.console import materials
from nodes.console.pages.applications import look
from nodes.console.visit import Route, Visit
from tongban import errors
from tongban.v1 import window_pb2


async def correction(visit: Visit) -> web.StreamResponse:
    """The defects, and a form to supply what is missing."""
    view, _ = await look(visit)
    item = visit.house.core.shared.item(view.application.route.item)
    if item is None:
        raise errors.ItemNotFound(field="item", name=view.application.route.item, region=view.application.route.home)
    rows = materials.rows_of(item.document)
    visit.names = materials.names(rows, item.document)
    return await visit.render(
        "applications/correct.html",
        a=view.application,
        item=item.document,
        rows=rows,
        known={row.code: row.title for row in rows},
    )


async def supply(visit: Visit) -> web.StreamResponse:
    """Hand it in."""
    name = f"applications/{visit.part('number')}"
    request = window_pb2.SupplyCorrectionRequest(name=name)
    try:
        view, _ = await look(visit)
        item = visit.house.core.shared.item(view.application.route.item)
        if item is not None:
            for field in catalogue.fields(item.document):
                value = visit.form.text(f"f-{field.name}")
                if value:
                    request.form[field.name] = value
            taken = {m.original for m in view.application.materials}
            request.materials.extend(materials.read(visit.form, materials.rows_of(item.document), taken))
        if not request.form and not request.materials:
            raise errors.FieldInvalid(
                field="materials", problem="请填写更正的内容或补交的材料", problem_en="fill in what is corrected"
            )
        await visit.ask(visit.house.desks.window.supply_correction, request)
    except errors.TongbanError as error:
        materials.by_code(error, request.materials)
        visit.error = error
        return await correction(visit)
    return visit.go(f"/{name}")


async def withdrawal(visit: Visit) -> web.StreamResponse:
    """Ask once more."""
    view, _ = await look(visit)
    return await visit.render("applications/withdraw.html", a=view.application)


async def withdraw(visit: Visit) -> web.StreamResponse:
    """Withdraw it."""
    name = f"applications/{visit.part('number')}"
    try:
        desk = visit.house.desks.window
        await visit.ask(desk.withdraw_application, window_pb2.WithdrawApplicationRequest(name=name))
    except errors.TongbanError as error:
        visit.error = error
        return await withdrawal(visit)
    return visit.go(f"/{name}")


ROUTES = (
    Route("GET", "/applications/{number}/correct", correction),
    Route("POST", "/applications/{number}/correct", supply),
    Route("GET", "/applications/{number}/withdraw", withdrawal),
    Route("POST", "/applications/{number}/withdraw", withdraw),
)
