"""S44 漳州台胞台商专窗: its paper leg.

Works when: the promised 5 working days warn before the legal 20; copies of 公证书 are posted and tracked.  Here: the
duplicate of a notarial deed (the association posts it, the original is with the party) travels under its own name, and
lies in the end at the desk that compares the two.
"""

from __future__ import annotations

import pytest
import pytest_asyncio

from nodes.demo.cast import PINGTAN, ZHANGZHOU
from nodes.demo.setting import Setting
from tests.scenarios import acting, mail
from tongban.v1 import parcel_pb2, types_pb2

pytestmark = [pytest.mark.federation, pytest.mark.asyncio(loop_scope="session")]

STILL_MISSING = "the warning before the promised 5 working days end, and the legal 20; the paper leg runs"

AGREEMENT = "agreements/s44-compatriots-window"
COMPATRIOT = types_pb2.APPLICANT_KIND_TAIWAN_COMPATRIOT
RESIDENCE = acting.item_of(
    ZHANGZHOU, "s44-residence", "台湾居民居住证(专窗)", [types_pb2.MODE_AGENT], promised_working_days=5
)


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def agreed(setting: Setting) -> None:
    await acting.publish(setting, [RESIDENCE])
    clause = acting.clause_of("window", ZHANGZHOU, [PINGTAN], [RESIDENCE], applicant_kinds=[COMPATRIOT])
    await acting.agree(setting, AGREEMENT, "漳州市台胞台商专窗", [ZHANGZHOU, PINGTAN], [clause])


async def test_the_duplicate_of_the_deed_is_posted_and_tracked(setting: Setting) -> None:
    filed = await acting.submit(
        setting, PINGTAN, RESIDENCE, applicant_kind=COMPATRIOT, mode=types_pb2.MODE_AGENT, paper=True
    )
    paper = f"{filed.name}/originals/{acting.DEED}"
    await acting.until_state(setting, ZHANGZHOU, filed.name, "SUBMITTED")
    packed = await mail.pack(setting, PINGTAN, ZHANGZHOU, [paper], "TB-S44-1")
    entry = packed.parcel.manifest[0]
    assert (entry.item, entry.pages) == (paper, 2)
    # The parcel is there before its sender's line says anything of it: its own code is enough.
    await mail.give(setting, PINGTAN, packed)
    await mail.take(setting, ZHANGZHOU, packed)
    await mail.until_parcel(setting, ZHANGZHOU, packed.parcel.name, "TAKEN_IN")
    short = {acting.DEED: parcel_pb2.CHECK_OUTCOME_PAGES_SHORT}  # one sheet of two
    opened = await mail.look_through(setting, ZHANGZHOU, packed.parcel.name, short)
    assert mail.open_codes(opened) == {"pages-short": PINGTAN.name}
    chain = await acting.chain(setting, ZHANGZHOU, filed.name, acting.DEED)
    assert mail.holders(chain)[-1] == (mail.POST, ZHANGZHOU.name)
    seen = await mail.until_parcel(setting, PINGTAN, packed.parcel.name, "RECONCILED")
    assert mail.open_codes(seen) == {"pages-short": PINGTAN.name}
