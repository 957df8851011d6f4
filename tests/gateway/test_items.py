"""What is wrong with an item's document, sent by a node that checks nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agreements.items import items_of
from tests.gateway.kit import HOME, ITEM, seed, world
from tongban.v1 import directory_pb2

Change = Callable[[directory_pb2.ItemDocument], object]

WRONG: dict[str, Change] = {
    "form_schema": lambda d: setattr(d, "form_schema", '{"type": "object", "properties": {"a": {"$ref": "http://x"}}}'),
    "item_code": lambda d: setattr(d, "item_code", "no-code-at-all"),
    "materials[0].needed_when[0].field": lambda d: d.materials[0].needed_when.add(field="nowhere", values=["1"]),
    "results[0].recognised_by": lambda d: d.results.add(
        code="licence", title="证", validity=directory_pb2.VALIDITY_AREA_LISTED
    ),
}


@pytest.fixture
def url(tmp_path: Path) -> str:
    """These do not touch what differs between databases."""
    return f"sqlite:///{tmp_path / 'gateway.db'}"


def published() -> directory_pb2.ItemPublished:
    return directory_pb2.ItemPublished(document=next(each for each in items_of(seed(), HOME) if each.name == ITEM))


@pytest.mark.parametrize("field", WRONG)
async def test_a_document_that_cannot_work_is_not_admitted(url: str, field: str) -> None:
    async with world(url, law=False) as w:
        await w.join(HOME)
        content = published()
        WRONG[field](content.document)
        told = await w.refused(w.home.make(ITEM, content))
        assert [each.reason for each in told] == ["FIELD_INVALID"]
        assert told[0].field.startswith(f"event.item_published.document.{field}")
        assert not told[0].message_zh.isascii()


async def test_a_good_document_is_admitted(url: str) -> None:
    async with world(url, law=False) as w:
        await w.join(HOME)
        content = published()
        content.document.form.add(name="marital", title="婚姻状况", kind="text")
        content.document.form_schema = '{"type": "object", "properties": {"marital": {"maxLength": 40}}}'
        await w.admitted(w.home.make(ITEM, content))
