"""Paper: every original in exactly one pair of hands, and out of them only by those who held it.

Three readings must agree.  The chain that each node has stored; the chain that the journal gives when its events are
taken in the order of the node's mailbox; and a table, below, of who may sign which change of hands, which asks none of
the code that moves custody.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mailroom.domain.custody import CustodyLedger, holder
from mailroom.domain.numbers import is_original, original_name
from mailroom.domain.parcels import originals
from mailroom.domain.scans import HELD_SINGLY
from mailroom.domain.silence import silent_moves
from tests.invariants.books import NodeBooks
from tests.invariants.breach import Counts, broken, hold
from tests.invariants.journal import Journal
from tongban.v1 import event_pb2, parcel_pb2, types_pb2

HANDS, ONE_HOLDER, SAME_CHAIN = "moved by who held it", "one holder", "custody equal"
SILENT = "no silent move"

_POST, _LEG = parcel_pb2.HOLDER_KIND_POST, parcel_pb2.HOLDER_KIND_LEG
_APPLICANT, _MISSING = parcel_pb2.HOLDER_KIND_APPLICANT, parcel_pb2.HOLDER_KIND_MISSING
_VOIDED = parcel_pb2.HOLDER_KIND_VOIDED

GIVER, TAKER = "giver", "taker"
"""Whose signature a change of hands needs: the node that held it, or the node that holds it now."""

CHANGES: Mapping[tuple[int, int], Mapping[str, str]] = MappingProxyType(
    {
        (0, _POST): {
            "application_submitted": TAKER,
            "correction_supplied": TAKER,
            "result_issued": TAKER,
            "result_printed": TAKER,
            "result_ready": TAKER,
            "certificate_surrendered": TAKER,
            "parcel_packed": TAKER,
        },
        (_POST, _POST): {
            "parcel_packed": GIVER,
            "parcel_taken_in": TAKER,
            "parcel_held": GIVER,
            "result_ready": GIVER,
            "result_unclaimed": GIVER,
            "items_checked": GIVER,
            "parcel_reconciled": GIVER,
        },
        (_POST, _LEG): {"parcel_dispatched": GIVER},
        (_LEG, _POST): {"parcel_taken_in": TAKER},
        (_POST, _APPLICANT): {"result_collected": GIVER, "originals_returned": GIVER, "parcel_collected": GIVER},
        (_POST, _VOIDED): {"original_voided": GIVER},
        (_POST, _MISSING): {"items_checked": GIVER, "parcel_reconciled": GIVER},
        (_MISSING, _POST): {"items_checked": TAKER, "parcel_packed": TAKER},
    }
)
"""From what kind of holder to what kind, by which event, and whose signature it takes.  Nothing else moves paper."""


def check_custody(journal: Journal, nodes: Mapping[str, NodeBooks], counts: Counts, hostile: frozenset[str]) -> None:
    """Every parcel and every original, in the journal and at every node.

    `hostile`: nodes that lie about what they hold; their parcels may claim what is not in them, and move nothing.
    """
    for stream, events in journal.books.streams.items():
        if stream.startswith("parcels/"):
            before = parcel_pb2.Custody()
            for entry, state in zip(events, journal.folded[stream].states, strict=True):
                _check_change(journal, before, state.custody, stream)
                before = state.custody
                _check_scan(events[0].event, entry.event, moved=state.custody.event_id == entry.event_id)
    for node in nodes.values():
        _check_node(journal, node, hostile)
        counts["custody_chains"] += len(node.custody)
    _check_equal(journal, nodes)


def _check_change(journal: Journal, before: parcel_pb2.Custody, after: parcel_pb2.Custody, what: str) -> None:
    if before.event_id == after.event_id:
        return
    entry = journal.by_id.get(after.event_id)
    hold(entry is not None, HANDS, "moved by an event that is not in the journal", what=what, event=after.event_id)
    assert entry is not None
    body = entry.event.WhichOneof("body") or ""
    signer = CHANGES.get((before.kind, after.kind), {}).get(body)
    where: dict[str, object] = {"what": what, "event": entry.event_id, "node": entry.author}
    hold(signer is not None, HANDS, f"{body} moved it from {_words(before)} to {_words(after)}", **where)
    if signer == GIVER:
        hold(entry.author == before.post.node, HANDS, f"{body} by another than {_words(before)}", **where)
    else:
        hold(entry.author == after.post.node, HANDS, f"{body} put it into the hands of {_words(after)}", **where)


def _check_scan(packed: event_pb2.Event, event: event_pb2.Event, *, moved: bool) -> None:
    """A scan that moves a parcel has read the parcel's own nonce."""
    body = event.WhichOneof("body")
    if moved and body in ("parcel_dispatched", "parcel_taken_in"):
        scan = getattr(event, body).scan
        hold(
            scan.nonce == packed.parcel_packed.nonce, HANDS, "a scan that had not read the parcel's code moved it",
            stream=event.stream, event=event.event_id, node=event.author,
        )  # fmt: skip


def _check_node(journal: Journal, node: NodeBooks, hostile: frozenset[str]) -> None:
    ledger = CustodyLedger()
    packed: dict[str, set[str]] = {}
    cursor = node.cursors.get("mailbox", 0)
    for _, stream, version in journal.books.entries.get(node.name, [])[:cursor]:
        entry = journal.at(stream, version)
        if entry is None or stream.partition("/")[0] not in ("applications", "parcels"):
            continue
        after = journal.state(stream, version)
        ledger.fold(journal.state(stream, version - 1), after, entry.event)
        if stream.startswith("parcels/") and journal.state(stream, 1).origin.node not in hostile:
            _claim(packed, after, node.name, entry.event_id)
    if any(row["parked"] for row in node.streams.values()):
        return
    hold(set(ledger.originals()) == set(node.custody), SAME_CHAIN, "other originals than the journal's", node=node.name)
    for original, rows in node.custody.items():
        where: dict[str, object] = {"node": node.name, "original": original}
        hold(rows == ledger.chain(original), SAME_CHAIN, "its chain is not what the journal gives", **where)
        before = parcel_pb2.Custody()
        for row in rows:
            _check_change(journal, before, row, original)
            before = row
    for stream, stored in node.streams.items():
        if stream.startswith("parcels/") and stored["version"]:
            parcel = journal.state(stream, stored["version"])
            chains = [(each, node.custody[each]) for each in originals(parcel) if each in node.custody]
            for silent in silent_moves(parcel, chains):
                broken(SILENT, silent.why, node=node.name, original=silent.original, event=silent.event_id)
        if stream.startswith("applications/") and stored["version"]:
            for original in _named(journal, stream, stored["version"]):
                hold(bool(node.custody.get(original)), ONE_HOLDER, "nobody holds it", node=node.name, original=original)


def _claim(packed: dict[str, set[str]], parcel: parcel_pb2.Parcel, node: str, event_id: str) -> None:
    """No original is in two parcels that are both closed and on their way."""
    for original in originals(parcel):
        claims = packed.setdefault(original, set())
        if parcel.state in HELD_SINGLY:
            claims.discard(parcel.name)
        else:
            claims.add(parcel.name)
        if len(claims) > 1:
            broken(ONE_HOLDER, f"in {sorted(claims)} at once", node=node, original=original, event=event_id)


def _named(journal: Journal, stream: str, version: int) -> list[str]:
    state = journal.state(stream, version)
    # What nobody has printed yet is in nobody's hands.
    unprinted = {d.original for d in state.results if d.printing} | {paper.original for paper in state.papers}
    unprinted -= {paper.original for paper in state.papers if paper.printed}
    paper = [m.original for m in (*state.materials, *state.results) if m.form == types_pb2.MATERIAL_FORM_ORIGINAL]
    more = [each.original for each in (*state.surrendered, *state.papers)]
    named = [original for original in dict.fromkeys([*paper, *more]) if original not in unprinted]
    return [name for name in (original_name(stream, original) for original in named if original) if is_original(name)]


def _check_equal(journal: Journal, nodes: Mapping[str, NodeBooks]) -> None:
    """Nodes that have read the same streams about an original tell the same chain."""
    told: dict[tuple[str, tuple[tuple[str, int], ...]], tuple[str, list[parcel_pb2.Custody]]] = {}
    for node in nodes.values():
        for original, rows in node.custody.items():
            application = original.partition("/originals/")[0]
            read = node.streams.get(application)
            if read is None or read["parked"]:
                continue
            parcels = [s for s in node.streams if s.startswith("parcels/") and _carries(journal, s, original)]
            known = tuple(sorted((s, node.streams[s]["version"]) for s in (application, *parcels)))
            name, theirs = told.setdefault((original, known), (node.name, rows))
            same = [holder(row) for row in rows] == [holder(row) for row in theirs]
            hold(same and rows == theirs, SAME_CHAIN, f"{name} tells another chain", node=node.name, original=original)


def _carries(journal: Journal, parcel: str, original: str) -> bool:
    folded = journal.folded.get(parcel)
    return folded is not None and original in originals(folded.states[0])


def _words(custody: parcel_pb2.Custody) -> str:
    kind = parcel_pb2.HolderKind.Name(custody.kind).removeprefix("HOLDER_KIND_").lower()
    return f"{kind} {custody.post.node or custody.leg or custody.answerable_node}".strip()
