"""Peers that break the rules of the exchange: each gets its named answer, and nobody else notices."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import gateway.session
from gateway.session import HELLO_SECONDS
from nodes.dialer import Dialer
from nodes.store import QUERIES
from tests.federation.stage import ACCEPTING, HOME, OUTSIDE, RawPeer, Stage, hello, play
from tongban import errors
from tongban.storage.base import Row, Transaction
from tongban.v1 import envelope_pb2, federation_pb2

NAME = f"nodes/{OUTSIDE}"


def _refused(raw: Callable[[RawPeer, Stage], Awaitable[None]], expected: type[errors.TongbanError], field: str) -> None:
    """The gateway ends the session with this error, and a journey of others goes through all the same."""

    async def act(stage: Stage) -> None:
        peer = RawPeer(stage.federation, NAME)
        await raw(peer, stage)
        error = await peer.ended()
        assert type(error) is expected, error
        assert error.field == field
        await stage.journey().run()
        await peer.stop()

    play(act)


def test_a_first_frame_that_is_no_hello() -> None:
    async def raw(peer: RawPeer, stage: Stage) -> None:
        await peer.send(credit=federation_pb2.Credit(events=1, bytes=1))

    _refused(raw, errors.FieldInvalid, "frame")


def test_a_frame_without_content() -> None:
    async def raw(peer: RawPeer, stage: Stage) -> None:
        await peer.send()

    _refused(raw, errors.FieldInvalid, "frame")


def test_a_peer_that_says_nothing() -> None:
    async def raw(peer: RawPeer, stage: Stage) -> None:
        await asyncio.sleep(HELLO_SECONDS + 1)

    _refused(raw, errors.FieldInvalid, "frame")


def test_a_second_hello() -> None:
    async def raw(peer: RawPeer, stage: Stage) -> None:
        await peer.hello()
        await peer.send(hello=hello())

    _refused(raw, errors.FieldInvalid, "hello")


@pytest.mark.parametrize(
    ("change", "expected", "field"),
    [
        ({"protocol_versions": [2, 3]}, errors.UnsupportedProtocolVersion, "hello.protocol_versions"),
        ({"lifecycle_versions": [9]}, errors.UnsupportedLifecycleVersion, "hello.lifecycle_versions"),
        ({"protocol_versions": []}, errors.FieldInvalid, "hello.protocol_versions"),
        ({"incarnation": 0}, errors.FieldInvalid, "hello.incarnation"),
        ({"software": "x" * 81}, errors.FieldInvalid, "hello.software"),
        (
            {"cursors": [federation_pb2.Cursor(channel="secrets", position=1)]},
            errors.FieldInvalid,
            "hello.cursors[0].channel",
        ),
        (
            {"cursors": [federation_pb2.Cursor(channel="feeds/nodes", position=2**63)]},
            errors.FieldInvalid,
            "hello.cursors[0].position",
        ),
    ],
)
def test_a_hello_that_cannot_be_welcomed(
    change: dict[str, Any], expected: type[errors.TongbanError], field: str
) -> None:
    async def raw(peer: RawPeer, stage: Stage) -> None:
        await peer.send(hello=hello(**change))

    _refused(raw, expected, field)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"cursors": [federation_pb2.Cursor(channel="feeds/nodes", position=900)]}, "hello.cursors[feeds/nodes]"),
        ({"epoch": 900}, "hello.epoch"),
    ],
)
def test_who_claims_to_know_more_is_asked_for_it_and_not_believed(change: dict[str, Any], field: str) -> None:
    async def raw(peer: RawPeer, stage: Stage) -> None:
        assert (await peer.hello(**change)).recovering
        await peer.send(holdings=federation_pb2.Holdings(complete=True))

    _refused(raw, errors.PeerAhead, field)


def test_an_acknowledgement_of_what_was_never_sent() -> None:
    async def raw(peer: RawPeer, stage: Stage) -> None:
        await peer.hello(credit=federation_pb2.Credit())
        cursor = federation_pb2.Cursor(channel="feeds/nodes", position=1)
        await peer.send(acknowledgement=federation_pb2.Acknowledgement(cursors=[cursor]))

    _refused(raw, errors.PeerAhead, "acknowledgement.cursors[feeds/nodes]")


def test_an_empty_submission() -> None:
    async def raw(peer: RawPeer, stage: Stage) -> None:
        await peer.hello()
        await peer.send(submission=federation_pb2.Submission())

    _refused(raw, errors.FieldInvalid, "submission.events")


def test_more_than_was_granted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway.session, "CREDIT_EVENTS", 64)

    async def raw(peer: RawPeer, stage: Stage) -> None:
        welcome = await peer.hello()
        assert welcome.credit.events == 64
        rubbish = federation_pb2.Submission(events=[envelope_pb2.SignedEvent()] * 96)
        await peer.send(submission=rubbish)

    _refused(raw, errors.CreditExceeded, "")


def test_a_peer_that_does_not_read_is_not_waited_for() -> None:
    async def act(stage: Stage) -> None:
        peers = [RawPeer(stage.federation, f"nodes/{HOME}", depth=1) for _ in range(3)]
        for peer in peers:
            await peer.send(hello=hello())
        await stage.journey().run()
        for peer in peers:
            assert peer.error is None
            await peer.stop()

    play(act)


async def _waiting(stage: Stage) -> list[envelope_pb2.SignedEvent]:
    """What 潮州 has made and not sent."""

    def work(tx: Transaction) -> list[Row]:
        return tx.fetch_all(QUERIES.list_waiting, {"after": 0, "size": 100})

    wires = []
    for row in await stage.accepting.core.database.run(work, read_only=True):
        wire = envelope_pb2.SignedEvent.FromString(row["content"] or b"")
        wire.envelope.ParseFromString(row["envelope"])
        wires.append(wire)
    return wires


def test_a_stream_that_ends_in_the_middle() -> None:
    """Half of what was under way is in; the rest comes with the next session, and nothing is there twice."""

    async def act(stage: Stage) -> None:
        stage.accepting.line.cut()
        journey = stage.journey()
        for _ in range(6):
            await journey.submit()
        wires = await _waiting(stage)
        peer = RawPeer(stage.federation, f"nodes/{ACCEPTING}")
        await peer.hello()
        await peer.send(submission=federation_pb2.Submission(events=wires[:3]))
        await asyncio.sleep(0.01)
        peer.pipe.cut()
        await peer.stop()
        await asyncio.sleep(1)
        assert stage.federation.gateway is not None
        assert stage.federation.gateway.heads[f"nodes/{HOME}"] == 3
        stage.accepting.line.up = True
        await stage.federation.settled(60)
        assert stage.federation.gateway.heads[f"nodes/{HOME}"] == 6
        await stage.same_everywhere(journey.name)

    play(act)


def test_half_a_group_is_refused_and_the_whole_is_admitted() -> None:
    async def act(stage: Stage) -> None:
        journey = stage.journey()
        await journey.submit()
        await stage.federation.settled()
        stage.accepting.line.cut()
        packed = await stage.send_off(journey.name)
        wires = await _waiting(stage)
        assert len(wires) == 5
        peer = RawPeer(stage.federation, f"nodes/{ACCEPTING}")
        await peer.hello()
        # Of the parcel's first group of three only two arrive: the frame is refused, with nothing stored.
        await peer.send(submission=federation_pb2.Submission(events=wires[:2]))
        reasons: list[str] = []
        while not reasons:
            frame = await peer.receive()
            reasons = [o.rejection.reason for o in frame.outcomes.outcomes]
        assert reasons == ["GROUP_INCOMPLETE", "PREDECESSOR_REJECTED"]
        await peer.stop()
        stage.accepting.line.up = True
        await stage.federation.settled(60)
        # The gateway's refusal is final, so the node's own sending of them is refused too, and a person is told.
        assert (await stage.status(stage.accepting)).tasks
        assert await stage.accepting.core.state(packed.parcel.name) is None

    play(act)


def test_a_node_restored_from_a_backup_is_found_out() -> None:
    async def act(stage: Stage) -> None:
        journey = stage.journey()
        await journey.submit()
        await stage.federation.settled()
        image = stage.disks.disk(ACCEPTING).image()
        await journey.submit()
        second = journey.name
        await stage.federation.settled()
        run = await stage.restart_from(image)
        assert await run.core.state(second) is None
        journey.accepting = run
        run.dialling = asyncio.create_task(Dialer(run.core, run.line).run())
        for _ in range(2000):
            if run.core.recovering:
                break
            await asyncio.sleep(0.001)
        with pytest.raises(errors.PeerAhead):
            await journey.accepting.core.record(run.staff().actor, lambda view: ([], None))
        await stage.federation.settled(120)
        assert (await run.core.state(second)).name == second
        assert run.core.position.incarnation == 2
        await journey.submit()
        await stage.federation.settled(120)
        assert not (await stage.status(run)).tasks
        await stage.same_everywhere(journey.name)
        await stage.same_everywhere(second)

    play(act)


def test_a_restored_node_that_worked_on_offline_is_found_out_too() -> None:
    """It has used more sequences since than it lost, so only its own events, coming back, tell."""

    async def act(stage: Stage) -> None:
        journey = stage.journey()
        await journey.submit()
        await stage.federation.settled()
        image = stage.disks.disk(ACCEPTING).image()
        await journey.submit()
        lost = journey.name
        await stage.federation.settled()
        run = await stage.restart_from(image)
        journey.accepting = run
        again = [(await journey.submit()).name for _ in range(4)]
        assert lost == again[0], "a number made twice, as a restored counter makes it"
        run.dialling = asyncio.create_task(Dialer(run.core, run.line).run())
        await stage.federation.settled(120)
        assert run.core.position.incarnation == 2
        # What collided is refused and owned by a person; the one that was filed first stands.
        tasks = (await stage.status(run)).tasks
        assert tasks
        assert {task.reason for task in tasks} <= {"SEQUENCE_REUSED", "STREAM_CONFLICT", "PREDECESSOR_REJECTED"}
        await stage.same_everywhere(lost)
        await journey.submit()
        await stage.federation.settled(120)
        await stage.same_everywhere(journey.name)

    play(act)
