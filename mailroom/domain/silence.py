"""Nothing moves silently: every change of hands is signed for by both, or somebody owns that it is not.

Given a parcel as its events fold to it and the rows of custody that its events wrote, `silent_moves` says which of
them nobody can account for.  There must be none.  It asks none of the code that moves custody; what it knows is

    post -> leg             the leg has the giver's scan, made at that post's node
    leg -> post             the leg has the taker's scan, made at that post, and the giver's
    post -> another node's  both scans of a leg between them
    within a node           one node has given and taken; its event is signed once
    leg -> nobody's post    never: what a leg has must be scanned before it can go on
    post -> missing         a discrepancy of the parcel says so
    post -> applicant       the node that had it handed it out

A scan counts when it has read this parcel's nonce, and where it read other seals or another manifest an exception
says so.  Where one scan of two is missing there must be an exception `one-sided` of that leg: open while the scan is
missing, or ended by a person who signed for how.  A leg that has the parcel now waits for its second scan and is not
silent: `mailroom.domain.watch` opens the exception when it is due.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mailroom.domain.codes import DISCREPANCIES, ExceptionCode
from mailroom.domain.manifest import normal_seals
from mailroom.domain.numbers import leg_name
from tongban.v1 import parcel_pb2

_POST, _LEG = parcel_pb2.HOLDER_KIND_POST, parcel_pb2.HOLDER_KIND_LEG
_APPLICANT, _MISSING = parcel_pb2.HOLDER_KIND_APPLICANT, parcel_pb2.HOLDER_KIND_MISSING
_NOBODY = parcel_pb2.HOLDER_KIND_UNSPECIFIED
_OF_CONTENTS: Final = frozenset(DISCREPANCIES.values())


class Scans(enum.StrEnum):
    """How a leg stands with its two scans."""

    BOTH = "both"  # 双方已扫描
    UNDER_WAY = "under-way"  # 在途: the giver's stands, and the leg has the parcel
    ONE_SIDED = "one-sided"  # 单方: one is missing, or what vouches for the courier, and an exception is open
    EXPLAINED = "explained"  # 已说明: one is missing, and a person has signed for how it ended
    SILENT = "silent"  # neither


@dataclass(frozen=True, slots=True)
class SilentMove:
    """A change of hands that nobody can account for."""

    parcel: str
    original: str
    event_id: str
    why: str


def scans_of(parcel: parcel_pb2.Parcel, name: str) -> Scans:
    """How the leg of this name stands."""
    leg = next((leg for leg in parcel.legs if leg_name(parcel.name, leg.number) == name), None)
    if leg is None:
        return Scans.SILENT
    given, taken = (
        present and is_verified(parcel, scan, body)
        for present, scan, body in (
            (leg.HasField("dispatch"), leg.dispatch, "parcel_dispatched"),
            (leg.HasField("intake"), leg.intake, "parcel_taken_in"),
        )
    )
    if given and taken:
        return Scans.BOTH
    said = _one_sided(parcel, name)
    if given and parcel.custody.kind == _LEG and parcel.custody.leg == name:
        return Scans.ONE_SIDED if said is Scans.ONE_SIDED else Scans.UNDER_WAY
    return said


def is_verified(parcel: parcel_pb2.Parcel, scan: parcel_pb2.ParcelScan, body: str) -> bool:
    """Whether a scan proves that this parcel was there, and whatever else it read is said to differ where it does."""
    if scan.nonce != parcel.nonce:
        return False
    raised = {exception.code for exception in parcel.exceptions if exception.event_type == body}
    if normal_seals(scan.seals) != normal_seals(parcel.seals) and ExceptionCode.SEAL_MISMATCH not in raised:
        return False
    return scan.manifest_digest == parcel.manifest_digest or ExceptionCode.MANIFEST_MISMATCH in raised


def silent_moves(
    parcel: parcel_pb2.Parcel, chains: Iterable[tuple[str, Sequence[parcel_pb2.Custody]]]
) -> list[SilentMove]:
    """Moves by this parcel's events that nobody can account for, in whole chains of originals (or of the parcel)."""
    found = []
    for original, chain in chains:
        before = parcel_pb2.Custody()
        for row in chain:
            if row.stream == parcel.name and (why := _why_silent(parcel, before, row)):
                found.append(SilentMove(parcel.name, original, row.event_id, why))
            before = row
    return found


def _why_silent(parcel: parcel_pb2.Parcel, before: parcel_pb2.Custody, after: parcel_pb2.Custody) -> str:
    change = before.kind, after.kind
    if change in ((_NOBODY, _POST), (_POST, _APPLICANT)):
        return ""
    if change == (_POST, _LEG):
        return _given(parcel, before.post, after)
    if change == (_LEG, _POST):
        return _taken(parcel, after.post, before.leg)
    if change == (_POST, _POST):
        return "" if before.post.node == after.post.node else _passed_on(parcel, after.post)
    if change == (_POST, _MISSING):
        return "" if _says_missing(parcel) else "missing without a discrepancy"
    if change == (_MISSING, _POST):
        mended = before.stream == parcel.name or before.answerable_node == after.post.node
        return "" if mended else "found by somebody who did not answer for it"
    return f"from {before.kind} to {after.kind}"


def _given(parcel: parcel_pb2.Parcel, post: parcel_pb2.Post, after: parcel_pb2.Custody) -> str:
    leg = next((leg for leg in parcel.legs if leg_name(parcel.name, leg.number) == after.leg), None)
    if leg is None:
        return "a leg that is not there"
    if not leg.HasField("dispatch") or leg.dispatch.post.node != post.node:
        return "the giver has not scanned"
    if after.answerable_node != leg.booking_node:
        return "another answers than has booked it"
    return "the leg is silent" if scans_of(parcel, after.leg) is Scans.SILENT else ""


def _taken(parcel: parcel_pb2.Parcel, post: parcel_pb2.Post, name: str) -> str:
    leg = next((leg for leg in parcel.legs if leg_name(parcel.name, leg.number) == name), None)
    if leg is None or not leg.HasField("intake") or leg.intake.post != post:
        return "the taker has not scanned"
    return "the leg is silent" if scans_of(parcel, name) is Scans.SILENT else ""


def _passed_on(parcel: parcel_pb2.Parcel, post: parcel_pb2.Post) -> str:
    legs = [leg for leg in parcel.legs if leg.HasField("intake") and leg.intake.post == post]
    if not legs:
        return "the taker has not scanned"
    if any(scans_of(parcel, leg_name(parcel.name, leg.number)) is not Scans.SILENT for leg in legs):
        return ""
    return "the leg is silent"


def _says_missing(parcel: parcel_pb2.Parcel) -> bool:
    return any(exception.code in _OF_CONTENTS for exception in parcel.exceptions)


def _one_sided(parcel: parcel_pb2.Parcel, name: str) -> Scans:
    """By the exceptions of this leg; one that names no leg is of all of them, as older events wrote it."""
    found = [e for e in parcel.exceptions if e.code == ExceptionCode.ONE_SIDED and e.subject in ("", name)]
    if not found:
        return Scans.SILENT
    return Scans.ONE_SIDED if any(not e.HasField("resolve_time") for e in found) else Scans.EXPLAINED
