"""What a parcel asks of its relay, read off its state; and orders as strangers may write them."""

from __future__ import annotations

import datetime as dt

import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st

from mailroom.carriers.base import Meaning, Source
from nodes.relay.observing import observation_id, split_leg
from nodes.relay.orders import parse_order, phone_of, request_of, wanted
from tests.clocks import START
from tests.relay.participating import RELAY, carrier_order, seen
from tongban.v1 import mailroom_pb2, parcel_pb2

NAME = "parcels/P35060026110000017"
KEY = b"k" * 32


def parcel(*legs: parcel_pb2.Leg) -> parcel_pb2.Parcel:
    """A parcel with these legs."""
    return parcel_pb2.Parcel(name=NAME, legs=legs)


def leg(number: int = 1, **changes: object) -> parcel_pb2.Leg:
    """A leg that names the relay."""
    made = parcel_pb2.Leg(number=number, carrier="shunfeng", relay=RELAY)
    made.offer_time.FromDatetime(START)
    for name, value in changes.items():
        if name == "intake":
            made.intake.SetInParent()
        else:
            setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("legs", "listen", "order", "cancel", "forget"),
    [
        ([leg(waybill="SF1")], [1], [], [], []),
        ([leg(waybill="X", carrier="hand")], [], [], [], []),
        ([leg(order=True)], [], [1], [], []),
        ([leg(order=True, waybill="SF1")], [1], [], [], []),
        ([leg(order=True, cancelled=True)], [], [], [1], [1]),
        ([leg(waybill="SF1", cancelled=True)], [], [], [], [1]),
        ([leg(waybill="SF1", intake=True)], [], [], [], [1]),
        ([leg(waybill="SF1"), leg(2, waybill="SF2")], [2], [], [], [1]),
        ([leg(waybill="SF1", relay="nodes/other")], [], [], [], []),
        ([leg(waybill="SF1", relay="")], [], [], [], []),
    ],
)
def test_what_a_leg_wants(
    legs: list[parcel_pb2.Leg], listen: list[int], order: list[int], cancel: list[int], forget: list[int]
) -> None:
    found = wanted(parcel(*legs), RELAY)
    assert [split_leg(each.leg)[1] for each in found.listen] == listen
    assert [each.number for each in found.order] == order
    assert [split_leg(each)[1] for each in found.cancel] == cancel
    assert [split_leg(each)[1] for each in found.forget] == forget
    assert all(each.until > START + dt.timedelta(days=60) for each in found.listen)


def test_an_order_that_failed_waits_until_somebody_has_ended_the_exception() -> None:
    state = parcel(leg(order=True))
    raised = state.exceptions.add(code="order-failed", subject=f"{NAME}/legs/1")
    assert wanted(state, RELAY).order == []
    raised.resolve_time.FromDatetime(START)
    assert [each.number for each in wanted(state, RELAY).order] == [1]


def test_an_order_is_read_as_json_and_as_bytes() -> None:
    order = carrier_order()
    for plain in (order.SerializeToString(), json_format.MessageToJson(order).encode()):
        read = parse_order(plain)
        assert read == order
        request = request_of("leg", read)
        assert (request.key, request.sender.phone, request.weight_grams) == ("leg", "0768-1234567", 300)
        assert phone_of(read) == "0596-7654321"
    assert phone_of(None) == ""


@given(st.one_of(st.binary(max_size=200), st.text(max_size=80).map(lambda text: ('{"sender":' + text).encode())))
def test_whatever_a_stranger_writes_as_an_order_raises_nothing(plain: bytes) -> None:
    read = parse_order(plain)
    assert read is None or isinstance(read, mailroom_pb2.CarrierOrder)


def test_an_order_that_the_contract_does_not_allow_is_none() -> None:
    order = carrier_order()
    order.receiver.phone = "call me"
    assert parse_order(order.SerializeToString()) is None
    assert parse_order(b"{" * 3000) is None
    assert parse_order(b'{"a":' * 3000) is None
    assert parse_order(carrier_order().SerializeToString() * 100) is None


def test_an_observation_is_the_same_however_it_was_heard_and_spaced() -> None:
    one = seen(Meaning.MOVING, START, source=Source.PUSH, text="到达 漳州")
    same = seen(Meaning.MOVING, START, text="到达  漳州 ")
    assert observation_id(KEY, "leg", one) == observation_id(KEY, "leg", same)
    others = [
        seen(Meaning.MOVING, START, text="到达 厦门"),
        seen(Meaning.MOVING, START + dt.timedelta(seconds=1), text="到达 漳州"),
        seen(Meaning.MOVING, START, code="sf.31", text="到达 漳州"),
    ]
    found = {observation_id(KEY, "leg", each) for each in (one, *others)}
    assert len(found) == 4
    assert observation_id(KEY, "other", one) not in found
    assert observation_id(b"o" * 32, "leg", one) not in found


@pytest.mark.parametrize("name", ["parcels/P1", f"{NAME}/legs/0", f"{NAME}/legs/100", f"{NAME}/legs/1/x", ""])
def test_what_is_no_leg(name: str) -> None:
    with pytest.raises(ValueError, match="names no leg"):
        split_leg(name)
