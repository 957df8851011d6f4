"""顺丰丰桥: signatures, routes and errors of both layers."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from mailroom.carriers.base import (
    Account,
    Capability,
    CarrierFault,
    FaultKind,
    Meaning,
    Reply,
    SignedBy,
    Source,
    Tracked,
    ZoneBasis,
)
from mailroom.carriers.codes import code_table
from mailroom.carriers.sf import ShunFeng, digest
from mailroom.carriers.wire import batches
from tests.mailroom.carriers.answers import CALL, SF, fields, reply, sf_reply, sf_route, sf_routes

CODEC = ShunFeng(SF)
BOX = Tracked("shunfeng", "SF1234567890123", "13800001234")
OTHER = Tracked("shunfeng", "SF1234567890124", "059612341234")


def test_the_vector_of_the_digest() -> None:
    message = '{"language":"zh-CN","orderId":"QIAO-20200618-004"}'
    assert digest(message, "12312334453453", "fjcg5PGKaNpPSHFAZ4QsCOkV71R3zVci") == "IIKJtuLVzoFTu4kHI8M8vA=="


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        (" ", "+"),
        ("+", "%2B"),
        ("*", "*"),
        ("~", "%7E"),
        ("a-b._", "a-b._"),
        ("漳", "%E6%BC%B3"),
        ("'()!", "%27%28%29%21"),
    ],
)
def test_texts_are_encoded_as_java_does(text: str, encoded: str) -> None:
    assert digest(text, "", "") == base64.b64encode(hashlib.md5(encoded.encode()).digest()).decode()


def test_a_request_names_everything_and_signs_what_it_sends() -> None:
    request = CODEC.query([BOX, OTHER], CALL)
    sent = fields(request)
    assert request.url == "https://bspgw.sf-express.com/std/service"
    assert list(sent) == ["partnerID", "requestID", "serviceCode", "timestamp", "msgDigest", "msgData"]
    assert (sent["partnerID"], sent["requestID"]) == ("PARTNER", CALL.request_id)
    assert (sent["serviceCode"], sent["timestamp"]) == ("EXP_RECE_SEARCH_ROUTES", "1795336200000")
    assert sent["msgDigest"] == digest(sent["msgData"], sent["timestamp"], SF.key)
    assert json.loads(sent["msgData"]) == {
        "language": "zh-CN",
        "trackingType": 1,
        "trackingNumber": ["SF1234567890123", "SF1234567890124"],
        "methodType": 1,
        "checkPhoneNo": "1234",
    }


def test_another_region_is_another_address() -> None:
    codec = ShunFeng(Account(base_url="https://sfapi-hk.sf-express.com/std/service"))
    assert codec.query([BOX], CALL).url.startswith("https://sfapi-hk.")


def test_more_than_ten_and_several_telephones_are_not_sent() -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.query([BOX] * 11, CALL)
    assert caught.value.code == "8003"
    for phones in ([BOX, Tracked("shunfeng", "SF1234567890125", "0000")], [Tracked("shunfeng", "SF1234567890125")]):
        with pytest.raises(CarrierFault) as caught:
            CODEC.query(phones, CALL)
        assert (caught.value.kind, caught.value.where) == (FaultKind.MISSING_PARAMETER, "phone")


def test_batches_keep_telephones_apart_and_to_ten() -> None:
    many = [Tracked("shunfeng", f"SF12345678901{n:02}", "1234" if n % 3 else "5678") for n in range(36)]
    made = list(batches(many, CODEC.max_batch))
    assert sorted(map(len, made)) == [2, 4, 10, 10, 10]
    assert sorted(t.waybill for batch in made for t in batch) == sorted(t.waybill for t in many)
    for batch in made:
        CODEC.query(batch, CALL)


def test_routes_are_read_by_waybill() -> None:
    message = {
        "routeResps": [
            {"mailNo": OTHER.waybill, "routes": None},
            {"mailNo": BOX.waybill, "routes": [sf_route("50"), sf_route("80", remark="已代签收,代收点:丰巢")]},
        ]
    }
    feed = CODEC.read_query([BOX, OTHER], sf_reply(message))
    taken, signed = feed.observations[BOX.waybill]
    assert feed.observations[OTHER.waybill] == ()
    assert (taken.code, taken.meaning, taken.source) == ("sf.50", Meaning.ACCEPTED, Source.PULL)
    assert (signed.meaning, signed.signed_by, signed.place) == (Meaning.DELIVERED, SignedBy.LOCKER, "漳州市")
    assert (signed.observe_time.isoformat(), signed.zone_basis) == (
        "2026-11-22T08:30:00+00:00",
        ZoneBasis.CARRIER_LOCAL,
    )


def test_routes_of_another_waybill_are_not_believed() -> None:
    feed = CODEC.read_query([BOX], sf_routes(OTHER.waybill, sf_route("80")))
    assert feed.observations == {BOX.waybill: ()}
    assert [flaw.where for flaw in feed.flaws] == ["msgData.routeResps[0].mailNo"]


def test_one_bad_route_hides_no_other() -> None:
    bad = [None, "x", sf_route("80", ""), sf_route("80", remark={"x": 1}), sf_route("80", "2026-02-30 10:00:00")]
    feed = CODEC.read_query([BOX], sf_routes(BOX.waybill, *bad, sf_route(None, remark=None, acceptAddress=None)))
    (only,) = feed.observations[BOX.waybill]
    assert (only.code, only.exception, only.text) == ("sf.none", "unknown-code", "")
    assert len(feed.flaws) == 5


GATEWAY = {
    "A1001": FaultKind.MISSING_PARAMETER,
    "A1003": FaultKind.NO_PERMISSION,
    "A1004": FaultKind.NO_PERMISSION,
    "A1005": FaultKind.THROTTLED,
    "A1006": FaultKind.BAD_SIGNATURE,
    "A1009": FaultKind.DOWNSTREAM,
    "A1099": FaultKind.DOWNSTREAM,
}


@pytest.mark.parametrize(("code", "kind"), GATEWAY.items())
def test_every_error_of_the_gateway(code: str, kind: FaultKind) -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.read_query([BOX], sf_reply(None, gateway=code))
    assert (caught.value.kind, caught.value.code, caught.value.text) == (kind, code, "说明")
    assert caught.value.retryable is (kind in {FaultKind.THROTTLED, FaultKind.DOWNSTREAM})
    assert caught.value.retry_after == (60.0 if caught.value.retryable else None)


BUSINESS = {
    "8003": FaultKind.MALFORMED,
    "8016": FaultKind.DUPLICATE_ORDER,
    "8018": FaultKind.NOT_FOUND,
    "8024": FaultKind.NOT_FOUND,
    "8247": FaultKind.BAD_NUMBER,
}


@pytest.mark.parametrize(("code", "kind"), BUSINESS.items())
def test_every_error_of_the_service(code: str, kind: FaultKind) -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.read_query([BOX], sf_reply(None, code=code))
    assert (caught.value.kind, caught.value.code, caught.value.retryable) == (kind, code, False)


def test_the_tables_hold_no_error_without_a_kind() -> None:
    table = code_table("shunfeng").faults
    assert set(GATEWAY) <= set(table["gateway"])
    assert set(BUSINESS) <= set(table["business"])


@pytest.mark.parametrize("gateway", [True, False])
def test_an_error_that_nobody_listed_is_kept_as_it_came(gateway: bool) -> None:
    answer = sf_reply(None, gateway="A1777") if gateway else sf_reply(None, code="9999")
    with pytest.raises(CarrierFault) as caught:
        CODEC.read_query([BOX], answer)
    assert (caught.value.kind, caught.value.code) == (FaultKind.UNKNOWN, "A1777" if gateway else "9999")


@pytest.mark.parametrize(
    ("answer", "where"),
    [
        ({}, None),
        ({"apiResultCode": "A1000"}, "apiResultData"),
        ({"apiResultCode": "A1000", "apiResultData": {"success": True}}, "apiResultData"),
        ({"apiResultCode": "A1000", "apiResultData": "{"}, "apiResultData"),
        ({"apiResultCode": "A1000", "apiResultData": "[]"}, "apiResultData"),
        ({"apiResultCode": ["A1000"]}, "answer.apiResultCode"),
        ({"apiResultCode": "A1000", "apiResultData": '{"success":true,"msgData":[]}'}, "msgData"),
        (
            {"apiResultCode": "A1000", "apiResultData": '{"success":true,"msgData":{"routeResps":{}}}'},
            "msgData.routeResps",
        ),
        # Success in words only is none.
        ({"apiResultCode": "A1000", "apiResultData": '{"success":"true","errorCode":"S0000"}'}, None),
    ],
)
def test_what_cannot_be_read_says_where(answer: object, where: str | None) -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.read_query([BOX], reply(answer))
    kind = FaultKind.UNKNOWN if where is None else FaultKind.MALFORMED
    assert (caught.value.kind, caught.value.where) == (kind, where or "")


def test_an_answer_without_routes_is_an_empty_one() -> None:
    assert CODEC.read_query([BOX], sf_reply(None)).observations == {BOX.waybill: ()}


def test_an_answer_that_is_too_large_is_not_read() -> None:
    with pytest.raises(CarrierFault):
        CODEC.read_query([BOX], Reply(200, b'{"a":"' + b"x" * (1 << 20) + b'"}'))


def test_a_waybill_is_registered_for_pushes() -> None:
    sent = fields(CODEC.subscribe(BOX, "", CALL))
    assert sent["serviceCode"] == "EXP_RECE_REGISTER_ROUTE"
    assert json.loads(sent["msgData"])["attributeNo"] == BOX.waybill
    CODEC.read_subscribe(sf_reply({}))
    assert set(CODEC.capabilities) == set(Capability)


def test_no_secret_is_shown() -> None:
    shown = repr(SF) + repr(CODEC.query([BOX], CALL)) + repr(BOX)
    assert not any(secret in shown for secret in ("CHECKWORD", "7551234567", "1234'", "13800001234"))
