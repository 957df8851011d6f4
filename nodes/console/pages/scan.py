"""The scan page: one field for a hand-held scanner, which is a keyboard that ends with Enter.

Every scan is one POST that answers the whole page, so it works without scripts; with them the answer is put in place
without leaving the field, and is heard.  A page that is sent again (a reload, an answer that was lost) says which turn
it was made for, so no scan counts twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from mailroom.domain.labels import COMMANDS, OUTCOMES, Command, ItemLabel
from mailroom.domain.legs import WITHOUT_WAYBILL
from mailroom.domain.numbers import is_original
from mailroom.domain.scan_state import Cue
from mailroom.domain.scanning import Mode
from nodes.console import labels
from nodes.console.holdings import titles_of
from nodes.console.visit import Route, Visit
from nodes.desk.scans import Board
from nodes.desk.staff import MAILROOM
from tongban import errors

MODES = ((Mode.ANY, "自动"), (Mode.IN, "接收"), (Mode.OUT, "交出"), (Mode.OPEN, "拆封核对"))
"""What may be done with the parcels that are scanned."""

SAID = tuple((command, COMMANDS[command]) for command in OUTCOMES)
"""What may be said of an item, each as a button for who has no command sheet."""


@dataclass(frozen=True, slots=True)
class Row:
    """An entry of the manifest, as it is looked at."""

    item: str
    title: str
    pages: int
    label: str
    """What its label says; empty for a copy, which has none."""
    outcome: int
    pending: bool


async def scanning(visit: Visit) -> web.StreamResponse:
    """The page."""
    return await _page(visit, await visit.house.desks.scans.board(visit.staff))


async def scan(visit: Visit) -> web.StreamResponse:
    """One more scan."""
    scans = visit.house.desks.scans
    text = visit.form.values.get("scan", [""])[0]
    board = await scans.scan(visit.staff, text, visit.form.text("turn"))
    if board.to_shelf:
        return visit.go("/shelf")
    return await _page(visit, board)


async def begin(visit: Visit) -> web.StreamResponse:
    """Begin a batch."""
    mode = visit.form.text("mode")
    carrier = visit.form.text("carrier")
    if mode not in set(Mode) or (carrier and carrier not in labels.CARRIERS):
        raise errors.FieldInvalid(field="carrier", problem="请从列表中选择", problem_en="choose one of the list")
    await visit.house.desks.scans.begin(visit.staff, Mode(mode), carrier if mode == Mode.OUT else "")
    return visit.go("/scan")


async def leave(visit: Visit) -> web.StreamResponse:
    """Put aside what was not recorded."""
    await visit.house.desks.scans.leave(visit.staff)
    return visit.go("/scan")


async def photo(visit: Visit) -> web.StreamResponse:
    """Open before a camera."""
    upload = visit.form.files.get("photo")
    board = await visit.house.desks.scans.opened_with_photo(visit.staff, upload.content if upload else b"")
    return await _page(visit, board)


async def waybills(visit: Visit) -> web.StreamResponse:
    """One photograph of the batch's waybills."""
    upload = visit.form.files.get("photo")
    parcels = visit.form.values.get("parcel", [])
    board = await visit.house.desks.scans.photographed(visit.staff, upload.content if upload else b"", parcels)
    return await _page(visit, board)


async def _page(visit: Visit, board: Board) -> web.StreamResponse:
    return await visit.render(
        "scan/page.html",
        board=board,
        said=_said(board),
        modes=MODES,
        carriers=labels.CARRIERS,
        without_waybill=sorted(WITHOUT_WAYBILL),
        numbers=board.session.read(board.desk),
        rows=await _rows(visit, board),
        outcomes=SAID,
        commands={command.name.lower(): command.text for command in Command},
        extras=[check for check in board.session.checks if check.item.startswith("extra-")],
        recorded=_recorded(board),
        batch=[done.parcel for done in board.done if done.mode == Mode.OUT],
        people=await visit.house.desks.scans.colleagues(visit.staff),
    )


def _said(board: Board) -> Sequence[str]:
    """What is read aloud: Chinese, then English."""
    if board.error is not None:
        return board.error.text("zh"), board.error.text("en")
    if board.words is not None:
        return board.words
    return ()


def _recorded(board: Board) -> bool:
    return board.error is None and board.cue in (Cue.DONE, Cue.WARN) and bool(board.done) and not board.texts


async def _rows(visit: Visit, board: Board) -> list[Row]:
    parcel = board.parcel
    if parcel is None or board.session.mode is not Mode.OPEN:
        return []
    titles: Mapping[str, str] = await titles_of(visit.house, [entry.item for entry in parcel.manifest])
    found = board.session.outcomes(board.desk)
    return [
        Row(
            item=entry.item,
            title=titles.get(entry.item, entry.item.rpartition("/")[2]),
            pages=entry.pages,
            label=ItemLabel.of(entry.item).text if is_original(entry.item) else "",
            outcome=found.get(entry.item, 0),
            pending=entry.item == board.session.pending,
        )
        for entry in parcel.manifest
    ]


async def sheet(visit: Visit) -> web.StreamResponse:
    """What the commands are, for who types them."""
    visit.staff.require("扫码", MAILROOM)
    return await visit.render("scan/help.html", commands=COMMANDS)


ROUTES = (
    Route("GET", "/scan", scanning),
    Route("POST", "/scan", scan),
    Route("POST", "/scan/begin", begin),
    Route("POST", "/scan/leave", leave),
    Route("POST", "/scan/photo", photo),
    Route("POST", "/scan/waybills", waybills),
    Route("GET", "/scan/help", sheet),
)
