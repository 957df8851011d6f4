"""Keys that went out of use, at the gateway: they drain for a stated time, and a thief has no use of them after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from tests.gateway.kit import ACCEPTING, World, keys_of, world
from tongban.clock import SeededEntropy
from tongban.journal.envelopes import Opened, sign_events
from tongban.keys import NodeKeys
from tongban.registration import registration
from tongban.retirement import DRAIN, MAX_HANDOVER
from tongban.v1 import directory_pb2, event_pb2

OLD = keys_of(ACCEPTING)
FRESH = replace(OLD, signing=NodeKeys.generate(SeededEntropy(5)).signing)
OTHER = replace(OLD, signing=NodeKeys.generate(SeededEntropy(6)).signing)
HOUR = dt.timedelta(hours=1)


def rotation(
    w: World, *keys: NodeKeys, handover: dt.timedelta | None = None, revoked: Sequence[NodeKeys] = ()
) -> directory_pb2.NodeKeysRotated:
    """Name these keys, and revoke those."""
    listed: dict[str, directory_pb2.NodeKey] = {}
    for each in keys:
        made = registration(each, ACCEPTING, directory_pb2.NodeProfile(), w.clock.now())
        listed |= {key.key_id: key for key in made.keys}
    content = directory_pb2.NodeKeysRotated(
        keys=listed.values(), revoked_key_ids=[each.signing_key_id for each in revoked]
    )
    if handover is not None:
        content.retire_time.FromDatetime(w.clock.now() + handover)
    return content


def signed(keys: NodeKeys, event: event_pb2.Event) -> Opened:
    """An event, signed with these keys."""
    return sign_events(keys.signer(), [event])[0]


def rotated(w: World, by: NodeKeys, content: directory_pb2.NodeKeysRotated) -> Opened:
    """The node's rotation, signed with one of its keys; what comes next on its stream builds on it."""
    made = signed(by, w.accepting.event(ACCEPTING, content))
    version, _ = w.accepting.heads[ACCEPTING]
    w.accepting.heads[ACCEPTING] = (version + 1, made.digest)
    return made


def filed(w: World, keys: NodeKeys, number: int, claimed: dt.datetime | None = None) -> Opened:
    """A filing under these keys, recorded at this time or now."""
    event = w.accepting.event(f"applications/TEST{number:04}", w.filing())
    event.claim_time.FromDatetime(claimed or w.clock.now())
    return signed(keys, event)


async def test_a_retired_key_drains(database_url: str) -> None:
    async with world(database_url) as w:
        retired = w.clock.now()
        await w.admitted(rotated(w, OLD, rotation(w, FRESH)))
        w.clock.move(days=30)
        await w.admitted(filed(w, OLD, 1, retired), filed(w, OLD, 2, retired - HOUR))
        assert await w.reason(filed(w, OLD, 3, retired + HOUR)) == "KEY_NOT_ACTIVE"
        await w.admitted(filed(w, FRESH, 4))


async def test_a_thief_of_a_retired_key_is_too_late(database_url: str) -> None:
    """It claims what time it likes: once the key has drained, nothing under it is admitted, whatever it says."""
    async with world(database_url) as w:
        retired = w.clock.now()
        await w.admitted(rotated(w, OLD, rotation(w, FRESH)))
        w.clock.move(days=DRAIN.days, seconds=1)
        for number, claimed in enumerate((retired, retired - HOUR, retired - dt.timedelta(days=300))):
            refused = (await w.refused(filed(w, OLD, number, claimed)))[0]
            assert (refused.reason, refused.field) == ("KEY_NOT_ACTIVE", "event.envelope.signature.key_id")
        await w.admitted(filed(w, FRESH, 9))


async def test_a_process_may_go_on_until_it_has_the_new_key(database_url: str) -> None:
    async with world(database_url) as w:
        await w.admitted(rotated(w, OLD, rotation(w, FRESH, handover=HOUR)))
        w.clock.move(minutes=59)
        await w.admitted(filed(w, OLD, 1))
        w.clock.move(minutes=2)
        assert await w.reason(filed(w, OLD, 2)) == "KEY_NOT_ACTIVE"


async def test_a_revoked_key_does_not_drain(database_url: str) -> None:
    async with world(database_url) as w:
        before = w.clock.now()
        await w.admitted(filed(w, OLD, 1))
        w.clock.move(minutes=1)
        await w.admitted(rotated(w, OLD, rotation(w, FRESH, revoked=[OLD])))
        refused = (await w.refused(filed(w, OLD, 2, before)))[0]
        assert refused.reason == "KEY_NOT_ACTIVE"
        assert "已撤销" in refused.message_zh
        await w.admitted(filed(w, FRESH, 3))


async def test_a_key_that_drains_is_revoked(database_url: str) -> None:
    async with world(database_url) as w:
        retired = w.clock.now()
        await w.admitted(rotated(w, OLD, rotation(w, FRESH)))
        await w.admitted(filed(w, OLD, 1, retired))
        await w.admitted(rotated(w, FRESH, rotation(w, FRESH, revoked=[OLD])))
        assert await w.reason(filed(w, OLD, 2, retired)) == "KEY_NOT_ACTIVE"


async def test_a_retired_key_says_nothing_of_keys(database_url: str) -> None:
    """Else who finds it could put the new key out of use, or the old one back."""
    async with world(database_url) as w:
        await w.admitted(rotated(w, OLD, rotation(w, FRESH, handover=MAX_HANDOVER)))
        version = w.accepting.heads[ACCEPTING]
        assert await w.reason(rotated(w, OLD, rotation(w, OTHER))) == "KEY_NOT_ACTIVE"
        w.accepting.heads[ACCEPTING] = version
        back = (await w.refused(rotated(w, FRESH, rotation(w, FRESH, OLD))))[0]
        assert back.reason == "KEY_NOT_ACTIVE"
        assert back.field.startswith("event.node_keys_rotated.keys[")
        w.accepting.heads[ACCEPTING] = version
        await w.admitted(rotated(w, FRESH, rotation(w, FRESH, OTHER)))


async def test_what_a_rotation_cannot_say(database_url: str) -> None:
    async with world(database_url) as w:
        version = w.accepting.heads[ACCEPTING]
        for content in (
            rotation(w, OLD, FRESH, revoked=[FRESH]),
            rotation(w, OLD, FRESH, revoked=[OTHER]),
            rotation(w, FRESH, handover=MAX_HANDOVER + HOUR),
            rotation(w, FRESH, handover=-HOUR),
        ):
            assert await w.reason(rotated(w, OLD, content)) == "FIELD_INVALID"
            w.accepting.heads[ACCEPTING] = version


async def test_what_is_signed_with_a_key_that_is_on_its_way(database_url: str) -> None:
    """A node that was away sends its rotation and what it signed with the new key since in one go."""
    async with world(database_url) as w:
        events = [rotated(w, OLD, rotation(w, FRESH, handover=HOUR)), *(filed(w, FRESH, n) for n in range(40))]
        await w.admitted(*events)


async def test_a_key_that_nobody_named_is_not_on_its_way(database_url: str) -> None:
    """The rotation is refused, and with it what was signed with the key that it would have brought."""
    async with world(database_url) as w:
        stranger = NodeKeys.generate(SeededEntropy(8))
        refused = await w.refused(rotated(w, OLD, rotation(w, stranger)), filed(w, stranger, 1))
        assert [each.reason for each in refused] == ["SIGNATURE_INVALID", "KEY_UNKNOWN"]
        assert await w.reason(filed(w, stranger, 2)) == "KEY_UNKNOWN"


async def test_a_key_whose_dates_have_passed_drains(database_url: str) -> None:
    async with world(database_url) as w:
        recorded = w.clock.now()
        w.clock.move(days=365 * 5 + 20)
        await w.admitted(filed(w, OLD, 1, recorded))
        w.clock.move(days=DRAIN.days)
        assert await w.reason(filed(w, OLD, 2, recorded)) == "KEY_NOT_ACTIVE"
