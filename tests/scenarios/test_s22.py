"""S22 台胞职业资格采认(183项, 全国60项; 一中心多窗口).

Works when: filed in Beijing, recognised by Pingtan; the “national” flag decides where the certificate is accepted.
Here: two of Pingtan's recognitions, one of the 60 that hold nationwide and one of the others; 平潭 lists 漳州 for that.
"""

from __future__ import annotations

import pytest
import pytest_asyncio

from nodes.demo.cast import CHAOZHOU, PINGTAN, ZHANGZHOU, Place
from nodes.demo.setting import Setting
from tests.scenarios import acting
from tongban import errors
from tongban.v1 import approval_pb2, directory_pb2, types_pb2, window_pb2

pytestmark = [pytest.mark.federation, pytest.mark.asyncio(loop_scope="session")]

BEIJING = acting.place("110000", "北京市台胞职业资格采认窗口", "Beijing")
AGREEMENT = "agreements/s22-one-centre-many-windows"
COMPATRIOT = types_pb2.APPLICANT_KIND_TAIWAN_COMPATRIOT
PERMIT = {"applicant_name": "林台青", "identity_kind": "taiwan_permit", "identity_number": "01234567"}
RESULT = "recognition"


def recognition(code: str, title: str, **validity: object) -> directory_pb2.ItemDocument:
    result = directory_pb2.ItemResult(
        code=RESULT,
        title=f"{title}采认证书",
        forms=[acting.ORIGINAL, acting.ELECTRONIC],
        **validity,  # type: ignore[arg-type]  # fields by name
    )
    return acting.item_of(
        PINGTAN, code, f"台胞职业资格采认:{title}", [types_pb2.MODE_ONLINE, types_pb2.MODE_AGENT], results=[result]
    )


NATIONAL = recognition("s22-national", "养老护理员", validity=directory_pb2.VALIDITY_AREA_NATIONAL)
LISTED = recognition(
    "s22-listed", "茶艺师", validity=directory_pb2.VALIDITY_AREA_LISTED, recognised_by=[ZHANGZHOU.name]
)
ACCEPTED = {
    NATIONAL.name: {PINGTAN: True, BEIJING: True, ZHANGZHOU: True, CHAOZHOU: True},
    LISTED.name: {PINGTAN: True, BEIJING: False, ZHANGZHOU: True, CHAOZHOU: False},
}


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def centre(setting: Setting) -> None:
    await setting.add(BEIJING)
    await acting.publish(setting, [NATIONAL, LISTED])
    clause = acting.clause_of(
        "beijing-window",
        PINGTAN,
        [BEIJING],
        [NATIONAL, LISTED],
        modes=[types_pb2.MODE_ONLINE],
        applicant_kinds=[COMPATRIOT],
        identity_kinds=["taiwan_permit", "taiwan_residence"],
    )
    await acting.agree(setting, AGREEMENT, "台胞职业资格采认“一中心多窗口”", [PINGTAN, BEIJING], [clause])


async def recognised(setting: Setting, item: str, at: Place, *, insist: bool = False) -> bool:
    """Asked at the place itself: would it accept the certificate?"""
    caller = await setting.clients[at.region].staff("window")
    asked = window_pb2.CheckRecognitionRequest(item=item, result=RESULT, insist=insist)
    answer = await caller(caller.window.CheckRecognition, asked)
    assert answer.area_zh
    assert answer.why_zh
    return answer.recognised


@pytest.mark.parametrize("item", [NATIONAL, LISTED], ids=["national", "listed"])
async def test_filed_in_beijing_and_recognised_by_pingtan(setting: Setting, item: directory_pb2.ItemDocument) -> None:
    filed = await acting.submit(
        setting,
        BEIJING,
        item,
        applicant_kind=COMPATRIOT,
        form=PERMIT,
        mode=types_pb2.MODE_ONLINE,
        wanted_results=[acting.ELECTRONIC],
    )
    assert (filed.route.accepting, filed.route.decider) == (BEIJING.name, PINGTAN.name)
    await acting.until_state(setting, PINGTAN, filed.name, "SUBMITTED")
    with pytest.raises(errors.NotTheDecider):
        await acting.accept(setting, BEIJING, filed.name)
    await acting.approve(setting, PINGTAN, filed.name)
    await acting.issue(setting, PINGTAN, filed.name, electronic=acting.E_LICENCE, media_type="text/plain")
    seen = await acting.until_state(setting, BEIJING, filed.name, "RESULT_ISSUED")
    authors = {each.event_type: each.author for each in seen.history}
    assert authors["application_approved"] == authors["result_issued"] == PINGTAN.name
    window = await setting.clients[BEIJING.region].staff("window")
    opened = await window(window.approval.OpenApplication, approval_pb2.OpenApplicationRequest(name=filed.name))
    assert acting.E_LICENCE in [each.content for each in opened.materials]


@pytest.mark.parametrize("at", [PINGTAN, BEIJING, ZHANGZHOU, CHAOZHOU], ids=lambda place: place.region)
@pytest.mark.parametrize("item", [NATIONAL, LISTED], ids=["national", "listed"])
async def test_its_flag_decides_where_the_certificate_is_accepted(
    setting: Setting, item: directory_pb2.ItemDocument, at: Place
) -> None:
    accepted = ACCEPTED[item.name][at]
    assert await recognised(setting, item.name, at) is accepted
    if accepted:
        assert await recognised(setting, item.name, at, insist=True)
        return
    with pytest.raises(errors.ResultNotRecognised) as refusal:
        await recognised(setting, item.name, at, insist=True)
    assert PINGTAN.title in refusal.value.text("zh")
    assert at.title in refusal.value.text("zh")


async def test_it_is_for_compatriots_with_their_own_documents(setting: Setting) -> None:
    before = await acting.listed(setting, BEIJING)
    with pytest.raises(errors.ApplicantNotCovered):
        await acting.submit(setting, BEIJING, NATIONAL, form=PERMIT)
    with pytest.raises(errors.IdentityKindNotCovered):
        await acting.submit(setting, BEIJING, NATIONAL, applicant_kind=COMPATRIOT)
    assert await acting.listed(setting, BEIJING) == before
