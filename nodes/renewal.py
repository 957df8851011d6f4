"""Renewing the node's own certificate, by itself, by proof of its signing key.

    certificate.pem ──► good for long yet ──────────────► look again within the hour
                    └─► a third of its time left, or none ──► challenge ─► signed request ─► certificate.pem ─► the line

A node that was away past its certificate's end is let in by nobody, so it asks at the joining port, where no
certificate is asked for; what it shows is a signature of the key that the directory knows (`tongban.renewal`).  One
whose settings do not say where that port is (it joined before that was kept) asks at the federation port while its
certificate is good.

Promised: the TLS key stays, so one file is replaced, whole or not at all, and a process killed in between goes on with
the old one.  What the gateway answers is looked at before it takes the old one's place.  A connection that stands is
not broken for it; the next one is made with the new certificate.

What can go wrong: the gateway is away or refuses.  The node tries again, each time by chance later, up to a minute
where the certificate has ended and up to an hour before; what the last try met is in `core.line.renewal`, for the pages
and the doctor.  A certificate that the node brought itself is another authority's to renew: that is said and not tried.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import grpc.aio
import tenacity
from cryptography import x509

from nodes.core import NodeCore
from nodes.dialer import Backoff
from nodes.joining import OWN_KEY
from nodes.settings import NodeSettings
from nodes.tls import client_tls
from tongban import errors
from tongban.keys import NodeKeys
from tongban.pki import (
    load_certificate,
    make_request,
    node_of_certificate,
    parse_certificate,
    pem,
    renewal_due,
    store_certificate,
)
from tongban.private_files import read_public
from tongban.renewal import signed_renewal
from tongban.rpc.client import ClientTls, call, open_channel
from tongban.v1 import federation_pb2, federation_pb2_grpc

logger = logging.getLogger(__name__)

LOOK = 3600.0
FIRST_WAIT = 2.0
LONGEST_ENDED, LONGEST_DUE = 60.0, 3600.0


class Door(Protocol):
    """Where a node asks for a certificate; both raise what the gateway says."""

    async def begin(self, request: federation_pb2.BeginRenewalRequest) -> federation_pb2.BeginRenewalResponse:
        """A challenge."""
        ...

    async def renew(self, request: federation_pb2.RenewRequest) -> federation_pb2.RenewResponse:
        """A certificate."""
        ...


class Renewer:
    """Keeps a node's certificate good until cancelled.  `renewed` is told when another one is in its place."""

    def __init__(self, core: NodeCore, settings: NodeSettings, renewed: Callable[[], None]) -> None:
        self._core = core
        self._settings = settings
        self._renewed = renewed

    async def run(self) -> None:
        """Look, renew where it is time, and look again, for ever."""
        entropy = self._core.entropy
        while True:
            retrying = tenacity.AsyncRetrying(
                retry=tenacity.retry_if_not_exception_type((asyncio.CancelledError, KeyboardInterrupt)),
                wait=self._wait,
                sleep=asyncio.sleep,
                before_sleep=self._note,
            )
            await retrying(self.look)
            await asyncio.sleep(LOOK * entropy.uniform(0.5, 1.0))

    async def look(self) -> None:
        """Renew the certificate if it is time to; raises what it meets."""
        now = self._core.clock.now()
        if not renewal_due(load_certificate(self._path), now):
            self._core.line.renewal = None
            return
        if (self._settings.home / "tls" / OWN_KEY).exists():
            raise errors.ConfigurationInvalid(
                field="tls/certificate.pem",
                problem="这是自带的证书,网关不换发,请管理员换上新的",
                problem_en="the node brought this certificate itself; its administrator installs a new one",
            )
        address, tls = self._way(load_certificate(self._path).not_valid_after_utc <= now)
        channel = open_channel(address, tls)
        try:
            fresh = await ask(_Dialled(channel, address), self._core.name, self._core.keys)
        finally:
            await channel.close(None)
        if renewal_due(fresh, now):
            raise errors.ConfigurationInvalid(
                field="clock",
                problem="按本机时钟,新证书也将到期,请校准时钟",
                problem_en="by this machine's clock the new certificate ends soon too; set the clock",
            )
        store_certificate(self._path, fresh)
        self._core.line.renewal = None
        logger.info("certificate renewed until %s", fresh.not_valid_after_utc.date())
        self._renewed()

    @property
    def _path(self) -> Path:
        return self._settings.home / "tls" / "certificate.pem"

    def _way(self, ended: bool) -> tuple[str, ClientTls]:
        """Where to ask, and what to show there."""
        settings = self._settings
        if settings.join_address:
            authority = read_public(settings.home / "tls" / "authority.pem")
            return settings.join_address, ClientTls(authority, server_name=settings.gateway_server_name)
        if ended:
            raise errors.ConfigurationInvalid(
                field="join_address",
                problem="node.json 中没有网关的加入地址,请向网关管理员询问后填写",
                problem_en="node.json does not say the gateway's joining address; ask its operator and set it",
            )
        return settings.federation_address, client_tls(settings, self._core.keys)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        """Longer each time; never sooner than the gateway asked for."""
        longest = LONGEST_ENDED if self._ended() else LONGEST_DUE
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_seconds or 0.0 if isinstance(error, errors.TongbanError) else 0.0
        pause = Backoff(self._core.entropy, FIRST_WAIT, longest)(state)
        return pause if pause >= asked else asked * self._core.entropy.uniform(1.0, 1.2)

    def _ended(self) -> bool:
        try:
            return load_certificate(self._path).not_valid_after_utc <= self._core.clock.now()
        except errors.TongbanError:
            return True

    def _note(self, state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        known = error if isinstance(error, errors.TongbanError) else errors.TongbanError()
        if str(known) != str(self._core.line.renewal):
            logger.warning("certificate not renewed: %s", error, exc_info=error if known is not error else None)
        self._core.line.renewal = known


async def ask(door: Door, node: str, keys: NodeKeys) -> x509.Certificate:
    """A new certificate for the node's TLS key.

    Each step is asked once: a challenge works once, so after a lost answer everything is asked anew.
    """
    begun = await door.begin(federation_pb2.BeginRenewalRequest(node=node))
    request_pem = make_request(keys.tls, node)
    answer = await door.renew(
        signed_renewal(keys.signer(), node=node, challenge=begun.challenge, request_pem=request_pem)
    )
    fresh = parse_certificate(answer.certificate_pem.encode("utf-8"))
    named = node_of_certificate(pem(fresh))
    if named != node or fresh.public_key() != keys.tls.public_key():
        raise errors.KeyOfAnotherNode(field="certificate_pem", author=node, peer=named)
    return fresh


class _Dialled:
    """The gateway's door, over a channel."""

    def __init__(self, channel: grpc.aio.Channel, peer: str) -> None:
        self._stub: Any = federation_pb2_grpc.FederationStub(channel)
        self._peer = peer

    async def begin(self, request: federation_pb2.BeginRenewalRequest) -> federation_pb2.BeginRenewalResponse:
        response: federation_pb2.BeginRenewalResponse = await call(self._stub.BeginRenewal, request, peer=self._peer)
        return response

    async def renew(self, request: federation_pb2.RenewRequest) -> federation_pb2.RenewResponse:
        response: federation_pb2.RenewResponse = await call(self._stub.Renew, request, peer=self._peer)
        return response
