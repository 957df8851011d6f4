"""An item's form as a JSON Schema (2020-12): read within bounds, and asked about what a clerk typed.

A schema is a stranger's text that every window in the federation runs, so it is bounded before it is believed: its
bytes, its depth, and how much there is to look at once every reference is followed (a schema that doubles itself ten
times is small as text).  References stay within the schema and never come back to where they began; nothing is ever
fetched.  Patterns are matched by RE2, in time linear in what was typed.  What passes may be asked of any form.

A window's form is a map of names to texts, so a property is a text, a number or a yes/no; a list or an object has no
place to be typed and is refused when the item is published, not when somebody stands at the desk.

`FormSchema.problems` gives what is wrong with a form, each with the field it concerns; an empty field counts as not
filled in.  A correction changes some fields of a form that is there already, so `problems` may be asked twice and only
what is new is the clerk's to mend.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import jsonschema
import re2
import referencing
from jsonschema import Draft202012Validator, FormatChecker

from tongban import errors

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MAX_BYTES: Final = 16 * 1024
MAX_DEPTH: Final = 16
MAX_STEPS: Final = 4000
MAX_FIELDS: Final = 100
MAX_PATTERN: Final = 200
MAX_DIGITS: Final = 20

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_POINTER: Final = re.compile(r"#/\$defs/([A-Za-z0-9_.-]{1,80})")
_UNTAKEN: Final = frozenset(
    {"$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary", "$recursiveRef", "patternProperties"}
)
_FIGURES: Final = {"integer": int, "number": float}
_WORDS: Final = {"true": True, "false": False, "是": True, "否": False}
_NAMED: Final = frozenset({"properties", "dependentSchemas"})
_PLAIN: Final = frozenset({"enum", "const", "default", "examples", "$defs", "required", "dependentRequired"})
_SCALARS: Final = frozenset({"string", "integer", "number", "boolean"})


@dataclass(frozen=True, slots=True)
class FormProblem:
    """What is wrong with a form; `field` is empty where it concerns no single field."""

    field: str
    rule: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Property:
    """A field as the schema has it, for whoever makes a form of it."""

    name: str
    title: str
    type: str
    format: str
    required: bool
    choices: tuple[str, ...]


def form_schema(text: str, path: str = "form_schema") -> FormSchema:
    """The schema; FieldInvalid says what is wrong with it, `path` where it stands."""
    return _read(text, path)


class FormSchema:
    """A schema that was found good."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema
        # A registry of its own: without one, the library would fetch what a reference names.
        self._validator = _Validator(schema, registry=referencing.Registry(), format_checker=_FORMATS)

    @property
    def properties(self) -> tuple[Property, ...]:
        """Its fields, in the schema's order."""
        required = set(self._schema.get("required", ()))
        return tuple(self._property(name, name in required) for name in self._schema["properties"])

    def _property(self, name: str, required: bool) -> Property:
        found = self._resolved(name)
        choices = found.get("enum", (found["const"],) if "const" in found else ())
        return Property(
            name,
            str(found.get("title", "")) or name,
            _type(found),
            str(found.get("format", "")),
            required,
            tuple(_shown(choice) for choice in choices if choice is not None),
        )

    def _resolved(self, name: str) -> dict[str, Any]:
        found: Any = self._schema["properties"][name]
        while isinstance(found, dict) and "$ref" in found:
            rest = {key: value for key, value in found.items() if key != "$ref"}
            target = _target(self._schema, found["$ref"])
            found = {**(target if isinstance(target, dict) else {}), **rest}
        return found if isinstance(found, dict) else {}

    def problems(self, form: Mapping[str, str]) -> tuple[FormProblem, ...]:
        """What is wrong with what was typed, in the schema's order of fields."""
        typed: dict[str, Any] = {}
        for name, text in form.items():
            if text.strip():
                typed[name] = _value(_type(self._resolved(name)), text.strip()) if name in self._names else text
        found = [self._problem(error) for error in self._validator.iter_errors(typed)]
        order = {name: place for place, name in enumerate(self._names)}
        return tuple(sorted(set(found), key=lambda each: (order.get(each.field, len(order)), each.rule, each.zh)))

    @property
    def _names(self) -> Mapping[str, Any]:
        return self._schema["properties"]  # type: ignore[no-any-return]

    def _problem(self, error: jsonschema.ValidationError) -> FormProblem:
        rule = str(error.validator)
        instance: Any = error.instance
        field = str(error.absolute_path[0]) if error.absolute_path else ""
        if not field and rule in ("required", "dependentRequired"):
            field = next((name for name in _wanted(error.validator_value) if name not in instance), "")
        elif not field and rule in ("additionalProperties", "unevaluatedProperties"):
            field = next((name for name in instance if name not in self._names), "")
        title = self._property(field, False).title if field in self._names else ""
        zh, en = _sentence(rule, error.validator_value)
        return FormProblem(field, rule, f"{title}{zh}", en)


def _wanted(rule: Any) -> list[str]:
    return [name for names in rule.values() for name in names] if isinstance(rule, dict) else list(rule)


def _sentence(rule: str, value: Any) -> tuple[str, str]:
    shown = _shown(value)[:100]
    listed = "、".join(_shown(each) for each in value)[:200] if isinstance(value, list) else shown
    said: dict[str, tuple[str, str]] = {
        "required": ("必填", "it is required"),
        "dependentRequired": ("必填", "it is required"),
        "additionalProperties": ("不是本事项表单的内容", "it is no field of this item's form"),
        "type": ("应为数字或是/否,与表单要求的类型不符", f"it must be of type {shown}"),
        "enum": (f"应为其中之一:{listed}", f"it must be one of: {listed}"),
        "const": (f"应为“{shown}”", f"it must be {shown}"),
        "minLength": (f"至少 {shown} 个字", f"it must have at least {shown} characters"),
        "maxLength": (f"至多 {shown} 个字", f"it must have at most {shown} characters"),
        "minimum": (f"不得小于 {shown}", f"it must be at least {shown}"),
        "maximum": (f"不得大于 {shown}", f"it must be at most {shown}"),
        "exclusiveMinimum": (f"应大于 {shown}", f"it must be more than {shown}"),
        "exclusiveMaximum": (f"应小于 {shown}", f"it must be less than {shown}"),
        "multipleOf": (f"应为 {shown} 的倍数", f"it must be a multiple of {shown}"),
        "pattern": (f"格式不符({shown})", f"it must match {shown}"),
        "format": (f"格式不符({shown})", f"it must be a {shown}"),
    }
    return said.get(rule, ("与表单的要求不符", f"it breaks the form's rule {rule}"))


# Reading, within bounds.


@functools.lru_cache(maxsize=256)
def _read(text: str, path: str) -> FormSchema:
    if len(text.encode("utf-8")) > MAX_BYTES:
        raise _refused(path, f"超过 {MAX_BYTES // 1024} KiB", f"it is longer than {MAX_BYTES // 1024} KiB")
    schema = _parsed(text, path)
    if not isinstance(schema, dict) or schema.get("type") != "object" or not isinstance(schema.get("properties"), dict):
        raise _refused(
            path, '顶层应为 "type": "object" 并列出 properties', "its top must be an object with its properties"
        )
    if schema.get("$schema", DIALECT) != DIALECT:
        raise _refused(f"{path}.$schema", "只收 JSON Schema 2020-12", "only JSON Schema 2020-12 is taken")
    _check_bounds(schema, path)
    try:
        # Patterns are judged by the engine that matches them, further down.
        Draft202012Validator.check_schema(schema, format_checker=FormatChecker(formats=()))
    except jsonschema.SchemaError as error:
        where = ".".join([path, *(str(part)[:40] for part in error.absolute_path)])
        raise _refused(where, "不是有效的 JSON Schema", f"not valid JSON Schema ({error.message[:200]})") from None
    _check_properties(schema, path)
    _Walk(schema, path).run()
    return FormSchema(schema)


def _parsed(text: str, path: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise _refused(path, f"“{key[:40]}”重复", f"{key[:40]} stands twice")
            found[key] = value
        return found

    def number(word: str) -> float:
        value = float(word)
        if not math.isfinite(value):
            raise ValueError
        return value

    def whole(word: str) -> int:
        if len(word) > MAX_DIGITS:
            raise ValueError
        return int(word)

    def no_number(word: str) -> NoReturn:
        raise ValueError

    try:
        return json.loads(text, object_pairs_hook=once, parse_int=whole, parse_float=number, parse_constant=no_number)
    except (ValueError, RecursionError):
        raise _refused(path, "不是有效的 JSON", "not valid JSON") from None


def _check_bounds(schema: Any, path: str) -> None:
    level = [schema]
    for _ in range(MAX_DEPTH):
        level = [inner for each in level for inner in _inner(each)]
        if not level:
            return
    raise _refused(path, f"嵌套超过 {MAX_DEPTH} 层", f"it is nested deeper than {MAX_DEPTH}")


def _inner(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, list) else []


def _check_properties(schema: dict[str, Any], path: str) -> None:
    names = schema["properties"]
    if not 0 < len(names) <= MAX_FIELDS:
        raise _refused(f"{path}.properties", f"应有 1 至 {MAX_FIELDS} 项", f"1 to {MAX_FIELDS} are needed")
    for name in names:
        if not _NAME.fullmatch(name):
            raise _refused(
                f"{path}.properties.{name[:40]}",
                "字段名应为小写字母、数字和下划线,字母开头,至多 40 个",
                "a field's name has lower-case letters, digits and underscores, a letter first, at most 40",
            )
    for name in schema.get("required", ()):
        if name not in names:
            raise _refused(f"{path}.required", f"“{name[:40]}”不在 properties 中", f"{name[:40]} is no property")


class _Walk:
    """Goes through a schema as a validator would, references followed, and counts."""

    def __init__(self, schema: dict[str, Any], path: str) -> None:
        self._schema = schema
        self._path = path
        self._cost: dict[str, int] = {}

    def run(self) -> None:
        for name, found in self._schema["properties"].items():
            self._check_scalar(found, f"{self._path}.properties.{name}", ())
        self._size(self._schema, self._path, ())
        for name in self._schema.get("$defs", {}):
            # Also what nothing refers to yet is checked.
            self._of_target(f"#/$defs/{name}", f"{self._path}.$defs.{name}", ())

    def _size(self, node: Any, where: str, above: tuple[str, ...]) -> int:
        total = 1
        for key, value in node.items() if isinstance(node, dict) else ():
            here = f"{where}.{key[:40]}"
            if key in _UNTAKEN:
                raise _refused(here, f"不收 {key}", f"{key} is not taken")
            if key == "$ref":
                total += self._of_target(value, here, above)
            elif key == "pattern" and isinstance(value, str):
                _pattern(value, here)
            elif key in _NAMED and isinstance(value, dict):
                # Its keys are names of fields, not words of JSON Schema.
                total += sum(self._size(each, f"{here}.{name[:40]}", above) for name, each in value.items())
            elif key not in _PLAIN:
                total += self._size(value, here, above)
            self._check_total(total)
        for place, value in enumerate(node if isinstance(node, list) else ()):
            total += self._size(value, f"{where}[{place}]", above)
            self._check_total(total)
        return total

    def _of_target(self, ref: Any, where: str, above: tuple[str, ...]) -> int:
        if not isinstance(ref, str) or not _POINTER.fullmatch(ref) or _target(self._schema, ref) is None:
            raise _refused(
                where, "只能引用本表单内的 #/$defs/…", "only a reference to #/$defs/… of this schema is taken"
            )
        if ref in above:
            raise _refused(where, "引用回到自身", "the reference comes back to itself")
        if ref not in self._cost:
            self._cost[ref] = self._size(_target(self._schema, ref), where, (*above, ref))
        return self._cost[ref]

    def _check_total(self, total: int) -> None:
        if total > MAX_STEPS:
            raise _refused(self._path, "展开后过大", "it is too large once its references are followed")

    def _check_scalar(self, found: Any, where: str, above: tuple[str, ...]) -> None:
        if not isinstance(found, dict):
            return
        if isinstance(ref := found.get("$ref"), str) and ref not in above and (target := _target(self._schema, ref)):
            self._check_scalar(target, where, (*above, ref))
        if "type" in found and not (isinstance(found["type"], str) and found["type"] in _SCALARS):
            raise _refused(
                f"{where}.type",
                "窗口表单的字段只能是文字、整数、数字或是/否",
                "a field of a window's form is a string, an integer, a number or a boolean",
            )


def _target(schema: Mapping[str, Any], ref: object) -> Any:
    match = _POINTER.fullmatch(ref) if isinstance(ref, str) else None
    return schema.get("$defs", {}).get(match[1]) if match else None


def _refused(path: str, zh: str, en: str) -> errors.FieldInvalid:
    return errors.FieldInvalid(field=path, problem=f"表单结构(JSON Schema)有误:{zh}", problem_en=f"JSON Schema: {en}")


# Asking it.


def _type(found: Mapping[str, Any]) -> str:
    if isinstance(found.get("type"), str):
        return str(found["type"])
    for value in [*found.get("enum", ()), *([found["const"]] if "const" in found else [])]:
        if isinstance(value, bool):
            return "boolean"
        if isinstance(value, int | float):
            return "number"
    return "string"


def _value(kind: str, text: str) -> Any:
    """What was typed, as the schema's type; left a text where it is none, so that the schema refuses it."""
    if kind == "boolean":
        return _WORDS.get(text.lower(), text)
    if kind in _FIGURES and len(text) <= 40 and re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text, re.ASCII):
        try:
            return _FIGURES[kind](text)
        except ValueError:
            return text
    return text


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@functools.lru_cache(maxsize=1024)
def _pattern(text: str, where: str = "") -> Any:
    options = re2.Options()
    options.max_mem, options.log_errors = 1 << 20, False
    try:
        if len(text) > MAX_PATTERN:
            raise ValueError
        return re2.compile(text, options)
    except (re2.error, ValueError):
        raise _refused(
            where,
            f"“{text[:60]}”不是可用的格式(不收环视、反向引用,至多 {MAX_PATTERN} 字)",
            f"{text[:60]} is no pattern that is taken (no look-around, no back-reference, at most {MAX_PATTERN})",
        ) from None


def _matches(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[jsonschema.ValidationError]:
    if isinstance(instance, str) and not _pattern(pattern).search(instance):
        yield jsonschema.ValidationError("does not match")


_FORMATS: Final = FormatChecker(formats=("date", "email"))
_extend: Callable[..., Any] = jsonschema.validators.extend
_Validator: Final = _extend(Draft202012Validator, {"pattern": _matches})
