"""S10 集美四地跨省通办(白云、南明、章贡、顺庆).

Works when: a 集美 resident files in 南充顺庆 and the reverse, under four separate agreements.  Here: five nodes, one
agreement for each of the four pairs, each with the items that its two parties chose.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import pytest_asyncio

from nodes.demo.cast import Place, Text
from nodes.demo.client import until
from nodes.demo.setting import Setting, agreement_of, together
from tests.privacy import search
from tests.scenarios import acting
from tongban import errors
from tongban.v1 import directory_pb2, lifecycle_pb2, negotiation_pb2, types_pb2

pytestmark = [pytest.mark.federation, pytest.mark.asyncio(loop_scope="session")]

JIMEI = acting.place("350211", "集美区", "Jimei")
BAIYUN = acting.place("520113", "贵阳市白云区", "Baiyun (Guiyang)")
NANMING = acting.place("520102", "贵阳市南明区", "Nanming")
ZHANGGONG = acting.place("360702", "赣州市章贡区", "Zhanggong")
SHUNQING = acting.place("511302", "南充市顺庆区", "Shunqing")
FOUR = (BAIYUN, NANMING, ZHANGGONG, SHUNQING)


@dataclass(frozen=True, slots=True)
class Pair:
    """集美 and one partner, and what each takes in for the other."""

    partner: Place
    agreement: str
    ours: directory_pb2.ItemDocument
    theirs: directory_pb2.ItemDocument


def pair(partner: Place) -> Pair:
    agent = [types_pb2.MODE_AGENT]
    return Pair(
        partner,
        f"agreements/s10-jimei-{partner.region}",
        acting.item_of(JIMEI, f"s10-for-{partner.region}", f"集美区事项({partner.title}代收)", agent),
        acting.item_of(partner, "s10-for-jimei", f"{partner.title}事项(集美区代收)", agent),
    )


PAIRS = {each.region: pair(each) for each in FOUR}


async def make(setting: Setting, each: Pair) -> None:
    clauses = [
        acting.clause_of("jimei-there", JIMEI, [each.partner], [each.ours]),
        acting.clause_of("there-in-jimei", each.partner, [JIMEI], [each.theirs]),
    ]
    title = f"集美区—{each.partner.title}政务服务“跨省通办”合作协议"
    await acting.agree(setting, each.agreement, title, [JIMEI, each.partner], clauses)


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def four(setting: Setting) -> None:
    await setting.add(JIMEI, *FOUR)
    await acting.publish(setting, [item for each in PAIRS.values() for item in (each.ours, each.theirs)])
    await together(*(make(setting, each) for each in PAIRS.values()))


@pytest.mark.parametrize("partner", FOUR, ids=lambda place: place.region)
async def test_both_directions_each_under_its_own_agreement(setting: Setting, partner: Place) -> None:
    each = PAIRS[partner.region]
    # A 集美 resident who lives there files there, and one of theirs in 集美.
    for at, home, item in ((partner, JIMEI, each.ours), (JIMEI, partner, each.theirs)):
        filed = await acting.submit(setting, at, item)
        route = filed.route
        assert (route.agreement, route.home, route.decider) == (each.agreement, home.name, home.name)
        assert (route.accepting, route.collecting) == (at.name, at.name)
        await acting.until_state(setting, home, filed.name, "SUBMITTED")
        await acting.accept(setting, home, filed.name)
        await acting.until_state(setting, at, filed.name, "ACCEPTED")
        # The other three have nothing of it.
        for third in FOUR:
            if third != partner:
                assert not await acting.knows(setting, third, filed.name)
                number = {"application": filed.name.removeprefix("applications/")}
                assert search([setting.home.node(third.region)], number) == []


@pytest.mark.parametrize(("at", "home"), [(SHUNQING, JIMEI), (JIMEI, SHUNQING)], ids=["in-shunqing", "in-jimei"])
async def test_a_resident_gets_the_licence_where_they_filed(setting: Setting, at: Place, home: Place) -> None:
    each = PAIRS[SHUNQING.region]
    item = each.ours if home == JIMEI else each.theirs
    name = (await acting.submit(setting, at, item, mode=types_pb2.MODE_AGENT, paper=True)).name
    await acting.until_state(setting, home, name, "SUBMITTED")
    await acting.send(setting, at, home, name, acting.DEED, "TB-S10-1")
    await acting.approve(setting, home, name)
    await acting.issue(setting, home, name, paper=True)
    await acting.send(setting, home, at, name, acting.LICENCE, "TB-S10-2")
    await acting.hand_out(setting, at, name)
    await acting.until_state(setting, home, name, "COLLECTED")
    await acting.close(setting, home, name)
    here, there = [await acting.until_state(setting, node, name, "CLOSED") for node in (at, home)]
    assert here.application == there.application
    assert here.application.approved


async def test_one_pair_s_items_are_no_other_pair_s(setting: Setting) -> None:
    before = await acting.listed(setting, SHUNQING)
    for item in (PAIRS[BAIYUN.region].ours, PAIRS[BAIYUN.region].theirs):
        with pytest.raises((errors.ItemNotCovered, errors.NoAgreementInForce)):
            await acting.submit(setting, SHUNQING, item)
    assert await acting.listed(setting, SHUNQING) == before


async def test_one_agreement_s_suspension_leaves_the_other_three(setting: Setting) -> None:
    suspended = PAIRS[NANMING.region]
    caller = await setting.supervisor(NANMING.region)
    request = negotiation_pb2.SuspendAgreementRequest(name=suspended.agreement)
    await caller(caller.negotiation.SuspendAgreement, request)
    jimei = await setting.supervisor(JIMEI.region)

    async def told() -> bool:
        found = await agreement_of(jimei, suspended.agreement)
        return found is not None and found.state == lifecycle_pb2.AGREEMENT_STATE_SUSPENDED

    await until(told, Text("中止送达集美", "the suspension to arrive at Jimei"))
    for at, item in ((JIMEI, suspended.theirs), (NANMING, suspended.ours)):
        with pytest.raises(errors.AgreementSuspended):
            await acting.submit(setting, at, item)
    for region, each in PAIRS.items():
        if region != NANMING.region:
            assert (await acting.route(setting, JIMEI, each.theirs.name)).route.agreement == each.agreement
            assert (await acting.route(setting, each.partner, each.ours.name)).route.agreement == each.agreement
