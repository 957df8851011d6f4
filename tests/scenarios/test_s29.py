"""S29 统一申报平台、“零上门”142 项.

Works when: an overseas mobile case closes with an e-result only.  Here: an overseas Chinese files on a phone with the
province's platform, 文成县 decides, and the electronic licence is all there is; no paper begins anywhere.
"""

from __future__ import annotations

import pytest
import pytest_asyncio

from nodes.demo.cast import WENCHENG
from nodes.demo.setting import Setting
from tests.scenarios import acting, mail
from tongban import errors
from tongban.v1 import application_pb2, approval_pb2, mailroom_pb2, types_pb2, window_pb2

pytestmark = [pytest.mark.federation, pytest.mark.asyncio(loop_scope="session")]

PLATFORM = acting.place("330300", "温州市统一申报平台", "Wenzhou's filing platform")
AGREEMENT = "agreements/s29-zero-visits"
ONLINE = [types_pb2.MODE_ONLINE]
KINSHIP = acting.item_of(WENCHENG, "s29-kinship", "华侨亲属关系证明", ONLINE, result_title="亲属关系证明(电子)")
BY_HAND = acting.item_of(WENCHENG, "s29-on-paper", "华侨回国定居", [types_pb2.MODE_AGENT])
MOBILE = {
    "channel": types_pb2.CHANNEL_MOBILE,
    "mode": types_pb2.MODE_ONLINE,
    "applicant_kind": types_pb2.APPLICANT_KIND_OVERSEAS_CHINESE,
}


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def platform(setting: Setting) -> None:
    await setting.add(PLATFORM)
    await acting.publish(setting, [KINSHIP, BY_HAND])
    clause = acting.clause_of(
        "by-phone",
        WENCHENG,
        [PLATFORM],
        [KINSHIP],
        modes=ONLINE,
        channels=[types_pb2.CHANNEL_MOBILE],
        applicant_kinds=[types_pb2.APPLICANT_KIND_OVERSEAS_CHINESE],
    )
    await acting.agree(setting, AGREEMENT, "统一申报平台“零上门”事项(文成县)", [WENCHENG, PLATFORM], [clause])


async def test_a_case_from_abroad_closes_with_its_electronic_result(setting: Setting) -> None:
    filed = await acting.submit(setting, PLATFORM, KINSHIP, **MOBILE, wanted_results=[acting.ELECTRONIC])
    name = filed.name
    await acting.until_state(setting, WENCHENG, name, "SUBMITTED")
    await acting.approve(setting, WENCHENG, name)
    await acting.issue(setting, WENCHENG, name, electronic=acting.E_LICENCE, media_type="text/plain")
    await acting.until_state(setting, PLATFORM, name, "RESULT_ISSUED")
    window = await setting.clients[PLATFORM.region].staff("window")
    await window(window.window.ReadyResult, window_pb2.ReadyResultRequest(name=name))
    given = await window(window.window.DeliverElectronic, window_pb2.DeliverElectronicRequest(name=name))
    assert [each.content for each in given.documents] == [acting.E_LICENCE]
    received = window_pb2.CollectResultRequest(name=name, proof=application_pb2.COLLECTION_PROOF_ELECTRONIC)
    await window(window.window.CollectResult, received)
    await acting.until_state(setting, WENCHENG, name, "COLLECTED")
    await acting.close(setting, WENCHENG, name)
    for node in (PLATFORM, WENCHENG):
        application = (await acting.until_state(setting, node, name, "CLOSED")).application
        # No paper at any moment: nothing to send, nothing to lose, nobody to go anywhere.
        assert not application.parcels
        assert not [each.original for each in application.materials if each.original]
        assert not [each.original for each in application.results if each.original]
        assert [each.form for each in application.results] == [acting.ELECTRONIC]
        with pytest.raises(errors.NotFound):
            await acting.chain(setting, node, name, acting.LICENCE)


async def test_there_is_nothing_to_pack(setting: Setting) -> None:
    filed = await acting.submit(setting, PLATFORM, KINSHIP, **MOBILE, wanted_results=[acting.ELECTRONIC])
    with pytest.raises(errors.TongbanError):
        await mail.pack(setting, PLATFORM, WENCHENG, [f"{filed.name}/originals/{acting.DEED}"], "TB-S29-1")
    listed = await (await mail.mailroom(setting, PLATFORM))(
        (await mail.mailroom(setting, PLATFORM)).mailroom.ListParcels, mailroom_pb2.ListParcelsRequest()
    )
    assert not listed.parcels


async def test_what_needs_paper_is_not_taken_in_by_phone(setting: Setting) -> None:
    before = await acting.listed(setting, PLATFORM)
    with pytest.raises(errors.TongbanError):
        await acting.submit(setting, PLATFORM, BY_HAND, **MOBILE)
    with pytest.raises(errors.ChannelNotCovered):
        await acting.route(setting, PLATFORM, KINSHIP.name, **(MOBILE | {"channel": types_pb2.CHANNEL_KIOSK}))
    assert await acting.listed(setting, PLATFORM) == before


async def test_the_applicant_s_words_are_read_by_the_home_alone(setting: Setting) -> None:
    filed = await acting.submit(setting, PLATFORM, KINSHIP, **MOBILE, wanted_results=[acting.ELECTRONIC])
    await acting.until_state(setting, WENCHENG, filed.name, "SUBMITTED")
    caller = await setting.clients[WENCHENG.region].staff("approval")
    opened = await caller(caller.approval.OpenApplication, approval_pb2.OpenApplicationRequest(name=filed.name))
    assert opened.form["applicant_name"]
