"""A running node, from its directory."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt

from mailroom.domain.watch import Terms
from nodes.console.app import Console
from nodes.desk.desks import Desks
from nodes.desk.pickups import Terms as PickupTerms
from nodes.dialer import Dialer
from nodes.lookout import Lookout
from nodes.minding import NodeMinder
from nodes.opening import open_core, retry_parked
from nodes.renewal import Renewer
from nodes.rpc.approval import ApprovalServicer
from nodes.rpc.catalogue import CatalogueServicer
from nodes.rpc.mailroom import MailroomServicer
from nodes.rpc.negotiation import NegotiationServicer
from nodes.rpc.onboarding import OnboardingServicer
from nodes.rpc.registry import RegistryServicer
from nodes.rpc.window import WindowServicer
from nodes.settings import NodeSettings
from nodes.tls import certificate_dates, client_tls
from nodes.trial.desk import TrialDesk
from nodes.trial.onboarding import OnboardingDesk
from tongban import errors
from tongban.clock import Clock, Entropy
from tongban.rpc.links import GrpcLine
from tongban.rpc.server import RpcServer
from tongban.serving import cancelled
from tongban.v1 import (
    approval_pb2_grpc,
    catalogue_pb2_grpc,
    mailroom_pb2_grpc,
    negotiation_pb2_grpc,
    onboarding_pb2_grpc,
    registry_pb2_grpc,
    window_pb2_grpc,
)

EARLY_INTAKE_SECONDS = 1.0
UNCLAIMED_SECONDS = 30.0


class Node:
    """A running node."""

    def __init__(self, settings: NodeSettings, clock: Clock, entropy: Entropy) -> None:
        self.settings = settings
        self._clock = clock
        self._entropy = entropy
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Open everything, serve the region, dial the gateway; where a part fails, close the others again."""
        async with contextlib.AsyncExitStack() as undo:
            await self._start(undo)
            undo.pop_all()

    async def _start(self, undo: contextlib.AsyncExitStack) -> None:
        settings = self.settings
        self.core = await open_core(settings, self._clock, self._entropy, undo)
        self.desks = Desks(self.core)
        kept = settings.mailroom
        self.desks.collection.terms = PickupTerms(
            code=dt.timedelta(days=kept.pickup_code_days), hold=dt.timedelta(days=kept.unclaimed_days)
        )
        self._line = GrpcLine(settings.federation_address, client_tls(settings, self.core.keys))
        self._server = RpcServer(entropy=self._entropy)
        undo.push_async_callback(self._server.stop, None)
        desks = self.desks
        self._server.add(
            window_pb2_grpc.add_WindowServicer_to_server,
            WindowServicer(desks.staff, desks.window, desks.surrender, desks.prints),
            refuse_unknown=True,
        )
        self._server.add(
            approval_pb2_grpc.add_ApprovalServicer_to_server,
            ApprovalServicer(desks.staff, desks.approval),
            refuse_unknown=True,
        )
        self._server.add(
            mailroom_pb2_grpc.add_MailroomServicer_to_server,
            MailroomServicer(desks.staff, desks.mailroom),
            refuse_unknown=True,
        )
        self._server.add(
            registry_pb2_grpc.add_RegistryServicer_to_server,
            RegistryServicer(desks.staff, desks.registry, desks.agreements),
            refuse_unknown=True,
        )
        self._server.add(
            negotiation_pb2_grpc.add_NegotiationServicer_to_server,
            NegotiationServicer(desks.staff, desks.agreements),
            refuse_unknown=True,
        )
        self._server.add(
            catalogue_pb2_grpc.add_CatalogueServicer_to_server,
            CatalogueServicer(desks.staff, desks.catalogue),
            refuse_unknown=True,
        )
        self.lookout = Lookout(
            self.core, self._line, certificate=lambda: certificate_dates(settings.home), home=settings.home
        )
        self._server.add(
            onboarding_pb2_grpc.add_OnboardingServicer_to_server,
            OnboardingServicer(desks.staff, OnboardingDesk(self.core, self.lookout.look)),
            refuse_unknown=True,
        )
        self.grpc_port = self._server.add_port(f"{settings.host}:{settings.grpc_port}")
        await self._server.start()
        self._console = Console(self.core, self.desks, self.lookout)
        self.console_port = await self._console.start(settings.host, settings.console_port)
        renewer = Renewer(self.core, settings, lambda: self._line.use(client_tls(settings, self.core.keys)))
        self._tasks = [
            asyncio.create_task(Dialer(self.core, self._line).run()),
            asyncio.create_task(renewer.run()),
            asyncio.create_task(self._early_intakes()),
            asyncio.create_task(self._unclaimed()),
            asyncio.create_task(retry_parked(self.core)),
            asyncio.create_task(self.lookout.run()),
            asyncio.create_task(TrialDesk(self.core).run()),
            asyncio.create_task(NodeMinder(self.core, self._terms()).run()),
        ]

    def _terms(self) -> Terms:
        node = self.core.shared.directory.find(self.core.name)
        return self.settings.mailroom.terms(node.profile.time_zone if node is not None else "Asia/Shanghai")

    async def _early_intakes(self) -> None:
        while True:
            await asyncio.sleep(EARLY_INTAKE_SECONDS)
            with contextlib.suppress(errors.TongbanError):
                await self.desks.mailroom.record_early_intakes()

    async def _unclaimed(self) -> None:
        while True:
            await asyncio.sleep(UNCLAIMED_SECONDS)
            with contextlib.suppress(errors.TongbanError):
                await self.desks.collection.give_up_overdue()

    async def stop(self, grace: float = 5.0) -> None:
        """Stop serving, let the line go, finish what was handed in."""
        await cancelled(self._tasks)
        await self._line.close()
        await asyncio.gather(self._console.stop(), self._server.stop(grace))
        await self.core.close()
