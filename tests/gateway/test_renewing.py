"""Renewal by proof of the signing key, on both databases: who gets a certificate, and every way not to get one."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest

from gateway.operator import Operator
from gateway.renewing import BURST, CHALLENGE, CROWD, PAUSE, SECONDS, Renewing
from gateway.store import QUERIES
from gateway.tries import Tries
from tests.clocks import ManualClock
from tests.gateway.kit import ACCEPTING, HOME, World, close, keys_of, start, world
from tongban import errors
from tongban.clock import SeededEntropy
from tongban.keys import NodeKeys
from tongban.lifecycle.directory import GATEWAY_AUTHOR
from tongban.pki import Identity, create_authority, make_request, node_of_certificate, parse_certificate
from tongban.registration import registration
from tongban.renewal import RENEWAL_TYPE, signed_renewal
from tongban.signing import Signer
from tongban.v1 import directory_pb2, federation_pb2

ADDRESS = "ipv4:192.0.2.1"


def _authority() -> Identity:
    return create_authority("test", SeededEntropy(1), ManualClock().now())


def _renewing(w: World) -> Renewing:
    return Renewing(w.core, _authority(), w.entropy)


def _asked(
    renewing: Renewing, node: str, *, signer: Signer | None = None, challenge: bytes = b"", csr: str = "", **keys: Any
) -> federation_pb2.RenewRequest:
    """What the node would send; with changes, what somebody else would."""
    own: NodeKeys = keys.get("own", keys_of(node))
    begun = challenge or renewing.begin(federation_pb2.BeginRenewalRequest(node=node)).challenge
    return signed_renewal(
        signer or own.signer(), node=node, challenge=begun, request_pem=make_request(own.tls, csr or node)
    )


async def _refused(renewing: Renewing, request: federation_pb2.RenewRequest) -> errors.TongbanError:
    with pytest.raises(errors.TongbanError) as refused:
        await renewing.renew(request, ADDRESS)
    assert refused.value.text("zh") != refused.value.text("en")
    assert "{" not in refused.value.text("zh")
    return refused.value


async def test_a_certificate_for_the_key_in_the_request(database_url: str) -> None:
    async with world(database_url) as w:
        renewing = _renewing(w)
        answer = await renewing.renew(_asked(renewing, HOME), ADDRESS)
        fresh = parse_certificate(answer.certificate_pem.encode())
        assert node_of_certificate(answer.certificate_pem.encode()) == HOME
        assert fresh.public_key() == keys_of(HOME).tls.public_key()
        assert fresh.not_valid_after_utc > w.clock.now()
        fresh.verify_directly_issued_by(_authority().certificate)


async def test_a_request_works_once_and_none_that_is_older(database_url: str) -> None:
    async with world(database_url) as w:
        renewing = _renewing(w)
        older = _asked(renewing, HOME)
        w.clock.move(seconds=1)
        request = _asked(renewing, HOME)
        await renewing.renew(request, ADDRESS)
        for again in (request, older, _asked(renewing, HOME, challenge=_challenge_of(request))):
            assert isinstance(await _refused(renewing, again), errors.RenewalChallengeInvalid)
        # Of another replica too: what was used stands in the database.
        assert isinstance(await _refused(_renewing(w), request), errors.RenewalChallengeInvalid)
        # Another node is none the worse for it.
        await renewing.renew(_asked(renewing, ACCEPTING), ADDRESS)


async def test_a_node_is_renewed_once_in_a_while(database_url: str) -> None:
    async with world(database_url) as w:
        renewing = _renewing(w)
        await renewing.renew(_asked(renewing, HOME), ADDRESS)
        w.clock.move(seconds=20)
        soon = await _refused(renewing, _asked(renewing, HOME))
        assert isinstance(soon, errors.Overloaded)
        assert soon.retry_seconds == pytest.approx(40)
        w.clock.move(seconds=40)
        await renewing.renew(_asked(renewing, HOME), ADDRESS)
        rows = await w.core.database.run(lambda tx: tx.fetch_one(QUERIES.get_renewal, {"node": HOME}), read_only=True)
        assert rows is not None, "one row a node, however often"


async def test_a_challenge_is_for_one_node_and_for_a_while(database_url: str) -> None:
    async with world(database_url) as w:
        renewing = _renewing(w)
        of_another = renewing.begin(federation_pb2.BeginRenewalRequest(node=ACCEPTING)).challenge
        own = renewing.begin(federation_pb2.BeginRenewalRequest(node=HOME)).challenge
        foreign = Renewing(w.core, create_authority("other", SeededEntropy(2), w.clock.now()), w.entropy)
        strange = foreign.begin(federation_pb2.BeginRenewalRequest(node=HOME)).challenge
        flipped = [own[:at] + bytes([own[at] ^ 1]) + own[at + 1 :] for at in (0, 7, 8, 39)]
        for challenge in (of_another, strange, *flipped, own[:8], own[:-1], own + b"\0"):
            said = await _refused(renewing, _asked(renewing, HOME, challenge=challenge))
            assert isinstance(said, errors.RenewalChallengeInvalid)
            w.clock.move(seconds=SECONDS)
        w.clock.move(seconds=CHALLENGE.total_seconds())
        late = await _refused(renewing, _asked(renewing, HOME, challenge=own))
        assert isinstance(late, errors.RenewalChallengeInvalid)


async def test_only_the_nodes_own_signing_key_speaks(database_url: str) -> None:
    async with world(database_url) as w:
        renewing = _renewing(w)
        stranger = NodeKeys.generate(SeededEntropy(99))
        unknown = await _refused(renewing, _asked(renewing, HOME, signer=stranger.signer()))
        assert isinstance(unknown, errors.KeyUnknown)
        pretended = Signer(keys_of(HOME).signing_key_id, stranger.signing)
        assert isinstance(await _refused(renewing, _asked(renewing, HOME, signer=pretended)), errors.SignatureInvalid)
        other = await _refused(renewing, _asked(renewing, HOME, signer=keys_of(ACCEPTING).signer()))
        assert isinstance(other, errors.KeyOfAnotherNode)
        assert other.field == "signature.key_id"
        root = Signer.of(keys_of(HOME).root)
        assert isinstance(await _refused(renewing, _asked(renewing, HOME, signer=root)), errors.KeyUnknown)


async def test_nothing_can_be_changed_after_it_was_signed(database_url: str) -> None:
    async with world(database_url) as w:
        renewing = _renewing(w)
        good = _asked(renewing, HOME)
        thief = NodeKeys.generate(SeededEntropy(5))
        changed = federation_pb2.Renewal.FromString(good.renewal)
        changed.certificate_request = make_request(thief.tls, HOME)
        forged = federation_pb2.RenewRequest(renewal=changed.SerializeToString(), signature=good.signature)
        assert isinstance(await _refused(renewing, forged), errors.SignatureInvalid)
        csr = await _refused(renewing, _asked(renewing, HOME, csr=ACCEPTING))
        assert isinstance(csr, errors.KeyOfAnotherNode)
        # None of them used the challenge up.
        await renewing.renew(good, ADDRESS)


async def test_a_signature_of_an_event_is_none_of_a_renewal_nor_the_reverse(database_url: str) -> None:
    async with world(database_url) as w:
        renewing = _renewing(w)
        request = _asked(renewing, HOME)
        made = keys_of(HOME).signer().sign_one("application/vnd.tongban.event.v1", request.renewal)
        request.signature.value = made.value
        assert isinstance(await _refused(renewing, request), errors.SignatureInvalid)
        event = w.file()
        renewal_of_event = keys_of(ACCEPTING).signer().sign_one(RENEWAL_TYPE, event.wire.envelope.payload)
        event.wire.envelope.signature.value = renewal_of_event.value
        assert await w.reason(event) == "SIGNATURE_INVALID"
        rubbish = federation_pb2.RenewRequest(renewal=b"\xff\xff", signature=request.signature)
        assert isinstance(await _refused(renewing, rubbish), errors.MessageMalformed)


async def test_who_is_suspended_or_has_put_the_key_away_is_refused(database_url: str) -> None:
    async with world(database_url) as w:
        renewing = _renewing(w)
        operator = Operator(w.core, keys_of("gateway"), w.entropy)
        await operator.suspend(HOME, "audit")
        assert isinstance(await _refused(renewing, _asked(renewing, HOME)), errors.NodeNotActive)
        stranger = await _refused(renewing, _asked(renewing, HOME, signer=keys_of(ACCEPTING).signer()))
        assert isinstance(stranger, errors.KeyOfAnotherNode), "only who proves the key hears of the suspension"
        await operator.resume(HOME)
        await renewing.renew(_asked(renewing, HOME), ADDRESS)
        gateway = await _refused(renewing, _asked(renewing, GATEWAY_AUTHOR, own=keys_of("gateway")))
        assert isinstance(gateway, errors.NodeNotFound)

        fresh = dataclasses.replace(keys_of(ACCEPTING), signing=NodeKeys.generate(SeededEntropy(6)).signing)
        named = registration(fresh, ACCEPTING, directory_pb2.NodeProfile(), w.clock.now()).keys
        await w.admitted(w.accepting.make(ACCEPTING, directory_pb2.NodeKeysRotated(keys=named)))
        assert isinstance(await _refused(renewing, _asked(renewing, ACCEPTING)), errors.KeyNotActive)
        await renewing.renew(_asked(renewing, ACCEPTING, own=fresh), ADDRESS)


async def test_nobody_is_renewed_while_the_gateway_recovers(database_url: str) -> None:
    async with world(database_url) as w:
        renewing = _renewing(w)
        w.core.admitter.recovering = True
        assert isinstance(await _refused(renewing, _asked(renewing, HOME)), errors.Unavailable)


async def test_a_clock_of_the_gateway_that_was_ahead_locks_nobody_out(database_url: str) -> None:
    async with world(database_url) as w:
        for days in (400, -400):
            w.clock.move(days=days)
            renewing = _renewing(w)
            await renewing.renew(_asked(renewing, HOME), ADDRESS)


@pytest.mark.postgres
async def test_two_replicas_use_one_challenge_once(postgres_url: str) -> None:
    async with world(postgres_url) as w:
        second = await start(postgres_url, w.clock, SeededEntropy(8))
        try:
            replicas = [_renewing(w), Renewing(second, _authority(), SeededEntropy(9))]
            request = _asked(replicas[0], HOME)
            tried = await asyncio.gather(*(each.renew(request, ADDRESS) for each in replicas), return_exceptions=True)
            assert sorted(type(each).__name__ for each in tried) == ["RenewResponse", "RenewalChallengeInvalid"]
        finally:
            await close(second)


async def test_strangers_have_so_many_tries(database_url: str) -> None:
    async with world(database_url) as w:
        renewing = _renewing(w)
        bad = _asked(renewing, HOME, challenge=b"x" * 40)
        for _ in range(BURST):
            assert isinstance(await _refused(renewing, bad), errors.RenewalChallengeInvalid)
        held = await _refused(renewing, _asked(renewing, HOME))
        assert isinstance(held, errors.Overloaded)
        assert held.retry_seconds == pytest.approx(SECONDS)
        # From elsewhere it goes on, and here again after a while.
        await renewing.renew(_asked(renewing, HOME), "ipv4:192.0.2.2")
        w.clock.move(seconds=SECONDS)
        await renewing.renew(_asked(renewing, ACCEPTING), ADDRESS)


def test_tries_of_all_callers_are_bounded_too() -> None:
    clock = ManualClock()
    tries = Tries(clock, burst=BURST, seconds=SECONDS, crowd=CROWD)
    for number in range(BURST * CROWD):
        tries.take(f"ipv6:{number}")
    with pytest.raises(errors.Overloaded):
        tries.take("ipv6:another")
    clock.move(seconds=SECONDS)
    for number in range(CROWD):
        tries.take(f"ipv6:later-{number}")
    with pytest.raises(errors.Overloaded):
        tries.take("ipv6:another")


def test_callers_that_are_remembered_are_bounded() -> None:
    clock = ManualClock()
    tries = Tries(clock, burst=2, seconds=1.0, crowd=1_000_000)
    for number in range(10_000):
        tries.take(f"ipv6:{number}")
    assert len(tries._buckets) < 5_000


def _challenge_of(request: federation_pb2.RenewRequest) -> bytes:
    return federation_pb2.Renewal.FromString(request.renewal).challenge


def test_pauses_are_shorter_than_a_challenge_is_good() -> None:
    """A challenge that was got before a pause can be used after it."""
    assert PAUSE < CHALLENGE
