"""A gateway from its directory: made once, opened each time it starts.

home/gateway.json     settings
home/keys/            root, signing (receipts), sealing and checkpoint keys of the gateway, made here, never leave
home/authority/       the CA that certifies nodes
home/gateway.db       the database, where it is SQLite
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from gateway.building import build_core, build_sealer
from gateway.joining import Joining
from gateway.page import Page
from gateway.renewing import Renewing
from gateway.sealer import CheckpointSigner, KeySigner
from gateway.servicer import FederationServicer, LogServicer
from gateway.settings import GatewaySettings, save
from gateway.upkeep import upkeep
from tongban import errors
from tongban.clock import Clock, Entropy
from tongban.faults import Party
from tongban.keys import NodeKeys
from tongban.pki import Identity, create_authority, issue_server
from tongban.private_files import read_public
from tongban.rpc.server import RpcServer, ServerTls
from tongban.serving import cancelled, unusable_home
from tongban.storage.open import check_url, open_database
from tongban.v1 import federation_pb2_grpc, log_pb2_grpc


def initialise(settings: GatewaySettings, clock: Clock, entropy: Entropy) -> None:
    """Make a gateway's keys and authority in an empty directory."""
    if (settings.home / "keys").exists():
        raise errors.AlreadyExists(field="home", name=str(settings.home))
    check_url(settings.database_url)
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unusable_home(settings.home, error) from error
    NodeKeys.generate(entropy).store(settings.home / "keys")
    # Now and not at the first start: a replica is a copy of this directory, and one log is signed by one key.
    KeySigner.load(settings.home / "keys", entropy)
    create_authority(settings.name, entropy, clock.now()).store(settings.home / "authority")
    save(settings)


class Gateway:
    """A running gateway."""

    def __init__(
        self, settings: GatewaySettings, clock: Clock, entropy: Entropy, signer: CheckpointSigner | None = None
    ) -> None:
        """`signer`: who signs checkpoints; without one, a key beside the gateway's others."""
        self.settings = settings
        self._signer = signer
        self._clock = clock
        self._entropy = entropy
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Open everything and serve.  What was opened is closed again where one part fails."""
        async with contextlib.AsyncExitStack() as undo:
            await self._start(undo)
            undo.pop_all()

    async def _start(self, undo: contextlib.AsyncExitStack) -> None:
        home = self.settings.home
        self._authority = Identity.load(home / "authority")
        keys = NodeKeys.load(home / "keys")
        database = await open_database(self.settings.database_url)
        undo.push_async_callback(database.close)
        self.core = await build_core(
            database, name=self.settings.name, keys=keys, clock=self._clock, entropy=self._entropy
        )
        self.core.recovery.wait_seconds = self.settings.recovery_seconds
        self.core.max_links = self.settings.links_per_node
        self.joining = Joining(self.core, self._authority, self._entropy)
        signer = self._signer or KeySigner.load(home / "keys", self._entropy)
        self.sealer = build_sealer(self.core, signer, entropy=self._entropy)
        identity = issue_server(
            self._authority,
            self._entropy,
            self._clock.now(),
            dns_names=self.settings.public_names,
            addresses=self.settings.public_addresses,
        )
        self._server = RpcServer(entropy=self._entropy, speaker=Party.GATEWAY)
        undo.push_async_callback(self._server.stop, None)
        self._server.add(
            federation_pb2_grpc.add_FederationServicer_to_server,
            FederationServicer(self.core, self.joining, Renewing(self.core, self._authority, self._entropy)),
        )
        self._server.add(log_pb2_grpc.add_LogServicer_to_server, LogServicer(self.core, signer))
        host = self.settings.host
        open_tls = ServerTls(identity.certificate_pem, identity.key_pem)
        trusted = b"".join([self._authority.certificate_pem, *map(read_public, self.settings.trusted_authorities)])
        mutual = ServerTls(identity.certificate_pem, identity.key_pem, trusted)
        self.join_port = self._server.add_port(f"{host}:{self.settings.join_port}", open_tls)
        self.federation_port = self._server.add_port(f"{host}:{self.settings.federation_port}", mutual)
        await self._server.start()
        self._page = Page(self.core)
        self.page_port = await self._page.start(host, self.settings.page_port)
        self._tasks = [asyncio.create_task(work) for work in (*upkeep(self.core), self.sealer.run())]

    async def stop(self, grace: float = 5.0) -> None:
        """Stop taking calls, tell the nodes, finish what was taken, close the database.

        Nobody is waited for longer than `grace`: neither a node that does not read nor a call that hangs.
        """
        await cancelled(self._tasks)
        # Together: sessions that were told would be dialled anew at once while the server still took calls.
        await asyncio.gather(self._drained(grace), self._server.stop(grace), self._page.stop())
        await self.core.admitter.close()
        with contextlib.suppress(errors.TongbanError):
            await self.core.flush_cursors()
        await self.core.database.close()

    async def _drained(self, grace: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.core.drain(), grace)


def home_of(path: str | Path) -> Path:
    """A gateway's directory, as given on the command line."""
    return Path(path).expanduser().resolve()
