"""The desks on both databases: one way in for both doors, so every rule is tried here."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from nodes.desk.staff import WINDOW
from nodes.store import QUERIES
from tests.federation.journey import APPLICANT, ITEM, submission
from tests.federation.whole import request_id
from tests.nodes.kit import ACCEPTING, HOME, Address, filed, office, one_role
from tongban import errors
from tongban.local_numbers import parse_number
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


async def test_one_notice_only(address: Address) -> None:
    async with office(address) as o:
        name = await filed(o)
        home, approver = o.home.desks.approval, o.home.staff()
        notice = approval_pb2.RequireCorrectionRequest(
            name=name,
            defects=[application_pb2.Defect(code="form", defect_code="missing")],
            explanation="缺一项",
        )
        await home.require_correction(approver, notice)
        await o.settled()
        supplied = window_pb2.SupplyCorrectionRequest(name=name, form={"phone": "13900000000"})
        await o.accepting.desks.window.supply_correction(o.accepting.staff(), supplied)
        await o.settled()
        with pytest.raises(errors.SecondCorrectionNotice):
            await home.require_correction(approver, notice)
        opened = await home.open_application(approver, approval_pb2.OpenApplicationRequest(name=name))
        assert opened.form["phone"] == "13900000000"
        assert opened.form["applicant_name"] == APPLICANT["applicant_name"]
        assert opened.explanation == "缺一项"


async def test_the_same_request_makes_one_thing(address: Address) -> None:
    async with office(address) as o:
        window, clerk = o.accepting.desks.window, o.accepting.staff()
        request = submission()
        # At once, so that they come into one commit; and later.
        made = await asyncio.gather(*(window.submit_application(clerk, request) for _ in range(8)))
        made.append(await window.submit_application(clerk, request))
        assert len({application.name for application in made}) == 1
        listed = await window.list_applications(clerk, window_pb2.ListApplicationsRequest())
        assert [a.name for a in listed.applications] == [made[0].name]
        pack = mailroom_pb2.PackParcelRequest(
            request_id=request.request_id,
            purpose=parcel_pb2.PARCEL_PURPOSE_MATERIALS,
            destination=parcel_pb2.Post(node=o.home.core.name, post="mailroom-1"),
            items=[f"{made[0].name}/originals/deed"],
            seals=["SEAL-0001"],
        )
        with pytest.raises(errors.AlreadyExists):
            await o.accepting.desks.mailroom.pack_parcel(clerk, pack)
        pack.request_id = request_id()
        parcels = await asyncio.gather(*(o.accepting.desks.mailroom.pack_parcel(clerk, pack) for _ in range(4)))
        assert len({answer.parcel.name for answer in parcels}) == 1
        pack.request_id = request_id()
        with pytest.raises(errors.OriginalElsewhere) as twice:
            await o.accepting.desks.mailroom.pack_parcel(clerk, pack)
        number = parse_number(parcels[0].parcel.name.removeprefix("parcels/")).grouped
        assert twice.value.text("zh") == f"原件“deed”已在邮包 {number} 中,不能同时装入另一邮包。"
        assert (
            twice.value.text("en") == f"The original “deed” is already in parcel {number} and cannot be packed twice."
        )
        assert twice.value.facts["parcel"] == parcels[0].parcel.name


async def test_many_clerks_at_once_get_numbers_of_their_own(address: Address) -> None:
    async with office(address) as o:
        window, clerk = o.accepting.desks.window, o.accepting.staff()
        made = await asyncio.gather(*(window.submit_application(clerk, submission()) for _ in range(40)))
        assert len({application.name for application in made}) == 40
        names = set()
        token = ""
        for _ in range(6):
            page = await window.list_applications(
                clerk, window_pb2.ListApplicationsRequest(page_size=7, page_token=token)
            )
            names |= {application.name for application in page.applications}
            token = page.next_page_token
            if not token:
                break
        assert names == {application.name for application in made}
        for broken in ("nonsense", base64.urlsafe_b64encode(b"1" * 30 + b" x").decode(), "AAA=", "\u4e2d"):
            with pytest.raises(errors.FilterInvalid):
                await window.list_applications(clerk, window_pb2.ListApplicationsRequest(page_token=broken))
        await o.settled()


async def test_what_is_sealed_opens_at_the_parties_alone(address: Address) -> None:
    async with office(address) as o:
        name = await filed(o)
        request = approval_pb2.OpenApplicationRequest(name=name)
        for run in (o.home, o.accepting):
            opened = await run.desks.approval.open_application(run.staff(), request)
            assert dict(opened.form) == APPLICANT
            assert opened.materials[0].content == b"scan of the identity card"
        # Where the grants do not lie, nothing opens, though the ciphertext is all there.
        await o.home.core.database.run(
            lambda tx: tx.execute(QUERIES.drop_grant, {"stream": name, "audience": "parties"})
        )
        with pytest.raises(errors.SealNotForUs):
            await o.home.desks.approval.open_application(o.home.staff(), request)


async def test_a_window_of_another_region_knows_nothing(sqlite: Address) -> None:
    async with office(sqlite, regions=(HOME, ACCEPTING, "350128")) as o:
        name = await filed(o)
        other = o.nodes["350128"]
        with pytest.raises(errors.ApplicationNotFound):
            await other.desks.approval.open_application(other.staff(), approval_pb2.OpenApplicationRequest(name=name))
        with pytest.raises(errors.ApplicationNotFound):
            await other.desks.window.get_application(other.staff(), window_pb2.GetApplicationRequest(name=name))


async def test_the_node_keeps_no_plaintext(sqlite: Address) -> None:
    async with office(sqlite) as o:
        await filed(o)
        paths = [sqlite(region).removeprefix("sqlite:///") for region in (HOME, ACCEPTING)]
    for path in paths:
        raw = b"".join(p.read_bytes() for p in Path(path).parent.glob(f"{Path(path).name}*"))
        assert len(raw) > 10_000
        for value in (APPLICANT["applicant_name"], APPLICANT["identity_number"], APPLICANT["phone"], "0012345"):
            for encoded in (value.encode(), value.encode("gbk"), base64.b64encode(value.encode())[:-2]):
                assert encoded not in raw, f"{value} lies open in {Path(path).name}"


async def test_who_holds_an_original(address: Address) -> None:
    async with office(address) as o:
        journey = o.journey()
        await journey.submit()
        original = f"{journey.name}/originals/deed"
        ask = mailroom_pb2.GetCustodyRequest(original=original)
        here = await o.accepting.desks.mailroom.get_custody(o.accepting.staff(), ask)
        assert here.current.post.node == f"nodes/{ACCEPTING}"
        await o.settled()
        await journey.send(o.accepting, o.home, "deed", parcel_pb2.PARCEL_PURPOSE_MATERIALS, "SEAL-0001")
        answers = [await run.desks.mailroom.get_custody(run.staff(), ask) for run in (o.home, o.accepting)]
        assert answers[0] == answers[1]
        kinds = [holder.kind for holder in answers[0].chain]
        assert parcel_pb2.HOLDER_KIND_LEG in kinds
        assert {kinds[0], kinds[-1]} == {parcel_pb2.HOLDER_KIND_POST}
        assert answers[0].current.post == parcel_pb2.Post(node=f"nodes/{HOME}", post="mailroom-1")
        with pytest.raises(errors.OriginalNotFound):
            await o.home.desks.mailroom.get_custody(
                o.home.staff(), mailroom_pb2.GetCustodyRequest(original=f"{journey.name}/originals/none")
            )
        # It is not at 潮州 any more, so 潮州 cannot pack it.
        pack = mailroom_pb2.PackParcelRequest(
            request_id=request_id(),
            purpose=parcel_pb2.PARCEL_PURPOSE_MATERIALS,
            destination=parcel_pb2.Post(node=o.home.core.name, post="mailroom-1"),
            items=[original],
            seals=["SEAL-0009"],
        )
        with pytest.raises(errors.NotTheCustodian):
            await o.accepting.desks.mailroom.pack_parcel(o.accepting.staff("mailroom-1"), pack)


async def test_a_pickup_code_takes_five_guesses_and_then_time(address: Address) -> None:
    async with office(address) as o:
        journey = o.journey()
        await journey.submit()
        await journey.send(o.accepting, o.home, "deed", parcel_pb2.PARCEL_PURPOSE_MATERIALS, "SEAL-0001")
        await journey.decide()
        await journey.send(o.home, o.accepting, "licence", parcel_pb2.PARCEL_PURPOSE_RESULT, "SEAL-0002")
        desk, clerk = o.accepting.desks.window, journey.window()
        ready = await desk.ready_result(clerk, window_pb2.ReadyResultRequest(name=journey.name))

        def guess(code: str) -> window_pb2.CollectResultRequest:
            return window_pb2.CollectResultRequest(
                name=journey.name, pickup_code=code, proof=application_pb2.COLLECTION_PROOF_CODE
            )

        wrong = f"{(int(ready.pickup_code) + 1) % 10**8:08}"
        electronic = guess(ready.pickup_code)
        electronic.proof = application_pb2.COLLECTION_PROOF_ELECTRONIC
        with pytest.raises(errors.FieldInvalid):
            await desk.collect_result(clerk, electronic)
        for left in (4, 3, 2, 1):
            with pytest.raises(errors.PickupCodeWrong) as refused:
                await desk.collect_result(clerk, guess(wrong))
            assert refused.value.facts["left"] == str(left)
        with pytest.raises(errors.PickupLocked):
            await desk.collect_result(clerk, guess(wrong))
        with pytest.raises(errors.PickupLocked):
            await desk.collect_result(clerk, guess(ready.pickup_code))
        # A clerk alone cannot make another code in the place of the locked one.
        with pytest.raises(errors.RoleNotAllowed):
            await desk.ready_result(one_role(WINDOW), window_pb2.ReadyResultRequest(name=journey.name))
        o.now.move(minutes=15, seconds=1)
        collected = await desk.collect_result(clerk, guess(ready.pickup_code))
        assert collected.state == lifecycle_pb2.APPLICATION_STATE_COLLECTED
        with pytest.raises(errors.PickupCodeUsed):
            await desk.collect_result(clerk, guess(ready.pickup_code))
        await o.settled()


async def test_guesses_side_by_side_are_all_counted(address: Address) -> None:
    async with office(address) as o:
        await o.accepting.desks.staff.add(
            "li", "right-password", title="小李", roles=frozenset({WINDOW}), post="window-1"
        )
        wrong = window_pb2.SignInRequest(user="li", password="wrong")
        answers = await asyncio.gather(
            *(o.accepting.desks.staff.sign_in(wrong) for _ in range(8)), return_exceptions=True
        )
        said = [type(a) for a in answers]
        assert said.count(errors.SignInFailed) == 5
        assert said.count(errors.SignInLocked) == 3
        right = window_pb2.SignInRequest(user="li", password="right-password")
        with pytest.raises(errors.SignInLocked):
            await o.accepting.desks.staff.sign_in(right)
        o.now.move(minutes=5, seconds=1)
        session = (await o.accepting.desks.staff.sign_in(right)).session
        assert (await o.accepting.desks.staff.who(session)).user == "li"
        o.now.move(hours=12, seconds=1)
        with pytest.raises(errors.SignInRequired):
            await o.accepting.desks.staff.who(session)
        session = (await o.accepting.desks.staff.sign_in(right)).session
        await o.accepting.desks.staff.sign_out(session)
        with pytest.raises(errors.SignInRequired):
            await o.accepting.desks.staff.who(session)
        for user in ("nobody", "li\x00", "li' OR '1'='1"):
            with pytest.raises(errors.SignInFailed):
                await o.accepting.desks.staff.sign_in(window_pb2.SignInRequest(user=user, password="x"))
        for token in ("", "made-up", "\x00"):
            with pytest.raises(errors.SignInRequired):
                await o.accepting.desks.staff.who(token)


async def test_a_step_too_large_to_travel_is_refused_at_the_desk(sqlite: Address) -> None:
    async with office(sqlite) as o:
        window, clerk = o.accepting.desks.window, o.accepting.staff()
        names = [(await window.submit_application(clerk, submission())).name for _ in range(31)]
        pack = mailroom_pb2.PackParcelRequest(
            request_id=request_id(),
            purpose=parcel_pb2.PARCEL_PURPOSE_MATERIALS,
            destination=parcel_pb2.Post(node=o.home.core.name, post="mailroom-1"),
            items=[f"{name}/originals/deed" for name in names],
            seals=["SEAL-0001"],
        )
        with pytest.raises(errors.FieldInvalid):
            await o.accepting.desks.mailroom.pack_parcel(clerk, pack)
        pack.items.pop()
        await o.accepting.desks.mailroom.pack_parcel(clerk, pack)
        await o.settled()
        status = await o.accepting.desks.registry.get_node_status(clerk, registry_pb2.GetNodeStatusRequest())
        assert not status.tasks


async def test_the_route_is_asked_before_the_form_is_typed(sqlite: Address) -> None:
    async with office(sqlite) as o:
        window, clerk = o.accepting.desks.window, o.accepting.staff()
        asked = window_pb2.FindRouteRequest(
            item=ITEM, mode=types_pb2.MODE_AGENT, applicant_kind=types_pb2.APPLICANT_KIND_PERSON
        )
        found = await window.find_route(clerk, asked)
        assert (found.route.decider, found.route.collecting) == (f"nodes/{HOME}", f"nodes/{ACCEPTING}")
        assert found.item.document.title
        assert found.clause.id == found.route.clause
        asked.mode = types_pb2.MODE_JOINT
        with pytest.raises(errors.ModeNotCovered):
            await window.find_route(clerk, asked)
        asked.item = "items/350600.no-such"
        with pytest.raises(errors.ItemNotFound):
            await window.find_route(clerk, asked)
