"""Numbers on documents, and codes of items."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc
from stdnum.iso7064 import mod_11_2

from tongban.errors import FieldInvalid, IdentityNumberInvalid
from tongban.identity import IdentityKind, check, mask
from tongban.itemcodes import ItemCodeForm, check_item_code

VECTORS: dict[str, Any] = yaml.safe_load(
    Path(__file__).with_name("data").joinpath("identity_vectors.yaml").read_text(encoding="utf-8")
)
CODE = VECTORS["item_code"]["v"]


@pytest.mark.parametrize("vector", VECTORS["ids"], ids=lambda vector: vector["note"])
def test_vectors(vector: dict[str, Any]) -> None:
    found = check(IdentityKind(vector["kind"]), vector["v"])
    assert found.full == vector["v"]
    assert found.key == vector.get("key", vector["v"])
    assert not found.archive
    assert vector["v"] not in repr(found)
    assert vector["v"][4:-3] not in found.masked


@pytest.mark.parametrize("vector", VECTORS["ids"], ids=lambda vector: vector["note"])
def test_what_stdnum_says_of_them(vector: dict[str, Any]) -> None:
    if "ric" in vector:
        assert ric.is_valid(vector["v"]) == vector["ric"]
    if "uscc" in vector:
        assert uscc.is_valid(vector["v"]) == vector["uscc"]


dates = st.dates(dt.date(1800, 1, 1), dt.date(2026, 11, 22))
areas = {
    IdentityKind.RESIDENT_ID: st.integers(100000, 799999).map(str),
    IdentityKind.HK_MACAO_RESIDENCE: st.sampled_from(["810000", "820000"]),
    IdentityKind.TAIWAN_RESIDENCE: st.just("830000"),
    IdentityKind.FOREIGN_RESIDENCE: st.integers(900000, 999999).map(str),
}


@st.composite
def eighteen(draw: st.DrawFn) -> tuple[IdentityKind, str]:
    kind = draw(st.sampled_from(list(areas)))
    body = draw(areas[kind]) + draw(dates).strftime("%Y%m%d").zfill(8) + f"{draw(st.integers(0, 999)):03}"
    return kind, body + mod_11_2.calc_check_digit(body)


@given(eighteen(), st.data())
def test_an_18_digit_number_passes_and_no_single_wrong_character_does(
    made: tuple[IdentityKind, str], data: st.DataObject
) -> None:
    kind, number = made
    assert check(kind, f" {number[:6]} {number[6:14]}-{number[14:].lower()} ").full == number
    place = data.draw(st.integers(0, 17))
    wrong = data.draw(st.sampled_from("0123456789X"))
    assume(wrong != number[place])
    with pytest.raises(IdentityNumberInvalid):
        check(kind, number[:place] + wrong + number[place + 1 :])


@given(eighteen())
def test_an_18_digit_number_belongs_to_one_kind(made: tuple[IdentityKind, str]) -> None:
    kind, number = made
    for other in areas.keys() - {kind}:
        with pytest.raises(IdentityNumberInvalid):
            check(other, number)


@given(st.sampled_from(IdentityKind), st.text(min_size=4) | eighteen().map(lambda made: made[1]))
def test_an_error_names_the_field_and_never_the_number(kind: IdentityKind, text: str) -> None:
    problem = _refusal(kind, text)
    if problem is None:
        found = check(kind, text)
        assert check(kind, found.full) == found
        return
    assert problem.field == "applicant.number"
    assert problem.facts["kind"] == kind.label
    if len(text) > 5:
        assert text not in repr(problem) + problem.text("zh") + problem.text("en") + repr(problem.__context__)


def _refusal(kind: IdentityKind, text: str) -> IdentityNumberInvalid | None:
    try:
        check(kind, text, field="applicant.number")
    except IdentityNumberInvalid as error:
        return error
    return None


def test_the_archive_form_is_flagged_and_matches_its_successor() -> None:
    old = check(IdentityKind.RESIDENT_ID, "350626900307001")
    assert old.archive
    assert old.full == "350626900307001"
    assert old.key == check(IdentityKind.RESIDENT_ID, "350626199003070010").key


@pytest.mark.parametrize(
    ("kind", "number", "key"),
    [
        (IdentityKind.TAIWAN_PERMIT, "00123456", "00123456"),
        (IdentityKind.TAIWAN_PERMIT, "0012345601(B)", "00123456"),
        (IdentityKind.TAIWAN_PERMIT, "００１２３４５６", "00123456"),
        (IdentityKind.HK_MACAO_PERMIT, "H0123456701", "H01234567"),
        (IdentityKind.HK_MACAO_PERMIT, "m01234567", "M01234567"),
        (IdentityKind.HK_MACAO_PERMIT, "MA1234567", "MA1234567"),
        (IdentityKind.FOREIGN_RESIDENCE, "ITA330058091601", "ITA330058091601"),
        (IdentityKind.PASSPORT, "E12345678", "E12345678"),
        (IdentityKind.PASSPORT, "EA1234567", "EA1234567"),
        (IdentityKind.PASSPORT, "YA1234567", "YA1234567"),
        (IdentityKind.CREDIT_CODE, "12441500196720244t", "12441500196720244T"),
    ],
)
def test_other_forms(kind: IdentityKind, number: str, key: str) -> None:
    assert check(kind, number).key == key


@pytest.mark.parametrize(
    ("kind", "number", "says"),
    [
        (IdentityKind.RESIDENT_ID, "", "empty"),
        (IdentityKind.RESIDENT_ID, "3" * 1000, "too long"),
        (IdentityKind.RESIDENT_ID, "350626199003070011", "check character"),
        (IdentityKind.RESIDENT_ID, "350626199002300010", "no such date"),
        (IdentityKind.RESIDENT_ID, "35062619900307001", "17 found"),
        (IdentityKind.RESIDENT_ID, "35062619900307001٠", "17 digits"),
        (IdentityKind.RESIDENT_ID, "350626170003070010", "impossible"),
        (IdentityKind.RESIDENT_ID, "810000199408230021", "residence permit"),
        (IdentityKind.RESIDENT_ID, "935380198501010010", "begins with 9"),
        (IdentityKind.HK_MACAO_RESIDENCE, "830000198501010014", "first digits"),
        (IdentityKind.TAIWAN_PERMIT, "001234567", "8 digits"),
        (IdentityKind.HK_MACAO_PERMIT, "K01234567", "H or M"),
        (IdentityKind.PASSPORT, "ABCDEF", "letters and digits"),
        (IdentityKind.PASSPORT, "1234", "letters and digits"),
        (IdentityKind.CREDIT_CODE, "12441500196720244I", "other than"),
        (IdentityKind.CREDIT_CODE, "124415001967202440", "check character"),
        (IdentityKind.CREDIT_CODE, "1244A500196720244T", "region"),
        (IdentityKind.CREDIT_CODE, "12441500", "8 found"),
    ],
)
def test_refused_with_the_reason(kind: IdentityKind, number: str, says: str) -> None:
    with pytest.raises(IdentityNumberInvalid) as caught:
        check(kind, number)
    assert says in caught.value.text("en")
    assert says not in caught.value.text("zh")


def test_a_birth_in_the_future_is_refused_when_today_is_known() -> None:
    check(IdentityKind.RESIDENT_ID, "350626199003070010", today=dt.date(1990, 3, 7))
    with pytest.raises(IdentityNumberInvalid):
        check(IdentityKind.RESIDENT_ID, "350626199003070010", today=dt.date(1990, 3, 6))


@given(st.text(alphabet="0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=18, max_size=18), st.data())
def test_a_credit_code_has_one_check_character(text: str, data: st.DataObject) -> None:
    body = text[:2] + "350626" + text[8:17]
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    fits = [last for last in alphabet if _refusal(IdentityKind.CREDIT_CODE, body + last) is None]
    assert len(fits) == 1
    place = data.draw(st.integers(8, 16))
    wrong = data.draw(st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
    assume(wrong != body[place])
    with pytest.raises(IdentityNumberInvalid):
        check(IdentityKind.CREDIT_CODE, body[:place] + wrong + body[place + 1 :] + fits[0])


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("350626199003070010", "350*************10"),
        ("00123456", "00****56"),
        ("E1234", "E***4"),
        ("AB", "**"),
        ("", ""),
    ],
)
def test_masks(number: str, shown: str) -> None:
    assert mask(number) == shown


def test_labels_are_bilingual() -> None:
    for kind in IdentityKind:
        assert "(" in kind.label


def test_the_item_code_of_the_vectors() -> None:
    assert VECTORS["item_code"]["uscc"] + VECTORS["item_code"]["level"] + VECTORS["item_code"]["base"] == CODE
    found = check_item_code(CODE.lower() + " ")
    assert (str(found), found.form) == (CODE, ItemCodeForm.IMPLEMENTATION)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (CODE + "01", ItemCodeForm.HANDLING_ITEM),
        (CODE + "001", ItemCodeForm.HANDLING_ITEM),
        ("442199806003", ItemCodeForm.BASE),
        ("XK12345001", ItemCodeForm.BASE_OLD),
    ],
)
def test_both_generations_are_accepted(text: str, form: ItemCodeForm) -> None:
    assert check_item_code(text).form is form


@pytest.mark.parametrize("text", ["", "1", CODE[:-1], CODE[:18] + "7" + CODE[19:], "1" + CODE[1:17] + "0" + CODE[18:]])
def test_other_item_codes_are_refused(text: str) -> None:
    with pytest.raises(FieldInvalid) as caught:
        check_item_code(text, "item.code")
    assert caught.value.field == "item.code"


@given(st.text() | st.from_regex(r"[0-9A-Z]{10,34}", fullmatch=True))
def test_any_text_is_a_code_or_a_named_error(text: str) -> None:
    try:
        found = check_item_code(text)
    except FieldInvalid:
        return
    assert check_item_code(found.text) == found
