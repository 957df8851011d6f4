"""A gateway that was put back from a backup gets its history back before it admits anything.

    restored ──► recovering: every hello is answered with a question ──► nodes report what they hold
        when all nodes of the directory have reported, or the wait is over:
    place what they brought ──► every session ends ──► nodes dial again, into ordinary sessions

That it was restored, the gateway knows from the mark that `restore` wrote (`gateway.epochs`).  Where somebody put a
disk back by hand, it learns it from a node: a cursor beyond its head, or an epoch that it never had, makes it ask that
node, and a receipt under its own key for a batch that is not in its books is the proof.

Promised: while it recovers it admits nothing, so nothing new takes the place of what it forgot.  A node that stays away
holds nobody up for longer than the wait; what it brings later is placed where it fits, and is a fork where it does not:
the node is told which streams these are, and the operator sees them.

What can go wrong: the process dies while it recovers.  What was put aside is in the database, and whoever dials again
reports again, which brings nothing twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from gateway import placing, returns
from gateway.admission import Admitter
from gateway.epochs import RECOVERY, begin_epoch, common_ends, is_recovering, read_epoch
from gateway.store import QUERIES
from tongban.clock import Clock
from tongban.journal import envelopes
from tongban.lifecycle.directory import GATEWAY_AUTHOR
from tongban.storage.base import Database, Transaction
from tongban.v1 import envelope_pb2, federation_pb2, lifecycle_pb2, types_pb2

logger = logging.getLogger(__name__)

WAIT_SECONDS = 600.0
"""How long a gateway that recovers waits for nodes that stay away."""
POLL_SECONDS = 1.0
"""How soon a replica hears that nodes have reported to another one, at first."""
_PATIENCE = 8
"""It looks ever more rarely: after this part of the time that it has waited."""
_INSTANT = 1e-3
"""A wait so short that a clock may not be able to count it is over."""
_BEGINNING = (-1, "", -1)


class Recovery:
    """Whether this gateway recovers, who has reported, and what they brought."""

    def __init__(
        self,
        database: Database,
        admitter: Admitter,
        *,
        gateway: str,
        receipt_keys: Sequence[federation_pb2.PublicKey],
        clock: Clock,
        moved: Callable[[dict[str, int]], None],
    ) -> None:
        self._database = database
        self._admitter = admitter
        self._gateway = gateway
        self._receipt_keys = receipt_keys
        self._clock = clock
        self._moved = moved
        self._since = 0.0
        self._turned = asyncio.Event()
        self._placing = asyncio.Lock()
        self.wait_seconds = WAIT_SECONDS

    @property
    def active(self) -> bool:
        """Whether nothing is admitted now."""
        return self._admitter.recovering

    @property
    def turned(self) -> asyncio.Event:
        """Is set when recovery begins or ends: every session that began before it has to end."""
        return self._turned

    async def load(self) -> None:
        """Take the state from the database; also what another replica has made of it."""

        def work(tx: Transaction) -> tuple[int, bool]:
            return read_epoch(tx), is_recovering(tx)

        epoch, recovering = await self._database.run(work, read_only=True)
        if (epoch, recovering) != (self._admitter.epoch, self._admitter.recovering):
            self._admitter.epoch = epoch
            self._turn(recovering)

    def asks(self, hello: federation_pb2.Hello, is_ahead: bool) -> bool:
        """Whether a node is asked for what it holds before anything else."""
        return self.active or is_ahead or hello.epoch not in (0, self._admitter.epoch)

    async def witness(self) -> returns.Witness:
        """Somebody who knows what was receipted here, and every author, those that were lost included."""
        witness = returns.Witness(self._gateway, self._receipt_keys, self._admitter.directory)
        for row in await self._database.run(lambda tx: tx.fetch_all(RECOVERY.list_returned_nodes), read_only=True):
            witness.learn(envelopes.parse(envelope_pb2.SignedEvent.FromString(row["content"])))
        return witness

    async def put_aside(self, found: list[dict[str, object]]) -> int:
        """Keep what a node brought; the highest epoch of a batch that is not in our books, or 0."""

        def work(tx: Transaction) -> int:
            tx.execute_many(RECOVERY.put_aside, found)
            return returns.unknown_epoch(tx, found)

        return await self._database.run(work)

    async def begin(self, above: int) -> None:
        """It is proven that the database is older than `above`: a later epoch, in which the nodes tell first."""
        now = self._clock.now()

        def work(tx: Transaction) -> int:
            present = read_epoch(tx)
            return present if is_recovering(tx) and present > above else begin_epoch(tx, now, above=above)

        # Said first: whatever is committed behind this unit of work would stand in the old epoch.
        before, self._admitter.recovering = self._admitter.recovering, True
        try:
            epoch = await self._database.run(work)
        except BaseException:
            self._admitter.recovering = before
            raise
        logger.warning("this gateway's database is older than its nodes': epoch %d begins, and it recovers", epoch)
        self._admitter.epoch = epoch
        self._turn(True)

    async def report(self, peer: str) -> None:
        """`peer` has said all that it holds.  Returns when the gateway has recovered."""
        if not self.active:
            async with self._placing:
                # It comes late: what it brought is placed where it still fits.
                await self._place()
        noted = 0
        while self.active:
            # Taken now: where recovery ends while this one looks who is missing, it has been told of it.
            turned = self._turned
            if noted != self._admitter.epoch:
                # Said anew where a still later epoch had to begin meanwhile.
                noted = await self._note_report(peer)
            waited = self._clock.monotonic() - self._since
            left = self.wait_seconds - waited
            missing = await self._missing()
            if left < _INSTANT or not missing:
                await self._finish(missing)
                return
            with_replicas = self._database.dialect == "postgres"
            pause = max(POLL_SECONDS, waited / _PATIENCE) if with_replicas else left
            try:
                async with asyncio.timeout(min(left, pause)):
                    await turned.wait()
            except TimeoutError:
                await self.load()

    async def _note_report(self, peer: str) -> int:
        epoch = self._admitter.epoch
        row = {"node": peer, "epoch": epoch, "report_time": round(self._clock.now().timestamp() * 1e6)}
        await self._database.run(lambda tx: tx.execute(RECOVERY.put_report, row))
        return epoch

    async def resumed(
        self, hello: federation_pb2.Hello, channels: dict[str, str], beyond: Sequence[types_pb2.StreamPosition]
    ) -> federation_pb2.Resumed:
        """What a node that has reported has to know; `channels` are the stored names of those that it reads."""
        # A node that knows a later epoch (a clock was wrong at a restore) is set back to the beginning of this one too.
        since = min(hello.epoch, self._admitter.epoch - 1)

        def work(tx: Transaction) -> tuple[dict[str, int], list[types_pb2.StreamPosition]]:
            return common_ends(tx, since, list(channels.values())), returns.forked(tx, beyond)

        ends, forked = await self._database.run(work, read_only=True)
        resumed = federation_pb2.Resumed(epoch=self._admitter.epoch, forked=forked)
        for channel, stored in channels.items():
            if stored in ends:
                resumed.cursors.add(channel=channel, position=ends[stored])
        return resumed

    async def _missing(self) -> set[str]:
        """Active nodes that have not reported, those that only what came back tells of included."""
        epoch = {"epoch": self._admitter.epoch}
        rows = await self._database.run(lambda tx: tx.fetch_all(RECOVERY.list_reports, epoch), read_only=True)
        known = {
            node.name
            for node in self._admitter.directory.nodes()
            if node.state == lifecycle_pb2.NODE_STATE_ACTIVE and node.name != GATEWAY_AUTHOR
        }
        return (known | (await self.witness()).newcomers) - {row["node"] for row in rows}

    async def _finish(self, missing: set[str]) -> None:
        async with self._placing:
            if not self.active:
                return
            await self._place()
            over = {"key": "recovering", "value": "0"}
            await self._database.run(lambda tx: tx.execute(QUERIES.put_setting, over))
            without = f" without {', '.join(sorted(missing))}" if missing else ""
            logger.warning("recovered: epoch %d goes on%s", self._admitter.epoch, without)
            self._turn(False)

    async def _place(self) -> None:
        """Place all that can be, and mark the rest."""
        heed = placing.Heed.ALL
        while True:
            if await self._place_round(heed):
                heed = placing.Heed.ALL
            elif heed is placing.Heed.NOTHING:
                break
            else:
                # What waits for something that nobody brought is placed all the same, once nothing else can be.
                heed = placing.Heed(heed - 1)
        await self._database.run(lambda tx: tx.execute(RECOVERY.mark_forks))

    async def _place_round(self, heed: placing.Heed) -> bool:
        """Go once through what was put aside; whether anything is settled by that."""
        after, is_placed, is_settled = _BEGINNING, False, False
        heads: dict[str, int] = {}
        now = self._clock.now()
        while True:
            page = await self._database.run(
                lambda tx, after=after: placing.place_page(  # type: ignore[misc]
                    tx, self._admitter.lifecycles, after, now, heed
                )
            )
            if not page.read:
                break
            after = page.last
            is_placed, is_settled = is_placed or page.placed > 0, is_settled or page.settled > 0
            heads.update(page.heads)
        if is_placed:
            await self._admitter.forget()
            self._moved(heads)
        return is_settled

    def _turn(self, recovering: bool) -> None:
        self._admitter.recovering = recovering
        self._since = self._clock.monotonic()
        turned, self._turned = self._turned, asyncio.Event()
        turned.set()
