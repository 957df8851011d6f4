"""At the gateway: a decider may let only those print whom the clause that the application cites lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.kit import ACCEPTING, HOME, OTHER, world
from tongban.v1 import application_pb2


@pytest.fixture
def sqlite_url(tmp_path: Any) -> str:
    """These do not touch what differs between databases."""
    return f"sqlite:///{tmp_path / 'gateway.db'}"


@pytest.mark.parametrize(
    ("printing", "reason"), [(ACCEPTING, "PRINTING_NOT_COVERED"), (OTHER, "FIELD_INVALID"), (HOME, "FIELD_INVALID")]
)
async def test_only_the_decider_prints_unless_it_is_agreed(sqlite_url: str, printing: str, reason: str) -> None:
    async with world(sqlite_url) as w:
        filed = w.file()
        await w.admitted(filed)
        name = filed.event.stream
        w.home.knows(w.accepting, name)
        await w.admitted(
            w.home.make(name, application_pb2.ApplicationAccepted()),
            w.home.make(name, application_pb2.ReviewStarted()),
            w.home.make(name, application_pb2.ApplicationApproved()),
        )
        result = application_pb2.ResultIssued()
        result.documents.add(code="licence", form=1, original="licence", printing=printing)
        assert await w.reason(w.home.make(name, result)) == reason
