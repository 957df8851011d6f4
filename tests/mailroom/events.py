"""Events of parcels and applications as their authors would write them, and a stream that folds them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from mailroom.domain.custody import CustodyLedger, Move
from mailroom.domain.manifest import manifest_digest
from mailroom.domain.parcels import ParcelFolder
from tongban.lifecycle.applications import ApplicationFolder
from tongban.lifecycle.engine import Lifecycles, Step
from tongban.v1 import (
    application_pb2,
    event_pb2,
    exception_pb2,
    leg_pb2,
    lifecycle_pb2,
    parcel_pb2,
    types_pb2,
)

CHAOZHOU, ZHANGZHOU, MILAN = "nodes/445100", "nodes/350600", "nodes/330328-milan"
RELAY, CLOCK = "nodes/relay", "nodes/clock"
ORIGINAL, COPIED, ELECTRONIC = (
    types_pb2.MATERIAL_FORM_ORIGINAL,
    types_pb2.MATERIAL_FORM_COPY,
    types_pb2.MATERIAL_FORM_ELECTRONIC,
)
CORRECT, MISSING = parcel_pb2.CHECK_OUTCOME_CORRECT, parcel_pb2.CHECK_OUTCOME_MISSING
APPLICATION = "applications/44510020261122000100000042K"
PARCEL = "parcels/P44510020261122000100000007C"
LICENCE, DEED, COPY = (
    f"{APPLICATION}/originals/licence-old",
    f"{APPLICATION}/originals/deed",
    f"{APPLICATION}/copies/id-card",
)
WINDOW = parcel_pb2.Post(node=CHAOZHOU, post="w1")
MAILROOM = parcel_pb2.Post(node=ZHANGZHOU, post="mailroom")
NONCE = bytes(range(16))
SEALS = ("CZ-0001", "CZ-0002")
WAYBILL = "EB123456785CN"
MANIFEST = (
    parcel_pb2.ManifestEntry(item=LICENCE, form=ORIGINAL, pages=2),
    parcel_pb2.ManifestEntry(item=DEED, form=ORIGINAL, pages=12, serial_digest=b"\x07" * 32),
    parcel_pb2.ManifestEntry(item=COPY, form=COPIED, pages=1),
)
DIGEST = manifest_digest(MANIFEST)
DAWN = 1_795_000_000

LIFECYCLES = Lifecycles(ParcelFolder(), ApplicationFolder())


def event(author: str, body: str, message: Any, at: int, stream: str = PARCEL, number: int = 1) -> event_pb2.Event:
    """An event that claims `at` seconds after dawn."""
    made = event_pb2.Event(
        event_id=f"01900000-0000-7000-8000-{number:012x}",
        stream=stream,
        lifecycle_version=1,
        author=author,
        incarnation=1,
        sequence=number,
        claim_time=Timestamp(seconds=DAWN + at),
    )
    getattr(made, body).SetInParent()
    getattr(made, body).CopyFrom(message)
    return made


def scan(post: parcel_pb2.Post, **changes: Any) -> parcel_pb2.ParcelScan:
    """A scan that reads everything as it was sealed, but for `changes`."""
    read: dict[str, Any] = {
        "seals": SEALS,
        "manifest_digest": DIGEST,
        "nonce": NONCE,
        "waybill": WAYBILL,
        "post": post,
    }
    return parcel_pb2.ParcelScan(**{**read, **changes})


class Stream:
    """One parcel and the ledger, folded step by step."""

    def __init__(self, ledger: CustodyLedger | None = None, name: str = PARCEL) -> None:
        self.name = name
        self.ledger = ledger or CustodyLedger()
        self.parcel: parcel_pb2.Parcel | None = None
        self.moves: list[Move] = []
        self._number = 0

    @property
    def now(self) -> parcel_pb2.Parcel:
        assert self.parcel is not None
        return self.parcel

    @property
    def codes(self) -> list[str]:
        return [e.code for e in self.now.exceptions]

    @property
    def state(self) -> str:
        return lifecycle_pb2.ParcelState.Name(self.now.state).removeprefix("PARCEL_STATE_")

    def add(self, author: str, body: str, message: Any, at: int) -> parcel_pb2.Parcel:
        self._number += 1
        return self.fold(event(author, body, message, at, self.name, self._number))

    def fold(self, made: event_pb2.Event) -> parcel_pb2.Parcel:
        version = self.parcel.version + 1 if self.parcel else 1
        step = Step(made, hashlib.sha256(made.SerializeToString(deterministic=True)).digest(), version)
        after = LIFECYCLES.admit(self.parcel, step)
        assert isinstance(after, parcel_pb2.Parcel)
        self.moves = self.ledger.fold(self.parcel, after, made)
        self.parcel = after
        return after

    # What people do, each with the time at which they say they did it.

    def pack(self, at: int = 0, **changes: Any) -> parcel_pb2.Parcel:
        packed: dict[str, Any] = {
            "purpose": parcel_pb2.PARCEL_PURPOSE_MATERIALS,
            "origin": WINDOW,
            "destination": MAILROOM,
            "manifest": MANIFEST,
            "nonce": NONCE,
        }
        message = parcel_pb2.ParcelPacked(**{**packed, **changes})
        return self.add(message.origin.node, "parcel_packed", message, at)

    def seal(self, at: int = 1) -> parcel_pb2.Parcel:
        message = parcel_pb2.ParcelSealed(seals=SEALS, manifest_digest=manifest_digest(self.now.manifest))
        return self.add(self.now.origin.node, "parcel_sealed", message, at)

    def offer(self, at: int = 2, leg: int = 1) -> parcel_pb2.Parcel:
        message = parcel_pb2.ParcelOffered(leg=leg, carrier="ems", waybill=WAYBILL, relay=RELAY)
        return self.add(self.now.custody.post.node, "parcel_offered", message, at)

    def dispatch(
        self, at: int = 10, leg: int = 1, post: parcel_pb2.Post | None = None, author: str = "", **changes: Any
    ) -> parcel_pb2.Parcel:
        giver = self.now.origin
        message = parcel_pb2.ParcelDispatched(scan=scan(post or giver, **changes), leg=leg)
        return self.add(author or giver.node, "parcel_dispatched", message, at)

    def take_in(
        self, at: int = 100, leg: int = 1, post: parcel_pb2.Post | None = None, author: str = "", **changes: Any
    ) -> parcel_pb2.Parcel:
        taker = post or self.now.destination
        message = parcel_pb2.ParcelTakenIn(scan=scan(taker, **changes), leg=leg)
        return self.add(author or taker.node, "parcel_taken_in", message, at)

    def hear(self, meaning: str, at: int = 50, leg: int = 1) -> parcel_pb2.Parcel:
        message = parcel_pb2.CarrierObserved(leg=leg, code="704", meaning=meaning)
        return self.add(RELAY, "carrier_observed", message, at)

    def raise_(self, code: str, at: int = 60, author: str = CLOCK, *, leg: int = 0) -> parcel_pb2.Parcel:
        # A relay speaks for a clock that has rung.
        due = Timestamp(seconds=DAWN + at) if author == RELAY else None
        raised = parcel_pb2.ParcelExceptionRaised(code=code, leg=leg, due_time=due)
        return self.add(author, "parcel_exception_raised", raised, at)

    def open(self, at: int = 110, seals_intact: bool = True, author: str = "") -> parcel_pb2.Parcel:
        message = parcel_pb2.ParcelOpened(seals_intact=seals_intact, witness="li")
        return self.add(author or self.now.destination.node, "parcel_opened", message, at)

    def check(self, at: int = 120, author: str = "", **outcomes: parcel_pb2.CheckOutcome) -> parcel_pb2.Parcel:
        """Checks every entry; `outcomes` by the last part of the item's name."""
        checks = [
            parcel_pb2.ItemCheck(item=e.item, outcome=outcomes.get(e.item.rpartition("/")[2], CORRECT))
            for e in self.now.manifest
        ]
        return self.check_only(checks, at, author)

    def check_only(self, checks: Sequence[parcel_pb2.ItemCheck], at: int = 120, author: str = "") -> parcel_pb2.Parcel:
        message = parcel_pb2.ItemsChecked(checks=checks)
        return self.add(author or self.now.destination.node, "items_checked", message, at)

    def reconcile(self, at: int = 130, author: str = "") -> parcel_pb2.Parcel:
        message = parcel_pb2.ParcelReconciled()
        return self.add(author or self.now.destination.node, "parcel_reconciled", message, at)

    def hold(self, at: int = 140, window: str = "w9") -> parcel_pb2.Parcel:
        return self.add(self.now.destination.node, "parcel_held", parcel_pb2.ParcelHeld(window=window), at)

    def collect(self, at: int = 150) -> parcel_pb2.Parcel:
        message = parcel_pb2.ParcelCollected(proof=application_pb2.COLLECTION_PROOF_CODE)
        return self.add(self.now.destination.node, "parcel_collected", message, at)

    def redirect(
        self, to: parcel_pb2.Post, at: int = 160, author: str = "", *, returning: bool = False
    ) -> parcel_pb2.Parcel:
        message = leg_pb2.ParcelRedirected(destination=to, reason="by-request", returning=returning)
        return self.add(author or self.now.custody.post.node, "parcel_redirected", message, at)

    def resolve(self, code: str, at: int = 170, subject: str = "", author: str = CHAOZHOU) -> parcel_pb2.Parcel:
        message = exception_pb2.ParcelExceptionResolved(code=code, subject=subject, resolution="explained")
        return self.add(author, "parcel_exception_resolved", message, at)

    def sent(self) -> Stream:
        """Packed, sealed, offered, dispatched."""
        self.pack()
        self.seal()
        self.offer()
        self.dispatch()
        return self

    def arrived(self) -> Stream:
        """Sent, and taken in by the addressee."""
        self.sent()
        self.take_in()
        return self
