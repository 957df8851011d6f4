"""What people are told of a case: staff what failed and what to do now, the applicant where things stand."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml

from mailroom.domain.exceptions import is_open
from tongban.v1 import application_pb2, parcel_pb2

Pair = tuple[str, str]
"""Chinese and English."""


@dataclass(frozen=True, slots=True)
class CaseWords:
    """The words for one code."""

    name: Pair
    failed: Pair
    """Who failed."""
    do: Pair
    """What to do now."""
    applicant: Pair = ("", "")
    """What the applicant hears; nothing where it is none of their concern yet."""


RESOLUTIONS: Mapping[str, Pair] = {
    "found": ("找到了", "found"),
    "explained": ("已说明", "explained"),
    "replaced": ("已补办", "replaced"),
    "compensated": ("已赔付", "compensated"),
    "returned": ("已退回", "returned"),
    "scanned": ("已补扫", "scanned"),
    "false-alarm": ("误报", "false alarm"),
}
"""How a case may end, and what that is called."""

OUTCOMES: Mapping[str, Pair] = {
    "found": ("找到了", "found"),
    "not-found": ("没有找到", "not found"),
    "handed-on": ("已转出", "handed on"),
    "carrier-confirms-loss": ("承运方确认遗失", "the carrier confirms the loss"),
}
"""What a search may come to."""


def words_of(code: str) -> CaseWords:
    """The words for a code; those of anything else, for one that this version does not know."""
    known = all_words()
    return known.get(code) or known[""]


@functools.cache
def all_words() -> Mapping[str, CaseWords]:
    """By code; the empty code has the words for anything else."""
    content = yaml.safe_load(resources.files("mailroom.data").joinpath("cases.yaml").read_bytes())
    return {"": _words(content["otherwise"]), **{code: _words(entry) for code, entry in content["cases"].items()}}


def _words(entry: Mapping[str, Any]) -> CaseWords:
    return CaseWords(**{key: (str(zh), str(en)) for key, (zh, en) in entry.items()})


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence for the applicant."""

    code: str
    when: dt.datetime
    text: Pair
    open: bool


def lines_for_applicant(parcel: parcel_pb2.Parcel) -> list[Line]:
    """Where their papers stand, in plain words, oldest first: what is wrong and, once it is over, that it is."""
    lines: dict[str, Line] = {}
    for exception in parcel.exceptions:
        told = words_of(exception.code).applicant
        if not told[0] or _is_at_the_carrier(exception):
            continue
        if is_open(exception):
            known = lines.get(exception.code)
            if known is None or not known.open:
                lines[exception.code] = Line(exception.code, exception.create_time.ToDatetime(dt.UTC), told, open=True)
        elif exception.code not in lines:
            lines[exception.code] = Line(
                exception.code, exception.resolve_time.ToDatetime(dt.UTC), _over(exception), open=False
            )
    return sorted(lines.values(), key=lambda line: (line.when, line.text))


def _is_at_the_carrier(exception: application_pb2.StreamException) -> bool:
    """Whether it waits where a carrier left it: for a mailroom to fetch it, not for the applicant."""
    return exception.code == "unclaimed" and bool(exception.subject)


def _over(exception: application_pb2.StreamException) -> Pair:
    name, ended = words_of(exception.code).name, RESOLUTIONS.get(exception.resolution, ("已了结", "settled"))
    return (
        f"此前您的材料在寄递中出现“{name[0]}”,已处理:{ended[0]}。",
        f"Your papers on their way ({name[1].lower()}): settled, {ended[1]}.",
    )
