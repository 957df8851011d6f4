"""S53 莆田数字化全域通办(8枚专用章).

Works when: any window prints; record and appeal address name the registration authority with jurisdiction.  Here:
three of 莆田's registration authorities, of which each is home of its own district and a window for the two others.
Whoever takes in decides under its own numbered seal, on the home's authority, and the home answers for it.
"""

from __future__ import annotations

import itertools

import pytest
import pytest_asyncio

from nodes.demo.cast import WENCHENG, Place
from nodes.demo.setting import Setting
from tests.scenarios import acting
from tests.scenarios.putian import CHENGXIANG, PUTIAN, XIANYOU
from tongban import errors
from tongban.v1 import agreement_pb2, directory_pb2, parcel_pb2, types_pb2, window_pb2

pytestmark = [pytest.mark.federation, pytest.mark.asyncio(loop_scope="session")]

AGREEMENT, OLD_WAY = "agreements/s53-city-wide", "agreements/s53-printed-at-home"
OFFICES = (PUTIAN, CHENGXIANG, XIANYOU)
PAIRS = list(itertools.permutations(OFFICES, 2))
AGENT = [types_pb2.MODE_AGENT]
LICENCES = {
    office: acting.item_of(office, "s53-licence", f"营业执照设立登记({office.title}登记机关)", AGENT)
    for office in OFFICES
}
PRINTED_AT_HOME = acting.item_of(PUTIAN, "s53-printed-at-home", "食品经营许可(由登记机关打印)", AGENT)


def seal_of(home: Place, window: Place) -> agreement_pb2.SealTerms:
    """The window's seal, under which it decides for the home."""
    return agreement_pb2.SealTerms(
        title=f"全域通办审批专用章({OFFICES.index(window) + 1})",
        keeper=window.name,
        answers=home.name,
        appeal=f"{home.title}市场监督管理局(所辖登记机关);行政复议向{home.title}人民政府提出",
    )


def ids(place: Place) -> str:
    return place.region


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def city_wide(setting: Setting) -> None:
    await setting.add(*OFFICES)
    await acting.publish(setting, [*LICENCES.values(), PRINTED_AT_HOME])
    clauses = [
        acting.clause_of(
            f"{home.region}-at-{window.region}",
            home,
            [window],
            [LICENCES[home]],
            decider=types_pb2.DECIDER_ACCEPTING,
            collecting_anywhere=True,
            printing=[office.name for office in OFFICES],
            seal=seal_of(home, window),
        )
        for home, window in PAIRS
    ]
    await acting.agree(setting, AGREEMENT, "莆田市市场监管“数字化全域通办”", OFFICES, clauses)
    clause = acting.clause_of("printed-at-home", PUTIAN, [CHENGXIANG], [PRINTED_AT_HOME], paper=True)
    await acting.agree(setting, OLD_WAY, "打印权限未放开的事项", [PUTIAN, CHENGXIANG], [clause])


async def decided(
    setting: Setting, item: directory_pb2.ItemDocument, window: Place, decider: Place, collecting: Place
) -> str:
    """Filed at the window, approved by the decider."""
    filed = await acting.submit(setting, window, item, collecting=collecting.name)
    assert filed.route.decider == decider.name
    await acting.until_state(setting, decider, filed.name, "SUBMITTED")
    await acting.approve(setting, decider, filed.name)
    return filed.name


async def record_names(setting: Setting, name: str, home: Place, window: Place) -> None:
    """At every office that has it, the record names who answers and where to appeal, not who stamped it."""
    for office in (home, window):
        found = (await acting.view(setting, office, name)).responsibility
        seal = seal_of(home, window)
        assert (found.answers, found.answers_title) == (home.name, home.title)
        assert found.appeal == seal.appeal
        assert home.title in found.appeal
        assert (found.seal, found.seal_keeper) == (seal.title, window.name)


@pytest.mark.parametrize(("home", "window"), PAIRS, ids=ids)
async def test_any_window_decides_and_prints_and_the_home_answers(setting: Setting, home: Place, window: Place) -> None:
    name = await decided(setting, LICENCES[home], window, window, window)
    await acting.until_state(setting, home, name, "APPROVED")
    with pytest.raises(errors.NotTheDecider):
        await acting.issue(setting, home, name, paper=True)
    await acting.issue(setting, window, name, paper=True)
    await acting.hand_out(setting, window, name)
    seen = await acting.until_state(setting, home, name, "COLLECTED")
    assert not seen.application.parcels, "nothing was sent"
    await record_names(setting, name, home, window)
    holders = await acting.chain(setting, home, name, acting.LICENCE)
    assert {each.post.node for each in holders if each.kind == parcel_pb2.HOLDER_KIND_POST} == {window.name}
    assert holders[-1].kind == parcel_pb2.HOLDER_KIND_APPLICANT


async def test_it_is_printed_where_the_applicant_collects(setting: Setting) -> None:
    name = await decided(setting, LICENCES[PUTIAN], CHENGXIANG, CHENGXIANG, XIANYOU)
    await acting.issue(setting, CHENGXIANG, name, paper=True, printing=XIANYOU.name)
    await acting.until_state(setting, XIANYOU, name, "RESULT_ISSUED")
    await acting.hand_out(setting, XIANYOU, name)
    seen, *_ = [await acting.until_state(setting, office, name, "COLLECTED") for office in (CHENGXIANG, PUTIAN)]
    assert not seen.application.parcels
    assert [each.printing for each in seen.application.results] == [XIANYOU.name]
    await record_names(setting, name, PUTIAN, CHENGXIANG)
    chains = [await acting.chain(setting, office, name, acting.LICENCE) for office in OFFICES]
    assert chains[0] == chains[1] == chains[2]
    assert [each.post.node for each in chains[0]] == [XIANYOU.name, ""]


async def test_whom_the_clause_does_not_list_prints_nothing(setting: Setting) -> None:
    name = await decided(setting, PRINTED_AT_HOME, CHENGXIANG, PUTIAN, CHENGXIANG)
    before = await acting.view(setting, PUTIAN, name)
    with pytest.raises(errors.PrintingNotCovered) as refusal:
        await acting.issue(setting, PUTIAN, name, paper=True, printing=CHENGXIANG.name)
    assert refusal.value.facts["node"] == CHENGXIANG.name
    assert refusal.value.facts["allowed"] == PUTIAN.name
    await acting.until_state(setting, CHENGXIANG, name, "APPROVED")
    with pytest.raises(errors.NotTheDecider):
        await acting.issue(setting, CHENGXIANG, name, paper=True)
    assert (await acting.view(setting, PUTIAN, name)).application == before.application
    assert list(before.responsibility.printing) == [PUTIAN.name]
    assert before.responsibility.answers == PUTIAN.name
    assert not before.responsibility.seal


async def test_who_does_not_hand_it_out_or_is_no_party_prints_nothing(setting: Setting) -> None:
    name = await decided(setting, LICENCES[PUTIAN], CHENGXIANG, CHENGXIANG, CHENGXIANG)
    with pytest.raises(errors.PrintingNotCovered):
        await acting.issue(setting, CHENGXIANG, name, paper=True, printing=WENCHENG.name)
    with pytest.raises(errors.FieldInvalid) as refusal:
        await acting.issue(setting, CHENGXIANG, name, paper=True, printing=XIANYOU.name)
    assert refusal.value.field.endswith("printing")
    assert not (await acting.view(setting, CHENGXIANG, name)).application.results
    caller = await setting.clients[WENCHENG.region].staff("window")
    with pytest.raises(errors.ApplicationNotFound):
        await caller(caller.window.GetApplication, window_pb2.GetApplicationRequest(name=name))
