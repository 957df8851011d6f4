"""Putting a gateway's heart together over a database; no sockets."""

from __future__ import annotations

from agreements.domain.agreements import AgreementFolder
from agreements.domain.catalogue import ItemFolder
from gateway.admission import Admitter
from gateway.core import GatewayCore
from gateway.refolding import refold
from gateway.sealer import CheckpointSigner, Pace, Sealer
from gateway.store import MIGRATIONS, QUERIES
from mailroom.domain.parcels import ParcelFolder
from tongban.clock import Clock, Entropy
from tongban.keys import NodeKeys
from tongban.lifecycle.applications import ApplicationFolder
from tongban.lifecycle.directory import NodeFolder
from tongban.lifecycle.engine import Lifecycles
from tongban.storage.base import Database
from tongban.storage.migrations import migrate
from tongban.v1 import federation_pb2

FIRST_EPOCH = 1


async def build_core(database: Database, *, name: str, keys: NodeKeys, clock: Clock, entropy: Entropy) -> GatewayCore:
    """The gateway's heart over a database, migrated and loaded; no sockets."""
    await migrate(database, MIGRATIONS, now_micros=round(clock.now().timestamp() * 1_000_000))
    row = await database.run(lambda tx: tx.fetch_one(QUERIES.get_setting, {"key": "epoch"}), read_only=True)
    epoch = int(row["value"]) if row else FIRST_EPOCH
    if row is None:
        first = {"key": "epoch", "value": str(epoch)}
        await database.run(lambda tx: tx.execute(QUERIES.put_setting, first))
    lifecycles = Lifecycles(ApplicationFolder(), ParcelFolder(), AgreementFolder(), NodeFolder(), ItemFolder())
    await refold(database, lifecycles)
    core: GatewayCore
    admitter = Admitter(
        database,
        gateway=name,
        epoch=epoch,
        key_id=keys.signing_key_id,
        private=keys.signing,
        lifecycles=lifecycles,
        clock=clock,
        entropy=entropy,
        moved=lambda heads: core.moved(heads),  # noqa: PLW0108  # bound below
    )
    core = GatewayCore(name=name, database=database, admitter=admitter, clock=clock)
    core.receipt_keys.append(federation_pb2.PublicKey(key_id=keys.signing_key_id, public_key=keys.signing_public))
    await core.start()
    return core


def build_sealer(core: GatewayCore, signer: CheckpointSigner, *, entropy: Entropy, pace: Pace | None = None) -> Sealer:
    """A sealer that hears of what is admitted; whoever builds it runs it."""
    sealer = Sealer(
        core.database,
        signer,
        gateway=core.name,
        epoch=lambda: core.admitter.epoch,
        clock=core.clock,
        entropy=entropy,
        pace=pace,
    )
    core.watch_all(sealer)
    core.sealing = sealer.problems
    return sealer
