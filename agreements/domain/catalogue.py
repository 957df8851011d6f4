"""An item's document beyond its field rules: what must hold together before a window works with it.

`check_document` is the law: publishing refuses what breaks it, the gateway's admission refuses it again, and every
node that folds the event makes the same check.  It looks at what the federation needs to run the item: the codes are
well formed (and never taken apart), the form is one that can be filled, every condition names a field of that form,
nothing stands twice, and a result that is recognised by listed regions lists them.

`check_words` is for whoever publishes: words that no spreadsheet can carry are refused at the desk, not in the fold,
since no document that was admitted once may become unreadable.

`fields` is the one answer to "what is on this form": the fields that the document names, then those that only its
JSON Schema has.  `needed` is the one answer to "is this material required of this applicant".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from google.protobuf.message import Message

from agreements.domain.form_schema import FormSchema, form_schema
from tongban import errors
from tongban.itemcodes import ItemCodeForm, check_item_code
from tongban.lifecycle import directory
from tongban.v1 import directory_pb2, event_pb2

_BASES = frozenset({ItemCodeForm.BASE, ItemCodeForm.BASE_OLD})
_STANDARD = frozenset({31, 33, 34})
"""The lengths of 实施编码 and 业务办理项编码; a code of another length is a local one, bound by its base code."""


class ItemFolder(directory.ItemFolder):
    """Folds `items/…`, with the catalogue's own law."""

    def check(self, state: directory_pb2.Item | None, event: event_pb2.Event) -> None:
        """What the kernel's folder checks, and what must hold together."""
        super().check(state, event)
        body = event.WhichOneof("body")
        if body in ("item_published", "item_revised"):
            check_document(getattr(event, body).document, f"event.{body}.document")


def check_document(document: directory_pb2.ItemDocument, path: str = "document") -> None:
    """FieldInvalid for the first thing that does not hold together, with its path."""
    _check_codes(document, path)
    schema = form_schema(document.form_schema, f"{path}.form_schema") if document.form_schema else None
    _check_form(document, schema, path)
    for place, material in enumerate(document.materials):
        _check_conditions(document, material, f"{path}.materials[{place}]")
    _once([material.code for material in document.materials], f"{path}.materials", "code")
    _once([result.code for result in document.results], f"{path}.results", "code")
    _once([fee.title for fee in document.fees], f"{path}.fees", "title")
    _once([(law.title, law.article) for law in document.legal_bases], f"{path}.legal_bases", "title")
    _once(document.agreed_differences, f"{path}.agreed_differences")
    for place, result in enumerate(document.results):
        _check_result(result, f"{path}.results[{place}]")


def schema_of(document: directory_pb2.ItemDocument) -> FormSchema | None:
    """The document's JSON Schema, or None where `form` says it all."""
    return form_schema(document.form_schema) if document.form_schema else None


def fields(document: directory_pb2.ItemDocument) -> list[directory_pb2.FormField]:
    """What is on the form, in order: what the document names, then what only its schema has."""
    found = list(document.form)
    schema = schema_of(document)
    known = {field.name for field in found}
    for each in schema.properties if schema is not None else ():
        if each.name not in known:
            kind = "date" if each.format == "date" else "text"
            found.append(
                directory_pb2.FormField(name=each.name, title=each.title[:80], required=each.required, kind=kind)
            )
    return found


def choices(document: directory_pb2.ItemDocument) -> dict[str, tuple[str, ...]]:
    """The values that a field is limited to, for those that are."""
    schema = schema_of(document)
    yes_no = ("是", "否")
    return {
        each.name: yes_no if each.type == "boolean" else each.choices
        for each in (schema.properties if schema is not None else ())
        if each.choices or each.type == "boolean"
    }


def applies(material: directory_pb2.MaterialRequirement, form: Mapping[str, str]) -> bool:
    """Whether every condition of a material holds for a form; a field that is not filled fulfils none."""
    return all(form.get(each.field, "").strip() in each.values for each in material.needed_when)


def needed(document: directory_pb2.ItemDocument, form: Mapping[str, str]) -> list[directory_pb2.MaterialRequirement]:
    """The materials without which this application is incomplete."""
    return [material for material in document.materials if material.required and applies(material, form)]


def check_words(message: Message, path: str = "document") -> None:
    """No control characters but line breaks, and no spaces around: a spreadsheet would not bring them back."""
    for descriptor, value in message.ListFields():
        where = f"{path}.{descriptor.name}"
        values: Iterable[tuple[str, object]] = (
            [(f"{where}[{place}]", each) for place, each in enumerate(value)]
            if descriptor.is_repeated
            else [(where, value)]
        )
        for at, each in values:
            if isinstance(each, Message):
                check_words(each, at)
            elif isinstance(each, str):
                _check_text(each, at)


def _check_text(text: str, path: str) -> None:
    if text != text.strip():
        raise errors.FieldInvalid(
            field=path, problem="前后有空格或空行,请删去", problem_en="it begins or ends with a space: take it away"
        )
    for char in text:
        # U+FFFE and U+FFFF are no characters, and XML takes neither.
        if (char != "\n" and unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")) or char in "\ufffe\uffff":
            raise errors.FieldInvalid(
                field=path,
                problem=f"含有看不见的控制字符(U+{ord(char):04X}),请删去",
                problem_en=f"it holds a control character (U+{ord(char):04X}): take it away",
            )


def _check_codes(document: directory_pb2.ItemDocument, path: str) -> None:
    if document.item_code and len(document.item_code) in _STANDARD:
        _normal(document.item_code, f"{path}.item_code")
    elif document.item_code and not document.base_code:
        raise errors.FieldInvalid(
            field=f"{path}.item_code",
            problem="不是 31 位实施编码;地方编码须同时填写基本编码",
            problem_en="it is no implementation code of 31 characters; a local one needs its base code beside it",
        )
    if document.base_code and _normal(document.base_code, f"{path}.base_code") not in _BASES:
        raise errors.FieldInvalid(
            field=f"{path}.base_code",
            problem="应为 12 位或旧版 10 位基本编码",
            problem_en="a base code has 12 characters, an older one 10",
        )


def _normal(code: str, path: str) -> ItemCodeForm:
    found = check_item_code(code, path)
    if found.text != code:
        # One item, one spelling: codes are compared as they stand.
        raise errors.FieldInvalid(
            field=path, problem=f"应写作 {found.text}(大写、半角、无空格)", problem_en=f"write it {found.text}"
        )
    return found.form


def _check_form(document: directory_pb2.ItemDocument, schema: FormSchema | None, path: str) -> None:
    if schema is None or not document.form:
        return
    known = {field.name for field in document.form}
    for each in schema.properties:
        if each.name not in known:
            raise errors.FieldInvalid(
                field=f"{path}.form_schema.properties.{each.name}",
                problem=f"表单字段中没有“{each.name}”;两处须一致,或只填一处",
                problem_en=f"the form has no field {each.name}: both must agree, or only one be given",
            )
    # The other way round a field may have no rule; one that the schema forbids could never be filled.
    for place, field in enumerate(document.form):
        found = [p for p in schema.problems({field.name: "x"}) if p.field == field.name]
        if any(p.rule in ("additionalProperties", "unevaluatedProperties") for p in found):
            raise errors.FieldInvalid(
                field=f"{path}.form[{place}].name",
                problem=f"表单结构(JSON Schema)不允许“{field.name}”",
                problem_en=f"the JSON Schema does not allow {field.name}",
            )


def _check_conditions(
    document: directory_pb2.ItemDocument, material: directory_pb2.MaterialRequirement, path: str
) -> None:
    names = {field.name for field in fields(document)} if material.needed_when else set()
    limited = choices(document) if material.needed_when else {}
    for place, condition in enumerate(material.needed_when):
        where = f"{path}.needed_when[{place}]"
        if condition.field not in names:
            raise errors.FieldInvalid(
                field=f"{where}.field",
                problem=f"本事项的表单没有字段“{condition.field}”",
                problem_en=f"this item's form has no field {condition.field}",
            )
        allowed = limited.get(condition.field)
        for each, value in enumerate(condition.values):
            if not value.strip():
                raise errors.FieldInvalid(
                    field=f"{where}.values[{each}]", problem="条件的值不能为空", problem_en="a value must not be empty"
                )
            if allowed is not None and value not in allowed:
                raise errors.FieldInvalid(
                    field=f"{where}.values[{each}]",
                    problem=f"“{value}”不是字段“{condition.field}”可填的值",
                    problem_en=f"{value} is no value that {condition.field} may have",
                )
        _once(condition.values, f"{where}.values")
    _once([condition.field for condition in material.needed_when], f"{path}.needed_when", "field")


def _check_result(result: directory_pb2.ItemResult, path: str) -> None:
    listed = result.validity == directory_pb2.VALIDITY_AREA_LISTED
    if listed != bool(result.recognised_by):
        raise errors.FieldInvalid(
            field=f"{path}.recognised_by",
            problem="有效范围为“列明地区”时须列出认可的节点,其他范围不填",
            problem_en="where the validity area is a list, the nodes are listed, and nowhere else",
        )
    _once(result.recognised_by, f"{path}.recognised_by")
    _once(result.forms, f"{path}.forms")


def _once(values: Sequence[object], path: str, field: str = "") -> None:
    seen = set()
    for place, value in enumerate(values):
        if value in seen:
            raise errors.FieldInvalid(
                field=f"{path}[{place}]{f'.{field}' if field else ''}",
                problem="重复列入",
                problem_en="it is listed twice",
            )
        seen.add(value)
