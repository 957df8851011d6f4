"""YAML as a tree of values with their lines, before anybody asks what they mean.

Aliases, tags and several documents have no place in a text that people sign, and depth and size are bounded before
anything is built, so that no file takes more than its own size.
"""

from __future__ import annotations

from typing import Final

import yaml

from tongban import errors

MAXIMUM_BYTES: Final = 256 * 1024
_DEEPEST: Final = 12
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})

Node = yaml.Node


def compose(raw: bytes) -> yaml.MappingNode:
    """The one document of a file, a mapping; FieldInvalid with the line for anything else."""
    if len(raw) > MAXIMUM_BYTES:
        raise errors.MessageTooLarge(field="file", size=len(raw), limit=MAXIMUM_BYTES)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise refused(
            line, "", "文件不是 UTF-8 编码,请另存为 UTF-8", "the file is not UTF-8; save it as UTF-8"
        ) from None
    try:
        _look_over(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        unclosed = "end of stream" in (error.problem or "")  # A quote that is not closed is wrong where it opens.
        mark = (error.context_mark if unclosed else None) or error.problem_mark or error.context_mark
        problem = error.problem or "syntax"
        raise refused(
            mark.line + 1 if mark else 1,
            "",
            f"不是有效的 YAML:请检查这一行及其上一行的缩进、冒号后的空格和引号({problem})",
            f"not valid YAML: look at the indentation, the space after the colon and the quotes here ({problem})",
        ) from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise refused(line, "", "含有不可见的控制字符,请删去", "it holds a control character; remove it") from None
    if root is None:
        raise refused(1, "", "文件是空的", "the file is empty")
    if not isinstance(root, yaml.MappingNode):
        raise refused(line_of(root), "", "应为“键: 值”的形式", "`key: value` is expected")
    return root


def line_of(node: Node) -> int:
    """The line on which a value stands, from 1."""
    return int(node.start_mark.line) + 1


def is_nothing(node: Node) -> bool:
    """Whether a key stands there with nothing behind it."""
    return isinstance(node, yaml.ScalarNode) and node.style is None and node.value in _NULLS


def refused(line: int, place: str, zh: str, en: str) -> errors.FieldInvalid:
    """What is wrong at a line."""
    where = f" {place}" if place else ""
    return errors.FieldInvalid(
        field=f"第 {line} 行{where}", field_en=f"line {line}{where}", problem=zh, problem_en=en, line=line
    )


def _look_over(text: str) -> None:
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        documents += isinstance(event, yaml.DocumentStartEvent)
        if documents > 1:
            raise refused(line, "", "一个文件只写一份文本,请删去“---”及其后的内容", "a file holds one text")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise refused(
                line, "", "不能使用 & 和 * 引用,请写全;含这些符号的文字请加引号", "write out what & or * stands for"
            )
        if getattr(event, "tag", None):
            raise refused(
                line, "", "不能使用以 ! 开头的标记;含此符号的文字请加引号", "no tags; quote what begins with !"
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                raise refused(line, "", "嵌套过深", "nested too deeply")
        depth -= isinstance(event, yaml.CollectionEndEvent)
