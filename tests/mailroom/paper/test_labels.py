"""What a scanner types: item labels, commands, and what is none of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.domain.labels import (
    COMMANDS,
    ITEM_PREFIX,
    MAX_TEXT,
    OUTCOMES,
    Command,
    ItemLabel,
    Scanned,
    read_command,
    read_item_label,
    scanned,
)
from tests.mailroom.events import COPY, LICENCE
from tests.mailroom.paper.samples import SHORT, stub_of
from tongban.errors import CheckCharacterWrong, FieldInvalid, InvalidInput, NameInvalid
from tongban.local_numbers import application_number
from tongban.v1 import parcel_pb2

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
QR_ALPHANUMERIC = set(ALPHABET + " $%*+-./:")
labels = st.builds(
    ItemLabel,
    st.one_of(
        st.from_regex(r"[A-Z0-9]{8,40}", fullmatch=True),
        st.builds(
            application_number,
            st.sampled_from(["350600", "DZTAIPEI", "1"]),
            st.dates(dt.date(2000, 1, 1)),
            st.integers(0, 32**4 - 1),
            st.integers(0, 10**8 - 1),
        ),
    ),
    st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True),
)

Read = TypeVar("Read")


def tried(reader: Callable[[str, str], Read], text: str) -> tuple[Read | None, InvalidInput | None]:
    try:
        return reader(text, "scan"), None
    except InvalidInput as error:
        return None, error


@given(labels)
def test_a_label_reads_back(label: ItemLabel) -> None:
    text = label.text
    assert text.startswith(ITEM_PREFIX)
    assert len(text) <= 88 < MAX_TEXT
    assert set(text) <= QR_ALPHANUMERIC - {" "}
    assert scanned(text) is Scanned.ITEM
    assert read_item_label(text) == label
    assert ItemLabel.of(label.name) == label


@given(labels)
def test_how_the_keyboard_stood_does_not_matter(label: ItemLabel) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) for char in label.text)
    for typed in (f" {label.text.lower()}\r\n", wide, label.text.replace("/", " / ")):
        assert scanned(typed) is Scanned.ITEM
        assert read_item_label(typed) == label


@given(labels, st.data())
def test_every_single_wrong_letter_or_digit_is_found(label: ItemLabel, data: st.DataObject) -> None:
    text = label.text
    places = [place for place, char in enumerate(text) if place >= len(ITEM_PREFIX) and char in ALPHABET]
    place = data.draw(st.sampled_from(places))
    wrong = data.draw(st.sampled_from(ALPHABET.replace(text[place], "")))
    with pytest.raises(CheckCharacterWrong):
        read_item_label(text[:place] + wrong + text[place + 1 :])


@given(st.one_of(st.text(max_size=200), st.text(max_size=90).map(lambda text: ITEM_PREFIX + text)))
def test_any_other_text_is_a_typed_refusal(text: str) -> None:
    assert scanned(text) in Scanned
    label, refused = tried(read_item_label, text)
    assert refused is None or refused.field == "scan"
    assert label is None or read_item_label(label.text) == label
    command, refused = tried(read_command, text)
    assert refused is None or refused.field == "scan"
    assert command is None or command in COMMANDS


def test_what_has_the_name_of_no_original_has_no_label() -> None:
    assert ItemLabel.of(LICENCE).name == LICENCE
    for name in (COPY, "applications/A/originals/b", f"{LICENCE}/x", "", "parcels/P1"):
        with pytest.raises(NameInvalid):
            ItemLabel.of(name)


def test_a_label_whose_name_is_none_is_refused_although_its_check_is_right() -> None:
    for application, item in (("SHORT", "a"), ("A" * 41, "a"), ("3506002026", "-a")):
        with pytest.raises(NameInvalid):
            read_item_label(ItemLabel(application, item).text)


@pytest.mark.parametrize("command", list(Command))
def test_every_command_reads_back_and_is_said_in_both_languages(command: Command) -> None:
    assert command.text == f"TBC:{command.value}"
    assert set(command.text) <= QR_ALPHANUMERIC
    for typed in (command.text, command.text.lower(), f" {command.text}\n", command.text.replace(":", "\uff1a")):
        assert scanned(typed) is Scanned.COMMAND
        assert read_command(typed) is command
    assert COMMANDS[command].zh
    assert COMMANDS[command].en.isascii()


@pytest.mark.parametrize("text", ["TBC:", "TBC:NONE", "TBC:IN OUT!", "IN", "", "TBI1:A/B/C", "TBC:IN" + "X" * 200])
def test_no_other_word_is_a_command(text: str) -> None:
    with pytest.raises(FieldInvalid) as caught:
        read_command(text, "scan")
    assert caught.value.field == "scan"
    assert "TBC:" in caught.value.text()


def test_every_outcome_of_a_check_has_its_command() -> None:
    assert set(OUTCOMES.values()) == set(parcel_pb2.CheckOutcome.values()) - {0}


def test_what_is_scanned_is_told_apart() -> None:
    assert scanned(stub_of(SHORT)) is Scanned.PARCEL
    assert scanned(SHORT.name.partition("/")[2]) is Scanned.NUMBER
    assert scanned("SF1234567890123") is Scanned.NUMBER
    assert scanned("") is Scanned.NUMBER
