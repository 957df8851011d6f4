"""The rows of materials in a form: what may be chosen, what was chosen, and the messages made of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from agreements.domain import catalogue
from nodes.console.forms import Form
from tongban import errors
from tongban.v1 import application_pb2, directory_pb2, types_pb2, window_pb2

OTHERS = ("other-1", "other-2")
_PATH = re.compile(r"materials\[(\d+)\](.*)")


@dataclass(frozen=True, slots=True)
class Row:
    """A material that may be handed in."""

    code: str
    title: str
    forms: Sequence[int]
    required: bool
    when: str = ""
    """Under which condition it is required; empty for always."""
    copies: int = 0


def rows_of(item: directory_pb2.ItemDocument, *, others: bool = True) -> list[Row]:
    """The item's own list, and room for what it does not list."""
    rows = [Row(m.code, m.title, list(m.forms), m.required, _when(item, m), m.copies) for m in item.materials]
    every = [types_pb2.MATERIAL_FORM_ORIGINAL, types_pb2.MATERIAL_FORM_COPY, types_pb2.MATERIAL_FORM_ELECTRONIC]
    return rows + [Row(code, "其他材料", every, False) for code in OTHERS if others]


def _when(item: directory_pb2.ItemDocument, material: directory_pb2.MaterialRequirement) -> str:
    if material.needed_when_title or not material.needed_when:
        return material.needed_when_title
    titles = {field.name: field.title for field in catalogue.fields(item)}
    return ";".join(f"{titles.get(c.field, c.field)}为{'或'.join(c.values)}" for c in material.needed_when)


def read(form: Form, rows: Iterable[Row], taken: Collection[str] = ()) -> list[window_pb2.MaterialContent]:
    """What was chosen; an original gets a name of its own that is not among `taken`."""
    found: list[window_pb2.MaterialContent] = []
    for row in rows:
        kind = form.integer(f"m-{row.code}-form", f"materials.{row.code}.material.form")
        upload = form.files.get(f"m-{row.code}-file")
        if not kind:
            if upload or form.text(f"m-{row.code}-pages") or form.text(f"m-{row.code}-serial"):
                raise errors.FieldInvalid(
                    field=f"materials.{row.code}", problem=f"请选择“{row.title}”的形式", problem_en="choose its form"
                )
            continue
        if kind == types_pb2.MATERIAL_FORM_ELECTRONIC and upload is None:
            raise errors.FieldInvalid(
                field=f"materials.{row.code}", problem=f"请选择“{row.title}”的文件", problem_en="choose its file"
            )
        path = f"materials.{row.code}.material.pages"
        pages = form.integer(f"m-{row.code}-pages", path) if kind != types_pb2.MATERIAL_FORM_ELECTRONIC else 0
        material = application_pb2.Material(code=row.code, form=cast("types_pb2.MaterialForm", kind), pages=pages)
        if kind == types_pb2.MATERIAL_FORM_ORIGINAL:
            material.original = _fresh(row.code, taken)
        content = window_pb2.MaterialContent(material=material, serial=form.text(f"m-{row.code}-serial"))
        if upload is not None:
            content.content, content.media_type = upload.content, upload.media_type
        found.append(content)
    return found


def _fresh(code: str, taken: Collection[str]) -> str:
    name, number = code, 2
    while name in taken:
        name, number = f"{code}-{number}", number + 1
    return name


def by_code(error: errors.TongbanError, materials: Sequence[window_pb2.MaterialContent]) -> None:
    """Name the row instead of the place in the message, so that the error stands beside it."""
    match = _PATH.fullmatch(error.field)
    if match and int(match[1]) < len(materials):
        error.field = f"materials.{materials[int(match[1])].material.code}{match[2]}"


def names(rows: Iterable[Row], item: directory_pb2.ItemDocument) -> dict[str, str]:
    """What a person calls each field of the message."""
    labels = {f"form.{field.name}": field.title for field in catalogue.fields(item)}
    for row in rows:
        path = f"materials.{row.code}"
        labels |= {
            path: row.title,
            f"{path}.material.pages": f"{row.title} 页数",
            f"{path}.content": f"{row.title} 文件",
        }
        labels |= {f"{path}.material.form": f"{row.title} 形式", f"{path}.serial": f"{row.title} 编号"}
    return labels
