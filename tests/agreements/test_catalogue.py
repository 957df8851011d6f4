"""An item's document as a whole: what cannot work is refused with its path, by desk, gateway and fold alike."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from agreements import data
from agreements.domain import catalogue
from agreements.domain.catalogue import ItemFolder, check_document, check_words
from agreements.domain.item_words import OF_ENUMS
from tongban import errors
from tongban.v1 import directory_pb2, event_pb2, types_pb2

CODE = "12441500196720244T3442199806003"
Change = Callable[[directory_pb2.ItemDocument], object]


def document() -> directory_pb2.ItemDocument:
    """A licence with everything that the contract has."""
    made = directory_pb2.ItemDocument(
        name="items/a.x",
        home="nodes/a",
        title="食品经营许可",
        modes=[types_pb2.MODE_AGENT],
        item_code=CODE,
        base_code="442199806003",
        kind=directory_pb2.ITEM_KIND_LICENCE,
        form_schema=json.dumps(
            {
                "type": "object",
                "properties": {
                    "marital": {"enum": ["已婚", "未婚"], "title": "婚姻状况"},
                    "moved": {"type": "boolean", "title": "是否迁址"},
                },
            }
        ),
        results=[
            directory_pb2.ItemResult(code="licence", title="许可证", validity=directory_pb2.VALIDITY_AREA_NATIONAL)
        ],
        legal_bases=[directory_pb2.LegalBasis(title="食品安全法", article="第三十五条")],
        fees=[directory_pb2.ItemFee(title="工本费", amount_fen=1000)],
        agreed_differences=["promised_working_days"],
    )
    made.form.add(name="marital", title="婚姻状况", kind="text")
    made.form.add(name="moved", title="是否迁址", kind="text")
    spouse = made.materials.add(code="spouse", title="配偶证件", forms=[types_pb2.MATERIAL_FORM_COPY], required=True)
    spouse.needed_when.add(field="marital", values=["已婚"])
    made.materials.add(code="id", title="身份证", forms=[types_pb2.MATERIAL_FORM_COPY], required=True)
    return made


def _unbound(made: directory_pb2.ItemDocument) -> None:
    made.item_code, made.base_code = "ZZ-1", ""


WRONG: list[tuple[Change, str]] = [
    (lambda d: setattr(d, "item_code", CODE.lower()), "item_code"),
    (lambda d: setattr(d, "item_code", "12441500196720245T3442199806003"), "item_code"),
    (_unbound, "item_code"),
    (lambda d: setattr(d, "base_code", "44219980600"), "base_code"),
    (lambda d: setattr(d, "base_code", "1234567890"), "base_code"),
    (lambda d: setattr(d, "form_schema", "{"), "form_schema"),
    (lambda d: d.form.pop(), "form_schema.properties.moved"),
    (lambda d: setattr(d.materials[0].needed_when[0], "field", "children"), "materials[0].needed_when[0].field"),
    (lambda d: d.materials[0].needed_when[0].values.append("离异"), "materials[0].needed_when[0].values[1]"),
    (lambda d: d.materials[0].needed_when[0].values.append("已婚"), "materials[0].needed_when[0].values[1]"),
    (lambda d: d.materials[0].needed_when.add(field="marital", values=["未婚"]), "materials[0].needed_when[1].field"),
    (lambda d: d.materials[0].needed_when.add(field="moved", values=["true"]), "materials[0].needed_when[1].values[0]"),
    (lambda d: setattr(d.materials[1], "code", "spouse"), "materials[1].code"),
    (lambda d: d.results.add(code="licence", title="副本"), "results[1].code"),
    (lambda d: d.results[0].recognised_by.append("nodes/b"), "results[0].recognised_by"),
    (lambda d: setattr(d.results[0], "validity", directory_pb2.VALIDITY_AREA_LISTED), "results[0].recognised_by"),
    (lambda d: d.fees.add(title="工本费"), "fees[1].title"),
    (lambda d: d.legal_bases.add(title="食品安全法", article="第三十五条"), "legal_bases[1].title"),
    (lambda d: d.agreed_differences.append("promised_working_days"), "agreed_differences[1]"),
]


def test_a_whole_document_is_good() -> None:
    check_document(document())
    local = document()
    local.item_code = "ZZ-2024-001"
    check_document(local)
    check_document(
        directory_pb2.ItemDocument(name="items/a.x", home="nodes/a", title="甲", modes=[types_pb2.MODE_ONLINE])
    )


@pytest.mark.parametrize(("change", "field"), WRONG, ids=[field for _, field in WRONG])
def test_what_cannot_work_is_refused_by_its_path(change: Change, field: str) -> None:
    broken = document()
    change(broken)
    with pytest.raises(errors.InvalidInput) as refused:
        check_document(broken)
    assert refused.value.field == f"document.{field}"
    assert not refused.value.text("zh").isascii()
    event = event_pb2.Event(stream="items/a.x", author="nodes/a")
    event.item_revised.document.CopyFrom(broken)
    with pytest.raises(errors.InvalidInput) as folded:
        ItemFolder().check(None, event)
    assert folded.value.field.startswith("event.item_revised.document.")


def test_a_field_that_the_schema_forbids_could_never_be_filled() -> None:
    broken = document()
    broken.form.add(name="colour", title="颜色", kind="text")
    broken.form_schema = json.dumps({**json.loads(broken.form_schema), "additionalProperties": False})
    with pytest.raises(errors.FieldInvalid) as refused:
        check_document(broken)
    assert refused.value.field == "document.form[2].name"


@pytest.mark.parametrize("text", [" 甲", "甲\n", "甲\u0007乙", "甲\u2028乙", "甲\r\n乙"])
def test_words_that_no_spreadsheet_brings_back(text: str) -> None:
    made = document()
    made.materials[1].issuer = text
    with pytest.raises(errors.FieldInvalid) as refused:
        check_words(made)
    assert refused.value.field == "document.materials[1].issuer"
    check_document(made)  # the fold reads what was admitted once


def test_conditions_decide_what_is_needed() -> None:
    def codes(form: dict[str, str]) -> list[str]:
        return [material.code for material in catalogue.needed(document(), form)]

    assert codes({}) == ["id"]
    assert codes({"marital": "未婚"}) == ["id"]
    assert codes({"marital": " 已婚 "}) == ["spouse", "id"]


def test_what_is_on_the_form() -> None:
    made = document()
    assert [field.name for field in catalogue.fields(made)] == ["marital", "moved"]
    del made.form[:]
    assert [(field.name, field.title) for field in catalogue.fields(made)] == [
        ("marital", "婚姻状况"),
        ("moved", "是否迁址"),
    ]
    assert catalogue.choices(made) == {"marital": ("已婚", "未婚"), "moved": ("是", "否")}


def test_every_field_of_a_document_is_an_element() -> None:
    """Whatever a home region can change, its partners' clerks are told of."""
    told = {element.field for element in data.elements()}
    assert {field.name for field in directory_pb2.ItemDocument.DESCRIPTOR.fields} - told == {"name", "home"}
    parts: dict[str, set[str]] = {}
    for element in data.elements():
        parts.setdefault(element.field, set()).update(part for part, _ in element.parts)
    for field in directory_pb2.ItemDocument.DESCRIPTOR.fields:
        if field.message_type is not None:
            assert {inner.name for inner in field.message_type.fields} == parts[field.name]


def test_every_enumeration_has_its_words() -> None:
    for enum in (directory_pb2.ItemKind, directory_pb2.TrustGrade, directory_pb2.ValidityArea, types_pb2.MaterialForm):
        assert set(OF_ENUMS[enum.DESCRIPTOR.full_name]) == set(enum.values()) - {0}
