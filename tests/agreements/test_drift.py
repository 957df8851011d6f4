"""同事同标: what regions have differently under one base code, and where a result is recognised."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements import data
from agreements.domain.drift import Worded, concerned, drift
from agreements.domain.elements import differences, lines, parse_elements
from agreements.domain.recognition import check_recognised, recognised
from tests.agreements.making import agreement, clause, node
from tests.agreements.making import document as text
from tests.agreements.test_catalogue import document
from tongban import errors
from tongban.directory import Directory
from tongban.v1 import directory_pb2, lifecycle_pb2, types_pb2

ELEMENTS = data.elements()


def at(home: str, **changes: object) -> directory_pb2.Item:
    made = document()
    made.name, made.home = f"items/{home}.x", f"nodes/{home}"
    del made.agreed_differences[:]
    for name, value in changes.items():
        if isinstance(value, list):
            del getattr(made, name)[:]
            getattr(made, name).extend(value)
        else:
            setattr(made, name, value)
    return directory_pb2.Item(name=made.name, state=lifecycle_pb2.ITEM_STATE_PUBLISHED, document=made)


def test_equal_items_have_no_drift() -> None:
    assert drift([at("a"), at("b"), at("c")], ELEMENTS) == ()
    # What is a region's own is no difference, nor are spaces and full-width letters.
    assert drift([at("a"), at("b", department="另一局", title="食品经营许可 ".strip())], ELEMENTS) == ()
    assert drift([at("a"), at("b", conditions=["A  1"]), at("c", conditions=["A 1"])], ELEMENTS)[0].variants[
        0
    ].homes == ("nodes/b", "nodes/c")


def test_a_difference_names_element_values_and_regions() -> None:
    found = drift([at("a", promised_working_days=5), at("b", promised_working_days=5), at("c")], ELEMENTS)
    assert [each.element.name for each in found] == ["promised_working_days"]
    assert found[0].base_code == "442199806003"
    assert [(v.lines, v.homes) for v in found[0].variants] == [
        (("5",), ("nodes/a", "nodes/b")),
        ((), ("nodes/c",)),
    ]
    assert not found[0].agreed


def test_materials_are_compared_by_what_a_clerk_asks_for() -> None:
    other = at("b")
    other.document.materials[1].forms.append(types_pb2.MATERIAL_FORM_ORIGINAL)
    found = drift([at("a"), other], ELEMENTS)
    assert [each.element.name for each in found] == ["materials"]
    assert "编码:id;形式:原件、复印件;必交:是" in {line for v in found[0].variants for line in v.lines}
    renamed = at("b")
    renamed.document.materials[1].title = "居民身份证"
    assert drift([at("a"), renamed], ELEMENTS) == ()


def test_an_agreed_difference_is_reported_as_agreed() -> None:
    agreed = at("c", promised_working_days=9, agreed_differences=["promised_working_days"])
    found = drift([at("a"), at("b"), agreed], ELEMENTS)
    assert [each.agreed for each in found] == [True]
    # Another one without leave makes it drift.
    found = drift([at("a"), at("b"), agreed, at("d", promised_working_days=7)], ELEMENTS)
    assert [each.agreed for each in found] == [False]
    # Of two, either may be the exception.
    assert [each.agreed for each in drift([at("a"), agreed], ELEMENTS)] == [True]


def test_other_codes_and_withdrawn_items_are_not_compared() -> None:
    gone = at("b", promised_working_days=9)
    gone.state = lifecycle_pb2.ITEM_STATE_WITHDRAWN
    other = at("c", promised_working_days=9, base_code="000100020003")
    assert drift([at("a"), gone, other, at("d", base_code=""), at("e", base_code="")], ELEMENTS) == ()


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 2), st.booleans()), max_size=6), st.integers())
def test_the_order_of_items_changes_nothing(drawn: list[tuple[str, int, bool]], seed: int) -> None:
    items = {
        home: at(home, promised_working_days=days, agreed_differences=["promised_working_days"] if leave else [])
        for home, days, leave in drawn
    }
    listed = list(items.values())
    found = drift(listed, ELEMENTS)
    random.Random(seed).shuffle(listed)
    assert drift(listed, ELEMENTS) == found
    values = {item.document.promised_working_days for item in listed}
    assert bool(found) == (len(values) > 1)
    for each in found:
        assert each.homes == {item.document.home for item in listed}


def test_what_was_put_into_words_once() -> None:
    known: Worded = {}
    here, there = at("a"), at("b", promised_working_days=9)
    here.head, there.head = b"1", b"1"
    assert drift([here, there], ELEMENTS, known) == drift([here, there], ELEMENTS)
    there.document.promised_working_days, there.head = 0, b"2"
    assert drift([here, there], ELEMENTS, known) == ()
    assert set(known) == {here.name, there.name}


def test_who_is_told() -> None:
    found = drift([at("a"), at("b", promised_working_days=3)], ELEMENTS)[0]
    shared = agreement(text(clause(home="nodes/a", items=["items/a.x"]), parties=("nodes/a", "nodes/d")))
    elsewhere = agreement(text(clause(home="nodes/e", items=["items/e.y"]), parties=("nodes/a", "nodes/e")))
    assert concerned(found, [shared, elsewhere]) == {"nodes/a", "nodes/b", "nodes/d"}
    pooled = text(clause(), parties=("nodes/b", "nodes/f"))
    pooled.pools.add(id="p", title="池", base_codes=[found.base_code])
    assert concerned(found, [agreement(pooled)]) == {"nodes/a", "nodes/b", "nodes/f"}


def test_what_changed_between_two_versions() -> None:
    before, after = at("a").document, at("a", conditions=["年满十八周岁"], source="新").document
    found = differences(before, after, ELEMENTS)
    assert [(each.element.name, each.before, each.after) for each in found] == [
        ("conditions", (), ("年满十八周岁",)),
        ("source", (), ("新",)),
    ]
    for element in ELEMENTS:
        assert all(isinstance(line, str) for line in lines(document(), element))


@pytest.mark.parametrize(
    "raw",
    [
        b"[",
        b"[]",
        b"schema: tongban.elements/2\nelements: []",
        b"schema: tongban.elements/1\nelements: [1]",
        b"schema: tongban.elements/1\nelements: [{name: a, zh: a, en: a, field: colour}]",
        b"schema: tongban.elements/1\nelements: [{name: a, zh: a, en: a, field: title, shade: 1}]",
        b"schema: tongban.elements/1\nelements: [{name: a, zh: a, en: a, field: title, same: 3}]",
        b"schema: tongban.elements/1\nelements: [{name: a, zh: a, en: a, field: fees}]",
        b"schema: tongban.elements/1\nelements: [{name: a, zh: a, en: a, field: fees, parts: {colour: a}}]",
        b"schema: tongban.elements/1\nelements: [&a {name: a, zh: a, en: a, field: title}, *a]",
    ],
)
def test_a_list_of_elements_that_is_wrong(raw: bytes) -> None:
    with pytest.raises(errors.ConfigurationInvalid):
        parse_elements(raw)


def directory() -> Directory:
    """Region a is over c and e, c over d; f and g each say that the other is above them."""
    made = Directory()
    for name, superior in (
        ("a", ""),
        ("b", ""),
        ("c", "a"),
        ("d", "c"),
        ("e", "a"),
        ("f", "g"),
        ("g", "f"),
        ("h", "x"),
    ):
        each = node(f"nodes/{name}")
        each.profile.superior = f"nodes/{superior}" if superior else ""
        made.put(each)
    return made


N, H, L = (
    directory_pb2.VALIDITY_AREA_NATIONAL,
    directory_pb2.VALIDITY_AREA_HOME,
    directory_pb2.VALIDITY_AREA_LISTED,
)


@pytest.mark.parametrize(
    ("validity", "listed", "reached"),
    [
        (N, (), "abcdefgh"),
        (directory_pb2.VALIDITY_AREA_UNSPECIFIED, (), "a"),
        (H, (), "acde"),
        (L, ("b",), "abcde"),
        (L, ("f",), "acdefg"),
    ],
)
def test_where_a_result_is_recognised(
    validity: directory_pb2.ValidityArea, listed: tuple[str, ...], reached: str
) -> None:
    made = document()
    made.results[0].validity = validity
    made.results[0].recognised_by.extend(f"nodes/{name}" for name in listed)
    known = directory()
    for name in "abcdefgh":
        answer = recognised(made, "licence", f"nodes/{name}", known)
        assert answer.recognised == (name in reached), name
        assert answer.why_zh
        assert answer.why_en
    if "h" not in reached:
        with pytest.raises(errors.ResultNotRecognised, match="validity area"):
            check_recognised(made, "licence", "nodes/h", known)
    assert check_recognised(made, "licence", "nodes/a", known).recognised


def test_a_question_about_what_is_not_there() -> None:
    with pytest.raises(errors.NotFound):
        recognised(document(), "deed", "nodes/a", directory())
    with pytest.raises(errors.NodeNotFound):
        recognised(document(), "licence", "nodes/z", directory())
