"""S45 漳州开发区: 政银网点、首席服务官、28882项.

Works when: a bank branch acts as window under its agreement, and sees only its own cases.  Here: the zone's node is
home; two branches of two banks have each a node and an agreement of their own with it.
"""

from __future__ import annotations

import pytest
import pytest_asyncio

from nodes.demo.cast import CHAOZHOU, Place
from nodes.demo.setting import Setting, together
from tests.privacy import search
from tests.scenarios import acting
from tongban import errors
from tongban.v1 import approval_pb2, mailroom_pb2, types_pb2, window_pb2

pytestmark = [pytest.mark.federation, pytest.mark.asyncio(loop_scope="session")]

ZONE = acting.place("dz-zz-cmzd", "漳州开发区", "the Zhangzhou development zone")
BANK = acting.place("of-zz-bank", "工商银行漳州开发区支行", "the bank's branch")
OTHER_BANK = acting.place("of-zz-bank2", "另一银行漳州开发区支行(演练)", "another bank's branch")
AGENT = [types_pb2.MODE_AGENT]
LICENCE = acting.item_of(ZONE, "s45-company", "企业开办(政银网点代办)", AGENT)
OF_THE_OTHER = acting.item_of(ZONE, "s45-insurance", "社会保险登记(政银网点代办)", AGENT)
AT_THE_HALL = acting.item_of(ZONE, "s45-construction", "建设工程规划许可(只在大厅办)", AGENT)


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def branches(setting: Setting) -> None:
    await setting.add(ZONE, BANK, OTHER_BANK)
    await acting.publish(setting, [LICENCE, OF_THE_OTHER, AT_THE_HALL])
    await together(
        *(
            acting.agree(
                setting,
                f"agreements/s45-{bank.region}",
                f"漳州开发区—{bank.title}政银战略合作协议",
                [ZONE, bank],
                [acting.clause_of("branch", ZONE, [bank], items)],
            )
            for bank, items in ((BANK, [LICENCE]), (OTHER_BANK, [LICENCE, OF_THE_OTHER]))
        )
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def case(setting: Setting, branches: None) -> str:
    """A customer of the first bank filed at its counter, with an original."""
    name = (await acting.submit(setting, BANK, LICENCE, paper=True)).name
    await acting.until_state(setting, ZONE, name, "SUBMITTED")
    return name


async def test_the_branch_is_a_window_of_the_zone(setting: Setting, case: str) -> None:
    seen = await acting.view(setting, ZONE, case)
    route = seen.application.route
    assert (route.accepting, route.home, route.decider) == (BANK.name, ZONE.name, ZONE.name)
    assert route.agreement == f"agreements/s45-{BANK.region}"
    with pytest.raises(errors.NotTheDecider):
        await acting.accept(setting, BANK, case)
    await acting.send(setting, BANK, ZONE, case, acting.DEED, "TB-S45-1")
    await acting.approve(setting, ZONE, case)
    await acting.issue(setting, ZONE, case, paper=True)
    await acting.send(setting, ZONE, BANK, case, acting.LICENCE, "TB-S45-2")
    await acting.hand_out(setting, BANK, case)
    await acting.until_state(setting, ZONE, case, "COLLECTED")
    await acting.close(setting, ZONE, case)
    done = await acting.until_state(setting, BANK, case, "CLOSED")
    assert done.application.approved


async def test_it_takes_in_only_what_its_agreement_lists(setting: Setting) -> None:
    window = await setting.clients[BANK.region].staff("window")
    offered = await window(window.window.ListItems, window_pb2.ListItemsRequest(page_size=500))
    assert {each.item.name for each in offered.items} == {LICENCE.name}
    before = await acting.listed(setting, BANK)
    for item in (OF_THE_OTHER, AT_THE_HALL):
        with pytest.raises(errors.ItemNotCovered) as refusal:
            await acting.submit(setting, BANK, item)
        assert refusal.value.facts["agreement_name"] == f"agreements/s45-{BANK.region}"
    assert await acting.listed(setting, BANK) == before


async def test_each_branch_sees_its_own_cases_and_the_zone_all(setting: Setting, case: str) -> None:
    other = (await acting.submit(setting, OTHER_BANK, LICENCE)).name
    hall = (await acting.submit(setting, ZONE, AT_THE_HALL)).name
    await acting.until_state(setting, ZONE, other, "SUBMITTED")
    await acting.until_state(setting, ZONE, hall, "SUBMITTED")
    assert await acting.listed(setting, BANK) == {case}
    assert await acting.listed(setting, OTHER_BANK) == {other}
    assert await acting.listed(setting, ZONE) == {case, other, hall}


@pytest.mark.parametrize("stranger", [OTHER_BANK, CHAOZHOU], ids=lambda place: place.region)
async def test_no_other_bank_or_town_finds_it_by_asking_or_on_its_disk(
    setting: Setting, case: str, stranger: Place
) -> None:
    client = setting.clients[stranger.region]
    window, office, mailroom = [await client.staff(user) for user in ("window", "approval", "mailroom")]
    with pytest.raises(errors.ApplicationNotFound):
        await acting.view(setting, stranger, case)
    with pytest.raises(errors.ApplicationNotFound):
        await office(office.approval.OpenApplication, approval_pb2.OpenApplicationRequest(name=case))
    with pytest.raises(errors.ApplicationNotFound):
        await window(window.window.WithdrawApplication, window_pb2.WithdrawApplicationRequest(name=case))
    with pytest.raises(errors.ApplicationNotFound):
        await acting.accept(setting, stranger, case)
    original = mailroom_pb2.GetCustodyRequest(original=f"{case}/originals/{acting.DEED}")
    with pytest.raises(errors.OriginalNotFound):
        await mailroom(mailroom.mailroom.GetCustody, original)
    parcels = (await acting.view(setting, ZONE, case)).application.parcels
    for parcel in parcels:
        with pytest.raises(errors.ParcelNotFound):
            await mailroom(mailroom.mailroom.GetParcel, mailroom_pb2.GetParcelRequest(name=parcel))
    numbers = {each: each.partition("/")[2] for each in (case, *parcels)}
    assert search([setting.home.node(stranger.region)], numbers) == []
    # The same search, where they must be.
    assert {found.secret for found in search([setting.home.node(BANK.region)], numbers)} == set(numbers)
