"""Whoever signs the bytes must have been able to read all of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.reading import names_in, plain
from agreements.text import agreement_text, document_text
from tests.agreements.filling import fill, full_document, variants
from tests.agreements.making import document
from tongban.v1 import agreement_pb2

FULL = full_document()
DOCUMENTS = dict(variants(FULL))
SPARSE = dict(variants(document()))
# A state's bookkeeping, which the page around the text shows or nobody reads.
UNREAD = {"version", "head", "lifecycle_version", "create_time", "update_time", "name"}


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_field_of_a_document_has_its_place_in_the_text(path: str) -> None:
    assert document_text(DOCUMENTS[path]) != document_text(FULL), path  # type: ignore[arg-type]


def test_a_document_with_little_in_it_reads_differently_from_each_that_has_something_more() -> None:
    texts = {path: document_text(changed) for path, changed in SPARSE.items()}  # type: ignore[arg-type]
    assert [path for path, text in texts.items() if text == document_text(document())] == []
    # What an empty field means may be what a filled one says, and then the words say which it is.
    assert len(set(texts.values())) == len({changed.SerializeToString() for changed in SPARSE.values()})


def test_every_field_of_the_standing_has_its_place_in_the_text() -> None:
    state = agreement_pb2.Agreement()
    fill(state, "s")
    same = []
    for path, changed in variants(state):
        first, last = path.split(".")[0].split("[")[0].split(" ")[0], path.split(" ")[0].split(".")[-1]
        inside = ("amendment.document.", "past[0].document.")  # the differing texts are told apart by their digests
        if first in UNREAD or last == "event_id" or path.startswith(inside):
            continue
        if agreement_text(changed) == agreement_text(state):  # type: ignore[arg-type]
            same.append(path)
    assert same == []


@given(st.text(max_size=200))
def test_a_free_text_cannot_look_like_a_heading_or_an_item(text: str) -> None:
    honest, forged = document(), document()
    forged.clauses[0].liability = text
    forged.open_questions.append(text)
    forged.title = text or "x"
    marks = [
        [line for line in each.splitlines() if line.startswith("## ")] for each in map(document_text, (honest, forged))
    ]
    assert [line for line in marks[1] if line != "## 待明确事项"] == marks[0]


def _headings(text: agreement_pb2.AgreementDocument) -> list[str]:
    return [line for line in document_text(text).splitlines() if line.startswith("## ")]


def test_a_character_that_is_not_seen_is_written_out() -> None:
    assert plain("甲\u202e乙\u200b\x07\n丙") == "甲‹U+202E›乙‹U+200B›‹U+0007›\n丙"


def test_the_names_in_an_agreement_are_found_at_every_depth() -> None:
    state = agreement_pb2.Agreement(name="agreements/one", document=FULL, proposer="nodes/p")
    state.past.add().document.clauses.add(items=["items/old.x"], seal={"keeper": "nodes/k"})
    found = names_in(state)
    assert {"nodes/p", "nodes/k", "items/old.x", "agreements/one"} <= found
    assert {clause.home for clause in FULL.clauses} <= found
