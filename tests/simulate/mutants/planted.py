"""The planted bugs: each one a way in which such systems have lost, doubled or mixed up what they were given.

Every entry names what it breaks in the words of the promise that it breaks, the plants that do it, and a seed that is
known to catch it.  `python -m tests.simulate.mutants` looks for such seeds; the tests replay the ones known.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mailroom.domain.scans import post_custody
from tests.simulate.mutants.planting import Edit, Wrapped
from tongban.storage.base import Database, Transaction

FLUSH_SECONDS = 0.05
"""How long after the word the commit follows, where a process speaks too early."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A planted bug."""

    name: str
    breaks: str
    plants: tuple[Edit | Wrapped, ...]
    seed: int | None = None
    """A seed that is known to catch it."""

    @contextlib.contextmanager
    def planted(self) -> Iterator[None]:
        """The project with this bug in it."""
        with contextlib.ExitStack() as stack:
            for plant in self.plants:
                stack.enter_context(plant.planted())
            yield


class _Tried(Exception):
    """Carries the result out of a unit that is rolled back."""

    def __init__(self, result: Any) -> None:
        self.result = result


class _LateDatabase:
    """Answers at once with what a unit would give, and commits it a moment later: a write-behind cache."""

    def __init__(self, database: Database, late: set[asyncio.Task[Any]]) -> None:
        self._database = database
        self._late = late
        self.dialect = database.dialect

    async def run(self, work: Callable[[Transaction], Any], *, read_only: bool = False) -> Any:
        """The result now, the commit later."""
        if read_only:
            return await self._database.run(work, read_only=True)

        def trying(tx: Transaction) -> None:
            raise _Tried(work(tx))

        try:
            await self._database.run(trying)
        except _Tried as tried:
            task = asyncio.get_running_loop().create_task(self._commit(work))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
            return tried.result
        raise AssertionError("a unit that was tried came to no result")

    async def _commit(self, work: Callable[[Transaction], Any]) -> None:
        await asyncio.sleep(FLUSH_SECONDS)
        with contextlib.suppress(Exception):
            await self._database.run(work)


def _writing_behind(function: Callable[..., Any]) -> Callable[..., Any]:
    late: set[asyncio.Task[Any]] = set()

    async def answered_early(self: Any, *args: Any) -> Any:
        database = self._database
        self._database = _LateDatabase(database, late)
        try:
            return await function(self, *args)
        finally:
            self._database = database

    return answered_early


def _acknowledging_early(take: Callable[..., Any]) -> Callable[..., Any]:
    late: set[asyncio.Task[Any]] = set()

    async def acknowledged_early(self: Any, deliveries: Any) -> dict[str, int]:
        async def later() -> None:
            await asyncio.sleep(FLUSH_SECONDS)
            with contextlib.suppress(Exception):
                await take(self, deliveries)

        task = asyncio.get_running_loop().create_task(later())
        late.add(task)
        task.add_done_callback(late.discard)
        return {deliveries.channel: deliveries.deliveries[-1].position}

    return acknowledged_early


def _tail_before_commit(commit: Callable[..., Any]) -> Callable[..., Any]:
    async def delivered_early(self: Any, submissions: Any) -> Any:
        now, batch_id = self._clock.now(), self._ids.next(self._clock.now())

        def trying(tx: Transaction) -> None:
            raise _Tried(self._work(tx, submissions, now, batch_id))

        try:
            await self._database.run(trying)
        except _Tried as tried:
            self.tail.keep(tried.result.entries)
            self._moved(tried.result.heads)
        self._index.stale = True
        await asyncio.sleep(FLUSH_SECONDS)
        return await commit(self, submissions)

    return delivered_early


def _losing_a_cursor(welcomed: Callable[..., Any]) -> Callable[..., Any]:
    async def one_too_far(self: Any, welcome: Any) -> None:
        await welcomed(self, welcome)
        core = self._core
        heads = {cursor.channel: cursor.position for cursor in welcome.heads}
        position = core.cursors.get("mailbox", 0)
        if 0 < position < heads.get("mailbox", 0):
            from nodes.store import QUERIES

            core.cursors["mailbox"] = position + 1
            moved = {"channel": "mailbox", "position": position + 1}
            await core.database.run(lambda tx: tx.execute(QUERIES.put_cursor, moved))

    return one_too_far


def _made_again(receipt: Any) -> Any:
    """Another receipt for the same event, as a gateway makes it that does not keep the first."""
    again = type(receipt)()
    again.CopyFrom(receipt)
    again.leaf_index += 1
    return again


_CHAINED = "(event.expected_version, event.expected_head) != (head.version, head.head)"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "receipt-before-commit",
        "the gateway sends receipts while their commit is still to come",
        (Wrapped("gateway.admission:Admitter._commit_together", _writing_behind),),
    ),
    Mutant(
        "desk-answers-before-commit",
        "a clerk is told that a step is done while its commit is still to come",
        (Wrapped("nodes.journal.recorder:Recorder._commit_together", _writing_behind),),
    ),
    Mutant(
        "cursor-before-commit",
        "a node acknowledges deliveries before they are on its disk",
        (Wrapped("nodes.journal.intake:Intake.take", _acknowledging_early),),
    ),
    Mutant(
        "delivery-before-commit",
        "the gateway delivers from memory what it has not committed",
        (Wrapped("gateway.admission:Admitter._commit_together", _tail_before_commit),),
    ),
    Mutant(
        "lost-cursor",
        "after a reconnect a node's cursor stands one too far, and one delivery is taken for known",
        (Wrapped("nodes.session:NodeSession._welcomed", _losing_a_cursor),),
    ),
    Mutant(
        "known-events-not-looked-up",
        "the gateway does not know again what it has answered before",
        (
            Edit(
                "gateway.answers:find_known",
                "    known = KnownAnswers({}, {})\n",
                "    known = KnownAnswers({}, {})\n    return known\n",
            ),
        ),
    ),
    Mutant(
        "delivered-again-taken-again",
        "a node takes a delivery that comes twice for a new one",
        (
            Edit("nodes.journal.intake:Intake._work", "delivered.position <= position", "False"),
            Edit("nodes.journal.intake:Intake._work", "delivered.position != position + 1", "False"),
        ),
    ),
    Mutant(
        "receipt-without-delivery",
        "an event is receipted and not put into every party's mailbox",
        (
            Edit(
                "gateway.store.rows:fill_channels",
                "        for channel in p.channels:\n            places",
                "        for channel in p.channels if p.version != 4 else p.channels[:1]:\n            places",
            ),
        ),
    ),
    Mutant(
        "head-not-compared",
        "a step that was decided on another history of the same length is admitted",
        (Edit("gateway.domain.batch:Batch._place", _CHAINED, "event.expected_version != head.version"),),
    ),
    Mutant(
        "version-not-compared",
        "a step that was decided on an older version is admitted",
        (Edit("gateway.domain.batch:Batch._place", _CHAINED, "event.expected_version > head.version"),),
    ),
    Mutant(
        "after-not-checked",
        "an event is admitted before those that it names as its causes",
        (
            Edit(
                "gateway.domain.batch:Batch._check_after",
                "        head = self._head(position.stream)\n",
                "        return\n        head = self._head(position.stream)\n",
            ),
        ),
    ),
    Mutant(
        "receipt-made-again",
        "asked again, the gateway makes another receipt instead of giving the stored one",
        (
            Edit(
                "gateway.answers:find_known",
                'Outcome(event_id=row["event_id"], receipt=receipt)',
                'Outcome(event_id=row["event_id"], receipt=made_again(receipt))',
                (("made_again", _made_again),),
            ),
        ),
    ),
    Mutant(
        "group-in-part",
        "of an atomic group, what comes before the refused event is admitted",
        (
            Edit(
                "gateway.domain.batch:Batch.decide",
                "        for each in placed:\n            del self._digests[each.opened.event.stream, each.version]\n",
                "        self.decided.placed.extend(placed)\n"
                "        for each in placed:\n"
                "            head = self._overlay[each.opened.event.stream]\n"
                "            self._world.streams[each.opened.event.stream] = head\n"
                "            self.decided.changed[each.opened.event.stream] = head\n",
            ),
            Edit(
                "gateway.domain.batch:Batch.decide",
                "for index, opened in enumerate(group):",
                "for index, opened in list(enumerate(group))[culprit:]:",
            ),
        ),
    ),
    Mutant(
        "group-cut",
        "a node sends an atomic group in pieces, and the gateway admits the pieces",
        (
            Edit("nodes.session:NodeSession._waiting_events", "return found[:whole]", "return found[:1]"),
            Edit("gateway.domain.batch:_check_group", "    first = group[0].event\n", "    return\n    first = None\n"),
        ),
    ),
    Mutant(
        "late-dispatch-moves-custody",
        "a dispatch scan by who no longer holds the parcel moves it all the same",
        (
            Edit(
                "mailroom.domain.scans:_dispatch_wins",
                "    if held.post.node != event.author:\n        return False\n    return",
                "    return True or",
            ),
        ),
    ),
    Mutant(
        "carriers-word-moves-custody",
        "a carrier says that a parcel is delivered, and the addressee holds it without a scan",
        (
            Edit(
                "mailroom.domain.transit:observe",
                "    _read_off(state)",
                "    state.custody.CopyFrom(post_custody(step.event, state.destination))",
                (("post_custody", post_custody),),
            ),
        ),
    ),
    Mutant(
        "role-not-checked",
        "who has not the role of a step makes it all the same",
        (Edit("tongban.lifecycle.engine:_check_role", "lifecycle_pb2.ROLE_ANY in rule.roles", "rule.roles"),),
    ),
    Mutant(
        "refusal-without-task",
        "a refused step is marked and nobody is told",
        (
            Edit(
                "nodes.journal.refusals:Refusals._work",
                '            tx.execute(QUERIES.insert_task, self._task(outcome, row["stream"], now))\n',
                "",
            ),
        ),
    ),
    Mutant(
        "refusal-dropped",
        "a refused step stays as if it had been answered",
        (
            Edit(
                "nodes.journal.refusals:Refusals._work",
                "            if not marked:\n",
                '            tx.execute(QUERIES.fold_parked, {"event_id": outcome.event_id})\n            if marked:\n',
            ),
        ),
    ),
    Mutant(
        "waiting-not-sent-again",
        "after a reconnect a node does not send again what was under way",
        (
            Edit(
                "nodes.session:NodeSession._submit",
                "        after = 0\n",
                '        after = getattr(self._core, "sent", 0)\n',
            ),
            Edit(
                "nodes.session:NodeSession._submit",
                "            after = events[-1][0]\n",
                "            after = self._core.sent = events[-1][0]\n",
            ),
        ),
    ),
    Mutant(
        "parked-not-tried-again",
        "a parked stream stays parked when what it waited for has come",
        (
            Edit(
                "nodes.journal.intake:Intake.retry_parked",
                "        now = self._clock.now()\n",
                "        return\n        now = self._clock.now()\n",
            ),
        ),
    ),
    Mutant(
        "sequence-reuse-not-noticed",
        "a node is put back from a backup, uses its sequences again, and nobody notices",
        (
            Edit("nodes.recovery:mark_restored", "    row = tx.fetch_one", "    return 1\n    row = tx.fetch_one"),
            Edit("gateway.domain.checks:check_sequence", "if mark is None:", "if mark is None or mark:"),
            Edit(
                "nodes.session:NodeSession._welcomed",
                "welcome.last_sequence > core.position.sequence or welcome.incarnation > core.position.incarnation",
                "False",
            ),
        ),
    ),
    Mutant(
        "epoch-not-compared",
        "the gateway is put back from a backup, and neither it nor a node notices",
        (
            Edit("gateway.epochs:is_recovering", "    row = tx.fetch_one", "    return False\n    row = tx.fetch_one"),
            Edit("gateway.recovery:Recovery.asks", "return self.active or", "return False and"),
            Edit("gateway.session:Session._ahead", "        epoch = self", "        return None\n        epoch = self"),
            Edit("nodes.session:NodeSession._welcomed", "core.epoch and welcome.epoch != core.epoch", "False"),
        ),
    ),
)
