"""The fold of applications, under every sequence of events that chance can find."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pytest
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from tongban import errors
from tongban.lifecycle.applications import ApplicationFolder
from tongban.lifecycle.engine import Lifecycles, Step
from tongban.lifecycle.table import RULES, STATES, MoveRule
from tongban.v1 import application_pb2, event_pb2, lifecycle_pb2, types_pb2

HOME, ACCEPTING, COLLECTING, STRANGER, CLOCK = (
    "nodes/home",
    "nodes/accepting",
    "nodes/collecting",
    "nodes/stranger",
    "nodes/clock",
)
STREAM = "applications/TEST0001"
OURS = {name: rule for name, rule in RULES.items() if rule.collection == "applications"}
LIFECYCLES = Lifecycles(ApplicationFolder())
_ROLES: dict[int, str] = {
    lifecycle_pb2.ROLE_ACCEPTING: ACCEPTING,
    lifecycle_pb2.ROLE_DECIDER: HOME,
    lifecycle_pb2.ROLE_COLLECTING: COLLECTING,
    lifecycle_pb2.ROLE_CLOCK: CLOCK,
}

BY_PAPERS = frozenset({"original_voided", "print_permit_granted", "print_permit_released", "result_printed"})
"""Events that only a paper of the application's own makes lawful; `test_results` has their rules."""

RAISES = frozenset({"certificate_surrendered", "originals_returned", "result_unclaimed"})
"""Facts that may say themselves that something is not in order."""

NOT_YET_REACHABLE: frozenset[int] = frozenset()
"""States that no event leads to yet."""


@dataclass(frozen=True, slots=True)
class Move:
    """One event to try: which type, by whom, and a number that its content varies with."""

    body: str
    author: str
    number: int


def _material(number: int) -> application_pb2.Material:
    if number % 2:
        return application_pb2.Material(code="form", form=types_pb2.MATERIAL_FORM_ELECTRONIC)
    original = f"paper-{number}"
    return application_pb2.Material(code="deed", form=types_pb2.MATERIAL_FORM_ORIGINAL, original=original, pages=1)


def content(move: Move) -> Message:
    """What the event says."""
    number = move.number
    match move.body:
        case "application_submitted":
            route = application_pb2.Route(
                item="items/home.x", accepting=ACCEPTING, home=HOME, decider=HOME, collecting=COLLECTING
            )
            return application_pb2.ApplicationSubmitted(
                route=route,
                window="window-1",
                materials=[_material(number)],
                wanted_results=[types_pb2.MATERIAL_FORM_ORIGINAL],
            )
        case "correction_supplied":
            return application_pb2.CorrectionSupplied(materials=[_material(number)])
        case "correction_required":
            return application_pb2.CorrectionRequired(
                defects=[application_pb2.Defect(code="form", defect_code="missing")]
            )
        case "result_issued":
            paper = application_pb2.ResultDocument(
                code="licence", form=types_pb2.MATERIAL_FORM_ORIGINAL, original=f"result-{number % 3}"
            )
            return application_pb2.ResultIssued(documents=[paper])
        case "parcel_attached":
            return application_pb2.ParcelAttached(parcel=f"parcels/PARCEL{number:04}")
        case "result_ready":
            return application_pb2.ResultReady(window=f"window-{number}")
        case "certificate_surrendered":
            return application_pb2.CertificateSurrendered(code="old", original=f"old-{number % 4}", pages=1, post="w")
        case "originals_returned":
            return application_pb2.OriginalsReturned(window="w", originals=[f"paper-{number}"])
        case "original_voided" | "print_permit_released" | "result_printed":
            named: Message = type(getattr(event_pb2.Event(), move.body))()
            named.original = f"result-{number % 3}"  # type: ignore[attr-defined]
            return named
        case "print_permit_granted":
            name = f"result-{number % 3}"
            return application_pb2.PrintPermitGranted(code="licence", original=name, to=(HOME, COLLECTING)[number % 2])
        case body:
            made: Message = type(getattr(event_pb2.Event(), body))()
            if "reason_code" in made.DESCRIPTOR.fields_by_name:
                made.reason_code = f"r-{number}"  # type: ignore[attr-defined]
            return made


def step(move: Move, version: int, head: bytes) -> Step:
    """The move as an event at its place."""
    event = event_pb2.Event(
        event_id=f"{version:08}-0000-7000-8000-{move.number:012}",
        stream=STREAM,
        lifecycle_version=1,
        expected_version=version - 1,
        expected_head=head,
        author=move.author,
        incarnation=1,
        sequence=version,
    )
    event.claim_time.seconds = 1_790_000_000 + version
    getattr(event, move.body).CopyFrom(content(move))
    return Step(event, hashlib.sha256(event.SerializeToString()).digest(), version)


moves = st.builds(
    Move,
    st.sampled_from(sorted(OURS)),
    st.sampled_from([HOME, ACCEPTING, COLLECTING, CLOCK, STRANGER]),
    st.integers(0, 9),
)


def _allowed(rule: MoveRule) -> list[str]:
    return [_ROLES[role] for role in sorted(rule.roles) if role in _ROLES]


@st.composite
def likely(draw: st.DrawFn) -> list[Move]:
    """A walk that follows the table most of the time, so that it gets anywhere; else anything at all."""
    state, walk = 0, []
    for _ in range(draw(st.integers(1, 14))):
        fitting = [r for r in OURS.values() if (state in r.from_states or (r.opens and not state))]
        if fitting and draw(st.integers(0, 9)) < 8:
            rule = draw(st.sampled_from(sorted(fitting, key=lambda r: r.event_type)))
            walk.append(Move(rule.event_type, draw(st.sampled_from(_allowed(rule))), draw(st.integers(0, 9))))
            state = rule.to_state or state
        else:
            walk.append(draw(moves))
    return walk


def admit_all(walk: list[Move]) -> tuple[application_pb2.Application | None, list[Step]]:
    """Try each in turn; the state, and the steps that were admitted."""
    state: application_pb2.Application | None = None
    admitted: list[Step] = []
    head = b""
    for move in walk:
        tried = step(move, len(admitted) + 1, head)
        before = state.SerializeToString(deterministic=True) if state is not None else b""
        try:
            after = LIFECYCLES.admit(state, tried)
        except errors.TongbanError:
            assert (state.SerializeToString(deterministic=True) if state is not None else b"") == before
            continue
        assert (state.SerializeToString(deterministic=True) if state is not None else b"") == before
        _check_move(OURS[move.body], state, after, move)
        state, head = after, tried.digest
        admitted.append(tried)
    return state, admitted


def _check_move(
    rule: MoveRule, before: application_pb2.Application | None, after: application_pb2.Application, move: Move
) -> None:
    assert move.author in _allowed(rule)
    in_turn = rule.opens if before is None else before.state in rule.from_states
    assert in_turn or not rule.guarded
    if in_turn and rule.to_state:
        assert after.state == rule.to_state
    else:
        assert before is not None
        assert after.state == before.state
    exceptions = len(before.exceptions) if before is not None else 0
    raised = len(after.exceptions) - exceptions - (not in_turn)
    assert raised == 0 or (raised == 1 and move.body in RAISES)
    assert after.version == (before.version if before is not None else 0) + 1


@given(likely())
@settings(max_examples=300)
def test_every_move_is_in_the_table(walk: list[Move]) -> None:
    state, admitted = admit_all(walk)
    if state is None:
        return
    assert state.version == len(admitted)
    assert state.head == admitted[-1].digest
    names = [m.original for m in state.materials if m.original] + [d.original for d in state.results if d.original]
    assert len(names) == len(set(names))


@given(likely())
@settings(max_examples=100)
def test_the_same_events_give_the_same_bytes(walk: list[Move]) -> None:
    state, admitted = admit_all(walk)
    if state is None:
        return
    again: application_pb2.Application | None = None
    for each in admitted:
        # As a receiver has it: parsed from the wire, on a state that was stored and read again.
        event = event_pb2.Event.FromString(each.event.SerializeToString())
        stored = again.SerializeToString(deterministic=True) if again is not None else None
        again = LIFECYCLES.fold(LIFECYCLES.load(STREAM, stored), Step(event, each.digest, each.version))
    assert again is not None
    assert again.SerializeToString(deterministic=True) == state.SerializeToString(deterministic=True)


def test_every_state_is_reachable() -> None:
    """Breadth first over the table itself, through the engine."""
    reached: dict[int, list[Move]] = {0: []}
    waiting = [0]
    while waiting:
        at = waiting.pop(0)
        for name, rule in sorted(OURS.items()):
            if not (at in rule.from_states or (rule.opens and not at)) or rule.to_state in (0, *reached):
                continue
            walk = [*reached[at], Move(name, _allowed(rule)[0], len(reached[at]))]
            state, admitted = admit_all(walk)
            assert state is not None
            assert len(admitted) == len(walk), name
            reached[rule.to_state] = walk
            waiting.append(rule.to_state)
    every = {value.number for value in STATES["applications"].values}
    assert every - reached.keys() == NOT_YET_REACHABLE


@pytest.mark.parametrize("state", [v.number for v in STATES["applications"].values if v.number])
@pytest.mark.parametrize("body", sorted(OURS))
def test_the_engine_is_total(state: int, body: str) -> None:
    """In every state, by every author, every event has an answer: a new state, or a named refusal."""
    rule = OURS[body]
    for author in (HOME, ACCEPTING, COLLECTING, CLOCK, STRANGER):
        begun = LIFECYCLES.admit(None, step(Move("application_submitted", ACCEPTING, 1), 1, b""))
        begun.state = state
        before = begun.SerializeToString(deterministic=True)
        move = Move(body, author, 4)
        lawful = (state in rule.from_states or not rule.guarded) and author in _allowed(rule)
        try:
            LIFECYCLES.admit(begun, step(move, 2, begun.head))
        except (errors.MoveNotAllowed, errors.NotTheDecider, errors.RoleNotAllowed):
            assert not lawful
        except errors.FieldInvalid:
            assert lawful
            assert body in BY_PAPERS
        else:
            assert lawful
        assert begun.SerializeToString(deterministic=True) == before


def test_one_notice_in_a_life() -> None:
    walk = [
        Move("application_submitted", ACCEPTING, 1),
        Move("correction_required", HOME, 1),
        Move("correction_supplied", ACCEPTING, 3),
        Move("correction_required", HOME, 1),
    ]
    state, admitted = admit_all(walk)
    assert len(admitted) == 3
    assert state is not None
    assert state.correction_noticed
    with pytest.raises(errors.SecondCorrectionNotice):
        LIFECYCLES.admit(state, step(walk[3], 4, state.head))


def test_every_event_type_has_a_rule_and_a_place() -> None:
    for rule in RULES.values():
        assert rule.roles
        assert rule.title_zh
        assert rule.title_en
        assert rule.from_states <= {v.number for v in STATES[rule.collection].values}
        assert 0 not in rule.from_states
    opening = {
        collection: [r for r in RULES.values() if r.collection == collection and r.opens] for collection in STATES
    }
    assert {collection: len(rules) for collection, rules in opening.items()} == dict.fromkeys(STATES, 1)
