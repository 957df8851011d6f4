"""Parcels to which anything happens, in any order, by anybody, and the search for a move that nobody can account for.

`python -m tests.mailroom.silent --events 100000 --seed 1` runs it alone and tells what it met.

Several parcels claim the same papers.  At each step somebody does what should come next, or something else: scans at
a wrong post, on a wrong leg, with seals, a manifest or a nonce of another parcel, a second time, before its turn or
long after; says that it is lost, or found; ends an exception; redirects, cancels, opens, checks.  Everything passes
through the real fold.  After every event that was folded all chains that it could have touched are searched.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from mailroom.domain.codes import DISCREPANCIES
from mailroom.domain.custody import CustodyLedger
from mailroom.domain.manifest import manifest_digest
from mailroom.domain.numbers import leg_name
from mailroom.domain.silence import silent_moves
from tests.mailroom.events import (
    CHAOZHOU,
    CLOCK,
    CORRECT,
    MAILROOM,
    MANIFEST,
    MILAN,
    NONCE,
    RELAY,
    SEALS,
    WINDOW,
    ZHANGZHOU,
    Stream,
    scan,
)
from tongban.errors import TongbanError
from tongban.v1 import application_pb2, exception_pb2, leg_pb2, lifecycle_pb2, parcel_pb2

POSTS = (WINDOW, MAILROOM, parcel_pb2.Post(node=ZHANGZHOU, post="w3"), parcel_pb2.Post(node=MILAN, post="m1"))
NODES = (CHAOZHOU, ZHANGZHOU, MILAN, RELAY, CLOCK)
RAISED = ("late", "suspected-lost", "lost", "damaged", "refused", "customs-hold", "one-sided", "delivered-not-scanned")
WORDS = ("accepted", "moving", "delivering", "delivered", "problem", "returned", "customs", "unknown")
ENDINGS = ("found", "explained", "false-alarm", "scanned", "returned")
WRONG = [cast("parcel_pb2.CheckOutcome", outcome) for outcome in DISCREPANCIES]
STEPS_OF_A_PARCEL = 40
PARCELS = 3


@dataclass
class Met:
    """What a run has met."""

    folded: int = 0
    refused: int = 0
    moves: int = 0
    parcels: int = 0
    bodies: Counter[str] = field(default_factory=Counter)
    silent: list[str] = field(default_factory=list)


class World:
    """Some parcels that claim the same papers."""

    def __init__(self, chance: random.Random, met: Met) -> None:
        self._chance = chance
        self._met = met
        self._ledger = CustodyLedger()
        self._streams = [Stream(self._ledger, f"parcels/P4451002026112200010000000{n}X") for n in range(PARCELS)]
        self._custody: list[list[parcel_pb2.Custody]] = [[] for _ in self._streams]
        self._said: list[tuple[int, str, str, Any]] = []
        self._now = 0

    def run(self, steps: int) -> None:
        """Let so many things happen."""
        for _ in range(steps):
            which = self._chance.choice((0, 0, 0, 1, 2))
            self._now += self._chance.choice((0, 1, 5, 30))
            author, body, message = self._next(self._streams[which])
            if self._said and self._chance.random() < 0.06:
                which, author, body, message = self._chance.choice(self._said)  # heard again
            self._tell(which, author, body, message)

    def _tell(self, which: int, author: str, body: str, message: Any) -> None:
        stream, chance, met = self._streams[which], self._chance, self._met
        at = self._now if chance.random() < 0.8 else self._now - chance.randrange(0, 200)
        before = stream.parcel.custody.event_id if stream.parcel is not None else ""
        stream.moves = []
        try:
            after = stream.add(author, body, message, max(at, 0))
        except TongbanError:
            met.refused += 1
            return
        self._said.append((which, author, body, message))
        met.folded += 1
        met.bodies[body] += 1
        met.moves += len(stream.moves)
        if after.custody.event_id != before:
            self._custody[which].append(after.custody)
        chains = [(each, self._ledger.chain(each)) for each in self._ledger.originals()]
        found = silent_moves(after, [*chains, ("the parcel", self._custody[which])])
        met.silent += [f"{move.original} by {move.event_id} ({body}): {move.why}" for move in found]
        self._same_hands(stream, after)

    def _same_hands(self, stream: Stream, parcel: parcel_pb2.Parcel) -> None:
        """What the event moved names it, and no original has two rows of one event."""
        moved = [move.original for move in stream.moves]
        if len(moved) != len(set(moved)) or any(m.custody.stream != parcel.name for m in stream.moves):
            self._met.silent.append(f"{parcel.name}@{parcel.version} moved {moved}")

    def _next(self, stream: Stream) -> tuple[str, str, Any]:
        if stream.parcel is None:
            destination = self._chance.choice((MAILROOM, MAILROOM, POSTS[3]))
            return (
                CHAOZHOU,
                "parcel_packed",
                parcel_pb2.ParcelPacked(
                    purpose=parcel_pb2.PARCEL_PURPOSE_MATERIALS,
                    origin=WINDOW,
                    destination=destination,
                    manifest=MANIFEST,
                    nonce=NONCE,
                ),
            )
        kind = self._due(stream.parcel) if self._chance.random() < 0.45 else self._chance.choice(tuple(_DEEDS))
        return _DEEDS[kind](self._chance, stream.parcel)

    def _due(self, parcel: parcel_pb2.Parcel) -> str:
        """What should come next; anything where nothing should."""
        name = lifecycle_pb2.ParcelState.Name(parcel.state)
        return _NEXT.get(name.removeprefix("PARCEL_STATE_")) or self._chance.choice(tuple(_DEEDS))


def _sealed(_: random.Random, parcel: parcel_pb2.Parcel) -> tuple[str, str, Any]:
    digest = manifest_digest(parcel.manifest)
    return CHAOZHOU, "parcel_sealed", parcel_pb2.ParcelSealed(seals=SEALS, manifest_digest=digest)


def _offered(chance: random.Random, parcel: parcel_pb2.Parcel) -> tuple[str, str, Any]:
    author = parcel.custody.post.node or chance.choice(NODES)
    carrier, relay = chance.choice((("ems", RELAY), ("ems", ""), ("hand", "")))
    offered = parcel_pb2.ParcelOffered(leg=len(parcel.legs) + 1, carrier=carrier, waybill="EB1", relay=relay)
    return author, "parcel_offered", offered


def _dispatched(chance: random.Random, parcel: parcel_pb2.Parcel) -> tuple[str, str, Any]:
    post = parcel.custody.post if parcel.custody.post.node and chance.random() < 0.8 else chance.choice(POSTS)
    made = parcel_pb2.ParcelDispatched(scan=_scan(chance, post), leg=_leg(chance, parcel))
    if chance.random() < 0.3:
        made.waybill_photo_digest = b"p" * 32
    return post.node if chance.random() < 0.9 else chance.choice(NODES), "parcel_dispatched", made


def _taken_in(chance: random.Random, parcel: parcel_pb2.Parcel) -> tuple[str, str, Any]:
    post = parcel.destination if chance.random() < 0.6 else chance.choice(POSTS)
    made = parcel_pb2.ParcelTakenIn(scan=_scan(chance, post), leg=_leg(chance, parcel))
    return post.node if chance.random() < 0.9 else chance.choice(NODES), "parcel_taken_in", made


def _opened(chance: random.Random, parcel: parcel_pb2.Parcel) -> tuple[str, str, Any]:
    opened = parcel_pb2.ParcelOpened(seals_intact=chance.random() < 0.8, witness="s-2")
    return _holder(chance, parcel), "parcel_opened", opened


def _checked(chance: random.Random, parcel: parcel_pb2.Parcel) -> tuple[str, str, Any]:
    checks = [
        parcel_pb2.ItemCheck(item=entry.item, outcome=CORRECT if chance.random() < 0.7 else chance.choice(WRONG))
        for entry in parcel.manifest
        if chance.random() < 0.9
    ]
    checks = checks or [parcel_pb2.ItemCheck(item="extra-1", outcome=parcel_pb2.CHECK_OUTCOME_EXTRA)]
    return _holder(chance, parcel), "items_checked", parcel_pb2.ItemsChecked(checks=checks)


def _reconciled(chance: random.Random, parcel: parcel_pb2.Parcel) -> tuple[str, str, Any]:
    return _holder(chance, parcel), "parcel_reconciled", parcel_pb2.ParcelReconciled()


def _held(chance: random.Random, parcel: parcel_pb2.Parcel) -> tuple[str, str, Any]:
    return _holder(chance, parcel), "parcel_held", parcel_pb2.ParcelHeld(window=chance.choice(("w3", "mailroom")))


def _collected(chance: random.Random, parcel: parcel_pb2.Parcel) -> tuple[str, str, Any]:
    proof = application_pb2.COLLECTION_PROOF_CODE
    return _holder(chance, parcel), "parcel_collected", parcel_pb2.ParcelCollected(proof=proof)


def _observed(chance: random.Random, parcel: parcel_pb2.Parcel) -> tuple[str, str, Any]:
    said = parcel_pb2.CarrierObserved(leg=_leg(chance, parcel), code="1", meaning=chance.choice(WORDS))
    return chance.choice((RELAY, CHAOZHOU, ZHANGZHOU)), "carrier_observed", said


def _raised(chance: random.Random, parcel: parcel_pb2.Parcel) -> tuple[str, str, Any]:
    said = parcel_pb2.ParcelExceptionRaised(code=chance.choice(RAISED), leg=chance.randrange(0, len(parcel.legs) + 2))
    return chance.choice(NODES), "parcel_exception_raised", said


def _resolved(chance: random.Random, parcel: parcel_pb2.Parcel) -> tuple[str, str, Any]:
    codes = [exception.code for exception in parcel.exceptions] or ["late"]
    subject = leg_name(parcel.name, _leg(chance, parcel)) if chance.random() < 0.7 else ""
    ended = exception_pb2.ParcelExceptionResolved(
        code=chance.choice(codes), subject=subject, resolution=chance.choice(ENDINGS)
    )
    return chance.choice(NODES), "parcel_exception_resolved", ended


def _redirected(chance: random.Random, parcel: parcel_pb2.Parcel) -> tuple[str, str, Any]:
    returning = chance.random() < 0.4
    to = parcel.origin if returning else chance.choice(POSTS)
    message = leg_pb2.ParcelRedirected(destination=to, reason="wrong-post", returning=returning)
    return _holder(chance, parcel), "parcel_redirected", message


def _cancelled(chance: random.Random, parcel: parcel_pb2.Parcel) -> tuple[str, str, Any]:
    return _holder(chance, parcel), "leg_cancelled", leg_pb2.LegCancelled(leg=_leg(chance, parcel))


def _photographed(chance: random.Random, parcel: parcel_pb2.Parcel) -> tuple[str, str, Any]:
    photo = leg_pb2.WaybillPhotographed(leg=_leg(chance, parcel), photo_digest=b"q" * 32)
    return chance.choice(NODES), "waybill_photographed", photo


def _assigned(chance: random.Random, parcel: parcel_pb2.Parcel) -> tuple[str, str, Any]:
    message = leg_pb2.WaybillAssigned(leg=_leg(chance, parcel), waybill=chance.choice(("EB1X", "EB2X")))
    return chance.choice(NODES), "waybill_assigned", message


def _holder(chance: random.Random, parcel: parcel_pb2.Parcel) -> str:
    return parcel.custody.answerable_node if chance.random() < 0.85 else chance.choice(NODES)


def _leg(chance: random.Random, parcel: parcel_pb2.Parcel) -> int:
    return max(len(parcel.legs), 1) if chance.random() < 0.75 else chance.randrange(1, 6)


def _scan(chance: random.Random, post: parcel_pb2.Post) -> parcel_pb2.ParcelScan:
    changes: dict[str, Any] = {"waybill": "EB1"}
    if chance.random() < 0.12:
        changes["nonce"] = b"forged by others"
    if chance.random() < 0.08:
        changes["seals"] = ("X-1",)
    if chance.random() < 0.05:
        changes["manifest_digest"] = b"m" * 32
    return scan(post, **changes)


_DEEDS: dict[str, Callable[[random.Random, parcel_pb2.Parcel], tuple[str, str, Any]]] = {
    "seal": _sealed,
    "offer": _offered,
    "dispatch": _dispatched,
    "take in": _taken_in,
    "open": _opened,
    "check": _checked,
    "reconcile": _reconciled,
    "hold": _held,
    "collect": _collected,
    "observe": _observed,
    "raise": _raised,
    "resolve": _resolved,
    "redirect": _redirected,
    "cancel": _cancelled,
    "photograph": _photographed,
    "assign": _assigned,
}
_NEXT = {
    "PACKED": "seal",
    "SEALED": "offer",
    "OFFERED": "dispatch",
    "WITH_CARRIER": "take in",
    "CARRIER_SAYS_DELIVERED": "take in",
    "OVERDUE": "take in",
    "TAKEN_IN": "open",
    "WRONG_POST": "redirect",
    "REDIRECTED": "offer",
    "RETURNING": "offer",
    "OPENED": "check",
    "RECONCILED": "hold",
    "HELD_FOR_PICKUP": "collect",
}


def search(events: int, seed: int) -> Met:
    """Fold at least so many events; what was met, and every silent move."""
    chance, met = random.Random(seed), Met()
    while met.folded < events:
        met.parcels += PARCELS
        World(chance, met).run(STEPS_OF_A_PARCEL * PARCELS)
    return met


def main() -> None:
    """Run alone."""
    parser = argparse.ArgumentParser(prog="python -m tests.mailroom.silent", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="events to fold (100000)")
    parser.add_argument("--seed", type=int, default=1, help="the seed (1)")
    options = parser.parse_args()
    begun = time.process_time()
    met = search(options.events, options.seed)
    told = f"{met.folded} events folded, {met.refused} refused, {met.parcels} parcels, {met.moves} moves of originals"
    print(f"{told}, {len(met.silent)} silent, {time.process_time() - begun:.1f} s of CPU")  # noqa: T201
    print(dict(met.bodies.most_common()))  # noqa: T201
    for line in met.silent[:20]:
        print(line)  # noqa: T201
    raise SystemExit(bool(met.silent))


if __name__ == "__main__":
    main()
