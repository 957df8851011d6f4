"""What an import comes to, line by line: where, what is wrong, what to do."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from agreements.catalogue.layout import heading_of
from tongban.v1 import directory_pb2

MAX_FILE: Final = 8 << 20
"""The largest file that is read."""


class Outcome(enum.StrEnum):
    """What became of a row."""

    PUBLISHED = "published"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


OUTCOME_WORDS = {
    Outcome.PUBLISHED: ("新发布", "published"),
    Outcome.REVISED: ("已修订", "revised"),
    Outcome.UNCHANGED: ("无变化", "unchanged"),
    Outcome.REFUSED: ("未导入", "refused"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file; `row` 0 is the file itself."""

    row: int
    sheet: str = ""
    column: str = ""

    def zh(self) -> str:
        """For people."""
        said = [f"“{self.sheet}”表" if self.sheet else "", f"第 {self.row} 行" if self.row else "整个文件"]
        return "".join(said) + (f"“{self.column}”列" if self.column else "")

    def en(self) -> str:
        """In English; sheets and columns keep their names."""
        said = [f"sheet {self.sheet}" if self.sheet else "", f"row {self.row}" if self.row else "the whole file"]
        return ", ".join([*filter(None, said), *([f"column {self.column}"] if self.column else [])])


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a place, and what to do; `item` is the item's code where one is known."""

    place: Place
    item: str
    zh: str
    en: str
    todo_zh: str = "请改正后重新导入"
    todo_en: str = "Correct it and import the file again"


@dataclass(slots=True)
class Entry:
    """An item of the file: its document, where it stands, and which fields the file says nothing of."""

    code: str
    place: Place
    document: directory_pb2.ItemDocument
    absent: frozenset[str] = frozenset()
    places: dict[str, Place] = field(default_factory=dict)
    """Where each field's path stands, such as `materials[2]`."""

    def locate(self, path: str) -> Place:
        """The place of a field at fault; `path` as errors have it, from the document on."""
        path = path.removeprefix("document").lstrip(".")
        whole = path
        while path:
            if path in self.places:
                found = self.places[path]
                return found if found.column else _with_column(found, whole)
            path = path[:-1].rpartition("[")[0] if path.endswith("]") else path.rpartition(".")[0]
        return _with_column(self.place, whole)


def _with_column(place: Place, path: str) -> Place:
    return Place(place.row, place.sheet, heading_of(path)[1])


@dataclass(slots=True)
class Reading:
    """What a file holds: good items, and what is wrong with the others."""

    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def of_file(self, zh: str, en: str, **todo: str) -> Reading:
        """The whole file is refused."""
        self.entries.clear()
        self.problems[:] = [Problem(Place(0), "", zh, en, **todo)]
        return self


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report."""

    place: Place
    item: str
    outcome: Outcome
    zh: str = ""
    en: str = ""
    todo_zh: str = ""
    todo_en: str = ""

    def text(self) -> str:
        """For a terminal, in both languages."""
        said, said_en = OUTCOME_WORDS[self.outcome]
        head = f"{self.place.zh()} {self.item} {said} · {self.place.en()}: {said_en}"
        if not self.zh:
            return head
        todo = f"\n    怎么办:{self.todo_zh}。 {self.todo_en}." if self.todo_zh else ""
        return f"{head}\n    {self.zh}\n    {self.en}{todo}"


def refusals(problems: Sequence[Problem]) -> list[Line]:
    """Problems as lines of the report."""
    return [
        Line(each.place, each.item, Outcome.REFUSED, each.zh, each.en, each.todo_zh, each.todo_en) for each in problems
    ]
