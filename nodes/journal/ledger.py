"""The ledger beside the chains of custody: what is asked of many originals at once, laid out as it happens.

Chains are kept by original, which answers where one is.  A day's ledger and a month's figures ask by post and by time,
so three tables are written along with what they follow from, in the same unit of work:

    stays      a row for each row of a chain, with the span for which it stands (mailroom.domain.ledger)
    openings   a row for each parcel that was opened
    legs       a row for each leg that was scanned, as its parcel stands (mailroom.domain.statistics)

Promised: they say nothing that the chains, the events and the parcels' states do not, and `tongban node fsck` compares
the stays with the chains.  A new row of a chain that claims an earlier time than the one before it shortens the stays
that it overtakes; otherwise a stay is written once and gets its end when the next one begins.

A database from before these tables is laid out once, in pages, before the node does anything else (`fill`).  A process
that is killed meanwhile begins again at its next start, and finds what is there already.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mailroom.domain.custody import Move
from mailroom.domain.ledger import FOR_EVER, Hand, Stay, claimed, stays
from mailroom.domain.statistics import LegFacts, leg_facts
from nodes.journal.streams import event_of
from nodes.store import LEDGER, QUERIES
from tongban.storage.base import Database, Row, Transaction
from tongban.v1 import event_pb2, parcel_pb2

logger = logging.getLogger(__name__)

UNFILLED: Final = "ledger_unfilled"
"""The setting that a migration leaves where rows were recorded before there was a ledger."""

_SAYS_NOTHING: Final = frozenset(
    {"parcel_reconciled", "parcel_held", "parcel_collected", "trace_requested", "trace_answered"}
)
"""Events that change nothing of what is counted of a leg."""

_ROWS: Final = 20_000
"""Rows of chains in a page: more than the longest chain has."""
_PARCELS: Final = 500


def append(tx: Transaction, move: Move) -> None:
    """Lay out a new row of a chain."""
    since = claimed(move.custody)
    tx.execute(LEDGER.overtake_stays, {"original": move.original, "time": since})
    row = _stay_row(move.original, Stay(0, since, FOR_EVER, Hand.of(move.custody), "", ""))
    del row["place"]
    row |= {"event_id": move.custody.event_id, "stream": move.custody.stream}
    tx.execute(LEDGER.append_stay, row)


@dataclass(frozen=True, slots=True)
class Noted:
    """What an event says of its parcel's legs, and that it was opened."""

    legs: Sequence[LegFacts] = ()
    opening: Mapping[str, object] | None = None


def noted(state: Any, event: event_pb2.Event) -> Noted:
    """What a confirmed event on a parcel's stream leaves in the ledger; nothing is written."""
    if not isinstance(state, parcel_pb2.Parcel) or event.WhichOneof("body") in _SAYS_NOTHING:
        return Noted()
    return Noted(leg_facts(state), _opening_row(state, event) if event.HasField("parcel_opened") else None)


def note(tx: Transaction, found: Noted) -> None:
    """Write that."""
    if found.legs:
        tx.execute_many(LEDGER.put_leg, [_leg_row(leg) for leg in found.legs])
    if found.opening is not None:
        tx.execute(LEDGER.put_opening, found.opening)


def facts_of(row: Row) -> LegFacts:
    """A leg as it is counted."""
    return LegFacts(
        parcel=row["parcel"],
        number=row["number"],
        origin=row["origin"],
        destination=row["destination"],
        carrier=row["carrier"],
        sent=row["sent_time"],
        arrived=row["arrive_time"],
        due=row["due_time"],
        late=bool(row["late"]),
        suspected=bool(row["suspected"]),
        lost=bool(row["lost"]),
        discrepancy=bool(row["discrepancy"]),
        one_sided=bool(row["one_sided"]),
        cost_fen=row["cost_fen"],
        timed=bool(row["timed"]),
    )


async def fill(database: Database) -> None:
    """Lay out what was recorded before there was a ledger."""
    logger.info("laying out what was recorded before there was a ledger; the node starts when that is done")
    after, laid_out = "", 0
    while page := await database.run(lambda tx, after=after: _fill_chains(tx, after)):  # type: ignore[misc]
        after, rows = page
        laid_out += rows
    after = "parcels/"
    while last := await database.run(lambda tx, after=after: _fill_parcels(tx, after)):  # type: ignore[misc]
        after = last
    await database.run(lambda tx: tx.execute(QUERIES.drop_setting, {"key": UNFILLED}))
    logger.info("the ledger of %d rows of custody was laid out", laid_out)


def _fill_chains(tx: Transaction, after: str) -> tuple[str, int] | None:
    rows = tx.fetch_all(LEDGER.list_chains, {"after": after, "size": _ROWS})
    chains = [
        (original, [parcel_pb2.Custody.FromString(row["custody"]) for row in found])
        for original, found in itertools.groupby(rows, key=lambda row: str(row["original"]))
    ]
    if len(rows) == _ROWS and len(chains) > 1:
        del chains[-1]  # its end may lie on the next page
    if not chains:
        return None
    made = [_stay_row(original, stay) for original, chain in chains for stay in stays(chain)]
    tx.execute_many(LEDGER.insert_stay, made)
    return chains[-1][0], len(made)


def _fill_parcels(tx: Transaction, after: str) -> str | None:
    rows = tx.fetch_all(LEDGER.list_parcel_states, {"after": after, "size": _PARCELS})
    if not rows:
        return None
    states = {row["name"]: parcel_pb2.Parcel.FromString(row["state"]) for row in rows}
    legs = [_leg_row(leg) for state in states.values() for leg in leg_facts(state)]
    span = {"first": rows[0]["name"], "last": rows[-1]["name"]}
    openings = [
        _opening_row(states[event.stream], event)
        for event in (event_of(row["envelope"]) for row in tx.stream(LEDGER.list_folded_between, span))
        if event.HasField("parcel_opened") and event.stream in states
    ]
    for query, made in ((LEDGER.put_leg, legs), (LEDGER.put_opening, openings)):
        if made:
            tx.execute_many(query, made)
    return str(rows[-1]["name"])


def _stay_row(original: str, stay: Stay) -> dict[str, object]:
    return {
        "original": original,
        "place": stay.place,
        "begin_time": stay.begin,
        "end_time": stay.end,
        "kind": stay.hand.kind,
        "node": stay.hand.node,
        "post": stay.hand.post,
        "leg": stay.hand.leg,
        "event_id": stay.event_id,
        "stream": stay.stream,
    }


def _opening_row(state: parcel_pb2.Parcel, event: event_pb2.Event) -> dict[str, object]:
    """At the author's post where the parcel lies, or the last of its posts that took it in."""
    at = [leg.intake.post for leg in state.legs if leg.intake.post.node == event.author]
    here = [state.custody.post] if state.custody.post.node == event.author else at
    return {
        "event_id": event.event_id,
        "parcel": state.name,
        "node": event.author,
        "post": here[-1].post if here else "",
        "open_time": event.claim_time.ToMicroseconds(),
        "seals_intact": int(event.parcel_opened.seals_intact),
    }


def _leg_row(leg: LegFacts) -> dict[str, object]:
    return {
        "parcel": leg.parcel,
        "number": leg.number,
        "origin": leg.origin,
        "destination": leg.destination,
        "carrier": leg.carrier,
        "sent_time": leg.sent,
        "arrive_time": leg.arrived,
        "due_time": leg.due,
        "late": int(leg.late),
        "suspected": int(leg.suspected),
        "lost": int(leg.lost),
        "discrepancy": int(leg.discrepancy),
        "one_sided": int(leg.one_sided),
        "timed": int(leg.timed),
        "cost_fen": leg.cost_fen,
    }


def stay_rows(original: str, chain: Sequence[parcel_pb2.Custody]) -> list[dict[str, object]]:
    """The rows of a whole chain, for whoever compares or builds many."""
    return [_stay_row(original, stay) for stay in stays(chain)]
