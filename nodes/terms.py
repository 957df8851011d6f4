"""How long everybody may take before something is wrong with a parcel: the `mailroom` section of a node's settings."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, ConfigDict, Field

from mailroom.calendars import calendar_of
from mailroom.domain.watch import Terms


class MailroomTerms(BaseModel):
    """Set in `node.json` as `"mailroom": {…}`, or as JSON in TONGBAN_NODE_MAILROOM."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    suspected_lost_days: int = Field(default=3, ge=1, le=60, description="working days after the due time")
    unscanned_hours: int = Field(default=24, ge=1, le=720, description="after the carrier said delivered")
    silence_hours: int = Field(default=72, ge=1, le=2160, description="without a word of the carrier")
    unclaimed_days: int = Field(default=60, ge=1, le=720, description="at a window")
    pickup_code_days: int = Field(default=15, ge=1, le=720, description="a pickup code is good for")

    def terms(self, zone: str) -> Terms:
        """As the rules want them, by the working days of this zone."""
        return Terms(
            suspected_lost_days=self.suspected_lost_days,
            unscanned=dt.timedelta(hours=self.unscanned_hours),
            silence=dt.timedelta(hours=self.silence_hours),
            unclaimed_days=self.unclaimed_days,
            calendar=calendar_of(zone),
        )
