"""What stands around every handler: parsing, measuring, checking, and the door for errors.

Handlers are wrapped once, when a service is registered, and not by gRPC's interceptors: those are looked up and
awaited anew for each call.  Around a handler, in this order:

1. The request's size is compared with the contract's bound, and its bytes are parsed: `MessageTooLarge` and
   `MessageMalformed` instead of the core's nameless errors.  On a stream, reading raises them inside the handler.
2. A unary request is checked (`validation.check`).  A stream's handler checks its own frames, because what a bad
   frame means there (an event refused, or the stream closed) is not for the kit to say.
3. The call's deadline is known to whatever is done for it (`tongban.deadlines`), and a call whose time is over is not
   begun.
4. `TongbanError` becomes its rich status.  Anything else is logged whole under an incident number, and the
   caller is told that number and nothing more.  A cancellation passes: nobody is there to be answered, unless it
   comes from the server that stops (`calls`), which tells the caller so.

Streaming handlers written as generators are run to their end here, so that their `finally` blocks run at once
when a caller goes away (grpc.aio leaves a generator that was interrupted in a write to the garbage collector).

What a streaming handler must know: when its caller vanishes, reading may simply end, as if the caller had closed
its side, just before the cancellation arrives.  So the end of the requests never means that all was said.
"""

from __future__ import annotations

import asyncio
import base64
import inspect
import logging
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, TypeAlias, cast

import grpc
from google.protobuf.message import DecodeError, Message

from tongban import deadlines
from tongban.clock import Entropy
from tongban.errors import DeadlinePassed, MessageMalformed, MessageTooLarge, TongbanError, Unavailable
from tongban.faults import Party
from tongban.rpc import status
from tongban.rpc.calls import Calls
from tongban.validation import check

_logger = logging.getLogger(__name__)

# Generic in the stubs only.
Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


@dataclass(frozen=True, slots=True)
class Guard:
    """How the handlers of one service are guarded."""

    max_message_bytes: int
    refuse_unknown: bool
    entropy: Entropy
    speaker: Party = Party.OWN_NODE
    calls: Calls = field(default_factory=Calls)

    def around(self, method: str, handler: Handler) -> Handler:
        """The same handler, guarded; `method` is its full name, for the log."""
        behaviour = _behaviour(handler)
        if not inspect.iscoroutinefunction(behaviour) and not inspect.isasyncgenfunction(behaviour):
            if not str(getattr(behaviour, "__module__", "")).endswith("_pb2_grpc"):
                raise TypeError(f"{method}: handlers are coroutines or asynchronous generators")
            behaviour = _unimplemented
        parse = self._parser(handler.request_deserializer)
        # A unary request is parsed in our own hands, where a refusal can be sent; a stream's where it is read.
        deserialize = parse if handler.request_streaming else None
        accept = _passed if handler.request_streaming else self._acceptor(parse)
        make = _MAKERS[handler.request_streaming, handler.response_streaming]
        wrapped = (
            self._streaming(method, behaviour, accept)
            if handler.response_streaming
            else self._single(method, behaviour, accept)
        )
        guarded: Handler = make(wrapped, deserialize, handler.response_serializer)
        return guarded

    def _parser(self, parse: Callable[[bytes], Message] | None) -> Callable[[bytes], Message]:
        assert parse is not None, "generated code always says how to parse"
        limit = self.max_message_bytes

        def parsed(raw: bytes) -> Message:
            if len(raw) > limit:
                raise MessageTooLarge(field="message", size=len(raw), limit=limit)
            try:
                return parse(raw)
            except DecodeError as error:
                raise MessageMalformed(
                    field="message", problem="不是这个方法的请求", problem_en="it is not this method's request"
                ) from error

        return parsed

    def _acceptor(self, parse: Callable[[bytes], Message]) -> Callable[[Any], Any]:
        refuse_unknown = self.refuse_unknown

        def accepted(raw: bytes) -> Message:
            message = parse(raw)
            check(message, refuse_unknown=refuse_unknown)
            return message

        return accepted

    def _single(
        self, method: str, behaviour: Callable[..., Any], accept: Callable[[Any], Any]
    ) -> Callable[[Any, Context], Any]:
        async def answer(request: Any, context: Context) -> Any:
            async with _Door(method, context, self):
                remaining = cast("float | None", context.time_remaining())
                if remaining is not None and remaining <= 0:
                    raise DeadlinePassed(what=method)
                with deadlines.within(remaining):
                    return await behaviour(accept(request), context)

        return answer

    def _streaming(
        self, method: str, behaviour: Callable[..., Any], accept: Callable[[Any], Any]
    ) -> Callable[[Any, Context], Any]:
        if inspect.iscoroutinefunction(behaviour):
            return self._single(method, behaviour, accept)

        async def stream(request: Any, context: Context) -> None:
            door = _Door(method, context, self)
            async with door, aclosing(behaviour(accept(request), context)) as responses:
                async for response in responses:
                    await context.write(response)

        return stream


class _Door:
    """Turns whatever a handler raises into what its caller may know."""

    __slots__ = ("_calls", "_context", "_entropy", "_method", "_speaker")

    def __init__(self, method: str, context: Context, guard: Guard) -> None:
        self._method, self._context = method, context
        self._entropy, self._speaker, self._calls = guard.entropy, guard.speaker, guard.calls

    async def __aenter__(self) -> None:
        if self._calls.closed:
            self._calls.turned_away += 1
            await self._context.abort(*status.to_grpc(status.to_status(stopping(), self._speaker)))
        self._calls.begin()

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, traceback: TracebackType | None
    ) -> None:
        ended = self._calls.finish()
        if ended and isinstance(raised, asyncio.CancelledError) and not self._context.cancelled():
            await self._context.abort(*status.to_grpc(status.to_status(stopping(), self._speaker)))
        if raised is None or isinstance(raised, asyncio.CancelledError | grpc.aio.AbortError):
            return
        error = _first(raised)
        if self._context.done() or self._context.cancelled():
            # Whatever a handler meets when its caller is gone (`RPC already finished`) is no incident.
            _logger.debug("%s: caller gone", self._method)
            raise asyncio.CancelledError from raised
        if isinstance(error, TongbanError):
            if error.http_status >= 500:
                _logger.warning("%s: %s", self._method, error, extra={"reason": error.wire_reason})
            await self._context.abort(*status.to_grpc(status.to_status(error, self._speaker)))
        if isinstance(error, grpc.aio.InternalError) or not isinstance(error, Exception):
            # The core's own (the peer or the server went away in mid-write), or the process is to end.
            return
        incident = incident_number(self._entropy)
        _logger.error("%s failed, incident %s", self._method, incident, exc_info=raised, extra={"incident": incident})
        await self._context.abort(*status.to_grpc(status.internal_status(incident, self._speaker)))


def stopping() -> Unavailable:
    """What a call is told that a stopping server could not wait for."""
    return Unavailable(what="server", what_zh="服务(正在停机)", what_en="The server, which stops now,")


def incident_number(entropy: Entropy) -> str:
    """A short number that a person can read out: it is in the log, and all that the caller is told."""
    return base64.b32encode(entropy.token(5)).decode()


def _first(raised: BaseException) -> BaseException:
    """The error that answers for a group: a refusal before anything else, as a task group raises them."""
    if not isinstance(raised, BaseExceptionGroup):
        return raised
    refusals = raised.subgroup(TongbanError) or raised
    return _first(refusals.exceptions[0])


async def _unimplemented(_request: Any, context: Context) -> None:
    await context.abort(grpc.StatusCode.UNIMPLEMENTED, "not offered here / 本端不提供此方法")


def _passed(request: Any) -> Any:
    return request


def _behaviour(handler: Handler) -> Callable[..., Any]:
    found = handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream
    assert found is not None
    return found


_MAKERS: dict[tuple[bool, bool], Callable[..., Any]] = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}
