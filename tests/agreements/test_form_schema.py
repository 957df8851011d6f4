"""An item's JSON Schema: what is refused before anybody files, and what a form is told."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.domain.form_schema import MAX_BYTES, form_schema
from tongban import errors

MARRIAGE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "title": "姓名", "maxLength": 5},
        "marital": {"$ref": "#/$defs/marital"},
        "children": {"type": "integer", "title": "子女数", "minimum": 0, "maximum": 20},
        "since": {"type": "string", "format": "date", "title": "结婚日期"},
        "resident": {"type": "boolean", "title": "是否本地户籍"},
        "plot": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]+$", "title": "地块"},
    },
    "required": ["name"],
    "additionalProperties": False,
    "$defs": {"marital": {"enum": ["已婚", "未婚"], "title": "婚姻状况"}},
    "if": {"properties": {"marital": {"const": "已婚"}}, "required": ["marital"]},
    "then": {"required": ["since"]},
}


def schema(**changes: Any) -> str:
    return json.dumps({**MARRIAGE, **changes}, ensure_ascii=False)


def of(properties: dict[str, Any], **more: Any) -> str:
    return json.dumps({"type": "object", "properties": properties, **more})


@pytest.mark.parametrize(
    ("form", "field", "rule"),
    [
        ({}, "name", "required"),
        ({"name": " "}, "name", "required"),
        ({"name": "超过五个字的姓名"}, "name", "maxLength"),
        ({"name": "陈", "marital": "离异"}, "marital", "enum"),
        ({"name": "陈", "marital": "已婚"}, "since", "required"),
        ({"name": "陈", "children": "两个"}, "children", "type"),
        ({"name": "陈", "children": "21"}, "children", "maximum"),
        ({"name": "陈", "children": "9" * 50}, "children", "type"),
        ({"name": "陈", "since": "2026-02-30"}, "since", "format"),
        ({"name": "陈", "resident": "也许"}, "resident", "type"),
        ({"name": "陈", "plot": "ab-1"}, "plot", "pattern"),
        ({"name": "陈", "other": "1"}, "other", "additionalProperties"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(form: dict[str, str], field: str, rule: str) -> None:
    found = form_schema(schema()).problems(form)
    assert [(each.field, each.rule) for each in found] == [(field, rule)]
    assert not found[0].zh.isascii()
    assert found[0].en


def test_a_good_form_has_no_problem() -> None:
    whole = {"name": "陈", "marital": "已婚", "since": "2020-01-01", "children": "2", "resident": "是", "plot": "AB-12"}
    assert form_schema(schema()).problems(whole) == ()
    assert form_schema(schema()).problems({"name": "陈", "children": ""}) == ()


def test_the_fields_for_a_page() -> None:
    found = {each.name: each for each in form_schema(schema()).properties}
    assert found["marital"].choices == ("已婚", "未婚")
    assert found["marital"].title == "婚姻状况"
    assert [name for name, each in found.items() if each.required] == ["name"]
    assert found["resident"].type == "boolean"


DOUBLING = {f"a{i}": {"allOf": [{"$ref": f"#/$defs/a{i + 1}"}] * 2} for i in range(20)} | {"a20": {}}


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "form_schema"),
        ("{", "form_schema"),
        ("[]", "form_schema"),
        ("[" * 9000, "form_schema"),
        ('{"type": "object"}', "form_schema"),
        ('{"type": "object", "properties": {}}', "form_schema.properties"),
        ('{"type": "object", "properties": {"a": {}, "a": {}}}', "form_schema"),
        ('{"type": "object", "properties": {"a": {"minimum": NaN}}}', "form_schema"),
        ('{"type": "object", "properties": {"a": {"minimum": 1e999}}}', "form_schema"),
        ('{"type": "object", "properties": {"a": {"minimum": ' + "9" * 400 + "}}}", "form_schema"),
        (of({"Name": {}}), "form_schema.properties.Name"),
        (of({"a": {}}, **{"$schema": "http://json-schema.org/draft-07/schema#"}), "form_schema.$schema"),
        (of({"a": {}}, **{"$id": "https://example.org/x"}), "form_schema.$id"),
        (of({"a": {}}, required=["b"]), "form_schema.required"),
        (of({"a": {"type": "array"}}), "form_schema.properties.a.type"),
        (of({"a": {"type": ["string", "null"]}}), "form_schema.properties.a.type"),
        (of({"a": {"type": "text"}}), "form_schema.properties.a.type"),
        (of({"a": {"minLength": -1}}), "form_schema.properties.a.minLength"),
        (of({"a": {"$ref": "https://example.org/x"}}), "form_schema.properties.a.$ref"),
        (of({"a": {"$ref": "file:/etc/passwd"}}), "form_schema.properties.a.$ref"),
        (of({"default": {"$ref": "https://example.org/x"}}), "form_schema.properties.default.$ref"),
        (of({"a": {"$ref": "#/$defs/none"}}), "form_schema.properties.a.$ref"),
        (of({"a": {"$ref": "#"}}), "form_schema.properties.a.$ref"),
        (of({"a": {"$dynamicRef": "#x"}}), "form_schema.properties.a.$dynamicRef"),
        (of({"a": {}}, patternProperties={"x": {}}), "form_schema.patternProperties"),
        (of({"a": {"pattern": "(?=a)b"}}), "form_schema.properties.a.pattern"),
        (of({"a": {"pattern": "("}}), "form_schema.properties.a.pattern"),
        (of({"a": {"pattern": "a" * 201}}), "form_schema.properties.a.pattern"),
        (of({"a": {"pattern": r"(a)\1"}}), "form_schema.properties.a.pattern"),
        (of({"a": {"$ref": "#/$defs/a0"}}, **{"$defs": DOUBLING}), "form_schema"),
        (of({"a": {"title": "长" * MAX_BYTES}}), "form_schema"),
    ],
)
def test_a_schema_out_of_bounds_is_refused(text: str, field: str) -> None:
    with pytest.raises(errors.FieldInvalid) as refused:
        form_schema(text)
    assert refused.value.field == field
    assert not refused.value.text("zh").isascii()
    assert "JSON" in refused.value.text("en")


def test_a_reference_that_comes_back_to_itself() -> None:
    text = of({"a": {"$ref": "#/$defs/b"}}, **{"$defs": {"b": {"allOf": [{"$ref": "#/$defs/b"}]}}})
    with pytest.raises(errors.FieldInvalid, match="comes back to itself"):
        form_schema(text)


def test_a_pattern_that_would_take_for_ever_elsewhere() -> None:
    found = form_schema(of({"a": {"type": "string", "pattern": "^(a+)+$"}}))
    started = time.process_time()
    assert [each.rule for each in found.problems({"a": "a" * 2000 + "b"})] == ["pattern"]
    assert time.process_time() - started < 5


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["object", "string", "#/$defs/a"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "properties", "a", "$ref", "$defs", "allOf", "enum", "if", "required", "not"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON, st.dictionaries(st.sampled_from(["a", "b", "type"]), st.text(max_size=6), max_size=3))
def test_any_schema_is_judged_and_never_breaks(value: Any, form: dict[str, str]) -> None:
    inner = value if isinstance(value, dict) else {"a": value}
    for text in (json.dumps(value), json.dumps({**inner, "type": "object", "properties": {"a": inner}})):
        with contextlib.suppress(errors.FieldInvalid):
            form_schema(text).problems(form)
