"""A running relay, from its directory: a node without desks and console, and the carriers' side beside it."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from mailroom.carriers.base import Capability
from mailroom.carriers.couriers import couriers
from mailroom.carriers.registry import codec
from nodes.core import NodeCore
from nodes.dialer import Dialer
from nodes.journal.drafts import Actor, Draft
from nodes.lookout import Lookout
from nodes.opening import open_core, retry_parked
from nodes.relay import accounts as carriers_settings
from nodes.relay.accounts import CarrierSettings
from nodes.relay.feeds import open_feeds
from nodes.relay.health import Health
from nodes.relay.participant import Participant
from nodes.relay.settings import RelaySettings
from nodes.renewal import Renewer
from nodes.tls import certificate_dates, client_tls
from tongban import errors
from tongban.clock import Clock, Entropy
from tongban.rpc.links import GrpcLine
from tongban.serving import cancelled
from tongban.v1 import directory_pb2

logger = logging.getLogger(__name__)

ZONE = "Asia/Shanghai"
"""Whose working days count where no node minds its own."""


def heard(carriers: CarrierSettings) -> list[str]:
    """The couriers, as legs name them, that these accounts can be asked about."""
    accounts = carriers.accounts()
    return sorted(code for code, courier in couriers().items() if any(feed in accounts for feed in courier.feeds))


def ordered(carriers: CarrierSettings) -> list[str]:
    """Those of them that waybills can be ordered from: an account that only asks about carriers hears more of them."""
    can = {
        feed
        for feed, account in carriers.accounts().items()
        if Capability.ORDER in codec(feed, account.account()).capabilities
    }
    return sorted(code for code, courier in couriers().items() if can & set(courier.feeds))


async def has_served(core: NodeCore) -> bool:
    """Whether the journal says that this relay had accounts before this process."""
    state = await core.state(core.name)
    return isinstance(state, directory_pb2.Node) and bool(state.profile.carriers)


async def say_carriers(core: NodeCore, carriers: list[str], orders: list[str]) -> bool:
    """Record which carriers this relay hears and orders from, where its profile says others; whether it did.

    So a desk that books a leg knows whether naming this relay is of any use.
    """
    state = await core.state(core.name)
    if not isinstance(state, directory_pb2.Node):
        return False
    if (list(state.profile.carriers), list(state.profile.order_carriers)) == (carriers, orders):
        return False
    profile = directory_pb2.NodeProfile()
    profile.CopyFrom(state.profile)
    del profile.carriers[:], profile.order_carriers[:]
    profile.carriers.extend(carriers)
    profile.order_carriers.extend(orders)
    draft = Draft(core.name, "node_profile_updated", directory_pb2.NodeProfileUpdated(profile=profile))
    try:
        await core.record(Actor(), lambda view: ([draft], None))
    except errors.TongbanError as error:
        logger.warning("which carriers are heard is said at the next start: %s", error)
        return False
    return True


class Relay:
    """A running relay."""

    def __init__(self, settings: RelaySettings, clock: Clock, entropy: Entropy) -> None:
        self.settings = settings
        self._clock = clock
        self._entropy = entropy
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Open everything, listen to carriers, dial the gateway; where a part fails, close the others again."""
        async with contextlib.AsyncExitStack() as undo:
            await self._start(undo)
            undo.pop_all()

    async def _start(self, undo: contextlib.AsyncExitStack) -> None:
        settings, carriers = self.settings, carriers_settings.load(self.settings.home)
        self.core = core = await open_core(settings, self._clock, self._entropy, undo)
        served = await has_served(core)
        await say_carriers(core, heard(carriers), ordered(carriers))
        self._line = GrpcLine(settings.federation_address, client_tls(settings, core.keys))
        self.feeds = await open_feeds(carriers, settings.home, core.keys, self._clock, self._entropy)
        undo.push_async_callback(self.feeds.stop)
        await self.feeds.start(core.position.incarnation, served=served)
        self.push_address = f"{carriers.push_host}:{self.feeds.push_port}" if self.feeds.push_port else ""
        self.participant = Participant(core, self.feeds, settings.mailroom.terms(ZONE))
        self.lookout = Lookout(
            core, self._line, certificate=lambda: certificate_dates(settings.home), home=settings.home
        )
        renewer = Renewer(core, settings, lambda: self._line.use(client_tls(settings, core.keys)))
        pushes = self.feeds.door.doorway.said if self.push_address else None
        health = Health(core, self.participant, self.feeds.troubles, settings.home, pushes)
        self._tasks = [
            asyncio.create_task(work)
            for work in (
                Dialer(core, self._line).run(),
                renewer.run(),
                retry_parked(core),
                self.lookout.run(),
                self.participant.run(),
                health.run(),
            )
        ]

    async def stop(self) -> None:
        """Let carriers and the line go, finish what was handed in."""
        await cancelled(self._tasks)
        await self.feeds.stop()
        await self._line.close()
        await self.core.close()
