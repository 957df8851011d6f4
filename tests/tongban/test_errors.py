"""One error tree: the same list as the contract's reasons, in two languages, through both doors."""

from __future__ import annotations

import inspect
import re
from importlib.resources import files

import pytest

from tongban import errors
from tongban.errors import TongbanError, all_errors
from tongban.rejections import from_rejection, to_rejection
from tongban.v1 import envelope_pb2, reason_pb2

_PLACEHOLDER = re.compile(r"\{(\w+)(?:![rsa])?\}")


def test_the_tree_is_the_contracts_list_of_reasons() -> None:
    declared = {name.removeprefix("REASON_") for name in reason_pb2.Reason.keys()} - {"UNSPECIFIED"}  # noqa: SIM118
    assert {cls.reason() for cls in all_errors()} - {"TONGBAN_ERROR"} == declared - {"TONGBAN_ERROR"}
    reasons = [cls.reason() for cls in all_errors()]
    assert len(reasons) == len(set(reasons))


@pytest.mark.parametrize("cls", all_errors(), ids=lambda cls: cls.__name__)
def test_every_error_speaks_both_languages(cls: type[TongbanError]) -> None:
    zh, _, en = inspect.cleandoc(cls.__doc__ or "").partition("\n\n")
    assert re.search(r"[\u4e00-\u9fff]", zh)
    assert en
    assert not re.search(r"[\u4e00-\u9fff]", en)
    facts = set(_PLACEHOLDER.findall(zh)) | set(_PLACEHOLDER.findall(en))
    error = cls(field="some.field", **{name: f"<{name}>" for name in facts - {"field"}})
    for language in ("zh", "en"):
        text = error.text(language)
        assert "?" not in text
        assert "{" not in text
        assert text == " ".join(text.split())


@pytest.mark.parametrize("cls", all_errors(), ids=lambda cls: cls.__name__)
def test_every_refusal_is_kept_in_its_own_words(cls: type[TongbanError]) -> None:
    error = cls(field="some.field")
    rejection = to_rejection(error)
    assert rejection.reason == cls.reason()
    assert rejection.mender != envelope_pb2.MENDER_UNSPECIFIED
    assert to_rejection(from_rejection(rejection)) == rejection


def test_the_contract_explains_each_reason_in_its_english_words() -> None:
    text = files("tongban.v1").joinpath("reason.proto").read_text("utf-8")
    comments = {name: said for said, name in re.findall(r"// (.+)\n  REASON_(\w+) = \d+;", text)}
    for cls in all_errors():
        en = inspect.cleandoc(cls.__doc__ or "").partition("\n\n")[2]
        if cls.reason() in comments:
            assert comments[cls.reason()] == " ".join(en.split()), cls.__name__


def test_a_reason_of_a_newer_version_keeps_its_words() -> None:
    rejection = envelope_pb2.Rejection(reason="FROM_THE_FUTURE", message_zh="将来", message_en="future", field="x")
    error = from_rejection(rejection)
    assert isinstance(error, errors.InvalidInput)
    assert (error.wire_reason, error.text("zh"), error.text("en")) == ("FROM_THE_FUTURE", "将来", "future")
