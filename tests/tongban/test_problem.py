"""The HTTP door is total over the error tree."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.errors import EventIdReused, FieldInvalid, Overloaded, Refused, TongbanError, all_errors
from tongban.problem import internal_problem, known_types, language_of, problem


@pytest.mark.parametrize("cls", all_errors())
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_error_has_a_problem_document(cls: type[TongbanError], language: str) -> None:
    document = problem(cls(field="stream"), language, instance="/applications/1")
    assert document["type"] == f"urn:tongban:reason:{cls.reason()}"
    assert document["type"] in known_types()
    assert document["status"] == cls.http_status
    assert document["detail"] == cls(field="stream").text(language)
    assert (document["reason"], document["mender"]) == (cls.reason(), cls.mender.value)
    assert document["field"] == "stream"
    assert document["instance"] == "/applications/1"
    assert json.loads(json.dumps(document)) == document
    for key in ("title", "advice", "remedy"):
        text = document[key]
        assert isinstance(text, str)
        assert text.isascii() == (language == "en")


def test_an_error_of_the_same_type_has_the_same_title() -> None:
    assert problem(EventIdReused(event="a"))["title"] == problem(EventIdReused(event="b"))["title"]


def test_what_is_not_there_is_left_out() -> None:
    document = problem(Refused(problem="x"))
    assert not {"field", "instance", "retry_seconds"} & set(document)
    assert problem(Overloaded(retry=1))["retry_seconds"] == 1.0


def test_a_peers_words_are_passed_on() -> None:
    document = problem(Refused.quoted("FROM_THE_FUTURE", "新规定", "new rule"), "en")
    assert (document["reason"], document["detail"], document["status"]) == ("FROM_THE_FUTURE", "new rule", 422)


def test_each_language_gets_its_own_words_for_a_fact() -> None:
    error = FieldInvalid(field="f", problem="太长", problem_en="too long")
    assert "太长" in str(problem(error, "zh")["detail"])
    assert "太长" not in str(problem(error, "en")["detail"])


def test_what_nobody_foresaw_says_its_number_only() -> None:
    document = internal_problem("AB12", "en")
    assert (document["status"], document["incident"]) == (500, "AB12")
    assert "AB12" in str(document["detail"])


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9", "en"),
        ("en;q=0.5, zh;q=0.7", "zh"),
        ("it-IT, en;q=0.3", "en"),
        ("de", "zh"),
        ("en;q=junk", "en"),
    ],
)
def test_the_language_asked_for(header: str, language: str) -> None:
    assert language_of(header) == language


@given(st.text(max_size=400))
def test_any_header_is_a_language(header: str) -> None:
    assert language_of(header) in {"zh", "en"}
