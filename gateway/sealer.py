"""The sealer: beside the traffic, never in its way, it appends batches to the log and has checkpoints signed.

    admission ──commit──► batches without a leaf ──append──► log ──sign──► checkpoint
                               (traffic ends here)          (sealer)       (signer, perhaps far away)

Two loops under one lease.  `_append` wakes when something was admitted, waits a moment so that a burst is one append,
and appends in small transactions, so that admissions of the same database wait for none of them long.  `_sign` has
the newest root signed every few seconds, or sooner after many leaves.  Of several replicas only the one that holds
the lease does either (`gateway.lease`); it seals what all of them admit.

Promised: nothing that admits, answers or delivers waits for the sealer or asks it anything; without a signer the log
grows and is signed when the signer is back, however long that takes; killed between any two statements, the log is as
it was or as it was meant.  A checkpoint is stored only if its signature verifies.

One log is signed by one key: whoever verifies it has pinned that.  So before it takes the lease, and again before it
signs, a sealer looks whether its key signed the newest checkpoint of the present epoch (a new epoch is a new log, and
may begin with a new key).  One with another key stays away from the lease, so that a replica with the right one can
have it, and says so (`gateway.doctor`); traffic hears nothing of it.

What can go wrong: the signer fails, is slow or answers rubbish: it is asked again after a wait that doubles up to a
minute.  The database is away or full: the same.  A fault of ours: it is logged, and the same.  The lease is lost: the
loops stop writing at once and watch it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway import log
from gateway.lease import Lease, LeaseLost
from tongban import checkpoints, errors
from tongban.clock import Clock, Entropy
from tongban.exchange.tasks import first_to_end
from tongban.keys import load_signing_key, private_pem
from tongban.private_files import write_file
from tongban.storage.base import Database, Transaction

logger = logging.getLogger(__name__)

CHECKPOINT_FILE = "checkpoint.pem"
SIGN_SECONDS = 10.0
"""How long the signer may take."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0


KEY = "key"
"""The problem of a sealer whose key is not the log's."""


class OtherKeyError(Exception):
    """The newest checkpoint was signed by another key than this sealer's."""


class CheckpointSigner(Protocol):
    """Who signs checkpoints: a key in a file, or a service far away that may fail or take its time."""

    @property
    def public_key(self) -> bytes:
        """The raw Ed25519 public key."""
        ...

    async def sign(self, text: bytes) -> bytes:
        """The signature over a checkpoint's text; anything that is raised counts as away."""
        ...


class KeySigner:
    """Signs with a key at hand."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @property
    def public_key(self) -> bytes:
        """The raw Ed25519 public key."""
        return self._private.public_key().public_bytes_raw()

    async def sign(self, text: bytes) -> bytes:
        """The signature."""
        return self._private.sign(text)

    @classmethod
    def load(cls, keys: Path, entropy: Entropy) -> KeySigner:
        """The checkpoint key beside the gateway's other keys; made there by a gateway that has none yet."""
        path = keys / CHECKPOINT_FILE
        if not path.exists():
            write_file(path, private_pem(Ed25519PrivateKey.from_private_bytes(entropy.token(32))))
        return cls(load_signing_key(path))


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the sealer does what, in seconds and numbers."""

    gather: float = 0.25
    checkpoint: float = 5.0
    leaves: int = 2000
    """So many leaves since the last checkpoint are signed without waiting."""
    chunk: int = 256
    """Batches an appending transaction."""
    breath: float = 0.01
    """Between two of them: whoever admits goes first, also while years of batches are appended."""
    lease: float = 15.0


class Sealer:
    """One replica's sealer.  `run` never ends by itself and raises nothing but its cancellation."""

    def __init__(
        self,
        database: Database,
        signer: CheckpointSigner,
        *,
        gateway: str,
        epoch: Callable[[], int],
        clock: Clock,
        entropy: Entropy,
        pace: Pace | None = None,
    ) -> None:
        self._database = database
        self._signer = signer
        self._gateway = gateway
        self._epoch = epoch
        self._clock = clock
        self._entropy = entropy
        self._pace = pace or Pace()
        self.lease = Lease(database, clock, name="sealer", holder=entropy.token(8).hex(), seconds=self._pace.lease)
        self._admitted = asyncio.Event()
        self._grown = asyncio.Event()
        self._many = asyncio.Event()
        self._since_checkpoint = 0
        self.problems: dict[str, str] = {}
        """What keeps it from appending or from signing just now, in words; empty while all is well."""

    @property
    def public_key(self) -> bytes:
        """The key that checkpoints verify with."""
        return self._signer.public_key

    def set(self) -> None:
        """Something was admitted: never blocks, never fails."""
        self._admitted.set()

    async def run(self) -> None:
        """Seal until cancelled; the lease is given up then."""
        try:
            await first_to_end(self._forever("append", self._append), self._forever("sign", self._sign))
        finally:
            with contextlib.suppress(errors.TongbanError):
                await self.lease.release()

    async def _forever(self, name: str, turn: Callable[[], Awaitable[None]]) -> None:
        """Turn after turn; after a failure, a wait that doubles."""
        failed = 0
        while True:
            try:
                await turn()
                failed = 0
                self.problems.pop(name, None)
                continue
            except OtherKeyError as error:
                if KEY not in self.problems:
                    logger.error("the sealer stays away from the log: %s", error)
                self.problems[KEY] = str(error)
                with contextlib.suppress(errors.TongbanError):
                    await self.lease.release()
            except LeaseLost:
                self.lease.lost()
                continue
            except (errors.TongbanError, TimeoutError, OSError) as error:
                logger.warning("the sealer could not %s and will try again: %r", name, error)
                self.problems[name] = str(error) or type(error).__name__
            except Exception as error:
                logger.exception("the sealer could not %s and will try again", name)
                self.problems[name] = type(error).__name__
            failed += 1
            wait = min(FIRST_WAIT * 2 ** min(failed, 16), LONGEST_WAIT)
            await asyncio.sleep(wait * self._entropy.uniform(0.5, 1.0))

    async def _append(self) -> None:
        if not self.lease.held:
            await self._database.run(self._check_key, read_only=True)
            self.problems.pop(KEY, None)
            if not await self.lease.take():
                await asyncio.sleep(self._pace.lease / 3)
                return
            # The one before may have left something unsigned.
            self._grown.set()
        self._admitted.clear()
        if await self._append_all():
            self._grown.set()
        elif not await _within(self._admitted, self._pace.lease / 3):
            await self.lease.beat()
            return
        await asyncio.sleep(self._pace.gather)

    def _check_key(self, tx: Transaction) -> None:
        """`OtherKeyError` where another key signed the log as it stands."""
        newest, epoch = log.latest(tx), self._epoch()
        if newest is None or newest.epoch != epoch:
            return
        try:
            checkpoints.verify(newest.note, self._signer.public_key, origin=checkpoints.origin_of(self._gateway, epoch))
        except errors.TongbanError as error:
            raise OtherKeyError(f"checkpoint {newest.size} of epoch {epoch}: {error}") from error

    async def _append_all(self) -> int:
        """Append until nothing is left; how many leaves."""
        total = 0
        while appended := await self._database.run(self._append_chunk):
            total += appended
            self._since_checkpoint += appended
            if self._since_checkpoint >= self._pace.leaves:
                self._many.set()
            if appended < self._pace.chunk:
                break
            await asyncio.sleep(self._pace.breath)
        return total

    def _append_chunk(self, tx: Transaction) -> int:
        self.lease.renew(tx)
        return log.append(tx, self._pace.chunk)

    async def _sign(self) -> None:
        await self._grown.wait()
        self._grown.clear()
        if not self.lease.held:
            return
        try:
            await self._checkpoint()
        except BaseException:
            self._grown.set()
            raise
        await _within(self._many, self._pace.checkpoint)

    async def _checkpoint(self) -> None:
        """Have the log as it stands signed, and store that, if it has grown since the last time."""
        self._many.clear()
        self._since_checkpoint = 0
        epoch = self._epoch()

        def look(tx: Transaction) -> checkpoints.Checkpoint | None:
            self._check_key(tx)
            size, newest = log.size_of(tx), log.latest(tx)
            if newest is not None and (newest.epoch, newest.size) >= (epoch, size):
                return None
            return checkpoints.Checkpoint(checkpoints.origin_of(self._gateway, epoch), size, log.root_at(tx, size))

        found = await self._database.run(look, read_only=True)
        if found is None:
            return
        async with asyncio.timeout(SIGN_SECONDS):
            signature = await self._signer.sign(found.text())
        signed = checkpoints.note(found, self._signer.public_key, signature)
        checkpoints.verify(signed, self._signer.public_key)
        stored = log.Signed(epoch, found.size, signed, round(self._clock.now().timestamp() * 1_000_000))

        def store(tx: Transaction) -> None:
            self.lease.renew(tx)
            log.keep(tx, stored)

        await self._database.run(store)


async def _within(event: asyncio.Event, seconds: float) -> bool:
    """Wait for the event, but no longer than this; whether it came."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
