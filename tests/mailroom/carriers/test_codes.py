"""The tables of codes: every code of the reference, and nothing that the contract would refuse."""

from __future__ import annotations

import protovalidate
import pytest

from mailroom.carriers.base import FaultKind, Meaning, SignedBy
from mailroom.carriers.codes import FEEDS, UNKNOWN_CODE, CodeEntry, code_table, entry_of, signer
from mailroom.domain.transit import word_rank
from tests.mailroom.carriers.answers import kd_entry, kd_result, reply
from tests.mailroom.carriers.test_kuaidi100 import CODEC, MAIL
from tests.mailroom.heard import LEG, wrong
from tests.mailroom.heard import heard as told
from tongban.v1 import parcel_pb2

M, S = Meaning, SignedBy

KUAIDI100 = {
    "1": (M.ACCEPTED, S.NOBODY, ""),
    "101": (M.UNKNOWN, S.NOBODY, ""),
    "102": (M.UNKNOWN, S.NOBODY, ""),
    "103": (M.ACCEPTED, S.NOBODY, ""),
    "0": (M.MOVING, S.NOBODY, ""),
    "1001": (M.MOVING, S.NOBODY, ""),
    "1002": (M.MOVING, S.NOBODY, ""),
    "1003": (M.MOVING, S.NOBODY, ""),
    "5": (M.DELIVERING, S.NOBODY, ""),
    "501": (M.DELIVERING, S.LOCKER, ""),
    "3": (M.DELIVERED, S.NOBODY, ""),
    "301": (M.DELIVERED, S.SELF, ""),
    "302": (M.DELIVERED, S.NOBODY, ""),
    "303": (M.DELIVERED, S.AGENT, ""),
    "304": (M.DELIVERED, S.LOCKER, ""),
    "2": (M.PROBLEM, S.NOBODY, UNKNOWN_CODE),
    "201": (M.PROBLEM, S.NOBODY, UNKNOWN_CODE),
    "202": (M.PROBLEM, S.NOBODY, "silent"),
    "203": (M.PROBLEM, S.NOBODY, "refused"),
    "204": (M.PROBLEM, S.NOBODY, UNKNOWN_CODE),
    "205": (M.PROBLEM, S.LOCKER, "unclaimed"),
    "206": (M.PROBLEM, S.NOBODY, UNKNOWN_CODE),
    "207": (M.PROBLEM, S.NOBODY, UNKNOWN_CODE),
    "208": (M.PROBLEM, S.NOBODY, UNKNOWN_CODE),
    "209": (M.PROBLEM, S.NOBODY, "damaged"),
    "210": (M.PROBLEM, S.NOBODY, "order-failed"),
    "4": (M.RETURNED, S.NOBODY, "refused"),
    "401": (M.PROBLEM, S.NOBODY, "order-failed"),
    "14": (M.PROBLEM, S.NOBODY, "refused"),
    "6": (M.RETURNED, S.NOBODY, UNKNOWN_CODE),
    "7": (M.MOVING, S.NOBODY, ""),
    "8": (M.CUSTOMS, S.NOBODY, ""),
    "10": (M.CUSTOMS, S.NOBODY, ""),
    "11": (M.CUSTOMS, S.NOBODY, ""),
    "12": (M.CUSTOMS, S.NOBODY, ""),
    "13": (M.CUSTOMS, S.NOBODY, "customs-hold"),
}
SHUNFENG = {
    **dict.fromkeys(("50", "54"), (M.ACCEPTED, "")),
    **dict.fromkeys(("30", "31", "36", "105", "106"), (M.MOVING, "")),
    "605": (M.CUSTOMS, ""),
    **dict.fromkeys(("204", "44"), (M.DELIVERING, "")),
    "70": (M.UNKNOWN, UNKNOWN_CODE),
    "80": (M.DELIVERED, ""),
    **dict.fromkeys(("631", "648", "99"), (M.RETURNED, UNKNOWN_CODE)),
    "33": (M.PROBLEM, UNKNOWN_CODE),
    "8000": (M.UNKNOWN, ""),
}
EMS = {
    "306": (M.MOVING, ""),
    "702": (M.DELIVERING, ""),
    "704": (M.DELIVERED, ""),
    "705": (M.PROBLEM, UNKNOWN_CODE),
    **dict.fromkeys(("711", "747", "748"), (M.UNKNOWN, UNKNOWN_CODE)),
}


@pytest.mark.parametrize("code", KUAIDI100)
def test_every_state_of_kuaidi100_as_it_comes_over_the_wire(code: str) -> None:
    (heard,) = CODEC.read_query([MAIL], reply(kd_result(kd_entry(code)))).observations[MAIL.waybill]
    assert (heard.meaning, heard.signed_by, heard.exception) == KUAIDI100[code]
    assert heard.code == f"kd.{code}"


def test_no_table_holds_what_the_reference_does_not() -> None:
    assert set(code_table("kuaidi100").entries) == {*KUAIDI100, "none"}
    for feed, expected in (("shunfeng", SHUNFENG), ("ems", EMS)):
        assert {c: (e.meaning, e.exception) for c, e in code_table(feed).entries.items()} == expected


@pytest.mark.parametrize("code", ["501", "304", "205", "303"])
def test_an_original_that_somebody_else_or_a_locker_got_calls_at_once(code: str) -> None:
    (heard,) = CODEC.read_query([MAIL], reply(kd_result(kd_entry(code)))).observations[MAIL.waybill]
    assert ("signed-by-other", LEG) in wrong(told(heard))


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("raw", ["", "999", "704 ", "新码", "x" * 400, "a/b", "\x00", "-"])
def test_a_code_that_nobody_listed_means_unknown_and_calls_for_a_person(feed: str, raw: str) -> None:
    entry = code_table(feed).entry(raw)
    assert (entry.meaning, entry.exception) == (Meaning.UNKNOWN, UNKNOWN_CODE)
    protovalidate.validate(parcel_pb2.CarrierObserved(leg=1, code=entry.code, meaning=entry.meaning))
    assert entry_of(entry.code) == entry


@pytest.mark.parametrize(
    "entry", [e for feed in FEEDS for e in code_table(feed).entries.values()], ids=lambda e: e.code
)
def test_every_entry_can_be_said_in_the_contract(entry: CodeEntry) -> None:
    observed = parcel_pb2.CarrierObserved(leg=1, code=entry.code, meaning=entry.meaning, signed_by=entry.signed_by)
    protovalidate.validate(observed)
    if entry.exception:
        protovalidate.validate(parcel_pb2.ParcelExceptionRaised(code=entry.exception))
    assert entry.title
    assert entry_of(entry.code) == entry


def test_a_prefix_belongs_to_one_feed() -> None:
    assert len({code_table(feed).prefix for feed in FEEDS}) == len(FEEDS)
    assert entry_of("nobody.1").exception == UNKNOWN_CODE
    assert entry_of("704").exception == UNKNOWN_CODE


def test_meanings_rank_as_the_parcel_ranks_them() -> None:
    ranks = [word_rank(meaning) for meaning in Meaning]
    assert ranks == sorted(set(ranks))
    assert 0 not in ranks


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("已签收,签收人:本人", S.SELF),
        ("已签收,他人代收", S.AGENT),
        ("非本人签收:物业", S.AGENT),
        ("快件已放入丰巢智能柜,本人凭码取件", S.LOCKER),
        ("菜鸟驿站代收", S.LOCKER),
        ("已签收", S.NOBODY),
        ("", S.NOBODY),
    ],
)
def test_of_a_delivery_that_does_not_say_the_text_is_asked(text: str, who: SignedBy) -> None:
    assert signer(code_table("shunfeng").entry("80"), text) is who
    assert signer(code_table("shunfeng").entry("204"), text) is S.NOBODY
    assert signer(code_table("kuaidi100").entry("301"), text) is S.SELF


def test_every_fault_has_a_kind_of_ours_and_only_what_may_be_tried_again_says_when() -> None:
    for feed in FEEDS:
        for listed in code_table(feed).faults.values():
            for entry in listed.values():
                assert entry.kind in FaultKind
                assert entry.title
                if entry.kind in {FaultKind.BAD_SIGNATURE, FaultKind.NO_PERMISSION, FaultKind.DUPLICATE_ORDER}:
                    assert entry.retry_after is None
