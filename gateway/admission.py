"""Admission: from signed events on the wire to receipts that are safe on disk.

Three steps, and nothing leaves before the third is done:

1. `check` on the loop's thread, for each frame: sizes, fields, signatures (one for a batch), digests of what is
   sealed, and that the author is who holds the line.  What fails here gets its answer and never meets the database.
2. `GroupCommit` gathers what is waiting, from all nodes together and in turns, so that one that floods delays the
   others by no more than a batch.  Within one author nothing is reordered: its sequences rise.
3. One unit of work: lock what the batch is judged by, look for known ids, decide (`gateway.domain.batch`), sign once,
   write, commit.  Locked are, in this order: the heads of the shared feeds (directory, items, agreements), the streams,
   the authors' sequences, the channels.  The time of a batch is read under these locks: of two batches that touch the
   same thing the later one does not bear the earlier time, whichever replica admits it, as far as their clocks agree.

Promised: an event is admitted once, whatever is sent again; the answer to an event is the same whenever it is asked,
because receipts and refusals are stored with what they answer.  A group is admitted whole or not at all.

What can go wrong: the database is full or away: the callers get StorageFull or Unavailable, nothing was admitted, and
the node sends again (`gateway.storage_watch` finds out when there is space).  What the same session had sent behind it
is not admitted either (`Lane`): it would use up higher sequences, and what is sent again would be refused as reused.
The unit of work fails half way: the database rolls back, and the index in memory is built anew from it before the next
batch.  An event trips a fault of ours: its group is tried alone, and if that fails while the database works, it is set
aside with an answer (`gateway.faults`) and the others go on.

Refusals are kept for each author's last ten thousand, so that nobody can fill the disk with them.  An event whose
refusal was forgotten is decided again, and refused again: its sequence is used up.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agreements.domain.shared import Shared
from gateway.answers import Answering, Answers, find_known, joined, refusing
from gateway.domain.batch import Batch, StreamHead, World, split_groups
from gateway.domain.checks import AuthorMark
from gateway.faults import Faults
from gateway.index import SharedIndex
from gateway.pace import Pace
from gateway.storage_watch import StorageWatch
from gateway.store import QUERIES, rows
from gateway.store.lookups import Refusals, author_marks, digest_at, rejected
from gateway.submissions import Lane, Submission
from gateway.tail import Entry, Tail
from gateway.writing import entries_of, write_admission, write_marks, write_refusals
from tongban import errors
from tongban.clock import Clock, Entropy
from tongban.directory import Directory
from tongban.ids import UuidSequence
from tongban.journal.admissions import Admission, make_admission
from tongban.journal.envelopes import Opened
from tongban.lifecycle.engine import Lifecycles
from tongban.storage.base import Database, Transaction
from tongban.storage.batcher import GroupCommit

logger = logging.getLogger(__name__)

PATIENCE = 10.0
"""How long a session waits for room before its node is told to come back later."""

_CACHED_STATES = 4096
_SEEN_BATCHES = 8192


@dataclass(frozen=True, slots=True)
class _Written:
    answers: list[Answers]
    heads: dict[str, int]
    batch: tuple[str, int] | None
    states: dict[tuple[str, bytes], Any]
    entries: list[Entry]


class Admitter:
    """Admits submissions into one database.  `moved` is told the new heads of channels after each commit."""

    def __init__(
        self,
        database: Database,
        *,
        gateway: str,
        epoch: int,
        key_id: str,
        private: Ed25519PrivateKey,
        lifecycles: Lifecycles,
        clock: Clock,
        entropy: Entropy,
        moved: Callable[[dict[str, int]], None],
    ) -> None:
        self._database = database
        self._gateway = gateway
        self.epoch = epoch
        self._key_id = key_id
        self._private = private
        self._lifecycles = lifecycles
        self._clock = clock
        self._ids = UuidSequence(entropy)
        self._moved = moved
        self._index = SharedIndex()
        self.tail = Tail()
        self.recovering = False
        self._states: OrderedDict[tuple[str, bytes], Any] = OrderedDict()
        self._seen: OrderedDict[str, int] = OrderedDict()
        self.pace = Pace(clock)
        self.faults = Faults(database, clock, entropy)
        self.storage = StorageWatch(database)
        self._refusals = Refusals()
        self._commits: GroupCommit[Submission, Answers] = GroupCommit(
            self._commit,
            name="admission",
            max_items=64,
            max_bytes=1 << 20,
            size=lambda submission: submission.weight,
            owner=lambda submission: submission.author,
            urgent=lambda submission: submission.urgent,
            modest=self.pace.is_near_its_due,
        )
        self.queue = self._commits.depth

    @property
    def lifecycles(self) -> Lifecycles:
        """Every collection's folder."""
        return self._lifecycles

    @property
    def directory(self) -> Directory:
        """Who may sign, as of the last commit."""
        return self._index.shared.directory

    @property
    def shared(self) -> Shared:
        """Directory, items and agreements, as admitted so far."""
        return self._index.shared

    async def load(self) -> dict[str, int]:
        """Build the index from the database; the heads of all channels."""

        def work(tx: Transaction) -> dict[str, int]:
            self._index.rebuild(tx, self._lifecycles)
            return _heads(tx)

        return await self._database.run(work, read_only=True)

    async def refresh(self) -> dict[str, int]:
        """Take in what other replicas have admitted since; the heads of all channels."""
        heads = await self._database.run(_heads, read_only=True)
        if not self._index.is_behind(heads):
            return heads

        def work(tx: Transaction) -> dict[str, int]:
            self._index.refresh(tx, self._lifecycles)
            return _heads(tx)

        # As a writer, though it writes nothing: the index is for one thread at a time, and that thread is the writer's.
        return await self._database.run(work)

    def check_recovered(self) -> None:
        """Refuse for now while the gateway gets its history back; see `gateway.recovery`."""
        if self.recovering:
            raise errors.Unavailable(what="网关(正由备份恢复)", what_en="The gateway, which recovers from a backup,")

    async def forget(self) -> None:
        """The database was written past this process's index: build that anew."""
        self._index.stale = True
        await self.refresh()

    async def admit(self, events: list[Opened], lane: Lane | None = None) -> Answers:
        """Admit the events of one author, in their order.  Returns when the answer is durable.

        `lane`: what else of its session came before, and comes after.
        """
        return await self.offer(Submission.of(events, lane if lane is not None else Lane()))

    async def room(self, submission: Submission) -> None:
        """Until there is room for it; Overloaded after a while, StorageFull at once where nothing can be stored."""
        await self._commits.room(submission, PATIENCE)

    def offer(self, submission: Submission) -> Awaitable[Answers]:
        """Hand events in now; the answer is durable when it comes."""
        self.storage.check()
        answers = self._commits.put(submission)
        self.pace.expect(submission.author, submission.weight)
        answers.add_done_callback(lambda _: self.pace.forget(submission.author, submission.weight))
        return answers

    async def close(self) -> None:
        """Answer everything that was taken, then stop."""
        await self._commits.close()
        await self.storage.close()

    async def _commit(self, submissions: list[Submission]) -> list[Answers | Exception]:
        lost = [submission.lane.broken for submission in submissions]
        began = self._clock.monotonic()
        answers = iter(await self._commit_whole([s for s in submissions if not s.lane.broken]))
        self.pace.spent([(s.author, s.weight) for s in submissions], self._clock.monotonic() - began)
        return [errors.Unavailable(what="admission") if is_lost else next(answers) for is_lost in lost]

    async def _commit_whole(self, submissions: list[Submission]) -> list[Answers | Exception]:
        if not submissions:
            return []
        try:
            return list(await self._commit_together([submission.events for submission in submissions]))
        except (errors.TongbanError, asyncio.CancelledError) as error:
            # Said here and not by who waits for the answer: the next batch begins before they wake.
            for submission in submissions:
                submission.lane.broken = True
            if isinstance(error, errors.StorageFull):
                raise self.storage.named(error) from error
            raise
        except Exception:
            # A fault of ours that one submission brings out must not stop those that came with it.
            logger.exception("a batch of %d submissions failed; trying each alone", len(submissions))
        return [await self._commit_alone(submission) for submission in submissions]

    async def _commit_alone(self, submission: Submission) -> Answers | Exception:
        """Group by group; one that fails again is set aside, if the database works, and the others go on."""
        if submission.lane.broken:
            return errors.Unavailable(what="admission")
        found: list[Answers] = []
        try:
            for group in split_groups(submission.events):
                try:
                    found += await self._commit_together([group])
                except errors.TongbanError:
                    raise
                except Exception as error:
                    found.append(refusing(group, await self.faults.set_aside(group, error)))
        except Exception as error:
            submission.lane.broken = True
            return self.storage.named(error)
        return joined(found)

    async def _commit_together(self, submissions: list[list[Opened]]) -> list[Answers]:
        self.check_recovered()
        begun = False

        def work(tx: Transaction) -> _Written:
            nonlocal begun
            if begun:
                # The database runs a unit again after a deadlock; what the first run learned never happened.
                self._index.stale = True
            begun = True
            return self._work(tx, submissions)

        try:
            written = await self._database.run(work)
        except BaseException:
            self._index.stale = True
            raise
        self._states.update(written.states)
        while len(self._states) > _CACHED_STATES:
            self._states.popitem(last=False)
        if written.batch:
            self._seen[written.batch[0]] = written.batch[1]
            if len(self._seen) > _SEEN_BATCHES:
                self._seen.popitem(last=False)
        self.tail.keep(written.entries)
        if written.heads:
            self._moved(written.heads)
        return written.answers

    # Everything below runs within the unit of work.

    def _work(self, tx: Transaction, submissions: Sequence[list[Opened]]) -> _Written:
        events = [opened for submission in submissions for opened in submission]
        self._index.hold(tx, self._lifecycles, [o.event.stream for o in events])
        streams = self._lock_streams(tx, events)
        marks = author_marks(tx, {o.event.author for o in events})
        claimed = {name for name, head in streams.items() if not head.version}
        # Asked under the locks: another replica may have answered the same event while we waited for them.
        known = find_known(tx, events)
        fresh = [o for o in events if o.event.event_id not in known.answers]
        now = self._clock.now()
        batch_id = self._ids.next(now)
        batch = self._batch(tx, fresh, streams, marks, now)
        halves = known.halves(events)
        tried: set[str] = set()
        for submission in submissions:
            for group in split_groups([o for o in submission if o.event.event_id not in known.answers]):
                # A group that repeats an event of this batch is left without it, so that what is new in it is answered.
                if new := [o for o in group if o.event.event_id not in tried]:
                    batch.decide(new, halves.get(new[0].event.group.group_id, frozenset()))
                tried |= {o.event.event_id for o in group}
        admission = self._write(tx, batch, now, batch_id)
        if unopened := sorted(claimed - batch.decided.changed.keys()):
            tx.execute_many(QUERIES.drop_unopened, [{"name": name} for name in unopened])
        answers = Answering(known, batch, admission)
        filled = rows.fill_channels(tx, batch.decided.placed)
        return _Written(
            [answers.of(submission) for submission in submissions],
            filled.heads,
            (batch_id, rows.micros(now)) if admission else None,
            {(name, head.head): head.state for name, head in batch.decided.changed.items()},
            entries_of(filled.places, batch.decided.placed, admission) if admission else [],
        )

    def _batch(
        self,
        tx: Transaction,
        fresh: Sequence[Opened],
        streams: dict[str, StreamHead],
        marks: dict[str, AuthorMark],
        now: dt.datetime,
    ) -> Batch:
        return Batch(
            World(
                now=now,
                epoch=self.epoch,
                streams=streams,
                marks=marks,
                shared=self._index.shared,
                lifecycles=self._lifecycles,
                seen=self._seen_batches(tx, {o.event.seen.batch_id for o in fresh if o.event.HasField("seen")}),
                digest_at=lambda stream, version: digest_at(tx, stream, version),
                rejected_by_digest=lambda digest: rejected(tx, digest),
            )
        )

    def _lock_streams(self, tx: Transaction, events: Sequence[Opened]) -> dict[str, StreamHead]:
        """Every stream that these events touch, locked; a new one is claimed, so that no other replica opens it too."""
        names = {o.event.stream for o in events} | {p.stream for o in events for p in o.event.after}
        found = tx.fetch_all(QUERIES.lock_streams, {"names": json.dumps(sorted(names))})
        if self._database.dialect == "postgres":
            missing = names - {row["name"] for row in found}
            opening = sorted({o.event.stream for o in events if o.event.expected_version == 0} & missing)
            if opening:
                # After the ones that exist, so that two replicas wait for each other in one direction only.
                tx.execute_many(QUERIES.open_stream, [{"name": name, "empty": b""} for name in opening])
                found += tx.fetch_all(QUERIES.lock_streams, {"names": json.dumps(opening)})
        return {row["name"]: self._load(tx, row["name"], row["version"], row["head"]) for row in found}

    def _load(self, tx: Transaction, name: str, version: int, head: bytes) -> StreamHead:
        if version == 0:
            return StreamHead()
        state = self._states.get((name, head))
        if state is None:
            row = tx.fetch_one(QUERIES.get_state, {"name": name})
            state = self._lifecycles.load(name, row["state"]) if row else None
        return StreamHead(version, head, state)

    def _seen_batches(self, tx: Transaction, cited: set[str]) -> dict[str, int]:
        found = {}
        for batch_id in cited:
            micros = self._seen.get(batch_id)
            if micros is None:
                row = tx.fetch_one(QUERIES.get_admission, {"batch_id": batch_id})
                micros = row["admit_time"] if row else None
            if micros is not None:
                found[batch_id] = micros
        return found

    def _write(self, tx: Transaction, batch: Batch, now: dt.datetime, batch_id: str) -> Admission | None:
        write_refusals(tx, batch, now, self._refusals.prune)
        write_marks(tx, batch)
        if not batch.decided.placed:
            return None
        admission = make_admission(
            gateway=self._gateway,
            epoch=self.epoch,
            batch_id=batch_id,
            admit_time=now,
            leaves=[rows.leaf(p) for p in batch.decided.placed],
            key_id=self._key_id,
            private=self._private,
        )
        write_admission(tx, batch, admission, now, batch_id)
        return admission


def _heads(tx: Transaction) -> dict[str, int]:
    return {row["name"]: row["position"] for row in tx.fetch_all(QUERIES.list_channels)}
