"""What a trial holds: nobody, nothing on paper, and what was read of it."""

from __future__ import annotations

import json

import pytest

from nodes.desk import forms
from nodes.trial import papers
from tongban import errors, identity
from tongban.v1 import directory_pb2, types_pb2, window_pb2

SCHEMA = {
    "type": "object",
    "properties": {"applicant_name": {"type": "string"}, "reason": {"type": "string", "enum": ["迁入", "迁出"]}},
}
ORIGINAL, ELECTRONIC = types_pb2.MATERIAL_FORM_ORIGINAL, types_pb2.MATERIAL_FORM_ELECTRONIC
ITEM = directory_pb2.ItemDocument(
    title="户口迁移",
    form=[
        directory_pb2.FormField(name="applicant_name", title="姓名", required=True, kind="text"),
        directory_pb2.FormField(name="identity_kind", title="证件类型", required=True, kind="text"),
        directory_pb2.FormField(name="identity_number", title="证件号码", required=True, kind="identity"),
        directory_pb2.FormField(name="passport", title="护照", kind="passport"),
        directory_pb2.FormField(name="phone", title="电话", kind="phone"),
        directory_pb2.FormField(name="since", title="日期", kind="date"),
    ],
    form_schema=json.dumps(SCHEMA, ensure_ascii=False),
    materials=[
        directory_pb2.MaterialRequirement(code="scan", title="扫描件", required=True, forms=[ORIGINAL, ELECTRONIC]),
        directory_pb2.MaterialRequirement(code="deed", title="原件", required=True, forms=[ORIGINAL]),
    ],
)


def test_the_applicant_is_nobody() -> None:
    filled = papers.form(ITEM)
    assert filled.keys() == {
        "applicant_name",
        "identity_kind",
        "identity_number",
        "passport",
        "phone",
        "since",
        "reason",
    }
    assert filled["reason"] == "迁入"
    assert "试运行" in filled["applicant_name"]
    with pytest.raises(errors.IdentityNumberInvalid):
        identity.check(identity.IdentityKind.RESIDENT_ID, filled["identity_number"])


def test_nothing_is_on_paper() -> None:
    contents = papers.materials(ITEM, papers.form(ITEM), in_return=True)
    assert [each.material.code for each in contents] == ["scan", papers.WISH]
    assert all(each.material.form == ELECTRONIC and not each.material.original for each in contents)


@pytest.mark.parametrize("in_return", [True, False])
def test_the_wish_is_read_out_of_the_sealed_parts(in_return: bool) -> None:
    filled = papers.form(ITEM)
    parts = forms.pack(filled, papers.materials(ITEM, filled, in_return=in_return))
    assert papers.wishes_return(parts) is in_return


def test_what_was_read_differs_with_any_part() -> None:
    parts = {"form": b"a", "material-1": b"b"}
    said = {
        papers.reading(each)
        for each in (parts, {**parts, "form": b"c"}, {"form": b"a"}, {"form": b"b", "material-1": b"a"})
    }
    assert len(said) == 4
    assert papers.reading(dict(reversed(parts.items()))) == papers.reading(parts)


@pytest.mark.parametrize("said", [b"{", b"[]", b"7", b"[" * 200_000, b"\xff"])
def test_a_wish_that_is_none_asks_for_nothing_and_stops_nobody(said: bytes) -> None:
    content = window_pb2.MaterialContent(content=said)
    content.material.code = papers.WISH
    assert papers.wishes_return({"m": content.SerializeToString(), "n": b"\xff"}) is False
