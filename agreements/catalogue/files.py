"""A list of items in whatever file it comes, checked; and what publishing it would come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Final

from agreements.catalogue.csv_file import read_csv, write_csv
from agreements.catalogue.report import MAX_FILE, Entry, Line, Outcome, Problem, Reading, refusals
from agreements.catalogue.xlsx_file import read_xlsx, write_xlsx
from agreements.catalogue.yaml_file import read_yaml, write_yaml
from agreements.domain.catalogue import check_document, check_words
from tongban import errors
from tongban.v1 import catalogue_pb2, directory_pb2
from tongban.validation import violations

_READERS: Final[Mapping[str, Callable[[bytes, str], Reading]]] = {
    ".yaml": read_yaml,
    ".yml": read_yaml,
    ".csv": read_csv,
    ".xlsx": read_xlsx,
}
FORMATS: Final = ("xlsx", "csv", "yaml")
_OUTCOMES: Final = {
    catalogue_pb2.PUBLISH_OUTCOME_PUBLISHED: Outcome.PUBLISHED,
    catalogue_pb2.PUBLISH_OUTCOME_REVISED: Outcome.REVISED,
    catalogue_pb2.PUBLISH_OUTCOME_UNCHANGED: Outcome.UNCHANGED,
}


def read_file(raw: bytes, file: str, home: str, current: Mapping[str, directory_pb2.ItemDocument]) -> Reading:
    """What a file holds for this home; `current` is what is published, for what the file says nothing of."""
    reading = Reading()
    if len(raw) > MAX_FILE:
        return reading.of_file(f"超过 {MAX_FILE >> 20} MiB", f"it is larger than {MAX_FILE >> 20} MiB")
    reader = _READERS.get(PurePath(file).suffix.lower())
    if reader is None:
        return reading.of_file(
            "不认识这种文件",
            "this kind of file is not known",
            todo_zh="请用 .xlsx、.csv 或 .yaml 文件",
            todo_en="Take a file in .xlsx, .csv or .yaml",
        )
    reading = reader(raw, home)
    good = []
    for entry in reading.entries:
        _keep(entry, current.get(entry.document.name))
        found = _check(entry)
        reading.problems.extend(found)
        if not found:
            good.append(entry)
    reading.entries[:] = good
    return reading


def write_file(documents: Iterable[directory_pb2.ItemDocument], kind: str, encoding: str = "utf-8") -> bytes:
    """The list in one of `FORMATS`; `encoding` is for CSV."""
    listed = sorted(documents, key=lambda each: each.name)
    match kind:
        case "xlsx":
            return write_xlsx(listed)
        case "csv":
            return write_csv(listed, encoding)
        case "yaml":
            return write_yaml(listed)
        case _:
            raise errors.FieldInvalid(field="format", problem="应为 xlsx、csv 或 yaml", problem_en="xlsx, csv or yaml")


def report(reading: Reading, results: Sequence[catalogue_pb2.PublishResult]) -> list[Line]:
    """The whole report, in the file's order; `results` are the node's, one an entry."""
    lines = refusals(reading.problems)
    for entry, result in zip(reading.entries, results, strict=True):
        outcome = _OUTCOMES.get(result.outcome, Outcome.REFUSED)
        if outcome is Outcome.REFUSED:
            lines.append(Line(entry.locate(result.field), entry.code, outcome, result.message_zh, result.message_en))
            continue
        changed = "、".join(dict.fromkeys(change.element_zh for change in result.changes if change.element_zh))
        named = ", ".join(dict.fromkeys(change.element_en for change in result.changes if change.element_en))
        said = (f"改动:{changed}", f"changed: {named}") if changed else ("", "")
        lines.append(Line(entry.place, entry.code, outcome, *said))
    return sorted(lines, key=lambda line: (line.place.row, line.place.sheet, line.place.column))


def _keep(entry: Entry, current: directory_pb2.ItemDocument | None) -> None:
    """What a table has no column for stays as it is published."""
    if current is None:
        return
    for field in sorted(entry.absent):
        part = directory_pb2.ItemDocument()
        part.CopyFrom(current)
        for each in part.DESCRIPTOR.fields:
            if each.name != field:
                part.ClearField(each.name)
        entry.document.ClearField(field)
        entry.document.MergeFrom(part)


def _check(entry: Entry) -> list[Problem]:
    broken = violations(entry.document, where="document")
    if broken:
        return [Problem(entry.locate(each.field), entry.code, each.zh, each.en) for each in broken]
    try:
        check_document(entry.document)
        check_words(entry.document)
    except errors.TongbanError as error:
        zh, en = error.facts.get("problem", error.text("zh")), error.facts.get("problem_en", error.text("en"))
        return [Problem(entry.locate(error.field), entry.code, zh, en)]
    return []
