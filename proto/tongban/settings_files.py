"""A settings file as somebody left it: edited by hand, cut off, or of another program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tongban.errors import ConfigurationInvalid


def read_settings(path: Path) -> dict[str, Any]:
    """The settings in a file; ConfigurationInvalid where it holds none."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except OSError as error:
        problem = f"不能读取({error.strerror}) / it cannot be read: {error.strerror}"
        raise ConfigurationInvalid(field=str(path), problem=problem) from error
    except ValueError as error:
        place = f"第 {error.lineno} 行" if isinstance(error, json.JSONDecodeError) else "编码"
        place_en = f"at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "not UTF-8"
        raise ConfigurationInvalid(
            field=str(path), problem=f"不是 JSON({place})", problem_en=f"it is no JSON ({place_en})"
        ) from error
    if not isinstance(found, dict):
        raise ConfigurationInvalid(field=str(path), problem="应为 JSON 对象 / a JSON object is expected")
    return found


def wrong_setting(error: ValidationError) -> ConfigurationInvalid:
    """The first setting that is not good, in words."""
    first = error.errors()[0]
    facts = first.get("ctx", {})
    words = {
        "missing": ("缺少此项", "it is missing"),
        "extra_forbidden": ("没有此项设置", "there is no such setting"),
        "less_than_equal": (f"不能大于 {facts.get('le')}", f"it must be at most {facts.get('le')}"),
        "greater_than_equal": (f"不能小于 {facts.get('ge')}", f"it must be at least {facts.get('ge')}"),
        "string_pattern_mismatch": (f"不符合 {facts.get('pattern')}", f"it must match {facts.get('pattern')}"),
        "string_too_short": ("过短", "it is too short"),
        "int_parsing": ("应为整数", "it must be a whole number"),
        "int_type": ("应为整数", "it must be a whole number"),
        "string_type": ("应为文字", "it must be a text"),
        "list_type": ("应为列表", "it must be a list"),
    }
    zh, en = words.get(first["type"], (first["msg"], first["msg"]))
    return ConfigurationInvalid(field=".".join(map(str, first["loc"])), problem=zh, problem_en=en)
