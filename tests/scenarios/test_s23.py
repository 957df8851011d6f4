"""S23 台胞创业一件事(14 项,58→24): its paper leg.

Works when: 24 uploads satisfy 14 children; each child lists where its material came from.  Here: one lease, handed in
once, goes to the first authority, and from there to the second, and comes back to the applicant; whoever looks sees
where it is and how it came there.
"""

from __future__ import annotations

import pytest
import pytest_asyncio

from nodes.demo.cast import PINGTAN, ZHANGZHOU
from nodes.demo.setting import Setting
from tests.scenarios import acting, mail
from tongban.v1 import types_pb2, window_pb2

pytestmark = [pytest.mark.federation, pytest.mark.asyncio(loop_scope="session")]

STILL_MISSING = "one application with 14 children and shared uploads (多地联办); the paper leg runs"

AGREEMENT = "agreements/s23-start-a-business"
COMPATRIOT = types_pb2.APPLICANT_KIND_TAIWAN_COMPATRIOT
PREMISES = acting.item_of(ZHANGZHOU, "s23-premises", "台胞创业:经营场所登记", [types_pb2.MODE_AGENT])


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def agreed(setting: Setting) -> None:
    await acting.publish(setting, [PREMISES])
    clause = acting.clause_of("start", ZHANGZHOU, [PINGTAN], [PREMISES], applicant_kinds=[COMPATRIOT])
    await acting.agree(setting, AGREEMENT, "台胞创业“一件事”(漳州市)", [ZHANGZHOU, PINGTAN], [clause])


async def test_the_lease_goes_there_and_back_and_is_the_applicants_again(setting: Setting) -> None:
    filed = await acting.submit(
        setting, PINGTAN, PREMISES, applicant_kind=COMPATRIOT, mode=types_pb2.MODE_AGENT, paper=True
    )
    name, lease = filed.name, f"{filed.name}/originals/{acting.DEED}"
    await acting.until_state(setting, ZHANGZHOU, name, "SUBMITTED")
    await mail.post(setting, PINGTAN, ZHANGZHOU, [lease], "TB-S23-1")
    await acting.approve(setting, ZHANGZHOU, name)
    back = await mail.post(setting, ZHANGZHOU, PINGTAN, [lease], "TB-S23-2", purpose=mail.RETURN)
    window = await setting.clients[PINGTAN.region].staff("window")
    returned = window_pb2.ReturnOriginalsRequest(name=name, originals=[acting.DEED], collector=mail.PERSON_AT_WINDOW)
    await window(window.window.ReturnOriginals, returned)
    chain = await acting.chain(setting, PINGTAN, name, acting.DEED)
    assert chain[-1].kind == mail.PERSON
    # Each holder on the way, and both legs; what stands for each is a signed event of the history.
    kinds = [each.kind for each in chain]
    assert kinds.count(mail.LEG) == 2
    assert {each.post.node for each in chain if each.kind == mail.POST} == {PINGTAN.name, ZHANGZHOU.name}
    assert mail.open_codes(await mail.parcel(setting, PINGTAN, back)) == {}
