"""An agreement written as YAML: what is written is read as the same, and what is wrong is named with its line."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.domain import documents
from agreements.written import KINDS, Written, fill, keys, read, template, write
from tests.agreements.making import agreement, node, root_fingerprint
from tongban import errors
from tongban.v1 import agreement_pb2

WHOLE = agreement_pb2.AgreementDocument.DESCRIPTOR
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def messages(found: Any) -> list[Any]:
    inner = [f.message_type for f in found.fields if f.message_type is not None and f.message_type.name != "Date"]
    return [found, *(each for kind in inner for each in messages(kind))]


@st.composite
def filled(draw: Callable[[Any], Any], made: Message) -> Message:
    """A message of which every field may hold anything that its type can."""
    for field in made.DESCRIPTOR.fields:
        count = draw(st.integers(0, 2))
        if field.message_type is not None and field.message_type.name == "Date":
            if count:
                day = draw(st.dates())
                target = getattr(made, field.name)
                target.year, target.month, target.day = day.year, day.month, day.day
        elif field.message_type is not None:
            if field.is_repeated:
                for _ in range(count):
                    draw(filled(getattr(made, field.name).add()))
            elif count:
                inner = getattr(made, field.name)
                inner.SetInParent()
                inner.title = "章"  # the contract demands it, and an empty seal would be no seal
        elif field.is_repeated:
            getattr(made, field.name).extend(draw(value(field)) for _ in range(count))
        elif count:
            setattr(made, field.name, draw(value(field)))
    return made


def value(field: Any) -> st.SearchStrategy[Any]:
    match field.type:
        case FieldDescriptor.TYPE_STRING:
            known = keys.texts_of(field)
            if known:
                return st.sampled_from([*known, "x-y", "fr"])
            prefix = keys.PREFIXES.get(keys.path_of(field))
            names = st.text("ABCabc0123456789._-", min_size=1, max_size=12)
            return names.map(lambda name: f"{prefix}{name}") if prefix else TEXT
        case FieldDescriptor.TYPE_BYTES:
            return st.binary(max_size=40)
        case FieldDescriptor.TYPE_BOOL:
            return st.booleans()
        case FieldDescriptor.TYPE_ENUM:
            return st.sampled_from([each.number for each in field.enum_type.values if each.number])
        case _:
            return st.integers(0, 999_999_999)


@settings(max_examples=100)
@given(st.builds(agreement_pb2.AgreementDocument).flatmap(filled))
def test_what_is_written_is_read_as_the_same(document: agreement_pb2.AgreementDocument) -> None:
    if not document.ListFields():
        return
    assert read(write(document).encode()).document == document


@pytest.mark.parametrize("found", messages(WHOLE), ids=lambda found: found.name)
def test_every_field_has_one_key_and_every_value_one_word(found: Any) -> None:
    named = [keys.key_of(field) for field in found.fields]
    assert len(set(named)) == len(named)
    for field in found.fields:
        if field.enum_type is not None:
            words = keys.values_of(field)
            assert set(words) == {each.number for each in field.enum_type.values} - {0}
            assert len(set(words.values())) == len(words)


@pytest.mark.parametrize("kind", KINDS)
def test_the_samples_are_whole(kind: str) -> None:
    written = read(template(kind).encode())
    known = {f"nodes/{code}": node(f"nodes/{code}") for code in ("350600", "445100", "440500", "350000")}
    assert fill(written.document, known, None) == tuple(party.node for party in written.document.parties)
    documents.check(written.document)
    assert read(write(written.document).encode()).document == written.document


def test_the_sample_explains_every_key() -> None:
    explained = "".join(template(kind) for kind in KINDS)
    for found in messages(WHOLE):
        for field in found.fields:
            if keys.path_of(field) not in ("Party.region", "Party.root_fingerprint"):
                assert f"{keys.key_of(field)}:" in explained, keys.path_of(field)


SOUND = """\
协议编号: one
标题: 协议
参与方:
  - 节点: a
  - 节点: b
条款:
  - 编号: c1
    业务属地: a
    事项: [a.x]
    办理方式: [异地代收代办]
    决定机关: 业务属地
    收费:
      - {名目: 工本费, 金额元: 12.5, 付费方: 申请人}
生效日: 2025-01-01
"""
KNOWN = {"nodes/a": node("nodes/a"), "nodes/b": node("nodes/b")}


def test_a_short_text_is_filled_from_the_directory() -> None:
    written = read(SOUND.encode())
    assert written.document.clauses[0].fees[0].amount_fen == 1250
    assert fill(written.document, KNOWN, None) == ("nodes/a", "nodes/b")
    assert [party.region for party in written.document.parties] == ["a", "b"]
    assert written.document.parties[0].root_fingerprint == root_fingerprint("nodes/a")
    assert written.document.document_version == 1
    documents.check(written.document)
    # What was written stays, and what is not in the directory is named with its line.
    again = read(SOUND.replace("节点: a", f"节点: a\n    根密钥指纹: {'ab' * 32}").encode())
    assert fill(again.document, KNOWN, None) == ("nodes/b",)
    assert again.document.parties[0].root_fingerprint == bytes.fromhex("ab" * 32)
    with pytest.raises(errors.NodeNotFound) as caught:
        fill(read(SOUND.encode()).document, {"nodes/a": KNOWN["nodes/a"]}, None)
    assert caught.value.field == "document.parties[1].node"


def test_the_version_follows_from_where_the_agreement_stands() -> None:
    first = read(SOUND.encode())
    fill(first.document, KNOWN, None)
    for signed, version in ((["nodes/a"], 1), (["nodes/a", "nodes/b"], 2)):
        again = read(SOUND.encode())
        fill(again.document, KNOWN, agreement(first.document, signed=signed))
        assert again.document.document_version == version


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("标题: 协议", "题目: 协议", 2, "没有“题目”这个键。是否应为“标题”?"),
        ("标题: 协议", "标题: 协议\n标题: 又一份", 3, "第 2 行已写过"),
        ("标题: 协议", "标题: [协议]", 2, "应为一个值"),
        ("标题: 协议", "标题:", 2, "没有填写"),
        ("标题: 协议", "标题: *协议", 2, "YAML|引用"),
        ("标题: 协议", "标题: &a 协议", 2, "引用"),
        ("标题: 协议", "标题: !!python/name:os.system x", 2, "标记"),
        ("标题: 协议", "标题: \u0007", 2, "控制字符"),
        ("标题: 协议", "标题: '协议", 2, "YAML"),
        ("  - 节点: a", "  节点: a", 5, "YAML"),
        ("参与方:\n  - 节点: a\n  - 节点: b\n", "参与方: a\n", 3, "应为列表"),
        ("  - 节点: b", "  - b", 5, "应为一组“键: 值”"),
        ("  - 节点: b", "  -", 5, "没有填写"),
        ("[异地代收代办]", "[代办]", 10, "可填:全程网办、异地代收代办、多地联办"),
        ("12.5", "12.555", 13, "元"),
        ("2025-01-01", "2025-02-30", 14, "公历日期"),
        ("2025-01-01", "2025年1月1日", 14, "公历日期"),
        ("生效日: 2025-01-01", "生效日: 2025-01-01\n提前声明日数: 三十", 15, "整数"),
        ("生效日: 2025-01-01", "生效日: 2025-01-01\n试运行: true", 15, "可填:是、否"),
        ("生效日: 2025-01-01", "生效日: 2025-01-01\n---\na: b", 15, "一份文本"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(old: str, new: str, line: int, says: str) -> None:
    assert SOUND.count(old) == 1
    with pytest.raises(errors.FieldInvalid) as caught:
        read(SOUND.replace(old, new).encode())
    assert f"第 {line} 行" in caught.value.text("zh"), caught.value.text("zh")
    assert any(each in caught.value.text("zh") for each in says.split("|")), caught.value.text("zh")
    assert f"line {line}" in caught.value.text("en")
    assert "?{" not in caught.value.text("en")


@pytest.mark.parametrize("raw", [b"", b"# only a comment\n", b"- a\n", b"\xff\xfe", b"[" * 100, b"{" * 50 + b"a"])
def test_what_is_no_such_file_is_refused(raw: bytes) -> None:
    with pytest.raises(errors.FieldInvalid):
        read(raw)
    with pytest.raises(errors.MessageTooLarge):
        read(b"#" * 300_000)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with contextlib.suppress(errors.InvalidInput):
        read(raw)


def checked(text: str) -> tuple[Written, errors.TongbanError]:
    written = read(text.encode())
    fill(written.document, KNOWN, None)
    with pytest.raises(errors.TongbanError) as caught:
        documents.check(written.document)
    return written, caught.value


def test_a_rule_of_the_contract_is_told_with_the_line_of_the_file() -> None:
    written, error = checked(SOUND.replace("业务属地: a", "业务属地: z"))
    assert "第 8 行 条款[1].业务属地" in written.at_its_line(error).text("zh")
    written, error = checked(SOUND.replace("    决定机关: 业务属地\n", ""))
    assert "第 7 行 条款[1]" in written.at_its_line(error).text("zh")
    other = errors.NotParty(field="name", node="nodes/a", stream="x")
    assert written.at_its_line(other) is other


def test_the_page_for_legal_officers_explains_every_key() -> None:
    page = (Path(__file__).parents[2] / "docs" / "agreements.md").read_text("utf-8")
    for found in messages(WHOLE):
        for field in found.fields:
            assert keys.key_of(field) in page, keys.path_of(field)
        for field in found.fields:
            for word in keys.values_of(field).values() if field.enum_type is not None else ():
                assert word in page, word
