"""A session of another kind: the node says what it holds, and nothing is admitted or delivered.

Every frame of the node is answered by one of ours, so neither side gets ahead of the other.  At the end the node waits
until the gateway has recovered, hears what has become of its channels, and dials again.
"""

from __future__ import annotations

import logging

from gateway import returns
from gateway.core import FEED_CHANNELS, GatewayCore
from tongban import errors
from tongban.exchange.link import Link
from tongban.exchange.tasks import first_to_end
from tongban.v1 import federation_pb2, types_pb2
from tongban.validation import check

logger = logging.getLogger(__name__)

FARTHEST_STEP = 1 << 33
"""Epochs are seconds: who says one that lies centuries ahead is not followed there."""


REMEMBERED = 200_000
"""How many streams that go beyond the journal are looked at again in the end; whoever claims more claims in vain."""


class Reporting:
    """Asks one node.  `ahead`: why it seemed to know more than this gateway, where nobody knows yet that it is so."""

    def __init__(
        self,
        core: GatewayCore,
        peer: str,
        link: Link[federation_pb2.ExchangeResponse, federation_pb2.ExchangeRequest],
        hello: federation_pb2.Hello,
        ahead: errors.PeerAhead | None,
    ) -> None:
        self._core = core
        self._peer = peer
        self._link = link
        self._hello = hello
        self._ahead = ahead
        self._beyond: list[types_pb2.StreamPosition] = []
        self._proven = 0
        """The highest epoch of a batch under our receipt key that is not in our books."""

    async def run(self) -> None:
        """Until the node has reported and the gateway has recovered, or the gateway stops."""
        await first_to_end(self._serve(), self._stopped())

    async def _stopped(self) -> None:
        await self._core.draining.wait()

    async def _serve(self) -> None:
        witness = await self._core.recovery.witness()
        while (frame := await self._link.receive()) is not None:
            check(frame)
            match frame.WhichOneof("frame"):
                case "holdings":
                    await self._compare(frame.holdings)
                    if frame.holdings.complete:
                        await self._complete()
                        return
                case "returned":
                    found = returns.open_returned(witness, frame.returned, self._peer)
                    self._proven = max(self._proven, await self._core.recovery.put_aside(found))
                    await self._want([])
                case _:
                    raise errors.FieldInvalid(
                        field="frame", problem="网关正在核对,只收 holdings 与 returned / only these two are taken now"
                    )

    async def _compare(self, holdings: federation_pb2.Holdings) -> None:
        held = list(holdings.streams)
        found = await self._core.database.run(lambda tx: returns.compare(tx, held), read_only=True)
        self._beyond.extend(found.beyond[: max(0, REMEMBERED - len(self._beyond))])
        if not holdings.complete:
            await self._want(found.wanted)

    async def _want(self, streams: list[federation_pb2.WantedStream]) -> None:
        await self._link.send(federation_pb2.ExchangeResponse(wanted=federation_pb2.Wanted(streams=streams)))

    async def _complete(self) -> None:
        core, recovery = self._core, self._core.recovery
        if self._ahead is not None and not recovery.active and not self._proven:
            raise self._ahead
        if self._proven and ((not recovery.active and self._ahead is not None) or self._proven >= core.admitter.epoch):
            said = self._hello.epoch if self._hello.epoch < self._proven + FARTHEST_STEP else 0
            await recovery.begin(max(self._proven, said))
        await recovery.report(self._peer)
        channels = {c: core.channel_of(self._peer, c) for c in (*FEED_CHANNELS, "mailbox")}
        resumed = await recovery.resumed(self._hello, channels, self._beyond)
        await self._link.send(federation_pb2.ExchangeResponse(resumed=resumed))
        if resumed.forked:
            logger.warning("%s holds another history of %d streams", self._peer, len(resumed.forked))
        # The node closes: it dials again into an ordinary session.
        while await self._link.receive() is not None:
            pass
