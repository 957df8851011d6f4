"""The federation of a run: gateways, four nodes behind a proxy each, an agreement between them, and their staff."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import grpc.aio

from agreements.domain.documents import document_digest
from gateway.runtime import initialise
from gateway.settings import GatewaySettings
from nodes.core import NodeCore
from nodes.demo.client import Caller
from nodes.desk.staff import ROLES, StaffDesk
from nodes.joining import join, profile
from tests.bench.participants import CLOCK, ENTROPY, Author, agreement_document, invite, item_document
from tests.chaos.machines import Machine
from tests.chaos.proxy import Proxy
from tests.postgres import PostgresServer
from tongban import errors
from tongban.invitations import Invitation
from tongban.keys import NodeKeys
from tongban.passwords import Cost
from tongban.rpc.client import call, open_channel
from tongban.storage.open import open_database
from tongban.v1 import directory_pb2, registry_pb2, window_pb2, window_pb2_grpc

ACCEPTING, HOMES = ("C1", "C2"), ("C3", "C4")
REGIONS = (*ACCEPTING, *HOMES)
POSTS = {"window": "window-1", "mailroom": "mailroom-1"}
PASSWORD = "chaos-password"
PATIENCE = 120.0
_GATEWAY_PORTS = {f"TONGBAN_GATEWAY_{port}_PORT": "0" for port in ("JOIN", "FEDERATION", "PAGE")}


@dataclass(slots=True, eq=False)
class Office:
    """A node, the proxy that it dials, and its staff."""

    name: str
    machine: Machine
    proxy: Proxy
    database: str
    sessions: dict[str, str] = field(default_factory=dict)
    called: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever somebody asks for something; whoever waits for that clears it."""
    _callers: dict[tuple[str, str], Caller] = field(default_factory=dict)
    _channels: dict[str, grpc.aio.Channel] = field(default_factory=dict)
    """By address.  None is closed before the end: a call may still be on its way out of it."""

    async def staff(self, user: str) -> Caller:
        """A member of staff at the node as it runs now; a session that was opened before a crash is still good."""
        address = await self.machine.until_listens("grpc")
        caller = self._callers.get((user, address))
        if caller is None:
            if address not in self._channels:
                self._channels[address] = open_channel(address)
            channel = self._channels[address]
            if user not in self.sessions:
                request = window_pb2.SignInRequest(user=user, password=PASSWORD)
                answer = await call(window_pb2_grpc.WindowStub(channel).SignIn, request, seconds=30.0)
                self.sessions[user] = answer.session
            caller = Caller(channel, self.sessions[user], POSTS[user], address)
            self._callers[user, address] = caller
        return caller

    async def close(self) -> None:
        """Let go of everything."""
        for channel in self._channels.values():
            await channel.close(None)


@dataclass(slots=True)
class Federation:
    """Everything that runs."""

    folder: Path
    gateways: list[Machine]
    database: str
    offices: dict[str, Office] = field(default_factory=dict)
    proxies: list[Proxy] = field(default_factory=list)

    @property
    def machines(self) -> list[Machine]:
        """All of them."""
        return [*self.gateways, *(office.machine for office in self.offices.values())]

    @classmethod
    async def start(
        cls, folder: Path, chance: random.Random, server: PostgresServer | None, undo: contextlib.AsyncExitStack
    ) -> Federation:
        """Make and start it.  Everybody has a database on the server, or SQLite where there is none."""
        database = _create(server)
        home = folder / "gateway-1"
        settings = GatewaySettings(home=home, database=database)
        initialise(settings, CLOCK, ENTROPY)
        homes = [home]
        if server:
            # A replica is the same gateway once more: its keys, its authority, its database.
            homes.append(folder / "gateway-2")
            shutil.copytree(home, homes[-1])
        gateways = [Machine(h.name, "gateway", h, _GATEWAY_PORTS) for h in homes]
        made = cls(folder, gateways, settings.database_url)
        undo.push_async_callback(made.close)
        invitations = await invite(settings, REGIONS)
        await asyncio.gather(*(gateway.start() for gateway in gateways))
        authors = [await made._join(each, chance, _create(server)) for each in invitations]
        await asyncio.gather(*(office.machine.start() for office in made.offices.values()))
        await made._agree({author.settings.home.name: author for author in authors})
        return made

    def _upstream(self, chance: random.Random) -> str | None:
        """Where a load balancer would send a new connection."""
        up = [gateway.addresses["federation"] for gateway in self.gateways if gateway.addresses]
        return chance.choice(up) if up else None

    async def _join(self, invitation: Invitation, chance: random.Random, database: str) -> Author:
        region = invitation.region
        home = self.folder / region
        proxy = Proxy(lambda: self._upstream(chance))
        await proxy.start()
        self.proxies.append(proxy)
        joining = self.gateways[0].addresses["join"]
        reachable = replace(invitation, join_address=joining, federation_address=proxy.address)
        posts = [
            directory_pb2.PostEntry(id=post, title=post, time_zone="Asia/Shanghai", collects=post == POSTS["window"])
            for post in POSTS.values()
        ]
        with _environment({"TONGBAN_NODE_DATABASE": database} if database else {}):
            settings = await join(home, reachable, profile(region=region, title=region, posts=posts), CLOCK, ENTROPY)
        keys = NodeKeys.load(home / "keys")
        opened = await open_database(settings.database_url)
        core = NodeCore(name=settings.name, database=opened, keys=keys, clock=CLOCK, entropy=ENTROPY)
        for user, post in POSTS.items():
            await StaffDesk(core).add(user, PASSWORD, title=user, roles=ROLES, post=post, cost=Cost(ln=14))
        await opened.close()
        office = Office(settings.name, Machine(region, "node", home, {}), proxy, settings.database_url)
        self.offices[region] = office
        return Author(settings, keys)

    async def _agree(self, authors: dict[str, Author]) -> None:
        """Each home publishes its item; all sign that the windows may take them in."""
        for region in HOMES:
            caller = await self.offices[region].staff("window")
            document = item_document(f"nodes/{region}")
            await caller(caller.registry.PublishItem, registry_pb2.PublishItemRequest(document=document))
        agreement = agreement_document(authors, ACCEPTING, HOMES)
        raw = agreement.SerializeToString()
        callers = [await self.offices[region].staff("window") for region in REGIONS]
        propose = registry_pb2.ProposeAgreementRequest(document=raw)
        # Who does not know a party or an item yet refuses; what it needs is on its way.
        await _until(partial(callers[0], callers[0].registry.ProposeAgreement, propose))
        sign = registry_pb2.SignAgreementRequest(name=agreement.name, document_digest=document_digest(raw))
        for signed, caller in enumerate(callers):
            await _until(partial(_signed, caller, signed))
            await _until(partial(caller, caller.registry.SignAgreement, sign))
        for caller in callers:
            await _until(partial(_signed, caller, len(REGIONS)))

    async def end(self) -> dict[str, int]:
        """Everybody stops in good order, the nodes first; exit codes by name."""
        codes: dict[str, int] = {}
        for group in ([office.machine for office in self.offices.values()], self.gateways):
            found = await asyncio.gather(*(machine.end() for machine in group))
            codes |= {machine.name: code for machine, code in zip(group, found, strict=True)}
        return codes

    async def close(self) -> None:
        """Whatever still runs is killed, whatever listens is closed."""
        for machine in self.machines:
            await machine.kill()
        for office in self.offices.values():
            await office.close()
        for proxy in self.proxies:
            await proxy.stop()


def _create(server: PostgresServer | None) -> str:
    return server.url(server.create()) if server else ""


async def _signed(caller: Caller, signatures: int) -> None:
    found = await caller(caller.registry.ListAgreements, registry_pb2.ListAgreementsRequest())
    if not found.agreements or len(found.agreements[0].signatures) < signatures:
        raise errors.AgreementNotFound(field="name", name="bench")


async def _until(step: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(errors.TongbanError):
                await step()
                return
            await asyncio.sleep(0.05)


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Settings of a process, for a moment in this one."""
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            del os.environ[name]
