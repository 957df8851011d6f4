"""A difference between two texts tells every field that differs, and nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.domain.difference import difference
from agreements.domain.difference_words import FIELDS
from tests.agreements.filling import full_document, variants
from tests.agreements.making import clause, document
from tongban.v1 import agreement_pb2

FULL = full_document()
ONE = dict(variants(FULL))
SPARSE = dict(variants(document()))
Document = agreement_pb2.AgreementDocument


def _fields(paths: str) -> list[str]:
    return re.sub(r"\[[^\]]*\]", "", paths).split(".")


@pytest.mark.parametrize("path", ONE)
def test_a_field_that_differs_is_named(path: str) -> None:
    changed = ONE[path]
    assert isinstance(changed, Document)
    told = difference(FULL, changed)
    wanted = _fields(path.split(" ")[0])
    if wanted[-1] in ("node", "id", "step") or path.startswith("clauses[0].fees[0].title"):
        wanted = wanted[:-1]  # what a thing is called: one is struck out and another added
    # Where one field differs one thing is told, or two: what was removed, and what was added.
    assert 1 <= len(told) <= 2, told
    for change in told:
        assert _fields(change.path)[: len(wanted)] == wanted
        assert change.zh.strip()
        assert change.en.strip()
        assert change.zh != change.en


@given(st.lists(st.sampled_from([FULL, document(), *ONE.values(), *SPARSE.values()]), min_size=2, max_size=2))
def test_nothing_differs_exactly_where_the_messages_are_equal(two: list[Document]) -> None:
    old, new = two
    assert (difference(old, new) == ()) == (old == new)
    assert difference(old, old) == ()


@given(st.data())
def test_every_one_of_many_differences_is_named(data: st.DataObject) -> None:
    new = Document.FromString(FULL.SerializeToString())
    scalars = [f for f in Document.DESCRIPTOR.fields if not f.is_repeated and f.message_type is None]
    picked = data.draw(st.sets(st.sampled_from([f.name for f in scalars]), min_size=1))
    for name in picked:
        new.ClearField(name)
    assert {change.path for change in difference(FULL, new)} == picked


def test_clauses_are_matched_by_their_ids() -> None:
    first, second = clause(id="c1", items=["items/a.x", "items/a.y"]), clause(id="c2")
    old = document(first, second)
    changed = clause(id="c1", items=["items/a.y", "items/a.z"], promised=5)
    new = document(second, changed, clause(id="c3"))
    told = {change.path: change for change in difference(old, new)}
    assert set(told) == {"clauses", "clauses[c1].items", "clauses[c1].promised_working_days", "clauses[c3]"}
    items = [change.zh for change in difference(old, new) if change.path == "clauses[c1].items"]
    assert items == ["条款 c1 事项:删去 1 项:items/a.x", "条款 c1 事项:增加 1 项:items/a.z"]
    assert told["clauses[c1].promised_working_days"].zh == "条款 c1 承诺工作日数:由「0」改为「5」"
    assert told["clauses[c1].promised_working_days"].en == "clause c1: promised working days: from “0” to “5”"
    assert told["clauses"].zh == "条款:次序不同"


def test_a_clause_that_is_there_twice_is_still_told() -> None:
    twice = document(clause(), clause())
    assert [change.path for change in difference(document(), twice)] == ["clauses[c1#1]"]


def test_what_nobody_knows_is_told_too() -> None:
    raw = document().SerializeToString()
    assert [
        change.zh for change in difference(Document.FromString(raw), Document.FromString(raw + b"\xf8\x3f\x01"))
    ] == ["有本版本不认识的内容不同"]


def test_every_field_of_the_contract_has_a_word() -> None:
    missing, todo, seen = [], [Document.DESCRIPTOR], set()
    while todo:
        descriptor = todo.pop()
        if descriptor.full_name in seen or descriptor.name == "Date":
            continue
        seen.add(descriptor.full_name)
        for field in descriptor.fields:
            if f"{descriptor.name}.{field.name}" not in FIELDS:
                missing.append(f"{descriptor.name}.{field.name}")
            if field.message_type is not None:
                todo.append(field.message_type)
    assert missing == []
