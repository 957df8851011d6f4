"""S52 莆田“多点办、云上办、全域办”.

Works when: item carries its mode: 全程网办 / 异地收件属地办理 / 异地收件异地办理; each path tested.  Here:
莆田市's node is home and 城厢区's window takes in; one item a way,
each carried to its end, and only the decider decides.
"""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio
from google.protobuf.message import Message

from nodes.demo.cast import Place
from nodes.demo.setting import Setting
from tests.scenarios import acting
from tests.scenarios.putian import CHENGXIANG, PUTIAN
from tongban import errors
from tongban.v1 import application_pb2, approval_pb2, directory_pb2, parcel_pb2, types_pb2, window_pb2

pytestmark = [pytest.mark.federation, pytest.mark.asyncio(loop_scope="session")]

AGREEMENT = "agreements/s52-putian-three-ways"
CLOUD = acting.item_of(PUTIAN, "s52-cloud", "灵活就业人员参保登记", [types_pb2.MODE_ONLINE])
SENT_HOME = acting.item_of(PUTIAN, "s52-sent-home", "不动产登记资料查询", [types_pb2.MODE_AGENT])
DONE_THERE = acting.item_of(PUTIAN, "s52-done-there", "户口迁移证签发", [types_pb2.MODE_AGENT])
CLAUSES = {CLOUD.name: "online", SENT_HOME.name: "home-decides", DONE_THERE.name: "window-decides"}
WEB = {"channel": types_pb2.CHANNEL_WEB, "mode": types_pb2.MODE_ONLINE}


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def linked(setting: Setting) -> None:
    await setting.add(PUTIAN, CHENGXIANG)
    await acting.publish(setting, [CLOUD, SENT_HOME, DONE_THERE])
    online = {"modes": [types_pb2.MODE_ONLINE], "channels": [types_pb2.CHANNEL_WEB, types_pb2.CHANNEL_MOBILE]}
    clauses = [
        acting.clause_of("online", PUTIAN, [CHENGXIANG], [CLOUD], **online),
        acting.clause_of("home-decides", PUTIAN, [CHENGXIANG], [SENT_HOME], paper=True),
        acting.clause_of("window-decides", PUTIAN, [CHENGXIANG], [DONE_THERE], decider=types_pb2.DECIDER_ACCEPTING),
    ]
    await acting.agree(setting, AGREEMENT, "莆田跨区域政务服务联动机制", [PUTIAN, CHENGXIANG], clauses)


@pytest.mark.parametrize(
    ("item", "mode", "channel", "decider"),
    [
        (CLOUD, types_pb2.MODE_ONLINE, types_pb2.CHANNEL_WEB, PUTIAN),
        (SENT_HOME, types_pb2.MODE_AGENT, types_pb2.CHANNEL_WINDOW, PUTIAN),
        (DONE_THERE, types_pb2.MODE_AGENT, types_pb2.CHANNEL_WINDOW, CHENGXIANG),
    ],
    ids=CLAUSES.values(),
)
async def test_the_item_carries_its_mode(
    setting: Setting,
    item: directory_pb2.ItemDocument,
    mode: types_pb2.Mode,
    channel: types_pb2.Channel,
    decider: Place,
) -> None:
    asked = await acting.route(setting, CHENGXIANG, item.name, channel=channel)
    assert (asked.route.mode, asked.route.decider, asked.route.home) == (mode, decider.name, PUTIAN.name)
    assert (asked.route.agreement, asked.route.clause) == (AGREEMENT, CLAUSES[item.name])
    other = types_pb2.MODE_AGENT if mode == types_pb2.MODE_ONLINE else types_pb2.MODE_ONLINE
    before = await acting.listed(setting, CHENGXIANG)
    with pytest.raises(errors.ModeNotCovered):
        await acting.submit(setting, CHENGXIANG, item, channel=channel, mode=other)
    assert await acting.listed(setting, CHENGXIANG) == before


async def decide(setting: Setting, decider: Place, other: Place, name: str, **result: Any) -> None:
    """Each step in its turn: the other node tries it first and is refused, then the decider takes it."""
    theirs, ours = [await setting.clients[node.region].staff("approval") for node in (other, decider)]
    steps: tuple[tuple[str, str, Message], ...] = (
        ("SUBMITTED", "AcceptApplication", approval_pb2.AcceptApplicationRequest(name=name)),
        ("ACCEPTED", "StartReview", approval_pb2.StartReviewRequest(name=name)),
        ("IN_REVIEW", "ApproveApplication", approval_pb2.ApproveApplicationRequest(name=name)),
        ("APPROVED", "IssueResult", approval_pb2.IssueResultRequest(name=name, **result)),
    )
    for state, method, request in steps:
        for node in (other, decider):
            await acting.until_state(setting, node, name, state)
        with pytest.raises(errors.NotTheDecider) as refusal:
            await theirs(getattr(theirs.approval, method), request)
        assert refusal.value.facts["decider"] == decider.name
        await ours(getattr(ours.approval, method), request)


async def ended(setting: Setting, decider: Place, name: str) -> window_pb2.ApplicationView:
    """Closed by the decider; both nodes hold the same, and who decided is on record."""
    await acting.until_state(setting, decider, name, "COLLECTED")
    await acting.close(setting, decider, name)
    here, there = [await acting.until_state(setting, node, name, "CLOSED") for node in (CHENGXIANG, PUTIAN)]
    assert here.application == there.application
    authors = {each.event_type: each.author for each in here.history}
    for step in ("application_accepted", "application_approved", "result_issued", "application_closed"):
        assert authors[step] == decider.name
    return here


async def test_online_no_paper_moves(setting: Setting) -> None:
    with pytest.raises(errors.ChannelNotCovered):
        await acting.submit(setting, CHENGXIANG, CLOUD, mode=types_pb2.MODE_ONLINE)
    name = (await acting.submit(setting, CHENGXIANG, CLOUD, **WEB, wanted_results=[acting.ELECTRONIC])).name
    await decide(setting, PUTIAN, CHENGXIANG, name, electronic=acting.E_LICENCE, media_type="text/plain")
    await acting.until_state(setting, CHENGXIANG, name, "RESULT_ISSUED")
    window = await setting.clients[CHENGXIANG.region].staff("window")
    await window(window.window.ReadyResult, window_pb2.ReadyResultRequest(name=name))
    delivered = window_pb2.CollectResultRequest(name=name, proof=application_pb2.COLLECTION_PROOF_ELECTRONIC)
    await window(window.window.CollectResult, delivered)
    seen = await ended(setting, PUTIAN, name)
    assert not seen.application.parcels
    assert not seen.originals


async def test_taken_in_there_and_decided_at_home_the_papers_travel(setting: Setting) -> None:
    name = (await acting.submit(setting, CHENGXIANG, SENT_HOME, paper=True)).name
    await acting.until_state(setting, PUTIAN, name, "SUBMITTED")
    await acting.send(setting, CHENGXIANG, PUTIAN, name, acting.DEED, "TB-S52-1")
    await decide(setting, PUTIAN, CHENGXIANG, name, paper=True)
    await acting.until_state(setting, CHENGXIANG, name, "RESULT_ISSUED")
    window = await setting.clients[CHENGXIANG.region].staff("window")
    with pytest.raises(errors.NotTheCustodian):  # it has not come yet
        await window(window.window.ReadyResult, window_pb2.ReadyResultRequest(name=name))
    await acting.send(setting, PUTIAN, CHENGXIANG, name, acting.LICENCE, "TB-S52-2")
    await acting.hand_out(setting, CHENGXIANG, name)
    seen = await ended(setting, PUTIAN, name)
    assert len(seen.application.parcels) == 2
    for original in (acting.DEED, acting.LICENCE):
        here, there = [await acting.chain(setting, node, name, original) for node in (CHENGXIANG, PUTIAN)]
        assert here == there
        assert parcel_pb2.HOLDER_KIND_LEG in {each.kind for each in here}


async def test_taken_in_there_and_decided_there_nothing_travels(setting: Setting) -> None:
    name = (await acting.submit(setting, CHENGXIANG, DONE_THERE, paper=True)).name
    await decide(setting, CHENGXIANG, PUTIAN, name, paper=True)
    await acting.hand_out(setting, CHENGXIANG, name)
    seen = await ended(setting, CHENGXIANG, name)
    assert not seen.application.parcels
    # It was decided on the home's authority: the home has the whole record, and answers.
    assert seen.responsibility.answers == PUTIAN.name
    holders = await acting.chain(setting, PUTIAN, name, acting.LICENCE)
    assert [each.post.node for each in holders] == [CHENGXIANG.name, CHENGXIANG.name, ""]
