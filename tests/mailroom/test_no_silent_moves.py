"""Nothing moves silently: 100,000 events of every kind, and a search that is itself put to the test."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from mailroom.domain import scans
from mailroom.domain.codes import ExceptionCode, raise_exception
from mailroom.domain.silence import Scans, scans_of, silent_moves
from tests.mailroom.events import CHAOZHOU, DEED, LICENCE, MAILROOM, MILAN, Stream
from tests.mailroom.silent import search
from tongban.lifecycle.engine import Step
from tongban.v1 import parcel_pb2

EVENTS = int(os.environ.get("TONGBAN_SILENT_EVENTS", "100000"))
PARTS = 4
ORIGINALS = (LICENCE, DEED)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, PARTS + 1))
def test_no_move_is_silent(seed: int) -> None:
    """TONGBAN_SILENT_EVENTS says how many events in all; each part has a seed of its own."""
    met = search(EVENTS // PARTS, seed)
    assert met.silent == [], met.silent[:5]
    assert met.folded >= EVENTS // PARTS
    # The search is not idle: all that moves a parcel happened, and much was refused.
    for body in ("parcel_dispatched", "parcel_taken_in", "parcel_held", "parcel_collected", "parcel_redirected"):
        assert met.bodies[body] > EVENTS / PARTS / 1000, body
    assert met.moves > EVENTS / PARTS / 10
    assert met.refused > EVENTS / PARTS / 10


def _forgets_one_sided(state: parcel_pb2.Parcel, step: Step, code: str, subject: str = "") -> None:
    if code != ExceptionCode.ONE_SIDED:
        raise_exception(state, step, code, subject)


@pytest.mark.parametrize(
    ("name", "mutant"),
    [("raise_exception", _forgets_one_sided), ("_is_this_parcel", lambda *_: True)],
    ids=["one scan of two is not told", "any nonce will do"],
)
def test_a_fold_that_lets_things_move_silently_is_found_out(
    monkeypatch: pytest.MonkeyPatch, name: str, mutant: Callable[..., object]
) -> None:
    monkeypatch.setattr(scans, name, mutant)
    assert search(2_000, 1).silent


def _silent(stream: Stream) -> list[str]:
    chains = [(original, stream.ledger.chain(original)) for original in ORIGINALS]
    return [move.why for move in silent_moves(stream.now, chains)]


def _far() -> Stream:
    stream = Stream().arrived()
    stream.open()
    stream.check(deed=parcel_pb2.CHECK_OUTCOME_MISSING)
    stream.reconcile()
    stream.hold()
    stream.collect()
    return stream


def test_an_honest_way_is_accounted_for() -> None:
    stream = _far()
    assert _silent(stream) == []
    assert scans_of(stream.now, f"{stream.name}/legs/1") is Scans.BOTH


def _no_dispatch(parcel: parcel_pb2.Parcel) -> None:
    parcel.legs[0].ClearField("dispatch")


def _no_intake(parcel: parcel_pb2.Parcel) -> None:
    parcel.legs[0].ClearField("intake")


def _forged(parcel: parcel_pb2.Parcel) -> None:
    parcel.legs[0].intake.nonce = b"x" * 16


def _forged_by_the_giver(parcel: parcel_pb2.Parcel) -> None:
    parcel.legs[0].dispatch.nonce = b"x" * 16


def _other_seals(parcel: parcel_pb2.Parcel) -> None:
    parcel.legs[0].intake.seals[:] = ["X-9"]


def _other_manifest(parcel: parcel_pb2.Parcel) -> None:
    parcel.legs[0].dispatch.manifest_digest = b"x" * 32


def _elsewhere(parcel: parcel_pb2.Parcel) -> None:
    parcel.legs[0].intake.post.node = MILAN


def _another_answers(parcel: parcel_pb2.Parcel) -> None:
    parcel.legs[0].booking_node = MILAN


def _no_leg(parcel: parcel_pb2.Parcel) -> None:
    del parcel.legs[:]


def _no_discrepancy(parcel: parcel_pb2.Parcel) -> None:
    del parcel.exceptions[:]


@pytest.mark.parametrize(
    "spoil",
    [
        _no_dispatch,
        _no_intake,
        _forged,
        _forged_by_the_giver,
        _other_seals,
        _other_manifest,
        _elsewhere,
        _another_answers,
        _no_leg,
        _no_discrepancy,
    ],
)
def test_what_was_tampered_with_is_found(spoil: Callable[[parcel_pb2.Parcel], None]) -> None:
    stream = _far()
    changed = parcel_pb2.Parcel()
    changed.CopyFrom(stream.now)
    spoil(changed)
    stream.parcel = changed
    assert _silent(stream) != []


def test_a_row_that_no_scan_made_is_found() -> None:
    stream = Stream().sent()
    chain = stream.ledger.chain(DEED)
    forged = parcel_pb2.Custody()
    forged.CopyFrom(chain[-1])
    forged.kind = parcel_pb2.HOLDER_KIND_APPLICANT
    found = silent_moves(stream.now, [(DEED, [*chain, forged])])
    assert [move.why for move in found] == ["from 3 to 1"]
    forged.kind = parcel_pb2.HOLDER_KIND_POST
    forged.post.CopyFrom(MAILROOM)
    found = silent_moves(stream.now, [(DEED, [*chain, forged])])
    assert [move.why for move in found] == ["the taker has not scanned"]


def test_one_scan_of_two_is_named_until_the_other_comes_or_somebody_explains() -> None:
    stream = Stream()
    stream.pack()
    stream.seal()
    stream.offer()
    leg = f"{stream.name}/legs/1"
    stream.take_in()
    assert scans_of(stream.now, leg) is Scans.ONE_SIDED
    assert _silent(stream) == []
    explained = Stream()
    for step in (explained.pack, explained.seal, explained.offer, explained.take_in):
        step()
    explained.resolve("one-sided", subject=leg, author=CHAOZHOU)
    assert scans_of(explained.now, leg) is Scans.EXPLAINED
    assert _silent(explained) == []
    del explained.now.exceptions[:]
    assert _silent(explained) == ["the leg is silent"] * 2
    stream.dispatch()
    assert scans_of(stream.now, leg) is Scans.BOTH
