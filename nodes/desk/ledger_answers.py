"""The ledger's desk in the contract's words: for other programs of this region."""

from __future__ import annotations

import datetime as dt

from google.protobuf.timestamp_pb2 import Timestamp

from mailroom.domain.custody import describe
from mailroom.domain.ledger import DayLedger, Hand, Line
from mailroom.domain.statistics import Summary
from nodes.core import NodeCore
from nodes.desk.ledger import LedgerDesk, Mover
from nodes.desk.staff import APPROVAL, MAILROOM, SUPERVISOR, WINDOW, Staff
from nodes.desk.statistics import StatisticsDesk
from nodes.journal import custody
from tongban import errors
from tongban.v1 import mailroom_pb2


class LedgerAnswers:
    """Answers messages."""

    def __init__(self, core: NodeCore) -> None:
        self._core = core
        self._ledger = LedgerDesk(core)
        self._statistics = StatisticsDesk(core)

    async def get_custody(
        self, staff: Staff, request: mailroom_pb2.GetCustodyRequest
    ) -> mailroom_pb2.GetCustodyResponse:
        """Who holds an original now, or held it at a time; what proves it; and the whole chain."""
        staff.require("查询原件", MAILROOM, WINDOW, APPROVAL, SUPERVISOR)
        try:
            at = request.at_time.ToDatetime(dt.UTC) if request.HasField("at_time") else None
        except (ValueError, OverflowError):
            raise errors.FieldInvalid(field="at_time", problem="时间超出范围", problem_en="out of range") from None
        held = await self._ledger.held_at(staff, request.original, at)
        chain = await self._core.database.run(
            lambda tx: custody.chain(tx, self._core.lifecycles, request.original), read_only=True
        )
        response = mailroom_pb2.GetCustodyResponse(current=held.custody, chain=chain)
        if held.mover is not None:
            response.event.CopyFrom(_event(held.mover))
        return response

    async def get_day_ledger(
        self, staff: Staff, request: mailroom_pb2.GetDayLedgerRequest
    ) -> mailroom_pb2.GetDayLedgerResponse:
        """Everything that moved on a day."""
        day = await self._ledger.day(staff, request.day, request.post)
        return _day(day.ledger)

    async def get_parcel_statistics(
        self, staff: Staff, request: mailroom_pb2.GetParcelStatisticsRequest
    ) -> mailroom_pb2.GetParcelStatisticsResponse:
        """A month's figures."""
        month = await self._statistics.month(staff, request.month)
        return mailroom_pb2.GetParcelStatisticsResponse(rows=[_summary(row) for row in month.rows])


def _event(mover: Mover) -> mailroom_pb2.MovingEvent:
    event = mailroom_pb2.MovingEvent(
        event_id=mover.event_id,
        stream=mover.stream,
        version=mover.version,
        author=mover.author,
        digest=mover.digest,
        receipt=mover.receipt,
    )
    event.claim_time.FromDatetime(mover.claim_time)
    return event


def _day(ledger: DayLedger) -> mailroom_pb2.GetDayLedgerResponse:
    return mailroom_pb2.GetDayLedgerResponse(
        opening=ledger.opening, entries=[_entry(line) for line in ledger.lines], closing=ledger.closing
    )


def _entry(line: Line) -> mailroom_pb2.LedgerEntry:
    passage = line.passage
    time = Timestamp()
    time.FromMicroseconds(passage.time)
    return mailroom_pb2.LedgerEntry(
        time=time,
        original=passage.original,
        parcel=passage.parcel,
        direction=line.direction.value,
        counterpart=_words(line.counterpart, line.post),
        both_scans=line.proven,
        event_id=passage.event_id,
    )


def _words(hand: Hand, post: str) -> str:
    if hand.kind:
        return describe(hand.custody)
    return "出证 (issued)" if post == "issuing" else "申请人 (the applicant)"


def _summary(row: Summary) -> mailroom_pb2.ParcelStatistics:
    return mailroom_pb2.ParcelStatistics(
        origin=row.origin,
        destination=row.destination,
        carrier=row.carrier,
        legs=row.legs,
        arrived=row.arrived,
        median_days_hundredths=_hundredths(row.calendar.median),
        p90_days_hundredths=_hundredths(row.calendar.p90),
        late=row.late,
        lost=row.lost,
        discrepancies=row.discrepancies,
        one_sided=row.one_sided,
        cost_fen=row.cost_fen,
    )


def _hundredths(days: float | None) -> int:
    return round((days or 0) * 100)
