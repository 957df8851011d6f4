"""What a clerk types, against the item's own document: each mistake is named by its field, in a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agreements.items import items_of
from nodes.desk import forms
from tests.federation.journey import APPLICANT
from tests.gateway.kit import HOME, ITEM, seed
from tongban import errors
from tongban.v1 import application_pb2, directory_pb2, types_pb2, window_pb2

PAPERLESS = types_pb2.MATERIAL_FORM_ELECTRONIC
ORIGINAL, COPY = types_pb2.MATERIAL_FORM_ORIGINAL, types_pb2.MATERIAL_FORM_COPY
VECTORS: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[1] / "tongban" / "data" / "identity_vectors.yaml").read_text("utf-8")
)["ids"]


@pytest.fixture(scope="module")
def item() -> directory_pb2.ItemDocument:
    """The demonstration's item, as its home publishes it."""
    return next(document for document in items_of(seed(), HOME) if document.name == ITEM)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["note"])
def test_every_kind_of_document_is_taken(item: directory_pb2.ItemDocument, vector: dict[str, Any]) -> None:
    """81, 82 and 83 of Hong Kong, Macao and Taiwan, 9 of foreign residents, 台胞证, credit codes with a letter."""
    form = APPLICANT | {"identity_kind": vector["kind"], "identity_number": vector["v"]}
    forms.check_form(item, form)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"identity_number": "350626199003070011"}, "form.identity_number"),
        ({"identity_number": "35062619900307001"}, "form.identity_number"),
        ({"identity_kind": "taiwan_residence"}, "form.identity_number"),
        ({"identity_kind": "credit_code"}, "form.identity_number"),
        ({"identity_kind": ""}, "form.identity_kind"),
        ({"identity_kind": "library_card"}, "form.identity_kind"),
        ({"applicant_name": "  "}, "form.applicant_name"),
        ({"phone": "call me"}, "form.phone"),
        ({"favourite_colour": "red"}, "form.favourite_colour"),
    ],
)
def test_a_mistake_is_named(item: directory_pb2.ItemDocument, change: dict[str, str], field: str) -> None:
    with pytest.raises(errors.InvalidInput) as refused:
        forms.check_form(item, APPLICANT | change)
    assert refused.value.field == field
    text = refused.value.text("zh")
    assert not text.isascii()
    assert change.get("identity_number", "350626199003070010") not in text


def test_what_is_missing(item: directory_pb2.ItemDocument) -> None:
    for name in ("applicant_name", "identity_number", "phone"):
        form = {k: v for k, v in APPLICANT.items() if k != name}
        required = {f.name for f in item.form if f.required}
        if name in required:
            with pytest.raises(errors.FieldInvalid) as refused:
                forms.check_form(item, form)
            assert refused.value.field == f"form.{name}"
        forms.check_form(item, form, partly=True)


def _material(
    code: str, form: types_pb2.MaterialForm, pages: int = 0, original: str = ""
) -> window_pb2.MaterialContent:
    material = application_pb2.Material(code=code, form=form, pages=pages, original=original)
    return window_pb2.MaterialContent(material=material)


@pytest.mark.parametrize(
    ("materials", "field"),
    [
        ([], "materials"),
        ([_material("no-such", PAPERLESS)], "materials[0].material.code"),
        ([_material("identity-document", ORIGINAL, 1, "card")], "materials[0].material.form"),
        ([_material("identity-document", COPY)], "materials[0].material.pages"),
        ([_material("identity-document", PAPERLESS, 2)], "materials[0].material.pages"),
        ([_material("identity-document", PAPERLESS), _material("other-1", ORIGINAL)], "materials[1].material.pages"),
    ],
)
def test_materials(item: directory_pb2.ItemDocument, materials: list[window_pb2.MaterialContent], field: str) -> None:
    with pytest.raises(errors.FieldInvalid) as refused:
        forms.check_materials(item, materials, APPLICANT)
    assert refused.value.field == field


@given(st.dictionaries(st.text(max_size=40), st.text(max_size=60), max_size=8))
def test_any_form_is_judged_and_never_breaks(form: dict[str, str]) -> None:
    document = next(d for d in items_of(seed(), HOME) if d.name == ITEM)
    field = "form."
    try:
        forms.check_form(document, form)
    except errors.InvalidInput as error:
        field = error.field
    assert field.startswith("form.")


@given(st.dictionaries(st.text(max_size=10), st.text(max_size=20), min_size=1, max_size=5))
def test_what_is_packed_is_what_was_typed(form: dict[str, str]) -> None:
    parts = forms.pack(form, [_material("identity-document", PAPERLESS)])
    assert set(parts) == {"form", "material-1"}
    assert json.loads(parts["form"]) == form
    assert window_pb2.MaterialContent.FromString(parts["material-1"]).material.code == "identity-document"


def _married(item: directory_pb2.ItemDocument, **schema: Any) -> directory_pb2.ItemDocument:
    """The item with a form of its own, and a material that depends on it."""
    made = directory_pb2.ItemDocument()
    made.CopyFrom(item)
    rules: dict[str, Any] = {"marital": {"enum": ["已婚", "未婚"]}, "since": {"format": "date", "type": "string"}}
    made.form.add(name="marital", title="婚姻状况", kind="text")
    made.form.add(name="since", title="结婚日期", kind="text")
    made.form_schema = json.dumps({"type": "object", "properties": rules, **schema}, ensure_ascii=False)
    spouse = made.materials.add(code="spouse", title="配偶身份证", forms=[COPY], required=True)
    spouse.needed_when.add(field="marital", values=["已婚"])
    return made


def test_a_correction_is_refused_only_for_what_it_makes_wrong(item: directory_pb2.ItemDocument) -> None:
    whole = _married(item, required=["marital"])
    # Filed before the home region asked for it: that is not what the clerk corrects.
    forms.check_form(whole, {"phone": "13900000000"}, partly=True, before=APPLICANT)
    # Where the form does not open here, what is supplied is judged for itself.
    forms.check_form(whole, {"phone": "13900000000"}, partly=True)
    for before in (APPLICANT, None):
        with pytest.raises(errors.FieldInvalid) as refused:
            forms.check_form(whole, {"since": "不记得"}, partly=True, before=before)
        assert refused.value.field == "form.since"
    with pytest.raises(errors.FieldInvalid) as refused:
        forms.check_form(whole, APPLICANT)
    assert refused.value.field == "form.marital"


def test_a_condition_asks_for_a_material(item: directory_pb2.ItemDocument) -> None:
    whole = _married(item)
    card = [_material("identity-document", PAPERLESS)]
    forms.check_materials(whole, card, APPLICANT | {"marital": "未婚"})
    with pytest.raises(errors.FieldInvalid) as refused:
        forms.check_materials(whole, card, APPLICANT | {"marital": "已婚"})
    assert refused.value.field == "materials.spouse"
    forms.check_materials(whole, [*card, _material("spouse", COPY, 1)], APPLICANT | {"marital": "已婚"})
    # At a correction: what the new form asks for beyond the old one, less what came before.
    single, married = APPLICANT | {"marital": "未婚"}, APPLICANT | {"marital": "已婚"}
    forms.check_materials(whole, [], married, before=married)
    forms.check_materials(whole, [], married, before=single, handed_in={"spouse"})
    with pytest.raises(errors.FieldInvalid):
        forms.check_materials(whole, [], married, before=single)
