"""Who may say what, when, in what form: everything that admission checks of one event alone, and how it says no."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from google.protobuf.message import DecodeError, Message

from gateway.domain.checks import MAX_SKEW
from tests.gateway.kit import ACCEPTING, HOME, ITEM, OTHER, World, keys_of, world
from tongban.clock import SeededEntropy
from tongban.journal.envelopes import MAX_EVENT_BYTES, Opened, attach, sign_events
from tongban.keys import NodeKeys
from tongban.registration import registration
from tongban.v1 import (
    application_pb2,
    directory_pb2,
    envelope_pb2,
    event_pb2,
)
from tongban.validation import MAX_EVENT_UNKNOWN


@pytest.fixture
def sqlite_url(tmp_path: Any) -> str:
    """These do not touch what differs between databases."""
    return f"sqlite:///{tmp_path / 'gateway.db'}"


# Time


async def test_a_clock_that_lags_is_no_reason_to_refuse(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        event = w.accepting.event("applications/TEST0001", w.filing())
        event.claim_time.FromDatetime(w.clock.now() - dt.timedelta(days=6))
        await w.admitted(w.accepting.sign(event)[0])


async def test_a_clock_that_runs_ahead_a_little_is_let_through(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        event = w.accepting.event("applications/TEST0001", w.filing())
        event.claim_time.FromDatetime(w.clock.now() + MAX_SKEW)
        await w.admitted(w.accepting.sign(event)[0])


async def test_a_time_after_admission_is_refused(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        event = w.accepting.event("applications/TEST0001", w.filing())
        event.claim_time.FromDatetime(w.clock.now() + MAX_SKEW + dt.timedelta(seconds=1))
        rejection = (await w.refused(w.accepting.sign(event)[0]))[0]
        assert (rejection.reason, rejection.field) == ("CLAIMED_TIME_IN_FUTURE", "event.claim_time")
        assert rejection.mender == envelope_pb2.MENDER_OPERATOR


async def _checkpoint(w: World) -> envelope_pb2.AdmissionHeader:
    answers = await w.send(w.file("FIRST001"))
    return envelope_pb2.AdmissionHeader.FromString(answers.admissions[0].header)


def _seen(header: envelope_pb2.AdmissionHeader, **changes: object) -> envelope_pb2.SeenAdmission:
    seen = envelope_pb2.SeenAdmission(epoch=header.epoch, batch_id=header.batch_id, admit_time=header.admit_time)
    for name, value in changes.items():
        setattr(seen, name, value)
    return seen


async def test_a_time_before_what_the_author_had_seen(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        header = await _checkpoint(w)
        w.clock.move(hours=3)
        good = w.accepting.event("applications/TEST0001", w.filing(), seen=_seen(header))
        await w.admitted(w.accepting.sign(good)[0])
        early = w.accepting.event("applications/TEST0002", w.filing(), seen=_seen(header))
        early.claim_time.FromDatetime(header.admit_time.ToDatetime(dt.UTC) - dt.timedelta(minutes=6))
        assert await w.reason(w.accepting.sign(early)[0]) == "CLAIMED_TIME_BEFORE_CHECKPOINT"


async def test_a_checkpoint_that_never_was(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        header = await _checkpoint(w)
        unknown = w.file("TEST0001", seen=_seen(header, batch_id="0190a0a0-0000-7000-8000-000000000000"))
        assert await w.reason(unknown) == "CHECKPOINT_UNKNOWN"
        moved = _seen(header)
        moved.admit_time.seconds -= 3600
        assert await w.reason(w.file("TEST0002", seen=moved)) == "CHECKPOINT_UNKNOWN"
        await w.reopen()
        await w.admitted(w.file("TEST0003", seen=_seen(header)))


@pytest.mark.postgres
async def test_a_checkpoint_that_no_database_can_look_up(postgres_url: str) -> None:
    async with world(postgres_url) as w:
        header = await _checkpoint(w)
        for batch_id in ("\x00", "", "x" * 36, "'; DROP TABLE events; --"):
            assert await w.reason(w.file("TEST0001", seen=_seen(header, batch_id=batch_id))) == "FIELD_INVALID"


@pytest.mark.parametrize(("seconds", "nanos"), [(10**15, 0), (-1, 0), (1_790_000_000, -1), (1_790_000_000, 10**9)])
async def test_a_time_that_no_calendar_has(sqlite_url: str, seconds: int, nanos: int) -> None:
    async with world(sqlite_url) as w:
        event = w.accepting.event("applications/TEST0001", w.filing())
        event.claim_time.seconds, event.claim_time.nanos = seconds, nanos
        rejection = (await w.refused(w.accepting.sign(event)[0]))[0]
        assert (rejection.reason, rejection.field) == ("FIELD_INVALID", "events[0].event.claim_time")
        header = await _checkpoint(w)
        seen = _seen(header)
        seen.admit_time.seconds, seen.admit_time.nanos = seconds, nanos
        rejection = (await w.refused(w.file("TEST0002", seen=seen)))[0]
        assert (rejection.reason, rejection.field) == ("FIELD_INVALID", "events[0].event.seen.admit_time")


# Who


async def test_the_author_is_who_holds_the_line(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        assert await w.reason(w.file(), peer=HOME) == "KEY_OF_ANOTHER_NODE"


async def test_a_key_of_another_node(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        event = w.accepting.event("applications/TEST0001", w.filing())
        signed = sign_events(keys_of(HOME).signer(), [event])[0]
        assert await w.reason(signed) == "KEY_OF_ANOTHER_NODE"


async def test_a_key_that_nobody_has(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        stranger = NodeKeys.generate(SeededEntropy(99))
        event = w.accepting.event("applications/TEST0001", w.filing())
        rejection = (await w.refused(sign_events(stranger.signer(), [event])[0]))[0]
        assert (rejection.reason, rejection.mender) == ("KEY_UNKNOWN", envelope_pb2.MENDER_OPERATOR)


def _rotated(w: World, name: str, fresh: NodeKeys, root: NodeKeys) -> directory_pb2.NodeKeysRotated:
    mixed = NodeKeys(root.root, fresh.signing, fresh.sealing, fresh.tls)
    made = registration(mixed, name, directory_pb2.NodeProfile(), w.clock.now())
    return directory_pb2.NodeKeysRotated(keys=made.keys)


async def test_a_retired_key_signs_nothing_new(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        fresh = NodeKeys.generate(SeededEntropy(5))
        await w.admitted(w.accepting.make(ACCEPTING, _rotated(w, ACCEPTING, fresh, keys_of(ACCEPTING))))
        w.clock.move(seconds=1)
        assert await w.reason(w.file()) == "KEY_NOT_ACTIVE"
        event = w.accepting.event("applications/TEST0002", w.filing())
        await w.admitted(sign_events(fresh.signer(), [event])[0])


async def test_new_keys_need_the_same_root(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        fresh = NodeKeys.generate(SeededEntropy(5))
        rejection = (await w.refused(w.accepting.make(ACCEPTING, _rotated(w, ACCEPTING, fresh, fresh))))[0]
        assert rejection.reason == "SIGNATURE_INVALID"
        assert rejection.field == "event.node_keys_rotated.keys[0].root_signature"
        w.accepting.heads.pop(ACCEPTING)
        w.clock.move(seconds=1)
        await w.admitted(w.file())


async def test_nobody_registers_the_key_of_another(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        theirs = NodeKeys(keys_of(OTHER).root, keys_of(HOME).signing, keys_of(HOME).sealing, keys_of(OTHER).tls)
        stolen = _rotated(w, OTHER, theirs, keys_of(OTHER))
        rejection = (await w.refused(w.author(OTHER).make(OTHER, stolen)))[0]
        assert rejection.reason == "KEY_OF_ANOTHER_NODE"
        await w.admitted(w.home.make(ITEM, directory_pb2.ItemRevised(document=_item(w))))


def _item(w: World) -> directory_pb2.ItemDocument:
    found = w.core.admitter.shared.item(ITEM)
    assert found is not None
    document = directory_pb2.ItemDocument()
    document.CopyFrom(found.document)
    document.title += "(新)"
    return document


async def test_a_key_out_of_its_dates(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        w.clock.move(days=365 * 5 + 3)
        assert await w.reason(w.file()) == "KEY_NOT_ACTIVE"


async def test_a_node_that_is_suspended_submits_nothing(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        operator = await w.join("nodes/gateway")
        operator.heads[ACCEPTING] = w.accepting.heads[ACCEPTING]
        await w.admitted(operator.make(ACCEPTING, directory_pb2.NodeSuspended(reason_code="audit")))
        rejection = (await w.refused(w.file()))[0]
        assert (rejection.reason, rejection.field) == ("NODE_NOT_ACTIVE", "event.author")
        await w.admitted(operator.make(ACCEPTING, directory_pb2.NodeResumed()))
        await w.admitted(w.file("TEST0002"))


async def test_only_the_operator_suspends(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        w.home.heads[ACCEPTING] = w.accepting.heads[ACCEPTING]
        suspended = w.home.make(ACCEPTING, directory_pb2.NodeSuspended(reason_code="audit"))
        assert await w.reason(suspended) == "ROLE_NOT_ALLOWED"


async def test_only_the_decider_decides(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        filed = w.file()
        await w.admitted(filed)
        stream = filed.event.stream
        for body in (
            application_pb2.ApplicationAccepted(),
            application_pb2.ApplicationNotAccepted(reason_code="not-ours"),
            application_pb2.CorrectionRequired(defects=[application_pb2.Defect(code="form", defect_code="missing")]),
        ):
            w.accepting.heads[stream] = (1, filed.digest)
            rejection = (await w.refused(w.accepting.make(stream, body)))[0]
            assert (rejection.reason, rejection.field) == ("NOT_THE_DECIDER", "event.author")
            assert HOME in rejection.message_zh
        assert len(await w.read_all(HOME)) == 1


async def test_nobody_files_in_the_name_of_another_window(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        forged = w.home.make("applications/TEST0001", w.filing())
        assert await w.reason(forged) == "ROLE_NOT_ALLOWED"


# What was signed


def _proven(wire: envelope_pb2.SignedEvent) -> tuple[object, ...]:
    """What the signature covers: the names beside the ciphertext are bound by the ciphertext itself."""
    ciphertexts = [part.ciphertext for part in wire.parts], [grant.ciphertext for grant in wire.grants]
    return wire.envelope.SerializeToString(deterministic=True), ciphertexts


async def test_a_flipped_byte_anywhere_is_found(sqlite_url: str) -> None:
    """Each byte of what was signed or proves it, one after the other: nothing gets through, and nothing breaks."""
    async with world(sqlite_url) as w:
        sealed = _sealed(w, b"c" * 60)
        good = sealed.wire.SerializeToString()
        shown = set()
        for place in range(len(good)):
            wire = envelope_pb2.SignedEvent()
            raw = bytearray(good)
            raw[place] ^= 1 << (place % 8)
            try:
                wire.ParseFromString(bytes(raw))
            except DecodeError:
                continue
            if _proven(wire) == _proven(sealed.wire):
                continue
            answers = await w.core.admit(ACCEPTING, [wire])
            assert answers.outcomes[0].HasField("rejection"), f"byte {place} of {len(good)} was changed unseen"
            shown.add(answers.outcomes[0].rejection.reason)
        assert {"SIGNATURE_INVALID", "ATTACHMENT_MISMATCH", "FIELD_INVALID"} <= shown
        await w.admitted(sealed)


def _sealed(w: World, ciphertext: bytes, number: str = "TEST0001") -> Opened:
    event = w.accepting.event(f"applications/{number}", w.filing())
    parts = [envelope_pb2.SealedPart(name="form", audience="parties", ciphertext=ciphertext)]
    grants = [
        envelope_pb2.KeyGrant(
            audience="parties", recipient=HOME, key_id=keys_of(HOME).sealing_key_id, ciphertext=b"k" * 80
        )
    ]
    attach(event, parts, grants)
    opened = w.accepting.sign(event)[0]
    opened.wire.parts.extend(parts)
    opened.wire.grants.extend(grants)
    return opened


async def test_what_is_sealed_is_what_the_event_says(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:

        async def tampered(change: Any) -> str:
            opened = _sealed(w, b"c" * 60)
            w.accepting.heads.pop(opened.event.stream)
            change(opened.wire)
            return await w.reason(opened)

        assert await tampered(lambda wire: wire.ClearField("parts")) == "ATTACHMENT_MISMATCH"
        assert await tampered(lambda wire: wire.ClearField("grants")) == "ATTACHMENT_MISMATCH"
        assert await tampered(lambda wire: wire.parts.append(wire.parts[0])) == "ATTACHMENT_MISMATCH"
        assert await tampered(lambda wire: setattr(wire.parts[0], "ciphertext", b"d" * 60)) == "ATTACHMENT_MISMATCH"
        assert await tampered(lambda wire: setattr(wire.parts[0], "ciphertext", b"short")) == "FIELD_INVALID"
        assert await tampered(lambda wire: setattr(wire.parts[0], "name", "../form")) == "FIELD_INVALID"
        await w.admitted(_sealed(w, b"c" * 60))


# Form


async def test_an_event_that_is_too_large(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        opened = w.file()
        opened.wire.envelope.payload = b"x" * (MAX_EVENT_BYTES + 1)
        answers = await w.core.admit(ACCEPTING, [opened.wire])
        assert answers.outcomes[0].rejection.reason == "MESSAGE_TOO_LARGE"


async def test_a_payload_that_is_no_event(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        for payload, reason in ((b"\xff\xff\xff", "MESSAGE_MALFORMED"), (b"", "FIELD_INVALID")):
            opened = w.file()
            opened.wire.envelope.payload = payload
            answers = await w.core.admit(ACCEPTING, [opened.wire])
            assert answers.outcomes[0].rejection.reason == reason
        answers = await w.core.admit(ACCEPTING, [envelope_pb2.SignedEvent()])
        assert answers.outcomes[0].rejection.reason == "FIELD_INVALID"
        opened = w.file()
        opened.wire.envelope.payload_type = "application/vnd.tongban.admission.v1"
        answers = await w.core.admit(ACCEPTING, [opened.wire])
        assert (answers.outcomes[0].rejection.field) == "events[0].envelope.payload_type"


def _with_tag(event: event_pb2.Event, number: int, size: int) -> event_pb2.Event:
    """The event with a length-delimited field of a number that nobody knows."""
    raw = event.SerializeToString()
    tag, length = (number << 3) | 2, size
    for value in (tag, length):
        while value > 0x7F:
            raw += bytes([value & 0x7F | 0x80])
            value >>= 7
        raw += bytes([value])
    return event_pb2.Event.FromString(raw + b"u" * size)


async def test_an_event_type_from_the_future(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        event = w.accepting.event("applications/TEST0001", w.filing())
        event.ClearField("application_submitted")
        rejection = (await w.refused(w.accepting.sign(_with_tag(event, 199, 10))[0]))[0]
        assert rejection.reason in ("UNKNOWN_EVENT_TYPE", "FIELD_INVALID")
        assert rejection.field == "events[0].event.body"


async def test_unknown_fields_are_kept_and_bounded(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        kept = w.accepting.sign(_with_tag(w.accepting.event("applications/TEST0001", w.filing()), 90, 100))[0]
        await w.admitted(kept)
        page = await w.core.read(HOME, 0, 1)
        assert page.deliveries[0].event.envelope.payload == kept.wire.envelope.payload
        much = w.accepting.event("applications/TEST0002", w.filing())
        much = _with_tag(much, 90, MAX_EVENT_UNKNOWN + 1)
        rejection = (await w.refused(w.accepting.sign(much)[0]))[0]
        assert rejection.reason == "FIELDS_UNKNOWN"
        assert "90" in rejection.message_en


_BAD_FIELDS: list[tuple[str, Any, str]] = [
    ("event_id", "", "event_id"),
    ("event_id", "not-a-uuid", "event_id"),
    ("stream", "secrets/1", "stream"),
    ("stream", "applications/../x", "stream"),
    ("stream", "applications/" + "A" * 81, "stream"),
    ("stream", "applications/TEST\n", "stream"),
    ("lifecycle_version", 0, "lifecycle_version"),
    ("expected_head", b"short", "expected_head"),
    ("author", "somebody", "author"),
    ("incarnation", 0, "incarnation"),
    ("sequence", 0, "sequence"),
    ("sequence", 2**63, "sequence"),
    ("actor", "陈阿婆", "actor"),
    ("group", event_pb2.AtomicGroup(group_id="x", index=0, size=2), "group.group_id"),
]


@pytest.mark.parametrize(("name", "value", "path"), _BAD_FIELDS)
async def test_a_field_that_breaks_a_rule_is_named(sqlite_url: str, name: str, value: Any, path: str) -> None:
    async with world(sqlite_url, law=False) as w:
        await w.join(ACCEPTING)
        event = w.accepting.event("applications/TEST0001", w.filing())
        if isinstance(value, Message):
            getattr(event, name).CopyFrom(value)
        else:
            setattr(event, name, value)
        signed = sign_events(keys_of(ACCEPTING).signer(), [event])[0]
        rejection = (await w.refused(signed, peer=ACCEPTING))[0]
        assert rejection.reason == "FIELD_INVALID"
        assert rejection.field == f"events[0].event.{path}"
        assert rejection.message_zh != rejection.message_en


async def test_a_lifecycle_version_from_the_future(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        assert await w.reason(w.file(lifecycle_version=7)) == "UNSUPPORTED_LIFECYCLE_VERSION"


async def test_an_event_on_a_stream_of_another_kind(sqlite_url: str) -> None:
    async with world(sqlite_url) as w:
        assert await w.reason(w.accepting.make("parcels/TESTPARCEL1", w.filing())) == "FIELD_INVALID"
