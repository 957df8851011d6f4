"""Whole applications: filed, sent, decided, sent back, handed out and closed, by clients of two nodes' services.

A gateway and two nodes run as processes of their own; every step is a call as a clerk's system makes it, and whoever
waits for the other region asks for lists, as an inbox does.  An application counts when its closing is durable at home:
28 events, each signed, sealed where it must be, admitted, delivered, verified and folded by both nodes.  A run ends
when the accepting node shows every one of them as closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agreements.domain.documents import document_digest
from nodes.core import NodeCore
from nodes.demo.client import Caller, NodeClient
from nodes.desk.staff import ROLES, StaffDesk
from tests.bench.participants import CLOCK, ENTROPY, Participants, agreement_document, item_document, item_name
from tests.bench.processes import Server, percentile
from tongban import errors
from tongban.exchange.tasks import first_to_end
from tongban.passwords import Cost
from tongban.storage.open import open_database
from tongban.v1 import (
    application_pb2,
    approval_pb2,
    lifecycle_pb2,
    mailroom_pb2,
    parcel_pb2,
    registry_pb2,
    types_pb2,
    window_pb2,
)

ACCEPTING, HOME = "C1", "C2"
CLERKS = 32
POLL_SECONDS = 0.025
PAGE = 4 * CLERKS
WARMING = 0.25
PATIENCE = 60.0
PASSWORD = "bench-password"
POSTS = {"window": "window-1", "mailroom": "mailroom-1"}


@dataclass(slots=True)
class Desk:
    """One node, its clerks, and what its lists have shown."""

    name: str
    server: Server
    client: NodeClient
    window: Caller
    mailroom: Caller
    seen: dict[tuple[str, int], asyncio.Event] = field(default_factory=dict)

    async def until(self, name: str, state: int) -> None:
        """Wait until a list shows that name in that state."""
        event = self.seen.setdefault((name, state), asyncio.Event())
        async with asyncio.timeout(PATIENCE):
            await event.wait()
        del self.seen[name, state]

    async def look(self) -> None:
        """Ask for the lists, for ever."""
        parcels = mailroom_pb2.ListParcelsRequest(page_size=PAGE)
        collected = [lifecycle_pb2.APPLICATION_STATE_COLLECTED]
        applications = window_pb2.ListApplicationsRequest(page_size=PAGE, states=collected)
        while True:
            if any(name.startswith("parcels/") for name, _ in self.seen):
                self._note((await self.mailroom(self.mailroom.mailroom.ListParcels, parcels)).parcels)
            if any(name.startswith("applications/") for name, _ in self.seen):
                answer = await self.window(self.window.window.ListApplications, applications)
                self._note(answer.applications)
            await asyncio.sleep(POLL_SECONDS)

    def _note(self, listed: Sequence[application_pb2.Application] | Sequence[parcel_pb2.Parcel]) -> None:
        for one in listed:
            event = self.seen.get((one.name, one.state))
            if event is not None:
                event.set()


@dataclass(frozen=True, slots=True)
class Applied:
    """What one run came to."""

    rate: float
    p50_ms: float
    p99_ms: float
    gateway_cpu_ms: float
    nodes_cpu_ms: float
    applications: int


class ApplicationLoad:
    """Two nodes behind a gateway of their own, and the clerks of both."""

    def __init__(self, participants: Participants, accepting: Desk, home: Desk) -> None:
        self._participants = participants
        self._accepting = accepting
        self._home = home

    @classmethod
    async def start(cls, folder: Path, database: str = "") -> ApplicationLoad:
        """Start everything; publish an item and sign an agreement."""
        participants = await Participants.start(folder, [ACCEPTING, HOME], database)
        accepting = await open_desk(participants, ACCEPTING)
        home = await open_desk(participants, HOME)
        load = cls(participants, accepting, home)
        await load.agree()
        return load

    async def agree(self) -> None:
        """The home publishes an item, and both sign an agreement over it."""
        caller, name = self._home.window, f"nodes/{HOME}"
        published = registry_pb2.PublishItemRequest(document=item_document(name))
        await caller(caller.registry.PublishItem, published)
        document = agreement_document(self._participants.authors, [ACCEPTING], [HOME])
        raw = document.SerializeToString()
        await _propose(caller, raw)
        sign = registry_pb2.SignAgreementRequest(name=document.name, document_digest=document_digest(raw))
        for signer in (self._home.window, self._accepting.window):
            await _until_agreed(signer, signatures=0 if signer is self._home.window else 1)
            await signer(signer.registry.SignAgreement, sign)
        await _until_agreed(self._home.window, signatures=2)
        await _until_agreed(self._accepting.window, signatures=2)

    async def run(self, seconds: float, clerks: int = CLERKS) -> Applied:
        """Every clerk begins an application as soon as the last is through; the first quarter is not counted."""
        servers = (self._accepting.server, self._home.server)
        start = time.perf_counter()
        begin, end = start + WARMING * seconds, start + seconds
        times: list[float] = []
        total = counted = 0
        gateway, nodes = self._participants.gateway.cpu(), sum(s.cpu() for s in servers)

        async def clerk() -> None:
            nonlocal total, counted
            while time.perf_counter() < end:
                began = time.perf_counter()
                await self._one()
                now = time.perf_counter()
                times.append((now - began) * 1000)
                total += 1
                counted += begin <= now < end

        async def all_clerks() -> None:
            await asyncio.gather(*(clerk() for _ in range(clerks)))

        await first_to_end(all_clerks(), self._accepting.look(), self._home.look())
        used = self._participants.gateway.cpu() - gateway, sum(s.cpu() for s in servers) - nodes
        await self._all_closed()
        return Applied(
            counted / (end - begin),
            percentile(times, 0.5),
            percentile(times, 0.99),
            used[0] / total * 1000,
            used[1] / total * 1000,
            total,
        )

    async def _all_closed(self) -> None:
        """Wait until the accepting node has heard of every closing."""
        closed = lifecycle_pb2.APPLICATION_STATE_CLOSED
        others = [name for name, state in lifecycle_pb2.ApplicationState.items() if state not in (0, closed)]
        window = self._accepting.window
        async with asyncio.timeout(PATIENCE):
            request = window_pb2.ListApplicationsRequest(states=others)
            while (await window(window.window.ListApplications, request)).applications:  # noqa: ASYNC110  # its list
                await asyncio.sleep(POLL_SECONDS)

    async def _one(self) -> None:
        window, approver = self._accepting.window, self._home.window
        name = (await window(window.window.SubmitApplication, submission())).name
        await self._send(self._accepting, self._home, name, "deed", parcel_pb2.PARCEL_PURPOSE_MATERIALS)
        approval = approver.approval
        await approver(approval.AcceptApplication, approval_pb2.AcceptApplicationRequest(name=name))
        await approver(approval.StartReview, approval_pb2.StartReviewRequest(name=name))
        await approver(approval.ApproveApplication, approval_pb2.ApproveApplicationRequest(name=name))
        await approver(approval.IssueResult, approval_pb2.IssueResultRequest(name=name, paper=True))
        await self._send(self._home, self._accepting, name, "licence", parcel_pb2.PARCEL_PURPOSE_RESULT)
        ready = await window(window.window.ReadyResult, window_pb2.ReadyResultRequest(name=name))
        collect = window_pb2.CollectResultRequest(
            name=name, pickup_code=ready.pickup_code, proof=application_pb2.COLLECTION_PROOF_CODE
        )
        await window(window.window.CollectResult, collect)
        await self._home.until(name, lifecycle_pb2.APPLICATION_STATE_COLLECTED)
        await approver(approval.CloseApplication, approval_pb2.CloseApplicationRequest(name=name))

    async def _send(
        self, sender: Desk, receiver: Desk, name: str, original: str, purpose: parcel_pb2.ParcelPurpose
    ) -> None:
        """Pack, hand over, take in, open and check one original."""
        giver, taker = sender.mailroom, receiver.mailroom
        item, seal = f"{name}/originals/{original}", f"S-{uuid.uuid4().hex[:12].upper()}"
        packed = await giver(
            giver.mailroom.PackParcel,
            mailroom_pb2.PackParcelRequest(
                request_id=str(uuid.uuid4()),
                purpose=purpose,
                destination=parcel_pb2.Post(node=receiver.name, post=POSTS["mailroom"]),
                items=[item],
                seals=[seal],
            ),
        )
        parcel = packed.parcel.name
        dispatch = mailroom_pb2.DispatchParcelRequest(
            name=parcel, carrier="ems", waybill="EB123456785CN", seals=[seal], stub=packed.stub
        )
        await giver(giver.mailroom.DispatchParcel, dispatch)
        await receiver.until(parcel, lifecycle_pb2.PARCEL_STATE_WITH_CARRIER)
        take = mailroom_pb2.TakeInParcelRequest(stub=packed.stub, seals=[seal], waybill="EB123456785CN")
        await taker(taker.mailroom.TakeInParcel, take)
        opened = mailroom_pb2.OpenParcelRequest(name=parcel, seals_intact=True, witness="window")
        await taker(taker.mailroom.OpenParcel, opened)
        check = parcel_pb2.ItemCheck(item=item, outcome=parcel_pb2.CHECK_OUTCOME_CORRECT)
        await taker(taker.mailroom.CheckItems, mailroom_pb2.CheckItemsRequest(name=parcel, checks=[check]))

    async def stop(self) -> None:
        """End."""
        for desk in (self._accepting, self._home):
            await desk.client.close()
            desk.server.stop()
        self._participants.gateway.stop()


async def open_desk(participants: Participants, region: str) -> Desk:
    """A node as a process, with staff who are signed in."""
    author = participants.authors[region]
    database = await open_database(author.settings.database_url)
    core = NodeCore(name=author.name, database=database, keys=author.keys, clock=CLOCK, entropy=ENTROPY)
    for user, post in POSTS.items():
        await StaffDesk(core).add(user, PASSWORD, title=user, roles=ROLES, post=post, cost=Cost(ln=14))
    await database.close()
    server = Server.tongban("node", author.settings.home)
    client = NodeClient(server.addresses["grpc"], PASSWORD)
    return Desk(author.name, server, client, await client.staff("window"), await client.staff("mailroom"))


async def _propose(caller: Caller, raw: bytes) -> None:
    # What was published just now can be named once the gateway has given it back.
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(errors.ItemNotFound):
                await caller(caller.registry.ProposeAgreement, registry_pb2.ProposeAgreementRequest(document=raw))
                return
            await asyncio.sleep(POLL_SECONDS)


async def _until_agreed(caller: Caller, signatures: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(IndexError):
                found = await caller(caller.registry.ListAgreements, registry_pb2.ListAgreementsRequest())
                if len(found.agreements[0].signatures) >= signatures:
                    return
            await asyncio.sleep(0.05)


def submission() -> window_pb2.SubmitApplicationRequest:
    """A good filing with one original."""
    material = application_pb2.Material
    return window_pb2.SubmitApplicationRequest(
        request_id=str(uuid.uuid4()),
        item=item_name(f"nodes/{HOME}"),
        mode=types_pb2.MODE_AGENT,
        applicant_kind=types_pb2.APPLICANT_KIND_PERSON,
        form={"applicant_name": "陈阿婆"},
        materials=[
            window_pb2.MaterialContent(
                material=material(code="other-1", form=types_pb2.MATERIAL_FORM_ORIGINAL, original="deed", pages=3),
                serial="闽房 0012345",
            ),
        ],
    )
