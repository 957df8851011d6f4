"""Every code has words in both languages, and the applicant is told in plain ones."""

from __future__ import annotations

import importlib
import re
from typing import Any

import pytest
from google.protobuf.message import Message

from mailroom.case_words import OUTCOMES, RESOLUTIONS, all_words, lines_for_applicant, words_of
from mailroom.domain.cases import TRACE
from mailroom.domain.codes import ExceptionCode
from mailroom.domain.watch import Terms, due
from tests.mailroom.test_watch import HOUR, LISTENER, at, photograph, raise_, resolve, sent
from tongban.v1 import exception_pb2, mailroom_pb2, parcel_pb2

HAN = re.compile(r"[\u3400-\u9fff]")
_RULES: Any = importlib.import_module("buf.validate.validate_pb2").field


def allowed(message: type[Message], field: str) -> set[str]:
    """What the contract allows here."""
    rules: Any = message.DESCRIPTOR.fields_by_name[field].GetOptions().Extensions[_RULES]
    return set(getattr(rules.string, "in"))


def test_every_code_has_words() -> None:
    raised = allowed(parcel_pb2.ParcelExceptionRaised, "code")
    assert len(raised) >= 15
    assert set(all_words()) == {"", TRACE, *raised, *(code.value for code in ExceptionCode)}


def test_words_are_chinese_and_english() -> None:
    for words in all_words().values():
        for zh, en in (words.name, words.failed, words.do):
            assert HAN.search(zh)
            assert en
            assert not HAN.search(en)
        assert bool(words.applicant[0]) == bool(words.applicant[1])
        assert not HAN.search(words.applicant[1])


@pytest.mark.parametrize(
    ("words", "message", "field"),
    [
        (RESOLUTIONS, exception_pb2.ParcelExceptionResolved, "resolution"),
        (RESOLUTIONS, mailroom_pb2.ResolveExceptionRequest, "resolution"),
        (OUTCOMES, exception_pb2.TraceAnswered, "outcome"),
    ],
)
def test_every_end_has_a_word(words: dict[str, tuple[str, str]], message: type[Message], field: str) -> None:
    assert set(words) == allowed(message, field)


def test_a_code_of_a_newer_version_has_the_words_of_anything_else() -> None:
    assert words_of("of-tomorrow") == words_of("")


def test_the_applicant_hears_what_is_wrong_and_that_it_is_over() -> None:
    stream = sent(due_at=HOUR)
    photograph(stream)
    assert lines_for_applicant(stream.now) == []
    raise_(stream, due(stream.now, at(HOUR), Terms())[0], HOUR)
    [line] = lines_for_applicant(stream.now)
    assert line.open
    assert line.when == at(HOUR)
    assert line.text == words_of("late").applicant
    resolve(stream, "late", 2 * HOUR)
    [line] = lines_for_applicant(stream.now)
    assert not line.open
    assert line.when == at(2 * HOUR)
    assert "已说明" in line.text[0]


def test_what_is_no_concern_of_the_applicant_is_not_told() -> None:
    stream = sent()
    raise_(stream, due(stream.now, at(25 * HOUR), Terms())[0], 25 * HOUR)
    assert stream.codes == ["one-sided"]
    assert lines_for_applicant(stream.now) == []


def test_what_lies_at_the_carrier_the_applicant_is_not_sent_for() -> None:
    stream = sent(relay=LISTENER)
    unclaimed = parcel_pb2.ParcelExceptionRaised(code="unclaimed", leg=1)
    stream.add(LISTENER, "parcel_exception_raised", unclaimed, HOUR)
    assert stream.codes == ["unclaimed"]
    assert lines_for_applicant(stream.now) == []
