"""The planted bugs: each one a way in which such systems have lost, doubled or mixed up what they were given.

Every entry names what it breaks in the words of the promise that it breaks, the plants that do it, and a seed that is
known to catch it.  `python -m tests.simulate.mutants` looks for such seeds; the tests replay the ones known.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from mailroom.domain.scans import post_custody
from tests.simulate.mutants.misbehaviour import (
    acknowledging_early,
    losing_a_cursor,
    made_again,
    tail_before_commit,
    writing_behind,
)
from tests.simulate.mutants.planting import Edit, Wrapped


@dataclass(frozen=True, slots=True)
class Mutant:
    """A planted bug."""

    name: str
    breaks: str
    plants: tuple[Edit | Wrapped, ...]
    faults: tuple[str, ...] = ()
    """Kinds of fault that bring it out, which a drill favours."""
    seed: int = 0
    """The seed of a drill that was seen to catch it."""
    of_replicas: bool = False
    """Only two replicas can show it, so its drills have two."""
    of_mail: bool = False
    """Only mailrooms on hard days can show it, so its drills have them."""

    @contextlib.contextmanager
    def planted(self) -> Iterator[None]:
        """The project with this bug in it."""
        with contextlib.ExitStack() as stack:
            for plant in self.plants:
                stack.enter_context(plant.planted())
            yield


_CHAINED = "(event.expected_version, event.expected_head) != (head.version, head.head)"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "receipt-before-commit",
        "the gateway sends receipts while their commit is still to come",
        (Wrapped("gateway.admission:Admitter._commit_together", writing_behind),),
    ),
    Mutant(
        "desk-answers-before-commit",
        "a clerk is told that a step is done while its commit is still to come",
        (Wrapped("nodes.journal.recorder:Recorder._commit_together", writing_behind),),
    ),
    Mutant(
        "cursor-before-commit",
        "a node acknowledges deliveries before they are on its disk",
        (Wrapped("nodes.journal.intake:Intake.take", acknowledging_early),),
    ),
    Mutant(
        "delivery-before-commit",
        "the gateway delivers from memory what it has not committed",
        (Wrapped("gateway.admission:Admitter._commit_together", tail_before_commit),),
    ),
    Mutant(
        "lost-cursor",
        "after a reconnect a node's cursor stands one too far, and one delivery is taken for known",
        (Wrapped("nodes.session:NodeSession._welcomed", losing_a_cursor),),
        faults=("line cut", "killed"),
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
        faults=("line cut", "killed"),
        seed=3,
    ),
    Mutant(
        "delivered-again-taken-again",
        "a node takes a delivery that comes twice for a new one",
        (
            Edit("nodes.journal.intake:Intake._work", "delivered.position <= position", "False"),
            Edit("nodes.journal.intake:Intake._work", "delivered.position != position + 1", "False"),
            Edit("nodes.journal.intake:Intake._work", "delivered.leaf.version <= stream.version", "False"),
        ),
        faults=("frames doubled", "frames from before"),
        seed=1,
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
        faults=("bit flipped",),
    ),
    Mutant(
        "version-not-compared",
        "a step that was decided on an older version is admitted",
        (Edit("gateway.domain.batch:Batch._place", _CHAINED, "event.expected_version > head.version"),),
        faults=("did not wait", "line cut"),
        seed=6,
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
        faults=("did not wait", "line cut"),
        seed=9,
    ),
    Mutant(
        "receipt-made-again",
        "asked again, the gateway makes another receipt instead of giving the stored one",
        (
            Edit(
                "gateway.answers:find_known",
                'Outcome(event_id=row["event_id"], receipt=receipt)',
                'Outcome(event_id=row["event_id"], receipt=made_again(receipt))',
                (("made_again", made_again),),
            ),
        ),
        faults=("line cut", "killed"),
        seed=3,
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
        faults=("scanned again", "carrier's word", "line cut"),
    ),
    Mutant(
        "group-cut",
        "a node sends an atomic group in pieces, and the gateway admits the pieces",
        (
            Edit("nodes.session:NodeSession._waiting_events", "return outgoing.ready", "return outgoing.ready[:1]"),
            Edit("gateway.domain.batch:_check_group", "    first = group[0].event\n", "    return\n    first = None\n"),
        ),
        faults=("line cut", "frames delayed"),
    ),
    Mutant(
        "late-dispatch-moves-custody",
        "a dispatch scan by who no longer holds the parcel moves it all the same",
        (
            Edit(
                "mailroom.domain.scans:_dispatch_wins",
                "    if held.post.node != event.author:\n        return False\n"
                "    later = moment(event.claim_time) >= _last_seen(state)\n",
                "    later = True\n",
            ),
        ),
        faults=("scanned again",),
        seed=1,
    ),
    Mutant(
        "carriers-word-moves-custody",
        "a carrier says that a parcel is delivered, and the addressee holds it without a scan",
        (
            Edit(
                "mailroom.domain.transit:observe",
                "    read_off(state)",
                "    state.custody.CopyFrom(post_custody(step.event, state.destination))",
                (("post_custody", post_custody),),
            ),
        ),
        faults=("carrier's word",),
    ),
    Mutant(
        "role-not-checked",
        "who has not the role of a step makes it all the same",
        (Edit("tongban.lifecycle.engine:_check_role", "lifecycle_pb2.ROLE_ANY in rule.roles", "rule.roles"),),
        faults=("overstepped",),
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
        faults=("did not wait", "line cut"),
        seed=6,
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
        faults=("did not wait", "line cut"),
        seed=6,
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
        faults=("line cut", "killed"),
        seed=2,
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
        faults=("keys rotated",),
    ),
    Mutant(
        "sequence-reuse-not-noticed",
        "a node is put back from a backup, uses its sequences again, and nobody notices",
        (
            Edit("nodes.recovery:mark_restored", "    row = tx.fetch_one", "    return 1\n    row = tx.fetch_one"),
            Edit("gateway.domain.checks:check_sequence", "if mark is None:", "if mark is None or mark:"),
            Edit("gateway.session:Session._welcome", '"" if hello.with_own_events else self._peer', '""'),
            Edit(
                "nodes.session:NodeSession._welcomed",
                "welcome.last_sequence > core.position.sequence or welcome.incarnation > core.position.incarnation",
                "False",
            ),
        ),
        faults=("node restored",),
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
        faults=("gateway restored",),
    ),
    Mutant(
        "other-replica-not-heard",
        "a replica does not hear of what the other one has admitted for the nodes that it serves",
        (Edit("gateway.core:GatewayCore.refresh", "self.moved(", "dict("),),
        of_replicas=True,
    ),
    Mutant(
        "known-asked-before-the-locks",
        "a replica looks for what was answered before, and waits for its rows while the other one answers it",
        (
            Edit(
                "gateway.admission:Admitter._work",
                "        streams = self._lock_streams(tx, events)\n",
                "        asked = find_known(tx, events)\n        streams = self._lock_streams(tx, events)\n",
            ),
            Edit("gateway.admission:Admitter._work", "known = find_known(tx, events)", "known = asked"),
        ),
        faults=("replica half dead", "replica held up"),
        of_replicas=True,
    ),
)
