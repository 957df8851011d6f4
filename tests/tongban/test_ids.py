"""Identifiers: UUIDv7, resource names, and the numbers that a node makes on its own."""

from __future__ import annotations

import datetime as dt
import uuid

import protovalidate
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban import ids
from tongban.clock import SeededEntropy
from tongban.errors import CheckCharacterWrong, FieldInvalid, InvalidInput, NameInvalid
from tongban.local_numbers import MAX_COUNTER, MAX_INCARNATION
from tongban.v1 import types_pb2

DAY = dt.date(2026, 11, 22)
moments = st.integers(0, 2**45).map(
    lambda us: dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=us * 63)
)
codes = st.from_regex(r"[A-OQ-Z0-9][A-Z0-9]{0,11}", fullmatch=True)
parts = st.tuples(
    st.sampled_from(ids.NumberKind),
    codes,
    st.dates(dt.date(2000, 1, 1)),
    st.integers(0, MAX_INCARNATION),
    st.integers(0, MAX_COUNTER),
)


class Ones:
    """Chance at its highest, to run into the end of the random bits."""

    def token(self, size: int) -> bytes:
        return b"\xff" * size

    def uniform(self, low: float, high: float) -> float:
        return high


@given(moments, st.integers())
def test_uuid7_is_what_rfc_9562_says(moment: dt.datetime, seed: int) -> None:
    text = ids.uuid7(moment, SeededEntropy(seed))
    parsed = uuid.UUID(text)
    assert (parsed.version, parsed.variant, str(parsed)) == (7, uuid.RFC_4122, text)
    assert ids.uuid7_time(text) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert ids.uuid7_from_bytes(ids.uuid7_bytes(text)) == text
    assert ids.uuid7_bytes(text) == parsed.bytes


@given(st.lists(moments, min_size=2, max_size=40), st.integers())
def test_a_sequence_rises_whatever_the_clock_does(times: list[dt.datetime], seed: int) -> None:
    sequence = ids.UuidSequence(SeededEntropy(seed))
    made = [sequence.next(moment) for moment in times]
    assert made == sorted(set(made))
    assert [ids.uuid7_bytes(each) for each in made] == sorted(ids.uuid7_bytes(each) for each in made)


def test_a_sequence_rises_past_the_end_of_its_random_bits() -> None:
    sequence = ids.UuidSequence(Ones())
    moment = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    made = [sequence.next(moment) for _ in range(5)]
    assert made == sorted(set(made))
    assert ids.uuid7_time(made[-1]) == moment + dt.timedelta(milliseconds=4)


@pytest.mark.parametrize(
    "moment", [dt.datetime(2026, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None), dt.datetime(1969, 12, 31, tzinfo=dt.UTC)]
)
def test_an_id_needs_an_aware_time_from_1970_on(moment: dt.datetime) -> None:
    with pytest.raises(ValueError, match="an id needs"):
        ids.uuid7(moment, SeededEntropy(1))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
        "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
        "017f22e2-79b0-4cc3-98c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-c8c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f\n",
        "٠17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
    ],
)
def test_other_texts_are_not_event_ids(text: str) -> None:
    with pytest.raises(FieldInvalid) as caught:
        ids.check_uuid7(text, "events[0].event_id")
    assert caught.value.field == "events[0].event_id"


def test_the_example_of_the_rfc_is_accepted() -> None:
    example = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
    assert ids.uuid7_time(example) == dt.datetime(2022, 2, 22, 19, 22, 22, tzinfo=dt.UTC)


def test_numbers_look_as_the_documentation_says() -> None:
    number = ids.application_number("350600", DAY, 1, 42)
    assert number == "35060020261122000100000042Y"
    assert ids.parse_number(number).grouped == "350600-20261122-0001-00000042-Y"
    parcel = ids.parcel_number("350600", DAY, 1, 42)
    assert parcel == "P35060020261122000100000042V"
    assert ids.parse_number(parcel).grouped == "P-350600-20261122-0001-00000042-V"
    assert len(ids.parcel_number("A" * 12, DAY, MAX_INCARNATION, MAX_COUNTER)) == 34


def _make(kind: ids.NumberKind, code: str, day: dt.date, incarnation: int, counter: int) -> str:
    make = ids.parcel_number if kind is ids.NumberKind.PARCEL else ids.application_number
    return make(code, day, incarnation, counter)


@given(parts)
def test_a_number_reads_back_to_its_parts(
    made_of: tuple[ids.NumberKind, str, dt.date, int, int],
) -> None:
    number = _make(*made_of)
    found = ids.parse_number(number, made_of[0])
    assert (found.kind, found.node_code, found.day, found.incarnation, found.counter) == made_of
    assert str(found) == number
    assert number.isascii()
    assert number.isalnum()
    assert number == number.upper()
    assert len(number) <= 40


@given(parts, parts)
def test_no_two_nodes_or_incarnations_make_one_number(
    one: tuple[ids.NumberKind, str, dt.date, int, int], other: tuple[ids.NumberKind, str, dt.date, int, int]
) -> None:
    assert (_make(*one) == _make(*other)) == (one == other)


@given(parts, codes, st.integers(0, MAX_INCARNATION))
def test_changing_only_the_node_or_the_incarnation_changes_the_number(
    made_of: tuple[ids.NumberKind, str, dt.date, int, int], code: str, incarnation: int
) -> None:
    kind, own_code, day, own_incarnation, counter = made_of
    same = (code, incarnation) == (own_code, own_incarnation)
    assert (_make(*made_of) == _make(kind, code, day, incarnation, counter)) == same


@given(parts, st.data())
def test_every_single_wrong_character_is_found(
    made_of: tuple[ids.NumberKind, str, dt.date, int, int], data: st.DataObject
) -> None:
    number = _make(*made_of)
    place = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    typed = number[:place] + wrong + number[place + 1 :]
    # No mistake, or one of the look-alikes that are forgiven.
    if wrong == number[place] or (wrong + number[place] in {"O0", "I1", "L1"} and -21 <= place - len(number) < -1):
        assert str(ids.parse_number(typed)) == number
    else:
        with pytest.raises(CheckCharacterWrong):
            ids.parse_number(typed)


@given(parts, st.sampled_from([" ", "-", "－", "—", "　", "\t"]))
def test_a_person_may_type_it_in_groups_and_full_width(
    made_of: tuple[ids.NumberKind, str, dt.date, int, int], separator: str
) -> None:
    number = ids.parse_number(_make(*made_of))
    typed = number.grouped.lower().replace("-", separator)
    assert ids.parse_number(typed) == number
    wide = "".join(chr(ord(c) + 0xFEE0) for c in str(number))
    assert ids.parse_number(wide) == number


def test_sound_alikes_are_read_in_the_numeric_parts() -> None:
    assert str(ids.parse_number("350600-2O261l22-OOOI-OOOOOO42-Y")) == "35060020261122000100000042Y"


@pytest.mark.parametrize("text", ["", "350600", "350600-20261122-0001-0000004?-Y", "1" * 41, "1" * 10**6])
def test_what_is_no_number_is_a_name_error(text: str) -> None:
    with pytest.raises(NameInvalid):
        ids.parse_number(text)


def test_an_id_card_number_typed_here_is_not_repeated() -> None:
    with pytest.raises(NameInvalid) as caught:
        ids.parse_number("350626199003070010")
    assert "1990" not in caught.value.text("zh") + caught.value.text("en")


def test_a_day_that_does_not_exist_is_refused_though_the_check_character_fits() -> None:
    from stdnum.iso7064 import mod_37_36

    body = "35060020261322000100000042"
    with pytest.raises(NameInvalid):
        ids.parse_number(body + mod_37_36.calc_check_digit(body))


def test_a_parcel_is_not_an_application() -> None:
    with pytest.raises(NameInvalid):
        ids.parse_number(ids.parcel_number("350600", DAY, 1, 42), ids.NumberKind.APPLICATION)
    with pytest.raises(NameInvalid):
        ids.parse_number(ids.application_number("350600", DAY, 1, 42), ids.NumberKind.PARCEL)


@given(st.text())
def test_any_text_is_a_number_or_a_named_error(text: str) -> None:
    try:
        ids.parse_number(text)
    except InvalidInput:
        return


def test_a_number_takes_a_date_and_bounded_parts() -> None:
    with pytest.raises(TypeError):
        ids.application_number("350600", dt.datetime(2026, 11, 22, tzinfo=dt.UTC), 1, 42)
    for incarnation, counter in [(-1, 0), (MAX_INCARNATION + 1, 0), (0, -1), (0, MAX_COUNTER + 1)]:
        with pytest.raises(ValueError, match="out of range"):
            ids.application_number("350600", DAY, incarnation, counter)
    with pytest.raises(ValueError, match="normal form"):
        ids.application_number("ov-milan", DAY, 1, 42)


def test_node_codes() -> None:
    assert ids.node_code("dz-pingtan") == "DZPINGTAN"
    assert ids.node_code("350600") == "350600"
    for bad in ["", "pingtan", "much-too-long-for-a-code", "漳州", "a_b"]:
        with pytest.raises(NameInvalid):
            ids.node_code(bad)


def test_names() -> None:
    number = ids.application_number("350600", DAY, 1, 42)
    name = ids.make_name(ids.Collection.APPLICATIONS, number)
    assert name == f"applications/{number}"
    assert ids.parse_name(name, ids.Collection.APPLICATIONS) == number
    assert ids.split_name(name) == (ids.Collection.APPLICATIONS, number)
    assert ids.split_name("nodes/dz-pingtan") == (ids.Collection.NODES, "dz-pingtan")
    assert ids.item_name("350600", "zz-x-hpf") == "items/350600.zz-x-hpf"
    assert ids.parse_item_name("items/dz-pingtan.12441500196720244T3442199806003")[0] == "dz-pingtan"
    original = ids.paper_name(name, ids.Paper.ORIGINALS, "licence-1")
    assert original == f"applications/{number}/originals/licence-1"
    assert ids.parse_paper_name(original) == (name, ids.Paper.ORIGINALS, "licence-1")


names = st.one_of(
    st.builds(ids.make_name, st.just(ids.Collection.NODES), st.from_regex(r"[a-z0-9]{1,40}", fullmatch=True)),
    st.builds(
        ids.item_name,
        st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True),
        st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,30}[A-Za-z0-9])?", fullmatch=True),
    ),
    parts.filter(lambda made: made[0] is ids.NumberKind.PARCEL).map(lambda made: f"parcels/{_make(*made)}"),
    parts.filter(lambda made: made[0] is ids.NumberKind.APPLICATION).map(lambda made: f"applications/{_make(*made)}"),
)


@given(names)
def test_whatever_name_is_made_the_contract_takes(name: str) -> None:
    protovalidate.validate(types_pb2.StreamPosition(stream=name, version=1, head=bytes(32)))


@pytest.mark.parametrize(
    "name",
    [
        *["", "nodes", "nodes/", "nodes//x", "nodes/a/b", "nodes/-a", "nodes/a-", "nodes/漳州", "Nodes/a"],
        *["parcels/a", "nodes/" + "a" * 64, "nodes/a\n", "/nodes/a", "nodes/a b", "nodes/.."],
    ],
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(NameInvalid) as caught:
        ids.parse_name(name, ids.Collection.NODES, "author")
    assert caught.value.field == "author"


@pytest.mark.parametrize("name", ["items/350600", "items/350600.", "items/a-.b", "items/a.-b", "nodes/a.b"])
def test_other_item_names_are_refused(name: str) -> None:
    with pytest.raises(NameInvalid):
        ids.parse_item_name(name)


@pytest.mark.parametrize("tail", ["", "/originals", "/originals/", "/originals/A", "/letters/a", "/copies/a/b"])
def test_other_names_of_paper_are_refused(tail: str) -> None:
    with pytest.raises(NameInvalid):
        ids.parse_paper_name(f"applications/{ids.application_number('350600', DAY, 1, 42)}{tail}")


def test_a_region_has_no_dot() -> None:
    with pytest.raises(NameInvalid):
        ids.item_name("a.b", "c")


def test_a_number_in_a_name_must_be_exact() -> None:
    number = ids.application_number("350600", DAY, 1, 42)
    with pytest.raises(NameInvalid):
        ids.parse_name(f"applications/{number.lower()}", ids.Collection.APPLICATIONS)
    with pytest.raises(CheckCharacterWrong):
        ids.parse_name(f"applications/{number[:-1]}Z", ids.Collection.APPLICATIONS)
    with pytest.raises(NameInvalid):
        ids.split_name("letters/1")
    with pytest.raises(NameInvalid):
        ids.make_name(ids.Collection.AGREEMENTS, "a/b")


@given(st.text() | st.from_regex(r"(applications|nodes|items)/[a-zA-Z0-9.-]{0,8}", fullmatch=True))
def test_any_text_is_a_name_or_a_named_error(text: str) -> None:
    try:
        collection, resource_id = ids.split_name(text)
    except InvalidInput:
        return
    assert ids.make_name(collection, resource_id) == text
