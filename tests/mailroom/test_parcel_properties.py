"""Whatever happens to a parcel, in whatever order: it folds, and somebody has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.domain.codes import ABSENT, DISCREPANCIES
from mailroom.domain.custody import CustodyLedger, holder
from mailroom.domain.parcels import ParcelFolder, last_outcomes
from mailroom.domain.scans import HELD_SINGLY
from mailroom.domain.transit import holding_leg
from tests.mailroom.events import (
    CHAOZHOU,
    CLOCK,
    CORRECT,
    DEED,
    LICENCE,
    MAILROOM,
    MILAN,
    NONCE,
    RELAY,
    SEALS,
    WAYBILL,
    WINDOW,
    ZHANGZHOU,
    Stream,
    scan,
)
from tongban.errors import Forbidden, Refused, TongbanError
from tongban.lifecycle.table import RULES
from tongban.v1 import application_pb2, parcel_pb2

ON_THE_WAY = {4, 5, 11, 12, 13, 14, 15, 16, 17}
MOVES_THE_PARCEL = {"parcel_dispatched", "parcel_taken_in", "parcel_held", "parcel_collected"}
POSTS = (WINDOW, MAILROOM, parcel_pb2.Post(node=ZHANGZHOU, post="w3"), parcel_pb2.Post(node=MILAN, post="m1"))


@dataclass(frozen=True)
class Deed:
    """What somebody says happened, and when."""

    author: str
    body: str
    message: Any
    at: int


times = st.integers(0, 60)
legs = st.integers(0, 4)
nodes = st.sampled_from([CHAOZHOU, ZHANGZHOU, MILAN])
scans = st.builds(
    scan,
    st.sampled_from(POSTS),
    seals=st.sampled_from([SEALS, ("X-1",)]),
    nonce=st.sampled_from([NONCE] * 5 + [b"y" * 16]),
    waybill=st.sampled_from([WAYBILL, ""]),
)
checks = st.lists(
    st.builds(
        parcel_pb2.ItemCheck,
        item=st.sampled_from([entry.item for entry in Stream().pack().manifest] + ["extra-1"]),
        outcome=st.sampled_from([CORRECT, CORRECT, *DISCREPANCIES]),
    ),
    min_size=1,
    max_size=4,
)


def deed(author: st.SearchStrategy[str], body: str, message: st.SearchStrategy[Any]) -> st.SearchStrategy[Deed]:
    return st.builds(Deed, author, st.just(body), message, times)


def _by_its_scanner(made: Deed) -> Deed:
    return Deed(made.message.scan.post.node, made.body, made.message, made.at)


sender, receiver, reporters = st.just(CHAOZHOU), st.just(ZHANGZHOU), st.sampled_from([CHAOZHOU, ZHANGZHOU, RELAY])
dispatches = deed(sender, "parcel_dispatched", st.builds(parcel_pb2.ParcelDispatched, scan=scans, leg=legs))
intakes = deed(nodes, "parcel_taken_in", st.builds(parcel_pb2.ParcelTakenIn, scan=scans, leg=legs))
words = st.sampled_from(["accepted", "moving", "delivering", "delivered", "problem", "returned", "customs", "unknown"])
said = st.sampled_from(
    [
        "late",
        "suspected-lost",
        "lost",
        "damaged",
        "seal-broken",
        "wrong-contents",
        "refused",
        "customs-hold",
        "unclaimed",
    ]
)
facts = st.one_of(
    dispatches,
    intakes,
    intakes.map(_by_its_scanner),
    deed(reporters, "carrier_observed", st.builds(parcel_pb2.CarrierObserved, leg=legs, meaning=words)),
    deed(
        st.sampled_from([CHAOZHOU, ZHANGZHOU, RELAY, CLOCK]),
        "parcel_exception_raised",
        st.builds(parcel_pb2.ParcelExceptionRaised, code=said),
    ),
    deed(receiver, "parcel_opened", st.builds(parcel_pb2.ParcelOpened, seals_intact=st.booleans())),
    deed(receiver, "items_checked", st.builds(parcel_pb2.ItemsChecked, checks=checks)),
)
guarded = st.one_of(
    deed(sender, "parcel_offered", st.builds(parcel_pb2.ParcelOffered, leg=st.integers(1, 3), carrier=st.just("ems"))),
    deed(nodes, "parcel_reconciled", st.builds(parcel_pb2.ParcelReconciled)),
    deed(receiver, "parcel_held", st.builds(parcel_pb2.ParcelHeld, window=st.sampled_from(["w3", "mailroom"]))),
    deed(
        receiver,
        "parcel_collected",
        st.builds(parcel_pb2.ParcelCollected, proof=st.just(application_pb2.COLLECTION_PROOF_CODE)),
    ),
)
everything_checked = st.builds(
    lambda at: Deed(
        ZHANGZHOU,
        "items_checked",
        parcel_pb2.ItemsChecked(
            checks=[parcel_pb2.ItemCheck(item=e.item, outcome=CORRECT) for e in Stream().pack().manifest]
        ),
        at,
    ),
    times,
)
stories = st.lists(st.one_of(facts, facts, guarded, everything_checked), max_size=25)


def begin(how_far: int, name: str = "") -> Stream:
    stream = Stream(CustodyLedger(), name) if name else Stream()
    for step in (stream.pack, stream.seal, stream.offer, stream.dispatch, stream.take_in, stream.open)[: how_far + 1]:
        step()
    return stream


def tell(stream: Stream, story: list[Deed], look: Callable[[Any, Any, str], None] | None = None) -> None:
    """Fold a story; a fact is refused for its author's role only, a guarded event by name and without a trace."""
    for each in story:
        before = stream.now
        bytes_before = before.SerializeToString(deterministic=True)
        chains = {original: len(stream.ledger.chain(original)) for original in stream.ledger.originals()}
        stream.moves = []
        refused: TongbanError | None = None
        try:
            stream.add(each.author, each.body, each.message, each.at)
        except TongbanError as error:
            refused = error
        if refused is not None:
            assert isinstance(refused, Forbidden) or RULES[each.body].guarded
            assert stream.now.SerializeToString(deterministic=True) == bytes_before
            assert chains == {o: len(stream.ledger.chain(o)) for o in stream.ledger.originals()}
            continue
        assert before.SerializeToString(deterministic=True) == bytes_before
        if look is not None:
            look(before, stream.now, each.body)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 5), stories)
def test_somebody_has_it_and_nothing_moves_silently(how_far: int, story: list[Deed]) -> None:
    stream = begin(how_far)
    folder = ParcelFolder()

    def look(before: parcel_pb2.Parcel, after: parcel_pb2.Parcel, body: str) -> None:
        held, event_id = after.custody, f"01900000-0000-7000-8000-{stream._number:012x}"
        assert held.kind in (1, 2, 3)
        assert held.stream == after.name
        assert held.event_id
        if held != before.custody:
            assert body in MOVES_THE_PARCEL
            assert held.event_id == event_id
        assert (holding_leg(after) is not None) == (after.state in ON_THE_WAY)
        assert [leg.number for leg in after.legs] == list(range(1, len(after.legs) + 1))
        assert folder.parties(before) <= folder.parties(after)
        assert len(after.exceptions) >= len(before.exceptions)
        if before.state == 10:
            assert after.state == 10
        _look_at_originals(stream, before, after, event_id)

    tell(stream, story, look)


def _look_at_originals(stream: Stream, before: parcel_pb2.Parcel, after: parcel_pb2.Parcel, event_id: str) -> None:
    moved = [move.original for move in stream.moves]
    assert len(moved) == len(set(moved))
    outcomes = last_outcomes(after)
    for original in (LICENCE, DEED):
        chain = stream.ledger.chain(original)
        current = stream.ledger.current(original)
        assert current is not None
        assert current.kind
        assert len({row.event_id for row in chain}) == len(chain)
        assert (current.event_id == event_id) == (original in moved)
        if after.state not in HELD_SINGLY:
            assert holder(current) == holder(after.custody)
        elif after.state == 8:
            assert (current.kind == parcel_pb2.HOLDER_KIND_MISSING) == (outcomes[original] in ABSENT)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 5), stories)
def test_the_same_events_give_the_same_bytes(how_far: int, story: list[Deed]) -> None:
    told = []
    for _ in range(2):
        stream = begin(how_far)
        tell(stream, story)
        rows = [row.SerializeToString(deterministic=True) for o in (LICENCE, DEED) for row in stream.ledger.chain(o)]
        told.append((stream.now.SerializeToString(deterministic=True), rows))
    assert told[0] == told[1]


@settings(max_examples=150, deadline=None)
@given(
    st.permutations(["dispatch", "accepted", "delivered", "take_in", "take_in", "late", "dispatch"]),
    st.integers(-50, 50),
)
def test_an_honest_delivery_ends_with_the_addressee_in_any_order(order: list[str], skew: int) -> None:
    """Repeated, reordered, with the taker's clock off by anything."""
    stream = begin(2)
    for what in order:
        match what:
            case "dispatch":
                stream.dispatch()
            case "take_in":
                stream.take_in(at=60 + skew)
            case "late":
                stream.raise_("late")
            case word:
                stream.hear(word)
    assert (stream.state, stream.now.custody.post) == ("TAKEN_IN", MAILROOM)
    assert len(stream.now.legs) == 1
    assert stream.now.legs[0].HasField("dispatch")
    assert stream.now.legs[0].carrier_word == "delivered"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(POSTS), times), min_size=1, max_size=6).flatmap(st.permutations))
def test_the_last_claim_among_intakes_has_it(scanned: list[tuple[parcel_pb2.Post, int]]) -> None:
    """Whoever scanned last, by the claims, has it; of equal claims whoever stands later in the stream."""
    stream = begin(3)
    for post, at in scanned:
        stream.take_in(at=100 + at, post=post)
    last = max(range(len(scanned)), key=lambda index: (scanned[index][1], index))
    assert stream.now.custody.post == scanned[last][0]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(["dispatch", "take_in", "open", "check", "reconcile"]), times),
        max_size=25,
    )
)
def test_parcels_that_claim_the_same_papers_never_double_them(steps: list[tuple[int, str, int]]) -> None:
    ledger = CustodyLedger()
    parcels = [Stream(ledger, f"parcels/P4451002026112200010000000{n}X") for n in range(3)]
    for n, parcel in enumerate(parcels):
        parcel.pack(n)
        parcel.seal(n)
        parcel.offer(n)
    for which, what, at in steps:
        before = {o: ledger.chain(o) for o in ledger.originals()}
        try:
            getattr(parcels[which], what)(at=at)
        except Refused:
            continue
        for original, chain in before.items():
            now = ledger.chain(original)
            assert now[: len(chain)] == chain
            assert len(now) - len(chain) in (0, 1)
            if len(now) > len(chain):
                assert now[-1].stream == parcels[which].name


def test_the_stories_reach_far() -> None:
    """The building blocks above are not vacuous: a plain story ends with the applicant."""
    stream = begin(5)
    story = [
        Deed(ZHANGZHOU, "items_checked", parcel_pb2.ItemsChecked(checks=_all_correct()), 20),
        Deed(ZHANGZHOU, "parcel_reconciled", parcel_pb2.ParcelReconciled(), 21),
        Deed(ZHANGZHOU, "parcel_held", parcel_pb2.ParcelHeld(window="w3"), 22),
        Deed(
            ZHANGZHOU, "parcel_collected", parcel_pb2.ParcelCollected(proof=application_pb2.COLLECTION_PROOF_CODE), 23
        ),
    ]
    tell(stream, story)
    assert stream.state == "COLLECTED"
    assert {stream.ledger.chain(o)[-1].kind for o in (LICENCE, DEED)} == {parcel_pb2.HOLDER_KIND_APPLICANT}


def _all_correct() -> list[parcel_pb2.ItemCheck]:
    return [parcel_pb2.ItemCheck(item=entry.item, outcome=CORRECT) for entry in Stream().pack().manifest]
