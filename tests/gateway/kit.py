"""A gateway's heart over a real database, and authors who sign what they send."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message

from agreements import data
from agreements.documents import zhangzhou_chaozhou_shantou
from agreements.domain.documents import document_digest
from agreements.items import items_of
from gateway.answers import Answers
from gateway.building import build_core
from gateway.core import GatewayCore
from nodes.joining import profile
from tests.clocks import ManualClock
from tongban.clock import SeededEntropy
from tongban.ids import UuidSequence
from tongban.journal.admissions import AdmissionVerifier
from tongban.journal.envelopes import Opened, sign_events
from tongban.keys import NodeKeys
from tongban.registration import registration
from tongban.storage.base import Database
from tongban.storage.open import open_database
from tongban.v1 import (
    agreement_pb2,
    application_pb2,
    directory_pb2,
    envelope_pb2,
    event_pb2,
    types_pb2,
)

HOME, ACCEPTING, OTHER = "nodes/350600", "nodes/445100", "nodes/350128"
ITEM = "items/350600.zz-x-hpf"
AGREEMENT = "agreements/zhangzhou-chaozhou-shantou"


@functools.cache
def seed() -> Any:
    """The sources' facts, read once."""
    return data.load()


@functools.cache
def keys_of(name: str) -> NodeKeys:
    """A participant's keys, the same in every test."""
    return NodeKeys.generate(SeededEntropy(int.from_bytes(name.encode(), "big")))


BODIES = {
    type(getattr(event_pb2.Event(), body.name)): body.name
    for body in event_pb2.Event.DESCRIPTOR.oneofs_by_name["body"].fields
}
"""The field of Event that holds each type of content."""


@dataclass(slots=True)
class Author:
    """A node that chains its events on what it predicts, as a real one does."""

    name: str
    clock: ManualClock
    ids: UuidSequence
    sequence: int = 0
    incarnation: int = 1
    heads: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    @property
    def keys(self) -> NodeKeys:
        """Its keys."""
        return keys_of(self.name)

    def event(self, stream: str, content: Message, **changes: Any) -> event_pb2.Event:
        """An event with this content, next on its stream by what this author knows."""
        self.sequence += 1
        version, head = self.heads.get(stream, (0, b""))
        event = event_pb2.Event(
            event_id=self.ids.next(self.clock.now()),
            stream=stream,
            lifecycle_version=1,
            expected_version=version,
            expected_head=head,
            author=self.name,
            incarnation=self.incarnation,
            sequence=self.sequence,
        )
        event.claim_time.FromDatetime(self.clock.now())
        getattr(event, BODIES[type(content)]).CopyFrom(content)
        for name, value in changes.items():
            if isinstance(value, Message):
                getattr(event, name).CopyFrom(value)
            else:
                setattr(event, name, value)
        return event

    def sign(self, *events: event_pb2.Event) -> list[Opened]:
        """Sign these together, and go on from them."""
        signed = sign_events(self.keys.signer(), events)
        for opened in signed:
            version, _ = self.heads.get(opened.event.stream, (0, b""))
            self.heads[opened.event.stream] = (version + 1, opened.digest)
        return signed

    def make(self, stream: str, content: Message, **changes: Any) -> Opened:
        """One event, signed."""
        return self.sign(self.event(stream, content, **changes))[0]

    def knows(self, other: Author, stream: str) -> None:
        """It has seen what the other has made of a stream."""
        self.heads[stream] = other.heads[stream]

    def group(self, *events: event_pb2.Event) -> list[Opened]:
        """These as one atomic group, signed."""
        group_id = self.ids.next(self.clock.now())
        for index, event in enumerate(events):
            event.group.group_id, event.group.index, event.group.size = group_id, index, len(events)
        return self.sign(*events)


@dataclass(slots=True)
class World:
    """A gateway and what was sent to it."""

    url: str
    clock: ManualClock
    entropy: SeededEntropy
    core: GatewayCore
    authors: dict[str, Author] = field(default_factory=dict)

    def author(self, name: str) -> Author:
        """A participant, the same each time."""
        if name not in self.authors:
            self.authors[name] = Author(name, self.clock, UuidSequence(self.entropy))
        return self.authors[name]

    @property
    def home(self) -> Author:
        """漳州."""
        return self.author(HOME)

    @property
    def accepting(self) -> Author:
        """潮州."""
        return self.author(ACCEPTING)

    async def send(self, *events: Opened, peer: str = "", core: GatewayCore | None = None) -> Answers:
        """Send these as their author, or as `peer`."""
        wires = [opened.wire for opened in events]
        return await (core or self.core).admit(peer or events[0].event.author, wires)

    async def admitted(self, *events: Opened) -> list[envelope_pb2.Receipt]:
        """Send these, all of which must be admitted; receipts are proven."""
        answers = await self.send(*events)
        for outcome in answers.outcomes:
            assert outcome.HasField("receipt"), outcome.rejection
        check_receipts(self.core, answers, events)
        return [outcome.receipt for outcome in answers.outcomes]

    async def refused(self, *events: Opened, peer: str = "") -> list[envelope_pb2.Rejection]:
        """Send these, all of which must be refused."""
        answers = await self.send(*events, peer=peer)
        for outcome in answers.outcomes:
            assert outcome.HasField("rejection"), "it was admitted"
        return [outcome.rejection for outcome in answers.outcomes]

    async def reason(self, *events: Opened, peer: str = "") -> str:
        """Why these were refused: the reason of the last."""
        return (await self.refused(*events, peer=peer))[-1].reason

    async def join(self, name: str, *, abroad: bool = False) -> Author:
        """Register a node."""
        author = self.author(name)
        region = name.removeprefix("nodes/")
        posts = [directory_pb2.PostEntry(id="window-1", title="窗口", time_zone="Asia/Shanghai", collects=True)]
        content = profile(region=region, title=region, posts=posts, abroad=abroad)
        made = author.make(name, registration(author.keys, name, content, self.clock.now()))
        answers = await self.core.admitter.admit([made])
        assert answers.outcomes[0].HasField("receipt"), answers.outcomes[0].rejection
        return author

    async def settle_law(self) -> None:
        """Register 漳州, 潮州 and 平潭, publish an item, and sign the agreement."""
        for name in (HOME, ACCEPTING, OTHER):
            await self.join(name)
        document = next(item for item in items_of(seed(), HOME) if item.name == ITEM)
        await self.admitted(self.home.make(ITEM, directory_pb2.ItemPublished(document=document)))
        known = {node.name: node for node in self.core.admitter.directory.nodes()}
        law = zhangzhou_chaozhou_shantou(seed(), known)
        of_home = [clause for clause in law.clauses if clause.home == HOME]
        del law.clauses[:]
        law.clauses.extend(of_home)
        for clause in law.clauses:
            del clause.items[:]
            clause.items.append(ITEM)
        raw = law.SerializeToString()
        await self.admitted(self.home.make(AGREEMENT, agreement_pb2.AgreementProposed(document=raw)))
        digest = document_digest(raw)
        await self.admitted(self.home.make(AGREEMENT, agreement_pb2.AgreementSigned(document_digest=digest)))
        self.accepting.knows(self.home, AGREEMENT)
        await self.admitted(self.accepting.make(AGREEMENT, agreement_pb2.AgreementSigned(document_digest=digest)))

    def route(self, **changes: Any) -> application_pb2.Route:
        """The good route from 潮州 to 漳州."""
        route = application_pb2.Route(
            item=ITEM,
            item_version=1,
            accepting=ACCEPTING,
            home=HOME,
            decider=HOME,
            collecting=ACCEPTING,
            agreement=AGREEMENT,
            agreement_version=1,
            clause="zhangzhou-at-chaozhou",
            mode=types_pb2.MODE_AGENT,
            channel=types_pb2.CHANNEL_WINDOW,
            applicant_kind=types_pb2.APPLICANT_KIND_PERSON,
        )
        for name, value in changes.items():
            setattr(route, name, value)
        return route

    def filing(self, **changes: Any) -> application_pb2.ApplicationSubmitted:
        """A good filing, with changes to its route."""
        return application_pb2.ApplicationSubmitted(
            route=self.route(**changes),
            window="window-1",
            wanted_results=[types_pb2.MATERIAL_FORM_ORIGINAL],
            materials=[
                application_pb2.Material(
                    code="other-1", form=types_pb2.MATERIAL_FORM_ORIGINAL, original="deed", pages=2
                )
            ],
        )

    def file(self, number: str = "TEST0001", **changes: Any) -> Opened:
        """A filing by 潮州, signed."""
        return self.accepting.make(f"applications/{number}", self.filing(), **changes)

    async def read_all(self, channel: str, core: GatewayCore | None = None) -> list[tuple[int, str, int]]:
        """A whole channel: position, stream, version."""
        found: list[tuple[int, str, int]] = []
        while True:
            page = await (core or self.core).read(channel, found[-1][0] if found else 0, 100)
            if not page.deliveries:
                return found
            for delivery in page.deliveries:
                leaf = envelope_pb2.AdmissionLeaf.FromString(delivery.receipt.leaf)
                found.append((delivery.position, leaf.stream, leaf.version))

    async def reopen(self) -> GatewayCore:
        """The gateway starts again over the same database."""
        await close(self.core)
        self.core = await start(self.url, self.clock, self.entropy)
        return self.core


async def start(url: str, clock: ManualClock, entropy: SeededEntropy) -> GatewayCore:
    """A gateway's heart over the database of an address; a second one is a second replica."""
    return await start_on(await open_database(url), clock, entropy)


async def start_on(database: Database, clock: ManualClock, entropy: SeededEntropy) -> GatewayCore:
    """A gateway's heart over a database."""
    return await build_core(database, name="test", keys=keys_of("gateway"), clock=clock, entropy=entropy)


async def close(core: GatewayCore) -> None:
    """Stop it in good order."""
    await core.admitter.close()
    await core.database.close()


@asynccontextmanager
async def world(url: str, *, law: bool = True) -> AsyncIterator[World]:
    """A gateway for one test, by default with nodes, an item and an agreement."""
    clock, entropy = ManualClock(), SeededEntropy(7)
    made = World(url, clock, entropy, await start(url, clock, entropy))
    try:
        if law:
            await made.settle_law()
        yield made
    finally:
        await close(made.core)


def check_receipts(core: GatewayCore, answers: Answers, events: tuple[Opened, ...]) -> None:
    """Every receipt verifies with the gateway's public key alone, and says what was sent."""
    keys = {key.key_id: key.public_key for key in core.receipt_keys}
    verifier = AdmissionVerifier(keys.get)
    for signed in answers.admissions:
        verifier.admit(signed)
    by_id = {opened.event.event_id: opened for opened in events}
    for outcome in answers.outcomes:
        if outcome.HasField("receipt"):
            leaf = verifier.verify(outcome.receipt)
            sent = by_id[outcome.event_id]
            assert (leaf.event_id, leaf.event_digest) == (outcome.event_id, sent.digest)
            assert leaf.stream == sent.event.stream
