"""Who held an original at any time, and what a day's moves come to.

A chain of custody has an order, the one in which its events were folded, and its rows have times, the ones that their
authors claimed.  Two authors have two clocks, so a later row may claim an earlier time: the taker's clock was slow, or
a scan made offline arrived late.  Who held the original at a time T is then

    the holder of the last row of the chain that claims to have begun by T

so order decides between equal claims, and a row that was overtaken by an earlier claim gives way to it.  The same said
of rows instead of times: a row stands from the earliest claim of its own and all later rows, until the earliest claim
of all later rows.  That is a **stay**: `stays` lays a chain out as stays, which follow one another without gap or
overlap, so an original is in one place at any moment and a stay overtaken by the next one has no length.

    chain      window at 9:00    leg at 10:30       mailroom at 10:20 (its clock is slow)
    stays      9:00 - 10:20      10:20 - 10:20      10:20 -

What follows for a shelf: what lies there at T is what has a stay there that began before T and ends at T or later;
what came in is the stays there that begin on the day, what went out those that end on it.  Since the stays of a chain
meet, `opening + in - out = closing` for every post and every span of time, whatever the clocks said.  `balanced` asks
that of a day whose opening and closing were counted on the shelf and not reckoned from its moves.

A move between two posts of a node is a line in both posts' accounts.  Nothing here reads an event or a clock.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast
from zoneinfo import ZoneInfo

from mailroom.domain.silence import Scans
from tongban.v1 import parcel_pb2

FOR_EVER: Final = 1 << 62
"""The end of a stay that has none."""


@dataclass(frozen=True, slots=True)
class Hand:
    """A holder: a post of a node, a leg, or somebody outside; `node` is the post's, or the one that answers."""

    kind: int
    node: str = ""
    post: str = ""
    leg: str = ""

    @classmethod
    def of(cls, custody: parcel_pb2.Custody) -> Hand:
        """The holder that a row names."""
        if custody.kind == parcel_pb2.HOLDER_KIND_POST:
            return cls(custody.kind, custody.post.node, custody.post.post)
        return cls(custody.kind, custody.answerable_node, "", custody.leg)

    @property
    def is_post(self) -> bool:
        """Whether a post has it."""
        return self.kind == parcel_pb2.HOLDER_KIND_POST

    @property
    def custody(self) -> parcel_pb2.Custody:
        """The holder as the contract says it, without since when and why."""
        if self.is_post:
            return parcel_pb2.Custody(
                kind=parcel_pb2.HOLDER_KIND_POST,
                post=parcel_pb2.Post(node=self.node, post=self.post),
                answerable_node=self.node,
            )
        kind = cast("parcel_pb2.HolderKind", self.kind)
        return parcel_pb2.Custody(kind=kind, leg=self.leg, answerable_node=self.node)


OUTSIDE: Final = Hand(parcel_pb2.HOLDER_KIND_UNSPECIFIED)
"""Where an original was before its chain began: handed in by the applicant, or issued."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A row of a chain with the span for which it stands, in microseconds of UTC."""

    place: int
    begin: int
    end: int
    hand: Hand
    event_id: str
    stream: str


class Direction(enum.StrEnum):
    """What a move is for the post in whose account it stands."""

    IN = "in"
    OUT = "out"
    HANDED_OVER = "handed-over"  # to the applicant, who keeps it
    VOIDED = "voided"  # by the authority, which keeps it
    MISSING = "missing"  # it was not where it should have been

    @property
    def sign(self) -> int:
        """What it does to the shelf."""
        return 1 if self is Direction.IN else -1


_LEAVES: Final[Mapping[int, Direction]] = {
    parcel_pb2.HOLDER_KIND_APPLICANT: Direction.HANDED_OVER,
    parcel_pb2.HOLDER_KIND_VOIDED: Direction.VOIDED,
    parcel_pb2.HOLDER_KIND_MISSING: Direction.MISSING,
}


@dataclass(frozen=True, slots=True)
class Passage:
    """An original passes from one hand to the next, by this event."""

    original: str
    place: int
    time: int
    giver: Hand
    taker: Hand
    event_id: str
    stream: str

    @property
    def parcel(self) -> str:
        """The parcel that carried it, or nothing."""
        for hand in (self.giver, self.taker):
            if hand.leg:
                return hand.leg.partition("/legs/")[0]
        return self.stream if self.stream.startswith("parcels/") else ""

    @property
    def leg(self) -> str:
        """The leg that it came or went by, or nothing."""
        return self.giver.leg or self.taker.leg


@dataclass(frozen=True, slots=True)
class Line:
    """A passage in the account of one post; `scans` is None where no leg was scanned: it passed from hand to hand."""

    passage: Passage
    post: str
    direction: Direction
    scans: Scans | None = None

    @property
    def counterpart(self) -> Hand:
        """Whose hands it came from or went into."""
        return self.passage.giver if self.direction is Direction.IN else self.passage.taker

    @property
    def internal(self) -> bool:
        """Whether it passed between two posts of one node."""
        giver, taker = self.passage.giver, self.passage.taker
        return giver.is_post and taker.is_post and giver.node == taker.node

    @property
    def proven(self) -> bool:
        """Whether both scans of its leg stand, or it needed none."""
        return self.scans in (None, Scans.BOTH)


@dataclass(frozen=True, slots=True)
class Opening:
    """A parcel was opened at a post."""

    parcel: str
    time: int
    post: str
    seals_intact: bool


@dataclass(frozen=True, slots=True)
class DayLedger:
    """A day of one post, or of all posts of a node (`post` is empty).

    `opening` and `closing` are counted on the shelf, never reckoned from the lines.
    """

    node: str
    post: str
    day: dt.date
    zone: str
    opening: int
    lines: tuple[Line, ...]
    openings: tuple[Opening, ...]
    closing: int

    def count(self, direction: Direction) -> int:
        """How many lines of this kind."""
        return sum(line.direction is direction for line in self.lines)

    @property
    def internal(self) -> int:
        """How many passages are in the accounts of two posts at once: they change neither what came nor what went."""
        return sum(line.internal and line.direction is Direction.IN for line in self.lines) if not self.post else 0

    def moved(self, direction: Direction) -> int:
        """The same without what passed within the node, where all of its posts are looked at."""
        within = self.internal if direction in (Direction.IN, Direction.OUT) else 0
        return self.count(direction) - within

    @property
    def difference(self) -> int:
        """What the lines say that the shelf has gained."""
        return sum(line.direction.sign for line in self.lines)

    @property
    def balanced(self) -> bool:
        """Whether what moved is the difference of the shelf."""
        return self.opening + self.difference == self.closing

    @property
    def unproven(self) -> tuple[Line, ...]:
        """Lines without both scans: on the way yet, or with an open exception."""
        return tuple(line for line in self.lines if not line.proven)


def micros(time: dt.datetime) -> int:
    """A time as it is stored."""
    return round(time.timestamp() * 1_000_000)


def claimed(custody: parcel_pb2.Custody) -> int:
    """Since when a row says it holds, in microseconds of UTC."""
    return custody.since_time.ToMicroseconds()


def place_at(claims: Sequence[int], at: int) -> int:
    """The place, from 1, of the row that holds at a time; 0 before any."""
    return next((place for place in range(len(claims), 0, -1) if claims[place - 1] <= at), 0)


def stays(chain: Sequence[parcel_pb2.Custody]) -> list[Stay]:
    """A chain as stays, in its order."""
    found: list[Stay] = []
    end = FOR_EVER
    for place in range(len(chain), 0, -1):
        row = chain[place - 1]
        begin = min(claimed(row), end)
        found.append(Stay(place, begin, end, Hand.of(row), row.event_id, row.stream))
        end = begin
    return found[::-1]


def span_of(day: dt.date, zone: ZoneInfo) -> tuple[int, int]:
    """When a local day begins and the next one does; a day of a changed clock is as long as it was."""
    begin = dt.datetime.combine(day, dt.time(), tzinfo=zone)
    return micros(begin), micros(dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=zone))


def lie_at(chain: Iterable[Stay], node: str, post: str, time: int) -> int:
    """How many of these stays have something lying at a node's posts, or at one of them, at a time."""
    return sum(stay.begin < time <= stay.end and _is_ours(stay.hand, node, post) for stay in chain)


def passages_of(original: str, chain: Sequence[Stay]) -> list[Passage]:
    """The passages from hand to hand that a chain's stays tell."""
    givers = [OUTSIDE, *(stay.hand for stay in chain)]
    return [
        Passage(original, stay.place, stay.begin, giver, stay.hand, stay.event_id, stay.stream)
        for giver, stay in zip(givers, chain, strict=False)
    ]


def lines_of(passages: Iterable[Passage], node: str, post: str = "") -> list[Line]:
    """Passages as lines of the accounts of a node's posts, or of one of them; in order of time, then of the chain."""
    lines = []
    for passage in sorted(passages, key=lambda p: (p.time, p.original, p.place)):
        giver, taker = passage.giver, passage.taker
        if _is_ours(giver, node, post):
            lines.append(Line(passage, giver.post, _LEAVES.get(taker.kind, Direction.OUT)))
        if _is_ours(taker, node, post):
            lines.append(Line(passage, taker.post, Direction.IN))
    return lines


def _is_ours(hand: Hand, node: str, post: str) -> bool:
    return hand.is_post and hand.node == node and post in ("", hand.post)
