"""What a carrier said of one leg, as a fold that no order, repeat or late scan can disturb.

Feeds repeat, reorder, lose and resend: pushes come three times, a query brings the whole list again newest first, and
a scan of yesterday arrives after today's delivery.  So a `Track` is not a state that messages change.  It is the set of
what was observed, each observation once, and everything else is read off that set.  A set has no order and counts no
repeats; hence any permutation and any duplication of a feed gives the identical Track.

    observation_id    which observations are the same one: HMAC-SHA256 over the leg and who said what of which
                      waybill, when and where, 16 bytes.  How it was heard is left out, so a push and the pull
                      that confirms it meet.  The key keeps outsiders from guessing a sealed text out of its id
    furthest          the highest word in rank; a later, lower one stays in the list and changes nothing
    outcome           refused < returned < delivered: an end, which no observation takes back
    accepted          the first moment that shows the carrier had it in hand
    delivered         the first moment at which the carrier says it was delivered.  It starts the clock of
                      "delivered, not scanned" and moves no custody
    exceptions        what a person must see, each code with the first word that calls for it

Promised: folding is total; observations are only added, never dropped; `furthest` and `outcome` never go back; each
time keeps the text it was written as, its offset and the ground for that offset.

What can go wrong: a carrier says `delivered` after `returned` and means the delivery back to the sender.  Ranked
forward it reads as delivered; `came_back` stays, so that whoever looks for the parcel asks the sender too.  A clock of
a carrier that runs years ahead would make a silent leg look fresh for ever; `last_heard` leaves out what lies in the
future.

Only observations that count belong here: signed by the carrier, or said by a pull.  An unsigned push is none.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from mailroom.carriers.base import Meaning, Observation, SignedBy, Source, ZoneBasis
from mailroom.domain.transit import word_rank

ID_BYTES: Final = 16
SIGNED_BY_OTHER: Final = "signed-by-other"
REFUSED: Final = "refused"

_IN_HAND: Final = frozenset(
    {
        Meaning.ACCEPTED,
        Meaning.MOVING,
        Meaning.CUSTOMS,
        Meaning.DELIVERING,
        Meaning.RETURNED,
        Meaning.DELIVERED,
    }
)
_OTHERS: Final = (SignedBy.AGENT, SignedBy.LOCKER)
_GRAVEST: Final = (SignedBy.LOCKER, SignedBy.AGENT, SignedBy.SELF)
_TRUSTED: Final = (Source.PULL, Source.PUSH, Source.MANUAL)
_AHEAD: Final = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as the carrier wrote it, as it was understood, and why so."""

    time: dt.datetime
    local_time: str
    zone_offset_minutes: int
    zone_basis: ZoneBasis
    code: str


@dataclass(frozen=True, slots=True)
class Heard:
    """One observation with its id."""

    observation_id: bytes
    observation: Observation

    @property
    def moment(self) -> Moment:
        """When it was, and how that is known."""
        said = self.observation
        return Moment(said.observe_time, said.local_time, said.zone_offset_minutes, said.zone_basis, said.code)


@dataclass(frozen=True, slots=True)
class Track:
    """What is known of one leg from its carrier. Two tracks are equal where the same was observed."""

    heard: tuple[Heard, ...] = ()
    """Each observation once, by time and, at one time, by id."""

    @property
    def furthest(self) -> Meaning:
        """The highest word."""
        return max((h.observation.meaning for h in self.heard), key=word_rank, default=Meaning.UNKNOWN)

    @property
    def outcome(self) -> str:
        """`refused`, `returned` or `delivered` where the carrier says how it ended, else empty."""
        if self.furthest in {Meaning.RETURNED, Meaning.DELIVERED}:
            return self.furthest.value
        return REFUSED if any(h.observation.exception == REFUSED for h in self.heard) else ""

    @property
    def came_back(self) -> bool:
        """Whether the carrier ever said that it went back."""
        return any(h.observation.meaning is Meaning.RETURNED for h in self.heard)

    @property
    def accepted(self) -> Moment | None:
        """The first moment that shows the carrier had it."""
        return next((h.moment for h in self.heard if h.observation.meaning in _IN_HAND), None)

    @property
    def delivered(self) -> Moment | None:
        """The first moment at which the carrier says it was delivered."""
        return next((h.moment for h in self.heard if h.observation.meaning is Meaning.DELIVERED), None)

    @property
    def signed_by(self) -> SignedBy:
        """Who took it; where the carrier says several things, the gravest."""
        said = {h.observation.signed_by for h in self.heard}
        return next((who for who in _GRAVEST if who in said), SignedBy.NOBODY)

    @property
    def exceptions(self) -> Mapping[str, Heard]:
        """Each code that this track calls for, with the first observation that does."""
        calls: dict[str, Heard] = {}
        for heard in self.heard:
            for code in called_for(heard.observation):
                calls.setdefault(code, heard)
        return MappingProxyType(calls)

    def last_heard(self, now: dt.datetime) -> Moment | None:
        """The latest moment that is not in the future."""
        past = (h.moment for h in reversed(self.heard) if h.observation.observe_time <= now + _AHEAD)
        return next(past, None)


def observation_id(key: bytes, observation: Observation, leg: str = "") -> bytes:
    """What makes an observation of a leg the same one, however and however often it is heard."""
    said = (
        leg,
        observation.carrier,
        observation.waybill.upper(),
        observation.code,
        observation.observe_time.astimezone(dt.UTC).isoformat(),
        _plain(observation.place),
        _plain(observation.text),
    )
    return hmac.digest(key, b"".join(_framed(part) for part in said), hashlib.sha256)[:ID_BYTES]


def called_for(observation: Observation) -> tuple[str, ...]:
    """The exceptions that one observation calls for by itself."""
    other = (SIGNED_BY_OTHER,) if observation.signed_by in _OTHERS else ()
    return (*other, observation.exception) if observation.exception else other


def fold(key: bytes, observations: Iterable[Observation], track: Track | None = None, leg: str = "") -> Track:
    """Add observations to the track of a leg, under the same key and name each time."""
    known = {h.observation_id: h for h in track.heard} if track else {}
    for observation in dict.fromkeys(observations):
        heard = Heard(observation_id(key, observation, leg), observation)
        before = known.get(heard.observation_id)
        if before is None or _preference(heard) < _preference(before):
            known[heard.observation_id] = heard
    return Track(tuple(sorted(known.values(), key=_place)))


def news(key: bytes, observations: Iterable[Observation], track: Track, leg: str = "") -> tuple[Heard, ...]:
    """Those observations that a track does not have yet, each once, oldest first."""
    known = {h.observation_id for h in track.heard}
    return tuple(h for h in fold(key, observations, leg=leg).heard if h.observation_id not in known)


def _place(heard: Heard) -> tuple[dt.datetime, bytes]:
    return heard.observation.observe_time, heard.observation_id


def _preference(heard: Heard) -> tuple[object, ...]:
    """Which of two tellings of one observation is kept: a total order, so that it is the same one in any order."""
    said = heard.observation
    fields = (said.meaning, said.exception, said.signed_by, said.carrier_id, said.local_time, said.zone_basis)
    rest = (said.zone_offset_minutes, said.waybill, said.place, said.text)
    return (_TRUSTED.index(said.source), said.source, *fields, *rest)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _framed(part: str) -> bytes:
    raw = part.encode("utf-8", "replace")
    return len(raw).to_bytes(4, "big") + raw
