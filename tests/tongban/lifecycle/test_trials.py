"""A trial run holds no paper, so that no real case is done under its name."""

from __future__ import annotations

import hashlib

import pytest
from google.protobuf.message import Message

from tongban import errors
from tongban.lifecycle.applications import ApplicationFolder
from tongban.lifecycle.engine import Lifecycles, Step
from tongban.v1 import application_pb2, event_pb2, types_pb2

HOME, ACCEPTING = "nodes/home", "nodes/accepting"
LIFECYCLES = Lifecycles(ApplicationFolder())
DEED = application_pb2.Material(code="deed", form=types_pb2.MATERIAL_FORM_ORIGINAL, original="deed", pages=1)
SCAN = application_pb2.Material(code="deed", form=types_pb2.MATERIAL_FORM_ELECTRONIC)
PAPER = application_pb2.ResultDocument(code="licence", form=types_pb2.MATERIAL_FORM_ORIGINAL, original="licence")
FILE = application_pb2.ResultDocument(code="licence", form=types_pb2.MATERIAL_FORM_ELECTRONIC)
ELECTRONIC, ORIGINAL = types_pb2.MATERIAL_FORM_ELECTRONIC, types_pb2.MATERIAL_FORM_ORIGINAL
ROUTE = application_pb2.Route(home=HOME, accepting=ACCEPTING, decider=HOME, collecting=ACCEPTING)


def filed(material: application_pb2.Material, wanted: types_pb2.MaterialForm, *, trial: bool) -> Message:
    return application_pb2.ApplicationSubmitted(
        route=ROUTE, window="w-1", materials=[material], wanted_results=[wanted], trial=trial
    )


def fold(*steps: tuple[str, str, Message]) -> application_pb2.Application:
    state: application_pb2.Application | None = None
    for place, (body, author, content) in enumerate(steps, 1):
        event = event_pb2.Event(event_id=f"{place}", stream="applications/TEST0001", lifecycle_version=1, author=author)
        getattr(event, body).CopyFrom(content)
        digest = hashlib.sha256(event.SerializeToString()).digest()
        state = LIFECYCLES.admit(state, Step(event, digest, place))
    assert state is not None
    return state


def decided(material: application_pb2.Material, *, trial: bool) -> list[tuple[str, str, Message]]:
    return [
        ("application_submitted", ACCEPTING, filed(material, ELECTRONIC, trial=trial)),
        ("application_accepted", HOME, application_pb2.ApplicationAccepted()),
        ("review_started", HOME, application_pb2.ReviewStarted()),
        ("application_approved", HOME, application_pb2.ApplicationApproved()),
    ]


@pytest.mark.parametrize(("material", "wanted"), [(DEED, ELECTRONIC), (SCAN, ORIGINAL)])
def test_a_trial_is_filed_without_paper(material: application_pb2.Material, wanted: types_pb2.MaterialForm) -> None:
    with pytest.raises(errors.FieldInvalid, match="trial"):
        fold(("application_submitted", ACCEPTING, filed(material, wanted, trial=True)))
    fold(("application_submitted", ACCEPTING, filed(material, wanted, trial=False)))


def test_a_trial_issues_no_paper() -> None:
    paper = application_pb2.ResultIssued(documents=[PAPER])
    with pytest.raises(errors.FieldInvalid, match="trial"):
        fold(*decided(SCAN, trial=True), ("result_issued", HOME, paper))
    fold(*decided(SCAN, trial=False), ("result_issued", HOME, paper))
    issued = application_pb2.ResultIssued(documents=[FILE])
    assert fold(*decided(SCAN, trial=True), ("result_issued", HOME, issued)).trial


def test_a_trial_takes_no_original_in_later() -> None:
    defect = application_pb2.CorrectionRequired(defects=[application_pb2.Defect(code="deed", defect_code="missing")])
    supplied = application_pb2.CorrectionSupplied(materials=[DEED])
    begun = [
        ("application_submitted", ACCEPTING, filed(SCAN, ELECTRONIC, trial=True)),
        ("correction_required", HOME, defect),
    ]
    with pytest.raises(errors.FieldInvalid, match="trial"):
        fold(*begun, ("correction_supplied", ACCEPTING, supplied))
