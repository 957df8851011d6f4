"""Parties sign in any order, also at the same moment, each before it has seen the other's signature."""

from __future__ import annotations

from agreements import data
from agreements.documents import zhangzhou_chaozhou_shantou
from agreements.domain.documents import document_digest
from agreements.items import items_of
from tests.federation.virtual import Disks, VirtualClock, VirtualLoop, run_virtual, seeded
from tests.federation.whole import Federation
from tongban.v1 import agreement_pb2, lifecycle_pb2, registry_pb2


def test_two_parties_sign_at_once() -> None:
    loop = VirtualLoop()

    async def main() -> None:
        federation = Federation(VirtualClock(loop), seeded(11), Disks().open)
        await federation.start_gateway()
        home, window = [await federation.start_node(region) for region in ("350600", "445100")]
        await federation.settled()
        for item in items_of(data.load(), home.core.name):
            await home.desks.registry.publish_item(home.staff(), registry_pb2.PublishItemRequest(document=item))
        await federation.settled()
        known = {n.name: n for n in home.core.shared.directory.nodes()}
        document = zhangzhou_chaozhou_shantou(data.load(), known)
        raw = document.SerializeToString()
        await home.desks.agreements.propose_agreement(home.staff(), registry_pb2.ProposeAgreementRequest(document=raw))
        await federation.settled()
        request = registry_pb2.SignAgreementRequest(name=document.name, document_digest=document_digest(raw))
        for run in (home, window):
            await run.desks.agreements.sign_agreement(run.staff(), request)
        await federation.settled()
        for run in (home, window):
            agreement = await run.core.state(document.name)
            assert isinstance(agreement, agreement_pb2.Agreement)
            assert agreement.state == lifecycle_pb2.AGREEMENT_STATE_SIGNED
            status = await run.desks.registry.get_node_status(run.staff(), registry_pb2.GetNodeStatusRequest())
            assert not status.tasks
        await federation.stop()

    run_virtual(main(), loop)
