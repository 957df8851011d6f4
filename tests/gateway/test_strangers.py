"""What a node with a good certificate cannot do to streams, mailboxes and batches that are not its own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.kit import ACCEPTING, HOME, OTHER, World, world
from tongban.journal.envelopes import Opened
from tongban.v1 import application_pb2, directory_pb2, envelope_pb2, parcel_pb2, types_pb2

PARCEL = "parcels/TESTPARCEL1"


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A fresh database in a file."""
    return f"sqlite:///{tmp_path / 'gateway.db'}"


def _packed(**changes: Any) -> parcel_pb2.ParcelPacked:
    packed = parcel_pb2.ParcelPacked(
        purpose=parcel_pb2.PARCEL_PURPOSE_MATERIALS,
        origin=parcel_pb2.Post(node=ACCEPTING, post="mailroom-1"),
        destination=parcel_pb2.Post(node=HOME, post="mailroom-1"),
        manifest=[
            parcel_pb2.ManifestEntry(
                item="applications/TEST0001/originals/deed", form=types_pb2.MATERIAL_FORM_ORIGINAL, pages=2
            )
        ],
        nonce=b"n" * 16,
    )
    for name, value in changes.items():
        getattr(packed, name).CopyFrom(value)
    return packed


def _taken_in(nonce: bytes) -> parcel_pb2.ParcelTakenIn:
    scan = parcel_pb2.ParcelScan(
        seals=["SEAL-0001"],
        manifest_digest=b"m" * 32,
        nonce=nonce,
        post=parcel_pb2.Post(node=OTHER, post="mailroom-1"),
    )
    return parcel_pb2.ParcelTakenIn(scan=scan, leg=1)


def _says_nothing(rejection: envelope_pb2.Rejection) -> None:
    assert rejection.reason == "NOT_PARTY"
    assert not rejection.HasField("found")


async def test_a_stranger_is_not_told_where_a_stream_stands(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        filed = w.file()
        await w.admitted(filed)
        stranger = w.author(OTHER)
        for known in ((0, b""), (1, b"x" * 32), (1, filed.digest)):
            stranger.heads[filed.event.stream] = known
            for content in (w.filing(), application_pb2.ApplicationWithdrawn(), application_pb2.ApplicationAccepted()):
                _says_nothing((await w.refused(stranger.make(filed.event.stream, content)))[0])


async def test_nor_by_what_must_come_first(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        filed = w.file()
        await w.admitted(filed)
        event = w.author(OTHER).event(PARCEL, _packed(origin=parcel_pb2.Post(node=OTHER, post="mailroom-1")))
        event.after.append(types_pb2.StreamPosition(stream=filed.event.stream, version=1, head=b"x" * 32))
        rejection = (await w.refused(w.author(OTHER).sign(event)[0]))[0]
        assert rejection.reason == "PREDECESSOR_MISSING"
        assert not rejection.HasField("found")


async def test_a_scan_of_a_parcel_that_never_came_there(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        await w.admitted(w.file(), w.accepting.make(PARCEL, _packed()))
        before = await w.read_all(HOME)
        _says_nothing((await w.refused(w.author(OTHER).make(PARCEL, _taken_in(b"x" * 16))))[0])
        assert await w.read_all(HOME) == before
        # With the nonce that is printed on the parcel it is no stranger: the parcel is there.
        await w.admitted(w.author(OTHER).make(PARCEL, _taken_in(b"n" * 16)))


async def test_no_mailbox_for_a_node_that_is_none(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        heads = dict(w.core.heads)
        packed = _packed(destination=parcel_pb2.Post(node="nodes/nobody", post="mailroom-1"))
        assert await w.reason(w.accepting.make(PARCEL, packed)) == "NODE_NOT_FOUND"
        assert w.core.heads == heads


def _twice(w: World) -> list[Opened]:
    events = [w.accepting.event(f"applications/TWICE00{i}", w.filing()) for i in range(2)]
    events[1].event_id = events[0].event_id
    return w.accepting.group(*events)


def _overlapping(w: World) -> list[Opened]:
    first = w.accepting.group(*[w.accepting.event(f"applications/FIRST00{i}", w.filing()) for i in range(2)])
    events = [w.accepting.event(f"applications/AGAIN00{i}", w.filing()) for i in range(2)]
    events[0].event_id = first[0].event.event_id
    return [*first, *w.accepting.group(*events)]


@pytest.mark.parametrize("crooked", [_twice, _overlapping])
async def test_groups_that_share_an_event_id_are_answered_by_name(
    sqlite_url: str, crooked: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with world(sqlite_url) as w:
        sent = crooked(w)
        updated = w.home.make(HOME, _profile(w))
        answers = await asyncio.gather(w.send(*sent), w.send(updated))
        assert answers[1].outcomes[0].HasField("receipt")
        assert [o.event_id for o in answers[0].outcomes] == [o.event.event_id for o in sent]
        reasons = [o.rejection.reason for o in answers[0].outcomes if o.HasField("rejection")]
        assert set(reasons) <= {"EVENT_ID_REUSED", "PREDECESSOR_REJECTED", "GROUP_INCOMPLETE"}
        assert len(reasons) == 2
        assert not caplog.records, "it was no fault of ours"


def _profile(w: World) -> Any:
    return directory_pb2.NodeProfileUpdated(profile=w.core.admitter.directory.node(HOME).profile)
