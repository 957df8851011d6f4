"""From one scan to the next: what is asked for, what is told, and what is to be recorded now.

A session is the fold of the texts that were scanned since the last thing was recorded; `turn` takes one more.  It is
kept as those texts, so a browser that closes, or a page without scripts, loses nothing, and taking back the last scan
is leaving out the last text.

    take in       the parcel's code, its seals, its waybill, in any order: recorded with the last of them
    hand over     the same, to the carrier that was chosen for the batch
    open          the parcel, its seals, the second person: recorded with the last of them
    check         an item's label, and what is wrong with it; an item that is followed by another was as it should be

**Three scans a discrepancy.**  Item, discrepancy, done.  What cannot be scanned because it is not there: `MISSING`
alone means whatever is still unscanned.  What is on no list: `EXTRA` alone, or the label of an item that belongs to
another parcel.  `DONE` records what was looked at, whether or not it was everything: nothing that is short or over
holds anything up.  A number after `PAGES-SHORT` is the sheets that were counted.

**Differences are confirmed, never refused.**  Where a seal or a waybill is not the one that was expected, the parcel is
not recorded by itself: the page shows what will be recorded, and `DONE` records it as it was scanned.

Promised: `turn` is total over readable texts, the same texts give the same session, what is scanned twice in a row
counts once (except `EXTRA`, as two things can be extra), what is refused is not kept, and nothing is recorded that was
not scanned.  Not promised: that the desk accepts what is asked to be recorded; then the scans stay, and `DONE` asks
again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from mailroom.domain import scan_words as words
from mailroom.domain.labels import OUTCOMES, Command
from mailroom.domain.scan_state import NO_SEAL, Check, Cue, Desk, Record, Session, Turn
from mailroom.domain.scan_words import Words
from mailroom.domain.scanning import ARRIVED, Kind, Mode, Numbers, Scan, natural_mode, read_scan
from tongban.v1 import lifecycle_pb2, parcel_pb2

_MODES: Final = {Command.IN: Mode.IN, Command.OUT: Mode.OUT, Command.OPEN: Mode.OPEN}
_TO_OPEN: Final = ARRIVED | {lifecycle_pb2.PARCEL_STATE_OPENED}
_CORRECT: Final = parcel_pb2.CHECK_OUTCOME_CORRECT


def fold(texts: Sequence[str], desk: Desk) -> Session:
    """The session that these texts make; a text that no longer fits is passed over."""
    session = Session(mode=desk.mode)
    for text in texts:
        session = _step(session, read_scan(text), desk).session
    return session


def turn(texts: Sequence[str], text: str, desk: Desk) -> Turn:
    """One more text; raises the named error of a text that cannot be read."""
    kept = tuple(texts)
    session = fold(kept, desk)
    scan = read_scan(text)
    if scan.command is Command.UNDO:
        return _undo(kept, session, desk)
    if scan.command in _MODES or scan.command is Command.SHELF:
        return _change(kept, session, scan.command)
    again = bool(kept) and kept[-1] == scan.raw and scan.command is not Command.EXTRA
    if again and scan.command is not Command.DONE:
        return Turn(kept, session, Cue.GOOD, words.AGAIN)
    step = _step(session, scan, desk)
    if step.cue is Cue.BAD:
        return Turn(kept, session, step.cue, step.words)
    if scan.command is not Command.DONE:
        kept = (*kept, scan.raw)
    return Turn(kept, step.session, step.cue, step.words, step.record)


def prompt(session: Session, desk: Desk) -> Words:
    """What to scan next."""
    if session.mode is Mode.OPEN and session.parcel:
        return _prompt_open(session, desk)
    if not session.parcel:
        return words.SCAN[session.mode]
    numbers = session.read(desk)
    lacking = max(len(session.expected(desk)), 1) - len(numbers.seals)
    if lacking > 0 and not session.torn:
        return words.seals_lacking(lacking)
    if not numbers.waybill and (session.mode is not Mode.OUT or desk.wants_waybill):
        return words.WAYBILL
    return words.CHOOSE_CARRIER if session.mode is Mode.OUT and not desk.carrier else words.CONFIRM


@dataclass(frozen=True, slots=True)
class _Step:
    session: Session
    cue: Cue
    words: Words
    record: Record | None = None


def _undo(kept: tuple[str, ...], session: Session, desk: Desk) -> Turn:
    if not kept:
        return Turn(kept, session, Cue.BAD, words.NOTHING_TO_UNDO)
    return Turn(kept[:-1], fold(kept[:-1], desk), Cue.GOOD, words.undone(kept[-1]))


def _change(kept: tuple[str, ...], session: Session, command: Command | None) -> Turn:
    if kept:
        return Turn(kept, session, Cue.BAD, words.UNFINISHED)
    if command is Command.SHELF:
        return Turn((), session, Cue.GOOD, words.TO_SHELF, shelf=True)
    assert command is not None
    mode = _MODES[command]
    return Turn((), Session(mode=mode), Cue.GOOD, words.SCAN[mode], mode=mode)


def _bad(session: Session, said: Words) -> _Step:
    return _Step(session, Cue.BAD, said)


def _step(session: Session, scan: Scan, desk: Desk) -> _Step:
    match scan.kind:
        case Kind.PARCEL | Kind.PARCEL_NUMBER:
            return _parcel(session, scan, desk)
        case Kind.ITEM:
            return _item(session, scan.name, desk)
        case Kind.COMMAND:
            assert scan.command is not None
            return _command(session, scan.command, desk)
        case _:
            return _number(session, scan, desk)


def _parcel(session: Session, scan: Scan, desk: Desk) -> _Step:
    known = desk.parcel(scan.name)
    if session.parcel and session.parcel != scan.name:
        return _bad(session, words.OTHER_PARCEL)
    mode = session.mode if session.mode is not Mode.ANY else natural_mode(known, desk.node)
    if mode is not Mode.OPEN and scan.kind is Kind.PARCEL_NUMBER:
        return _bad(session, words.CODE_NOT_NUMBER)
    if mode is Mode.OPEN and (known is None or known.state not in _TO_OPEN):
        return _bad(session, words.not_to_open(known))
    if mode is Mode.OUT and known is None:
        return _bad(session, words.NOT_KNOWN)
    code = scan if scan.kind is Kind.PARCEL else session.code
    return _complete(replace(session, mode=mode, parcel=scan.name, code=code), desk, words.PARCEL_READ)


def _number(session: Session, scan: Scan, desk: Desk) -> _Step:
    if session.checking(desk):
        return _pages(session, scan)
    if session.mode is Mode.OPEN and session.parcel:
        return _before_opening(session, scan, desk)
    if not scan.could_be_number:
        return _bad(session, words.NO_NUMBER)
    after = replace(session, numbers=(*session.numbers, scan))
    if session.parcel and after.read(desk).spare:
        return _bad(session, words.TWO_WAYBILLS)
    return _complete(after, desk, words.NUMBER_READ)


def _before_opening(session: Session, scan: Scan, desk: Desk) -> _Step:
    """A seal that was looked at, and after the last of them the second person."""
    if scan.text in session.expected(desk) or scan.kind is Kind.SEAL:
        after = replace(session, numbers=(*session.numbers, scan))
        strange = scan.text not in session.expected(desk)
        return _Step(after, Cue.WARN, words.STRANGE_SEAL) if strange else _Step(after, Cue.GOOD, words.NUMBER_READ)
    if not session.seals_settled(desk):
        return _bad(session, words.STRANGE_SEAL)
    after = replace(session, witness=scan.raw)
    return _Step(after, Cue.DONE, words.OPENED, opening(after, desk))


def _pages(session: Session, scan: Scan) -> _Step:
    last = session.checks[-1] if session.checks and not session.pending else None
    counted = scan.text.isascii() and scan.text.isdecimal() and len(scan.text) <= 4
    if last is None or last.outcome != parcel_pb2.CHECK_OUTCOME_PAGES_SHORT or not counted:
        return _bad(session, words.SCAN_ITEM)
    checks = (*session.checks[:-1], replace(last, pages=int(scan.text)))
    return _Step(replace(session, checks=checks), Cue.GOOD, words.PAGES_READ)


def _item(session: Session, name: str, desk: Desk) -> _Step:
    if not session.checking(desk):
        return _bad(session, words.OPEN_FIRST)
    known = desk.parcel(session.parcel)
    assert known is not None
    settled = _settle(session)
    if name not in {entry.item for entry in known.manifest}:
        return _Step(_extra(settled, desk), Cue.WARN, words.NOT_ON_LIST)
    return _Step(replace(settled, pending=name), Cue.GOOD, words.ITEM_READ)


def _settle(session: Session) -> Session:
    """The item in hand was as it should be: somebody went on."""
    return _found(session, session.pending, _CORRECT) if session.pending else session


def _found(session: Session, item: str, outcome: parcel_pb2.CheckOutcome) -> Session:
    others = tuple(check for check in session.checks if check.item != item)
    return replace(session, checks=(*others, Check(item, outcome)), pending="")


def _extra(session: Session, desk: Desk) -> Session:
    taken = {item for item in session.outcomes(desk) if item.startswith("extra-")}
    number = next(n for n in range(1, len(taken) + 2) if f"extra-{n}" not in taken)
    return replace(
        session, checks=(*session.checks, Check(f"extra-{number}", parcel_pb2.CHECK_OUTCOME_EXTRA)), pending=""
    )


def _command(session: Session, command: Command, desk: Desk) -> _Step:
    if session.checking(desk):
        return _say(session, command, desk)
    if command is Command.SEAL_BROKEN and session.mode is not Mode.OUT:
        return _complete(replace(session, torn=True), desk, words.SEAL_BROKEN)
    if command is not Command.DONE:
        return _bad(session, words.OPEN_FIRST)
    return _done(session, desk)


def _say(session: Session, command: Command, desk: Desk) -> _Step:
    """What is said of the item in hand, or of what is not there at all."""
    if command is Command.DONE:
        settled = _settle(session)
        if not settled.checks:
            return _bad(session, words.NOTHING_LOOKED_AT)
        record = Record(Mode.OPEN, session.parcel, checks=settled.checks)
        return _Step(settled, Cue.DONE, words.CHECKED, record)
    outcome = OUTCOMES.get(command)
    if outcome is None:
        return _bad(session, words.UNFINISHED)
    if command is Command.EXTRA:
        return _Step(_extra(_settle(session), desk), Cue.WARN, words.said(command))
    if session.pending:
        cue = Cue.GOOD if outcome == _CORRECT else Cue.WARN
        return _Step(_found(session, session.pending, outcome), cue, words.said(command))
    if command is Command.MISSING and (gone := session.unseen(desk)):
        for item in gone:
            session = _found(session, item, outcome)
        return _Step(session, Cue.WARN, words.all_missing(len(gone)))
    return _bad(session, words.ITEM_FIRST)


def _complete(session: Session, desk: Desk, said: Words) -> _Step:
    """Record what is whole and as expected; else go on."""
    if session.code is None or session.mode is Mode.OPEN:
        return _Step(session, Cue.GOOD, said)
    numbers = session.read(desk)
    expected = set(session.expected(desk))
    if session.torn or not numbers.sure or not set(numbers.seals) <= expected:
        return _Step(session, Cue.WARN, words.DIFFERS)
    if set(numbers.seals) != expected or not (numbers.waybill or _without_waybill(session, desk)):
        return _Step(session, Cue.GOOD, said)
    if session.mode is Mode.OUT and not desk.carrier:
        return _Step(session, Cue.WARN, words.CHOOSE_CARRIER)
    return _hand(session, numbers)


def _without_waybill(session: Session, desk: Desk) -> bool:
    return session.mode is Mode.OUT and not desk.wants_waybill


def _hand(session: Session, numbers: Numbers) -> _Step:
    assert session.code is not None
    record = Record(
        session.mode,
        session.parcel,
        session.code.raw,
        numbers.seals or (NO_SEAL,),
        numbers.waybill,
        session.torn,
    )
    return _Step(session, Cue.DONE, words.RECORDED[session.mode], record)


def _done(session: Session, desk: Desk) -> _Step:
    """As it was scanned, differences and all."""
    if session.mode is Mode.OPEN:
        if not session.parcel or not session.witness:
            return _bad(session, prompt(session, desk))
        return _Step(session, Cue.DONE, words.OPENED, opening(session, desk))
    if session.code is None:
        return _bad(session, words.SCAN[session.mode])
    numbers = session.read(desk)
    if not numbers.seals and not session.torn:
        return _bad(session, words.NO_SEAL_READ)
    if session.mode is Mode.OUT and not desk.carrier:
        return _bad(session, words.CHOOSE_CARRIER)
    if session.mode is Mode.OUT and desk.wants_waybill and not numbers.waybill:
        return _bad(session, words.WAYBILL)
    return _hand(session, numbers)


def opening(session: Session, desk: Desk) -> Record:
    """What is to be recorded of the seals and the second person, as it was scanned so far."""
    strange = any(scan.text not in session.expected(desk) for scan in session.numbers)
    intact = session.seals_settled(desk) and not session.torn and not strange
    return Record(Mode.OPEN, session.parcel, intact=intact, witness=session.witness)


def _prompt_open(session: Session, desk: Desk) -> Words:
    if session.checking(desk):
        if session.pending:
            return words.SAY_OF_ITEM
        left = len(session.unseen(desk))
        return words.items_left(left) if left else words.ALL_LOOKED_AT
    lacking = len(set(session.expected(desk)) - {scan.text for scan in session.numbers})
    return words.SECOND_PERSON if session.seals_settled(desk) else words.seals_to_look_at(lacking)
