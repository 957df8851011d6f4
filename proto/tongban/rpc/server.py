"""A gRPC server as every participant runs it: guarded services, health, reflection, TLS, a clean stop.

    server = RpcServer()
    server.add(federation_pb2_grpc.add_FederationServicer_to_server, servicer)
    port = server.add_port("[::]:0", ServerTls(certificate, key, client_authority_pem=ca))
    await server.start()
    ...
    await server.stop(grace=5)

Promised: no handler sees a request that was not parsed and checked; no caller sees an exception's text; health
says NOT_SERVING from the moment a stop begins, so that balancers leave first.  A stop waits `grace` seconds for
calls under way and then cancels them; whoever holds long streams ends them before (`Drain`), because they never
end by themselves.

One server may listen on several ports with different credentials: joining needs a port whose callers have no
certificate yet.  Who called is then asked of the connection, by `peer_node`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from tongban import deadlines
from tongban.clock import Entropy, SystemEntropy
from tongban.errors import CertificateMissing, ConfigurationInvalid
from tongban.faults import Party
from tongban.pki import node_of_certificate
from tongban.rpc.calls import Calls
from tongban.rpc.guard import Guard
from tongban.rpc.settings import MAX_CONCURRENT_STREAMS, MAX_MESSAGE_BYTES, server_options

ServicerT = TypeVar("ServicerT")
TELLING_SECONDS = 1.0
"""How long calls that are ended may take to hear of it."""


@dataclass(frozen=True, slots=True)
class ServerTls:
    """What a server shows, and whom it lets in: with `client_authority_pem`, only callers with its certificates."""

    certificate_pem: bytes
    key_pem: bytes = field(repr=False)
    client_authority_pem: bytes | None = None

    def credentials(self) -> grpc.ServerCredentials:
        """As gRPC wants them."""
        return grpc.ssl_server_credentials(
            [(self.key_pem, self.certificate_pem)],
            root_certificates=self.client_authority_pem,
            require_client_auth=self.client_authority_pem is not None,
        )


class RpcServer:
    """A `grpc.aio` server. Build it inside the event loop that will run it; `speaker` is who speaks in its errors."""

    def __init__(
        self,
        *,
        entropy: Entropy | None = None,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
        max_concurrent_streams: int = MAX_CONCURRENT_STREAMS,
        speaker: Party = Party.OWN_NODE,
    ) -> None:
        self._entropy = entropy or SystemEntropy()
        self._speaker = speaker
        self._max_message_bytes = max_message_bytes
        self._server = grpc.aio.server(options=server_options(max_message_bytes, max_concurrent_streams))
        self._health = health.aio.HealthServicer()
        self._services: list[str] = []
        self._calls = Calls()

    def add(
        self,
        register: Callable[[ServicerT, grpc.aio.Server], None],
        servicer: ServicerT,
        *,
        refuse_unknown: bool = False,
    ) -> None:
        """Offer a service: `register` is its generated `add_…Servicer_to_server`.

        `refuse_unknown` is for services whose requests people type (`Window`, `Approval`, `Mailroom`); where
        events travel, unknown fields must survive.
        """
        guard = Guard(self._max_message_bytes, refuse_unknown, self._entropy, self._speaker, self._calls)
        registrar = _Registrar(self._server, guard)
        register(servicer, cast("grpc.aio.Server", registrar))
        self._services += registrar.services

    def add_port(self, address: str, tls: ServerTls | None = None) -> int:
        """Listen; the port is chosen by the system where `address` says 0. Without TLS: for this machine only."""
        try:
            if tls is None:
                return self._server.add_insecure_port(address)
            return self._server.add_secure_port(address, tls.credentials())
        except RuntimeError as error:
            raise ConfigurationInvalid(
                field=address, problem="无法监听此地址(可能已被占用)", problem_en="cannot listen here; it may be taken"
            ) from error

    async def start(self) -> None:
        """Begin to serve, with health and reflection for all services added so far."""
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = [*self._services, health.SERVICE_NAME, reflection.SERVICE_NAME]
        reflection.enable_server_reflection(names, self._server)
        await self._server.start()
        for service in self._services:
            await self.set_serving(service, True)

    async def set_serving(self, service: str, serving: bool) -> None:
        """What health says of a service; an empty name is the whole server."""
        values = health_pb2.HealthCheckResponse
        await self._health.set(service, values.SERVING if serving else values.NOT_SERVING)

    async def stop(self, grace: float | None = 5.0) -> None:
        """Take no new calls, give those under way `grace` seconds, end. May be called twice.

        Whoever calls now, and who has not ended by then, is told that the server stops. A second later nobody is
        waited for: a peer that reads nothing can be told nothing.
        """
        await self._health.enter_graceful_shutdown()
        if grace is None:
            await self._server.stop(None)
            return
        await self._calls.close(grace)
        self._calls.end()
        await self._server.stop(min(grace, TELLING_SECONDS))

    async def wait(self) -> None:
        """Until the server has stopped."""
        await self._server.wait_for_termination()


class _Registrar:
    """Stands where generated code expects a server, and guards the handlers that it registers."""

    def __init__(self, server: grpc.aio.Server, guard: Guard) -> None:
        self._server, self._guard = server, guard
        self.services: list[str] = []

    def add_generic_rpc_handlers(self, handlers: Iterable[Any]) -> None:
        """Generated code registers every method twice; the other way names the service."""

    def add_registered_method_handlers(self, service: str, handlers: dict[str, Any]) -> None:
        """Guard and register the handlers of a service."""
        guarded = {name: self._guard.around(f"{service}/{name}", handler) for name, handler in handlers.items()}
        self._server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, guarded)])
        self.services.append(service)


def peer_node(context: grpc.aio.ServicerContext[Any, Any]) -> str | None:
    """The node that the caller's certificate names; None without a certificate, or where it names none."""
    certificates = context.auth_context().get("x509_pem_cert")
    if not certificates:
        return None
    try:
        return _node_of(bytes(next(iter(certificates))))
    except CertificateMissing:
        return None


def require_peer_node(context: grpc.aio.ServicerContext[Any, Any]) -> str:
    """The node that calls, or `CertificateMissing`."""
    node = peer_node(context)
    if node is None:
        raise CertificateMissing(field="certificate")
    return node


def peer_address(context: grpc.aio.ServicerContext[Any, Any]) -> str:
    """The machine that calls, without its port, which is another one each time."""
    return str(context.peer()).rpartition(":")[0]


# Reading a certificate takes a tenth of a millisecond, and a partner without a stream calls often.
@functools.lru_cache(maxsize=4096)
def _node_of(certificate: bytes) -> str:
    return node_of_certificate(certificate)


def time_left(context: grpc.aio.ServicerContext[Any, Any], limit: float) -> float:
    """Seconds for a call that a handler makes in turn: at most `limit`, and a tenth less than its caller waits.

    So whoever is nearest to the fault answers first, and its caller can still say what happened.
    """
    return deadlines.shaved(cast("float | None", context.time_remaining()), limit)
