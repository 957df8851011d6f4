"""The main journey: filed in 潮州, decided in 漳州, papers both ways, collected in 潮州."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nodes.desk.staff import Staff
from tests.federation.whole import Federation, NodeRun, request_id
from tongban.v1 import (
    application_pb2,
    approval_pb2,
    mailroom_pb2,
    parcel_pb2,
    types_pb2,
    window_pb2,
)

ITEM = "items/350600.zz-x-hpf"
APPLICANT = {
    "applicant_name": "陈阿婆",
    "identity_kind": "resident_id",
    "identity_number": "350626199003070010",
    "phone": "13800000000",
    "address": "潮州市湘桥区某路 1 号",
}


@dataclass(slots=True)
class Journey:
    """One application on its way."""

    federation: Federation
    accepting: NodeRun
    home: NodeRun
    name: str = ""

    def window(self) -> Staff:
        """A clerk at the accepting window."""
        return self.accepting.staff("window-1")

    async def submit(self, **changes: object) -> application_pb2.Application:
        """File with one original."""
        application = await self.accepting.desks.window.submit_application(self.window(), submission(**changes))
        self.name = application.name
        return application

    async def send(
        self, sender: NodeRun, receiver: NodeRun, original: str, purpose: parcel_pb2.ParcelPurpose, seal: str
    ) -> str:
        """Pack, dispatch, take in, open and check one original; the parcel's name."""
        giver, taker = sender.staff("mailroom-1"), receiver.staff("mailroom-1")
        packed = await sender.desks.mailroom.pack_parcel(
            giver,
            mailroom_pb2.PackParcelRequest(
                request_id=request_id(),
                purpose=purpose,
                destination=parcel_pb2.Post(node=receiver.core.name, post="mailroom-1"),
                items=[f"{self.name}/originals/{original}"],
                seals=[seal],
            ),
        )
        parcel = packed.parcel.name
        await sender.desks.mailroom.dispatch_parcel(
            giver,
            mailroom_pb2.DispatchParcelRequest(
                name=parcel, carrier="ems", waybill="EB123456785CN", seals=[seal], stub=packed.stub
            ),
        )
        await self.federation.settled()
        await receiver.desks.mailroom.take_in_parcel(
            taker, mailroom_pb2.TakeInParcelRequest(stub=packed.stub, seals=[seal], waybill="EB123456785CN")
        )
        await receiver.desks.mailroom.open_parcel(
            taker, mailroom_pb2.OpenParcelRequest(name=parcel, seals_intact=True, witness="s-two")
        )
        await receiver.desks.mailroom.check_items(
            taker,
            mailroom_pb2.CheckItemsRequest(
                name=parcel,
                checks=[
                    parcel_pb2.ItemCheck(
                        item=f"{self.name}/originals/{original}", outcome=parcel_pb2.CHECK_OUTCOME_CORRECT
                    )
                ],
            ),
        )
        await self.federation.settled()
        return parcel

    async def decide(self, surrenders: Sequence[str] = ()) -> None:
        """Accept, review, approve and issue on paper; `surrenders`: old certificates that must come back."""
        desk, approver = self.home.desks.approval, self.home.staff()
        await desk.accept_application(approver, approval_pb2.AcceptApplicationRequest(name=self.name))
        await desk.start_review(approver, approval_pb2.StartReviewRequest(name=self.name))
        await desk.approve_application(approver, approval_pb2.ApproveApplicationRequest(name=self.name))
        request = approval_pb2.IssueResultRequest(name=self.name, paper=True, surrenders=surrenders)
        await desk.issue_result(approver, request)

    async def run(self) -> application_pb2.Application:
        """The whole way."""
        await self.submit()
        await self.send(self.accepting, self.home, "deed", parcel_pb2.PARCEL_PURPOSE_MATERIALS, "SEAL-0001")
        await self.decide()
        await self.send(self.home, self.accepting, "licence", parcel_pb2.PARCEL_PURPOSE_RESULT, "SEAL-0002")
        return await self.collect()

    async def collect(self) -> application_pb2.Application:
        """Make the result ready, hand it out, and close."""
        desk = self.accepting.desks.window
        ready = await desk.ready_result(self.window(), window_pb2.ReadyResultRequest(name=self.name))
        await desk.collect_result(
            self.window(),
            window_pb2.CollectResultRequest(
                name=self.name, pickup_code=ready.pickup_code, proof=application_pb2.COLLECTION_PROOF_CODE
            ),
        )
        await self.federation.settled()
        closed = await self.home.desks.approval.close_application(
            self.home.staff(), approval_pb2.CloseApplicationRequest(name=self.name)
        )
        await self.federation.settled()
        return closed


def submission(**changes: object) -> window_pb2.SubmitApplicationRequest:
    """A good filing with one original and an identity document."""
    request = window_pb2.SubmitApplicationRequest(
        request_id=request_id(),
        item=ITEM,
        mode=types_pb2.MODE_AGENT,
        applicant_kind=types_pb2.APPLICANT_KIND_PERSON,
        form=APPLICANT,
        materials=[
            window_pb2.MaterialContent(
                material=application_pb2.Material(code="identity-document", form=types_pb2.MATERIAL_FORM_ELECTRONIC),
                content=b"scan of the identity card",
                media_type="image/png",
            ),
            window_pb2.MaterialContent(
                material=application_pb2.Material(
                    code="other-1", form=types_pb2.MATERIAL_FORM_ORIGINAL, original="deed", pages=3
                ),
                serial="闽房 0012345",
            ),
        ],
    )
    for key, value in changes.items():
        field = getattr(request, key)
        if hasattr(field, "clear") and isinstance(value, dict):
            field.clear()
            field.update(value)
        else:
            setattr(request, key, value)
    return request
