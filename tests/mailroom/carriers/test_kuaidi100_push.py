"""快递100's pushes: signed, forged, replayed, unsigned, and what they say of the subscription."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from mailroom.carriers.base import Account, CarrierFault, FaultKind, Meaning, Signature, Source, Watch, ZoneBasis
from mailroom.carriers.kuaidi100 import FAILURE, SUCCESS, Kuaidi100, push_sign
from tests.mailroom.carriers.answers import KD, kd_entry, kd_push, kd_result
from tests.mailroom.heard import heard, leg_of

CODEC = Kuaidi100(KD)
SIGNED = kd_result(kd_entry("301"), kd_entry("103", "2026-11-20 09:00:00"))
POLLING = {"status": "polling", "message": "", "lastResult": SIGNED}


def test_the_reply_is_exactly_what_is_asked_for() -> None:
    batch = CODEC.read_push({}, kd_push(POLLING))
    assert batch.success.body == '{"result":true,"returnCode":"200","message":"成功"}'.encode()
    assert batch.success.status == 200
    assert b'"result":false' in batch.failure.body
    assert CODEC.push_failure == FAILURE


def test_a_signed_push_counts() -> None:
    batch = CODEC.read_push({}, kd_push(POLLING))
    assert batch.signed
    assert [(o.meaning, o.source) for o in batch.observations] == [
        (Meaning.DELIVERED, Source.PUSH),
        (Meaning.ACCEPTED, Source.PUSH),
    ]
    assert batch.waybills == {"EB123456785CN"}


def _forged() -> dict[str, bytes]:
    param = '{"status":"polling","lastResult":{"nu":"EB123456785CN","data":[]}}'
    right = push_sign(param, KD.salt)
    return {
        "no signature": urlencode({"param": param}).encode(),
        "an empty one": urlencode({"param": param, "sign": ""}).encode(),
        "of another salt": kd_push(POLLING, "GUESSED"),
        "without any salt": kd_push(POLLING, ""),
        "of another text": urlencode({"param": param + " ", "sign": right}).encode(),
        "cut short": urlencode({"param": param, "sign": right[:-1]}).encode(),
        "lower case": urlencode({"param": param, "sign": right.lower()}).encode(),
        "not ASCII": urlencode({"param": param, "sign": "签" * 32}).encode(),
        "of what is not even JSON": urlencode({"param": "{", "sign": "0" * 32}).encode(),
    }


@pytest.mark.parametrize("name", _forged())
def test_nothing_of_a_forged_push_is_read(name: str) -> None:
    batch = CODEC.read_push({}, _forged()[name])
    assert batch.signature is Signature.FORGED
    assert not batch.signed
    assert (batch.observations, batch.notices, batch.waybills) == ((), (), frozenset())


@pytest.mark.parametrize("salt", [None, "ANY"])
def test_without_a_salt_of_ours_a_push_proves_nothing(salt: str | None) -> None:
    batch = Kuaidi100(Account(customer="CUST", key="KEY")).read_push({}, kd_push(POLLING, salt))
    assert batch.signature is Signature.UNSIGNED
    assert batch.waybills == {"EB123456785CN"}, "so that a pull can confirm it"


def test_a_field_that_comes_twice_is_refused() -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.read_push({}, kd_push(POLLING) + b"&param=%7B%7D")
    assert caught.value.kind is FaultKind.MALFORMED


def test_a_replayed_push_says_nothing_new() -> None:
    first = CODEC.read_push({}, kd_push(POLLING))
    again = CODEC.read_push({}, kd_push(POLLING))
    assert leg_of(heard(*first.observations, *again.observations)) == leg_of(heard(*first.observations))


def test_a_push_and_the_answer_that_confirms_it_are_one_observation() -> None:
    pushed = CODEC.read_push({}, kd_push(POLLING)).observations
    pulled = [o.__class__(**{f: getattr(o, f) for f in o.__slots__} | {"source": Source.PULL}) for o in pushed]
    for feed in ([*pushed, *pulled], [*pulled, *pushed]):
        assert [each.source for each in leg_of(heard(*feed)).observations] == ["pull", "pull"]


@pytest.mark.parametrize("status", list(Watch))
def test_each_status_of_a_subscription(status: Watch) -> None:
    (notice,) = CODEC.read_push({}, kd_push({**POLLING, "status": status.value, "message": "说明"})).notices
    assert (notice.watch, notice.waybill, notice.text) == (status, "EB123456785CN", "说明")
    assert notice.retry_after == (1800.0 if status is Watch.ABORT else None)
    assert (notice.carrier_old, notice.carrier_new) == ("", "")


def test_a_status_that_nobody_knows_hides_no_observation() -> None:
    batch = CODEC.read_push({}, kd_push({**POLLING, "status": "新状态"}))
    assert (len(batch.observations), batch.notices) == (2, ())
    assert [flaw.where for flaw in batch.flaws] == ["param.status"]


def test_another_courier_than_was_thought() -> None:
    push = {**POLLING, "autoCheck": "1", "comOld": "ems", "comNew": "youzhengguonei"}
    (notice,) = CODEC.read_push({}, kd_push(push)).notices
    assert (notice.carrier_old, notice.carrier_new) == ("ems", "youzhengguonei")


def test_an_abort_without_a_list() -> None:
    push = {
        "status": "abort",
        "message": "3天查询无记录",
        "lastResult": {"nu": "EB123456785CN", "com": "ems", "data": None},
    }
    batch = CODEC.read_push({}, kd_push(push))
    assert batch.observations == ()
    assert batch.notices[0].watch is Watch.ABORT


def test_the_country_of_destination_writes_its_own_times() -> None:
    push = {**POLLING, "destResult": kd_result(kd_entry("5"), com="usps")}
    observations = CODEC.read_push({}, kd_push(push)).observations
    assert [(o.carrier, o.zone_basis) for o in observations][1:] == [
        ("ems", ZoneBasis.CARRIER_LOCAL),
        ("usps", ZoneBasis.ASSUMED),
    ]


@pytest.mark.parametrize(
    ("param", "where"),
    [
        ("", "param"),
        ("[]", "param"),
        ('{"status":"polling","lastResult":3}', "lastResult"),
        ('{"status":"polling","lastResult":{"nu":[]}}', "lastResult.nu"),
        ('{"status":"polling","lastResult":{"nu":null}}', "waybill"),
        ('{"status":{},"lastResult":{"nu":"EB123456785CN"}}', "param.status"),
    ],
)
def test_a_signed_push_that_cannot_be_read_says_where(param: str, where: str) -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.read_push({}, kd_push(param))
    assert caught.value.where == where


@pytest.mark.parametrize("body", [b"", b"\xff", b"sign=1", b"&" * 60, b"a=%ff", b"x" * ((1 << 20) + 1)])
def test_what_is_no_push_at_all(body: bytes) -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.read_push({}, body)
    assert caught.value.kind is FaultKind.MALFORMED


def test_a_push_that_says_nothing_changes_nothing() -> None:
    batch = CODEC.read_push({}, kd_push({"status": "polling"}))
    assert (batch.observations, batch.notices) == ((), ())
    assert batch.success == SUCCESS
