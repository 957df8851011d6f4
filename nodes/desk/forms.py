"""What a clerk typed, checked against the home region's own document of the item; then packed to be sealed."""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence

from agreements.domain import catalogue
from agreements.domain.form_schema import FormProblem, FormSchema, form_schema
from nodes.journal.sealer import Sealer
from tongban import errors, identity
from tongban.storage.base import Transaction
from tongban.v1 import application_pb2, directory_pb2, types_pb2, window_pb2

_PHONE = re.compile(r"\+?[0-9][0-9 -]{4,24}")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,62}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,62}")
_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})
# They turn the direction of writing, so that what is read is not what is stored.
_TURNS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
FORM_PART = "form"
MATERIAL_PART = "material-{}"
EXPLANATION_PART = "explanation"
RESULT_PART = "result"
COLLECTION_PART = "collection"
MANDATE_PART = "mandate"
SIGNATURE_PART = "signature"
SURRENDER_PART = "surrender"


def check_form(
    item: directory_pb2.ItemDocument,
    form: Mapping[str, str],
    *,
    today: dt.date | None = None,
    partly: bool = False,
    before: Mapping[str, str] | None = None,
) -> None:
    """Every field that the item asks for, well formed; nothing that it does not ask for.

    A correction has some fields only (`partly`), and `before` is what stood in the form, where it opens here: then the
    whole is looked at, and only what the correction makes wrong is refused.
    """
    known = {field.name: field for field in catalogue.fields(item)}
    for name in form:
        if name not in known:
            raise errors.FieldInvalid(
                field=f"form.{name}", problem=f"事项“{item.title}”的表单没有此项 / not a field of this item's form"
            )
    for name, field in known.items():
        check_text(form.get(name, ""), f"form.{name}", lines=field.kind == "text")
        value = form.get(name, "").strip()
        if not value:
            if field.required and not partly:
                raise errors.FieldInvalid(field=f"form.{name}", problem=f"{field.title}必填 / required")
            continue
        _check_value(field, value, form, today)
    if item.form_schema:
        _check_schema(form_schema(item.form_schema), form, partly=partly, before=before)


def _check_schema(
    schema: FormSchema, form: Mapping[str, str], *, partly: bool, before: Mapping[str, str] | None
) -> None:
    found: Sequence[FormProblem] = schema.problems({**(before or {}), **form})
    if partly and before is not None:
        stood = set(schema.problems(before))
        found = [each for each in found if each not in stood]
    elif partly:
        found = [each for each in found if each.field in form]
    for each in found:
        path = f"form.{each.field}" if each.field else "form"
        raise errors.FieldInvalid(field=path, problem=each.zh, problem_en=each.en, rule=each.rule)


def check_text(text: str, path: str, *, lines: bool = True) -> None:
    """No control character: it hides what is written, turns it round, or moves a printer's cursor."""
    for char in text:
        if (unicodedata.category(char) in _CONTROLS or char in _TURNS) and not (lines and char in "\n\r\t"):
            raise errors.FieldInvalid(
                field=path,
                problem=f"含有看不见的控制字符(U+{ord(char):04X}),请删去后重新输入",
                problem_en=f"it holds a control character (U+{ord(char):04X}): delete it and type anew",
            )


def check_media_type(media_type: str, path: str) -> None:
    """What a file says it is, for whoever saves it; nothing else may stand there."""
    if media_type and not _MEDIA_TYPE.fullmatch(media_type):
        raise errors.FieldInvalid(field=path, problem="应为文件类型,如 image/png / such as image/png is expected")


def _check_value(field: directory_pb2.FormField, value: str, form: Mapping[str, str], today: dt.date | None) -> None:
    path = f"form.{field.name}"
    kind = field.kind
    if kind == "identity":
        kind = form.get("identity_kind", "")
        if kind not in {k.value for k in identity.IdentityKind}:
            raise errors.FieldInvalid(
                field="form.identity_kind", problem="请选择证件类型 / choose the kind of document"
            )
    if kind in {k.value for k in identity.IdentityKind}:
        identity.check(identity.IdentityKind(kind), value, field=path, today=today)
    elif kind == "phone" and not _PHONE.fullmatch(value):
        raise errors.FieldInvalid(field=path, problem=f"{field.title}应为电话号码 / a telephone number")
    elif kind == "date":
        try:
            dt.date.fromisoformat(value)
        except ValueError:
            raise errors.FieldInvalid(field=path, problem=f"{field.title}应为日期,如 2026-11-22 / a date") from None


def check_materials(
    item: directory_pb2.ItemDocument,
    materials: Sequence[window_pb2.MaterialContent],
    form: Mapping[str, str],
    *,
    handed_in: Collection[str] = (),
    before: Mapping[str, str] | None = None,
) -> None:
    """Materials that the item knows, in forms that it takes; those that it requires of this form are there.

    At a correction `before` is the form as it stood and `handed_in` what came with it: then only what the correction
    makes necessary is asked for, since the one notice has named everything else.
    """
    known = {m.code: m for m in item.materials}
    originals: set[str] = set()
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
        check_text(content.serial, f"materials[{index}].serial", lines=False)
        check_media_type(content.media_type, f"materials[{index}].media_type")
        paper = material.form != types_pb2.MATERIAL_FORM_ELECTRONIC
        if paper != (material.pages > 0):
            raise errors.FieldInvalid(
                field=f"materials[{index}].material.pages",
                problem="纸质材料须填页数,电子材料不填 / pages are for paper, which needs them",
            )
        named = bool(material.original) and material.original not in originals
        if (material.form == types_pb2.MATERIAL_FORM_ORIGINAL) != named:
            raise errors.FieldInvalid(
                field=f"materials[{index}].material.original",
                problem="原件须有自己的名称,不重复;其他形式不填 / an original has a name of its own, others none",
            )
        originals.add(material.original)
    given = {content.material.code for content in materials}.union(handed_in)
    asked_before = {each.code for each in catalogue.needed(item, before)} if before is not None else set()
    for each in catalogue.needed(item, form):
        if each.code not in given | asked_before:
            when = f"({each.needed_when_title})" if each.needed_when_title else ""
            raise errors.FieldInvalid(
                field=f"materials.{each.code}" if each.needed_when else "materials",
                problem=f"缺少“{each.title}”{when}",
                problem_en=f"{each.code} is missing",
            )


def pack(form: Mapping[str, str], materials: Sequence[window_pb2.MaterialContent]) -> dict[str, bytes]:
    """The plaintext of the parts to be sealed."""
    parts = {FORM_PART: json.dumps(dict(form), ensure_ascii=False, sort_keys=True).encode("utf-8")} if form else {}
    for index, content in enumerate(materials, start=1):
        parts[MATERIAL_PART.format(index)] = content.SerializeToString()
    return parts


def stored(sealer: Sealer, tx: Transaction, stream: str) -> dict[str, str] | None:
    """The form as it stands, corrections over what was filed; None where it does not open here, or was erased."""
    try:
        parts = [plaintext for _, name, plaintext in sealer.open_all(tx, stream) if name == FORM_PART]
    except (errors.SealNotForUs, errors.AttachmentMismatch):
        return None
    whole: dict[str, str] = {}
    for part in parts:
        whole.update(json.loads(part))
    return whole if parts else None


def readers(route: application_pb2.Route) -> list[str]:
    """The parties' nodes, to whom everything of an application is sealed."""
    return sorted({route.accepting, route.home, route.decider, route.collecting} - {""})
