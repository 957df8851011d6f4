"""The gRPC door is total over the error tree, in both directions, and fits into trailers."""

from __future__ import annotations

import string
from typing import Any

import grpc
import pytest
from google.rpc import code_pb2, error_details_pb2, status_pb2
from hypothesis import given
from hypothesis import strategies as st

from tongban.errors import (
    EventIdReused,
    FieldInvalid,
    InvalidInput,
    Mender,
    MessageTooLarge,
    Overloaded,
    PickupLocked,
    Refused,
    TongbanError,
    Unavailable,
    UnsupportedProtocolVersion,
    all_errors,
    errors_by_reason,
)
from tongban.rpc import status


def placeholders(cls: type[TongbanError]) -> dict[str, str]:
    """A fact for every placeholder in the class's message."""
    names = {name for _, name, _, _ in string.Formatter().parse(cls.__doc__ or "") if name}
    return {name: f"{name}值" for name in names if name != "field"}


def detail(found: status_pb2.Status, kind: type[Any]) -> list[Any]:
    messages = []
    for packed in found.details:
        message = kind()
        if packed.Unpack(message):
            messages.append(message)
    return messages


def rpc_error(
    code: grpc.StatusCode, details: str = "", rich: status_pb2.Status | bytes | None = None
) -> grpc.aio.AioRpcError:
    raw = rich.SerializeToString() if isinstance(rich, status_pb2.Status) else rich
    metadata = grpc.aio.Metadata(*([("grpc-status-details-bin", raw)] if raw is not None else []))
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), metadata, details, None)


@pytest.mark.parametrize("cls", all_errors())
def test_every_error_goes_out_whole_and_comes_back_the_same(cls: type[TongbanError]) -> None:
    error = cls(field="event.stream", **placeholders(cls))
    sent = status.to_status(error)
    assert code_pb2.Code.Name(sent.code) == cls.grpc_code
    assert sent.code != code_pb2.OK
    assert error.text("en") in sent.message
    assert error.text("zh") in sent.message
    (info,) = detail(sent, error_details_pb2.ErrorInfo)
    assert (info.reason, info.domain, info.metadata["mender"]) == (cls.reason(), "tongban", cls.mender.value)
    (bad,) = detail(sent, error_details_pb2.BadRequest)
    assert bad.field_violations[0].field == "event.stream"
    assert [(m.locale, m.message) for m in detail(sent, error_details_pb2.LocalizedMessage)] == [
        ("zh-CN", error.text("zh")),
        ("en", error.text("en")),
    ]
    assert bool(detail(sent, error_details_pb2.RetryInfo)) == (cls.retry_seconds is not None)
    assert not detail(sent, error_details_pb2.DebugInfo)

    code, message, metadata = status.to_grpc(sent)
    back = status.from_rpc_error(rpc_error(code, message, metadata[0][1]))
    assert type(back) is cls
    assert (back.text("zh"), back.text("en")) == (error.text("zh"), error.text("en"))
    assert (back.field, back.wire_reason, back.mender) == (error.field, error.wire_reason, error.mender)
    assert back.retry_seconds == error.retry_seconds


def test_an_error_without_a_field_blames_none() -> None:
    assert not detail(status.to_status(EventIdReused(event="x")), error_details_pb2.BadRequest)


def test_each_language_gets_its_own_words_for_a_fact() -> None:
    sent = status.to_status(FieldInvalid(field="user", problem="不能为空", problem_en="it must not be empty"))
    back = status.from_status(sent)
    assert back is not None
    assert "不能为空" in back.text("zh")
    assert "must not be empty" in back.text("en")
    assert "不能为空" not in back.text("en")


def test_a_reason_that_is_not_known_keeps_the_peers_words_and_its_kind() -> None:
    sent = status.to_status(PickupLocked(field="code", until="九点"))
    info = error_details_pb2.ErrorInfo(
        reason="FROM_THE_FUTURE", domain="tongban", metadata={"mender": "home", "n": "1", "zh": "2", "self": "3"}
    )
    sent.details[0].Pack(info)
    back = status.from_status(sent)
    assert type(back) is Refused
    assert back.wire_reason == "FROM_THE_FUTURE"
    assert "九点" in back.text("zh")
    assert (back.field, back.mender, back.facts["n"]) == ("code", Mender.HOME, "1")
    # And it can be passed on as it is.
    again = status.from_status(status.to_status(back))
    assert again is not None
    assert (again.wire_reason, again.text("en"), again.mender) == (back.wire_reason, back.text("en"), back.mender)


def test_what_nobody_foresaw_says_its_number_only() -> None:
    sent = status.internal_status("AB12CD34")
    assert sent.code == code_pb2.INTERNAL
    assert "AB12CD34" in sent.message
    back = status.from_rpc_error(rpc_error(grpc.StatusCode.INTERNAL, sent.message, sent))
    assert type(back) is TongbanError
    assert "AB12CD34" in back.text("zh")
    assert back.facts["incident"] == "AB12CD34"


@given(
    st.text(max_size=3000), st.text(max_size=3000), st.dictionaries(st.text("abc_", min_size=1, max_size=9), st.text())
)
def test_any_text_fits_into_the_trailers(field: str, problem: str, facts: dict[str, str]) -> None:
    facts.pop("field", None)
    sent = status.to_status(FieldInvalid(**{"field": field, **facts, "problem": problem}))
    code, message, metadata = status.to_grpc(sent)
    assert len(metadata[0][1]) * 4 / 3 + len(message) < 8 * 1024
    assert type(status.from_rpc_error(rpc_error(code, message, metadata[0][1]))) is FieldInvalid


def test_surrogates_do_not_turn_a_refusal_into_a_crash() -> None:
    assert status.to_status(FieldInvalid(field="a\ud800", problem="\udfff")).SerializeToString()


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK])
def test_any_status_without_our_details_becomes_an_error(code: grpc.StatusCode) -> None:
    for rich in (None, b"\xff\xff\xff", status_pb2.Status(code=code.value[0], message="theirs")):
        error = status.from_rpc_error(rpc_error(code, "their words", rich), peer="网关")
        assert isinstance(error, TongbanError)
        assert error.wire_reason in errors_by_reason()
        assert error.text("zh")
        assert "?" not in error.text("en")


def test_the_transports_own_errors_say_what_to_do() -> None:
    away = status.from_rpc_error(rpc_error(grpc.StatusCode.UNAVAILABLE, "connection refused"), peer="网关")
    assert type(away) is Unavailable
    assert "网关" in away.text()
    late = status.from_rpc_error(rpc_error(grpc.StatusCode.DEADLINE_EXCEEDED))
    assert type(late) is Unavailable
    words = "SERVER: Received message larger than max (5000000 vs. 4194304)"
    large = status.from_rpc_error(rpc_error(grpc.StatusCode.RESOURCE_EXHAUSTED, words))
    assert type(large) is MessageTooLarge
    assert (large.facts["size"], large.facts["limit"]) == ("5000000", "4194304")
    assert type(status.from_rpc_error(rpc_error(grpc.StatusCode.RESOURCE_EXHAUSTED, "quota"))) is Overloaded
    old = status.from_rpc_error(rpc_error(grpc.StatusCode.UNIMPLEMENTED, "Method not found!"), peer="网关")
    assert type(old) is UnsupportedProtocolVersion
    assert type(status.from_rpc_error(rpc_error(grpc.StatusCode.OUT_OF_RANGE))) is InvalidInput


def test_another_domains_error_info_is_not_ours() -> None:
    sent = status_pb2.Status(code=code_pb2.PERMISSION_DENIED, message="no")
    sent.details.add().Pack(error_details_pb2.ErrorInfo(reason="EVENT_ID_REUSED", domain="googleapis.com"))
    assert status.from_status(sent) is None
