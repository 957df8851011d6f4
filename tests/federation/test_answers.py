"""Answers come back in the order of the events, also where some of them need no commit."""

from __future__ import annotations

from nodes.store import QUERIES
from tests.federation.stage import ACCEPTING, RawPeer, Stage, play
from tongban.v1 import envelope_pb2, federation_pb2


def test_what_cannot_be_read_is_answered_in_its_place() -> None:
    async def act(stage: Stage) -> None:
        stage.accepting.line.cut()
        journey = stage.journey()
        await journey.submit()
        rows = await stage.accepting.core.database.run(
            lambda tx: tx.fetch_all(QUERIES.list_waiting, {"after": 0, "size": 10}), read_only=True
        )
        wire = envelope_pb2.SignedEvent.FromString(rows[0]["content"])
        wire.envelope.ParseFromString(rows[0]["envelope"])
        unreadable = envelope_pb2.SignedEvent()
        unreadable.CopyFrom(wire)
        unreadable.envelope.payload = b"\xff"
        peer = RawPeer(stage.federation, f"nodes/{ACCEPTING}")
        await peer.hello()
        for frame in (wire, unreadable):
            await peer.send(submission=federation_pb2.Submission(events=[frame]))
        outcomes: list[envelope_pb2.Outcome] = []
        while len(outcomes) < 2:
            outcomes.extend((await peer.receive()).outcomes.outcomes)
        assert [outcome.WhichOneof("answer") for outcome in outcomes] == ["receipt", "rejection"]
        assert outcomes[1].rejection.reason == "MESSAGE_MALFORMED"
        await peer.stop()

    play(act)
