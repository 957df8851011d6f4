"""Well-signed nonsense: whatever a registered node signs gets a named answer, and the gateway goes on."""

from __future__ import annotations

import asyncio
import functools
import importlib
import logging
import re
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.clocks import ManualClock
from tests.gateway.kit import ACCEPTING, AGREEMENT, HOME, ITEM, OTHER, World, close, keys_of, start_on
from tongban.clock import SeededEntropy
from tongban.errors import errors_by_reason
from tongban.journal.envelopes import sign_events
from tongban.lifecycle.table import RULES
from tongban.storage.inline import SimulatedDisk
from tongban.v1 import envelope_pb2, event_pb2, types_pb2

# `tongban.v1` provides it; it has no source of its own to import before.
_FIELD_RULES: Any = importlib.import_module("buf.validate.validate_pb2").field

_WORDS = [
    *("", "x", "window-1", HOME, ACCEPTING, OTHER, ITEM, AGREEMENT, "deed", "paper", "SEAL-0001", "identity-document"),
    *("applications/TEST0001", "applications/TEST0001/originals/deed", "parcels/PARCEL0001", "\x00", "陈阿婆", "a\n"),
    *(
        "zhangzhou-at-chaozhou",
        "Asia/Shanghai",
        "Mars/Olympus",
        "nodes/nobody",
        "items/350600.none",
        "ems",
        "out-of-turn",
    ),
]
_STREAMS = ["applications/TEST0001", "applications/NEW00001", "parcels/PARCEL0001", "parcels/NEW00000001"]
_STREAMS += [AGREEMENT, "agreements/new", HOME, ACCEPTING, "nodes/new", ITEM, "items/350600.new", "items/445100.new"]
_NUMBERS = [0, 1, 2, 3, 40, 365, 2**31 - 1, 2**32 - 1, 2**63 - 1, 2**64 - 1]
_KINDS = FieldDescriptor
_INTEGERS = {
    _KINDS.TYPE_INT32: (-(2**31), 2**31 - 1),
    _KINDS.TYPE_INT64: (-(2**63), 2**63 - 1),
    _KINDS.TYPE_UINT32: (0, 2**32 - 1),
    _KINDS.TYPE_UINT64: (0, 2**64 - 1),
}


@st.composite
def filled(draw: st.DrawFn, make: type[Message], depth: int = 0) -> Message:
    """A message that mostly keeps the contract's field rules, so that it gets past them to what lies behind."""
    made = make()
    for field in made.DESCRIPTOR.fields:
        rules = _rules(field)
        least = rules.repeated.min_items if field.is_repeated else 0
        wanted = rules.required or least or (not field.is_repeated and _must_be_set(field, rules))
        if draw(st.integers(0, 39)) < (1 if wanted else 12):
            continue
        if field.message_type is not None and depth >= 4:
            continue
        value = filled(_class(field.message_type), depth + 1) if field.message_type else _value(field)
        if field.is_repeated:
            count = draw(st.integers(least, least + 2))
            getattr(made, field.name).extend(draw(value) for _ in range(count))
        elif field.message_type is not None:
            getattr(made, field.name).CopyFrom(draw(value))
        else:
            setattr(made, field.name, draw(value))
    return made


def _rules(field: Any) -> Any:
    return field.GetOptions().Extensions[_FIELD_RULES]


def _must_be_set(field: Any, rules: Any) -> bool:
    match field.type:
        case _KINDS.TYPE_STRING:
            return rules.string.min_len > 0 or not re.search(rules.string.pattern, "")
        case _KINDS.TYPE_ENUM:
            return 0 in rules.enum.not_in or bool(getattr(rules.enum, "in"))
        case _KINDS.TYPE_BYTES:
            return bool(rules.bytes.len or rules.bytes.min_len)
        case _KINDS.TYPE_UINT32:
            return bool(rules.uint32.gte)
        case _KINDS.TYPE_UINT64:
            return bool(rules.uint64.gte)
    return False


def _value(field: Any) -> st.SearchStrategy[object]:
    """Values that the field's rules allow, and now and then one that they do not."""
    rules = _rules(field)
    rules = rules.repeated.items if field.is_repeated else rules
    every: list[Any]
    allowed: list[Any]
    match field.type:
        case _KINDS.TYPE_STRING:
            every = list(_WORDS)
            allowed = [w for w in _WORDS if re.search(rules.string.pattern, w) and "\n" not in w]
            allowed = list(getattr(rules.string, "in")) or allowed
        case _KINDS.TYPE_BYTES:
            every = [b"", b"m" * 32, b"n" * 16, b"\xff" * 5, b"\x0a\x03abc", keys_of(HOME).root_public]
            allowed = [v for v in every if len(v) == (rules.bytes.len or len(v))]
        case _KINDS.TYPE_BOOL:
            return st.booleans()
        case _KINDS.TYPE_ENUM:
            every = [*(value.number for value in field.enum_type.values), 77]
            allowed = list(getattr(rules.enum, "in")) or every[1:-1]
        case kind:
            low, high = _INTEGERS[kind]
            every = [number for number in (*_NUMBERS, -1) if low <= number <= high]
            least, most = rules.uint32.gte or rules.uint64.gte, rules.uint32.lte or rules.uint64.lte or 365
            allowed = [number for number in _NUMBERS[:6] if least <= number <= most]
    good = st.sampled_from(allowed or every)
    return st.integers(0, 19).flatmap(lambda chance: st.sampled_from(every) if chance == 0 else good)


@functools.cache
def _class(descriptor: Any) -> type[Message]:
    found: type[Message] = GetMessageClass(descriptor)
    return found


_BODIES = [field.name for field in event_pb2.Event.DESCRIPTOR.oneofs_by_name["body"].fields]


@st.composite
def nonsense(draw: st.DrawFn) -> tuple[str, event_pb2.Event]:
    """Who signs it, and what: sound outside, anything within."""
    author = draw(st.sampled_from([HOME, ACCEPTING, OTHER]))
    body = draw(st.sampled_from(_BODIES))
    fitting = [s for s in _STREAMS if s.startswith(RULES[body].collection)]
    stream = draw(st.sampled_from(fitting if draw(st.integers(0, 19)) else _STREAMS))
    event = event_pb2.Event(stream=stream, lifecycle_version=1, author=author, incarnation=1)
    event.claim_time.seconds = draw(st.sampled_from([0, 1_795_395_600, 1_795_395_600]))
    getattr(event, body).CopyFrom(draw(filled(type(getattr(event, body)))))
    event.expected_version = draw(st.sampled_from([0, 0, 1, 2, 2**64 - 1]))
    if draw(st.integers(0, 14)) == 0:
        event.after.append(draw(filled(types_pb2.StreamPosition)))  # type: ignore[arg-type]
    return author, event


async def _tell(told: list[tuple[str, event_pb2.Event]]) -> None:
    clock, entropy = ManualClock(), SeededEntropy(7)
    world = World("", clock, entropy, await start_on(SimulatedDisk().mount(), clock, entropy))
    await world.settle_law()
    await world.admitted(world.file())
    heads = dict(world.home.heads) | dict(world.accepting.heads)
    for name, event in told:
        author = world.author(name)
        author.sequence += 1
        event.sequence = author.sequence
        event.event_id = author.ids.next(clock.now())
        stands = heads.get(event.stream)
        if stands is not None and event.expected_version in (1, 2):
            event.expected_version, event.expected_head = stands
        signed = sign_events(author.keys.signer(), [event])[0]
        answers = await world.send(signed, peer=name)
        (outcome,) = answers.outcomes
        if outcome.HasField("rejection"):
            assert outcome.rejection.reason in errors_by_reason()
            assert outcome.rejection.message_zh
        else:
            leaf = envelope_pb2.AdmissionLeaf.FromString(outcome.receipt.leaf)
            heads[event.stream] = (leaf.version, leaf.event_digest)
        clock.move(seconds=1)
    # And it still works. A node that joins rests on nothing that was said: an item may well be withdrawn by now.
    await world.join("nodes/360100")
    await close(world.core)


@given(st.lists(nonsense(), min_size=1, max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_whatever_is_signed_gets_an_answer(told: list[tuple[str, event_pb2.Event]]) -> None:
    logging.disable(logging.ERROR)
    try:
        asyncio.run(_tell(told))
    finally:
        logging.disable(logging.NOTSET)
