"""What a node does with deliveries: stored raw, folded or parked, proven again before they count."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from nodes.core import NodeCore
from nodes.joining import profile
from nodes.journal.drafts import Actor, Draft
from nodes.journal.streams import FORKED
from nodes.store import MIGRATIONS, QUERIES
from tests.clocks import ManualClock
from tests.gateway.kit import ACCEPTING, HOME, OTHER, Author, keys_of
from tests.nodes.kit import Address
from tongban import errors
from tongban.clock import SeededEntropy
from tongban.ids import UuidSequence
from tongban.journal.admissions import make_admission
from tongban.journal.envelopes import Opened
from tongban.keys import NodeKeys
from tongban.registration import registration
from tongban.storage.migrations import migrate
from tongban.storage.open import open_database
from tongban.storage.queries import Query
from tongban.v1 import (
    application_pb2,
    directory_pb2,
    envelope_pb2,
    event_pb2,
    federation_pb2,
    lifecycle_pb2,
    types_pb2,
)


@dataclass(slots=True)
class Post:
    """A node, and a gateway played by the test: it delivers what it likes, with receipts that verify."""

    core: NodeCore
    clock: ManualClock
    ids: UuidSequence
    versions: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)

    def author(self, name: str) -> Author:
        """Somebody who signs."""
        return Author(name, self.clock, self.ids)

    def frame(self, channel: str, *events: Opened, **leaf_changes: object) -> federation_pb2.Deliveries:
        """These events at the next positions of a channel and the next versions of their streams."""
        leaves = []
        for opened in events:
            version, head = self.versions.get(opened.event.stream, (0, b""))
            leaf = envelope_pb2.AdmissionLeaf(
                event_id=opened.event.event_id,
                event_digest=opened.digest,
                stream=opened.event.stream,
                version=version + 1,
                predecessor=head,
            )
            for name, value in leaf_changes.items():
                setattr(leaf, name, value)
            self.versions[opened.event.stream] = (leaf.version, opened.digest)
            leaves.append(leaf)
        admission = make_admission(
            gateway="test",
            epoch=1,
            batch_id=self.ids.next(self.clock.now()),
            admit_time=self.clock.now(),
            leaves=leaves,
            key_id=keys_of("gateway").signing_key_id,
            private=keys_of("gateway").signing,
        )
        deliveries = federation_pb2.Deliveries(channel=channel, admissions=[admission.signed])
        for opened, receipt in zip(events, admission.receipts, strict=True):
            self.positions[channel] = self.positions.get(channel, 0) + 1
            delivery = deliveries.deliveries.add(position=self.positions[channel], receipt=receipt)
            delivery.event.CopyFrom(opened.wire)
        return deliveries

    async def take(self, channel: str, *events: Opened, **leaf_changes: object) -> dict[str, int]:
        """Deliver these in one frame."""
        return await self.core.intake.take(self.frame(channel, *events, **leaf_changes))

    async def parked(self) -> dict[str, str]:
        """Which streams are parked, and why."""
        rows = await self.core.database.run(lambda tx: tx.fetch_all(QUERIES.list_parked_streams), read_only=True)
        return {row["name"]: row["parked"] for row in rows}

    async def version(self, stream: str) -> int:
        """How far a stream is folded."""
        row = await self.core.database.run(lambda tx: tx.fetch_one(QUERIES.read_stream, {"name": stream}))
        return int(row["version"]) if row else 0


@asynccontextmanager
async def post(address: Address) -> AsyncIterator[Post]:
    """漳州's node, which knows the gateway's receipt key and nothing else yet."""
    clock, entropy = ManualClock(), SeededEntropy(4)
    database = await open_database(address("350600"))
    await migrate(database, MIGRATIONS, now_micros=1)
    core = NodeCore(name=HOME, database=database, keys=keys_of(HOME), clock=clock, entropy=entropy)
    await core.set(**{f"receipt_key/{keys_of('gateway').signing_key_id}": keys_of("gateway").signing_public.hex()})
    await core.start()
    try:
        yield Post(core, clock, UuidSequence(entropy))
    finally:
        await core.close()


def registered(author: Author, keys: NodeKeys | None = None) -> Opened:
    """A node's registration."""
    content = profile(
        region=author.name.removeprefix("nodes/"),
        title="某地",
        posts=[directory_pb2.PostEntry(id="window-1", title="窗口", time_zone="Asia/Shanghai")],
    )
    made = registration(keys or author.keys, author.name, content, author.clock.now())
    return author.make(author.name, made)


def filing(number: str) -> tuple[str, application_pb2.ApplicationSubmitted]:
    """A stream and a filing for it."""
    route = application_pb2.Route(
        item="items/350600.x",
        item_version=1,
        accepting=ACCEPTING,
        home=HOME,
        decider=HOME,
        collecting=ACCEPTING,
        mode=types_pb2.MODE_AGENT,
        channel=types_pb2.CHANNEL_WINDOW,
        applicant_kind=types_pb2.APPLICANT_KIND_PERSON,
    )
    content = application_pb2.ApplicationSubmitted(
        route=route, window="window-1", wanted_results=[types_pb2.MATERIAL_FORM_ORIGINAL]
    )
    return f"applications/{number}", content


async def test_what_comes_twice_counts_once(address: Address) -> None:
    async with post(address) as p:
        accepting = p.author(ACCEPTING)
        await p.take("feeds/nodes", registered(accepting))
        one, two = accepting.make(*filing("TEST0001")), accepting.make(*filing("TEST0002"))
        frame = p.frame("mailbox", one, two)
        assert await p.core.intake.take(frame) == {"mailbox": 2}
        state = await p.core.state("applications/TEST0001")
        assert await p.core.intake.take(frame) == {"mailbox": 2}
        # The same event at a later position: a backlog that overlaps with what was here.
        p.versions["applications/TEST0001"] = (0, b"")
        assert await p.take("mailbox", one) == {"mailbox": 3}
        assert await p.core.state("applications/TEST0001") == state
        assert await p.version("applications/TEST0001") == 1
        assert not await p.parked()


async def test_a_gap_in_a_channel_is_not_acknowledged(address: Address) -> None:
    async with post(address) as p:
        accepting = p.author(ACCEPTING)
        await p.take("feeds/nodes", registered(accepting))
        first = p.frame("mailbox", accepting.make(*filing("TEST0001")))
        second = p.frame("mailbox", accepting.make(*filing("TEST0002")))
        with pytest.raises(errors.Damaged):
            await p.core.intake.take(second)
        assert await p.version("applications/TEST0002") == 0
        assert await p.core.intake.take(first) == {"mailbox": 1}
        assert await p.core.intake.take(second) == {"mailbox": 2}


async def test_an_unknown_author_parks_until_the_feed_comes(address: Address) -> None:
    async with post(address) as p:
        accepting = p.author(ACCEPTING)
        joining = registered(accepting)
        filed = accepting.make(*filing("TEST0001"))
        withdrawn = accepting.make(filed.event.stream, application_pb2.ApplicationWithdrawn())
        # Acknowledged all the same: stored, raw.
        assert await p.take("mailbox", filed) == {"mailbox": 1}
        assert await p.take("mailbox", withdrawn) == {"mailbox": 2}
        assert set(await p.parked()) == {filed.event.stream}
        assert await p.core.state(filed.event.stream) is None
        await p.take("feeds/nodes", joining)
        assert not await p.parked()
        state = await p.core.state(filed.event.stream)
        assert state.state == lifecycle_pb2.APPLICATION_STATE_WITHDRAWN
        assert await p.version(filed.event.stream) == 2


async def test_a_stream_that_cannot_be_folded_blocks_nothing_else(address: Address) -> None:
    async with post(address) as p:
        accepting = p.author(ACCEPTING)
        await p.take("feeds/nodes", registered(accepting))
        good = accepting.make(*filing("GOOD0001"))
        bad = accepting.make(*filing("BAD00001"))
        # A gateway that lets 潮州 decide for 漳州: the receiver checks it again.
        seized = accepting.make(bad.event.stream, application_pb2.ApplicationAccepted())
        later = accepting.make(good.event.stream, application_pb2.ApplicationWithdrawn())
        assert await p.take("mailbox", bad, good, seized, later) == {"mailbox": 4}
        parked = await p.parked()
        assert set(parked) == {bad.event.stream}
        assert "决定机关" in parked[bad.event.stream]
        assert await p.version(good.event.stream) == 2
        assert await p.version(bad.event.stream) == 1
        # Nobody here decides on what could not be read whole.
        draft = Draft(bad.event.stream, "application_accepted", application_pb2.ApplicationAccepted())
        with pytest.raises(errors.StreamParked):
            await p.core.record(_staff(), lambda view: ([draft], None))


def _staff() -> Actor:
    return Actor("s-tester", "window-1")


async def test_an_event_type_from_the_future_parks(address: Address) -> None:
    async with post(address) as p:
        accepting = p.author(ACCEPTING)
        await p.take("feeds/nodes", registered(accepting))
        filed = accepting.make(*filing("TEST0001"))
        event = accepting.event(filed.event.stream, application_pb2.ApplicationWithdrawn())
        event.ClearField("application_withdrawn")
        raw = event.SerializeToString() + b"\xba\x3f\x02hi"  # field 1015
        newer = accepting.sign(event_pb2.Event.FromString(raw))[0]
        assert await p.take("mailbox", filed, newer) == {"mailbox": 2}
        assert set(await p.parked()) == {filed.event.stream}


async def test_what_closes_a_gap_unparks(address: Address) -> None:
    async with post(address) as p:
        accepting = p.author(ACCEPTING)
        await p.take("feeds/nodes", registered(accepting))
        filed = accepting.make(*filing("TEST0001"))
        withdrawn = accepting.make(filed.event.stream, application_pb2.ApplicationWithdrawn())
        p.versions[filed.event.stream] = (1, filed.digest)
        await p.take("mailbox", withdrawn)
        assert set(await p.parked()) == {filed.event.stream}
        p.versions.pop(filed.event.stream)
        await p.take("mailbox", filed)
        assert not await p.parked()
        assert await p.version(filed.event.stream) == 2


async def test_what_comes_after_a_parked_step_waits_with_it(address: Address) -> None:
    """Who holds a paper follows from several streams: none of them goes ahead of another's past."""
    async with post(address) as p:
        accepting, stranger = p.author(ACCEPTING), p.author(OTHER)
        joining = registered(stranger)
        await p.take("feeds/nodes", registered(accepting))
        stream, content = filing("ZZZZ0001")
        content.route.accepting = content.route.collecting = OTHER
        cause = stranger.make(stream, content)
        # Tried before what it waits for, by its name: it is tried again then.
        held_back = _after(accepting, "AAAA0001", cause, 1)
        further = accepting.make(held_back.event.stream, application_pb2.ApplicationWithdrawn())
        free = accepting.make(*filing("BBBB0001"))
        assert await p.take("mailbox", cause, held_back) == {"mailbox": 2}
        assert await p.take("mailbox", further, free) == {"mailbox": 4}
        parked = await p.parked()
        assert set(parked) == {stream, held_back.event.stream}
        assert f"{stream}@1" in parked[held_back.event.stream]
        assert await p.version(free.event.stream) == 1
        await p.take("feeds/nodes", joining)
        assert not await p.parked()
        assert [await p.version(name) for name in (stream, held_back.event.stream)] == [1, 2]


def _after(author: Author, number: str, cause: Opened, version: int) -> Opened:
    """A filing that names a step of another stream as its cause."""
    event = author.event(*filing(number))
    event.after.add(stream=cause.event.stream, version=version, head=cause.digest)
    return author.sign(event)[0]


PARK = Query.of("park", "Parks a stream.", "UPDATE streams SET parked = :parked WHERE name = :name")


async def test_a_fork_holds_nobody_else_up(address: Address) -> None:
    async with post(address) as p:
        accepting = p.author(ACCEPTING)
        await p.take("feeds/nodes", registered(accepting))
        filed = accepting.make(*filing("TEST0001"))
        await p.take("mailbox", filed)
        forked = {"parked": FORKED, "name": filed.event.stream}
        await p.core.database.run(lambda tx: tx.execute(PARK, forked))
        free = _after(accepting, "BBBB0001", filed, 2)
        await p.take("mailbox", free)
        assert set(await p.parked()) == {filed.event.stream}
        assert await p.version(free.event.stream) == 1


async def test_a_forged_event_is_never_folded(address: Address) -> None:
    """Its signature fails: it stays parked, also when the feed moves and everything parked is tried again."""
    async with post(address) as p:
        accepting = p.author(ACCEPTING)
        await p.take("feeds/nodes", registered(accepting))
        filed = accepting.make(*filing("TEST0001"))
        forged_wire = envelope_pb2.SignedEvent()
        forged_wire.CopyFrom(filed.wire)
        event = event_pb2.Event.FromString(forged_wire.envelope.payload)
        event.application_submitted.window = "window-9"
        forged_wire.envelope.payload = event.SerializeToString()
        forged = Opened(event, hashlib.sha256(forged_wire.envelope.payload).digest(), forged_wire)
        await p.take("mailbox", forged)
        assert set(await p.parked()) == {filed.event.stream}
        await p.take("feeds/nodes", registered(p.author("nodes/330328")))
        await p.core.intake.retry_parked()
        assert set(await p.parked()) == {filed.event.stream}
        assert await p.core.state(filed.event.stream) is None


async def test_keys_that_their_root_did_not_certify_are_not_believed(address: Address) -> None:
    async with post(address) as p:
        accepting = p.author(ACCEPTING)
        await p.take("feeds/nodes", registered(accepting))
        stranger = NodeKeys.generate(SeededEntropy(77))
        forged = registration(stranger, ACCEPTING, directory_pb2.NodeProfile(), p.clock.now())
        rotated = accepting.make(ACCEPTING, directory_pb2.NodeKeysRotated(keys=forged.keys))
        await p.take("feeds/nodes", rotated)
        assert set(await p.parked()) == {ACCEPTING}
        assert p.core.shared.directory.public_key(stranger.signing_key_id) is None
        # And a new node whose keys another root certified.
        other = p.author("nodes/350128")
        mixed = registration(other.keys, other.name, profile(region="350128", title="平潭", posts=[]), p.clock.now())
        mixed.root_public_key = stranger.root_public
        await p.take("feeds/nodes", other.make(other.name, mixed))
        assert set(await p.parked()) == {ACCEPTING, other.name}


async def test_a_receipt_for_other_bytes_is_refused_whole(address: Address) -> None:
    async with post(address) as p:
        accepting = p.author(ACCEPTING)
        await p.take("feeds/nodes", registered(accepting))
        frame = p.frame("mailbox", accepting.make(*filing("TEST0001")))
        swapped = federation_pb2.Deliveries()
        swapped.CopyFrom(frame)
        swapped.deliveries[0].event.CopyFrom(accepting.make(*filing("TEST0009")).wire)
        with pytest.raises(errors.Damaged):
            await p.core.intake.take(swapped)
        for change in ("leaf", "batch_id"):
            bad = federation_pb2.Deliveries()
            bad.CopyFrom(frame)
            receipt = bad.deliveries[0].receipt
            if change == "leaf":
                receipt.leaf = receipt.leaf[:-1] + b"\x00"
            else:
                receipt.batch_id = "0190a0a0-0000-7000-8000-000000000000"
            with pytest.raises(errors.SignatureInvalid):
                await p.core.intake.take(bad)
        assert await p.core.intake.take(frame) == {"mailbox": 1}


async def test_a_fact_that_comes_to_stand_elsewhere_than_predicted(address: Address) -> None:
    """Own fact predicted at version 2; another's step takes that place, and ours comes after it."""
    async with post(address) as p:
        accepting = p.author(ACCEPTING)
        own = p.author(HOME)
        await p.take("feeds/nodes", registered(accepting), registered(own))
        filed = accepting.make(*filing("TEST0001"))
        await p.take("mailbox", filed)
        stream = filed.event.stream
        attached = Draft(stream, "parcel_attached", application_pb2.ParcelAttached(parcel="parcels/PARCEL0001"))
        recorded = await p.core.record(_staff(), lambda view: ([attached], None))
        assert recorded.states[stream].version == 2
        rows = await p.core.database.run(lambda tx: tx.fetch_all(QUERIES.list_waiting, {"after": 0, "size": 9}))
        wire = envelope_pb2.SignedEvent()
        wire.envelope.ParseFromString(rows[0]["envelope"])
        ours = Opened(event_pb2.Event.FromString(wire.envelope.payload), rows[0]["digest"], wire)
        theirs = accepting.make(stream, application_pb2.ApplicationWithdrawn())
        await p.take("mailbox", theirs, ours)
        row = await p.core.database.run(lambda tx: tx.fetch_one(QUERIES.read_stream, {"name": stream}))
        assert row is not None
        assert (row["version"], row["predicted_version"]) == (3, 3)
        assert row["state"] == row["predicted"]
        state = await p.core.state(stream)
        assert state.state == lifecycle_pb2.APPLICATION_STATE_WITHDRAWN
        assert list(state.parcels) == ["parcels/PARCEL0001"]
        # What is recorded next rests on the true head.
        draft = Draft(stream, "application_closed", application_pb2.ApplicationClosed())
        closed = await p.core.record(_staff(), lambda view: ([draft], None))
        assert closed.states[stream].version == 4


async def test_an_own_event_that_the_journal_does_not_know(address: Address) -> None:
    async with post(address) as p:
        own = p.author(HOME)
        await p.take("feeds/nodes", registered(own))
        frame = p.frame("mailbox", own.make(*filing("TEST0001")))
        frame.deliveries[0].ClearField("event")
        with pytest.raises(errors.PeerAhead):
            await p.core.intake.take(frame)
