"""A month's figures: what the legs of the month came to, for each pair of regions and carrier.

The legs' facts are written as parcels change (`nodes.journal.ledger`), so a month is read by its span and nothing is
folded again.  Only what has a receipt is counted: figures are for comparing, and both ends shall have the same.
"""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass

from mailroom.calendars import calendar_of
from mailroom.domain import ledger
from mailroom.domain.statistics import LegFacts, Summary, month_span, summarise, total
from mailroom.domain.workdays import Calendar
from nodes.core import NodeCore
from nodes.desk.ledger import LedgerDesk
from nodes.desk.staff import APPROVAL, MAILROOM, SUPERVISOR, WINDOW, Staff
from nodes.journal.ledger import facts_of
from nodes.store import LEDGER
from tongban import errors
from tongban.storage.base import Transaction


@dataclass(frozen=True, slots=True)
class Month:
    """A month as it stood at a time."""

    month: str
    zone: str
    time: dt.datetime
    rows: tuple[Summary, ...]
    total: Summary


class StatisticsDesk:
    """Counts."""

    def __init__(self, core: NodeCore) -> None:
        self._core = core
        self._ledger = LedgerDesk(core)

    async def month(self, staff: Staff, month: str) -> Month:
        """The figures of a local month `YYYY-MM`."""
        staff.require("查看统计", MAILROOM, WINDOW, APPROVAL, SUPERVISOR)
        zone = self._ledger.zone()
        try:
            first, following = month_span(month)
            begin, until = ledger.span_of(first, zone)[0], ledger.span_of(following, zone)[0]
        except (ValueError, OverflowError):
            raise errors.FilterInvalid(
                field="month", problem="应为年-月,如 2026-11", problem_en="a month such as 2026-11 is expected"
            ) from None

        def work(tx: Transaction) -> list[LegFacts]:
            return [facts_of(row) for row in tx.stream(LEDGER.list_legs, {"begin": begin, "until": until})]

        facts = await self._core.database.run(work, read_only=True)
        now = self._core.clock.now()
        known = functools.cache(self._calendar)
        return Month(
            month=month,
            zone=zone.key,
            time=now,
            rows=tuple(summarise(facts, ledger.micros(now), known)),
            total=total(facts, ledger.micros(now), known),
        )

    def _calendar(self, node: str) -> Calendar:
        known = self._core.shared.directory.find(node)
        return calendar_of(known.profile.time_zone if known else "Asia/Shanghai")
