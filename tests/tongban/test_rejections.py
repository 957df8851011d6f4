"""A rejection says what the error said, in both directions, for every error of the tree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.errors import FieldInvalid, InvalidInput, Refused, StreamConflict, TongbanError, all_errors
from tongban.rejections import MAX_FIELD, MAX_SENTENCE, from_rejection, to_rejection
from tongban.v1 import envelope_pb2, types_pb2


@pytest.mark.parametrize("cls", all_errors())
def test_every_error_comes_back_in_the_same_words(cls: type[TongbanError]) -> None:
    error = cls(field="stream", name="甲")
    sent = to_rejection(error)
    assert sent.mender != envelope_pb2.MENDER_UNSPECIFIED
    back = from_rejection(envelope_pb2.Rejection.FromString(sent.SerializeToString()))
    assert type(back) is cls
    assert (back.text("zh"), back.text("en")) == (error.text("zh"), error.text("en"))
    assert (back.field, back.wire_reason, back.mender) == (error.field, error.wire_reason, error.mender)
    assert to_rejection(back) == sent


def test_a_conflict_says_where_the_stream_stood() -> None:
    found = types_pb2.StreamPosition(stream="applications/1", version=7, head=bytes(32))
    back = from_rejection(to_rejection(StreamConflict(stream="applications/1", found=7, expected=5), found=found))
    assert (back.facts["found"], back.facts["stream"]) == ("7", "applications/1")


def test_a_reason_from_the_future_keeps_its_words_and_who_can_mend_it() -> None:
    rejection = envelope_pb2.Rejection(reason="NEW", message_zh="新", message_en="new", mender=envelope_pb2.MENDER_HOME)
    back = from_rejection(rejection)
    assert type(back) is Refused
    assert (back.wire_reason, back.text("zh"), back.text("en"), back.mender.value) == ("NEW", "新", "new", "home")
    assert type(from_rejection(envelope_pb2.Rejection(reason="NEW", field="x"))) is InvalidInput


@given(st.text(alphabet=st.characters(), max_size=2000), st.text(alphabet=st.characters(), max_size=2000))
def test_any_text_can_be_sent_and_stays_short(field: str, problem: str) -> None:
    sent = to_rejection(FieldInvalid(field=field, problem=problem))
    assert sent.SerializeToString()
    assert len(sent.field) <= MAX_FIELD
    assert len(sent.message_zh) <= MAX_SENTENCE
