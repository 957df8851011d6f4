"""Who held it when, and that a day's moves are the difference of the shelf, whatever the clocks said."""

from __future__ import annotations

import datetime as dt
import itertools
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from mailroom.domain import ledger
from mailroom.domain.ledger import FOR_EVER, DayLedger, Direction, Hand, lines_of, passages_of, place_at, stays
from tests.mailroom.events import CHAOZHOU, MILAN, ZHANGZHOU
from tongban.v1 import parcel_pb2

SECOND = 1_000_000
POST, LEG = parcel_pb2.HOLDER_KIND_POST, parcel_pb2.HOLDER_KIND_LEG


def at(seconds: int, kind: int = POST, node: str = CHAOZHOU, post: str = "w1") -> parcel_pb2.Custody:
    row = parcel_pb2.Custody(kind=kind, answerable_node=node, since_time=Timestamp(seconds=seconds))  # type: ignore[arg-type]
    if kind == POST:
        row.post.CopyFrom(parcel_pb2.Post(node=node, post=post))
    if kind == LEG:
        row.leg = "parcels/P1/legs/1"
    return row


rows = st.builds(
    at,
    st.integers(0, 40),
    st.sampled_from([POST, POST, POST, LEG, parcel_pb2.HOLDER_KIND_APPLICANT, parcel_pb2.HOLDER_KIND_MISSING]),
    st.sampled_from([CHAOZHOU, ZHANGZHOU, MILAN]),
    st.sampled_from(["w1", "mailroom"]),
)
chains = st.lists(rows, min_size=1, max_size=12)


def naive(chain: list[parcel_pb2.Custody], micros: int) -> int:
    """The last row that claims to have begun by then."""
    return max((n for n, row in enumerate(chain, start=1) if ledger.claimed(row) <= micros), default=0)


@given(chains, st.integers(-1, 42))
def test_stays_say_who_held_it_when(chain: list[parcel_pb2.Custody], seconds: int) -> None:
    micros = seconds * SECOND
    claims = [ledger.claimed(row) for row in chain]
    laid = stays(chain)
    assert place_at(claims, micros) == naive(chain, micros)
    standing = [stay.place for stay in laid if stay.begin <= micros < stay.end]
    assert standing == ([naive(chain, micros)] if naive(chain, micros) else [])
    assert max((stay.place for stay in laid if stay.begin <= micros), default=0) == naive(chain, micros)


@given(chains)
def test_stays_meet(chain: list[parcel_pb2.Custody]) -> None:
    laid = stays(chain)
    assert [stay.place for stay in laid] == list(range(1, len(chain) + 1))
    assert laid[-1].end == FOR_EVER
    assert all(one.begin <= one.end == other.begin for one, other in itertools.pairwise(laid))


@given(st.lists(chains, max_size=6), st.integers(0, 40), st.integers(0, 20), st.sampled_from(["", "w1", "mailroom"]))
def test_what_moved_is_the_difference_of_the_shelf(
    papers: list[list[parcel_pb2.Custody]], first: int, length: int, post: str
) -> None:
    begin, end = first * SECOND, (first + length) * SECOND
    laid = {f"o{n}": stays(chain) for n, chain in enumerate(papers)}
    passages = [p for name, chain in laid.items() for p in passages_of(name, chain) if begin <= p.time < end]
    made = DayLedger(
        node=CHAOZHOU,
        post=post,
        day=dt.date(2026, 11, 22),
        zone="Asia/Shanghai",
        opening=sum(ledger.lie_at(chain, CHAOZHOU, post, begin) for chain in laid.values()),
        lines=tuple(lines_of(passages, CHAOZHOU, post)),
        openings=(),
        closing=sum(ledger.lie_at(chain, CHAOZHOU, post, end) for chain in laid.values()),
    )
    assert made.balanced
    assert (
        made.opening
        + made.count(Direction.IN)
        - sum(made.count(each) for each in Direction if each is not Direction.IN)
        == made.closing
    )
    # And the shelf is what the chains say of each paper.
    lying = 0
    for chain in papers:
        place = naive(chain, end - 1)
        hand = Hand.of(chain[place - 1]) if place else None
        lying += hand is not None and hand.is_post and hand.node == CHAOZHOU and post in ("", hand.post)
    assert made.closing == lying


def test_a_slow_clock_does_not_put_a_paper_in_two_places() -> None:
    chain = [at(900), at(1050, LEG), at(1020, POST, ZHANGZHOU, "mailroom")]
    laid = stays(chain)
    assert [(s.begin // SECOND, s.end // SECOND) for s in laid[:2]] == [(900, 1020), (1020, 1020)]
    assert (laid[2].begin // SECOND, laid[2].end) == (1020, FOR_EVER)


def test_a_day_is_as_long_as_the_clocks_make_it() -> None:
    milan = ZoneInfo("Europe/Rome")
    begin, end = ledger.span_of(dt.date(2026, 10, 25), milan)
    assert end - begin == 25 * 3600 * SECOND
    begin, end = ledger.span_of(dt.date(2026, 3, 29), milan)
    assert end - begin == 23 * 3600 * SECOND
    begin, end = ledger.span_of(dt.date(2026, 11, 22), ZoneInfo("Asia/Shanghai"))
    assert end - begin == 24 * 3600 * SECOND
