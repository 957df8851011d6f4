"""Where carriers push: one secret address an account, and an answer only when what was heard is on disk.

    POST /carriers/{feed}/{secret} ─► secret ─► size, time ─► codec ─┬─ forged ─► refused, nothing is read
                                                                     ├─ signed ─► stored as news ─► success
                                                                     └─ unsigned ─► "ask soon" is stored ─► success

**Promised.**  The carrier reads its own success bytes after COMMIT and never before; whatever else happens, it reads
its own failure and comes again.  Nothing here waits for the gateway, the journal or another carrier.  A wrong secret
and a feed that is not there look alike, take alike long, and are answered before the body is read.

**What a push may do.**  A signed one counts.  An unsigned one names numbers, and of those that a leg travels under it
makes the next question come sooner, as far as the carrier allows: whoever knows the address can cause a few questions
and no more.  A signed one that comes again says nothing.

How many connections may be open, and for how long without a push, is up to `nodes.relay.doorway`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import hmac
import logging
from collections.abc import Callable, Mapping
from typing import Final

from aiohttp import web

from mailroom.carriers.base import MAX_BODY, CarrierFault, PushBatch, PushReply, Signature, Watch
from nodes.relay.channel import PUSH_PATH, Channel
from nodes.relay.doorway import Doorway
from nodes.relay.feeds_store import FeedStore
from tongban import errors
from tongban.clock import Clock

logger = logging.getLogger(__name__)

READ_SECONDS: Final = 10.0
STORE_SECONDS: Final = 10.0
AT_ONCE: Final = 64
"""So many pushes may be under way; one more is told to come again."""
RESUBSCRIBE: Final = dt.timedelta(minutes=30)
PUSH_TROUBLE: Final = "{feed}/push"


class PushDoor:
    """The pushes of all accounts."""

    def __init__(
        self, channels: Mapping[str, Channel], store: FeedStore, clock: Clock, hasten: Callable[[str], None]
    ) -> None:
        self._channels = channels
        self._store = store
        self._clock = clock
        self._hasten = hasten
        self.doorway = Doorway()
        self._under_way = 0
        self._said_forged: set[str] = set()

    def application(self) -> web.Application:
        """The application to serve."""
        application = web.Application(client_max_size=MAX_BODY)
        application.router.add_post(PUSH_PATH, self._push)
        return application

    async def _push(self, request: web.Request) -> web.Response:
        channel = self._channel(request.match_info["feed"], request.match_info["secret"])
        if channel is None:
            return web.Response(status=404)
        if self._under_way >= AT_ONCE:
            return _response(channel.codec.push_failure)
        self._under_way += 1
        try:
            with self.doorway.serving(request.protocol):
                async with asyncio.timeout(READ_SECONDS):
                    body = await request.read()
                return _response(await self._take(channel, dict(request.headers), body))
        except TimeoutError:
            cut = _response(channel.codec.push_failure)
            cut.force_close()
            return cut
        finally:
            self._under_way -= 1

    def _channel(self, feed: str, secret: str) -> Channel | None:
        channel = self._channels.get(feed)
        expected = channel.push_secret if channel else ""
        # Compared in any case, so that the time does not tell which feeds there are.
        same = hmac.compare_digest(
            hashlib.sha256(expected.encode()).digest(), hashlib.sha256(secret.encode("utf-8", "replace")).digest()
        )
        return channel if same and expected else None

    async def _take(self, channel: Channel, headers: Mapping[str, str], body: bytes) -> PushReply:
        try:
            batch = channel.codec.read_push(headers, body)
        except CarrierFault as fault:
            logger.warning("%s pushed what cannot be read: %s %s", channel.name, fault.kind, fault.where)
            return channel.codec.push_failure
        for flaw in batch.flaws:
            logger.warning("%s: an entry of a push could not be read (%s)", channel.name, flaw.where)
        try:
            async with asyncio.timeout(STORE_SECONDS):
                return await self._keep(channel, batch, body)
        except (errors.TongbanError, TimeoutError) as error:
            logger.warning("a push of %s could not be stored: %s", channel.name, error)
            return batch.failure

    async def _keep(self, channel: Channel, batch: PushBatch, body: bytes) -> PushReply:
        if batch.signature is Signature.FORGED:
            await self._tell_forged(channel)
            return batch.failure
        if batch.signed:
            now = self._clock.now()
            resubscribe = {
                notice.waybill: now + _after(notice.retry_after)
                for notice in batch.notices
                if notice.watch is Watch.ABORT and channel.subscribes
            }
            await self._store.pushed(channel.name, hashlib.sha256(body).digest(), batch.observations, resubscribe)
        else:
            await self._store.hinted(
                channel.name, batch.waybills, lambda asked: channel.rhythm.soon(self._clock.now(), asked)
            )
        self._hasten(channel.name)
        return batch.success

    async def _tell_forged(self, channel: Channel) -> None:
        logger.warning("a push to %s bears no good signature", channel.name)
        if channel.name not in self._said_forged:
            await self._store.troubled(
                PUSH_TROUBLE.format(feed=channel.name), "", errors.CarrierPushForged(carrier=channel.name)
            )
            self._said_forged.add(channel.name)


def _after(seconds: float | None) -> dt.timedelta:
    return RESUBSCRIBE if seconds is None else dt.timedelta(seconds=seconds)


def _response(reply: PushReply) -> web.Response:
    return web.Response(status=reply.status, body=reply.body, headers={"Content-Type": reply.content_type})
