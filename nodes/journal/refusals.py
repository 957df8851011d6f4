"""Refusals from the gateway: the step is marked, the prediction made anew, and a person gets a task."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nodes.journal.streams import TRIALS, StreamCache, Streams, collection_of
from nodes.store import QUERIES
from tongban import errors
from tongban.clock import Clock
from tongban.lifecycle.engine import Lifecycles
from tongban.rejections import to_rejection
from tongban.storage.base import Database, Transaction
from tongban.v1 import envelope_pb2


class Refusals:
    """Takes refusals into one database.  `refused` is told the streams that changed, after the commit."""

    def __init__(
        self,
        database: Database,
        *,
        lifecycles: Lifecycles,
        cache: StreamCache,
        clock: Clock,
        refused: Callable[[list[str]], None],
    ) -> None:
        self._database = database
        self._lifecycles = lifecycles
        self._cache = cache
        self._clock = clock
        self._refused = refused

    async def take(self, outcomes: Sequence[envelope_pb2.Outcome]) -> None:
        """Take the refusals among these outcomes in; returns when they are on disk."""
        rejected = [o for o in outcomes if o.HasField("rejection")]
        if rejected:
            now = round(self._clock.now().timestamp() * 1_000_000)
            self._refused(await self._database.run(lambda tx: self._work(tx, rejected, now)))

    async def set_aside(self, event_ids: Sequence[str]) -> None:
        """Own waiting events that this node's disk has spoiled: they are not sent, and each is a person's task."""
        fault = [to_rejection(errors.Damaged(what=f"待上传的记录 {e} / waiting record {e}")) for e in event_ids]
        await self.take([envelope_pb2.Outcome(event_id=e, rejection=r) for e, r in zip(event_ids, fault, strict=True)])

    def _work(self, tx: Transaction, rejected: Sequence[envelope_pb2.Outcome], now: int) -> list[str]:
        streams = Streams(tx, self._lifecycles, self._cache, now)
        touched: set[str] = set()
        for outcome in rejected:
            marked = tx.execute(
                QUERIES.refuse_event,
                {"event_id": outcome.event_id, "rejection": outcome.rejection.SerializeToString()},
            )
            if not marked:
                continue
            row = tx.fetch_one(QUERIES.get_event_stream, {"event_id": outcome.event_id})
            assert row is not None
            touched.add(row["stream"])
            tx.execute(QUERIES.insert_task, self._task(outcome, row["stream"], now))
            state = streams.get(row["stream"]).predicted
            if collection_of(row["stream"], state) == TRIALS:
                # Whoever runs the trial is told by its failing step; it is nobody's work.
                tx.execute(QUERIES.finish_task, {"task_id": outcome.event_id, "done_time": now})
        for name in sorted(touched):
            streams.predict_anew(streams.get(name))
        return streams.write()

    def _task(self, outcome: envelope_pb2.Outcome, stream: str, now: int) -> dict[str, object]:
        rejection = outcome.rejection
        return {
            "task_id": outcome.event_id,
            "stream": stream,
            "event_id": outcome.event_id,
            "reason": rejection.reason,
            "message_zh": rejection.message_zh,
            "message_en": rejection.message_en,
            "owner": "supervisor",
            "create_time": now,
        }
