"""What a clerk typed, checked against the home region's own document of the item; then packed to be sealed."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence

from tongban import errors, identity
from tongban.v1 import application_pb2, directory_pb2, types_pb2, window_pb2

_PHONE = re.compile(r"^\+?[0-9][0-9 -]{4,24}$")
FORM_PART = "form"
MATERIAL_PART = "material-{}"
EXPLANATION_PART = "explanation"
RESULT_PART = "result"


def check_form(item: directory_pb2.ItemDocument, form: Mapping[str, str], *, partly: bool = False) -> None:
    """Every field that the item asks for, well formed; nothing that it does not ask for."""
    known = {field.name: field for field in item.form}
    for name in form:
        if name not in known:
            raise errors.FieldInvalid(
                field=f"form.{name}", problem=f"事项“{item.title}”的表单没有此项 / not a field of this item's form"
            )
    for name, field in known.items():
        value = form.get(name, "").strip()
        if not value:
            if field.required and not partly:
                raise errors.FieldInvalid(field=f"form.{name}", problem=f"{field.title}必填 / required")
            continue
        _check_value(field, value, form)


def _check_value(field: directory_pb2.FormField, value: str, form: Mapping[str, str]) -> None:
    path = f"form.{field.name}"
    kind = field.kind
    if kind == "identity":
        kind = form.get("identity_kind", "")
        if kind not in {k.value for k in identity.IdentityKind}:
            raise errors.FieldInvalid(
                field="form.identity_kind", problem="请选择证件类型 / choose the kind of document"
            )
    if kind in {k.value for k in identity.IdentityKind}:
        identity.check(identity.IdentityKind(kind), value, field=path)
    elif kind == "phone" and not _PHONE.match(value):
        raise errors.FieldInvalid(field=path, problem=f"{field.title}应为电话号码 / a telephone number")
    elif kind == "date":
        try:
            dt.date.fromisoformat(value)
        except ValueError:
            raise errors.FieldInvalid(field=path, problem=f"{field.title}应为日期,如 2026-11-22 / a date") from None


def check_materials(
    item: directory_pb2.ItemDocument, materials: Sequence[window_pb2.MaterialContent], *, partly: bool = False
) -> None:
    """Materials that the item knows, in forms that it takes; those that it requires are there."""
    known = {m.code: m for m in item.materials}
    for index, content in enumerate(materials):
        material = content.material
        asked = known.get(material.code)
        if asked is None and not material.code.startswith("other-"):
            raise errors.FieldInvalid(
                field=f"materials[{index}].material.code",
                problem=f"材料清单无“{material.code}” / not in the item's list",
            )
        if asked is not None and material.form not in asked.forms:
            raise errors.FieldInvalid(
                field=f"materials[{index}].material.form",
                problem=f"“{asked.title}”不收此种形式 / not taken in this form",
            )
        paper = material.form != types_pb2.MATERIAL_FORM_ELECTRONIC
        if paper != (material.pages > 0):
            raise errors.FieldInvalid(
                field=f"materials[{index}].material.pages", problem="纸质材料须填页数 / pages for paper only"
            )
    if partly:
        return
    given = {content.material.code for content in materials}
    for code, asked in known.items():
        if asked.required and code not in given:
            raise errors.FieldInvalid(field="materials", problem=f"缺少“{asked.title}” / {code} is missing")


def pack(form: Mapping[str, str], materials: Sequence[window_pb2.MaterialContent]) -> dict[str, bytes]:
    """The plaintext of the parts to be sealed."""
    parts = {FORM_PART: json.dumps(dict(form), ensure_ascii=False, sort_keys=True).encode("utf-8")} if form else {}
    for index, content in enumerate(materials, start=1):
        parts[MATERIAL_PART.format(index)] = content.SerializeToString()
    return parts


def readers(route: application_pb2.Route) -> list[str]:
    """The parties' nodes, to whom everything of an application is sealed."""
    return sorted({route.accepting, route.home, route.decider, route.collecting} - {""})
