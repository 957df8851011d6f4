"""What a document is refused for, and where it says the fault is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from agreements.domain import documents
from tests.agreements.making import clause, document, node, nodes, set_date
from tongban import errors
from tongban.v1 import agreement_pb2, directory_pb2, lifecycle_pb2, types_pb2

Text = agreement_pb2.AgreementDocument


def unknown(message: Message) -> None:
    """Field 999, of which no version knows."""
    message.MergeFromString(b"\xba\x3e\x01x")


def alone(text: Text) -> None:
    """A home that takes in for itself, with nobody else."""
    del text.parties[1:]
    for each in text.clauses:
        each.ClearField("accepting")


def prolonged_without_an_end(text: Text) -> None:
    text.renewal_months = 12
    text.ClearField("expire_date")


def everywhere_and_somewhere(text: Text) -> None:
    text.clauses[0].collecting_anywhere = True
    text.clauses[0].collecting.append("nodes/b")


DAMAGES: dict[str, Callable[[Text], object]] = {
    "document.name": lambda d: setattr(d, "name", "agreements/"),
    "document.document_version": lambda d: setattr(d, "document_version", 0),
    "document.title": lambda d: setattr(d, "title", ""),
    "document.parties[1].root_fingerprint": lambda d: setattr(d.parties[1], "root_fingerprint", b"short"),
    "document.parties[2].node": lambda d: d.parties.append(d.parties[0]),
    "document.clauses[1].id": lambda d: setattr(d.clauses[1], "id", "c1"),
    "document.clauses[1].home": lambda d: setattr(d.clauses[1], "home", "nodes/c"),
    "document.clauses[0].accepting[1]": lambda d: d.clauses[0].accepting.append("nodes/a"),
    "document.clauses[1].accepting[1]": lambda d: d.clauses[1].accepting.append("nodes/b"),
    "document.clauses[0].collecting[0]": lambda d: d.clauses[0].collecting.append("nodes/z"),
    "document.clauses[0].items[1]": lambda d: d.clauses[0].items.append("items/a.x"),
    "document.clauses[1].items[1]": lambda d: d.clauses[1].items.append("items/b.y"),
    "document.clauses[1].items[0]": lambda d: d.clauses[1].items.__setitem__(0, "items/a x"),
    "document.clauses[0].modes[0]": lambda d: d.clauses[0].modes.__setitem__(0, types_pb2.MODE_UNSPECIFIED),
    "document.clauses[0].modes[1]": lambda d: d.clauses[0].modes.append(types_pb2.MODE_AGENT),
    "document.clauses[0].channels[0]": lambda d: d.clauses[0].channels.append(types_pb2.CHANNEL_UNSPECIFIED),
    "document.clauses[0].applicant_kinds[0]": lambda d: d.clauses[0].MergeFromString(b"\x3a\x01\x63"),
    "document.parties": alone,
    "document.kind": lambda d: d.MergeFromString(b"\x50\x63"),
    "document.issuer": lambda d: setattr(d, "issuer", "nodes/a"),
    "document.coordinator": lambda d: setattr(d, "coordinator", "nodes/z"),
    "document.pools[1].id": lambda d: [d.pools.add(id="p", title="池") for _ in range(2)],
    "document.contacts[0].node": lambda d: d.contacts.add(node="nodes/z", office="办公室"),
    "document.renewal_months": prolonged_without_an_end,
    "document.clauses[0].items": lambda d: d.clauses[0].ClearField("items"),
    "document.clauses[0].pools[0]": lambda d: d.clauses[0].pools.append("none"),
    "document.clauses[0].printing[0]": lambda d: d.clauses[0].printing.append("nodes/z"),
    "document.clauses[0].collecting": everywhere_and_somewhere,
    "document.clauses[0].seal.answers": lambda d: d.clauses[0].seal.MergeFrom(
        agreement_pb2.SealTerms(title="章", answers="nodes/z")
    ),
    "document.clauses[0].step_limits[1].step": lambda d: [
        d.clauses[0].step_limits.add(step=agreement_pb2.PROMISED_STEP_DECIDE, working_days=1) for _ in range(2)
    ],
    "document.clauses[0].identity_kinds[0]": lambda d: d.clauses[0].identity_kinds.append("library_card"),
    "document.clauses[0].languages[0]": lambda d: d.clauses[0].languages.append("chinese!"),
    "document.clauses[0].decider": lambda d: d.clauses[0].ClearField("decider"),
    "document.effective_date": lambda d: setattr(d.effective_date, "day", 31),
    "document.expire_date": lambda d: set_date(d.expire_date, dt.date(2025, 4, 29)),
    "document.open_questions[0]": lambda d: d.open_questions.append("问" * 501),
}


def sound() -> Text:
    return document(
        clause(), clause(id="c2", items=("items/a.y",)), effective=dt.date(2025, 4, 30), expire=dt.date(2025, 4, 30)
    )


def test_a_sound_document_is_read_as_it_was_written() -> None:
    raw = sound().SerializeToString()
    assert documents.parse(raw) == sound()
    assert documents.document_digest(raw) == documents.document_digest(raw)
    assert len(documents.document_digest(raw)) == 32


@pytest.mark.parametrize("field", DAMAGES)
def test_each_fault_is_named_with_its_path(field: str) -> None:
    damaged = sound()
    DAMAGES[field](damaged)
    with pytest.raises(errors.FieldInvalid) as caught:
        documents.parse(damaged.SerializeToString())
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("document", lambda d: d),
        ("document.clauses[1]", lambda d: d.clauses[1]),
        ("document.parties[0]", lambda d: d.parties[0]),
        ("document.effective_date", lambda d: d.effective_date),
    ],
)
def test_unknown_fields_are_refused_wherever_they_stand(path: str, place: Callable[[Text], Message]) -> None:
    damaged = sound()
    unknown(place(damaged))
    with pytest.raises(errors.FieldsUnknown) as caught:
        documents.parse(damaged.SerializeToString())
    assert (caught.value.field, caught.value.facts["tags"]) == (path, "999")


def test_bytes_that_are_no_document_and_too_many_of_them() -> None:
    with pytest.raises(errors.MessageMalformed):
        documents.parse(b"\xff\xff")
    with pytest.raises(errors.MessageTooLarge):
        documents.parse(b"x" * (documents.MAXIMUM_BYTES + 1))


def named_or_read(raw: bytes) -> bool:
    try:
        documents.parse(raw)
    except errors.InvalidInput as refusal:
        return refusal.field.startswith("document")
    return True


@given(st.binary(max_size=200))
def test_any_bytes_give_a_document_or_a_named_refusal(raw: bytes) -> None:
    assert named_or_read(raw)


@given(st.lists(st.tuples(st.integers(0, 150), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_bent_document_gives_a_document_or_a_named_refusal(bends: list[tuple[int, int]]) -> None:
    raw = bytearray(sound().SerializeToString())
    for place, value in bends:
        raw[place % len(raw)] = value
    assert named_or_read(bytes(raw))


def test_parties_are_nodes_of_the_directory_with_the_keys_that_the_text_pins() -> None:
    known = {each.name: each for each in nodes("nodes/a", "nodes/b")}
    documents.check_parties(sound(), known)

    def refused(changed: directory_pb2.Node | None) -> errors.TongbanError:
        there = {**known, "nodes/b": changed} if changed is not None else {"nodes/a": known["nodes/a"]}
        with pytest.raises(errors.TongbanError) as caught:
            documents.check_parties(sound(), there)
        return caught.value

    assert isinstance(refused(None), errors.NodeNotFound)
    assert isinstance(refused(node("nodes/b", lifecycle_pb2.NODE_STATE_LEFT)), errors.NodeNotFound)
    assert refused(node("nodes/b", region="elsewhere")).field == "document.parties[1].region"
    other_key = node("nodes/b")
    other_key.root_public_key = b"k" * 32
    assert refused(other_key).field == "document.parties[1].root_fingerprint"
