"""What parties may lay beside an event, and what it does to those who seal and open after them: nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from nodes.joining import profile
from nodes.journal.drafts import Draft
from tests.gateway.kit import ACCEPTING, HOME, OTHER, Author
from tests.nodes.kit import Address
from tests.nodes.test_intake import Post, filing, post
from tongban import errors, sealing
from tongban.clock import SeededEntropy
from tongban.journal.envelopes import Opened, attach
from tongban.registration import registration
from tongban.storage.base import Transaction
from tongban.v1 import application_pb2, envelope_pb2

STREAM = "applications/TEST0001"
ENTROPY = SeededEntropy(9)


def _registered(author: Author, *, abroad: bool = False) -> Opened:
    content = profile(region=author.name.removeprefix("nodes/"), title="某地", posts=[], abroad=abroad)
    return author.make(author.name, registration(author.keys, author.name, content, author.clock.now()))


def _grant(p: Post, key: bytes, audience: str, reader: str = HOME) -> envelope_pb2.KeyGrant:
    public = p.core.shared.directory.sealing_key(reader)
    ciphertext = sealing.seal_grant(key, public.public_key, stream=STREAM, audience=audience)
    return envelope_pb2.KeyGrant(audience=audience, recipient=reader, key_id=public.key_id, ciphertext=ciphertext)


def _part(key: bytes, audience: str, event_id: str, name: str, text: bytes) -> envelope_pb2.SealedPart:
    ciphertext = sealing.seal_part(ENTROPY, key, text, stream=STREAM, part=name, event_id=event_id)
    return envelope_pb2.SealedPart(name=name, audience=audience, ciphertext=ciphertext)


async def _filed(
    p: Post, author: Author, key: bytes, grants: Sequence[envelope_pb2.KeyGrant], *others: envelope_pb2.SealedPart
) -> None:
    """潮州 files, with a form under this key, and with other parts and grants."""
    event = author.event(*filing("TEST0001"))
    parts = [_part(key, "parties", event.event_id, "form", b"the form"), *others]
    attach(event, parts, grants)
    opened = author.sign(event)[0]
    opened.wire.parts.extend(parts)
    opened.wire.grants.extend(grants)
    await p.take("mailbox", opened)


async def _sealed(p: Post, *readers: str) -> envelope_pb2.SignedEvent:
    """漳州 seals an explanation."""
    draft = Draft(
        STREAM,
        "application_refused",
        application_pb2.ApplicationRefused(),
        parts={"explanation": b"why"},
        readers=readers,
    )
    event = p.author(HOME).event(STREAM, application_pb2.ApplicationRefused())
    return await p.core.database.run(lambda tx: p.core.sealer.seal(tx, draft, event))


async def _open(p: Post) -> dict[str, bytes]:
    def work(tx: Transaction) -> dict[str, bytes]:
        return {name: text for _, name, text in p.core.sealer.open_all(tx, STREAM)}

    return await p.core.database.run(work, read_only=True)


async def _joined(p: Post, *, abroad: bool = False) -> Author:
    accepting = p.author(ACCEPTING)
    await p.take(
        "feeds/nodes", _registered(p.author(HOME)), _registered(p.author(OTHER)), _registered(accepting, abroad=abroad)
    )
    return accepting


async def test_nothing_is_sealed_with_a_key_that_another_party_laid_there(address: Address) -> None:
    async with post(address) as p:
        accepting, planted, key = await _joined(p), b"p" * 32, sealing.new_content_key(ENTROPY)
        await _filed(p, accepting, key, [_grant(p, planted, "a"), _grant(p, key, "parties")])
        sealed = await _sealed(p, HOME, ACCEPTING)
        assert [part.audience for part in sealed.parts] == ["parties"]
        assert not sealed.grants


async def test_a_grant_that_does_not_open_stops_nobody(address: Address) -> None:
    async with post(address) as p:
        accepting, key = await _joined(p), sealing.new_content_key(ENTROPY)
        grant = _grant(p, key, "parties")
        grant.ciphertext = grant.ciphertext[:-1] + bytes([grant.ciphertext[-1] ^ 1])
        await _filed(p, accepting, key, [grant])
        sealed = await _sealed(p, HOME, ACCEPTING)
        assert {grant.recipient for grant in sealed.grants} == {HOME, ACCEPTING}
        assert sealed.parts[0].audience != "parties"
        with pytest.raises(errors.SealNotForUs):
            await _open(p)


async def test_a_part_that_does_not_open_hides_no_other(address: Address) -> None:
    async with post(address) as p:
        accepting, key = await _joined(p), sealing.new_content_key(ENTROPY)
        elsewhere = _part(key, "parties", "of-another-event", "copied", b"x")
        foreign = _part(b"f" * 32, "foreign", "of-another-event", "foreign", b"x")
        await _filed(p, accepting, key, [_grant(p, key, "parties")], elsewhere, foreign)
        assert await _open(p) == {"form": b"the form"}


async def test_a_node_abroad_is_granted_nothing(address: Address) -> None:
    async with post(address) as p:
        await _joined(p, abroad=True)
        sealed = await _sealed(p, HOME, ACCEPTING, OTHER)
        assert {grant.recipient for grant in sealed.grants} == {HOME, OTHER}
