"""Scan after scan: any order, three scans a discrepancy, and nothing recorded that was not scanned."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.domain.labels import OUTCOMES, Command, ItemLabel
from mailroom.domain.scan_session import fold, turn
from mailroom.domain.scan_state import NO_SEAL, Check, Cue
from mailroom.domain.scanning import Mode
from tests.mailroom.events import CHAOZHOU, COPY, DEED, LICENCE, SEALS, ZHANGZHOU
from tests.mailroom.scanned import (
    DEED_LABEL,
    DONE,
    IN,
    LICENCE_LABEL,
    NUMBER,
    OPEN,
    OUT,
    PARCEL,
    PARCEL_CODE,
    UNDO,
    WAYBILL,
    Table,
    stream,
)
from tongban.errors import InvalidInput
from tongban.v1 import parcel_pb2

CORRECT = parcel_pb2.CHECK_OUTCOME_CORRECT


def on_the_way() -> Table:
    return Table(stream().sent().now, node=ZHANGZHOU)


def opened() -> Table:
    way = stream().arrived()
    way.open()
    return Table(way.now, node=ZHANGZHOU, mode=Mode.OPEN).scan(NUMBER)


@pytest.mark.parametrize("order", list(itertools.permutations([PARCEL_CODE, *SEALS, WAYBILL])))
def test_a_parcel_is_taken_in_by_its_scans_in_any_order(order: tuple[str, ...]) -> None:
    for table in (on_the_way(), Table(node=ZHANGZHOU), Table(node=ZHANGZHOU, mode=Mode.IN)):
        table.scan(*order)
        assert table.record.mode is Mode.IN
        assert set(table.record.seals) == set(SEALS)
        assert (table.record.parcel, table.record.waybill) == (PARCEL, WAYBILL)
        assert table.cue is Cue.DONE


def test_many_parcels_one_after_the_other() -> None:
    table = on_the_way()
    for _ in range(3):
        table.scan(PARCEL_CODE, *SEALS, WAYBILL)
    assert len(table.records) == 3
    assert table.texts == ()


def test_without_a_waybill_done_ends_it() -> None:
    table = on_the_way().scan(PARCEL_CODE, *SEALS)
    assert "运单号" in table.prompt
    assert table.scan(DONE).record.waybill == ""


def test_a_strange_seal_is_shown_first_and_recorded_as_it_is() -> None:
    table = on_the_way().scan(PARCEL_CODE, SEALS[0], "XX-9", WAYBILL)
    assert table.records == []
    assert table.cue is Cue.WARN
    assert set(table.scan(DONE).record.seals) == {SEALS[0], "XX-9"}


def test_a_parcel_without_seals_is_taken_in_all_the_same() -> None:
    table = on_the_way().scan(PARCEL_CODE, WAYBILL, DONE)
    assert table.cue is Cue.BAD
    record = table.scan(Command.SEAL_BROKEN.text, DONE).record
    assert record.seals == (NO_SEAL,)
    assert record.torn


def test_a_number_is_no_parcel_for_taking_in() -> None:
    table = on_the_way().scan(NUMBER)
    assert table.cue is Cue.BAD
    assert table.texts == ()


def test_the_same_twice_counts_once() -> None:
    table = on_the_way().scan(PARCEL_CODE, PARCEL_CODE, SEALS[0], SEALS[0], SEALS[1])
    assert len(table.texts) == 3
    assert table.scan(WAYBILL).record.waybill == WAYBILL


def test_undo_takes_back_the_last_scan_and_no_record() -> None:
    table = on_the_way().scan(PARCEL_CODE, "XX-9", UNDO, *SEALS, WAYBILL)
    assert set(table.record.seals) == set(SEALS)
    assert table.scan(UNDO).cue is Cue.BAD


def test_another_parcel_is_refused_until_this_one_is_done() -> None:
    table = on_the_way().scan(PARCEL_CODE)
    assert table.scan(IN).cue is Cue.BAD
    assert table.scan(OPEN).cue is Cue.BAD
    assert table.session.parcel == PARCEL


def test_handing_over_many_to_one_courier() -> None:
    way = stream()
    way.pack()
    way.seal()
    table = Table(way.now, node=CHAOZHOU, mode=Mode.OUT, carrier="ems")
    table.scan(WAYBILL, SEALS[1], PARCEL_CODE, SEALS[0])
    assert (table.record.mode, table.record.waybill) == (Mode.OUT, WAYBILL)
    by_hand = Table(way.now, node=CHAOZHOU, mode=Mode.OUT, carrier="hand").scan(PARCEL_CODE, *SEALS)
    assert by_hand.record.waybill == ""


def test_a_parcel_that_is_sent_on_has_a_number_of_its_own() -> None:
    way = stream().arrived()
    other = "EB900000039CN"
    table = Table(way.now, node=CHAOZHOU, mode=Mode.OUT, carrier="ems").scan(PARCEL_CODE, *SEALS, other)
    assert table.cue is Cue.DONE
    assert table.record.waybill == other


def test_no_courier_no_handing_over() -> None:
    way = stream()
    way.pack()
    way.seal()
    table = Table(way.now, node=CHAOZHOU).scan(PARCEL_CODE, *SEALS, WAYBILL)
    assert table.records == []
    assert "承运方" in table.prompt
    assert table.scan(DONE).cue is Cue.BAD
    assert Table(node=CHAOZHOU).scan(OUT, PARCEL_CODE).cue is Cue.GOOD
    assert Table(node=CHAOZHOU, mode=Mode.OUT).scan(PARCEL_CODE).cue is Cue.BAD


def test_opening_asks_for_every_seal_and_a_second_person() -> None:
    table = Table(stream().arrived().now, node=ZHANGZHOU).scan(PARCEL_CODE, SEALS[0])
    assert table.scan("li").cue is Cue.BAD, "a name is no seal"
    record = table.scan(SEALS[1], "li").record
    assert (record.intact, record.witness) == (True, "li")


def test_a_broken_seal_is_said_before_opening() -> None:
    table = Table(stream().arrived().now, node=ZHANGZHOU, mode=Mode.OPEN)
    record = table.scan(NUMBER, Command.SEAL_BROKEN.text, "li").record
    assert (record.intact, record.witness) == (False, "li")


def test_what_has_not_come_cannot_be_opened() -> None:
    assert Table(node=ZHANGZHOU, mode=Mode.OPEN).scan(NUMBER).cue is Cue.BAD
    assert Table(stream().sent().now, node=ZHANGZHOU, mode=Mode.OPEN).scan(NUMBER).cue is Cue.BAD


@pytest.mark.parametrize("command", list(OUTCOMES))
def test_every_discrepancy_takes_three_scans_at_most(command: Command) -> None:
    scans = [DEED_LABEL, command.text, DONE]
    found = opened().scan(*scans).record.checks
    item = "extra-1" if command is Command.EXTRA else DEED
    assert Check(item, OUTCOMES[command]) in found
    # An extra thing leaves the item in hand as it should be.
    assert len(found) == (2 if command is Command.EXTRA else 1)


def test_what_is_followed_by_another_was_right() -> None:
    checks = opened().scan(LICENCE_LABEL, DEED_LABEL, DONE).record.checks
    assert checks == (Check(LICENCE, CORRECT), Check(DEED, CORRECT))


def test_missing_alone_means_whatever_was_not_scanned() -> None:
    table = opened().scan(LICENCE_LABEL, Command.CORRECT.text, Command.MISSING.text)
    missing = parcel_pb2.CHECK_OUTCOME_MISSING
    assert table.scan(DONE).record.checks == (Check(LICENCE, CORRECT), Check(DEED, missing), Check(COPY, missing))


def test_two_extra_things_are_two() -> None:
    extra = Command.EXTRA.text
    checks = opened().scan(extra, extra, DONE).record.checks
    assert [check.item for check in checks] == ["extra-1", "extra-2"]


def test_a_label_of_another_parcel_is_extra() -> None:
    stranger = ItemLabel.of(f"{DEED}-2").text
    table = opened().scan(stranger)
    assert table.cue is Cue.WARN
    assert table.scan(DONE).record.checks[0].outcome == parcel_pb2.CHECK_OUTCOME_EXTRA


def test_sheets_are_counted_after_pages_short() -> None:
    checks = opened().scan(DEED_LABEL, Command.PAGES_SHORT.text, "11", DONE).record.checks
    assert checks == (Check(DEED, parcel_pb2.CHECK_OUTCOME_PAGES_SHORT, 11),)


def test_a_change_of_mind_before_done() -> None:
    checks = opened().scan(DEED_LABEL, Command.DAMAGED.text, UNDO, Command.COPY.text, DONE).record.checks
    assert checks == (Check(DEED, parcel_pb2.CHECK_OUTCOME_COPY_FOR_ORIGINAL),)


def test_a_discrepancy_of_nothing_is_refused() -> None:
    table = opened()
    assert table.scan(Command.DAMAGED.text).cue is Cue.BAD
    assert table.scan(DONE).cue is Cue.BAD
    assert table.records == []


SCANS = [
    PARCEL_CODE,
    NUMBER,
    *SEALS,
    WAYBILL,
    "XX-9",
    "li",
    LICENCE_LABEL,
    DEED_LABEL,
    "12",
    "SF1234567890123",
    "garbage~",
] + [command.text for command in Command]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(SCANS), max_size=14), st.sampled_from(list(Mode)), st.booleans(), st.booleans())
def test_no_order_of_scans_breaks_it(texts: list[str], mode: Mode, is_open: bool, known: bool) -> None:
    way = stream().arrived() if is_open else stream().sent()
    if is_open:
        way.open()
    table = Table(*([way.now] if known else []), node=ZHANGZHOU, mode=mode, carrier="ems")
    scanned: set[str] = set()
    for text in texts:
        try:
            table.scan(text)
        except InvalidInput:
            continue
        scanned.add(text)
        assert fold(table.texts, table.desk) == table.session
        assert table.prompt
    for record in table.records:
        assert set(record.seals) - {NO_SEAL} <= scanned
        assert not record.waybill or record.waybill in scanned
        assert not record.code or record.code in scanned
        assert bool(record.checks) or bool(record.code) or bool(record.witness)
    # The last scan taken back is as if it had not been made.
    for text in (SEALS[0], DEED_LABEL):
        try:
            after = turn(table.texts, text, table.desk)
        except InvalidInput:
            continue
        if after.texts != table.texts and after.record is None:
            assert turn(after.texts, UNDO, table.desk).texts == table.texts
