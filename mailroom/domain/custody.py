"""Who holds each paper original, derived and never set.

Papers that cannot be replaced travel between strangers.  Each original has one chain of holders; a row is written
by an event that somebody signed, and by nothing else.  A store keeps the chains as rows (original, place, blob) and
appends, in the transaction that folds an event, what `parcel_moves` or `application_moves` gives for it; it hands in
the last row of each original concerned.  Nothing else is needed, so no history is ever read again.

    where a chain begins      at the accepting window when the original is handed in; at the decider's post
                              "issuing" when a result is issued; at the window that has printed a result under the
                              decider's permit, when it says so; at the packing post where a node sees the parcel
                              but not the application (it is only a witness)
    packed                    the origin post, if one of its node's posts had it
    the parcel moves          with the parcel: its leg, the post that scanned, the window where it is held
    reconciled                held singly by the post; MISSING where it was not found, and then the node that
                              booked the last leg answers for it
    found later               by a check after reconciling, or by its answerable node when it packs it again
    collected, returned       the applicant
    an old certificate        begins at the post that takes it in
    made void                 nobody any more: the chain ends at the decider's post where it was made void

**A parcel moves only what is in it**: an original that lies in the same hands as the parcel did before the event,
and whose last row does not speak of another parcel.  So a parcel that claims an original which somebody else holds
moves nothing, and `strays` names it; whoever packs must ask `check_in_hand` first.

Promised: an original has exactly one holder at any moment; each row names its event, which is one of the two
streams at hand; a row is never changed.  The order of rows is the order in which the node folds; what happened on
other streams first must therefore be named in `after` of `ParcelPacked` (`causes` lists it), and then every node
that sees both streams writes the same chains.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from mailroom.domain.codes import ABSENT
from mailroom.domain.numbers import is_original, original_name
from mailroom.domain.parcels import last_outcomes, originals
from mailroom.domain.scans import HELD_SINGLY, post_custody
from tongban.errors import NotTheCustodian
from tongban.lifecycle import results
from tongban.v1 import application_pb2, event_pb2, parcel_pb2, types_pb2

ISSUING_POST: Final = "issuing"
"""The decider's post where a paper result begins."""

_CHECKING: Final = frozenset({"parcel_reconciled", "items_checked"})
_MOVING: Final = frozenset(
    {
        "application_submitted",
        "correction_supplied",
        "result_issued",
        "result_printed",
        "result_ready",
        "result_unclaimed",
        "result_collected",
        "originals_returned",
        "certificate_surrendered",
        "original_voided",
    }
)

Held = Mapping[str, parcel_pb2.Custody]
"""The last row of each original that is known."""


@dataclass(frozen=True, slots=True)
class Move:
    """One row: from this event on, this holder."""

    original: str
    custody: parcel_pb2.Custody


def concerned(state: parcel_pb2.Parcel | application_pb2.Application) -> list[str]:
    """The originals of which an event on this stream may move some: those whose last rows a store must hand in."""
    if isinstance(state, parcel_pb2.Parcel):
        return originals(state)
    return [original_name(state.name, original) for original in results.originals(state)]


def may_move(
    before: parcel_pb2.Parcel | application_pb2.Application | None,
    after: parcel_pb2.Parcel | application_pb2.Application,
    event: event_pb2.Event,
) -> bool:
    """Whether this event can move any original at all; most cannot, and then no row need be read."""
    body = event.WhichOneof("body")
    if isinstance(after, parcel_pb2.Parcel):
        if not isinstance(before, parcel_pb2.Parcel) or body in _CHECKING:
            return True
        return holder(before.custody) != holder(after.custody)
    return body in _MOVING


def parcel_moves(
    before: parcel_pb2.Parcel | None, after: parcel_pb2.Parcel, event: event_pb2.Event, held: Held
) -> list[Move]:
    """What this event on a parcel's stream moves; `before` is None for the event that opened it."""
    if before is None:
        return [
            Move(original, after.custody)
            for original in originals(after)
            if _in_hand(held.get(original), after.origin.node)
        ]
    moves: dict[str, Move] = {}
    if holder(before.custody) != holder(after.custody):
        for original in originals(after):
            if _is_inside(held.get(original), before):
                moves[original] = Move(original, after.custody)
    if after.state in HELD_SINGLY and event.WhichOneof("body") in _CHECKING:
        moves.update(_found_and_missing(after, event, held))
    return list(moves.values())


def application_moves(after: application_pb2.Application, event: event_pb2.Event, held: Held) -> list[Move]:
    """What this event on an application's stream moves; it begins most chains and ends many."""
    route, name = after.route, after.name
    match event.WhichOneof("body"):
        case "application_submitted":
            taken = event.application_submitted.materials
            return _begin(_names(name, taken), event, route.accepting, after.window, held)
        case "correction_supplied":
            taken = event.correction_supplied.materials
            return _begin(_names(name, taken), event, route.accepting, after.window, held)
        case "result_issued":
            printed = [document for document in event.result_issued.documents if not document.printing]
            return _begin(_names(name, printed), event, route.decider, ISSUING_POST, held)
        case "result_printed":
            here = event.result_printed
            return _begin([original_name(name, here.original)], event, event.author, here.post, held)
        case "result_ready":
            return _laid_out(after, event, held)
        case "result_unclaimed":
            window = parcel_pb2.Post(node=event.author, post=event.result_unclaimed.window)
            return _hand_on(_papers(after), event, post_custody(event, window), held)
        case "result_collected" if event.result_collected.proof != application_pb2.COLLECTION_PROOF_ELECTRONIC:
            return _hand_on(_papers(after), event, _applicant(event), held)
        case "originals_returned":
            back = [original for original in event.originals_returned.originals if original in after.returned]
            return _hand_on([original_name(name, each) for each in back], event, _applicant(event), held)
        case "certificate_surrendered":
            came = event.certificate_surrendered
            recorded = any(each.original == came.original for each in after.surrendered)
            names = [original_name(name, came.original)] if recorded else []
            return _begin(names, event, event.author, came.post, held)
        case "original_voided" if event.original_voided.post:
            return _hand_on([original_name(name, event.original_voided.original)], event, _void(event), held)
        case _:
            return []


def strays(parcel: parcel_pb2.Parcel, held: Held) -> list[str]:
    """Originals that the parcel's manifest names and that are, by their chains, not in it."""
    if parcel.state in HELD_SINGLY:
        return []
    return [original for original in originals(parcel) if not _is_inside(held.get(original), parcel)]


def check_in_hand(items: Iterable[str], node: str, held: Held) -> None:
    """Refuse to pack, on a node's behalf, an original that none of its posts holds."""
    for item in items:
        custody = held.get(item)
        if is_original(item) and (custody is None or not _in_hand(custody, node)):
            raise NotTheCustodian(field="items", what=item, holder=describe(custody), caller=node)


def causes(items: Iterable[str], held: Held) -> frozenset[str]:
    """The streams whose events put these originals where they are; `after` of their ParcelPacked must name them."""
    return frozenset(held[item].stream for item in items if item in held)


def describe(custody: parcel_pb2.Custody | None) -> str:
    """A holder in words, for a message."""
    match custody:
        case None:
            return "尚无记录 (nobody on record)"
        case parcel_pb2.Custody(kind=parcel_pb2.HOLDER_KIND_POST):
            return f"{custody.post.node}/{custody.post.post}"
        case parcel_pb2.Custody(kind=parcel_pb2.HOLDER_KIND_LEG):
            return custody.leg
        case parcel_pb2.Custody(kind=parcel_pb2.HOLDER_KIND_APPLICANT):
            return "申请人 (the applicant)"
        case parcel_pb2.Custody(kind=parcel_pb2.HOLDER_KIND_VOIDED):
            return "已缴销 (void)"
        case _:
            return "下落不明 (missing)"


def holder(custody: parcel_pb2.Custody) -> tuple[int, str, str, str]:
    """Who holds, without since when or why; equal for equal holders."""
    return custody.kind, custody.post.node, custody.post.post, custody.leg


class CustodyLedger:
    """The chains of all originals, in memory: for simulations, proof packs and tests. A store keeps rows instead."""

    def __init__(self) -> None:
        self._chains: dict[str, list[parcel_pb2.Custody]] = {}

    def fold(
        self,
        before: parcel_pb2.Parcel | application_pb2.Application | None,
        after: parcel_pb2.Parcel | application_pb2.Application,
        event: event_pb2.Event,
    ) -> list[Move]:
        """Append what this event moves, and return it."""
        held = {name: self._chains[name][-1] for name in concerned(after) if name in self._chains}
        if isinstance(after, parcel_pb2.Parcel):
            assert before is None or isinstance(before, parcel_pb2.Parcel)
            moves = parcel_moves(before, after, event, held)
        else:
            moves = application_moves(after, event, held)
        assert not moves or may_move(before, after, event), event
        for move in moves:
            row = parcel_pb2.Custody()
            row.CopyFrom(move.custody)
            self._chains.setdefault(move.original, []).append(row)
        return moves

    def originals(self) -> list[str]:
        """Every original on record, sorted."""
        return sorted(self._chains)

    def chain(self, original: str) -> list[parcel_pb2.Custody]:
        """Every holder so far, oldest first; empty for an unknown original."""
        return list(self._chains.get(original, ()))

    def current(self, original: str) -> parcel_pb2.Custody | None:
        """Who holds it now, or None for an unknown original."""
        chain = self._chains.get(original)
        return chain[-1] if chain else None


def _in_hand(custody: parcel_pb2.Custody | None, node: str) -> bool:
    """Whether this node may pack it: unknown so far, at one of its posts, or missing on its account."""
    if custody is None:
        return True
    if custody.kind == parcel_pb2.HOLDER_KIND_MISSING:
        return custody.answerable_node == node
    return custody.kind == parcel_pb2.HOLDER_KIND_POST and custody.post.node == node


def _is_inside(custody: parcel_pb2.Custody | None, parcel: parcel_pb2.Parcel) -> bool:
    if custody is None or holder(custody) != holder(parcel.custody):
        return False
    return custody.stream == parcel.name or not custody.stream.startswith("parcels/")


def _found_and_missing(parcel: parcel_pb2.Parcel, event: event_pb2.Event, held: Held) -> dict[str, Move]:
    outcomes, moves = last_outcomes(parcel), {}
    for original in originals(parcel):
        custody, absent = held.get(original), outcomes.get(original) in ABSENT
        if custody is None:
            continue
        if absent and _is_inside(custody, parcel) and custody.kind == parcel_pb2.HOLDER_KIND_POST:
            moves[original] = Move(original, _missing(parcel, event))
        elif not absent and custody.kind == parcel_pb2.HOLDER_KIND_MISSING and custody.stream == parcel.name:
            moves[original] = Move(original, post_custody(event, _finding_post(parcel, event)))
    return moves


def _missing(parcel: parcel_pb2.Parcel, event: event_pb2.Event) -> parcel_pb2.Custody:
    return parcel_pb2.Custody(
        kind=parcel_pb2.HOLDER_KIND_MISSING,
        answerable_node=parcel.legs[-1].booking_node if parcel.legs else parcel.origin.node,
        since_time=event.claim_time,
        event_id=event.event_id,
        stream=event.stream,
    )


def _finding_post(parcel: parcel_pb2.Parcel, event: event_pb2.Event) -> parcel_pb2.Post:
    """Where a missing original turned up: with whoever looked, also after the rest was collected."""
    if parcel.custody.kind == parcel_pb2.HOLDER_KIND_POST:
        return parcel.custody.post
    return parcel_pb2.Post(node=event.author, post=parcel.pickup_window)


def _names(application: str, things: Iterable[application_pb2.Material | application_pb2.ResultDocument]) -> list[str]:
    return [
        original_name(application, thing.original)
        for thing in things
        if thing.form == types_pb2.MATERIAL_FORM_ORIGINAL and thing.original
    ]


def _papers(application: application_pb2.Application) -> list[str]:
    return [original_name(application.name, paper.original) for paper in results.valid(application)]


def _laid_out(after: application_pb2.Application, event: event_pb2.Event, held: Held) -> list[Move]:
    """What the author has printed begins here, also by this very step; all lies at the window or in the locker."""
    ready = event.result_ready
    printed = [
        original_name(after.name, paper.original) for paper in results.valid(after) if paper.printing == event.author
    ]
    place = post_custody(event, parcel_pb2.Post(node=event.author, post=ready.locker or ready.window))
    begun = [Move(name, place) for name in printed if name not in held]
    return [*begun, *_hand_on(_papers(after), event, place, held)]


def _begin(names: Iterable[str], event: event_pb2.Event, node: str, post: str, held: Held) -> list[Move]:
    custody = post_custody(event, parcel_pb2.Post(node=node, post=post))
    return [Move(name, custody) for name in names if name not in held]


def _hand_on(names: Iterable[str], event: event_pb2.Event, to: parcel_pb2.Custody, held: Held) -> list[Move]:
    """Out of a post of the author's own, and only out of that."""
    moves = []
    for name in names:
        custody = held.get(name)
        if custody is None or custody.kind != parcel_pb2.HOLDER_KIND_POST:
            continue
        if custody.post.node == event.author and holder(custody) != holder(to):
            moves.append(Move(name, to))
    return moves


def _applicant(event: event_pb2.Event) -> parcel_pb2.Custody:
    return parcel_pb2.Custody(
        kind=parcel_pb2.HOLDER_KIND_APPLICANT,
        since_time=event.claim_time,
        event_id=event.event_id,
        stream=event.stream,
    )


def _void(event: event_pb2.Event) -> parcel_pb2.Custody:
    return parcel_pb2.Custody(
        kind=parcel_pb2.HOLDER_KIND_VOIDED,
        answerable_node=event.author,
        since_time=event.claim_time,
        event_id=event.event_id,
        stream=event.stream,
    )
