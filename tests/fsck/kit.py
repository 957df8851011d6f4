"""Databases of a real federation, made once for each kind of database and copied for each test."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway import fsck as gateway_fsck
from gateway import log
from gateway.core import GatewayCore
from gateway.sealer import KeySigner
from nodes import fsck as node_fsck
from tests.federation.journey import Journey
from tests.federation.stage import ACCEPTING, HOME, Stage
from tests.federation.virtual import Disks
from tests.federation.whole import Federation
from tests.postgres import PostgresServer
from tongban import checkpoints
from tongban.clock import SystemClock, SystemEntropy
from tongban.fsck import Report
from tongban.storage.base import Database
from tongban.storage.open import open_database
from tongban.storage.reading import read_only
from tongban.v1 import mailroom_pb2, window_pb2

CHECKPOINT_KEY = Ed25519PrivateKey.from_private_bytes(b"checkpoint key of these tests 32")
NAMES = ("gateway", HOME, ACCEPTING)


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a federation's databases lie, and the keys that its receipts are signed with."""

    urls: dict[str, str]
    receipt_keys: dict[str, bytes]
    own_keys: dict[str, tuple[str, bytes]]

    async def check(self, name: str) -> Report:
        """Check one of them, as the command does."""
        url = self.urls[name]
        if name == "gateway":
            public = CHECKPOINT_KEY.public_key().public_bytes_raw()
            check = partial(gateway_fsck.check, gateway="test", receipt_keys=self.receipt_keys, checkpoint_key=public)
            return await read_only(url, check)
        own = self.own_keys[name]
        return await read_only(url, lambda tx: node_fsck.check(tx, node=f"nodes/{name}", own_key=own))


async def live(federation: Federation, agree: Callable[[Federation], Awaitable[None]] = Federation.agree) -> None:
    """An application that is collected, one that was decided on an old state, and one that nobody has heard of yet."""
    await federation.start_gateway()
    for region in (HOME, ACCEPTING):
        await federation.start_node(region)
    await federation.settled()
    await agree(federation)
    stage = Stage(federation, Disks(), None)  # type: ignore[arg-type]  # a real loop: neither is asked for
    done = await stage.journey().run()
    await _damaged(stage, done.parcels[0])
    await _decided_on_an_old_state(stage)
    assert federation.gateway is not None
    await federation.gateway.flush_cursors()
    await _sealed(federation.gateway)
    stage.accepting.line.cut()
    waiting = Journey(federation, stage.accepting, stage.home)
    await waiting.submit()
    await stage.send_off(waiting.name)


async def _damaged(stage: Stage, parcel: str) -> None:
    """Something was wrong with a parcel, and nobody has ended it."""
    request = mailroom_pb2.RaiseExceptionRequest(name=parcel, code="damaged", leg=1)
    await stage.accepting.desks.cases.raise_exception(stage.accepting.staff("mailroom-1"), request)
    await stage.federation.settled()


async def _sealed(gateway: GatewayCore) -> None:
    """The log grows twice, and its state is signed each time; the last batches have no leaf yet."""
    signer = KeySigner(CHECKPOINT_KEY)
    for leaves in (7, 11):
        await gateway.database.run(partial(log.append, limit=leaves))
        size = await gateway.database.run(log.size_of)
        root = await gateway.database.run(partial(log.root_at, size=size))
        told = checkpoints.Checkpoint(checkpoints.origin_of(gateway.name, 1), size, root)
        note = checkpoints.note(told, signer.public_key, await signer.sign(told.text()))
        await gateway.database.run(partial(log.keep, signed=log.Signed(1, size, note, 1)))


async def _decided_on_an_old_state(stage: Stage) -> None:
    journey = stage.journey()
    await journey.submit()
    await stage.federation.settled()
    stage.home.line.cut()
    await journey.decide()
    await stage.accepting.desks.window.withdraw_application(
        journey.window(), window_pb2.WithdrawApplicationRequest(name=journey.name)
    )
    await stage.federation.settled()
    stage.home.line.up = True
    for _ in range(600):
        if not await stage.waiting(stage.home):
            break
        await asyncio.sleep(0.02)
    await stage.federation.settled()


async def _made(urls: dict[str, str]) -> Kept:
    async def open_(name: str) -> Database:
        return await open_database(urls[name])

    federation = Federation(SystemClock(), SystemEntropy(), open_)
    await live(federation)
    await federation.stop()
    gateway = federation.keys["gateway"]
    own = {
        name: (federation.keys[f"nodes/{name}"].signing_key_id, federation.keys[f"nodes/{name}"].signing_public)
        for name in (HOME, ACCEPTING)
    }
    return Kept(urls, {gateway.signing_key_id: gateway.signing_public}, own)


def made_on_sqlite(folder: Path) -> Kept:
    """A federation that has lived, in files."""
    return asyncio.run(_made({name: f"sqlite:///{folder / name}.db" for name in NAMES}))


def made_on_postgres(server: PostgresServer) -> Kept:
    """A federation that has lived, on a server."""
    return asyncio.run(_made({name: server.url(server.create()) for name in NAMES}))


@contextmanager
def copied(kept: Kept, name: str, folder: Path, server: PostgresServer | None) -> Iterator[Kept]:
    """The same with one database copied, which the test may spoil."""
    url = kept.urls[name]
    if url.startswith("sqlite"):
        path = folder / f"{name}.db"
        shutil.copyfile(url.removeprefix("sqlite:///"), path)
        yield Kept({**kept.urls, name: f"sqlite:///{path}"}, kept.receipt_keys, kept.own_keys)
        return
    assert server is not None
    copy = server.copy(urlsplit(url).path.removeprefix("/"))
    try:
        yield Kept({**kept.urls, name: server.url(copy)}, kept.receipt_keys, kept.own_keys)
    finally:
        server.drop(copy)
