"""One log is signed by one key: a sealer with another one stays away, says so, and stands in nobody's way."""

from __future__ import annotations

import asyncio

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway import log
from gateway.core import GatewayCore
from gateway.sealer import KEY as OTHER_KEY
from gateway.sealer import KeySigner, Sealer
from tests.gateway.kit import world
from tests.gateway.sealing import audit, sealing, signed_whole, sizes
from tests.gateway.test_sealer import file_some

OTHER = KeySigner(Ed25519PrivateKey.from_private_bytes(b"another".ljust(32)))


async def said(sealer: Sealer) -> str:
    """What it says of its key, as soon as it does."""
    for _ in range(2000):
        if OTHER_KEY in sealer.problems:
            return sealer.problems[OTHER_KEY]
        await asyncio.sleep(0.01)
    raise AssertionError(sealer.problems)


async def newest_note(core: GatewayCore) -> bytes:
    signed = await core.database.run(log.latest, read_only=True)
    assert signed is not None
    return signed.note


async def test_another_key_signs_nothing_and_holds_nothing_up(database_url: str) -> None:
    async with world(database_url) as w:
        async with sealing(w.core):
            await file_some(w, 0, 3)
            await signed_whole(w.core)
        signed = await newest_note(w.core)
        async with sealing(w.core, OTHER, seed=7) as wrong:
            assert "checkpoint" in await said(wrong)
            assert w.core.sealing is wrong.problems, "the operator's commands read it there"
            await file_some(w, 10, 5)
            assert not wrong.lease.held
            assert await newest_note(w.core) == signed
            # A replica with the right key need not wait for it.
            async with sealing(w.core) as right:
                await signed_whole(w.core)
                assert not right.problems
        assert await audit(w.core) == []


async def test_a_key_that_turns_out_to_be_another_one_gives_the_lease_up(database_url: str) -> None:
    """Two replicas with different keys began on an empty log; the other one signed first."""
    async with world(database_url) as w, sealing(w.core) as sealer:
        await file_some(w, 0, 2)
        await signed_whole(w.core)
        sealer._signer = OTHER  # as if it had begun with it
        await file_some(w, 10, 2)
        await said(sealer)
        assert not sealer.lease.held
        batches, leaves, of_checkpoint = await sizes(w.core)
        assert of_checkpoint < batches
        assert leaves >= of_checkpoint


async def test_a_new_epoch_may_begin_with_a_new_key(database_url: str) -> None:
    async with world(database_url) as w:
        async with sealing(w.core):
            await file_some(w, 0, 2)
            await signed_whole(w.core)
        w.core.admitter.epoch += 1
        async with sealing(w.core, OTHER, seed=7) as sealer:
            await file_some(w, 10, 2)
            await signed_whole(w.core)
            assert not sealer.problems
