"""A carrier's feed as a relay makes events of it, folded on a parcel that is on its way."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from mailroom.carriers.base import Observation, ZoneBasis
from mailroom.carriers.codes import FEEDS, code_table
from mailroom.domain.numbers import leg_name
from nodes.journal.drafts import Draft
from nodes.relay.observing import called_for, observation_id, word
from tests.mailroom.events import DAWN, PARCEL, RELAY, WAYBILL, Stream
from tongban.v1 import parcel_pb2

KEY = b"a key of the mailroom, for tests"
LEG = leg_name(PARCEL, 1)
START = dt.datetime.fromtimestamp(DAWN + 3600, dt.UTC)
CHINA = dt.timedelta(hours=8)
SENT = Stream().sent().now


def said(code: str, minutes: int = 0, **changes: Any) -> Observation:
    """A word of a feed, as its codec reads it."""
    feed = next(f for f in FEEDS if code_table(f).prefix == code.partition(".")[0])
    entry = code_table(feed).entry(code.partition(".")[2])
    when = START + dt.timedelta(minutes=minutes)
    observation = Observation(
        carrier="ems",
        waybill=WAYBILL,
        code=entry.code,
        meaning=entry.meaning,
        text="快件状态更新",
        place="漳州市",
        local_time=(when + CHINA).strftime("%Y-%m-%d %H:%M:%S"),
        observe_time=when,
        zone_offset_minutes=480,
        zone_basis=ZoneBasis.CARRIER_LOCAL,
        signed_by=entry.signed_by,
        exception=entry.exception,
    )
    return replace(observation, **changes)


def tell(stream: Stream, observations: Iterable[Observation], author: str = RELAY) -> Stream:
    """Every one an event, also those that a relay keeps to itself because they are known; and what they call for."""
    for seen in observations:
        drafts = [_word(seen)]
        if author == RELAY:
            drafts += called_for(stream.now, 1, seen, set())
        for draft in drafts:
            stream.add(author, draft.body, draft.content, 7200)
    return stream


@functools.lru_cache(maxsize=1024)
def _word(seen: Observation) -> Draft:
    return word(SENT, 1, observation_id(KEY, LEG, seen), seen)


def heard(*observations: Observation) -> Stream:
    """A parcel that was sent, after these words."""
    return tell(Stream().sent(), observations)


def leg_of(stream: Stream) -> parcel_pb2.Leg:
    """Its only leg."""
    return stream.now.legs[0]


def wrong(stream: Stream) -> set[tuple[str, str]]:
    """What is wrong, and of what."""
    return {(each.code, each.subject) for each in stream.now.exceptions}
