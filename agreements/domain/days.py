"""Days of agreements: whole days in Asia/Shanghai, and the ends of terms that are prolonged by months."""

from __future__ import annotations

import calendar
import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Final

from agreements.domain.documents import calendar_date
from tongban.v1 import agreement_pb2

SHANGHAI: Final = dt.timezone(dt.timedelta(hours=8), "Asia/Shanghai")
"""The zone of every day in an agreement: eight hours ahead of UTC, all year, since 1991."""

_MONTHS: Final = 12


def day_of(instant: dt.datetime) -> dt.date:
    """The day on which an instant falls, in Asia/Shanghai."""
    return instant.astimezone(SHANGHAI).date()


def after_months(day: dt.date, months: int) -> dt.date:
    """The same day so many months later; the last of a month where that is shorter.

    A term that ends on the last day of its month always does: 28 February 2026 and 12 months give 29 February 2028 in
    two steps.  OverflowError past the year 9999.
    """
    year, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    if year > dt.MAXYEAR:
        raise OverflowError("past the end of the calendar")
    longest = calendar.monthrange(year, month + 1)[1]
    last = day.day == calendar.monthrange(day.year, day.month)[1]
    return dt.date(year, month + 1, longest if last else min(day.day, longest))


def last_days(document: agreement_pb2.AgreementDocument) -> Iterator[dt.date]:
    """The text's last day and those of its prolongations, in order; none where it has no end."""
    if not document.HasField("expire_date"):
        return
    first = calendar_date(document.expire_date, "document.expire_date")
    yield first
    if document.renewal_months:
        for count in itertools.count(1):
            try:
                yield after_months(first, count * document.renewal_months)
            except OverflowError:
                return
