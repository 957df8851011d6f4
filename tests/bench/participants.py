"""A gateway process and nodes that have joined it, as light authors: keys, a certificate and a sequence, no journal.

An author signs what a node would sign, in batches as a node does, and keeps nothing.  So the load on the gateway's
admit path is real events of real participants, and costs this process as little as can be.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from google.protobuf.message import Message

from agreements.domain.documents import document_digest
from gateway.building import build_core
from gateway.joining import Joining
from gateway.runtime import initialise
from gateway.settings import GatewaySettings
from nodes.joining import join, profile
from nodes.settings import NodeSettings
from tests.bench.processes import Server
from tongban import sealing
from tongban.clock import SystemClock, SystemEntropy
from tongban.ids import UuidSequence
from tongban.invitations import Invitation
from tongban.journal.envelopes import attach, sign_events
from tongban.keys import NodeKeys
from tongban.keys import private_pem as key_pem
from tongban.pki import Identity
from tongban.rpc.client import ClientTls, call, open_channel
from tongban.storage.open import open_database
from tongban.v1 import (
    agreement_pb2,
    application_pb2,
    directory_pb2,
    envelope_pb2,
    event_pb2,
    federation_pb2,
    federation_pb2_grpc,
    types_pb2,
)

CLOCK, ENTROPY = SystemClock(), SystemEntropy()
AGREEMENT = "agreements/bench"
AUDIENCE = "parties"


@dataclass(slots=True)
class Draft:
    """One event to be; `head` is the digest and version that it builds on."""

    stream: str
    body: str
    content: Message
    version: int = 0
    head: bytes = b""
    parts: Sequence[envelope_pb2.SealedPart] = ()
    grants: Sequence[envelope_pb2.KeyGrant] = ()
    event_id: str = ""


@dataclass(slots=True)
class Author:
    """A participant that has joined."""

    settings: NodeSettings
    keys: NodeKeys
    sequence: int = 1
    counter: int = 0
    ids: UuidSequence = field(default_factory=lambda: UuidSequence(ENTROPY))

    @property
    def name(self) -> str:
        """Its node."""
        return self.settings.name

    def tls(self) -> ClientTls:
        """Its way into the gateway."""
        home = self.settings.home
        return ClientTls(
            (home / "tls" / "authority.pem").read_bytes(),
            (home / "tls" / "certificate.pem").read_bytes(),
            key_pem(self.keys.tls),
        )

    def sign(self, drafts: Sequence[Draft]) -> list[tuple[envelope_pb2.SignedEvent, bytes]]:
        """Sign these together: as they travel, each with its digest."""
        now = CLOCK.now()
        events = []
        for draft in drafts:
            self.sequence += 1
            event = event_pb2.Event(
                event_id=draft.event_id or self.ids.next(now),
                stream=draft.stream,
                lifecycle_version=1,
                expected_version=draft.version,
                expected_head=draft.head,
                author=self.name,
                incarnation=1,
                sequence=self.sequence,
                actor="s-bench",
            )
            event.claim_time.FromDatetime(now)
            getattr(event, draft.body).CopyFrom(draft.content)
            attach(event, draft.parts, draft.grants)
            events.append(event)
        signed = sign_events(self.keys.signer(), events)
        for opened, draft in zip(signed, drafts, strict=True):
            opened.wire.parts.extend(draft.parts)
            opened.wire.grants.extend(draft.grants)
        return [(opened.wire, opened.digest) for opened in signed]


@dataclass(slots=True)
class Participants:
    """A gateway and who has joined it."""

    home: Path
    gateway: Server
    authors: dict[str, Author]

    @property
    def address(self) -> str:
        """Where nodes dial."""
        return str(self.gateway.addresses["federation"])

    @classmethod
    async def start(cls, home: Path, names: Sequence[str], database: str = "", *, links: int = 16) -> Participants:
        """Make a gateway, start it, and let everybody join."""
        settings = GatewaySettings(home=home, database=database, links_per_node=links)
        initialise(settings, CLOCK, ENTROPY)
        invitations = await invite(settings, names)
        gateway = Server.tongban("gateway", home)
        made = cls(home, gateway, {})
        for invitation in invitations:
            reachable = replace(
                invitation, join_address=gateway.addresses["join"], federation_address=gateway.addresses["federation"]
            )
            await made._join(reachable)
        return made

    async def _join(self, invitation: Invitation) -> None:
        posts = [
            directory_pb2.PostEntry(id="window-1", title="综合窗口", time_zone="Asia/Shanghai", collects=True),
            directory_pb2.PostEntry(id="mailroom-1", title="收发室", time_zone="Asia/Shanghai"),
        ]
        content = profile(region=invitation.region, title=invitation.region, posts=posts)
        home = self.home / invitation.region
        settings = await join(home, invitation, content, CLOCK, ENTROPY)
        self.authors[invitation.region] = Author(settings, NodeKeys.load(home / "keys"))

    async def agree(self, accepting: Sequence[str], homes: Sequence[str]) -> None:
        """Each home publishes an item, and one agreement lets every accepting node take it in."""
        document = agreement_document(self.authors, accepting, homes)
        raw = document.SerializeToString()
        for home in homes:
            author = self.authors[home]
            published = directory_pb2.ItemPublished(document=item_document(author.name))
            await self.publish(author, Draft(item_name(author.name), "item_published", published))
        first, *_ = parties = [self.authors[r] for r in (*accepting, *homes)]
        proposed = agreement_pb2.AgreementProposed(document=raw)
        head = await self.publish(first, Draft(AGREEMENT, "agreement_proposed", proposed))
        signed = agreement_pb2.AgreementSigned(document_digest=document_digest(raw))
        for version, author in enumerate(parties, 1):
            head = await self.publish(author, Draft(AGREEMENT, "agreement_signed", signed, version, head))

    async def publish(self, author: Author, draft: Draft) -> bytes:
        """One event by the unary way; its digest."""
        [(wire, digest)] = author.sign([draft])
        channel = open_channel(self.address, author.tls())
        stub = federation_pb2_grpc.FederationStub(channel)
        response = await call(stub.Publish, federation_pb2.PublishRequest(events=[wire]))
        await channel.close(None)
        for outcome in response.outcomes:
            if not outcome.HasField("receipt"):
                raise RuntimeError(f"{draft.body}: {outcome.rejection}")
        return digest


async def invite(settings: GatewaySettings, names: Sequence[str]) -> list[Invitation]:
    """An invitation for each, made while the gateway does not run; the addresses are filled in by the caller."""
    database = await open_database(settings.database_url)
    keys = NodeKeys.load(settings.home / "keys")
    core = await build_core(database, name=settings.name, keys=keys, clock=CLOCK, entropy=ENTROPY)
    joining = Joining(core, Identity.load(settings.home / "authority"), ENTROPY)
    made = [
        await joining.invite(node=f"nodes/{name}", region=name, join_address="later:1", federation_address="later:2")
        for name in names
    ]
    await database.close()
    return made


def item_name(home: str) -> str:
    """The item that a home of the bench publishes."""
    return f"items/{home.removeprefix('nodes/')}.bench-item"


def item_document(home: str) -> directory_pb2.ItemDocument:
    """An item with the least that a window needs."""
    return directory_pb2.ItemDocument(
        name=item_name(home),
        home=home,
        title="测量用事项",
        department="测量",
        modes=[types_pb2.MODE_AGENT],
        form=[directory_pb2.FormField(name="applicant_name", title="申请人", required=True, kind="text")],
        source="tests/bench",
    )


def agreement_document(
    authors: dict[str, Author], accepting: Sequence[str], homes: Sequence[str]
) -> agreement_pb2.AgreementDocument:
    """Every accepting node may take in every home's item; the home decides."""
    return agreement_pb2.AgreementDocument(
        name=AGREEMENT,
        document_version=1,
        title="测量用协议",
        parties=[
            agreement_pb2.Party(
                node=authors[r].name, region=r, root_fingerprint=hashlib.sha256(authors[r].keys.root_public).digest()
            )
            for r in (*accepting, *homes)
        ],
        clauses=[
            agreement_pb2.Clause(
                id=f"at-{home}",
                home=authors[home].name,
                accepting=[authors[r].name for r in accepting],
                items=[item_name(authors[home].name)],
                modes=[types_pb2.MODE_AGENT],
                decider=types_pb2.DECIDER_HOME,
                paper=True,
            )
            for home in homes
        ],
        effective_date={"year": 2020, "month": 1, "day": 1},
        source="tests/bench",
    )


def route(accepting: Author, home: Author) -> application_pb2.Route:
    """What coverage finds for the bench's agreement."""
    return application_pb2.Route(
        item=item_name(home.name),
        item_version=1,
        accepting=accepting.name,
        home=home.name,
        decider=home.name,
        collecting=accepting.name,
        agreement=AGREEMENT,
        agreement_version=1,
        clause=f"at-{home.settings.home.name}",
        mode=types_pb2.MODE_AGENT,
        channel=types_pb2.CHANNEL_WINDOW,
        applicant_kind=types_pb2.APPLICANT_KIND_PERSON,
    )


def sealed_part(key: bytes, stream: str, name: str, event_id: str, size: int) -> envelope_pb2.SealedPart:
    """A part of about `size` bytes, sealed as a node seals it."""
    ciphertext = sealing.seal_part(ENTROPY, key, bytes(size), stream=stream, part=name, event_id=event_id)
    return envelope_pb2.SealedPart(name=name, audience=AUDIENCE, ciphertext=ciphertext)


def grants(key: bytes, stream: str, readers: Sequence[Author]) -> list[envelope_pb2.KeyGrant]:
    """The content key for each reader."""
    return [
        envelope_pb2.KeyGrant(
            audience=AUDIENCE,
            recipient=reader.name,
            key_id=reader.keys.sealing_key_id,
            ciphertext=sealing.seal_grant(key, reader.keys.sealing_public, stream=stream, audience=AUDIENCE),
        )
        for reader in readers
    ]


def today() -> dt.date:
    """For numbers."""
    return CLOCK.now().date()
