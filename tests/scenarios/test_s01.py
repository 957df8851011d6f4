"""S01 福建省网上办事大厅“跨省通办”专区.

Works when: an item published by a node in another province is listed, opened and its 办件 queried from the Fujian
zone.  Here: 潮州市 in 广东 publishes; the zone is the province's own node, whose users come by the web.
"""

from __future__ import annotations

import pytest
import pytest_asyncio

from nodes.demo.cast import CHAOZHOU, WENCHENG, Place, Text
from nodes.demo.client import until
from nodes.demo.setting import Setting
from tests.privacy import search
from tests.scenarios import acting
from tongban import errors
from tongban.v1 import application_pb2, approval_pb2, catalogue_pb2, types_pb2, window_pb2

pytestmark = [pytest.mark.federation, pytest.mark.asyncio(loop_scope="session")]

ZONE = acting.place("350000", "福建省网上办事大厅", "Fujian's online hall")
AGREEMENT = "agreements/s01-guangdong-in-fujian"
ONLINE = (types_pb2.MODE_ONLINE,)
RECORDS = acting.item_of(
    CHAOZHOU,
    "s01-insurance-record",
    "社会保险参保缴费记录查询",
    ONLINE,
    department="人力资源和社会保障局",
    promised_working_days=1,
    conditions=["在潮州市参加过社会保险"],
    result_title="参保缴费凭证",
)
UNLISTED = acting.item_of(CHAOZHOU, "s01-local-only", "本市老年人优待证办理", ONLINE)
BY_WEB = {"channel": types_pb2.CHANNEL_WEB, "mode": types_pb2.MODE_ONLINE}


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def zone(setting: Setting) -> None:
    await setting.add(ZONE)
    await acting.publish(setting, [RECORDS, UNLISTED])
    clause = acting.clause_of(
        "chaozhou-in-fujian",
        CHAOZHOU,
        [ZONE],
        [RECORDS],
        modes=list(ONLINE),
        channels=[types_pb2.CHANNEL_WEB, types_pb2.CHANNEL_MOBILE],
    )
    await acting.agree(setting, AGREEMENT, "“跨省通办”专区(潮州市)", [CHAOZHOU, ZONE], [clause])


async def items(setting: Setting, at: Place, query: str = "") -> dict[str, window_pb2.AvailableItem]:
    caller = await setting.clients[at.region].staff("window")
    answer = await caller(caller.window.ListItems, window_pb2.ListItemsRequest(page_size=500, query=query))
    return {each.item.name: each for each in answer.items}


async def test_the_other_province_s_item_is_listed(setting: Setting) -> None:
    found = (await items(setting, ZONE))[RECORDS.name]
    assert found.home.name == CHAOZHOU.name
    assert found.home.profile.title == CHAOZHOU.title
    assert (found.agreement, found.clause.id) == (AGREEMENT, "chaozhou-in-fujian")
    assert RECORDS.name in await items(setting, ZONE, "缴费记录")
    assert RECORDS.name not in await items(setting, ZONE, "婚姻登记")


async def test_what_is_not_agreed_is_not_listed_and_not_opened(setting: Setting) -> None:
    assert UNLISTED.name not in await items(setting, ZONE)
    with pytest.raises(errors.ItemNotCovered) as refusal:
        await acting.route(setting, ZONE, UNLISTED.name, channel=types_pb2.CHANNEL_WEB)
    assert refusal.value.facts["agreement_name"] == AGREEMENT
    with pytest.raises(errors.ChannelNotCovered):
        await acting.route(setting, ZONE, RECORDS.name, channel=types_pb2.CHANNEL_KIOSK)


async def test_it_opens_with_its_home_s_own_guide(setting: Setting) -> None:
    opened = await acting.route(setting, ZONE, RECORDS.name, channel=types_pb2.CHANNEL_WEB)
    assert opened.item.document == RECORDS
    assert (opened.route.home, opened.route.decider) == (CHAOZHOU.name, CHAOZHOU.name)


async def test_its_application_is_filed_and_queried_from_the_zone(setting: Setting) -> None:
    filed = await acting.submit(setting, ZONE, RECORDS, **BY_WEB, wanted_results=[acting.ELECTRONIC])
    name = filed.name
    await acting.until_state(setting, CHAOZHOU, name, "SUBMITTED")
    await acting.accept(setting, CHAOZHOU, name)
    seen = await acting.until_state(setting, ZONE, name, "ACCEPTED")
    assert seen.application.promised_working_days == RECORDS.promised_working_days
    assert [(each.event_type, each.author) for each in seen.history] == [
        ("application_submitted", ZONE.name),
        ("application_accepted", CHAOZHOU.name),
    ]
    assert seen.responsibility.answers_title == CHAOZHOU.title
    assert name in await acting.listed(setting, ZONE)
    caller = await setting.clients[CHAOZHOU.region].staff("approval")
    await caller(caller.approval.StartReview, approval_pb2.StartReviewRequest(name=name))
    await caller(caller.approval.ApproveApplication, approval_pb2.ApproveApplicationRequest(name=name))
    await acting.issue(setting, CHAOZHOU, name, electronic=acting.E_LICENCE, media_type="text/plain")
    await acting.until_state(setting, ZONE, name, "RESULT_ISSUED")
    window = await setting.clients[ZONE.region].staff("window")
    opened = await window(window.approval.OpenApplication, approval_pb2.OpenApplicationRequest(name=name))
    assert acting.E_LICENCE in [each.content for each in opened.materials]
    await window(window.window.ReadyResult, window_pb2.ReadyResultRequest(name=name))
    await window(
        window.window.CollectResult,
        window_pb2.CollectResultRequest(name=name, proof=application_pb2.COLLECTION_PROOF_ELECTRONIC),
    )
    await acting.until_state(setting, CHAOZHOU, name, "COLLECTED")
    await acting.close(setting, CHAOZHOU, name)
    await acting.until_state(setting, ZONE, name, "CLOSED")
    # Whoever is no party finds nothing of it.
    assert not await acting.knows(setting, WENCHENG, name)
    number = {"application": name.removeprefix("applications/")}
    assert search([setting.home.node(WENCHENG.region)], number) == []


async def test_what_its_home_withdraws_leaves_the_zone(setting: Setting) -> None:
    before = await acting.listed(setting, ZONE)
    supervisor = await setting.supervisor(CHAOZHOU.region)
    await supervisor(supervisor.catalogue.WithdrawItem, catalogue_pb2.WithdrawItemRequest(name=RECORDS.name))

    async def gone() -> bool:
        return RECORDS.name not in await items(setting, ZONE)

    await until(gone, Text("事项从专区撤下", "the item to leave the zone"))
    with pytest.raises(errors.ItemNotFound):
        await acting.submit(setting, ZONE, RECORDS, **BY_WEB)
    # What was filed before is still there to be queried.
    assert await acting.listed(setting, ZONE) == before
