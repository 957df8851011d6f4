"""Old certificates, originals that go back, permits to print, and what stands on the paper; all of it derived again."""

from __future__ import annotations

import pytest

from nodes import fsck
from nodes.core import NodeCore
from tests.federation.whole import request_id
from tests.nodes.collecting import HERE, THERE, another, collect, decided, holder, lines, ready
from tests.nodes.kit import Address, office
from tongban import errors
from tongban.fsck import Report
from tongban.v1 import approval_pb2, lifecycle_pb2, parcel_pb2, window_pb2


async def test_the_old_certificate_against_the_new_one(address: Address) -> None:
    async with office(address) as o:
        name = await decided(o, surrenders=["old-licence"])
        desk, clerk = o.accepting.desks.surrender, o.accepting.staff()
        with pytest.raises(errors.CertificateNotSurrendered):
            await ready(o, name, "locker-1")
        code = (await ready(o, name)).pickup_code
        assert "原证照" in (await lines(o, name))["surrender"]
        with pytest.raises(errors.CertificateNotSurrendered):
            await collect(o, name, code)
        came = window_pb2.SurrenderCertificateRequest(
            request_id=request_id(), name=name, code="old-licence", pages=1, serial="闽食 0099"
        )
        taken = await desk.surrender_certificate(clerk, came)
        assert [(s.original, s.against) for s in taken.surrendered] == [("old-licence", "licence")]
        assert taken.surrendered[0].serial_digest
        again = await desk.surrender_certificate(clerk, came)
        assert len(again.surrendered) == 1, "pressed twice, it is taken in once"
        done = await collect(o, name, code)
        assert not done.exceptions
        held = await holder(o, f"{name}/originals/old-licence")
        assert (held.post.node, held.post.post) == (HERE, "window-1")
        await o.settled()
        # It is the decider's to make void, and only in its hands.
        void = window_pb2.VoidOriginalRequest(name=name, original="old-licence", reason_code="surrendered")
        with pytest.raises(errors.NotTheDecider):
            await desk.void_original(clerk, void)
        with pytest.raises(errors.NotTheCustodian):
            await o.home.desks.surrender.void_original(o.home.staff(), void)
        opened = await o.home.desks.approval.open_application(
            o.home.staff(), approval_pb2.OpenApplicationRequest(name=name)
        )
        assert opened.form["surrendered_old_licence"] == "闽食 0099"


async def test_without_the_old_certificate_there_is_a_reason(sqlite: Address) -> None:
    async with office(sqlite) as o:
        name = await decided(o, surrenders=["old-licence"])
        code = (await ready(o, name)).pickup_code
        done = await collect(o, name, code, not_surrendered_reason="lost", explanation="上月遗失,已登报")
        assert done.state == lifecycle_pb2.APPLICATION_STATE_COLLECTED
        await o.settled()
        opened = await o.home.desks.approval.open_application(
            o.home.staff(), approval_pb2.OpenApplicationRequest(name=name)
        )
        assert opened.explanation == "上月遗失,已登报"


async def test_originals_go_back_to_the_applicant(address: Address) -> None:
    async with office(address) as o:
        name = await decided(o)
        desk, clerk = o.accepting.desks.surrender, o.accepting.staff()
        request = window_pb2.ReturnOriginalsRequest(name=name, originals=["deed"])
        with pytest.raises(errors.FieldInvalid):
            await desk.return_originals(clerk, request)
        request.collector.identity_kind = "resident_id"
        with pytest.raises(errors.NotTheCustodian):
            await o.home.desks.surrender.return_originals(o.home.staff(), request)
        done = await desk.return_originals(clerk, request)
        assert list(done.returned) == ["deed"]
        assert (await holder(o, f"{name}/originals/deed")).kind == parcel_pb2.HOLDER_KIND_APPLICANT
        with pytest.raises(errors.FieldInvalid):
            await desk.return_originals(clerk, request)
        await o.settled()


async def test_another_prints_after_the_permit_came_back(sqlite: Address) -> None:
    async with office(sqlite) as o:
        name = await decided(o)
        here, there = o.accepting.desks.prints, o.home.desks.prints
        grant = window_pb2.GrantPrintPermitRequest(name=name, code="licence", to=THERE)
        with pytest.raises(errors.PrintPermitHeld):
            await there.grant_print_permit(o.home.staff(), grant)
        released = window_pb2.ReleasePrintPermitRequest(name=name, original="licence", reason_code="printer-broken")
        with pytest.raises(errors.PrintPermitHeld):
            await there.release_print_permit(o.home.staff(), released)
        await here.release_print_permit(o.accepting.staff(), released)
        await o.settled()
        await there.grant_print_permit(o.home.staff(), grant)
        await there.record_print(
            o.home.staff("mailroom-1"), window_pb2.RecordPrintRequest(name=name, original="licence")
        )
        await o.settled()
        with pytest.raises(errors.PrintPermitHeld):
            await here.record_print(o.accepting.staff(), window_pb2.RecordPrintRequest(name=name, original="licence"))
        held = await holder(o, f"{name}/originals/licence")
        assert (held.post.node, held.post.post) == (THERE, "mailroom-1")
        with pytest.raises(errors.NotTheCustodian):
            await ready(o, name)


async def test_the_paper_is_the_authoritys_whoever_prints_it(sqlite: Address) -> None:
    async with office(sqlite) as o:
        printed_there, printed_here = await decided(o, printing=""), await another(o)
        said = []
        for name in (printed_there, printed_here):
            both = [
                await run.desks.prints.get_imprint(
                    run.staff(), window_pb2.GetImprintRequest(name=name, original="licence")
                )
                for run in (o.home, o.accepting)
            ]
            assert both[0].SerializeToString(deterministic=True) == both[1].SerializeToString(deterministic=True)
            said.append(both[0])
        here, there = said[1], said[0]
        assert (there.printing, here.printing) == (THERE, HERE)
        # Only who prints differs; signatory, seal, place and day do not.
        home = o.home.core.shared.directory.node(THERE).profile.title
        for imprint in said:
            assert (imprint.authority, imprint.authority_node, imprint.place) == (home, THERE, home)
            assert imprint.seal == "全域通办审批专用章(1)"
            assert imprint.title
            imprint.ClearField("printing")
            imprint.ClearField("original")
        assert here == there


async def test_the_chains_are_derived_again_from_the_journal(sqlite: Address) -> None:
    async with office(sqlite) as o:
        name = await decided(o, surrenders=["old-licence"])
        await o.accepting.desks.surrender.surrender_certificate(
            o.accepting.staff(),
            window_pb2.SurrenderCertificateRequest(request_id=request_id(), name=name, code="old-licence", pages=1),
        )
        code = (await ready(o, name)).pickup_code
        await collect(o, name, code)
        back = window_pb2.ReturnOriginalsRequest(name=name, originals=["deed"])
        back.collector.identity_kind = "resident_id"
        await o.accepting.desks.surrender.return_originals(o.accepting.staff(), back)
        lost = window_pb2.VoidOriginalRequest(name=name, original="licence", reason_code="lost")
        await o.settled()
        await o.home.desks.surrender.void_original(o.home.staff(), lost)
        await o.settled()
        for run in (o.home, o.accepting):
            state = await run.core.state(name)
            assert state.papers[0].void_reason == "lost"
            report = await _checked(run.core)
            assert report.sound, report.first


async def _checked(core: NodeCore) -> Report:
    own_key = core.keys.signing_key_id, core.keys.signing_public
    return await core.database.run(lambda tx: fsck.check(tx, node=core.name, own_key=own_key), read_only=True)
