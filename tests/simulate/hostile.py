"""A hostile peer: enrolled like any node, with keys of its own, and sending what it must not.

Each attack opens a session of its own and does one thing.  The gateway may end the session or refuse each event; what
it may never do is admit one.  That nobody else is harmed is for the invariants to find.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from nodes.store import QUERIES as NODE
from tests.federation.stage import RawPeer, hello
from tests.simulate.ground import Ground
from tests.simulate.scene import HOSTILE
from tongban import errors
from tongban.ids import UuidSequence
from tongban.journal.envelopes import sign_events
from tongban.v1 import application_pb2, envelope_pb2, event_pb2, federation_pb2

_PATIENCE = 30.0


async def attack(ground: Ground) -> None:
    """One attack, chosen by the seed."""
    kind = ground.chance.choice(_ATTACKS)
    ground.tell(f"hostile: {kind.__name__.strip('_')}")
    peer = RawPeer(ground.federation, HOSTILE)
    try:
        await asyncio.wait_for(kind(ground, peer), _PATIENCE)
    except (TimeoutError, errors.TongbanError):
        # Not answered, or hung up on.
        pass
    finally:
        await peer.stop()


async def _forged(ground: Ground, peer: RawPeer) -> None:
    """In another's name, under its own key."""
    event = await _event(ground)
    event.author = f"nodes/{ground.region()}"
    await _submit(peer, _signed(ground, event))


async def _tampered(ground: Ground, peer: RawPeer) -> None:
    """Its own event, changed after it was signed."""
    wire = _signed(ground, await _event(ground))
    event = event_pb2.Event.FromString(wire.envelope.payload)
    event.actor = "somebody else"
    wire.envelope.payload = event.SerializeToString()
    await _submit(peer, wire)


async def _replayed(ground: Ground, peer: RawPeer) -> None:
    """What another has made, as it was made."""
    for run in list(ground.federation.nodes.values()):
        rows = await run.core.database.look_up(lambda tx: tx.fetch_all(NODE.list_collection, _APPLICATIONS))
        for row in rows[:1]:
            name = row["name"]
            history = await run.core.database.look_up(
                lambda tx, of=name: tx.fetch_all(NODE.list_history, {"stream": of})  # type: ignore[misc]
            )
            wire = envelope_pb2.SignedEvent()
            wire.envelope.ParseFromString(history[-1]["envelope"])
            await _submit(peer, wire)
            return


_APPLICATIONS = {"after": "applications/", "until": "applications0", "size": 5}


async def _out_of_turn(ground: Ground, peer: RawPeer) -> None:
    """Decides what is not its own to decide."""
    await _submit(peer, _signed(ground, await _event(ground)))


async def _oversized(ground: Ground, peer: RawPeer) -> None:
    """A frame of too many events, and one event that is too large."""
    event = await _event(ground)
    event.actor = "x" * 400_000
    await _submit(peer, _signed(ground, event))
    await peer.send(submission=federation_pb2.Submission(events=[envelope_pb2.SignedEvent()] * 600))
    await peer.ended()


async def _rude(ground: Ground, peer: RawPeer) -> None:
    """Speaks out of turn."""
    await peer.hello()
    await peer.send(hello=hello())
    await peer.ended()


async def _boastful(ground: Ground, peer: RawPeer) -> None:
    """Says that it holds what there is not, so that the gateway would recover."""
    await peer.send(hello=hello(cursors=[federation_pb2.Cursor(channel="feeds/nodes", position=900)]))
    await peer.receive()
    await peer.send(holdings=federation_pb2.Holdings(complete=True))
    await peer.ended()


async def _greedy(ground: Ground, peer: RawPeer) -> None:
    """Acknowledges what it never got, on many frames."""
    await peer.hello()
    cursor = federation_pb2.Cursor(channel="mailbox", position=1 << 40)
    await peer.send(acknowledgement=federation_pb2.Acknowledgement(cursors=[cursor]))
    await peer.ended()


async def _silent(ground: Ground, peer: RawPeer) -> None:
    """Holds a place and says nothing."""
    await peer.ended()


_Attack = Callable[[Ground, RawPeer], Awaitable[Any]]
_ATTACKS: tuple[_Attack, ...] = (
    _forged,
    _tampered,
    _replayed,
    _out_of_turn,
    _oversized,
    _rude,
    _boastful,
    _greedy,
    _silent,
)


async def _event(ground: Ground) -> event_pb2.Event:
    """An event on somebody's application, or on one that nobody knows, by all that its author could find out."""
    now = ground.federation.clock.now()
    event = event_pb2.Event(
        event_id=UuidSequence(ground.federation.entropy).next(now),
        stream="applications/350600202611230001000000015",
        lifecycle_version=1,
        author=HOSTILE,
        incarnation=1,
        sequence=1_000 + ground.chance.randrange(1_000_000),
        actor="s-evil",
    )
    event.claim_time.FromDatetime(now)
    event.application_accepted.CopyFrom(application_pb2.ApplicationAccepted())
    for run in list(ground.federation.nodes.values()):
        for row in await run.core.database.look_up(lambda tx: tx.fetch_all(NODE.list_collection, _APPLICATIONS)):
            stream = row["name"]
            found = await run.core.database.look_up(
                lambda tx, name=stream: tx.fetch_one(NODE.read_stream, {"name": name})  # type: ignore[misc]
            )
            if found is not None and found["version"]:
                event.stream, event.expected_version, event.expected_head = stream, found["version"], found["head"]
                return event
    return event


def _signed(ground: Ground, event: event_pb2.Event) -> envelope_pb2.SignedEvent:
    return sign_events(ground.federation.keys[HOSTILE].signer(), [event])[0].wire


async def _submit(peer: RawPeer, wire: envelope_pb2.SignedEvent) -> None:
    await peer.hello()
    await peer.send(submission=federation_pb2.Submission(events=[wire]))
    while True:
        frame = await peer.receive()
        if frame is None:
            return
        for outcome in frame.outcomes.outcomes:
            assert outcome.HasField("rejection"), f"a hostile event was admitted: {outcome}"
            return
