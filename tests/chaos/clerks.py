"""Clerks: whole applications over the generated stubs, by people who do not give up and never do a thing twice.

Who gets no answer waits for the machine and then asks again.  Where the contract has a request id, the same request is
made once more: the id makes it safe.  Where it has none, a person looks first whether it was done.
"""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from nodes.demo.client import Caller
from tests.bench.participants import item_name
from tests.chaos.federation import ACCEPTING, HOMES, POSTS, Federation, Office
from tests.chaos.ledger import Ledger
from tongban import errors
from tongban.v1 import (
    application_pb2,
    approval_pb2,
    lifecycle_pb2,
    mailroom_pb2,
    parcel_pb2,
    types_pb2,
    window_pb2,
)

_S = lifecycle_pb2
POLL_SECONDS = 0.4
THINKING_SECONDS = 0.2
REFUSED_SECONDS = 1.0
WAYBILL = "EB123456785CN"
EARLY = 0.3
"""How often a parcel is scanned in before anybody looked whether its papers came."""

_Call = Callable[[Caller], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Step:
    """A thing to do once: how, and what shows that it is done."""

    user: str
    call: _Call
    stream: str
    state: int
    kinds: list[tuple[str, str]]


class Clerks:
    """Everybody at the desks."""

    def __init__(self, federation: Federation, ledger: Ledger, chance: random.Random) -> None:
        self._federation = federation
        self._ledger = ledger
        self._chance = chance
        self.closing = False

    async def work(self, pause: float = 0.0) -> None:
        """One application after the other, until the office closes."""
        await asyncio.sleep(pause)
        while not self.closing:
            await self.one()

    async def one(self) -> None:
        """One application from the filing to the closing."""
        window = self._federation.offices[self._chance.choice(ACCEPTING)]
        home = self._federation.offices[self._chance.choice(HOMES)]
        name = await self._file(window, home)
        await self._send(window, home, name, "deed", parcel_pb2.PARCEL_PURPOSE_MATERIALS)
        await self._decide(home, name)
        parcel = await self._send(home, window, name, "licence", parcel_pb2.PARCEL_PURPOSE_RESULT)
        await self._hand_out(window, name, parcel)
        await self._until(home, name, _S.APPLICATION_STATE_COLLECTED)
        close = approval_pb2.CloseApplicationRequest(name=name)
        await self._decision(home, name, "CloseApplication", close, "application_closed", _S.APPLICATION_STATE_CLOSED)
        self._ledger.closed.add(name)

    async def _file(self, window: Office, home: Office) -> str:
        request = submission(home)
        answer = await self._by_request_id(window, "window", lambda c: c(c.window.SubmitApplication, request))
        name = str(answer.name)
        self._ledger.made("applications", name, request.request_id)
        self._note(window, [(name, "application_submitted")])
        return name

    async def _decide(self, home: Office, name: str) -> None:
        approve = approval_pb2.ApproveApplicationRequest(name=name)
        issue = approval_pb2.IssueResultRequest(name=name, paper=True)
        for method, request, kind, state in (
            ("AcceptApplication", approval_pb2.AcceptApplicationRequest(name=name), "application_accepted", "ACCEPTED"),
            ("StartReview", approval_pb2.StartReviewRequest(name=name), "review_started", "IN_REVIEW"),
            ("ApproveApplication", approve, "application_approved", "APPROVED"),
            ("IssueResult", issue, "result_issued", "RESULT_ISSUED"),
        ):
            reached = _S.ApplicationState.Value(f"APPLICATION_STATE_{state}")
            await self._decision(home, name, method, request, kind, reached)

    async def _decision(self, home: Office, name: str, method: str, request: object, kind: str, state: int) -> None:
        def call(caller: Caller) -> Awaitable[Any]:
            return caller(getattr(caller.approval, method), request)

        await self._do(home, Step("window", call, name, state, [(name, kind)]))

    async def _send(
        self, giver: Office, taker: Office, name: str, original: str, purpose: parcel_pb2.ParcelPurpose
    ) -> str:
        """Pack, hand over, take in, open and check one original."""
        item, seal = f"{name}/originals/{original}", f"S-{uuid.uuid4().hex[:12].upper()}"
        pack = mailroom_pb2.PackParcelRequest(
            request_id=str(uuid.uuid4()),
            purpose=purpose,
            destination=parcel_pb2.Post(node=taker.name, post=POSTS["mailroom"]),
            items=[item],
            seals=[seal],
        )
        packed = await self._by_request_id(giver, "mailroom", lambda c: c(c.mailroom.PackParcel, pack))
        parcel = str(packed.parcel.name)
        self._ledger.made("parcels", parcel, pack.request_id)
        self._note(giver, [(parcel, "parcel_packed"), (parcel, "parcel_sealed"), (name, "parcel_attached")])
        give = mailroom_pb2.DispatchParcelRequest(
            name=parcel, carrier="ems", waybill=WAYBILL, seals=[seal], stub=packed.stub
        )
        done = [(parcel, "parcel_offered"), (parcel, "parcel_dispatched")]
        await self._mail(giver, lambda c: c(c.mailroom.DispatchParcel, give), parcel, "WITH_CARRIER", done)
        if self._chance.random() >= EARLY:
            await self._until(taker, parcel, _S.PARCEL_STATE_WITH_CARRIER)
        take = mailroom_pb2.TakeInParcelRequest(stub=packed.stub, seals=[seal], waybill=WAYBILL)
        done = [(parcel, "parcel_taken_in")]
        await self._mail(taker, lambda c: c(c.mailroom.TakeInParcel, take), parcel, "TAKEN_IN", done)
        await self._until(taker, parcel, _S.PARCEL_STATE_TAKEN_IN)
        opened = mailroom_pb2.OpenParcelRequest(name=parcel, seals_intact=True, witness="window")
        done = [(parcel, "parcel_opened")]
        await self._mail(taker, lambda c: c(c.mailroom.OpenParcel, opened), parcel, "OPENED", done)
        check = mailroom_pb2.CheckItemsRequest(
            name=parcel, checks=[parcel_pb2.ItemCheck(item=item, outcome=parcel_pb2.CHECK_OUTCOME_CORRECT)]
        )
        done = [(parcel, "items_checked"), (parcel, "parcel_reconciled")]
        await self._mail(taker, lambda c: c(c.mailroom.CheckItems, check), parcel, "RECONCILED", done)
        return parcel

    async def _mail(self, office: Office, call: _Call, parcel: str, state: str, kinds: list[tuple[str, str]]) -> None:
        reached = _S.ParcelState.Value(f"PARCEL_STATE_{state}")
        await self._do(office, Step("mailroom", call, parcel, reached, kinds))

    async def _hand_out(self, window: Office, name: str, parcel: str) -> None:
        await self._until(window, name, _S.APPLICATION_STATE_RESULT_ISSUED)
        ready = window_pb2.ReadyResultRequest(name=name)
        # Asked again it gives a new code, so it may simply be repeated.
        answer = await self._by_request_id(window, "window", lambda c: c(c.window.ReadyResult, ready))
        self._note(window, [(parcel, "parcel_held"), (name, "result_ready")])
        collect = window_pb2.CollectResultRequest(
            name=name, pickup_code=answer.pickup_code, proof=application_pb2.COLLECTION_PROOF_CODE
        )
        done = [(parcel, "parcel_collected"), (name, "result_collected")]
        state = _S.APPLICATION_STATE_COLLECTED
        await self._do(window, Step("window", lambda c: c(c.window.CollectResult, collect), name, state, done))

    async def _by_request_id(self, office: Office, user: str, call: _Call) -> Any:
        """Ask until there is an answer; asking again makes nothing twice."""
        await self._think()
        while True:
            answer = await self._try(office, user, call)
            if answer is not None:
                return answer
            await self._think()

    async def _do(self, office: Office, step: Step) -> None:
        """Ask; where no answer comes, look before asking again."""
        await self._think()
        while await self._try(office, step.user, step.call) is None:
            await self._think()
            if await self._state(office, step.stream) >= step.state:
                break
        self._note(office, step.kinds)

    async def _until(self, office: Office, name: str, state: int) -> None:
        """Wait until an office shows it in that state, or further."""
        while await self._state(office, name) < state:
            await self._pause()

    async def _state(self, office: Office, name: str) -> int:
        """What an office shows; asks until it answers."""

        async def look(caller: Caller) -> int:
            try:
                if name.startswith("parcels/"):
                    found = await caller(caller.mailroom.GetParcel, mailroom_pb2.GetParcelRequest(name=name))
                    return int(found.state)
                view = await caller(caller.window.GetApplication, window_pb2.GetApplicationRequest(name=name))
                return int(view.application.state)
            except errors.NotFound:
                return 0

        while (state := await self._try(office, "window", look)) is None:
            await self._think()
        self._ledger.show(office.name, name, int(state))
        return int(state)

    async def _try(self, office: Office, user: str, call: _Call) -> Any:
        """One attempt; None where nobody can know what came of it, or where it was refused for now."""
        try:
            caller = await office.staff(user)
            office.called.set()
            return await call(caller)
        except errors.Unavailable:
            self._ledger.unknown += 1
        except errors.TongbanError as error:
            self._ledger.refusals[f"{office.name} {error.reason()}: {error.text('en')[:160]}"] += 1
            await asyncio.sleep(REFUSED_SECONDS)
        return None

    def _note(self, office: Office, kinds: list[tuple[str, str]]) -> None:
        self._ledger.acknowledge(office.name, kinds, time.time())

    async def _pause(self) -> None:
        await asyncio.sleep(self._chance.uniform(0.5, 1.5) * POLL_SECONDS)

    async def _think(self) -> None:
        await asyncio.sleep(self._chance.uniform(0.0, THINKING_SECONDS))


def submission(home: Office) -> window_pb2.SubmitApplicationRequest:
    """A filing with one paper original."""
    deed = application_pb2.Material(code="other-1", form=types_pb2.MATERIAL_FORM_ORIGINAL, original="deed", pages=3)
    return window_pb2.SubmitApplicationRequest(
        request_id=str(uuid.uuid4()),
        item=item_name(home.name),
        mode=types_pb2.MODE_AGENT,
        applicant_kind=types_pb2.APPLICANT_KIND_PERSON,
        form={"applicant_name": "陈阿婆"},
        materials=[window_pb2.MaterialContent(material=deed, serial="闽房 0012345")],
    )
