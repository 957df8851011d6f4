"""Events that tripped a fault of ours: each gets a number, an answer and a line on the operator's list.

An event that no rule refuses and the program cannot handle must not hold up its author: unanswered, it would come
again with every session and end it.  It is answered with `InternalFault` and set aside.  That answer is not kept as
the event's answer: what comes again is decided again, by a program that may have been mended meanwhile.  The author's
node marks the step and gives its supervisor a task with the number; the operator finds the number here and in the log.

The list is bounded, and holds nothing of the event's content: who sent it, its stream and id, and where in the program
it broke.
"""

from __future__ import annotations

import contextlib
import logging
import traceback
from collections import OrderedDict, deque
from collections.abc import Sequence
from pathlib import Path

from gateway.store import QUERIES
from tongban import errors
from tongban.clock import Clock, Entropy
from tongban.journal.envelopes import Opened
from tongban.rpc.guard import incident_number
from tongban.storage.base import Database, Row, Transaction

logger = logging.getLogger(__name__)

WHO = "网关 (the gateway)"
KEPT = 1000
_REMEMBERED = 1024


class Faults:
    """The faults that one gateway has met."""

    def __init__(self, database: Database, clock: Clock, entropy: Entropy) -> None:
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._incidents: OrderedDict[str, str] = OrderedDict()
        self._unwritten: deque[dict[str, object]] = deque(maxlen=KEPT)

    def meet(self, error: Exception, author: str, opened: Opened | None) -> errors.InternalFault:
        """Number and log a fault; the answer to the event that tripped it."""
        event_id = opened.event.event_id if opened is not None else ""
        incident = self._incidents.get(event_id) or incident_number(self._entropy)
        stream = opened.event.stream if opened is not None else ""
        logger.error("event %s of %s set aside, incident %s", event_id, author, incident, exc_info=error)
        if event_id:
            self._incidents[event_id] = incident
            if len(self._incidents) > _REMEMBERED:
                self._incidents.popitem(last=False)
        self._unwritten.append(
            {
                "event_id": event_id or incident,
                "author": author,
                "stream": stream,
                "incident": incident,
                "problem": _place(error),
                "fault_time": round(self._clock.now().timestamp() * 1_000_000),
            }
        )
        return errors.InternalFault(what=WHO, incident=incident)

    async def set_aside(self, group: Sequence[Opened], error: Exception) -> list[errors.TongbanError]:
        """Put a group that cannot be admitted on the list; the answers to its events, once that is on disk."""
        answers: list[errors.TongbanError] = [self.meet(error, each.event.author, each) for each in group]
        await self.write()
        return answers

    async def write(self) -> None:
        """Write down what was met."""
        rows, self._unwritten = list(self._unwritten), deque(maxlen=KEPT)
        if not rows:
            return

        def work(tx: Transaction) -> None:
            tx.execute_many(QUERIES.put_fault, rows)
            tx.execute(QUERIES.prune_faults, {"keep": KEPT})

        try:
            await self._database.run(work)
        except BaseException:
            self._unwritten.extendleft(reversed(rows))
            raise

    async def write_soon(self) -> None:
        """Write down what was met, if the database is there; what is in the log need not stop an answer."""
        if self._unwritten:
            with contextlib.suppress(errors.TongbanError):
                await self.write()

    async def listed(self, size: int = KEPT) -> list[Row]:
        """What the operator should look into, the newest first."""
        return await self._database.run(lambda tx: tx.fetch_all(QUERIES.list_faults, {"size": size}), read_only=True)


def _place(error: Exception) -> str:
    """The kind of a fault and where it broke.  Never its text: that may quote what it was given."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"
