"""Admission, on both databases: each event is admitted once, in its place, or refused by name."""

from __future__ import annotations

import pytest

from tests.gateway.kit import ACCEPTING, AGREEMENT, HOME, ITEM, OTHER, World, world
from tongban.v1 import application_pb2, envelope_pb2, event_pb2, parcel_pb2, types_pb2


async def test_the_same_bytes_get_the_same_receipt_whenever_asked(database_url: str) -> None:
    async with world(database_url) as w:
        filed = w.file()
        first = await w.send(filed)
        again = await w.send(filed)
        assert [o.SerializeToString() for o in again.outcomes] == [o.SerializeToString() for o in first.outcomes]
        assert [a.SerializeToString() for a in again.admissions] == [a.SerializeToString() for a in first.admissions]
        await w.reopen()
        after_crash = await w.send(filed)
        assert [o.SerializeToString() for o in after_crash.outcomes] == [o.SerializeToString() for o in first.outcomes]
        assert (await w.core.read(HOME, 0, 10)).deliveries[0].receipt == first.outcomes[0].receipt
        assert len(await w.read_all(HOME)) == 1


async def test_the_same_refusal_whenever_asked(database_url: str) -> None:
    async with world(database_url) as w:
        bad = w.file(expected_version=3, expected_head=b"x" * 32)
        first = await w.refused(bad)
        await w.reopen()
        assert await w.refused(bad) == first
        assert first[0].reason == "STREAM_CONFLICT"


async def test_an_event_id_belongs_to_its_bytes(database_url: str) -> None:
    async with world(database_url) as w:
        filed = w.file()
        await w.admitted(filed)
        other = w.accepting.event(filed.event.stream, w.filing(), event_id=filed.event.event_id)
        assert await w.reason(w.accepting.sign(other)[0]) == "EVENT_ID_REUSED"
        # The first answer still stands.
        await w.admitted(filed)
        assert len(await w.read_all(HOME)) == 1


async def test_an_event_id_reused_within_one_batch(database_url: str) -> None:
    async with world(database_url) as w:
        first = w.file()
        second = w.accepting.make("applications/TEST0002", w.filing(), event_id=first.event.event_id)
        answers = await w.send(first, second)
        assert answers.outcomes[0].HasField("receipt")
        assert answers.outcomes[1].rejection.reason == "EVENT_ID_REUSED"


async def test_an_event_sent_twice_in_one_submission_is_admitted_once(database_url: str) -> None:
    async with world(database_url) as w:
        filed = w.file()
        answers = await w.send(filed, filed)
        assert answers.outcomes[0] == answers.outcomes[1]
        assert answers.outcomes[0].HasField("receipt")
        assert len(await w.read_all(HOME)) == 1


async def test_a_conflict_says_where_the_stream_stands(database_url: str) -> None:
    async with world(database_url) as w:
        filed = w.file()
        await w.admitted(filed)
        stream = filed.event.stream
        late = w.home.make(stream, application_pb2.ApplicationAccepted(), expected_version=9, expected_head=b"y" * 32)
        rejection = (await w.refused(late))[0]
        assert rejection.reason == "STREAM_CONFLICT"
        assert rejection.field == "event.expected_head"
        assert (rejection.found.stream, rejection.found.version) == (stream, 1)
        assert rejection.found.head == filed.digest


async def test_the_number_alone_is_not_the_history(database_url: str) -> None:
    async with world(database_url) as w:
        filed = w.file()
        await w.admitted(filed)
        forged = w.home.make(
            filed.event.stream, application_pb2.ApplicationAccepted(), expected_version=1, expected_head=b"z" * 32
        )
        assert await w.reason(forged) == "STREAM_CONFLICT"


async def test_what_builds_on_a_refused_step_is_refused_with_it(database_url: str) -> None:
    async with world(database_url) as w:
        filed = w.file()
        await w.admitted(filed)
        stream = filed.event.stream
        # Not the decider: refused; and the next two build on it, in the same submission and later.
        wrong = w.accepting.make(stream, application_pb2.ApplicationAccepted())
        second = w.accepting.make(stream, application_pb2.ApplicationWithdrawn())
        first_two = await w.refused(wrong, second)
        assert [r.reason for r in first_two] == ["NOT_THE_DECIDER", "PREDECESSOR_REJECTED"]
        assert wrong.event.event_id in first_two[1].message_en
        third = w.accepting.make(stream, application_pb2.ApplicationWithdrawn())
        assert await w.reason(third) == "PREDECESSOR_REJECTED"


def _attached(stream: str) -> application_pb2.ParcelAttached:
    return application_pb2.ParcelAttached(parcel=stream)


async def test_a_group_is_admitted_whole_across_streams(database_url: str) -> None:
    async with world(database_url) as w:
        one, two = "applications/TEST0001", "applications/TEST0002"
        group = w.accepting.group(w.accepting.event(one, w.filing()), w.accepting.event(two, w.filing()))
        await w.admitted(*group)
        assert [entry[1:] for entry in await w.read_all(HOME)] == [(one, 1), (two, 1)]


@pytest.mark.parametrize("culprit", [0, 1, 2])
async def test_a_group_is_refused_whole(database_url: str, culprit: int) -> None:
    async with world(database_url) as w:
        events = [w.accepting.event(f"applications/TEST000{i}", w.filing()) for i in range(3)]
        events[culprit].application_submitted.route.clause = "no-such"
        group = w.accepting.group(*events)
        rejections = await w.refused(*group)
        expected = ["PREDECESSOR_REJECTED"] * 3
        expected[culprit] = "ROUTE_CHANGED"
        assert [r.reason for r in rejections] == expected
        assert all(group[culprit].event.event_id in r.message_en for i, r in enumerate(rejections) if i != culprit)
        assert await w.read_all(HOME) == []
        # Nothing of it is left behind: the same streams open afterwards.
        w.accepting.heads.clear()
        await w.admitted(w.file("TEST0000"), w.file("TEST0001"), w.file("TEST0002"))


@pytest.mark.parametrize("kept", [(0,), (1,), (0, 2), (1, 0, 2), (0, 1, 2, 2)])
async def test_a_group_that_is_not_whole_is_refused(database_url: str, kept: tuple[int, ...]) -> None:
    async with world(database_url) as w:
        events = [w.accepting.event(f"applications/TEST000{i}", w.filing()) for i in range(3)]
        group = w.accepting.group(*events)
        rejections = await w.refused(*[group[i] for i in kept])
        assert "GROUP_INCOMPLETE" in {r.reason for r in rejections}
        assert {r.reason for r in rejections} <= {"GROUP_INCOMPLETE", "PREDECESSOR_REJECTED"}
        assert await w.read_all(HOME) == []


async def test_one_bad_event_harms_no_other(database_url: str) -> None:
    async with world(database_url) as w:
        good = [w.file("GOOD0000")]
        bad = w.accepting.make("applications/BAD00001", w.filing(clause="no-such"))
        good.append(w.file("GOOD0001"))
        garbled = w.file("BAD00002")
        good += [w.file("GOOD0002"), w.file("GOOD0003")]
        garbled.wire.envelope.signature.value = b"\0" * 64
        answers = await w.send(good[0], bad, good[1], garbled, good[2], good[3])
        by_id = {o.event_id: o for o in answers.outcomes}
        sent = [good[0], bad, good[1], garbled, good[2], good[3]]
        assert [o.event_id for o in answers.outcomes] == [each.event.event_id for each in sent]
        assert all(by_id[g.event.event_id].HasField("receipt") for g in good)
        assert by_id[bad.event.event_id].rejection.reason == "ROUTE_CHANGED"
        assert by_id[garbled.event.event_id].rejection.reason == "SIGNATURE_INVALID"
        assert [entry[1] for entry in await w.read_all(HOME)] == [g.event.stream for g in good]


def _after(opened_stream: str, version: int, head: bytes) -> types_pb2.StreamPosition:
    return types_pb2.StreamPosition(stream=opened_stream, version=version, head=head)


def _packed(w: World) -> parcel_pb2.ParcelPacked:
    item = "applications/TEST0001/originals/deed"
    return parcel_pb2.ParcelPacked(
        purpose=parcel_pb2.PARCEL_PURPOSE_MATERIALS,
        origin=parcel_pb2.Post(node=ACCEPTING, post="mailroom-1"),
        destination=parcel_pb2.Post(node=HOME, post="mailroom-1"),
        manifest=[parcel_pb2.ManifestEntry(item=item, form=types_pb2.MATERIAL_FORM_ORIGINAL, pages=2)],
        nonce=b"n" * 16,
    )


async def test_what_must_come_first(database_url: str) -> None:
    async with world(database_url) as w:
        filed = w.file()
        stream, parcel = filed.event.stream, "parcels/TESTPARCEL1"

        def packed(**position: object) -> event_pb2.Event:
            w.accepting.heads.pop(parcel, None)
            event = w.accepting.event(parcel, _packed(w))
            event.after.append(_after(**{"opened_stream": stream, "version": 1, "head": filed.digest, **position}))  # type: ignore[arg-type]
            return event

        early = w.accepting.sign(packed())[0]
        assert await w.reason(early) == "PREDECESSOR_MISSING"
        wrong_same_batch = w.accepting.sign(packed(head=b"w" * 32))[0]
        filed2 = w.accepting.sign(w.accepting.event("applications/TEST0009", w.filing()))[0]
        answers = await w.send(wrong_same_batch, filed2)
        assert answers.outcomes[0].rejection.reason == "PREDECESSOR_MISSING"
        w.accepting.heads.pop(stream)
        filed = w.file()
        wrong = w.accepting.sign(packed(head=b"w" * 32))[0]
        good = w.accepting.sign(packed(head=filed.digest))[0]
        answers = await w.send(filed, wrong, good)
        assert [o.WhichOneof("answer") for o in answers.outcomes] == ["receipt", "rejection", "receipt"]
        assert answers.outcomes[1].rejection.reason == "STREAM_CONFLICT"


async def test_an_earlier_version_of_the_same_batch_is_compared_too(database_url: str) -> None:
    async with world(database_url) as w:
        filed = w.file()
        withdrawn = w.accepting.make(filed.event.stream, application_pb2.ApplicationWithdrawn())
        event = w.accepting.event("parcels/TESTPARCEL1", _packed(w))
        event.after.append(_after(filed.event.stream, 1, b"w" * 32))
        answers = await w.send(filed, withdrawn, w.accepting.sign(event)[0])
        assert [o.WhichOneof("answer") for o in answers.outcomes] == ["receipt", "receipt", "rejection"]
        assert answers.outcomes[2].rejection.reason == "STREAM_CONFLICT"


async def test_a_fact_is_admitted_at_its_place_whatever_its_author_knew(database_url: str) -> None:
    async with world(database_url) as w:
        filed = w.file()
        stream = filed.event.stream
        accepted = [filed]
        accepted.append(w.accepting.make(stream, application_pb2.ApplicationWithdrawn()))
        await w.admitted(*accepted)
        w.home.knows(w.accepting, stream)
        await w.admitted(w.home.make(stream, application_pb2.ApplicationClosed()))
        # The node knows nothing of all that; the parcel carries the original all the same.
        fact = w.accepting.make(
            stream, _attached("parcels/TESTPARCEL1"), expected_version=1, expected_head=filed.digest
        )
        receipt = (await w.admitted(fact))[0]
        assert envelope_pb2.AdmissionLeaf.FromString(receipt.leaf).version == 4
        guarded = w.home.make(stream, application_pb2.ApplicationAccepted())
        assert await w.reason(guarded) == "STREAM_CONFLICT"
        w.home.heads[stream] = (4, fact.digest)
        guarded = w.home.make(stream, application_pb2.ApplicationAccepted())
        assert await w.reason(guarded) == "MOVE_NOT_ALLOWED"
        state = w.core.admitter._states[stream, fact.digest]
        assert list(state.parcels) == ["parcels/TESTPARCEL1"]


async def test_a_fact_out_of_turn_is_admitted_with_an_exception(database_url: str) -> None:
    async with world(database_url) as w:
        stream = "parcels/TESTPARCEL2"
        packed = w.accepting.make(stream, _packed(w))
        await w.admitted(packed)
        # Looked at before it was sent, taken in or opened: it happened, so it is recorded, and somebody must ask why.
        check = parcel_pb2.ItemCheck(item="extra-1", outcome=parcel_pb2.CHECK_OUTCOME_EXTRA)
        fact = w.home.make(stream, parcel_pb2.ItemsChecked(checks=[check]))
        receipt = (await w.admitted(fact))[0]
        assert envelope_pb2.AdmissionLeaf.FromString(receipt.leaf).version == 2
        state = w.core.admitter._states[stream, fact.digest]
        assert "out-of-turn" in [e.code for e in state.exceptions]


async def test_a_fact_about_nothing_is_refused(database_url: str) -> None:
    async with world(database_url) as w:
        fact = w.accepting.make("applications/NOTHING1", _attached("parcels/TESTPARCEL1"))
        assert await w.reason(fact) == "MOVE_NOT_ALLOWED"


async def test_sequences_rise(database_url: str) -> None:
    async with world(database_url) as w:
        filed = w.file()
        await w.admitted(filed)
        used = filed.event.sequence
        assert await w.reason(w.file("TEST0002", sequence=used)) == "SEQUENCE_REUSED"
        assert await w.reason(w.file("TEST0003", sequence=1)) == "SEQUENCE_REUSED"
        await w.admitted(w.file("TEST0004", incarnation=2, sequence=1))
        assert await w.reason(w.file("TEST0005", incarnation=1, sequence=10_000)) == "SEQUENCE_REUSED"
        await w.reopen()
        assert await w.reason(w.file("TEST0006", incarnation=2, sequence=1)) == "SEQUENCE_REUSED"


async def test_sequences_rise_within_a_group_too(database_url: str) -> None:
    async with world(database_url) as w:
        events = [w.accepting.event(f"applications/TEST000{i}", w.filing()) for i in range(2)]
        events[1].sequence = events[0].sequence
        assert "SEQUENCE_REUSED" in {r.reason for r in await w.refused(*w.accepting.group(*events))}
        assert await w.read_all(HOME) == []


async def test_the_largest_sequence_is_no_accident(database_url: str) -> None:
    async with world(database_url) as w:
        answers = await w.send(w.file(sequence=2**64 - 1))
        assert answers.outcomes[0].WhichOneof("answer") == "rejection"
        assert answers.outcomes[0].rejection.reason == "FIELD_INVALID"
        await w.admitted(w.file("TEST0002"))


async def test_only_parties_are_told(database_url: str) -> None:
    async with world(database_url) as w:
        await w.admitted(w.file())
        assert len(await w.read_all(HOME)) == 1
        assert len(await w.read_all(ACCEPTING)) == 1
        assert await w.read_all(OTHER) == []
        feeds = [await w.read_all(f"feeds/{c}") for c in ("nodes", "items", "agreements")]
        assert [len(feed) for feed in feeds] == [3, 1, 3]
        assert {entry[1] for feed in feeds for entry in feed} == {HOME, ACCEPTING, OTHER, ITEM, AGREEMENT}


async def test_a_party_that_joins_later_gets_the_backlog(database_url: str) -> None:
    async with world(database_url) as w:
        await w.admitted(w.file())
        parcel = "parcels/TESTPARCEL1"
        packed = w.accepting.make(parcel, _packed(w))
        await w.admitted(packed)
        # 平潭 finds the parcel at its own mailroom: a fact, and from now on it is a party.
        w.author(OTHER).knows(w.accepting, parcel)
        scan = parcel_pb2.ParcelScan(
            seals=["SEAL-0001"],
            manifest_digest=b"m" * 32,
            nonce=b"n" * 16,
            post=parcel_pb2.Post(node=OTHER, post="mailroom-1"),
        )
        assert await w.read_all(OTHER) == []
        await w.admitted(w.author(OTHER).make(parcel, parcel_pb2.ParcelTakenIn(scan=scan, leg=1)))
        assert await w.read_all(OTHER) == [(1, parcel, 1), (2, parcel, 2)]
        assert [entry[1:] for entry in await w.read_all(HOME)][-2:] == [(parcel, 1), (parcel, 2)]
