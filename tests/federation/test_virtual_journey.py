"""Gateway and four nodes in one process on a virtual clock: the seam that the fault campaign builds on."""

from __future__ import annotations

from tests.federation.journey import Journey
from tests.federation.virtual import Disks, VirtualClock, VirtualLoop, run_virtual, seeded
from tests.federation.whole import REGIONS, Federation
from tongban.v1 import lifecycle_pb2, mailroom_pb2, parcel_pb2


def test_the_whole_journey_on_a_virtual_clock() -> None:
    loop = VirtualLoop()

    async def main() -> None:
        federation = Federation(VirtualClock(loop), seeded(1), Disks().open)
        await federation.start_gateway()
        for region in REGIONS:
            await federation.start_node(region)
        await federation.settled()
        await federation.agree()
        journey = Journey(federation, federation.nodes["445100"], federation.nodes["350600"])
        closed = await journey.run()
        assert closed.state == lifecycle_pb2.APPLICATION_STATE_CLOSED
        for region in ("445100", "350600"):
            run = federation.nodes[region]
            state = await run.core.state(journey.name)
            assert state == closed
            custody = await run.desks.mailroom.get_custody(
                run.staff(), mailroom_pb2.GetCustodyRequest(original=f"{journey.name}/originals/licence")
            )
            assert custody.current.kind == parcel_pb2.HOLDER_KIND_APPLICANT
        assert await federation.nodes["350128"].core.state(journey.name) is None
        await federation.stop()

    run_virtual(main(), loop)
