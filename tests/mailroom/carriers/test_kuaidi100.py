"""快递100: questions, answers and subscriptions."""

from __future__ import annotations

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
from mailroom.carriers.kuaidi100 import Kuaidi100, query_sign
from tests.mailroom.carriers.answers import CALL, KD, fields, kd_entry, kd_result, reply

CODEC = Kuaidi100(KD)
MAIL = Tracked("ems", "EB123456785CN")


def test_the_vector_of_the_query() -> None:
    param = '{"com":"ems","num":"EB123456785CN","resultv2":"4"}'
    assert query_sign(param, "KEY", "CUST") == "ED2D784FE6FE495AD94C9C677AAAF06B"
    sent = fields(Kuaidi100(Account(customer="CUST", key="KEY")).query([MAIL], CALL))
    assert sent == {"customer": "CUST", "sign": "ED2D784FE6FE495AD94C9C677AAAF06B", "param": param}


def test_the_signature_is_over_the_very_text_that_is_sent() -> None:
    tracked = Tracked("zhongtong", "zt 0001 2345", "+86 138-0000-1234", "福建省漳州市", "广东省潮州市")
    request = CODEC.query([tracked], CALL)
    sent = fields(request)
    assert request.url == "https://poll.kuaidi100.com/poll/query.do"
    assert json.loads(sent["param"]) == {
        "com": "zhongtong",
        "num": "ZT00012345",
        "phone": "1234",
        "from": "福建省漳州市",
        "to": "广东省潮州市",
        "resultv2": "4",
    }
    assert sent["sign"] == query_sign(sent["param"], KD.key, KD.customer)


@pytest.mark.parametrize("carrier", ["shunfeng", "zhongtong"])
def test_a_courier_that_asks_for_a_telephone_is_not_asked_without(carrier: str) -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.query([Tracked(carrier, "SF1234567890123", "123")], CALL)
    assert (caught.value.kind, caught.value.where) == (FaultKind.MISSING_PARAMETER, "phone")


@pytest.mark.parametrize("number", ["", "12345", "X" * 33, "运单123456", "AB'12345"])
def test_a_number_that_cannot_be_one_is_not_sent(number: str) -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.query([Tracked("ems", number)], CALL)
    assert caught.value.kind is FaultKind.BAD_NUMBER


def test_an_answer_is_read_entry_by_entry() -> None:
    answer = kd_result(kd_entry("304", text="已放入丰巢"), kd_entry("103", "2026-11-21 09:00:00"))
    signed, taken = CODEC.read_query([MAIL], reply(answer)).observations["EB123456785CN"]
    assert (signed.code, signed.meaning, signed.signed_by) == ("kd.304", Meaning.DELIVERED, SignedBy.LOCKER)
    assert (taken.code, taken.meaning, taken.source) == ("kd.103", Meaning.ACCEPTED, Source.PULL)
    assert (signed.local_time, signed.observe_time.isoformat()) == ("2026-11-22 16:30:00", "2026-11-22T08:30:00+00:00")
    assert (signed.zone_offset_minutes, signed.zone_basis) == (480, ZoneBasis.CARRIER_LOCAL)
    assert (signed.text, signed.place) == ("已放入丰巢", "福建,漳州市")


def test_of_mail_from_elsewhere_the_zone_is_only_assumed() -> None:
    abroad = Tracked("ems", "RR473124829GB")
    feed = CODEC.read_query([abroad], reply(kd_result(kd_entry("1001"), number=abroad.waybill)))
    assert feed.observations[abroad.waybill][0].zone_basis is ZoneBasis.ASSUMED


def test_one_bad_entry_hides_no_other() -> None:
    bad = [None, 7, {"context": "无时间"}, kd_entry("1", "昨天"), kd_entry(None) | {"context": ["x"]}]
    good = {"context": None, "ftime": None, "time": "2026-11-22 10:00", "statusCode": 301, "location": None}
    feed = CODEC.read_query([MAIL], reply(kd_result(*bad, good)))
    (only,) = feed.observations["EB123456785CN"]
    assert (only.code, only.text, only.signed_by) == ("kd.301", "", SignedBy.SELF)
    assert [flaw.where for flaw in feed.flaws] == [
        "answer.data[0]",
        "answer.data[1]",
        "answer.data[2].time",
        "answer.data[3].time",
        "answer.data[4].context",
    ]


def test_without_a_sub_state_the_name_and_then_the_state_of_the_list_tell() -> None:
    plain = {"context": "x", "time": "2026-11-22 10:00:00"}
    entries = [dict(plain), {**plain, "status": "代签"}, dict(plain), {**plain, "status": "飞走了"}]
    feed = CODEC.read_query([MAIL], reply(kd_result(*entries) | {"state": "3"}))
    codes = [(o.code, o.exception) for o in feed.observations["EB123456785CN"]]
    assert codes == [("kd.3", ""), ("kd.303", ""), ("kd.none", ""), ("kd.unnamed", "unknown-code")]


def test_an_answer_about_another_number_is_refused() -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.read_query([MAIL], reply(kd_result(kd_entry("301"), number="EB999999999CN")))
    assert (caught.value.kind, caught.value.where) == (FaultKind.MALFORMED, "answer.nu")


@pytest.mark.parametrize(("code", "entry"), code_table("kuaidi100").faults["query"].items())
def test_every_refusal_of_a_query_has_a_kind(code: str, entry: object) -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.read_query([MAIL], reply({"result": False, "returnCode": code, "message": "说明"}))
    assert caught.value.kind is not FaultKind.UNKNOWN
    assert (caught.value.code, caught.value.text, caught.value.carrier) == (code, "说明", "kuaidi100")
    assert caught.value.retryable is (code in {"500", "501", "502"})
    assert caught.value.retry_after == (1800 if caught.value.retryable else None), "never sooner than the interval"


def test_a_refusal_that_nobody_listed_is_kept_as_it_came() -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.read_query([MAIL], reply({"result": False, "returnCode": "777", "message": "锁单"}))
    assert (caught.value.kind, caught.value.code, caught.value.text) == (FaultKind.UNKNOWN, "777", "锁单")


@pytest.mark.parametrize(
    ("answer", "where"),
    [
        (b"", "answer"),
        (b"<html>", "answer"),
        (b"[]", "answer"),
        (b"null", "answer"),
        (b"{}", "answer.nu"),
        (b"[" * 100_000, "answer"),
        (b'{"nu":"EB123456785CN","data":{}}', "answer.data"),
        (b'{"nu":{},"data":[]}', "answer.nu"),
        (b'{"returnCode":["500"]}', "answer.returnCode"),
        (b"\xff\xfe\x00", "answer"),
        (b'{"a":"' + b"x" * (1 << 20) + b'"}', "answer"),
        (b'{"nu":"EB123456785CN","data":[' + b"1," * 1000 + b"1]}", "answer.data"),
    ],
)
def test_what_cannot_be_read_says_where(answer: bytes, where: str) -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.read_query([MAIL], Reply(200, answer))
    assert (caught.value.kind, caught.value.where) == (FaultKind.MALFORMED, where)


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (429, FaultKind.THROTTLED, True),
        (500, FaultKind.DOWNSTREAM, True),
        (503, FaultKind.DOWNSTREAM, True),
        (401, FaultKind.NO_PERMISSION, False),
        (403, FaultKind.NO_PERMISSION, False),
        (404, FaultKind.UNKNOWN, False),
        (302, FaultKind.UNKNOWN, False),
    ],
)
def test_a_server_that_fails_is_a_fault_too(status: int, kind: FaultKind, retryable: bool) -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.read_query([MAIL], Reply(status, b"busy", {"retry-after": "7"}))
    assert (caught.value.kind, caught.value.retryable) == (kind, retryable)
    assert caught.value.retry_after == {429: 7.0, 500: 60.0, 503: 60.0}.get(status)


def test_a_subscription_names_the_salt_and_the_address() -> None:
    request = CODEC.subscribe(Tracked("shunfeng", "SF1234567890123", "13800001234"), "https://relay.example/p/x", CALL)
    sent = fields(request)
    assert (request.url, sent["schema"]) == ("https://poll.kuaidi100.com/poll", "json")
    param = json.loads(sent["param"])
    assert (param["company"], param["number"], param["key"]) == ("shunfeng", "SF1234567890123", KD.key)
    assert param["parameters"] == {
        "callbackurl": "https://relay.example/p/x",
        "salt": "KD-SALT",
        "resultv2": "4",
        "autoCom": "0",
        "interCom": "0",
        "phone": "1234",
    }


def test_of_a_courier_that_nobody_knows_the_aggregator_finds_out() -> None:
    param = json.loads(
        fields(CODEC.subscribe(Tracked("pigeon-post", "PP12345678"), "https://r.example", CALL))["param"]
    )
    assert (param["company"], param["parameters"]["autoCom"]) == ("", "1")


@pytest.mark.parametrize("code", ["200", "501"])
def test_a_subscription_stands_also_if_it_stood_before(code: str) -> None:
    CODEC.read_subscribe(reply({"result": code == "200", "returnCode": code, "message": "x"}))


@pytest.mark.parametrize("code", sorted(code_table("kuaidi100").faults["subscribe"]))
def test_every_refusal_of_a_subscription_has_a_kind(code: str) -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.read_subscribe(reply({"result": False, "returnCode": code, "message": "说明"}))
    assert caught.value.kind is not FaultKind.UNKNOWN
    assert caught.value.code == code


@pytest.mark.parametrize("call", ["order", "find_order"])
def test_it_books_nothing(call: str) -> None:
    assert Capability.ORDER not in CODEC.capabilities
    with pytest.raises(CarrierFault) as caught:
        getattr(CODEC, call)(None, CALL)
    assert caught.value.kind is FaultKind.UNSUPPORTED


def test_no_secret_is_shown() -> None:
    shown = (
        repr(KD) + repr(CODEC.subscribe(MAIL, "https://r.example", CALL)) + repr(Tracked("ems", "1234567", "1380000"))
    )
    assert not any(secret in shown for secret in ("SECRET", "SALT", "1380000"))
