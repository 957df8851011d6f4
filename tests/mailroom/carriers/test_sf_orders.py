"""顺丰丰桥: one leg, one waybill; pushes that nobody signed."""

from __future__ import annotations

import json

import pytest

from mailroom.carriers.base import CarrierFault, FaultKind, Meaning, OrderResult, Signature, Source, Tracked
from mailroom.carriers.sf import FAILURE, ShunFeng
from tests.mailroom.carriers.answers import (
    CALL,
    LEG,
    ORDER,
    REFERENCE,
    SF,
    fields,
    sf_push,
    sf_reply,
    sf_route,
    sf_routes,
)
from tests.mailroom.heard import heard, leg_of

CODEC = ShunFeng(SF)
NUMBER = "SF1234567890123"
ORDERED = {"orderId": REFERENCE, "filterResult": 2, "waybillNoInfoList": [{"waybillType": 1, "waybillNo": NUMBER}]}


def test_an_order_bears_the_name_of_its_leg() -> None:
    first, again = CODEC.order(ORDER, CALL), CODEC.order(ORDER, CALL)
    assert first == again
    sent = fields(first)
    message = json.loads(sent["msgData"])
    assert sent["serviceCode"] == "EXP_RECE_CREATE_ORDER"
    assert (message["orderId"], message["monthlyCard"]) == (REFERENCE, "7551234567")
    assert [(c["contactType"], c["contact"], c["city"]) for c in message["contactInfoList"]] == [
        (1, "窗口甲", "漳州市"),
        (2, "窗口乙", "潮州市"),
    ]
    assert len(REFERENCE) <= 64


def test_the_waybill_of_an_order() -> None:
    assert CODEC.read_order(ORDER, sf_reply(ORDERED)) == OrderResult(NUMBER, REFERENCE)


def test_the_master_waybill_is_taken() -> None:
    child = {"waybillType": 2, "waybillNo": "SF9999999999999"}
    answer = {**ORDERED, "waybillNoInfoList": [child, {"waybillType": "1", "waybillNo": NUMBER}]}
    assert CODEC.read_order(ORDER, sf_reply(answer)).waybill == NUMBER


def test_a_duplicate_order_is_looked_up_and_never_placed_again() -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.read_order(ORDER, sf_reply(None, code="8016"))
    assert caught.value.kind is FaultKind.DUPLICATE_ORDER
    assert not caught.value.retryable
    sent = fields(CODEC.find_order(ORDER, CALL))
    assert sent["serviceCode"] == "EXP_RECE_SEARCH_ORDER_RESP"
    assert json.loads(sent["msgData"])["orderId"] == REFERENCE
    assert CODEC.read_order(ORDER, sf_reply(ORDERED)) == OrderResult(NUMBER, REFERENCE)


def test_an_order_that_was_never_placed_is_not_found() -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.read_order(ORDER, sf_reply(None, code="8018"))
    assert caught.value.kind is FaultKind.NOT_FOUND


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ({**ORDERED, "orderId": "P350600202611220001000000042V-3"}, FaultKind.MALFORMED),
        ({**ORDERED, "orderId": []}, FaultKind.MALFORMED),
        ({**ORDERED, "filterResult": 3}, FaultKind.NO_PERMISSION),
        ({**ORDERED, "waybillNoInfoList": None}, FaultKind.NOT_FOUND),
        ({**ORDERED, "waybillNoInfoList": [{"waybillType": 1}]}, FaultKind.BAD_NUMBER),
        ({**ORDERED, "waybillNoInfoList": [None]}, FaultKind.MALFORMED),
        (None, FaultKind.NOT_FOUND),
    ],
)
def test_no_other_waybill_is_taken_for_it(message: object, kind: FaultKind) -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.read_order(ORDER, sf_reply(message))
    assert caught.value.kind is kind


def test_cancelling_is_an_update_of_kind_two() -> None:
    sent = fields(CODEC.cancel(LEG, NUMBER, CALL))
    message = json.loads(sent["msgData"])
    assert sent["serviceCode"] == "EXP_RECE_UPDATE_ORDER"
    assert (message["orderId"], message["dealType"]) == (REFERENCE, 2)
    assert message["waybillNoInfoList"] == [{"waybillType": 1, "waybillNo": NUMBER}]
    assert "waybillNoInfoList" not in json.loads(fields(CODEC.cancel(LEG, "", CALL))["msgData"])


def test_what_is_cancelled_already_is_cancelled() -> None:
    CODEC.read_cancel(sf_reply({"orderId": REFERENCE, "resStatus": 2}))
    CODEC.read_cancel(sf_reply(None, code="8037"))
    with pytest.raises(CarrierFault):
        CODEC.read_cancel(sf_reply({"orderId": REFERENCE, "resStatus": 1}))
    with pytest.raises(CarrierFault):
        CODEC.read_cancel(sf_reply(None, gateway="A1099"))


@pytest.mark.parametrize(
    "name", ["", "parcels/x/legs/1", f"{LEG}0x", LEG.replace("legs", "arms"), f"{LEG}/1", LEG + "\n"]
)
def test_only_a_legs_name_is_a_key(name: str) -> None:
    with pytest.raises(ValueError, match="not a leg's name"):
        CODEC.cancel(name, "", CALL)


def test_no_push_counts_by_itself() -> None:
    batch = CODEC.read_push({}, sf_push(sf_route("80", mailno=NUMBER, orderid=REFERENCE, id="1")))
    assert batch.signature is Signature.UNSIGNED
    assert not batch.signed
    assert batch.waybills == {NUMBER}
    (route,) = batch.observations
    assert (route.meaning, route.source, route.carrier_id) == (Meaning.DELIVERED, Source.PUSH, "1")
    assert batch.success.body == '{"return_code":"0000","return_msg":"成功"}'.encode()
    assert b'"1000"' in batch.failure.body
    assert CODEC.push_failure == FAILURE


def test_a_pull_that_says_the_same_is_the_same_observation() -> None:
    pushed = CODEC.read_push({}, sf_push(sf_route("80", mailno=NUMBER, id="1"))).observations
    tracked = Tracked("shunfeng", NUMBER, "1234")
    pulled = CODEC.read_query([tracked], sf_routes(NUMBER, sf_route("80"))).observations[NUMBER]
    assert len(leg_of(heard(*pushed, *pulled)).observations) == 1


def test_repeats_within_a_push_are_left_out_by_their_id() -> None:
    routes = [sf_route("50", mailno=NUMBER, id=7), sf_route("50", mailno=NUMBER, id="7", remark="改过的说明")]
    routes += [sf_route("31", mailno=NUMBER, id=None), sf_route("36", mailno=NUMBER)]
    assert [o.code for o in CODEC.read_push({}, sf_push(*routes)).observations] == ["sf.50", "sf.31", "sf.36"]


def test_a_replayed_push_says_nothing_new() -> None:
    body = sf_push(sf_route("50", mailno=NUMBER, id="1"), sf_route("31", mailno=NUMBER, id="2"))
    first, again = (CODEC.read_push({}, body).observations for _ in range(2))
    assert leg_of(heard(*first, *again)) == leg_of(heard(*first))


def test_one_bad_route_of_a_push_hides_no_other() -> None:
    bad = [
        3,
        sf_route("80"),
        sf_route("80", mailno="?"),
        sf_route("80", "x", mailno=NUMBER),
        sf_route({}, mailno=NUMBER),
    ]
    batch = CODEC.read_push({}, sf_push(*bad, sf_route("50", mailno=NUMBER)))
    assert [o.code for o in batch.observations] == ["sf.50"]
    assert [flaw.where for flaw in batch.flaws] == [
        "Body.WaybillRoute[0]",
        "Body.WaybillRoute[1]",
        "Body.WaybillRoute[2]",
        "Body.WaybillRoute[3].acceptTime",
        "Body.WaybillRoute[4].opCode",
    ]


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"Body":[]}', b'{"Body":{"WaybillRoute":{}}}', sf_push(*[sf_route("50")] * 11)]
)
def test_what_is_no_push(body: bytes) -> None:
    with pytest.raises(CarrierFault) as caught:
        CODEC.read_push({}, body)
    assert caught.value.kind is FaultKind.MALFORMED
