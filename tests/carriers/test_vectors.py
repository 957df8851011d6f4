"""The stand-ins take what the carriers' own examples sign, and nothing that differs in one character."""

from __future__ import annotations

import aiohttp
import pytest

from tests.carriers.ems import SIGN_KEY, EmsStandIn, decrypt, encrypt
from tests.carriers.kuaidi import KuaidiStandIn
from tests.carriers.sf import SfStandIn
from tests.clocks import ManualClock

KD_PARAM = '{"com":"ems","num":"EB123456785CN","resultv2":"4"}'
KD_SIGN = "ED2D784FE6FE495AD94C9C677AAAF06B"
SF_DATA = '{"language":"zh-CN","orderId":"QIAO-20200618-004"}'
SF_TIME = "12312334453453"
SF_DIGEST = "IIKJtuLVzoFTu4kHI8M8vA=="
CHECKWORD = "fjcg5PGKaNpPSHFAZ4QsCOkV71R3zVci"


async def post(url: str, fields: dict[str, str]) -> dict[str, object]:
    async with aiohttp.ClientSession() as session, session.post(url, data=fields) as response:
        said: dict[str, object] = await response.json()
        return said


@pytest.mark.parametrize(
    ("sign", "code"), [(KD_SIGN, "500"), (KD_SIGN.lower(), "503"), (KD_SIGN[:-1] + "A", "503"), ("", "503")]
)
async def test_kuaidi100(sign: str, code: str) -> None:
    stand_in = KuaidiStandIn(ManualClock(), customer="CUST", key="KEY")
    await stand_in.start()
    said = await post(f"{stand_in.url}/poll/query.do", {"customer": "CUST", "sign": sign, "param": KD_PARAM})
    assert said["returnCode"] == code
    await stand_in.stop()


@pytest.mark.parametrize(
    ("digest", "code"),
    # The example's own time is none of today's: so what is right but old is refused for its age.
    [(SF_DIGEST, "A1002"), (SF_DIGEST.lower(), "A1006"), ("A" + SF_DIGEST[1:], "A1006")],
)
async def test_sf(digest: str, code: str) -> None:
    stand_in = SfStandIn(ManualClock(), checkword=CHECKWORD)
    await stand_in.start()
    fields = {
        "partnerID": "PARTNER",
        "requestID": "1",
        "serviceCode": "EXP_RECE_SEARCH_ORDER_RESP",
        "timestamp": SF_TIME,
        "msgDigest": digest,
        "msgData": SF_DATA,
    }
    assert (await post(stand_in.url, fields))["apiResultCode"] == code
    await stand_in.stop()


async def test_sf_throttles_by_the_second_and_by_the_day() -> None:
    clock = ManualClock()
    stand_in = SfStandIn(clock)
    codes = []
    for _ in range(31):
        codes.append(stand_in._throttled("X"))
    assert codes == [""] * 30 + ["A1005"]
    for _ in range(2969):
        clock.move(seconds=1)
        codes.append(stand_in._throttled("X"))
    assert codes[31:] == [""] * 2969
    clock.move(seconds=1)
    assert stand_in._throttled("X") == "A1005"
    assert stand_in._throttled("Y") == ""


async def test_ems() -> None:
    stand_in = EmsStandIn(ManualClock())
    await stand_in.start()
    body = encrypt('{"waybillNo":"EB123456785CN"}', SIGN_KEY)
    assert decrypt(body, SIGN_KEY) == '{"waybillNo":"EB123456785CN"}'
    fields = {
        "apiCode": "040001",
        "senderNo": stand_in.sender,
        "authorization": stand_in.auth,
        "timeStamp": "2026-11-23 09:00:00",
        "msgType": "0",
        "version": "V1.0.0",
        "logitcsInterface": body,
    }
    assert (await post(stand_in.url, fields))["retCode"] == "00000"
    for wrong in ({"authorization": "X"}, {"logitcsInterface": body[4:]}, {"senderNo": "2"}):
        assert (await post(stand_in.url, fields | wrong))["retCode"] != "00000"
    await stand_in.stop()
