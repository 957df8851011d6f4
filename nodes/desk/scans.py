"""The scan page's desk: keeps what was scanned, and records it through the mailroom's desk.

What a person has scanned since the last record lies in the node's database, one row a person, so a browser that is
closed, a node that is restarted or a page without scripts loses no scan.  One person's scans are taken one after the
other, in the order they come in.  What is recorded goes through the same desk, with the same messages and the same
refusals, as a page or a program that records it by form.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailroom.domain import scan_session
from mailroom.domain import scan_words as words
from mailroom.domain.legs import WITHOUT_WAYBILL
from mailroom.domain.scan_state import Cue, Desk, Record, Session, Turn
from mailroom.domain.scan_words import Words
from mailroom.domain.scanning import Mode, read_scan
from nodes.core import NodeCore
from nodes.desk.batch_photos import Unpictured, picture, unpictured
from nodes.desk.mailroom import MailroomDesk
from nodes.desk.staff import MAILROOM, Staff
from nodes.store import QUERIES, SHELF
from tongban import errors
from tongban.storage.base import Row
from tongban.v1 import lifecycle_pb2, mailroom_pb2, parcel_pb2
from tongban.validation import check

BATCH = 150
"""So many records of a batch are remembered; a handover list of more is several lists."""


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that was recorded in this batch."""

    parcel: str
    mode: str
    zh: str
    en: str
    cue: str
    redirect: bool = False
    """Whether it lies at a wrong post, and is to be sent on."""
    node: str = ""
    post: str = ""
    """Then: where it belongs."""


@dataclass(frozen=True, slots=True)
class Board:
    """What the scan page shows."""

    session: Session
    desk: Desk
    prompt: Words
    cue: Cue
    words: Words | None = None
    error: errors.TongbanError | None = None
    done: Sequence[Done] = ()
    texts: Sequence[str] = ()
    turn: int = 0
    """How many scans were taken so far: the next one says that it knows of these."""
    to_shelf: bool = False
    lacking: Sequence[Unpictured] = ()
    """What was handed over in this batch and has no photograph of its waybill yet."""

    @property
    def parcel(self) -> parcel_pb2.Parcel | None:
        """The parcel in hand, as far as this node knows it."""
        return self.desk.parcel(self.session.parcel)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A person's row."""

    mode: Mode = Mode.ANY
    carrier: str = ""
    texts: tuple[str, ...] = ()
    done: tuple[Done, ...] = ()
    turns: int = 0


class ScanDesk:
    """What somebody with a scanner does."""

    def __init__(self, core: NodeCore, mailroom: MailroomDesk) -> None:
        self._core = core
        self._mailroom = mailroom
        self._turns: dict[str, asyncio.Lock] = {}

    async def board(self, staff: Staff) -> Board:
        """How it stands."""
        staff.require("扫码", MAILROOM)
        kept = await self._read(staff)
        return await self._shown(kept, Cue.READY)

    async def scan(self, staff: Staff, text: str, turn: str = "") -> Board:
        """One more scan; what cannot be read, or is refused, changes nothing and is told.

        `turn`: for which turn the page was made that sends it; what comes from an older page is not taken again.
        """
        staff.require("扫码", MAILROOM)
        async with self._turns.setdefault(staff.user, asyncio.Lock()):
            kept = await self._read(staff)
            if turn and turn != str(kept.turns):
                return replace(await self._shown(kept, Cue.BAD), words=words.OLD_PAGE)
            kept = replace(kept, turns=kept.turns + 1)
            try:
                found = read_scan(text)
                desk = await self._desk(kept, found.name)
                taken = scan_session.turn(kept.texts, text, desk)
            except errors.TongbanError as error:
                await self._write(staff, kept)
                return await self._shown(kept, Cue.BAD, error=error)
            return await self._took(staff, kept, taken)

    async def begin(self, staff: Staff, mode: Mode, carrier: str) -> Board:
        """Begin a batch: what is done with each parcel from now on, and to whom it is handed over."""
        staff.require("扫码", MAILROOM)
        async with self._turns.setdefault(staff.user, asyncio.Lock()):
            kept = await self._read(staff)
            same = kept.mode is mode and kept.carrier == carrier
            fresh = replace(kept, mode=mode, carrier=carrier, done=kept.done if same else ())
            await self._write(staff, fresh)
            return await self._shown(fresh, Cue.GOOD)

    async def leave(self, staff: Staff) -> Board:
        """Put aside what was scanned and not recorded."""
        staff.require("扫码", MAILROOM)
        async with self._turns.setdefault(staff.user, asyncio.Lock()):
            kept = replace(await self._read(staff), texts=())
            await self._write(staff, kept)
            return await self._shown(kept, Cue.READY)

    async def opened_with_photo(self, staff: Staff, photo: bytes) -> Board:
        """Open the parcel in hand where nobody else is there: a photograph stands for the second person."""
        staff.require("拆封", MAILROOM)
        async with self._turns.setdefault(staff.user, asyncio.Lock()):
            kept = await self._read(staff)
            board = await self._shown(kept, Cue.READY)
            if board.session.mode is not Mode.OPEN or not board.session.parcel or board.session.checking(board.desk):
                return replace(board, cue=Cue.BAD, words=words.SCAN[Mode.OPEN])
            if not board.session.seals_settled(board.desk):
                return replace(board, cue=Cue.BAD, words=board.prompt)
            record = scan_session.opening(board.session, board.desk)
            turn = Turn(kept.texts, board.session, Cue.DONE, words.OPENED, record)
            return await self._took(staff, kept, turn, photo)

    async def photographed(self, staff: Staff, photo: bytes, parcels: Sequence[str]) -> Board:
        """One photograph of waybills, for those of these parcels of the batch that lack one."""
        staff.require("交寄", MAILROOM)
        async with self._turns.setdefault(staff.user, asyncio.Lock()):
            kept = await self._read(staff)
            chosen = [each for each in await self._lacking(kept) if each.parcel in parcels]
            try:
                taken = await picture(self._mailroom, staff, chosen, photo)
            except errors.TongbanError as error:
                return await self._shown(kept, Cue.BAD, error=error)
            board = await self._shown(kept, Cue.BAD if taken.refused or not chosen else Cue.DONE, error=taken.refused)
            said = words.photographed(taken.count, len(board.lacking)) if chosen else words.NO_PARCEL_CHOSEN
            return replace(board, words=None if taken.refused else said)

    async def colleagues(self, staff: Staff) -> list[tuple[str, str]]:
        """Who may be the second person: user name and title of the others in the mailroom."""
        rows = await self._core.database.look_up(lambda tx: tx.fetch_all(QUERIES.list_staff))
        return [
            (row["user_name"], row["title"])
            for row in rows
            if MAILROOM in row["roles"].split(",") and row["user_name"] != staff.user
        ]

    async def _took(self, staff: Staff, kept: _Kept, turn: Turn, photo: bytes = b"") -> Board:
        kept = replace(kept, texts=turn.texts)
        if turn.mode is not None and turn.mode is not kept.mode:
            kept = replace(kept, mode=turn.mode, done=())
        error: errors.TongbanError | None = None
        cue, said = turn.cue, turn.words
        if turn.record is not None:
            try:
                done, state = await self._record(staff, kept, turn.record, photo)
            except errors.TongbanError as refused:
                error, cue = refused, Cue.BAD
            else:
                kept = replace(kept, texts=_after(turn.record, state), done=(*kept.done, done)[-BATCH:])
                cue, said = Cue(done.cue), Words(done.zh, done.en)
        await self._write(staff, kept)
        board = await self._shown(kept, cue, error=error)
        return replace(board, words=None if error is not None else said, to_shelf=turn.shelf)

    async def _record(self, staff: Staff, kept: _Kept, record: Record, photo: bytes) -> tuple[Done, parcel_pb2.Parcel]:
        """Record it; what was recorded, and the parcel as it is now."""
        said = words.CHECKED if record.checks else words.RECORDED[record.mode]
        match record.mode:
            case Mode.IN:
                taken = mailroom_pb2.TakeInParcelRequest(stub=record.code, seals=record.seals, waybill=record.waybill)
                check(taken, refuse_unknown=True)
                state = await self._mailroom.take_in_parcel(staff, taken, torn=record.torn)
                return self._taken(staff, state), state
            case Mode.OUT:
                given = mailroom_pb2.DispatchParcelRequest(
                    name=record.parcel,
                    carrier=kept.carrier,
                    waybill=record.waybill,
                    seals=record.seals,
                    stub=record.code,
                )
                check(given, refuse_unknown=True)
                state = await self._mailroom.dispatch_parcel(staff, given)
            case _ if record.checks:
                checks = [parcel_pb2.ItemCheck(item=c.item, outcome=c.outcome, pages=c.pages) for c in record.checks]
                request = mailroom_pb2.CheckItemsRequest(name=record.parcel, checks=checks)
                check(request, refuse_unknown=True)
                state = await self._mailroom.check_items(staff, request)
            case _:
                opened = mailroom_pb2.OpenParcelRequest(
                    name=record.parcel, seals_intact=record.intact, witness=record.witness, photo=photo
                )
                check(opened, refuse_unknown=True)
                state = await self._mailroom.open_parcel(staff, opened)
        differs = record.checks and any(c.outcome != parcel_pb2.CHECK_OUTCOME_CORRECT for c in record.checks)
        cue = (
            Cue.WARN if differs or (record.mode is Mode.OPEN and not record.checks and not record.intact) else Cue.DONE
        )
        return Done(record.parcel, record.mode, said.zh, said.en, cue), state

    def _taken(self, staff: Staff, state: parcel_pb2.Parcel) -> Done:
        """What is to be said of a parcel that was taken in: most of all, that it does not belong here."""
        here = parcel_pb2.Post(node=self._core.name, post=staff.post)
        home = state.origin.node == here.node and state.returning
        if state.destination != here and not home:
            zh, en = words.WRONG_POST
            to = state.destination
            return Done(state.name, Mode.IN, zh, en, Cue.WARN, redirect=True, node=to.node, post=to.post)
        if not state.version:
            return Done(state.name, Mode.IN, words.TAKEN_EARLY.zh, words.TAKEN_EARLY.en, Cue.DONE)
        if any(not each.HasField("resolve_time") for each in state.exceptions):
            return Done(state.name, Mode.IN, words.TAKEN_WITH_EXCEPTION.zh, words.TAKEN_WITH_EXCEPTION.en, Cue.WARN)
        said = words.RECORDED[Mode.IN]
        return Done(state.name, Mode.IN, said.zh, said.en, Cue.DONE)

    async def _shown(self, kept: _Kept, cue: Cue, *, error: errors.TongbanError | None = None) -> Board:
        desk = await self._desk(kept)
        session = scan_session.fold(kept.texts, desk)
        prompt = scan_session.prompt(session, desk)
        return Board(
            session,
            desk,
            prompt,
            cue,
            error=error,
            done=kept.done,
            texts=kept.texts,
            turn=kept.turns,
            lacking=await self._lacking(kept),
        )

    async def _lacking(self, kept: _Kept) -> list[Unpictured]:
        return await unpictured(self._core, [done.parcel for done in kept.done if done.mode == Mode.OUT])

    async def _desk(self, kept: _Kept, name: str = "") -> Desk:
        """What this node knows of the parcels that were scanned."""
        names = {name, *(read_scan(text).name for text in kept.texts)}
        parcels = {}
        for each in names:
            state = await self._core.state(each) if each.startswith("parcels/") else None
            if isinstance(state, parcel_pb2.Parcel):
                parcels[each] = state
        return Desk(
            node=self._core.name,
            mode=kept.mode,
            carrier=kept.carrier,
            wants_waybill=kept.carrier not in WITHOUT_WAYBILL,
            parcels=parcels,
        )

    async def _read(self, staff: Staff) -> _Kept:
        row: Row | None = await self._core.database.look_up(
            lambda tx: tx.fetch_one(SHELF.get_scan_session, {"user_name": staff.user})
        )
        if row is None:
            return _Kept()
        done = tuple(Done(**entry) for entry in json.loads(row["done"]))
        return _Kept(Mode(row["mode"]), row["carrier"], tuple(json.loads(row["texts"])), done, row["turns"])

    async def _write(self, staff: Staff, kept: _Kept) -> None:
        row = {
            "user_name": staff.user,
            "mode": kept.mode.value,
            "carrier": kept.carrier,
            "texts": json.dumps(kept.texts, ensure_ascii=False),
            "done": json.dumps([_plain(each) for each in kept.done], ensure_ascii=False),
            "turns": kept.turns,
            "update_time": round(self._core.clock.now().timestamp() * 1_000_000),
        }
        await self._core.database.run(lambda tx: tx.execute(SHELF.put_scan_session, row))


def _differs(record: Record) -> bool:
    if record.checks:
        return any(each.outcome != parcel_pb2.CHECK_OUTCOME_CORRECT for each in record.checks)
    return record.mode is Mode.OPEN and not record.intact


def _plain(done: Done) -> dict[str, object]:
    return {name: getattr(done, name) for name in Done.__slots__}


def _after(record: Record, state: parcel_pb2.Parcel) -> tuple[str, ...]:
    """What stays on the desk: a parcel that was opened and is not checked to its end."""
    goes_on = record.mode is Mode.OPEN and state.state == lifecycle_pb2.PARCEL_STATE_OPENED
    return (state.name.removeprefix("parcels/"),) if goes_on else ()
