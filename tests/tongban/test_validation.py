"""Bad input gets the field's path and a sentence that a clerk understands; unknown fields are found anywhere."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import protovalidate
import pytest
from google.protobuf.descriptor import Descriptor, FileDescriptor
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from tongban import validation
from tongban.errors import FieldInvalid, FieldsUnknown
from tongban.v1 import (
    agreement_pb2,
    application_pb2,
    approval_pb2,
    directory_pb2,
    envelope_pb2,
    event_pb2,
    federation_pb2,
    mailroom_pb2,
    parcel_pb2,
    types_pb2,
    window_pb2,
)
from tongban.validation_words import PATTERNS, explain

FILES: list[FileDescriptor] = [
    module.DESCRIPTOR
    for module in (
        agreement_pb2, application_pb2, approval_pb2, directory_pb2, envelope_pb2, event_pb2, federation_pb2,
        mailroom_pb2, parcel_pb2, types_pb2, window_pb2,
    )
]  # fmt: skip
# A varint of 1 under a tag that the contract will hardly use.
UNKNOWN = b"\xf8\x3f\x01"


def submitted() -> event_pb2.Event:
    """An application as a window sends it."""
    event = event_pb2.Event(
        event_id="0198c0de-0000-7000-8000-000000000001",
        stream="applications/44510020261122000100000042Y",
        lifecycle_version=1,
        author="nodes/445100",
        incarnation=1,
        sequence=1,
        actor="clerk-1",
    )
    event.claim_time.FromSeconds(1_760_000_000)
    for number in range(5):
        event.attachments.add(kind=event_pb2.ATTACHMENT_KIND_PART, digest=bytes([number]) * 32)
    body = event.application_submitted
    body.route.item = "items/350600.000117002000"
    body.route.accepting = body.route.collecting = "nodes/445100"
    body.route.home = body.route.decider = "nodes/350600"
    body.route.agreement, body.route.agreement_version, body.route.clause = "agreements/min-yue-gan-13", 1, "3.2"
    body.route.mode, body.route.channel = types_pb2.MODE_AGENT, types_pb2.CHANNEL_WINDOW
    body.route.applicant_kind = types_pb2.APPLICANT_KIND_PERSON
    body.window = "w-01"
    for number in range(4):
        body.materials.add(code=f"m-{number}", form=types_pb2.MATERIAL_FORM_ORIGINAL, original=f"o-{number}", pages=2)
    body.wanted_results.append(types_pb2.MATERIAL_FORM_ORIGINAL)
    return event


def test_a_good_event_passes() -> None:
    validation.check(submitted(), refuse_unknown=True)
    assert validation.violations(submitted()) == []


Change = Callable[[event_pb2.Event], object]
BROKEN: list[tuple[Change, str, str, str]] = [
    (lambda e: e.ClearField("event_id"), "event_id", "不能为空", "empty"),
    (lambda e: setattr(e, "event_id", "7"), "event_id", "UUID", "UUID"),
    (lambda e: setattr(e, "stream", "streams/1"), "stream", "名称", "name"),
    (lambda e: setattr(e, "author", "nodes/\n"), "author", "节点名称", "node's name"),
    (lambda e: setattr(e, "incarnation", 0), "incarnation", "不能小于 1", "at least 1"),
    (lambda e: setattr(e, "expected_head", b"x"), "expected_head", "32 字节", "32 bytes"),
    (lambda e: setattr(e.group, "size", 1), "group.group_id", "不能为空", "empty"),
    (lambda e: e.ClearField("claim_time"), "claim_time", "不能为空", "empty"),
    (lambda e: e.ClearField("application_submitted"), "body", "不能为空", "empty"),
    (lambda e: setattr(e.attachments[3], "digest", b""), "attachments[3].digest", "32 字节", "32 bytes"),
    (lambda e: setattr(e.attachments[1], "kind", 77), "attachments[1].kind", "可选范围", "offered"),
    (lambda e: e.attachments.extend([e.attachments[0]] * 80), "attachments", "最多 80 项", "at most 80 entries"),
    (
        lambda e: setattr(e.application_submitted.route, "mode", 0),
        "application_submitted.route.mode",
        "不能为空",
        "empty",
    ),
    (
        lambda e: setattr(e.application_submitted.route, "clause", "条" * 41),
        "application_submitted.route.clause",
        "最多 40 个字",
        "at most 40 characters",
    ),
    (
        lambda e: setattr(e.application_submitted.materials[2], "code", "M 2"),
        "application_submitted.materials[2].code",
        "小写字母",
        "lower-case",
    ),
]


@pytest.mark.parametrize(("change", "field", "zh", "en"), BROKEN)
def test_each_fault_names_its_field_in_words(change: Change, field: str, zh: str, en: str) -> None:
    event = submitted()
    change(event)
    with pytest.raises(FieldInvalid) as refusal:
        validation.check(event, where="events[0]")
    assert refusal.value.field == f"events[0].{field}"
    assert zh in refusal.value.text("zh")
    assert en in refusal.value.text("en")
    assert refusal.value.text("en").isascii()
    assert validation.violations(event)[0].field == field


def test_all_faults_of_a_form_are_told_together() -> None:
    found = validation.violations(window_pb2.SignInRequest())
    assert [(problem.field, problem.zh) for problem in found] == [("user", "不能为空"), ("password", "不能为空")]


def test_what_is_repeated_into_an_answer_is_bounded() -> None:
    event = submitted()
    event.attachments.extend([event_pb2.Attachment()] * 10_000)
    assert len(validation.violations(event)) == 64


@pytest.mark.parametrize(
    ("inner", "field"),
    [
        (lambda e: e, "message"),
        (lambda e: e.application_submitted.route, "application_submitted.route"),
        (lambda e: e.application_submitted.materials[1], "application_submitted.materials[1]"),
        (lambda e: e.claim_time, "claim_time"),
    ],
)
def test_unknown_fields_are_found_at_any_depth(inner: Callable[[event_pb2.Event], Message], field: str) -> None:
    event = submitted()
    place = inner(event)
    place.MergeFromString(UNKNOWN)
    validation.check(event)
    with pytest.raises(FieldsUnknown) as refusal:
        validation.check(event, refuse_unknown=True)
    assert (refusal.value.field, refusal.value.facts["tags"]) == (field, "1023")
    assert validation.bounded_unknown(event) >= len(UNKNOWN)


@given(st.integers(0, 6000))
def test_events_keep_unknown_fields_up_to_a_bound(size: int) -> None:
    event = submitted()
    # Tag 1023 with a string, as a newer version might have written it.
    varint = bytes([size & 0x7F | 0x80, size >> 7]) if size > 127 else bytes([size])
    extra = b"\xfa\x3f" + varint + b"x" * size
    event.MergeFromString(extra)
    if len(extra) <= 4096:
        assert validation.bounded_unknown(event) == len(extra)
    else:
        with pytest.raises(FieldsUnknown) as refusal:
            validation.bounded_unknown(event, where="event")
        assert refusal.value.field == "event"


def descriptors() -> Iterator[Descriptor]:
    """Every message type of the contract."""
    queue = [message for file in FILES for message in file.message_types_by_name.values()]
    while queue:
        message = queue.pop()
        yield message
        queue.extend(message.nested_types)


def test_every_rule_of_the_contract_has_words_of_its_own() -> None:
    # There for the runtime only (`tongban._buf_validate`).
    validate_pb2: Any = importlib.import_module("buf.validate.validate_pb2")

    patterns: set[str] = set()
    for message in descriptors():
        for field in message.fields:
            rules = field.GetOptions().Extensions[validate_pb2.field]
            patterns |= {rules.string.pattern, rules.repeated.items.string.pattern, rules.map.keys.string.pattern}
            patterns.add(rules.map.values.string.pattern)
            for rule in rules.cel:
                zh, _ = explain(rule.id, rule.message)
                assert not zh.isascii(), rule.id
    assert {pattern.removeprefix("^$|") for pattern in patterns} - {""} <= set(PATTERNS)


@pytest.mark.parametrize("descriptor", list(descriptors()), ids=lambda found: found.full_name)
def test_an_empty_message_of_every_type_is_answered_in_chinese(descriptor: Descriptor) -> None:
    from google.protobuf.message_factory import GetMessageClass

    for problem in validation.violations(GetMessageClass(descriptor)()):
        assert not problem.zh.isascii(), problem
        assert problem.en.isascii(), problem


def test_a_rule_that_is_not_known_keeps_its_own_words() -> None:
    assert explain("string.ulid", "must be a valid ULID") == ("must be a valid ULID", "must be a valid ULID")
    assert explain("uint32.gte", "no number in it") == ("no number in it", "no number in it")
    assert (
        explain("sint64.gt_lt", "must be greater than -3 and less than 4")[1]
        == "it must be more than -3 and less than 4"
    )


def test_rules_are_compiled_ahead() -> None:
    validation.prepare(event_pb2.Event, federation_pb2.PublishRequest)
    assert protovalidate.collect_violations(submitted()) == []
