"""Keys that went out of use, at a receiver: judged by receipts, whatever a gateway lets through."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from tests.gateway.kit import ACCEPTING, Author, keys_of
from tests.nodes.kit import Address
from tests.nodes.test_intake import Post, filing, post, registered
from tongban.clock import SeededEntropy
from tongban.journal.envelopes import Opened, sign_events
from tongban.keys import NodeKeys
from tongban.registration import registration
from tongban.retirement import DRAIN
from tongban.v1 import directory_pb2

OLD = keys_of(ACCEPTING)
FRESH = replace(OLD, signing=NodeKeys.generate(SeededEntropy(5)).signing)


def _rotated(p: Post, author: Author, *, revoked: bool = False) -> Opened:
    made = registration(FRESH, ACCEPTING, directory_pb2.NodeProfile(), p.clock.now())
    content = directory_pb2.NodeKeysRotated(keys=made.keys, revoked_key_ids=[OLD.signing_key_id] if revoked else [])
    return author.make(ACCEPTING, content)


def _filed(author: Author, keys: NodeKeys, number: int, claimed: dt.datetime) -> Opened:
    stream, content = filing(f"TEST{number:04}")
    event = author.event(stream, content)
    event.claim_time.FromDatetime(claimed)
    return sign_events(keys.signer(), [event])[0]


async def test_a_receiver_judges_a_retired_key_by_the_receipt(address: Address) -> None:
    async with post(address) as p:
        accepting = p.author(ACCEPTING)
        await p.take("feeds/nodes", registered(accepting))
        retired = p.clock.now()
        before = _filed(accepting, OLD, 1, retired)
        await p.take("feeds/nodes", _rotated(p, accepting))
        p.clock.move(days=30)
        drained, fresh = _filed(accepting, OLD, 2, retired), _filed(accepting, FRESH, 3, p.clock.now())
        frame = p.frame("mailbox", before, drained, fresh)
        p.clock.move(days=300)  # its own clock says nothing
        await p.core.intake.take(frame)
        assert not await p.parked()
        late, backdated = _filed(accepting, OLD, 4, p.clock.now()), _filed(accepting, OLD, 5, retired)
        await p.take("mailbox", late, backdated)
        assert set(await p.parked()) == {late.event.stream, backdated.event.stream}


async def test_it_hears_of_the_rotation_only_afterwards(address: Address) -> None:
    """It takes the same in whichever feed comes first, and what it could not read is read when the keys have come."""
    async with post(address) as p:
        accepting = p.author(ACCEPTING)
        joined = registered(accepting)
        retired = p.clock.now()
        rotation = _rotated(p, accepting)
        drained, fresh = _filed(accepting, OLD, 1, retired), _filed(accepting, FRESH, 2, retired)
        p.clock.move(days=DRAIN.days, seconds=1)
        late = _filed(accepting, OLD, 3, retired)
        p.clock.move(days=-1)
        good = p.frame("mailbox", drained, fresh)
        p.clock.move(days=1)
        bad = p.frame("mailbox", late)
        await p.core.intake.take(good)
        await p.core.intake.take(bad)
        assert len(await p.parked()) == 3
        await p.take("feeds/nodes", joined, rotation)
        assert set(await p.parked()) == {late.event.stream}


async def test_a_gateway_and_a_thief_of_a_revoked_key(address: Address) -> None:
    async with post(address) as p:
        accepting = p.author(ACCEPTING)
        await p.take("feeds/nodes", registered(accepting))
        moment = p.clock.now()
        before = _filed(accepting, OLD, 1, moment)
        await p.take("feeds/nodes", _rotated(p, accepting, revoked=True))
        stolen = _filed(accepting, OLD, 2, moment)
        await p.take("mailbox", before, stolen)
        assert set(await p.parked()) == {stolen.event.stream}
