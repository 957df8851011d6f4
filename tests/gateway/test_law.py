"""The law at the gateway: what no agreement in force covers is refused by name, whatever a node believed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from agreements.domain.documents import document_digest
from tests.gateway.kit import ACCEPTING, AGREEMENT, HOME, OTHER, world
from tongban.v1 import agreement_pb2, types_pb2


@pytest.fixture
def sqlite_url(tmp_path: Any) -> str:
    """These do not touch what differs between databases."""
    return f"sqlite:///{tmp_path / 'gateway.db'}"


_UNLAWFUL = [
    ({"clause": "no-such"}, "ROUTE_CHANGED"),
    ({"agreement": "agreements/no-such"}, "ROUTE_CHANGED"),
    ({"agreement_version": 2}, "ROUTE_CHANGED"),
    ({"item_version": 9}, "ROUTE_CHANGED"),
    ({"item": "items/350600.no-such"}, "ITEM_NOT_FOUND"),
    ({"item": "items/999999.no-such"}, "AUTHORITY_HAS_NO_NODE"),
    ({"home": OTHER, "decider": OTHER}, "ROUTE_CHANGED"),
    ({"decider": ACCEPTING}, "ROUTE_CHANGED"),
    ({"decider": OTHER}, "NOT_THE_DECIDER"),
    ({"collecting": OTHER}, "COLLECTING_NOT_COVERED"),
    ({"mode": types_pb2.MODE_JOINT}, "MODE_NOT_COVERED"),
]


@pytest.mark.parametrize(("changes", "reason"), _UNLAWFUL)
async def test_an_application_outside_the_agreement(sqlite_url: str, changes: dict[str, Any], reason: str) -> None:
    async with world(sqlite_url) as w:
        filed = w.accepting.make("applications/TEST0001", w.filing(**changes))
        assert await w.reason(filed) == reason
        assert await w.read_all(HOME) == []


async def test_a_window_without_any_agreement(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        other = w.author(OTHER)
        filing = w.filing(accepting=OTHER, collecting=OTHER)
        refused = await w.reason(other.make("applications/TEST0001", filing))
        assert refused in ("NO_AGREEMENT_IN_FORCE", "ITEM_NOT_COVERED")


async def test_an_agreement_that_is_suspended_and_resumed(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        w.home.knows(w.accepting, AGREEMENT)
        now = w.clock.now()
        suspended = agreement_pb2.AgreementSuspended()
        suspended.effect_time.FromDatetime(now)
        await w.admitted(w.home.make(AGREEMENT, suspended))
        w.clock.move(minutes=1)
        assert await w.reason(w.file()) == "AGREEMENT_SUSPENDED"
        await w.admitted(w.home.make(AGREEMENT, agreement_pb2.AgreementResumed()))
        w.clock.move(minutes=1)
        await w.admitted(w.file("TEST0002"))


async def test_an_agreement_that_is_terminated(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        w.home.knows(w.accepting, AGREEMENT)
        terminated = agreement_pb2.AgreementTerminated()
        terminated.effect_date.year, terminated.effect_date.month, terminated.effect_date.day = 2026, 11, 23
        await w.admitted(w.home.make(AGREEMENT, terminated))
        w.clock.move(minutes=1)
        assert await w.reason(w.file()) == "AGREEMENT_TERMINATED"


async def test_an_agreement_that_a_party_has_not_signed(sqlite_url: str) -> None:
    async with world(sqlite_url, law=False) as w:
        for name in (HOME, ACCEPTING):
            await w.join(name)
        assert await w.reason(w.file()) in ("ITEM_NOT_FOUND", "AUTHORITY_HAS_NO_NODE")


async def test_a_proposal_that_pins_another_root_key(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        found = w.core.admitter.shared.agreement(AGREEMENT)
        assert found is not None
        document = agreement_pb2.AgreementDocument()
        document.CopyFrom(found.document)
        document.name = "agreements/forged"
        document.parties[1].root_fingerprint = b"f" * 32
        proposed = agreement_pb2.AgreementProposed(document=document.SerializeToString())
        rejection = (await w.refused(w.home.make("agreements/forged", proposed)))[0]
        assert (rejection.reason, rejection.field) == (
            "FIELD_INVALID",
            "event.agreement_proposed.document.parties[1].root_fingerprint",
        )


async def test_a_notice_that_is_dated_back(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        found = w.core.admitter.shared.agreement(AGREEMENT)
        assert found is not None
        document = agreement_pb2.AgreementDocument()
        document.CopyFrom(found.document)
        document.document_version, document.notice_days = 2, 90
        raw = document.SerializeToString()
        w.home.knows(w.accepting, AGREEMENT)
        await w.admitted(w.home.make(AGREEMENT, agreement_pb2.AmendmentProposed(document=raw)))
        signature = agreement_pb2.AgreementSigned(document_digest=document_digest(raw))
        await w.admitted(w.home.make(AGREEMENT, signature))
        w.accepting.knows(w.home, AGREEMENT)
        await w.admitted(w.accepting.make(AGREEMENT, signature))
        terminated = agreement_pb2.AgreementTerminated()
        day = (w.clock.now() + dt.timedelta(days=2)).date()
        terminated.effect_date.year, terminated.effect_date.month, terminated.effect_date.day = (
            day.year,
            day.month,
            day.day,
        )
        w.clock.move(days=-100)
        step = w.accepting.make(AGREEMENT, terminated)
        w.clock.move(days=100)
        assert await w.reason(step) == "NOTICE_TOO_SHORT"
