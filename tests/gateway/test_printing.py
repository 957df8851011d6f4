"""At the gateway: a decider may let only those print whom the clause that the application cites lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.kit import ACCEPTING, HOME, OTHER, World, world
from tongban.v1 import application_pb2, types_pb2


@pytest.fixture
def sqlite_url(tmp_path: Any) -> str:
    """These do not touch what differs between databases."""
    return f"sqlite:///{tmp_path / 'gateway.db'}"


async def approved(w: World) -> str:
    """An application that waits for its result."""
    filed = w.file()
    await w.admitted(filed)
    name: str = filed.event.stream
    w.home.knows(w.accepting, name)
    await w.admitted(
        w.home.make(name, application_pb2.ApplicationAccepted()),
        w.home.make(name, application_pb2.ReviewStarted()),
        w.home.make(name, application_pb2.ApplicationApproved()),
    )
    return name


@pytest.mark.parametrize(
    ("printing", "reason"), [(ACCEPTING, "PRINTING_NOT_COVERED"), (OTHER, "FIELD_INVALID"), (HOME, "FIELD_INVALID")]
)
async def test_only_the_decider_prints_unless_it_is_agreed(sqlite_url: str, printing: str, reason: str) -> None:
    async with world(sqlite_url) as w:
        name = await approved(w)
        result = application_pb2.ResultIssued()
        result.documents.add(
            code="licence", form=types_pb2.MATERIAL_FORM_ORIGINAL, original="licence", printing=printing
        )
        assert await w.reason(w.home.make(name, result)) == reason


async def test_a_second_print_is_granted_by_the_same_clause(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        name = await approved(w)
        result = application_pb2.ResultIssued()
        result.documents.add(code="licence", form=types_pb2.MATERIAL_FORM_ORIGINAL, original="licence")
        void = application_pb2.OriginalVoided(original="licence", reason_code="misprinted", post="issuing")
        await w.admitted(w.home.make(name, result), w.home.make(name, void))
        granted = application_pb2.PrintPermitGranted(code="licence", original="licence-2", to=ACCEPTING)
        assert await w.reason(w.home.make(name, granted)) == "PRINTING_NOT_COVERED"
        granted.to = HOME
        await w.admitted(w.home.make(name, granted))
        printed = application_pb2.ResultPrinted(original="licence-2", post="issuing")
        await w.admitted(w.home.make(name, printed))
        assert await w.reason(w.home.make(name, printed)) == "PRINT_PERMIT_HELD"
