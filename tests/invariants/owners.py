"""Nothing waits without an owner: applications, refused steps, parked streams, parcels, what is wrong with them.

Every state of an application that is not its last has one node whose turn it is, which lists it at its desk, and a time
by which the turn is due: the law's or the clause's working days from the step that made it its turn.  A refused step
has a task with an owner, a parked stream its reason, and what waits for the line is sent with every session anew, at
the latest `LONGEST_WAIT` after the gateway answers again.  What is wrong with a parcel has an owner that is registered
and a deadline, and every node that knows as much lists just that.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mailroom.domain.cases import open_cases
from mailroom.domain.parcels import ParcelFolder
from tests.invariants.books import NodeBooks
from tests.invariants.breach import Counts, hold
from tests.invariants.delivery import REFUSED
from tests.invariants.journal import Journal
from tongban.lifecycle.table import RULES, STATES, state_name
from tongban.v1 import application_pb2, lifecycle_pb2, parcel_pb2

OWNED, TASK, EARLY = "an owner and a next time", "a task for every refusal", "no early intake left"
CASES, PARTY = "open cases are listed", "a party owns what is open, until a time"

_S, _R = lifecycle_pb2, lifecycle_pb2
TURNS: Mapping[int, tuple[int, int]] = MappingProxyType(
    {
        _S.APPLICATION_STATE_SUBMITTED: (_R.ROLE_DECIDER, 5),
        _S.APPLICATION_STATE_ACCEPTED: (_R.ROLE_DECIDER, 0),
        _S.APPLICATION_STATE_NOT_ACCEPTED: (_R.ROLE_DECIDER, 10),
        _S.APPLICATION_STATE_CORRECTION_REQUIRED: (_R.ROLE_ACCEPTING, 30),
        _S.APPLICATION_STATE_IN_REVIEW: (_R.ROLE_DECIDER, 0),
        _S.APPLICATION_STATE_SUSPENDED: (_R.ROLE_DECIDER, 60),
        _S.APPLICATION_STATE_APPROVED: (_R.ROLE_DECIDER, 10),
        _S.APPLICATION_STATE_REFUSED: (_R.ROLE_DECIDER, 10),
        _S.APPLICATION_STATE_RESULT_ISSUED: (_R.ROLE_COLLECTING, 10),
        _S.APPLICATION_STATE_READY_FOR_COLLECTION: (_R.ROLE_COLLECTING, 90),
        _S.APPLICATION_STATE_COLLECTED: (_R.ROLE_DECIDER, 10),
        _S.APPLICATION_STATE_WITHDRAWN: (_R.ROLE_DECIDER, 10),
        _S.APPLICATION_STATE_TERMINATED: (_R.ROLE_DECIDER, 10),
        _S.APPLICATION_STATE_LAPSED: (_R.ROLE_DECIDER, 10),
    }
)
"""Whose turn it is in each state, and within how many working days; 0: those that the clause or the item promises."""

DEFAULT_DAYS = 20
"""Where neither clause nor item promises anything: the licensing law's limit for a decision."""

FINAL = frozenset({lifecycle_pb2.APPLICATION_STATE_CLOSED})


def check_table() -> None:
    """Every state of the contract but the last has a turn, and whose turn it is has a move to make."""
    states = {value.number for value in STATES["applications"].values if value.number}
    hold(states == TURNS.keys() | FINAL, OWNED, "a state of the contract has no turn")
    for state, (role, _) in TURNS.items():
        moves = [r for r in RULES.values() if r.collection == "applications" and state in r.from_states]
        able = any(role in move.roles and move.to_state not in (0, state) for move in moves)
        hold(able, OWNED, f"in {state_name('applications', state)} it is the turn of one who has no move")


def whose_turn(state: application_pb2.Application) -> tuple[str, int, int] | None:
    """The node whose turn it is, under which role, and in how many working days; None for what is closed."""
    if state.state in FINAL:
        return None
    role, days = TURNS[state.state]
    route = state.route
    held: dict[int, str] = {
        lifecycle_pb2.ROLE_ACCEPTING: route.accepting,
        lifecycle_pb2.ROLE_DECIDER: route.decider,
        lifecycle_pb2.ROLE_COLLECTING: route.collecting,
    }
    return held[role], role, days or state.promised_working_days or DEFAULT_DAYS


def check_owners(journal: Journal, nodes: Mapping[str, NodeBooks], counts: Counts, *, settled: bool) -> None:
    """Everything that waits, in the journal and at every node."""
    check_table()
    registered = {stream for stream in journal.books.streams if stream.startswith("nodes/")}
    for stream, folded in journal.folded.items():
        if stream.startswith("applications/"):
            counts["applications"] += 1
            _check_application(stream, folded.states[-1], registered, nodes, settled)
        elif stream.startswith("parcels/"):
            counts["cases"] += _check_cases(stream, folded.states[-1], registered, nodes, settled)
    for node in nodes.values():
        _check_refusals(journal, node)
        counts["refused_with_task"] += len(node.tasks)
        if settled:
            # What a wrong post has told of a parcel that nobody knows is no stream yet.
            known = [p for p in node.early_intakes if p in node.streams and node.streams[p]["version"]]
            hold(not known, EARLY, f"{known} are known here, and their scans still wait", node=node.name)


def _check_application(
    stream: str,
    state: application_pb2.Application,
    registered: set[str],
    nodes: Mapping[str, NodeBooks],
    settled: bool,
) -> None:
    turn = whose_turn(state)
    if turn is None:
        return
    owner, role, days = turn
    hold(owner in registered and days > 0, OWNED, f"it is {owner}'s turn, in {days} days", stream=stream)
    books = nodes.get(owner)
    if books is not None and settled:
        listed = books.roles.get((stream, role, owner))
        hold(
            listed == state.state,
            OWNED,
            f"its owner lists it as {listed}, not {state.state}",
            stream=stream,
            node=owner,
        )


def _check_cases(
    stream: str, state: parcel_pb2.Parcel, registered: set[str], nodes: Mapping[str, NodeBooks], settled: bool
) -> int:
    wanted = set()
    parties = ParcelFolder().parties(state)
    for raised in state.exceptions:
        if not raised.HasField("resolve_time"):
            what = f"{raised.code} is {raised.owner or 'nobody'}'s"
            hold(raised.owner in parties and raised.HasField("deadline_time"), PARTY, what, stream=stream)
    for case in open_cases(state):
        hold(case.owner in registered, OWNED, f"{case.code} is {case.owner}'s", stream=stream)
        wanted.add((case.code, case.subject, case.owner, round(case.deadline.timestamp() * 1_000_000)))
    for node in nodes.values():
        row = node.streams.get(stream)
        if settled and row is not None and row["version"] == row["predicted_version"] == state.version:
            hold(node.cases.get(stream, set()) == wanted, CASES, f"{wanted} are open", stream=stream, node=node.name)
    return len(wanted)


def _check_refusals(journal: Journal, node: NodeBooks) -> None:
    for event_id, row in node.events.items():
        where: dict[str, object] = {"node": node.name, "stream": row["stream"], "event": event_id}
        if row["standing"] == REFUSED:
            task = node.tasks.get(event_id)
            hold(task is not None, TASK, "refused, and nobody has a task", **where)
            assert task is not None
            hold(bool(task["owner"]) and task["create_time"] > 0, TASK, "its task has no owner or no time", **where)
