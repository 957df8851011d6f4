"""Running cases broken by a deploy (temporalio/documentation#3598): a new program must not change what is under way.

There, code that changed while workflows were running could not replay them any more, and each case had to be patched
by version markers.  Here a stream keeps the lifecycle version that it was opened with: a newer program folds it by that
version, refuses moves that were thought of later, and brings the database forward without touching a state.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from nodes.upgrading import announce
from tests.federation.journey import Journey
from tests.federation.stage import ACCEPTING, HOME
from tests.federation.whole import Federation
from tests.fsck.kit import Kept
from tests.migrations.dumps import load
from tests.migrations.freeze import path_of
from tests.migrations.life import NAMES, going_on, keys
from tongban.errors import MoveNotAllowed
from tongban.lifecycle import engine
from tongban.lifecycle.table import RULES, MoveRule, opening_version
from tongban.v1 import (
    application_pb2,
    approval_pb2,
    lifecycle_pb2,
    parcel_pb2,
    window_pb2,
)

NOTICE = "correction_required"
NEWER: Mapping[str, MoveRule] = MappingProxyType({**RULES, NOTICE: replace(RULES[NOTICE], since_version=2)})
"""A contract in which a correction can be asked for from version 2 on only."""


@pytest.fixture
async def upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Federation]:
    """The databases of the first version of all, under a program with a newer schema and a newer lifecycle."""
    urls = {name: f"sqlite:///{tmp_path / name}.db" for name in NAMES}
    for name, url in urls.items():
        load(path_of(name, 1).read_text("utf-8"), url)
    for module in list(sys.modules.values()):
        if hasattr(module, "SUPPORTED_LIFECYCLE_VERSIONS"):
            monkeypatch.setattr(module, "SUPPORTED_LIFECYCLE_VERSIONS", (2, 1))
    monkeypatch.setattr(engine, "RULES", NEWER)
    federation = going_on(urls)
    await federation.start_gateway()
    for region in (HOME, ACCEPTING):
        await federation.start_node(region)
    yield federation
    await federation.stop()
    await _sound(urls)


async def _sound(urls: dict[str, str]) -> None:
    gateway = keys()["gateway"]
    own = {name: keys()[f"nodes/{name}"] for name in (HOME, ACCEPTING)}
    kept = Kept(
        urls,
        {gateway.signing_key_id: gateway.signing_public},
        {name: (each.signing_key_id, each.signing_public) for name, each in own.items()},
    )
    for name in NAMES:
        report = await kept.check(name)
        assert report.sound, (name, report.as_json())


async def _under_way(federation: Federation) -> Journey:
    """The application that waited at 潮州, filed and sent off, when the old program stopped."""
    accepting, home = federation.nodes[ACCEPTING], federation.nodes[HOME]
    listed = await accepting.desks.window.list_applications(
        accepting.staff(),
        window_pb2.ListApplicationsRequest(states=[lifecycle_pb2.APPLICATION_STATE_SUBMITTED]),
    )
    (application,) = listed.applications
    assert application.lifecycle_version == 1
    return Journey(federation, accepting, home, application.name)


async def _ask_for_correction(journey: Journey) -> application_pb2.Application:
    notice = approval_pb2.RequireCorrectionRequest(
        name=journey.name, defects=[application_pb2.Defect(code="form", defect_code="missing")], explanation="缺一项"
    )
    return await journey.home.desks.approval.require_correction(journey.home.staff(), notice)


async def _everywhere(federation: Federation, name: str) -> application_pb2.Application:
    states = [await run.core.state(name) for run in federation.nodes.values()]
    assert all(state == states[0] for state in states)
    found: application_pb2.Application = states[0]
    return found


async def test_a_case_under_way_ends_by_the_version_it_was_opened_with(upgraded: Federation) -> None:
    await upgraded.settled()
    journey = await _under_way(upgraded)
    with pytest.raises(MoveNotAllowed) as caught:
        await _ask_for_correction(journey)
    assert "流程版本 2" in caught.value.text("zh")
    assert "lifecycle version 2" in caught.value.text("en")
    await journey.decide()
    await journey.send(journey.home, journey.accepting, "licence", parcel_pb2.PARCEL_PURPOSE_RESULT, "SEAL-0009")
    closed = await journey.collect()
    assert closed.state == lifecycle_pb2.APPLICATION_STATE_CLOSED
    assert (await _everywhere(upgraded, journey.name)).lifecycle_version == 1


async def test_a_new_case_is_of_the_new_version_once_everybody_speaks_it(upgraded: Federation) -> None:
    await upgraded.settled()
    accepting, home = upgraded.nodes[ACCEPTING], upgraded.nodes[HOME]
    before = Journey(upgraded, accepting, home)
    assert (await before.submit()).lifecycle_version == 1
    assert await announce(accepting.core)
    await upgraded.settled()
    between = Journey(upgraded, accepting, home)
    assert (await between.submit()).lifecycle_version == 1, "漳州 has not said yet that it speaks the new one"
    assert await announce(home.core)
    await upgraded.settled()
    assert not await announce(home.core), "it is said once"
    after = Journey(upgraded, accepting, home)
    assert (await after.submit()).lifecycle_version == 2
    await upgraded.settled()
    corrected = await _ask_for_correction(after)
    assert corrected.state == lifecycle_pb2.APPLICATION_STATE_CORRECTION_REQUIRED
    for old in (before, between):
        accepted = await home.desks.approval.accept_application(
            home.staff(), approval_pb2.AcceptApplicationRequest(name=old.name)
        )
        assert accepted.lifecycle_version == 1
    await upgraded.settled()
    for journey, version in ((before, 1), (between, 1), (after, 2)):
        assert (await _everywhere(upgraded, journey.name)).lifecycle_version == version


@pytest.mark.parametrize(
    ("ours", "spoken", "expected"),
    [
        ((3, 2, 1), [(3, 2, 1), (3, 2, 1)], 3),
        ((3, 2, 1), [(3, 2, 1), (2, 1)], 2),
        ((3, 2, 1), [(3, 2, 1), (2, 1), (1,)], 1),
        ((3, 2, 1), [], 3),
        ((4, 3, 2), [(1,)], 2),
    ],
)
def test_the_newest_version_that_everybody_speaks(
    ours: tuple[int, ...], spoken: list[tuple[int, ...]], expected: int
) -> None:
    assert opening_version(ours, spoken) == expected
