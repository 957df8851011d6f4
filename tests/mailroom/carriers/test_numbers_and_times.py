"""S10 numbers, waybill numbers, local times, couriers, and legs without a feed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.carriers.base import Account, CarrierFault, FaultKind, Meaning, SignedBy, Source, Tracked, ZoneBasis
from mailroom.carriers.couriers import courier, couriers, zone_basis
from mailroom.carriers.manual import WithoutFeed, by_hand
from mailroom.carriers.registry import CODECS, codec
from mailroom.carriers.s10 import S10, check_digit, looks_like_s10, read_s10
from mailroom.carriers.times import local_time
from mailroom.carriers.wire import waybill_number
from tests.mailroom.carriers.answers import CALL, ORDER


@pytest.mark.parametrize(("serial", "digit"), [("47312482", 9), ("12345678", 5), ("00000000", 5), ("00000005", 9)])
def test_check_digits_of_international_mail(serial: str, digit: int) -> None:
    assert check_digit(serial) == digit


def test_a_remainder_of_one_is_zero_and_of_none_is_five() -> None:
    by_rest = {
        sum(w * int(d) for w, d in zip((8, 6, 4, 2, 3, 5, 9, 7), f"{n:08}", strict=True)) % 11: n for n in range(99)
    }
    assert check_digit(f"{by_rest[1]:08}") == 0
    assert check_digit(f"{by_rest[0]:08}") == 5


def test_a_number_is_read_into_its_parts() -> None:
    assert read_s10("eb 123 456 785 cn") == S10("EB", "12345678", "CN")
    assert str(S10("RR", "47312482", "GB")) == "RR473124829GB"
    assert read_s10("EB123456784CN") is None
    assert looks_like_s10("EB123456784CN")
    assert not looks_like_s10("SF1234567890123")


@given(st.integers(0, 99_999_999), st.integers(0, 7), st.integers(1, 9))
def test_a_wrong_digit_is_nearly_always_found(serial: int, place: int, step: int) -> None:
    right = f"{serial:08}"
    wrong = right[:place] + str((int(right[place]) + step) % 10) + right[place + 1 :]
    if check_digit(right) not in {0, 5}:  # 10 and 0, 11 and 5 fall together
        assert check_digit(wrong) != check_digit(right)


@pytest.mark.parametrize("serial", ["", "1234567", "123456789", "1234567x", "１２３４５６７８"])
def test_a_check_digit_is_behind_eight_digits(serial: str) -> None:
    with pytest.raises(ValueError, match="not eight digits"):
        check_digit(serial)


def test_a_waybill_number_is_sent_as_carriers_write_it() -> None:
    assert waybill_number(" sf 1234 5678 90123 ", "shunfeng") == "SF1234567890123"
    for wrong in ("", "12345", "-12345", "12345-", "运单号码", "1" * 41, "12345;6"):
        with pytest.raises(CarrierFault) as caught:
            waybill_number(wrong, "shunfeng")
        assert caught.value.kind is FaultKind.BAD_NUMBER


@pytest.mark.parametrize(
    ("text", "utc", "offset", "basis"),
    [
        ("2026-11-22 16:30:05", "2026-11-22T08:30:05", 480, "carrier-local"),
        ("2026-11-22 16:30", "2026-11-22T08:30:00", 480, "carrier-local"),
        ("2026/1/2 6:30:05", "2026-01-01T22:30:05", 480, "carrier-local"),
        ("20261122163005", "2026-11-22T08:30:05", 480, "carrier-local"),
        ("2026-11-22T16:30:05.123", "2026-11-22T08:30:05", 480, "carrier-local"),
        ("2026年11月22日 16:30:05", "2026-11-22T08:30:05", 480, "carrier-local"),
        ("2026-11-22T16:30:05+09:00", "2026-11-22T07:30:05", 540, "stated"),
        ("2026-11-22T16:30:05Z", "2026-11-22T16:30:05", 0, "stated"),
        ("2026-11-22 16:30:05 -0330", "2026-11-22T20:00:05", -210, "stated"),
    ],
)
def test_a_local_time_keeps_its_text_and_says_how_it_was_read(text: str, utc: str, offset: int, basis: str) -> None:
    read = local_time(text, ZoneBasis.CARRIER_LOCAL, "ems", "opTime")
    assert (read.text, read.moment.isoformat()) == (text, f"{utc}+00:00")
    assert (read.offset_minutes, read.basis) == (offset, basis)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "昨天",
        "2026-02-29 10:00:00",
        "2026-11-22",
        "2026-11-22 24:00:00",
        "0001-01-01 00:00:00",
        "9999-12-31 23:59:59",
        "2026-11-22 10:00:00+99:00",
        "1795336200000",
        "２０２６-11-22 10:00:00",
    ],
)
def test_what_is_no_time_is_said_with_its_place(text: str) -> None:
    with pytest.raises(CarrierFault) as caught:
        local_time(text, ZoneBasis.ASSUMED, "ems", "items[3].opTime")
    assert (caught.value.kind, caught.value.where) == (FaultKind.MALFORMED, "items[3].opTime")


def test_on_what_ground_a_time_is_beijings() -> None:
    assert zone_basis("shunfeng", "SF1234567890123") is ZoneBasis.CARRIER_LOCAL
    assert zone_basis("ems", "EB123456785CN") is ZoneBasis.CARRIER_LOCAL
    assert zone_basis("ems", "RR473124829GB") is ZoneBasis.ASSUMED
    assert zone_basis("youzhengguoji", "EB123456785CN") is ZoneBasis.ASSUMED
    assert zone_basis("pigeon-post", "PP123456") is ZoneBasis.ASSUMED


def test_couriers_name_feeds_that_exist() -> None:
    for code, known in couriers().items():
        assert known.listed
        assert known.title
        assert set(known.feeds) <= set(CODECS), code
    assert courier("jd").feeds == ("kuaidi100",)
    assert courier("shunfeng").feeds[0] == "shunfeng"
    unknown = courier("pigeon-post")
    assert (unknown.feeds, unknown.listed) == ((), False)


@pytest.mark.parametrize("feed", sorted(CODECS))
def test_a_codec_says_its_name(feed: str) -> None:
    assert codec(feed, Account()).name == feed


@pytest.mark.parametrize("carrier", ["hand", "diplomatic-bag", "agency-van", "pigeon-post"])
def test_a_leg_without_a_feed_can_do_nothing_and_says_so(carrier: str) -> None:
    nobody = codec(carrier, Account())
    tracked = Tracked(carrier, "123456")
    assert isinstance(nobody, WithoutFeed)
    assert (nobody.name, nobody.capabilities, courier(carrier).feeds) == (carrier, frozenset(), ())
    refusals: list[Callable[[], object]] = [
        lambda: nobody.query([tracked], CALL),
        lambda: nobody.subscribe(tracked, "", CALL),
        lambda: nobody.read_push({}, b""),
        lambda: nobody.order(ORDER, CALL),
        lambda: nobody.find_order(ORDER, CALL),
        lambda: nobody.cancel(ORDER.key, "", CALL),
    ]
    for refuse in refusals:
        with pytest.raises(CarrierFault) as caught:
            refuse()
        assert (caught.value.kind, caught.value.carrier) == (FaultKind.UNSUPPORTED, carrier)
    assert nobody.push_failure.status == 404


def test_what_a_person_wrote_down() -> None:
    said = by_hand("diplomatic-bag", "BAG-17", "delivered-agent", "2026-11-22 10:00", "门卫代收", "使馆", 540)
    assert (said.code, said.meaning, said.source) == ("manual.delivered-agent", Meaning.DELIVERED, Source.MANUAL)
    assert (said.signed_by, said.zone_basis, said.zone_offset_minutes) == (SignedBy.AGENT, ZoneBasis.STATED, 540)
    assert by_hand("hand", "", "moving", "2026-11-22 10:00").zone_basis is ZoneBasis.ASSUMED
    assert by_hand("hand", "", "lost-in-space", "2026-11-22 10:00").exception == "unknown-code"
