"""One application, as the people at the desks would drive it: filed in 潮州, decided in 漳州, collected in 潮州.

Each step is done by somebody, at a node, through that node's own services; what one node did is waited for at the
other, never assumed.  One wrong pickup code is tried on the way, and has to be refused.  At the end both nodes are
asked who held each original: their answers must be the same, or the run has failed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Protocol

from nodes.demo import cast
from nodes.demo.cast import CHAOZHOU, ZHANGZHOU, Place, Text
from nodes.demo.client import Caller, NodeClient, until
from nodes.demo.processes import DemoFailed
from tongban import errors
from tongban.clock import Clock, Entropy
from tongban.ids import uuid7
from tongban.v1 import (
    application_pb2,
    approval_pb2,
    lifecycle_pb2,
    mailroom_pb2,
    parcel_pb2,
    types_pb2,
    window_pb2,
)

STEPS = 17
_EMS_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


class Audience(Protocol):
    """Who is told what happens."""

    def begin(self, number: int, what: Text, place: Place, user: str) -> None:
        """A step begins."""
        ...

    def done(self, detail: Text, seconds: float) -> None:
        """It is done."""
        ...

    def custody(self, original: str, chain: list[parcel_pb2.Custody]) -> None:
        """An original's holders so far."""
        ...


NOTHING = Text("", "")


@dataclass(slots=True)
class Done:
    """What a step found, to be shown."""

    detail: Text = NOTHING


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it."""

    application: str
    state: str
    events: int
    receipts: int
    custody_moves: int
    parcels: list[str]
    elapsed_seconds: float
    chains: dict[str, list[parcel_pb2.Custody]] = field(repr=False)

    def as_json(self) -> dict[str, object]:
        """Plain values."""
        plain = asdict(self)
        del plain["chains"]
        return plain


class Play:
    """One application on its way."""

    def __init__(self, clients: dict[str, NodeClient], audience: Audience, clock: Clock, entropy: Entropy) -> None:
        self._clients = clients
        self._audience = audience
        self._clock = clock
        self._entropy = entropy
        self._number = 0
        self.name = ""

    async def run(self) -> Report:
        """The whole way."""
        await self._sign_in()
        start = self._clock.monotonic()
        await self._file()
        deed = f"{self.name}/originals/{cast.ORIGINAL}"
        await self._send(CHAOZHOU, ZHANGZHOU, deed, parcel_pb2.PARCEL_PURPOSE_MATERIALS)
        await self._decide()
        licence = f"{self.name}/originals/{cast.RESULT}"
        await self._send(ZHANGZHOU, CHAOZHOU, licence, parcel_pb2.PARCEL_PURPOSE_RESULT)
        await self._hand_out()
        return await self._ask_both([deed, licence], start)

    @asynccontextmanager
    async def _step(self, what: Text, place: Place, user: str) -> AsyncIterator[tuple[Caller, Done]]:
        caller, done = await self._clients[place.region].staff(user), Done()
        self._number += 1
        self._audience.begin(self._number, what, place, user)
        start = self._clock.monotonic()
        yield caller, done
        self._audience.done(done.detail, self._clock.monotonic() - start)

    async def _sign_in(self) -> None:
        """Everybody at once, before the clock starts: a sign-in is made to take time."""
        users = [(CHAOZHOU, "window"), (CHAOZHOU, "mailroom"), (ZHANGZHOU, "approval"), (ZHANGZHOU, "mailroom")]
        await asyncio.gather(*(self._clients[place.region].staff(user) for place, user in users))

    async def _file(self) -> None:
        async with self._step(Text("查询办理路径", "Route asked"), CHAOZHOU, "window") as (staff, done):
            asked = window_pb2.FindRouteRequest(item=cast.ITEM, applicant_kind=types_pb2.APPLICANT_KIND_PERSON)
            answer = await staff(staff.window.FindRoute, asked)
            title = answer.item.document.title
            done.detail = Text(
                f"“{title}”由漳州市审批,依据 {answer.route.agreement} 条款 {answer.route.clause}",
                f"decided by Zhangzhou under {answer.route.agreement}, clause {answer.route.clause}",
            )
        async with self._step(Text("收件", "Filed, with one paper original"), CHAOZHOU, "window") as (staff, done):
            request = cast.submission(self._id())
            application = await staff(staff.window.SubmitApplication, request)
            self.name = application.name
            number = self.name.removeprefix("applications/")
            done.detail = Text(f"办件 {number},原件一份", f"application {number}, one original")
        async with self._step(Text("送达属地", "Arrived at home"), ZHANGZHOU, "approval") as (staff, done):
            await self._until_state(staff, lifecycle_pb2.APPLICATION_STATE_SUBMITTED, ZHANGZHOU)
            done.detail = Text("已验签入账", "verified and receipted")

    async def _send(self, sender: Place, receiver: Place, original: str, purpose: parcel_pb2.ParcelPurpose) -> None:
        seal, waybill = f"TB-{self._digits(8)}", self._waybill()
        async with self._step(Text("装包封签", "Packed and sealed"), sender, "mailroom") as (staff, done):
            request = mailroom_pb2.PackParcelRequest(
                request_id=self._id(),
                purpose=purpose,
                destination=parcel_pb2.Post(node=receiver.name, post="mailroom-1"),
                items=[original],
                seals=[seal],
            )
            packed = await staff(staff.mailroom.PackParcel, request)
            parcel = packed.parcel.name
            number = parcel.removeprefix("parcels/")
            done.detail = Text(f"邮包 {number},封签 {seal}", f"parcel {number}, seal {seal}")
        async with self._step(Text("交寄", "Handed to the courier"), sender, "mailroom") as (staff, done):
            given = mailroom_pb2.DispatchParcelRequest(
                name=parcel, carrier="ems", waybill=waybill, seals=[seal], stub=packed.stub
            )
            await staff(staff.mailroom.DispatchParcel, given)
            done.detail = Text(f"EMS {waybill}", f"EMS {waybill}")
            await self._show_custody(staff, original)
        async with self._step(Text("接收、拆封、核对", "Taken in, opened, checked"), receiver, "mailroom") as (
            staff,
            done,
        ):
            await self._parcel(staff, parcel, receiver)
            taken = mailroom_pb2.TakeInParcelRequest(stub=packed.stub, seals=[seal], waybill=waybill)
            await staff(staff.mailroom.TakeInParcel, taken)
            opened = mailroom_pb2.OpenParcelRequest(name=parcel, seals_intact=True, witness=cast.WITNESS)
            await staff(staff.mailroom.OpenParcel, opened)
            checks = [parcel_pb2.ItemCheck(item=original, outcome=parcel_pb2.CHECK_OUTCOME_CORRECT)]
            await staff(staff.mailroom.CheckItems, mailroom_pb2.CheckItemsRequest(name=parcel, checks=checks))
            done.detail = Text("封签完好,逐件相符", "seals intact, every item there")
            await self._show_custody(staff, original)

    async def _decide(self) -> None:
        async with self._step(Text("受理", "Accepted"), ZHANGZHOU, "approval") as (staff, done):
            opened = await staff(staff.approval.OpenApplication, approval_pb2.OpenApplicationRequest(name=self.name))
            await staff(staff.approval.AcceptApplication, approval_pb2.AcceptApplicationRequest(name=self.name))
            fields = len(opened.form)
            done.detail = Text(f"启封申请表({fields} 项)后受理", f"the sealed form ({fields} fields) was opened first")
        async with self._step(Text("审查、准予", "Reviewed, approved"), ZHANGZHOU, "approval") as (staff, done):
            await staff(staff.approval.StartReview, approval_pb2.StartReviewRequest(name=self.name))
            await staff(staff.approval.ApproveApplication, approval_pb2.ApproveApplicationRequest(name=self.name))
        async with self._step(Text("出证", "Result issued"), ZHANGZHOU, "approval") as (staff, done):
            request = approval_pb2.IssueResultRequest(
                name=self.name, paper=True, electronic="电子证照(演示)".encode(), media_type="text/plain"
            )
            await staff(staff.approval.IssueResult, request)
            done.detail = Text("纸质一份,电子一份(密封给取证地)", "one on paper, one electronic, sealed to the window")

    async def _hand_out(self) -> None:
        name, wrong = self.name, False
        async with self._step(Text("可取证", "Ready for collection"), CHAOZHOU, "window") as (staff, done):
            await self._until_state(staff, lifecycle_pb2.APPLICATION_STATE_RESULT_ISSUED, CHAOZHOU)
            ready = await staff(staff.window.ReadyResult, window_pb2.ReadyResultRequest(name=name))
            done.detail = Text("取件码已交申请人", "the applicant has the pickup code")
        async with self._step(Text("错误取件码", "A wrong pickup code"), CHAOZHOU, "window") as (staff, done):
            guess = f"{(int(ready.pickup_code) + 1) % 10**8:08}"
            try:
                await staff(staff.window.CollectResult, _collect(name, guess))
            except errors.PickupCodeWrong as error:
                wrong = True
                done.detail = Text(f"被拒绝:{error.text('zh')}", f"refused: {error.text('en')}")
            if not wrong:
                raise DemoFailed(Text("错误的取件码竟被接受", "A wrong pickup code was accepted"))
        async with self._step(Text("取证", "Collected"), CHAOZHOU, "window") as (staff, done):
            await staff(staff.window.CollectResult, _collect(name, ready.pickup_code))
            done.detail = Text("申请人领走证照", "the applicant took the licence home")
            await self._show_custody(staff, f"{name}/originals/{cast.RESULT}")
        async with self._step(Text("办结归档", "Closed"), ZHANGZHOU, "approval") as (staff, done):
            await self._until_state(staff, lifecycle_pb2.APPLICATION_STATE_COLLECTED, ZHANGZHOU)
            await staff(staff.approval.CloseApplication, approval_pb2.CloseApplicationRequest(name=name))

    async def _ask_both(self, originals: list[str], start: float) -> Report:
        async with self._step(Text("核对两地记录", "Both nodes compared"), CHAOZHOU, "window") as (here, done):
            there = await self._clients[ZHANGZHOU.region].staff("approval")
            views = await asyncio.gather(self._receipted(here, CHAOZHOU), self._receipted(there, ZHANGZHOU))
            histories = [sorted((e.stream, e.version, e.event_id) for e in view.history) for view in views]
            chains = {name: await self._chain(here, name) for name in originals}
            if histories[0] != histories[1] or views[0].application != views[1].application:
                raise DemoFailed(Text("两地办件记录不一致", "The two nodes' histories differ"))
            for name, chain in chains.items():
                if chain != await self._chain(there, name):
                    raise DemoFailed(Text(f"两地对 {name} 的保管记录不一致", f"The nodes differ on who held {name}"))
            moves = sum(len(chain) for chain in chains.values())
            done.detail = Text(f"事件与 {moves} 次保管变动一致", f"the same events, the same {moves} custody moves")
        history = views[0].history
        return Report(
            application=self.name.removeprefix("applications/"),
            state=lifecycle_pb2.ApplicationState.Name(views[0].application.state).removeprefix("APPLICATION_STATE_"),
            events=len(history),
            receipts=sum(entry.sync_state == window_pb2.SYNC_STATE_RECEIPTED for entry in history),
            custody_moves=moves,
            parcels=[parcel.removeprefix("parcels/") for parcel in views[0].application.parcels],
            elapsed_seconds=round(self._clock.monotonic() - start, 3),
            chains=chains,
        )

    async def _receipted(self, staff: Caller, place: Place) -> window_pb2.ApplicationView:
        async def look() -> window_pb2.ApplicationView | None:
            view = await staff(staff.window.GetApplication, window_pb2.GetApplicationRequest(name=self.name))
            closed = view.application.state == lifecycle_pb2.APPLICATION_STATE_CLOSED
            return view if closed and view.sync_state == window_pb2.SYNC_STATE_RECEIPTED else None

        return await until(look, Text(f"{place.title}收齐回执", f"{place.english} to have every receipt"))

    async def _until_state(self, staff: Caller, state: int, place: Place) -> None:
        async def look() -> bool:
            view = await staff(staff.window.GetApplication, window_pb2.GetApplicationRequest(name=self.name))
            return view.application.state == state

        named = lifecycle_pb2.ApplicationState.Name(state)
        await until(look, Text(f"办件到达{place.title}({named})", f"{named} to arrive at {place.english}"))

    async def _parcel(self, staff: Caller, parcel: str, place: Place) -> None:
        async def look() -> bool:
            found = await staff(staff.mailroom.GetParcel, mailroom_pb2.GetParcelRequest(name=parcel))
            return found.state == lifecycle_pb2.PARCEL_STATE_WITH_CARRIER

        await until(look, Text(f"交寄记录到达{place.title}", f"the dispatch to arrive at {place.english}"))

    async def _chain(self, staff: Caller, original: str) -> list[parcel_pb2.Custody]:
        answer = await staff(staff.mailroom.GetCustody, mailroom_pb2.GetCustodyRequest(original=original))
        return list(answer.chain)

    async def _show_custody(self, staff: Caller, original: str) -> None:
        self._audience.custody(original, await self._chain(staff, original))

    def _id(self) -> str:
        return uuid7(self._clock.now(), self._entropy)

    def _digits(self, count: int) -> str:
        return f"{int.from_bytes(self._entropy.token(8), 'big') % 10**count:0{count}}"

    def _waybill(self) -> str:
        """An international waybill number (S10) with its check digit."""
        serial = self._digits(8)
        check = 11 - sum(int(d) * w for d, w in zip(serial, _EMS_WEIGHTS, strict=True)) % 11
        return f"EB{serial}{ {10: 0, 11: 5}.get(check, check) }CN"


def _collect(name: str, code: str) -> window_pb2.CollectResultRequest:
    return window_pb2.CollectResultRequest(name=name, pickup_code=code, proof=application_pb2.COLLECTION_PROOF_CODE)
