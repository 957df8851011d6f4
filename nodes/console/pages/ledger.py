"""What is asked about the past: who held an original at a time, a day's ledger, a month's figures."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from aiohttp import web

from mailroom.domain.ledger import Direction
from nodes.console import charts, ledger_tables
from nodes.console.holdings import titles_of
from nodes.console.visit import Route, Visit
from nodes.desk.ledger import Held, LedgerDesk
from nodes.desk.sheets import CSV, XLSX, write_csv, write_xlsx
from nodes.desk.statistics import StatisticsDesk
from tongban import errors
from tongban.lifecycle.table import RULES
from tongban.local_numbers import NumberKind, parse_number
from tongban.v1 import window_pb2

MOST_TITLED = 500
"""Originals of a day that are called by their titles; more would read an application each."""
_FILE_NAME = re.compile(r"[^0-9A-Za-z.-]+")


async def then(visit: Visit) -> web.StreamResponse:
    """Who held an application's originals at a time."""
    held: list[Held] = []
    number, at = visit.query("number"), visit.query("at")
    desks = visit.house.desks
    if number:
        try:
            name = f"applications/{parse_number(number, NumberKind.APPLICATION, 'number')}"
            moment = _moment(visit, at)
            view = await visit.ask(desks.window.get_application, window_pb2.GetApplicationRequest(name=name))
            for original in view.originals:
                held.append(await LedgerDesk(visit.house.core).held_at(visit.staff, original.name, moment))
        except errors.TongbanError as error:
            visit.error = error
    titles = await titles_of(visit.house, [each.original for each in held])
    return await visit.render(
        "ledger/then.html", number=number, at=at or _now(visit), held=held, titles=titles, rules=RULES
    )


def _moment(visit: Visit, text: str) -> dt.datetime:
    """A time as it was typed, on the clocks of this node.  Pages tell minutes, so a minute is meant to its end."""
    try:
        typed = dt.datetime.fromisoformat(text or _now(visit)).replace(tzinfo=visit.house.zone)
        return typed if typed.second else typed + dt.timedelta(minutes=1, microseconds=-1)
    except (ValueError, OverflowError):
        raise errors.FilterInvalid(
            field="at",
            problem="应为日期和时间,如 2026-11-22 09:30",
            problem_en="a date and time such as 2026-11-22 09:30 is expected",
        ) from None


def _now(visit: Visit) -> str:
    return visit.house.core.clock.now().astimezone(visit.house.zone).strftime("%Y-%m-%dT%H:%M")


async def day(visit: Visit) -> web.StreamResponse:
    """A day's ledger, for the screen and for the binder."""
    asked, post = visit.query("day") or _now(visit)[:10], visit.query("post")
    found = None
    try:
        found = await LedgerDesk(visit.house.core).day(visit.staff, asked, post)
    except errors.FilterInvalid as error:
        visit.error = error
    here = visit.house.node
    context: dict[str, Any] = {"asked": asked, "post": post, "posts": list(here.profile.posts) if here else []}
    if found is None:
        return await visit.render("ledger/day.html", found=None, **context)
    ledger = found.ledger
    originals = {line.passage.original for line in ledger.lines}
    titles = await titles_of(visit.house, originals) if len(originals) <= MOST_TITLED else {}
    return await visit.render(
        "ledger/day.html",
        found=found,
        ledger=ledger,
        titles=titles,
        tables=ledger_tables,
        directions=Direction,
        balance=ledger_tables.balance(ledger, visit.say),
        before=_other(ledger.day, -1),
        after=_other(ledger.day, 1),
        **context,
    )


def _other(day: dt.date, by: int) -> str:
    try:
        return (day + dt.timedelta(days=by)).isoformat()
    except OverflowError:
        return day.isoformat()


async def day_csv(visit: Visit) -> web.StreamResponse:
    """The same as a file."""
    found = await LedgerDesk(visit.house.core).day(
        visit.staff, visit.query("day") or _now(visit)[:10], visit.query("post")
    )
    body = write_csv(ledger_tables.day_table(visit.house, found, visit.say))
    return _file(f"ledger-{found.ledger.day}.csv", body, CSV)


async def month(visit: Visit) -> web.StreamResponse:
    """A month's figures."""
    asked = visit.query("month") or _now(visit)[:7]
    try:
        found = await StatisticsDesk(visit.house.core).month(visit.staff, asked)
    except errors.FilterInvalid as error:
        visit.error = error
        return await visit.render("ledger/month.html", asked=asked, found=None)
    return await visit.render(
        "ledger/month.html",
        asked=asked,
        found=found,
        headings=ledger_tables.PAGE_HEADINGS,
        rows=ledger_tables.month_rows(visit.house, found, visit.say),
        days=charts.draw(ledger_tables.days_chart(visit.house, found, visit.say)),
        outcomes=charts.draw(ledger_tables.outcome_chart(visit.house, found, visit.say)),
        most=charts.MOST,
    )


async def month_csv(visit: Visit) -> web.StreamResponse:
    """The same as CSV."""
    found = await StatisticsDesk(visit.house.core).month(visit.staff, visit.query("month") or _now(visit)[:7])
    body = write_csv(ledger_tables.month_table(visit.house, found, visit.say))
    return _file(f"parcels-{found.month}.csv", body, CSV)


async def month_xlsx(visit: Visit) -> web.StreamResponse:
    """The same as an Excel workbook."""
    found = await StatisticsDesk(visit.house.core).month(visit.staff, visit.query("month") or _now(visit)[:7])
    body = write_xlsx([ledger_tables.month_table(visit.house, found, visit.say)])
    return _file(f"parcels-{found.month}.xlsx", body, XLSX)


def _file(name: str, body: bytes, media_type: str) -> web.Response:
    disposition = f'attachment; filename="{_FILE_NAME.sub("-", name)}"'
    return web.Response(
        body=body,
        content_type=media_type,
        charset="utf-8" if media_type == CSV else None,
        headers={"Content-Disposition": disposition},
    )


ROUTES = (
    Route("GET", "/custody/then", then),
    Route("GET", "/ledger", day),
    Route("GET", "/ledger.csv", day_csv),
    Route("GET", "/statistics", month),
    Route("GET", "/statistics.csv", month_csv),
    Route("GET", "/statistics.xlsx", month_xlsx),
)
