"""The ledger of a node: who held an original when, a day that adds up, a month's figures; on both databases."""

from __future__ import annotations

import datetime as dt

import pytest

from mailroom.domain import ledger
from mailroom.domain.ledger import DayLedger, Direction
from mailroom.domain.silence import Scans
from nodes.core import NodeCore
from nodes.desk.ledger import LedgerDesk
from nodes.desk.statistics import StatisticsDesk
from nodes.journal import custody
from nodes.journal.ledger import UNFILLED, fill, stay_rows
from nodes.rpc.ledger import LedgerCalls
from nodes.rpc.mailroom import MailroomServicer
from nodes.store import LEDGER, QUERIES
from tests.federation.whole import NodeRun
from tests.nodes.kit import Address, office
from tongban import errors
from tongban.storage.base import Row, Transaction
from tongban.storage.queries import Query
from tongban.v1 import mailroom_pb2, parcel_pb2

_FORGET = tuple(
    Query.of(f"forget_{table}", "All of it.", f"DELETE FROM {table}") for table in ("stays", "openings", "legs")
)
_ALL = tuple(
    Query.of(f"all_{table}", "All of it.", f"SELECT * FROM {table} ORDER BY 1, 2")
    for table in ("stays", "openings", "legs")
)


async def _rows(core: NodeCore) -> list[list[tuple[object, ...]]]:
    def work(tx: Transaction) -> list[list[tuple[object, ...]]]:
        return [[tuple(row) for row in tx.fetch_all(query)] for query in _ALL]

    return await core.database.run(work, read_only=True)


async def _originals(core: NodeCore) -> list[str]:
    rows = await core.database.run(
        lambda tx: tx.fetch_all(LEDGER.list_chains, {"after": "", "size": 1000}), read_only=True
    )
    return sorted({row["original"] for row in rows})


async def _chain(core: NodeCore, original: str) -> list[parcel_pb2.Custody]:
    return await core.database.run(lambda tx: custody.chain(tx, core.lifecycles, original), read_only=True)


async def _day(run: NodeRun, post: str = "") -> DayLedger:
    desk = LedgerDesk(run.core)
    today = run.core.clock.now().astimezone(desk.zone()).date()
    found = await desk.day(run.staff("mailroom-1"), today.isoformat(), post)
    assert found.ledger.balanced
    return found.ledger


async def test_who_held_it_at_every_time_is_what_the_chain_says(address: Address) -> None:
    async with office(address) as o:
        await o.journey().run()
        for run in (o.home, o.accepting):
            desk, staff = LedgerDesk(run.core), run.staff("mailroom-1")
            originals = await _originals(run.core)
            assert len(originals) >= 2
            for original in originals:
                chain = await _chain(run.core, original)
                claims = sorted({ledger.claimed(row) for row in chain})
                for micros in (claims[0] - 1, *claims, *(claim + 1 for claim in claims)):
                    at = dt.datetime.fromtimestamp(micros / 1_000_000, dt.UTC)
                    held = await desk.held_at(staff, original, at)
                    known = [row for row in chain if ledger.claimed(row) <= ledger.micros(at)]
                    assert held.custody == (known[-1] if known else None)
                    if held.custody is None:
                        assert held.mover is None
                        continue
                    assert held.mover is not None
                    assert (held.mover.event_id, held.mover.stream) == (held.custody.event_id, held.custody.stream)
                    assert held.mover.receipt is not None
                    assert held.mover.author in {"nodes/350600", "nodes/445100"}
                    assert (held.until is None) == (held.custody == chain[-1])
        with pytest.raises(errors.OriginalNotFound):
            await LedgerDesk(o.home.core).held_at(
                o.home.staff("mailroom-1"), "applications/X/originals/deed", o.now.now()
            )


async def test_a_day_adds_up_and_names_both_scans(address: Address) -> None:
    async with office(address) as o:
        await o.journey().run()
        home = await _day(o.home)
        assert [line.direction for line in home.lines].count(Direction.IN) >= 2
        assert home.count(Direction.OUT) >= 1
        assert {line.scans for line in home.lines if line.passage.leg} == {Scans.BOTH}
        assert len(home.openings) == 1
        accepting = await _day(o.accepting)
        assert accepting.count(Direction.HANDED_OVER) == 1
        assert len(accepting.openings) == 1
        posts = {line.post for line in accepting.lines}
        assert len(posts) > 1
        each = [await _day(o.accepting, post) for post in sorted(posts)]
        assert sum(len(day.lines) for day in each) == len(accepting.lines)
        assert sum(day.closing for day in each) == accepting.closing
        with pytest.raises(errors.FilterInvalid):
            await LedgerDesk(o.home.core).day(o.home.staff(), "2026-13-01")


async def test_what_waits_for_the_line_is_in_the_ledger_of_today(address: Address) -> None:
    async with office(address) as o:
        o.accepting.line.cut()
        journey = o.journey()
        await journey.submit()
        original = f"{journey.name}/originals/deed"
        desk, staff = LedgerDesk(o.accepting.core), o.accepting.staff("mailroom-1")
        held = await desk.held_at(staff, original, o.now.now())
        assert held.custody is not None
        assert held.custody.post.node == o.accepting.core.name
        assert held.mover is not None
        assert (held.mover.version, held.mover.receipt) == (0, None)
        before = await desk.held_at(staff, original, o.now.now() - dt.timedelta(days=1))
        assert before.custody is None
        day = await _day(o.accepting)
        assert [(line.direction, line.passage.original) for line in day.lines] == [(Direction.IN, original)]
        assert day.closing == day.opening + 1
        found = await desk.day(staff, day.day.isoformat())
        assert {line.passage.event_id for line in day.lines} <= found.waiting
        o.accepting.line.up = True
        await o.settled()
        again = await _day(o.accepting)
        assert again.lines == day.lines


async def test_an_old_database_is_laid_out_as_a_new_one_writes_it(address: Address) -> None:
    async with office(address) as o:
        await o.journey().run()
        for run in (o.home, o.accepting):
            written = await _rows(run.core)
            assert all(written)

            def forget(tx: Transaction) -> None:
                for query in _FORGET:
                    tx.execute(query)
                tx.execute(QUERIES.put_setting, {"key": UNFILLED, "value": "1"})

            await run.core.database.run(forget)
            await fill(run.core.database)
            assert await _rows(run.core) == written
            await fill(run.core.database)
            assert await _rows(run.core) == written
            for original in await _originals(run.core):
                chain = await _chain(run.core, original)
                stored: list[Row] = await run.core.database.run(
                    lambda tx: tx.fetch_all(LEDGER.fsck_stays), read_only=True
                )
                mine = [{key: row[key] for key in row.keys()} for row in stored if row["original"] == original]  # noqa: SIM118
                assert mine == stay_rows(original, chain)


async def test_a_months_figures(address: Address) -> None:
    async with office(address) as o:
        await o.journey().run()
        month = f"{o.now.now():%Y-%m}"
        for run in (o.home, o.accepting):
            found = await StatisticsDesk(run.core).month(run.staff(), month)
            assert {(row.origin, row.destination) for row in found.rows} == {
                (o.accepting.core.name, o.home.core.name),
                (o.home.core.name, o.accepting.core.name),
            }
            assert (found.total.legs, found.total.arrived, found.total.one_sided) == (2, 2, 0)
        nothing = await StatisticsDesk(o.home.core).month(o.home.staff(), "2020-02")
        assert nothing.rows == ()
        with pytest.raises(errors.FilterInvalid):
            await StatisticsDesk(o.home.core).month(o.home.staff(), "2020")


async def test_the_contract_answers_with_what_proves_it(sqlite: Address) -> None:
    async with office(sqlite) as o:
        journey = o.journey()
        await journey.run()
        run, staff = o.home, o.home.staff("mailroom-1")
        desk = run.desks.mailroom
        original = f"{journey.name}/originals/deed"
        now = await desk.get_custody(staff, mailroom_pb2.GetCustodyRequest(original=original))
        assert now.current == now.chain[-1]
        assert run.core.admissions.verify(now.event.receipt).event_digest == now.event.digest
        assert (now.event.event_id, now.event.stream) == (now.current.event_id, now.current.stream)
        asked = mailroom_pb2.GetCustodyRequest(original=original, at_time=now.chain[0].since_time)
        then = await desk.get_custody(staff, asked)
        first = [row for row in now.chain if row.since_time == now.chain[0].since_time][-1]
        assert (then.current, list(then.chain)) == (first, list(now.chain))
        asked.at_time.FromDatetime(dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
        before = await desk.get_custody(staff, asked)
        assert not before.HasField("current")
        assert not before.HasField("event")

        day = await _day(run)
        told = await desk.ledger.get_day_ledger(staff, mailroom_pb2.GetDayLedgerRequest(day=day.day.isoformat()))
        came = sum(1 if entry.direction == "in" else -1 for entry in told.entries)
        assert (told.opening + came, len(told.entries)) == (told.closing, len(day.lines))
        assert all(entry.both_scans and entry.event_id and entry.counterpart for entry in told.entries)
        month = mailroom_pb2.GetParcelStatisticsRequest(month=f"{o.now.now():%Y-%m}")
        figures = await desk.ledger.get_parcel_statistics(staff, month)
        assert [(row.legs, row.arrived, row.late) for row in figures.rows] == [(1, 1, 0)] * 2
        for call in ("GetDayLedger", "GetParcelStatistics"):
            assert getattr(MailroomServicer, call) is getattr(LedgerCalls, call)
