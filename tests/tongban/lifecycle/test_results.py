"""Of each result one valid original, in whatever order permits are given back, granted, used and made void."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field

import pytest
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.domain.custody import CustodyLedger
from tongban import errors
from tongban.lifecycle import results
from tongban.lifecycle.applications import ApplicationFolder
from tongban.lifecycle.engine import Lifecycles, Step
from tongban.v1 import application_pb2, event_pb2, parcel_pb2, types_pb2

HOME, ACCEPTING, COLLECTING = "nodes/home", "nodes/accepting", "nodes/collecting"
STREAM = "applications/TEST0001"
CODE, LOCKER = application_pb2.COLLECTION_PROOF_CODE, application_pb2.COLLECTION_PROOF_LOCKER
PAPER, FILE = types_pb2.MATERIAL_FORM_ORIGINAL, types_pb2.MATERIAL_FORM_ELECTRONIC
LIFECYCLES = Lifecycles(ApplicationFolder())
BODIES = {
    type(getattr(event_pb2.Event(), field.name)): field.name
    for field in event_pb2.Event.DESCRIPTOR.oneofs_by_name["body"].fields
}


@dataclass
class Story:
    """A stream as it is folded, with the chains of its originals."""

    state: application_pb2.Application | None = None
    version: int = 0
    head: bytes = b""
    ledger: CustodyLedger = field(default_factory=CustodyLedger)

    def does(self, author: str, content: Message) -> application_pb2.Application:
        """Admit the next event, or raise why not; then nothing has changed."""
        event = event_pb2.Event(
            event_id=f"{self.version + 1:08}-0000-7000-8000-000000000000",
            stream=STREAM,
            lifecycle_version=1,
            expected_version=self.version,
            expected_head=self.head,
            author=author,
            incarnation=1,
            sequence=self.version + 1,
        )
        event.claim_time.seconds = 1_790_000_000 + self.version
        getattr(event, BODIES[type(content)]).CopyFrom(content)
        digest = hashlib.sha256(event.SerializeToString()).digest()
        before = self.state
        after: application_pb2.Application = LIFECYCLES.admit(before, Step(event, digest, self.version + 1))
        self.ledger.fold(before, after, event)
        self.state, self.version, self.head = after, self.version + 1, digest
        return after

    def holder(self, original: str) -> parcel_pb2.Custody:
        """Who has it."""
        found = self.ledger.current(f"{STREAM}/originals/{original}")
        assert found is not None
        return found


def decided(*, old: bool = False) -> Story:
    """An application up to its decision; `old`: with an old licence filed as a material."""
    story = Story()
    route = application_pb2.Route(
        item="items/home.x", accepting=ACCEPTING, home=HOME, decider=HOME, collecting=COLLECTING
    )
    submitted = application_pb2.ApplicationSubmitted(route=route, window="window-1", wanted_results=[PAPER])
    submitted.materials.add(code="deed", form=PAPER, original="deed", pages=3)
    if old:
        submitted.materials.add(code="old-licence", form=PAPER, original="old-licence", pages=1)
    story.does(ACCEPTING, submitted)
    story.does(HOME, application_pb2.ApplicationAccepted())
    story.does(HOME, application_pb2.ReviewStarted())
    story.does(HOME, application_pb2.ApplicationApproved())
    return story


def issued(*, printing: str = "", surrenders: tuple[str, ...] = (), old: bool = False) -> Story:
    """A licence, printed by the decider or by the collecting node."""
    story = decided(old=old)
    result = application_pb2.ResultIssued()
    result.documents.add(code="licence", form=PAPER, original="licence", printing=printing)
    result.surrenders.extend(application_pb2.Surrender(code=code, against="licence") for code in surrenders)
    story.does(HOME, result)
    return story


_NAMES = st.sampled_from(["licence", "licence-2", "licence-3"])
_NODES = st.sampled_from([HOME, ACCEPTING, COLLECTING])
_STEPS = st.one_of(
    st.tuples(_NODES, st.builds(lambda o: application_pb2.PrintPermitReleased(original=o, reason_code="x"), _NAMES)),
    st.tuples(
        st.just(HOME),
        st.builds(lambda o, to: application_pb2.PrintPermitGranted(code="licence", original=o, to=to), _NAMES, _NODES),
    ),
    st.tuples(_NODES, st.builds(lambda o: application_pb2.ResultPrinted(original=o, post="window-1"), _NAMES)),
    st.tuples(
        st.just(HOME),
        st.builds(
            lambda o: application_pb2.OriginalVoided(original=o, reason_code="misprinted", post="issuing"), _NAMES
        ),
    ),
    st.tuples(st.just(COLLECTING), st.just(application_pb2.ResultReady(window="window-1"))),
    st.tuples(st.just(COLLECTING), st.just(application_pb2.ResultCollected(proof=CODE))),
    st.tuples(
        st.just(COLLECTING), st.just(application_pb2.ResultUnclaimed(window="window-1", due_date={"year": 2026}))
    ),
)


@given(st.sampled_from(["", COLLECTING]), st.lists(_STEPS, max_size=30))
@settings(max_examples=400)
def test_there_are_never_two_valid_originals_nor_two_permits(printing: str, steps: list[tuple[str, Message]]) -> None:
    story = issued(printing=printing)
    assert story.state is not None
    # What lies in drawers: a node's printer runs when it says so, and a void mark is the decider's.
    printed, void = set[str](), set[str]()
    if not printing:
        printed.add("licence")
    for author, content in steps:
        before = story.state
        may_print = {(p.original, p.printing) for p in results.papers(before) if not p.printed and not p.void_reason}
        try:
            after = story.does(author, content)
        except errors.TongbanError:
            assert story.state == before
            continue
        if isinstance(content, application_pb2.ResultPrinted):
            assert (content.original, author) in may_print
            assert content.original not in printed
            printed.add(content.original)
        if isinstance(content, application_pb2.ResultReady):
            printed |= {original for original, node in may_print if node == author}
        if isinstance(content, application_pb2.OriginalVoided):
            void.add(content.original)
        out = [p for p in results.papers(after) if p.printing and not p.printed and not p.void_reason]
        assert len(printed - void) + len(out) <= 1
        assert {p.original for p in results.valid(after)} == printed - void
        assert max(Counter(p.code for p in results.papers(after)).values()) == 1
        # Every paper that exists has a chain, and no paper has one that does not.
        chains = {name.rpartition("/")[2] for name in story.ledger.originals()}
        assert printed <= chains
        assert chains <= printed | {"deed"}


def test_another_prints_only_after_the_permit_came_back() -> None:
    story = issued(printing=COLLECTING)
    granted = application_pb2.PrintPermitGranted(code="licence", original="licence", to=HOME)
    with pytest.raises(errors.PrintPermitHeld):
        story.does(HOME, granted)
    with pytest.raises(errors.PrintPermitHeld):
        story.does(HOME, application_pb2.PrintPermitReleased(original="licence", reason_code="x"))
    with pytest.raises(errors.PrintPermitHeld):
        story.does(HOME, application_pb2.OriginalVoided(original="licence", reason_code="lost"))
    story.does(COLLECTING, application_pb2.PrintPermitReleased(original="licence", reason_code="printer-broken"))
    with pytest.raises(errors.PrintPermitHeld):
        story.does(COLLECTING, application_pb2.ResultReady(window="window-1"))
    story.does(HOME, granted)
    with pytest.raises(errors.PrintPermitHeld):
        story.does(COLLECTING, application_pb2.ResultReady(window="window-1"))
    story.does(HOME, application_pb2.ResultPrinted(original="licence", post="mailroom"))
    assert story.holder("licence").post.node == HOME
    with pytest.raises(errors.PrintPermitHeld):
        story.does(HOME, application_pb2.ResultPrinted(original="licence", post="mailroom"))


def test_a_new_print_after_a_void_one_has_a_new_name() -> None:
    story = issued()
    granted = application_pb2.PrintPermitGranted(code="licence", original="licence-2", to=HOME)
    with pytest.raises(errors.PrintPermitHeld):
        story.does(HOME, granted)
    story.does(HOME, application_pb2.OriginalVoided(original="licence", reason_code="misprinted", post="issuing"))
    assert story.holder("licence").kind == parcel_pb2.HOLDER_KIND_VOIDED
    with pytest.raises(errors.OriginalVoid):
        story.does(HOME, application_pb2.OriginalVoided(original="licence", reason_code="misprinted", post="issuing"))
    for taken in ("licence", "deed"):
        with pytest.raises(errors.FieldInvalid):
            story.does(HOME, application_pb2.PrintPermitGranted(code="licence", original=taken, to=HOME))
    story.does(HOME, granted)
    story.does(HOME, application_pb2.ResultPrinted(original="licence-2", post="issuing"))
    assert story.state is not None
    assert [paper.original for paper in results.valid(story.state)] == ["licence-2"]


def test_the_old_certificate_comes_back_before_the_new_one_goes_out() -> None:
    story = issued(surrenders=("old-licence",))
    assert story.state is not None
    story.does(COLLECTING, application_pb2.ResultReady(window="window-1"))
    with pytest.raises(errors.CertificateNotSurrendered):
        story.does(COLLECTING, application_pb2.ResultCollected(proof=CODE))
    came = application_pb2.CertificateSurrendered(code="old-licence", original="old-licence", pages=1, post="window-1")
    story.does(COLLECTING, came)
    assert (story.holder("old-licence").post.node, story.holder("old-licence").post.post) == (COLLECTING, "window-1")
    assert results.not_surrendered(story.state) == []
    story.does(COLLECTING, application_pb2.ResultCollected(proof=CODE))
    # It lies at the window, not with the decider: made void, it stays on record where it is.
    story.does(HOME, application_pb2.OriginalVoided(original="old-licence", reason_code="surrendered", post="issuing"))
    assert story.holder("old-licence").post.node == COLLECTING


def test_without_it_there_is_a_reason_on_record() -> None:
    story = issued(surrenders=("old-licence",))
    story.does(COLLECTING, application_pb2.ResultReady(window="window-1"))
    after = story.does(COLLECTING, application_pb2.ResultCollected(proof=CODE, not_surrendered_reason="lost"))
    assert results.not_surrendered(after) == ["old-licence"]


def test_an_old_certificate_that_was_filed_has_come_back_and_is_not_given_back() -> None:
    story = issued(surrenders=("old-licence",), old=True)
    assert story.state is not None
    assert results.not_surrendered(story.state) == []
    assert results.voidable(story.state) == ["licence", "old-licence"]


def test_originals_go_back_only_out_of_the_hands_that_have_them() -> None:
    story = decided()
    back = application_pb2.OriginalsReturned(window="window-1", originals=["deed", "nothing"], identity_kind="passport")
    after = story.does(COLLECTING, back)
    assert story.holder("deed").kind == parcel_pb2.HOLDER_KIND_POST
    assert [(e.code, e.subject) for e in after.exceptions] == [("unknown-original", "nothing")]
    story = decided()
    story.does(
        ACCEPTING, application_pb2.OriginalsReturned(window="window-1", originals=["deed"], identity_kind="passport")
    )
    assert story.holder("deed").kind == parcel_pb2.HOLDER_KIND_APPLICANT


def test_an_old_certificate_cannot_take_another_papers_name() -> None:
    story = issued(printing=COLLECTING)
    came = application_pb2.CertificateSurrendered(code="old-licence", original="licence", pages=1, post="window-1")
    after = story.does(COLLECTING, came)
    assert [(e.code, e.subject) for e in after.exceptions] == [("not-recorded", "licence")]
    assert story.ledger.current(f"{STREAM}/originals/licence") is None


def test_a_locker_is_a_post_until_it_is_opened() -> None:
    story = issued(printing=COLLECTING)
    story.does(COLLECTING, application_pb2.ResultReady(window="window-1", locker="locker-7"))
    assert story.holder("licence").post.post == "locker-7"
    unclaimed = application_pb2.ResultUnclaimed(window="window-1", due_date={"year": 2026, "month": 11, "day": 22})
    after = story.does(COLLECTING, unclaimed)
    assert story.holder("licence").post.post == "window-1"
    assert after.exceptions[0].code == "unclaimed"
    assert after.exceptions[0].owner == COLLECTING
    assert after.exceptions[0].deadline_time.seconds == after.update_time.seconds + 10 * 86_400
    again = story.does(COLLECTING, application_pb2.ResultReady(window="window-1", locker="locker-8"))
    assert again.exceptions[0].resolution == "ready-again"
    story.does(COLLECTING, application_pb2.ResultCollected(proof=LOCKER, locker="locker-8"))
    assert story.holder("licence").kind == parcel_pb2.HOLDER_KIND_APPLICANT


def test_what_is_handed_out_is_ticked_off_whole() -> None:
    story = decided()
    result = application_pb2.ResultIssued()
    result.documents.add(code="licence", form=PAPER, original="licence")
    result.documents.add(code="copy", form=PAPER, original="copy")
    result.documents.add(code="e-licence", form=FILE)
    story.does(HOME, result)
    story.does(COLLECTING, application_pb2.ResultReady(window="window-1"))
    for wrong in (["licence"], ["licence", "copy", "deed"]):
        collected = application_pb2.ResultCollected(proof=CODE)
        for code in wrong:
            collected.documents.add(code=code, form=PAPER, original=code)
        with pytest.raises(errors.FieldInvalid):
            story.does(COLLECTING, collected)
    collected = application_pb2.ResultCollected(proof=CODE)
    collected.documents.add(code="licence", form=PAPER, original="licence")
    collected.documents.add(code="copy", form=PAPER, original="copy")
    after = story.does(COLLECTING, collected)
    assert [d.code for d in after.collected] == ["licence", "copy"]
    delivered = story.does(COLLECTING, application_pb2.ElectronicDelivered(codes=["e-licence"]))
    assert list(delivered.delivered) == ["e-licence"]


def test_one_paper_of_each_result_is_issued() -> None:
    story = decided()
    twice = application_pb2.ResultIssued()
    twice.documents.add(code="licence", form=PAPER, original="licence")
    twice.documents.add(code="licence", form=PAPER, original="licence-2")
    with pytest.raises(errors.FieldInvalid):
        story.does(HOME, twice)
