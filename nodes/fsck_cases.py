"""The list of open cases checked against the parcels that it was made from, whose states are checked by themselves."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf.message import DecodeError

from nodes.journal.cases import rows_of
from nodes.store import FSCK
from tongban.fsck import Finding, Phase, Report
from tongban.fsck.report import Key, Remedy, short
from tongban.storage.base import Row, Transaction
from tongban.v1 import parcel_pb2

_PARCEL, _CASE = range(2)


def check_cases(tx: Transaction, report: Report) -> None:
    """Name every case that is missing, too many, or says something else than its parcel."""
    sources = ((_PARCEL, FSCK.fsck_case_parcels), (_CASE, FSCK.fsck_cases))
    merged = heapq.merge(
        *(_tagged(report, kind, tx.stream(query)) for kind, query in sources), key=lambda tagged: tagged[:2]
    )
    for name, rows in itertools.groupby(merged, key=lambda tagged: tagged[0]):
        _compare(report, name, [(kind, row) for _, kind, row in rows])


def _tagged(report: Report, kind: int, rows: Iterable[Row]) -> Iterator[tuple[str, int, Row]]:
    for row in rows:
        if kind == _CASE:
            report.read("cases")
        yield row["parcel"], kind, row


def _compare(report: Report, name: str, rows: list[tuple[int, Row]]) -> None:
    wanted: dict[tuple[str, str], dict[str, Any]] = {}
    for kind, row in rows:
        if kind == _PARCEL:
            try:
                parcel = parcel_pb2.Parcel.FromString(row["state"])
            except DecodeError:
                return  # said of the stream itself
            wanted = {(str(each["code"]), str(each["subject"])): each for each in rows_of(parcel)}
    found = {(row["code"], row["subject"]): row for kind, row in rows if kind == _CASE}
    for code, subject in sorted(wanted.keys() | found.keys()):
        key: Key = {"parcel": name, "code": code, "subject": subject}
        want, have = wanted.get((code, subject)), found.get((code, subject))
        if want is None:
            _bad(report, "extra", key, "无未结的异常 (nothing is open)", have["owner"] if have is not None else "")
        elif have is None:
            _bad(report, "missing", key, str(want["owner"]), "")
        elif differing := [column for column in want if have[column] != want[column]]:
            column = differing[0]
            _bad(report, "differs", key, f"{column} {want[column]}", have[column])


def _bad(report: Report, kind: str, key: Key, expected: str, found: object) -> None:
    name = str(key["parcel"])
    report.add(Finding(Phase.OTHER, "cases", kind, key, expected, short(found), Remedy.DERIVED, name))
