"""An alliance of fifty: signed by 49, amended, joined by the fiftieth, left by one, with applications on their way."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections.abc import Sequence

import pytest

from agreements.domain.documents import document_digest
from nodes.desk.agreements import AgreementDesk
from tests.federation.stage import Stage, play
from tests.federation.whole import NodeRun, request_id
from tongban import errors
from tongban.v1 import (
    agreement_pb2,
    application_pb2,
    approval_pb2,
    directory_pb2,
    lifecycle_pb2,
    negotiation_pb2,
    registry_pb2,
    types_pb2,
    window_pb2,
)

REGIONS = [f"{320000 + 100 * number}" for number in range(1, 51)]
LAST, LEAVER = REGIONS[-1], REGIONS[10]
NAME = "agreements/alliance-of-fifty"
BASE_CODE, SECOND_CODE = "442199806003", "442199806004"
CLOSED = lifecycle_pb2.APPLICATION_STATE_CLOSED


def test_an_alliance_of_fifty_over_its_whole_life() -> None:
    async def act(stage: Stage) -> None:
        alliance = Alliance(stage)
        await alliance.publish()
        first = alliance.text(REGIONS, [BASE_CODE], version=1)
        await alliance.propose(first)
        assert await alliance.state() == lifecycle_pb2.AGREEMENT_STATE_PROPOSED

        # One signature binds nobody; with the second it binds those two, and nobody else.
        await alliance.sign(first, REGIONS[:1])
        with pytest.raises(errors.NoAgreementInForce):
            await alliance.file(REGIONS[0], REGIONS[1])
        await alliance.sign(first, REGIONS[1:2])
        early = await alliance.file(REGIONS[0], REGIONS[1])
        with pytest.raises(errors.PartyNotBound) as refusal:
            await alliance.file(REGIONS[0], REGIONS[2])
        assert refusal.value.facts["member"] == REGIONS[2]

        await alliance.sign(first, REGIONS[2:49])
        assert await alliance.state() == lifecycle_pb2.AGREEMENT_STATE_SIGNED
        before = await alliance.file(REGIONS[3], REGIONS[4])
        with pytest.raises(errors.PartyNotBound):
            await alliance.file(REGIONS[3], LAST)
        with pytest.raises(errors.ItemNotCovered):
            await alliance.file(REGIONS[3], REGIONS[4], code="second")

        # Amended: the second item comes in once all 49 have signed; until then the first version holds.
        second = alliance.text(REGIONS, [BASE_CODE, SECOND_CODE], version=2)
        await alliance.propose(second, REGIONS[7])
        await alliance.sign(second, REGIONS[:48])
        during = await alliance.file(REGIONS[5], REGIONS[6])
        assert during.route.agreement_version == 1
        await alliance.sign(second, REGIONS[48:49])
        after = await alliance.file(REGIONS[5], REGIONS[6], code="second")
        assert after.route.agreement_version == 2
        with pytest.raises(errors.PartyNotBound):
            await alliance.file(REGIONS[0], LAST)

        # The fiftieth joins by signing what the others have signed.
        await alliance.sign(second, [LAST])
        joined = await alliance.file(LAST, REGIONS[0])
        received = await alliance.file(REGIONS[0], LAST)

        # One leaves, with the notice that the text asks for; what it took in until then goes on.
        leaving = await alliance.file(LEAVER, REGIONS[1])
        await alliance.leave(LEAVER)
        in_notice = await alliance.file(REGIONS[2], LEAVER)
        await alliance.days(31)
        with pytest.raises(errors.PartyNotBound) as refusal:
            await alliance.file(REGIONS[2], LEAVER)
        assert "退出" in refusal.value.text("zh")
        with pytest.raises(errors.PartyNotBound):
            await alliance.file(LEAVER, REGIONS[2])
        still = await alliance.file(REGIONS[2], REGIONS[3], code="second")

        # Whatever was on its way at each step arrives, under the version that it was filed under.
        for application in (early, before, during, after, joined, received, leaving, in_notice, still):
            await alliance.finish(application)
        versions = [a.route.agreement_version for a in (early, before, during, after, joined, still)]
        assert versions == [1, 1, 1, 2, 2, 2]
        await alliance.same_everywhere()

    play(act, regions=REGIONS, agreed=False)


class Alliance:
    """Fifty regions that take in for one another."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.nodes = stage.federation.nodes

    def text(self, regions: Sequence[str], codes: Sequence[str], *, version: int) -> agreement_pb2.AgreementDocument:
        """Each is home to its own items in the pool and takes in for all others."""
        document = agreement_pb2.AgreementDocument(
            name=NAME,
            document_version=version,
            title="五十地通办联盟协议",
            entry=agreement_pb2.ENTRY_RULE_SIGNATORIES,
            notice_days=30,
            pools=[agreement_pb2.ItemPool(id="first", title="首批事项", base_codes=codes)],
            clauses=[
                agreement_pb2.Clause(
                    id="all",
                    pools=["first"],
                    modes=[types_pb2.MODE_ONLINE],
                    decider=types_pb2.DECIDER_HOME,
                    collecting_anywhere=True,
                )
            ],
            effective_date={"year": 2025, "month": 1, "day": 1},
        )
        for region in regions:
            root = self.nodes[region].core.keys.root_public
            document.parties.add(node=f"nodes/{region}", region=region, root_fingerprint=hashlib.sha256(root).digest())
        return document

    async def publish(self) -> None:
        """Every region publishes its two items, bound to the basic catalogue."""
        for region, run in self.nodes.items():
            for code, base in (("first", BASE_CODE), ("second", SECOND_CODE)):
                document = directory_pb2.ItemDocument(
                    name=item(region, code),
                    home=run.core.name,
                    title=f"{region} 的事项 {code}",
                    modes=[types_pb2.MODE_ONLINE],
                    base_code=base,
                    form=[directory_pb2.FormField(name="applicant_name", title="姓名", required=True, kind="text")],
                )
                await run.desks.registry.publish_item(run.staff(), registry_pb2.PublishItemRequest(document=document))
        await self.stage.federation.settled()

    async def propose(self, text: agreement_pb2.AgreementDocument, region: str = REGIONS[0]) -> None:
        """Put a text before the parties."""
        run = self.nodes[region]
        request = registry_pb2.ProposeAgreementRequest(document=text.SerializeToString())
        await self._desk(run).propose_agreement(run.staff(), request)
        await self.stage.federation.settled(120)

    async def sign(self, text: agreement_pb2.AgreementDocument, regions: Sequence[str]) -> None:
        """Regions sign, all at the same time."""
        digest = document_digest(text.SerializeToString())
        for region in regions:
            run = self.nodes[region]
            request = registry_pb2.SignAgreementRequest(name=NAME, document_digest=digest)
            await self._desk(run).sign_agreement(run.staff(), request)
        await self.stage.federation.settled(120)

    async def leave(self, region: str) -> None:
        """A region declares that it leaves, on the earliest day."""
        run = self.nodes[region]
        await self._desk(run).leave_agreement(run.staff(), negotiation_pb2.LeaveAgreementRequest(name=NAME))
        await self.stage.federation.settled(120)

    async def file(self, accepting: str, home: str, code: str = "first") -> application_pb2.Application:
        """File at one region for another."""
        run = self.nodes[accepting]
        request = window_pb2.SubmitApplicationRequest(
            request_id=request_id(),
            item=item(home, code),
            mode=types_pb2.MODE_ONLINE,
            applicant_kind=types_pb2.APPLICANT_KIND_PERSON,
            form={"applicant_name": "陈阿婆"},
            wanted_results=[types_pb2.MATERIAL_FORM_ELECTRONIC],
        )
        return await run.desks.window.submit_application(run.staff(), request)

    async def finish(self, application: application_pb2.Application) -> None:
        """The home region decides; the window hands out."""
        route = application.route
        home, accepting = (self.nodes[node.removeprefix("nodes/")] for node in (route.home, route.accepting))
        await self.stage.federation.settled(120)
        desk, approver, name = home.desks.approval, home.staff(), application.name
        await desk.accept_application(approver, approval_pb2.AcceptApplicationRequest(name=name))
        await desk.start_review(approver, approval_pb2.StartReviewRequest(name=name))
        await desk.approve_application(approver, approval_pb2.ApproveApplicationRequest(name=name))
        licence = approval_pb2.IssueResultRequest(name=name, electronic=b"%PDF-1.7", media_type="application/pdf")
        await desk.issue_result(approver, licence)
        await self.stage.federation.settled(120)
        clerk = accepting.staff()
        ready = await accepting.desks.window.ready_result(clerk, window_pb2.ReadyResultRequest(name=name))
        await accepting.desks.window.collect_result(
            clerk,
            window_pb2.CollectResultRequest(
                name=name, pickup_code=ready.pickup_code, proof=application_pb2.COLLECTION_PROOF_CODE
            ),
        )
        await self.stage.federation.settled(120)
        closed = await desk.close_application(approver, approval_pb2.CloseApplicationRequest(name=name))
        assert closed.state == CLOSED

    async def state(self) -> int:
        """Where the agreement stands, as the last of them sees it."""
        found = self.nodes[LAST].core.shared.agreement(NAME)
        assert found is not None
        return found.state

    async def days(self, count: int) -> None:
        """Time passes, and nothing happens."""
        await asyncio.sleep(dt.timedelta(days=count).total_seconds())

    async def same_everywhere(self) -> None:
        """All fifty and the gateway hold the same agreement."""
        await self.stage.federation.settled(120)
        gateway = self.stage.federation.gateway
        assert gateway is not None
        found = {str(run.core.shared.agreement(NAME)) for run in self.nodes.values()}
        found.add(str(gateway.admitter.shared.agreement(NAME)))
        assert len(found) == 1

    @staticmethod
    def _desk(run: NodeRun) -> AgreementDesk:
        return run.desks.agreements


def item(region: str, code: str) -> str:
    """A region's item."""
    return f"items/{region}.{code}"
