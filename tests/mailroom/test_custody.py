"""Who holds each original: one chain a paper, from the desk to the applicant."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from mailroom.domain.custody import CustodyLedger, causes, check_in_hand, concerned, describe, strays
from tests.mailroom.events import (
    APPLICATION,
    CHAOZHOU,
    COPIED,
    COPY,
    CORRECT,
    DEED,
    ELECTRONIC,
    LICENCE,
    LIFECYCLES,
    MAILROOM,
    MILAN,
    ORIGINAL,
    PARCEL,
    WINDOW,
    ZHANGZHOU,
    Stream,
    event,
)
from tongban.errors import NotTheCustodian
from tongban.lifecycle.engine import Step
from tongban.v1 import application_pb2, parcel_pb2, types_pb2
from tongban.v1.parcel_pb2 import ItemCheck, ManifestEntry, Post

RESULT = f"{APPLICATION}/originals/licence-new"
BACK = "parcels/P35060020261122000100000008T"
ROUTE = application_pb2.Route(
    item="items/350600.x",
    accepting=CHAOZHOU,
    home=ZHANGZHOU,
    decider=ZHANGZHOU,
    collecting=CHAOZHOU,
    mode=types_pb2.MODE_AGENT,
    channel=types_pb2.CHANNEL_WINDOW,
    applicant_kind=types_pb2.APPLICANT_KIND_PERSON,
)


class Filing:
    """An application, folded into the same ledger as its parcels."""

    def __init__(self, ledger: CustodyLedger) -> None:
        self.ledger = ledger
        self.state: application_pb2.Application | None = None
        self.number = 100

    def add(self, author: str, body: str, message: Any, at: int) -> None:
        self.number += 1
        made = event(author, body, message, at, APPLICATION, self.number)
        version = self.state.version + 1 if self.state else 1
        after = LIFECYCLES.admit(self.state, Step(made, hashlib.sha256(bytes([version])).digest(), version))
        self.ledger.fold(self.state, after, made)
        self.state = after

    def submit(self) -> None:
        materials = [
            application_pb2.Material(code="licence", form=ORIGINAL, original="licence-old", pages=2),
            application_pb2.Material(code="deed", form=ORIGINAL, original="deed", pages=12),
            application_pb2.Material(code="id-card", form=COPIED, pages=1),
        ]
        message = application_pb2.ApplicationSubmitted(
            route=ROUTE, window="w1", materials=materials, wanted_results=[ORIGINAL]
        )
        self.add(CHAOZHOU, "application_submitted", message, -10)

    def decide(self) -> None:
        self.add(ZHANGZHOU, "application_accepted", application_pb2.ApplicationAccepted(), 200)
        self.add(ZHANGZHOU, "review_started", application_pb2.ReviewStarted(), 201)
        self.add(ZHANGZHOU, "application_approved", application_pb2.ApplicationApproved(), 202)
        documents = [
            application_pb2.ResultDocument(code="licence", form=ORIGINAL, original="licence-new"),
            application_pb2.ResultDocument(code="licence", form=ELECTRONIC),
        ]
        self.add(ZHANGZHOU, "result_issued", application_pb2.ResultIssued(documents=documents), 203)


def holders(ledger: CustodyLedger, original: str) -> list[str]:
    return [describe(row) for row in ledger.chain(original)]


def test_a_paper_goes_there_and_its_result_comes_back() -> None:
    ledger = CustodyLedger()
    filing, there = Filing(ledger), Stream(ledger)
    filing.submit()
    there.arrived()
    there.open()
    there.check()
    there.reconcile()
    filing.decide()
    back = Stream(ledger, BACK)
    manifest = [ManifestEntry(item=item, form=ORIGINAL, pages=1) for item in (RESULT, LICENCE)]
    origin, destination = Post(node=ZHANGZHOU, post="mailroom"), Post(node=CHAOZHOU, post="mailroom")
    back.pack(300, manifest=manifest, origin=origin, destination=destination)
    back.seal(301)
    back.offer(302)
    digest = back.now.manifest_digest
    back.dispatch(310, manifest_digest=digest)
    back.take_in(400, manifest_digest=digest)
    back.open(410)
    back.check(420)
    back.reconcile(430)
    ready = application_pb2.ResultReady(window="w1")
    filing.add(CHAOZHOU, "result_ready", ready, 440)
    collected = application_pb2.ResultCollected(proof=application_pb2.COLLECTION_PROOF_CODE)
    filing.add(CHAOZHOU, "result_collected", collected, 450)
    assert holders(ledger, RESULT) == [
        f"{ZHANGZHOU}/issuing",
        f"{ZHANGZHOU}/mailroom",
        f"{BACK}/legs/1",
        f"{CHAOZHOU}/mailroom",
        f"{CHAOZHOU}/w1",
        "申请人 (the applicant)",
    ]
    assert holders(ledger, LICENCE) == [
        f"{CHAOZHOU}/w1",
        f"{CHAOZHOU}/w1",
        f"{PARCEL}/legs/1",
        f"{ZHANGZHOU}/mailroom",
        f"{ZHANGZHOU}/mailroom",
        f"{BACK}/legs/1",
        f"{CHAOZHOU}/mailroom",
    ]
    assert holders(ledger, DEED)[-1] == f"{ZHANGZHOU}/mailroom"
    assert ledger.originals() == sorted([RESULT, LICENCE, DEED])
    assert ledger.current(COPY) is None
    assert ledger.chain(COPY) == []
    rows = ledger.chain(RESULT)
    assert len({row.event_id for row in rows}) == len(rows)
    assert {row.stream for row in rows} == {APPLICATION, BACK}


def test_what_was_not_in_the_parcel_is_missing_and_somebody_answers_for_it() -> None:
    stream = Stream().arrived()
    stream.open()
    stream.check(deed=parcel_pb2.CHECK_OUTCOME_MISSING)
    assert describe(stream.ledger.current(DEED)) == f"{ZHANGZHOU}/mailroom"
    stream.reconcile()
    missing = stream.ledger.current(DEED)
    assert missing is not None
    assert (missing.kind, missing.answerable_node) == (parcel_pb2.HOLDER_KIND_MISSING, CHAOZHOU)
    assert describe(missing) == "下落不明 (missing)"
    assert [move.original for move in stream.moves] == [DEED]
    stream.hold()
    stream.collect()
    assert describe(stream.ledger.current(DEED)) == "下落不明 (missing)"
    assert describe(stream.ledger.current(LICENCE)) == "申请人 (the applicant)"
    stream.check_only([ItemCheck(item=DEED, outcome=CORRECT)], 500)
    assert describe(stream.ledger.current(DEED)) == f"{ZHANGZHOU}/w9"


@pytest.mark.parametrize("outcome", ["WRONG_ITEM", "COPY_FOR_ORIGINAL"])
def test_something_else_in_its_place_is_not_the_original(outcome: str) -> None:
    stream = Stream().arrived()
    stream.open()
    stream.check(deed=getattr(parcel_pb2, f"CHECK_OUTCOME_{outcome}"))
    stream.reconcile()
    assert describe(stream.ledger.current(DEED)) == "下落不明 (missing)"


def test_the_sender_may_pack_again_what_it_never_put_in() -> None:
    stream = Stream().arrived()
    stream.open()
    stream.check(deed=parcel_pb2.CHECK_OUTCOME_MISSING)
    stream.reconcile()
    held = {DEED: stream.ledger.chain(DEED)[-1]}
    check_in_hand([DEED], CHAOZHOU, held)
    with pytest.raises(NotTheCustodian):
        check_in_hand([DEED], ZHANGZHOU, held)
    again = Stream(stream.ledger, BACK)
    again.pack(600, manifest=[ManifestEntry(item=DEED, form=ORIGINAL, pages=12)])
    assert describe(stream.ledger.current(DEED)) == f"{CHAOZHOU}/w1"


def test_a_parcel_does_not_move_what_somebody_else_holds() -> None:
    ledger = CustodyLedger()
    Filing(ledger).submit()
    thief = Stream(ledger, BACK)
    thief.pack(origin=Post(node=MILAN, post="m1"), manifest=[ManifestEntry(item=DEED, form=ORIGINAL, pages=1)])
    thief.seal()
    thief.offer()
    digest = thief.now.manifest_digest
    thief.dispatch(manifest_digest=digest)
    held = {item: custody for item in concerned(thief.now) if (custody := ledger.current(item))}
    assert strays(thief.now, held) == [DEED]
    thief.take_in(manifest_digest=digest)
    thief.open()
    thief.check()
    thief.reconcile()
    assert holders(ledger, DEED) == [f"{CHAOZHOU}/w1"]
    assert strays(thief.now, held) == []


def test_of_two_parcels_that_claim_one_paper_the_later_packed_has_it() -> None:
    ledger = CustodyLedger()
    first, second = Stream(ledger), Stream(ledger, BACK)
    first.pack()
    second.pack(5)
    for stream in (first, second):
        stream.seal()
        stream.offer()
    first.dispatch()
    assert describe(ledger.current(DEED)) == f"{CHAOZHOU}/w1"
    second.dispatch()
    assert describe(ledger.current(DEED)) == f"{BACK}/legs/1"


def test_nobody_packs_what_is_not_at_hand() -> None:
    stream = Stream().sent()
    held = {DEED: stream.ledger.chain(DEED)[-1]}
    with pytest.raises(NotTheCustodian) as caught:
        check_in_hand([DEED], CHAOZHOU, held)
    assert caught.value.facts["holder"] == f"{PARCEL}/legs/1"
    with pytest.raises(NotTheCustodian):
        check_in_hand([LICENCE], CHAOZHOU, held)
    check_in_hand([COPY], CHAOZHOU, held)
    assert causes([DEED, LICENCE], held) == {PARCEL}


def test_an_electronic_result_moves_no_paper() -> None:
    ledger = CustodyLedger()
    filing = Filing(ledger)
    filing.submit()
    filing.decide()
    filing.add(CHAOZHOU, "result_ready", application_pb2.ResultReady(window="w1"), 300)
    collected = application_pb2.ResultCollected(proof=application_pb2.COLLECTION_PROOF_ELECTRONIC)
    filing.add(CHAOZHOU, "result_collected", collected, 301)
    assert holders(ledger, RESULT) == [f"{ZHANGZHOU}/issuing"]


def test_a_window_hands_out_only_what_it_has() -> None:
    """The result was never sent: a claim to have handed it out moves nothing."""
    ledger = CustodyLedger()
    filing = Filing(ledger)
    filing.submit()
    filing.decide()
    filing.add(CHAOZHOU, "result_ready", application_pb2.ResultReady(window="w1"), 300)
    collected = application_pb2.ResultCollected(proof=application_pb2.COLLECTION_PROOF_CODE)
    filing.add(CHAOZHOU, "result_collected", collected, 301)
    assert holders(ledger, RESULT) == [f"{ZHANGZHOU}/issuing"]


def test_papers_supplied_later_begin_at_the_window_too() -> None:
    ledger = CustodyLedger()
    filing = Filing(ledger)
    filing.submit()
    defect = application_pb2.Defect(code="map", defect_code="missing")
    filing.add(ZHANGZHOU, "correction_required", application_pb2.CorrectionRequired(defects=[defect]), 5)
    supplied = application_pb2.CorrectionSupplied(
        materials=[application_pb2.Material(code="map", form=ORIGINAL, original="map", pages=1)]
    )
    filing.add(CHAOZHOU, "correction_supplied", supplied, 6)
    assert holders(ledger, f"{APPLICATION}/originals/map") == [f"{CHAOZHOU}/w1"]
    assert len(ledger.originals()) == 3


def test_a_witness_begins_the_chain_where_the_parcel_was_packed() -> None:
    ledger = CustodyLedger()
    Stream(ledger).pack()
    assert holders(ledger, DEED) == [f"{CHAOZHOU}/w1"]
    filing = Filing(ledger)
    filing.submit()
    assert holders(ledger, DEED) == [f"{CHAOZHOU}/w1"]
    assert describe(None) == "尚无记录 (nobody on record)"
    assert (WINDOW.node, MAILROOM.node) == (CHAOZHOU, ZHANGZHOU)
