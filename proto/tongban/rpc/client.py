"""Calling others: a channel with the right settings, calls that fail with our errors, retries that are safe.

    channel = open_channel("gateway.example:8443", ClientTls(authority_pem, certificate_pem, key_pem))
    stub = federation_pb2_grpc.FederationStub(channel)
    page = await call_idempotent(stub.Fetch, request, peer="gateway")

Every failure is a `TongbanError`: the peer's own, or `Unavailable` when it cannot be reached or answers too
late.  A call that timed out may have been carried out all the same; so `call` tries once, and only what is safe to
do twice (reads, and publishing by `event_id`) goes through `call_idempotent`, which tries again after a growing,
jittered pause while the error says that waiting helps, and never sooner than the peer asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import grpc
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt, stop_after_delay

from tongban import deadlines
from tongban.clock import Entropy, SystemEntropy
from tongban.errors import DeadlinePassed, Overloaded, TongbanError, Unavailable
from tongban.rpc.settings import MAX_MESSAGE_BYTES, client_options
from tongban.rpc.status import from_rpc_error

ResponseT = TypeVar("ResponseT")
DEFAULT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class ClientTls:
    """Whom a caller trusts, and what it shows; without a certificate of its own it can only join.

    `server_name` is looked for in the server's certificate instead of the address, for a gateway behind NAT.
    """

    authority_pem: bytes
    certificate_pem: bytes | None = None
    key_pem: bytes | None = field(default=None, repr=False)
    server_name: str = ""

    def credentials(self) -> grpc.ChannelCredentials:
        """As gRPC wants them."""
        return grpc.ssl_channel_credentials(self.authority_pem, self.key_pem, self.certificate_pem)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently; pauses double from `first_seconds` to `longest_seconds`, give or take half."""

    attempts: int = 5
    first_seconds: float = 0.2
    longest_seconds: float = 10.0
    total_seconds: float = 60.0

    def pause(self, attempt: int, error: BaseException | None, entropy: Entropy) -> float:
        """Seconds to wait after the given attempt (from 1)."""
        grown = min(self.longest_seconds, self.first_seconds * 2.0 ** min(attempt - 1, 32))
        asked = error.retry_seconds if isinstance(error, Overloaded) else None
        return max(grown * entropy.uniform(0.5, 1.5), asked or 0.0)


DEFAULT_POLICY = RetryPolicy()


def open_channel(
    address: str, tls: ClientTls | None = None, *, max_message_bytes: int = MAX_MESSAGE_BYTES
) -> grpc.aio.Channel:
    """A channel of its own to `address`. Without TLS: to this machine only. Close it when done."""
    options = client_options(max_message_bytes, tls.server_name if tls else "")
    if tls is None:
        return grpc.aio.insecure_channel(address, options=options)
    return grpc.aio.secure_channel(address, tls.credentials(), options=options)


@contextmanager
def translated(peer: str = "") -> Iterator[None]:
    """Around reading and writing a stream: what gRPC raises becomes a `TongbanError`."""
    try:
        yield
    except grpc.RpcError as error:
        raise from_rpc_error(error, peer=peer) from error


async def call(
    method: Callable[..., Awaitable[ResponseT]], request: Any, *, seconds: float = DEFAULT_SECONDS, peer: str = ""
) -> ResponseT:
    """One unary call; `peer` names the other side in the error where it cannot be reached.

    It is given `seconds`, or what is left of the time of whoever waits here, less a tenth.
    """
    left = deadlines.limited(seconds)
    if left <= 0:
        raise DeadlinePassed(what=peer or "call")
    with translated(peer):
        return await method(request, timeout=left)


async def call_idempotent(
    method: Callable[..., Awaitable[ResponseT]],
    request: Any,
    *,
    seconds: float = DEFAULT_SECONDS,
    peer: str = "",
    policy: RetryPolicy = DEFAULT_POLICY,
    entropy: Entropy | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> ResponseT:
    """A unary call that may safely be made twice, repeated while the peer is away or busy."""
    chance = entropy or SystemEntropy()

    def pause(state: RetryCallState) -> float:
        return policy.pause(state.attempt_number, state.outcome.exception() if state.outcome else None, chance)

    retrying = AsyncRetrying(
        retry=retry_if_exception_type((Unavailable, Overloaded)),
        wait=pause,
        stop=stop_after_attempt(policy.attempts) | stop_after_delay(policy.total_seconds),
        sleep=sleep,
        reraise=True,
    )
    async for attempt in retrying:
        with attempt:
            return await call(method, request, seconds=seconds, peer=peer)
    raise TongbanError  # the loop above returns or raises
