"""The mailroom's desk: packing, handing over, taking in, opening, and who holds what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from mailroom.domain.custody import causes
from mailroom.domain.manifest import manifest_digest, normal_seals
from mailroom.domain.numbers import parcel_name, split_original
from mailroom.domain.stub import Stub
from nodes.core import NodeCore
from nodes.desk import called, paging
from nodes.desk.beside import BesideDesk
from nodes.desk.cases import CaseDesk
from nodes.desk.entries import Noted, entry_of, noted
from nodes.desk.ledger_answers import LedgerAnswers
from nodes.desk.legs import LegDesk
from nodes.desk.opening import OpeningDesk
from nodes.desk.repeats import kind_of, made_before, standing
from nodes.desk.shelf import ShelfDesk
from nodes.desk.staff import MAILROOM, WINDOW, Staff
from nodes.journal.drafts import Actor, Draft
from nodes.journal.intake import REFUSED
from nodes.journal.recorder import View
from nodes.store import QUERIES
from tongban import errors
from tongban.ids import uuid7
from tongban.lifecycle import results
from tongban.storage.base import Row, Transaction
from tongban.v1 import (
    application_pb2,
    lifecycle_pb2,
    mailroom_pb2,
    parcel_pb2,
)

_RECEIVABLE = frozenset(
    {
        lifecycle_pb2.PARCEL_STATE_PACKED,
        lifecycle_pb2.PARCEL_STATE_SEALED,
    }
)
"""States in which the addressee's intake waits: the sender's booking is still on its way to us."""


_NOT_GONE = _RECEIVABLE | {lifecycle_pb2.PARCEL_STATE_OFFERED}
"""States in which a parcel's contents are still at the post that packed it."""


def _check_free(core: NodeCore, view: View, item: str) -> None:
    """An original lies in one parcel at a time, and while that has not gone it is still in our hands."""
    application = view.state(split_original(item)[0])
    for name in application.parcels:
        parcel = view.state(name)
        if parcel is not None and parcel.state in _NOT_GONE and item in {e.item for e in parcel.manifest}:
            paper = called.paper(application, item, core.shared.item(application.route.item))
            raise errors.OriginalElsewhere(
                field="items", original=item, parcel=name, paper=paper, number=called.number(name)
            )


def _stands(view: View, name: str, scan: parcel_pb2.ParcelScan) -> bool:
    """Whether just this scan of this post is recorded already: a scanner that heard no answer was used again.

    Not where a leg has the parcel all the same: then the scan was overtaken, and who scans again says that it is here.
    """
    parcel = view.state(name)
    carried = parcel.custody.kind == parcel_pb2.HOLDER_KIND_LEG
    return bool(parcel.legs) and parcel.legs[-1].intake == scan and not carried


def _was_stray(view: View, parcel: str) -> bool:
    """Whether a person here was told, when it was scanned, that it was never meant for here."""
    return view.tx.fetch_one(QUERIES.had_task, {"stream": parcel, "reason": "WRONG_POST"}) is not None


TELL_AGAIN = dt.timedelta(minutes=10)
"""So long after the gateway did not know a parcel that came to a wrong post it is told again."""


class MailroomDesk(LegDesk, OpeningDesk, BesideDesk):
    """What a mailroom does."""

    def __init__(self, core: NodeCore) -> None:
        super().__init__(core)
        self.shelf = ShelfDesk(core)
        self.cases = CaseDesk(core)
        self.ledger = LedgerAnswers(core)
        self._told: dict[str, float] = {}
        """When the gateway was last told again of a stray that it did not know, on a clock that nobody sets."""

    async def pack_parcel(
        self, staff: Staff, request: mailroom_pb2.PackParcelRequest
    ) -> mailroom_pb2.PackParcelResponse:
        """Pack and seal: one atomic group with the note on each application."""
        staff.require("装包", MAILROOM)
        kind = kind_of(self._core, "pack", request)
        name = await made_before(self._core, request.request_id, kind)
        if name is None:
            name = await self._pack(staff, request, kind)
        parcel = await standing(self._core, name, parcel_pb2.Parcel)
        return mailroom_pb2.PackParcelResponse(parcel=parcel, stub=self._stub_of(parcel))

    async def _pack(self, staff: Staff, request: mailroom_pb2.PackParcelRequest, kind: str) -> str:
        receiver = self._core.shared.directory.find(request.destination.node)
        if receiver is None:
            raise errors.NodeNotFound(field="destination.node", name=request.destination.node)
        if request.destination.post not in {post.id for post in receiver.profile.posts}:
            raise errors.FieldInvalid(
                field="destination.post",
                problem=f"{receiver.profile.title}没有收发点“{request.destination.post}”",
                problem_en=f"{receiver.name} has no post {request.destination.post}",
            )
        notes = noted(self._core.entropy, request.items, request.details)
        entries = [await self._entry(item, i, notes) for i, item in enumerate(request.items)]
        seals = normal_seals(request.seals)
        packed = parcel_pb2.ParcelPacked(
            purpose=request.purpose,
            origin=parcel_pb2.Post(node=self._core.name, post=staff.post),
            destination=request.destination,
            manifest=entries,
            nonce=self._core.entropy.token(16),
        )
        sealed = parcel_pb2.ParcelSealed(seals=seals, manifest_digest=manifest_digest(entries))
        day = self._today()

        def build(view: View) -> tuple[Sequence[Draft], Any]:
            if again := view.made(request.request_id, kind):
                return [], again
            held = self._core.check_in_hand(view.tx, request.items)
            for item in request.items:
                _check_free(self._core, view, item)
            counter = view.count(f"parcels/{day.isoformat()}")
            parcel = parcel_name(self._core.name, day, view.incarnation, counter)
            view.make(request.request_id, kind, parcel)
            applications = sorted({split_original(item)[0] for item in request.items})
            attached = application_pb2.ParcelAttached(parcel=parcel)
            return [
                Draft(
                    parcel,
                    "parcel_packed",
                    packed,
                    after=sorted({*causes(request.items, held)} - {parcel}),
                    parts=notes.parts,
                    readers=sorted({self._core.name, receiver.name}) if notes.parts else (),
                ),
                Draft(parcel, "parcel_sealed", sealed),
                *(Draft(a, "parcel_attached", attached) for a in applications),
            ], parcel

        recorded = await self._core.record(staff.actor, build)
        return str(recorded.extra)

    async def _entry(self, item: str, index: int, notes: Noted) -> parcel_pb2.ManifestEntry:
        application, original = split_original(item, f"items[{index}]")
        state = await self._core.state(application)
        if not isinstance(state, application_pb2.Application):
            raise errors.ApplicationNotFound(field=f"items[{index}]", name=application)
        if original not in results.originals(state):
            raise errors.FieldInvalid(
                field=f"items[{index}]", problem=f"{application} 无原件“{original}” / no such original"
            )
        return entry_of(state, original, item, notes)

    async def take_in_parcel(
        self, staff: Staff, request: mailroom_pb2.TakeInParcelRequest, *, torn: bool = False
    ) -> parcel_pb2.Parcel:
        """Record the taker's scan; kept until the sender's events arrive, where they have not.

        `torn`: a seal is broken, which is said in the same breath.
        """
        staff.require("接收", MAILROOM)
        stub = self._open(request.stub)
        post = parcel_pb2.Post(node=self._core.name, post=staff.post)
        scan = stub.scan(normal_seals(request.seals), request.waybill, post)
        parcel = await self._core.state(stub.parcel)
        if not isinstance(parcel, parcel_pb2.Parcel) or parcel.state in _RECEIVABLE:
            await self._keep_early(staff, stub, scan)
            shown = stub.preview()
            shown.state = lifecycle_pb2.PARCEL_STATE_TAKEN_IN
            return shown
        # A scan that was kept before its parcel was known comes first, with the time at which it was made.
        await self.record_early_intakes()
        drafts = [self._taken_in(parcel, scan, None)]
        if torn:
            broken = parcel_pb2.ParcelExceptionRaised(code="seal-broken")
            drafts.append(Draft(stub.parcel, "parcel_exception_raised", broken))

        def build(view: View) -> tuple[Sequence[Draft], Any]:
            return [] if _stands(view, stub.parcel, scan) else drafts, None

        recorded = await self._core.record(staff.actor, build)
        return recorded.states.get(stub.parcel) or await self._state(stub.parcel)

    def _taken_in(self, parcel: parcel_pb2.Parcel, scan: parcel_pb2.ParcelScan, at: dt.datetime | None) -> Draft:
        leg = max(len(parcel.legs), 1)
        return Draft(parcel.name, "parcel_taken_in", parcel_pb2.ParcelTakenIn(scan=scan, leg=leg), claim_time=at)

    async def _keep_early(self, staff: Staff, stub: Stub, scan: parcel_pb2.ParcelScan) -> None:
        row = {
            "parcel": stub.parcel,
            "scan": scan.SerializeToString(),
            "staff_id": staff.staff_id,
            "post": staff.post,
            "scan_time": round(self._core.clock.now().timestamp() * 1_000_000),
        }
        stray = self._stray(stub)
        if stray is None or self._core.recovering:

            def work(tx: Transaction) -> None:
                if tx.execute(QUERIES.put_early_intake, row) and stray is not None:
                    tx.execute(QUERIES.insert_task, stray)

            await self._core.database.run(work)
            return

        def build(view: View) -> tuple[Sequence[Draft], Any]:
            if not view.tx.execute(QUERIES.put_early_intake, row):
                return [], None
            view.write(QUERIES.insert_task, stray)
            self._told[stub.parcel] = self._core.clock.monotonic()
            return [self._witnessed(stub.parcel, scan, None)], None

        await self._core.record(staff.actor, build)

    def _witnessed(self, parcel: str, scan: parcel_pb2.ParcelScan, at: dt.datetime | None) -> Draft:
        """The scan of a parcel that nobody meant for here.  Its stream comes to whoever has scanned it, not before."""
        content = parcel_pb2.ParcelTakenIn(scan=scan, leg=1)
        return Draft(parcel, "parcel_taken_in", content, claim_time=at, witnessed=True)

    def _stray(self, stub: Stub) -> dict[str, object] | None:
        """What a person here has to do about a parcel that was never meant for us; None for one that was."""
        if self._core.name in (stub.destination_node, stub.sender):
            return None
        now = self._core.clock.now()
        known = self._core.shared.directory.find
        receiver, sender = known(stub.destination_node), known(stub.sender)
        to = receiver.profile.title if receiver is not None else stub.destination_node
        posts = receiver.profile.posts if receiver is not None else ()
        right = f"{to}{next((post.title for post in posts if post.id == stub.destination_post), stub.destination_post)}"
        giver = sender.profile.title if sender is not None else stub.sender
        return {
            "task_id": uuid7(now, self._core.entropy),
            "stream": stub.parcel,
            "event_id": "",
            "reason": "WRONG_POST",
            "message_zh": f"误投:邮包应寄往{right}。扫描已存。不要拆封,请改寄,并告知寄件方{giver}。",
            "message_en": f"This parcel is for {right}, sent by {giver}. The scan is kept; tell the sender and "
            "send it on unopened.",
            "owner": MAILROOM,
            "create_time": round(now.timestamp() * 1_000_000),
        }

    async def record_early_intakes(self) -> int:
        """Record the scans whose parcels have come since; how many."""

        def read(tx: Transaction) -> list[Any]:
            return tx.fetch_all(QUERIES.list_early_intakes)

        done = 0
        for row in await self._core.database.run(read, read_only=True):
            parcel = await self._core.state(row["parcel"])
            if not isinstance(parcel, parcel_pb2.Parcel):
                await self._tell_again(row)
                continue
            if parcel.state in _RECEIVABLE:
                continue
            scan = parcel_pb2.ParcelScan.FromString(row["scan"])
            self._told.pop(parcel.name, None)
            draft = self._taken_in(parcel, scan, _scanned(row, self._core.clock.now()))

            def build(
                view: View, draft: Draft = draft, scan: parcel_pb2.ParcelScan = scan
            ) -> tuple[Sequence[Draft], Any]:
                view.write(QUERIES.drop_early_intake, {"parcel": draft.stream})
                stands = any(leg.intake == scan for leg in view.state(draft.stream).legs)
                return [] if stands else [draft], None

            await self._core.record(_scanner(row), build)
            done += 1
        return done

    async def _tell_again(self, row: Row) -> None:
        """Where the gateway did not know the parcel either, when a stray was scanned: its sender may be back by now."""
        parcel, now = row["parcel"], self._core.clock.now()
        monotonic = self._core.clock.monotonic()
        scan = parcel_pb2.ParcelScan.FromString(row["scan"])

        def build(view: View) -> tuple[Sequence[Draft], Any]:
            told = view.tx.fetch_all(QUERIES.list_history, {"stream": parcel})
            if not told and _was_stray(view, parcel):
                # Scanned while this node was being recovered: nothing could be said then.
                return [self._witnessed(parcel, scan, _scanned(row, now))], None
            if not told or any(each["standing"] != REFUSED for each in told):
                return [], None
            for each in told:
                # It is asked again by itself, and what a person has to do stands in a task of its own.
                view.write(QUERIES.finish_task, {"task_id": each["event_id"], "done_time": _micros(now)})
            last = self._told.get(parcel)
            if last is not None and monotonic - last < TELL_AGAIN.total_seconds():
                return [], None
            self._told[parcel] = monotonic
            return [self._witnessed(parcel, scan, _scanned(row, now))], None

        await self._core.record(_scanner(row), build)

    async def get_parcel(self, staff: Staff, request: mailroom_pb2.GetParcelRequest) -> parcel_pb2.Parcel:
        """One parcel."""
        staff.require("查看邮包", MAILROOM, WINDOW, "approval", "supervisor")
        return await self._state(request.name)

    async def stub(self, staff: Staff, name: str) -> str:
        """What the QR code of an own sealed parcel holds, for printing it again."""
        staff.require("打印邮包码", MAILROOM)
        parcel = await self._state(name)
        if parcel.origin.node != self._core.name:
            raise errors.NotParty(field="name", node=self._core.name, stream=name)
        return self._stub_of(parcel)

    async def list_parcels(
        self, staff: Staff, request: mailroom_pb2.ListParcelsRequest
    ) -> mailroom_pb2.ListParcelsResponse:
        """Parcels of this node, newest first."""
        staff.require("查看邮包", MAILROOM, WINDOW, "approval", "supervisor")
        rows, token = await paging.newest(self._core, "parcels", size=request.page_size, token=request.page_token)
        return mailroom_pb2.ListParcelsResponse(
            parcels=[parcel_pb2.Parcel.FromString(blob) for blob in rows], next_page_token=token
        )

    async def get_custody(
        self, staff: Staff, request: mailroom_pb2.GetCustodyRequest
    ) -> mailroom_pb2.GetCustodyResponse:
        """Who holds an original now or held it at a time, what proves it, and the whole chain."""
        return await self.ledger.get_custody(staff, request)


def _scanner(row: Row) -> Actor:
    return Staff("", row["staff_id"], "", frozenset(), row["post"]).actor


def _scanned(row: Row, now: dt.datetime) -> dt.datetime:
    """When a kept scan was made; now, where the clock was ahead then: nobody admits what claims a time to come."""
    return min(dt.datetime.fromtimestamp(row["scan_time"] / 1_000_000, dt.UTC), now)


def _micros(moment: dt.datetime) -> int:
    return round(moment.timestamp() * 1_000_000)
