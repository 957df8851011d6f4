"""The shelf: what lies at a post by the ledger, and taking stock of it.

The ledger of a post is read off the same rows as every question about custody: parcels that this node's post holds, and
originals that it holds singly.  Own steps that wait for their receipts count, so the shelf is right with the line down.

    begin    one stocktake a post is under way at a time; whoever works there goes on with it
    scan     a parcel's code or number, an original's label; the same thing twice counts once
    close    ledger against shelf: every difference becomes a task with an owner, and a closed parcel that is not there
             is raised as suspected lost on its own stream, where its sender sees it too

What can go wrong: somebody moves things while stock is taken.  What was scanned out since the stocktake began is in
neither list, as the ledger is read when it is closed.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mailroom.domain.labels import Command
from mailroom.domain.numbers import is_original
from mailroom.domain.scanning import Kind, read_scan
from mailroom.domain.stocktake import Finding, compare
from nodes.core import NodeCore
from nodes.desk.repeats import kind_of, made_before
from nodes.desk.shelf_ledger import Shelf, shelf_of
from nodes.desk.staff import MAILROOM, SUPERVISOR, WINDOW, Staff
from nodes.journal import custody
from nodes.journal.drafts import Draft
from nodes.journal.recorder import View
from nodes.store import QUERIES, SHELF
from tongban import errors
from tongban.ids import uuid7
from tongban.local_numbers import NumberKind, parse_number
from tongban.storage.base import Row, Transaction
from tongban.v1 import mailroom_pb2, parcel_pb2

_MICROS: Final = 1_000_000
_ANYONE: Final = (MAILROOM, WINDOW, SUPERVISOR)


@dataclass(frozen=True, slots=True)
class Stocktake:
    """A stocktake, under way or closed."""

    id: str
    post: str
    staff_id: str
    begin_time: dt.datetime
    close_time: dt.datetime | None = None
    matched: int = 0
    missing: tuple[str, ...] = ()
    misplaced: tuple[tuple[str, str], ...] = ()
    unknown: tuple[str, ...] = ()
    scanned: tuple[str, ...] = ()

    @property
    def differences(self) -> int:
        """How much is not where the ledger has it."""
        return len(self.missing) + len(self.misplaced) + len(self.unknown)


class ShelfDesk:
    """What a mailroom or a window does with its shelf."""

    def __init__(self, core: NodeCore) -> None:
        self._core = core

    async def list_shelf(self, staff: Staff, request: mailroom_pb2.ListShelfRequest) -> mailroom_pb2.ListShelfResponse:
        """What lies at a post by the ledger, oldest first."""
        staff.require("盘点", *_ANYONE)
        shelf = await self.shelf(request.post or staff.post)
        response = mailroom_pb2.ListShelfResponse()
        for entry in shelf.entries:
            added = response.entries.add(name=entry.name, kind=entry.kind.value)
            added.since_time.FromMicroseconds(round(entry.since * _MICROS))
        return response

    async def take_stock(self, staff: Staff, request: mailroom_pb2.TakeStockRequest) -> mailroom_pb2.TakeStockResponse:
        """Everything that was scanned, at once; the same request again answers what it found."""
        staff.require("盘点", MAILROOM)
        post, kind = request.post or staff.post, kind_of(self._core, "stock", request)
        if await made_before(self._core, request.request_id, kind) is None:
            await self._begin(staff, post, request.request_id, request.scanned, kind)
        found = await self._close(staff, request.request_id)
        assert found.close_time is not None
        response = mailroom_pb2.TakeStockResponse(
            matched=found.matched,
            missing=found.missing,
            unexpected=[*(name for name, _ in found.misplaced), *found.unknown],
        )
        response.close_time.FromDatetime(found.close_time)
        return response

    async def under_way(self, staff: Staff) -> Stocktake | None:
        """The stocktake of the caller's post, or None."""
        staff.require("盘点", *_ANYONE)

        def work(tx: Transaction) -> tuple[Row | None, list[Row]]:
            row = tx.fetch_one(SHELF.open_stocktake, {"post": staff.post})
            return row, _scans(tx, row["stocktake_id"]) if row is not None else []

        row, scans = await self._core.database.run(work, read_only=True)
        return _stocktake(row, scans) if row is not None else None

    async def closed(self, staff: Staff) -> list[Stocktake]:
        """The last stocktakes of the caller's post, newest first."""
        staff.require("盘点", *_ANYONE)
        rows = await self._core.database.run(
            lambda tx: tx.fetch_all(SHELF.list_stocktakes, {"post": staff.post}), read_only=True
        )
        return [_stocktake(row, ()) for row in rows]

    async def begin(self, staff: Staff) -> Stocktake:
        """Begin, or go on with the one that is under way."""
        staff.require("盘点", MAILROOM)
        found = await self.under_way(staff)
        if found is None:
            await self._begin(staff, staff.post, uuid7(self._core.clock.now(), self._core.entropy))
            found = await self.under_way(staff)
        assert found is not None
        return found

    async def scan(self, staff: Staff, text: str) -> str:
        """One more thing that lies there; its name, or nothing for a command that was carried out."""
        staff.require("盘点", MAILROOM)
        found = await self.begin(staff)
        scan = read_scan(text)
        if scan.kind in (Kind.PARCEL, Kind.PARCEL_NUMBER, Kind.ITEM):
            await self._note(found.id, [scan.name])
            return scan.name
        if scan.command is Command.UNDO and found.scanned:
            last = {"stocktake_id": found.id, "name": found.scanned[-1]}
            await self._core.database.run(lambda tx: tx.execute(SHELF.drop_stock_scan, last))
            return ""
        if scan.command is Command.DONE:
            await self._close(staff, found.id)
            return ""
        raise errors.FieldInvalid(
            field="scan",
            problem="盘点只扫邮包码、邮包编号和原件标签;扫“完成”结束",
            problem_en="stock is taken of parcels and items; scan DONE to end it",
        )

    async def close(self, staff: Staff) -> Stocktake:
        """Compare, and give every difference an owner."""
        staff.require("盘点", MAILROOM)
        found = await self.under_way(staff)
        if found is None:
            raise errors.FieldInvalid(
                field="scan", problem="没有正在进行的盘点", problem_en="no stocktake is under way"
            )
        return await self._close(staff, found.id)

    async def stocktake(self, staff: Staff, stocktake: str) -> Stocktake:
        """One stocktake, with what it found."""
        staff.require("盘点", *_ANYONE)
        found = await self._get(stocktake)
        if found is None:
            raise errors.NotFound(field="stocktake", name=stocktake[:40])
        return found

    async def people(self) -> dict[str, str]:
        """What the staff here are called, by their ids."""
        rows = await self._core.database.look_up(lambda tx: tx.fetch_all(QUERIES.list_staff))
        return {row["staff_id"]: row["title"] for row in rows}

    async def shelf(self, post: str) -> Shelf:
        """What a post of this node has by the ledger, own waiting steps included."""
        return await self._core.database.run(lambda tx: shelf_of(tx, self._core, post), read_only=True)

    async def _get(self, stocktake: str) -> Stocktake | None:
        def work(tx: Transaction) -> Stocktake | None:
            row = tx.fetch_one(SHELF.get_stocktake, {"stocktake_id": stocktake})
            return _stocktake(row, _scans(tx, stocktake)) if row is not None else None

        return await self._core.database.run(work, read_only=True)

    async def _begin(
        self, staff: Staff, post: str, stocktake: str, scanned: Sequence[str] = (), kind: str = ""
    ) -> None:
        """`kind`: of a program's request, so that it is one stocktake however often it is sent."""
        row = {
            "stocktake_id": stocktake,
            "post": post,
            "staff_id": staff.staff_id,
            "begin_time": _micros(self._core.clock.now()),
        }
        scans = _scan_rows(stocktake, scanned, _micros(self._core.clock.now()))

        def work(tx: Transaction) -> None:
            if kind:
                made = {"request_id": stocktake, "method": kind, "name": stocktake}
                tx.execute(QUERIES.insert_request, made)
            tx.execute(SHELF.begin_stocktake, row)
            tx.execute_many(SHELF.put_stock_scan, scans)

        await self._core.database.run(work)

    async def _note(self, stocktake: str, names: Iterable[str]) -> None:
        rows = _scan_rows(stocktake, names, _micros(self._core.clock.now()))
        await self._core.database.run(lambda tx: tx.execute_many(SHELF.put_stock_scan, rows))

    async def _close(self, staff: Staff, stocktake: str) -> Stocktake:
        """In one commit: what was found, the tasks, and what is raised on parcels."""
        now = self._core.clock.now()

        def build(view: View) -> tuple[Sequence[Draft], None]:
            tx = view.tx
            row = tx.fetch_one(SHELF.get_stocktake, {"stocktake_id": stocktake})
            assert row is not None
            if row["close_time"] is not None:
                return [], None
            shelf = shelf_of(tx, self._core, row["post"])
            scanned = [each["name"] for each in _scans(tx, stocktake)]
            finding = compare(shelf.entries, scanned, self._places(tx, scanned), shelf.inside)
            view.write(SHELF.close_stocktake, _closing(stocktake, finding, now))
            for task in self._tasks(finding, row["post"], now):
                view.write(QUERIES.insert_task, task)
            return _lost(view, finding), None

        await self._core.record(staff.actor, build)
        found = await self._get(stocktake)
        assert found is not None
        return found

    def _places(self, tx: Transaction, names: Iterable[str]) -> dict[str, parcel_pb2.Custody]:
        """Where the ledger has what was scanned."""
        places = {}
        for name in names:
            if is_original(name):
                chain = custody.chain(tx, self._core.lifecycles, name)
                if chain:
                    places[name] = chain[-1]
                continue
            row = tx.fetch_one(QUERIES.read_stream, {"name": name})
            if row is not None and (row["predicted"] or row["state"]):
                places[name] = parcel_pb2.Parcel.FromString(row["predicted"] or row["state"]).custody
        return places

    def _tasks(self, finding: Finding, post: str, now: dt.datetime) -> Iterable[dict[str, object]]:
        """One for each difference: what is not there is the supervisor's, what lies there the mailroom's."""
        here = self._called(f"{self._core.name}/{post}")
        for entry in finding.missing:
            zh = f"盘点:账上在{here},没有扫到。请再找一遍;仍没有的,查最后是谁经手。"
            en = f"Stocktake: it should lie at {here} and was not scanned. Search again; then ask who had it last."
            yield self._task(entry.name, "STOCK_MISSING", zh, en, SUPERVISOR, now)
        for each in finding.misplaced:
            place = self._called(each.place)
            zh = f"盘点:在{here}扫到,账上在{place}。请送回账上的地方,或补上交接。"
            en = f"Stocktake: scanned at {here}; by the ledger: {place}. Bring it there, or make up for the handover."
            yield self._task(each.name, "STOCK_MISPLACED", zh, en, MAILROOM, now)
        for name in finding.unknown:
            zh = f"盘点:在{here}扫到,账上没有。请单独放好,等寄件方的记录,或问清来处。"
            en = f"Stocktake: scanned at {here}; the ledger does not know it. Keep it apart and ask where it came from."
            yield self._task(name, "STOCK_UNKNOWN", zh, en, MAILROOM, now)

    def _called(self, place: str) -> str:
        """A post, or a parcel or its leg, as people call it; anything else as it is."""
        if place.startswith("parcels/"):
            number = place.removeprefix("parcels/").partition("/")[0]
            return parse_number(number, NumberKind.PARCEL, "parcel").grouped
        node, _, post = place.rpartition("/")
        entry = self._core.shared.directory.find(node)
        if entry is None:
            return place
        return f"{entry.profile.title}{next((each.title for each in entry.profile.posts if each.id == post), post)}"

    def _task(self, name: str, reason: str, zh: str, en: str, owner: str, now: dt.datetime) -> dict[str, object]:
        original = name.partition("/originals/")[2]
        return {
            "task_id": uuid7(now, self._core.entropy),
            "stream": name.partition("/originals/")[0],
            "event_id": "",
            "reason": reason,
            "message_zh": f"{zh}(原件 {original})" if original else zh,
            "message_en": f"{en} (original {original})" if original else en,
            "owner": owner,
            "create_time": _micros(now),
        }


def _lost(view: View, finding: Finding) -> list[Draft]:
    """A parcel that should be here and is not: said on its own stream, unless it is said already."""
    drafts = []
    for entry in finding.missing:
        parcel = view.state(entry.name) if entry.name.startswith("parcels/") else None
        if not isinstance(parcel, parcel_pb2.Parcel):
            continue
        if not any(e.code == "suspected-lost" and not e.HasField("resolve_time") for e in parcel.exceptions):
            raised = parcel_pb2.ParcelExceptionRaised(code="suspected-lost")
            drafts.append(Draft(parcel.name, "parcel_exception_raised", raised))
    return drafts


def _scans(tx: Transaction, stocktake: str) -> list[Row]:
    return tx.fetch_all(SHELF.list_stock_scans, {"stocktake_id": stocktake})


def _scan_rows(stocktake: str, names: Iterable[str], now: int) -> list[dict[str, object]]:
    return [{"stocktake_id": stocktake, "name": name, "scan_time": now + n} for n, name in enumerate(names)]


def _closing(stocktake: str, finding: Finding, now: dt.datetime) -> dict[str, object]:
    said = {
        "missing": [entry.name for entry in finding.missing],
        "misplaced": [[each.name, each.place] for each in finding.misplaced],
        "unknown": list(finding.unknown),
    }
    return {
        "stocktake_id": stocktake,
        "close_time": _micros(now),
        "matched": len(finding.matched),
        "finding": json.dumps(said, ensure_ascii=False),
    }


def _stocktake(row: Row, scans: Iterable[Row]) -> Stocktake:
    finding = json.loads(row["finding"]) if row["finding"] else {}
    closed = row["close_time"]
    return Stocktake(
        id=row["stocktake_id"],
        post=row["post"],
        staff_id=row["staff_id"],
        begin_time=_moment(row["begin_time"]),
        close_time=_moment(closed) if closed is not None else None,
        matched=row["matched"] or 0,
        missing=tuple(finding.get("missing", ())),
        misplaced=tuple((name, place) for name, place in finding.get("misplaced", ())),
        unknown=tuple(finding.get("unknown", ())),
        scanned=tuple(each["name"] for each in scans),
    )


def _moment(micros: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(micros / _MICROS, dt.UTC)


def _micros(moment: dt.datetime) -> int:
    return round(moment.timestamp() * _MICROS)
