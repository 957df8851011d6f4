"""What a check came to: the first bad record, and how many others of each kind."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol


class Phase(enum.IntEnum):
    """What rests on what: a finding of a lower phase may be the cause of one of a higher, never the reverse."""

    SETTINGS = 0
    ADMISSIONS = 1
    DIRECTORY = 2
    EVENTS = 3
    BATCHES = 4
    SEALED = 5
    STREAMS = 6
    GAPS = 7
    ENTRIES = 8
    CHANNELS = 9
    CUSTODY = 10
    LOG = 11
    OTHER = 12


KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "missing": ("记录缺失", "a record is missing"),
    "extra": ("多出记录", "a record that nothing accounts for"),
    "unreadable": ("不能解析", "it cannot be read"),
    "differs": ("与其所属记录不符", "it differs from what it belongs to"),
    "digest": ("摘要不符", "the digest is not that of the bytes"),
    "signature": ("签名不符", "the signature does not hold"),
    "key": ("签名密钥不当", "the key could not sign this then"),
    "receipt": ("回执不符", "the receipt does not prove it"),
    "history": ("与前后事件不符", "it does not follow from the events before it"),
    "state": ("与重算结果不符", "it differs from what the events fold to"),
    "order": ("次序不符", "it is out of order"),
    "ahead": ("超前", "it is ahead of what is stored"),
    "behind": ("落后", "it is behind what is stored"),
}
"""Every kind of finding, in both languages."""


class Remedy(enum.Enum):
    """What to do about it."""

    JOURNAL = (
        "日志本身受损:停用此库,从备份恢复(restore),恢复后由对方补回其余事件,再运行 fsck",
        "the journal itself is damaged: stop, restore a backup, let the peers bring back the rest, and run fsck again",
    )
    DERIVED = (
        "日志完好,由日志推算的内容不符:停用此库,从备份恢复,再运行 fsck;若仍不符,请连同本报告报修",
        "the journal is whole, what is derived is not: stop, restore a backup, run fsck again; report what is still so",
    )
    SHOWN = (
        "只影响显示:节点重新连接后会更新;若仍不符,从备份恢复",
        "it is only shown to the operator: it is renewed when the node connects again; restore a backup if it is not",
    )


Key = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Finding:
    """One bad record.  `rank` orders findings; `stream` and `version` say which event it concerns, if one."""

    phase: Phase
    table: str
    kind: str
    key: Key
    expected: str
    found: str
    remedy: Remedy
    stream: str = ""
    version: int = 0

    @property
    def rank(self) -> tuple[int, str, int, str]:
        """The smaller, the nearer to the cause."""
        name = self.stream or str(next(iter(self.key.values()), ""))
        place = self.version or next((v for v in self.key.values() if isinstance(v, int)), 0)
        return self.phase, name, place, self.table

    def as_json(self) -> dict[str, object]:
        """For programs."""
        zh, en = KINDS[self.kind]
        return {
            "table": self.table,
            "key": dict(self.key),
            "stream": self.stream,
            "version": self.version,
            "kind": self.kind,
            "problem_zh": zh,
            "problem_en": en,
            "expected": self.expected,
            "found": self.found,
            "remedy_zh": self.remedy.value[0],
            "remedy_en": self.remedy.value[1],
        }


class Progress(Protocol):
    """Told now and then how far a check is."""

    def __call__(self, table: str, rows: int) -> None:
        """So many rows of this table have been read."""
        ...


@dataclass(slots=True)
class Report:
    """Collects findings; memory does not grow with their number."""

    progress: Progress | None = None
    first: Finding | None = None
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return self.first is None

    def read(self, table: str) -> None:
        """Another row of this table was read."""
        self.rows[table] += 1
        if self.progress is not None and self.rows[table] % 256 == 0:
            self.progress(table, self.rows[table])

    def add(self, finding: Finding) -> None:
        """Count a finding, and keep it if it is the first so far."""
        self.counts[finding.table, finding.kind] += 1
        if self.first is None or finding.rank < self.first.rank:
            self.first = finding

    def as_json(self) -> dict[str, object]:
        """For programs: one object."""
        others = Counter(self.counts)
        if self.first is not None:
            others[self.first.table, self.first.kind] -= 1
        return {
            "sound": self.sound,
            "rows": dict(sorted(self.rows.items())),
            "first": self.first.as_json() if self.first else None,
            "others": [
                {"table": table, "kind": kind, "count": count}
                for (table, kind), count in sorted(others.items())
                if count
            ],
        }


def short(value: object) -> str:
    """A value for a person: bytes as hex, long ones cut."""
    text = value.hex() if isinstance(value, bytes) else str(value)
    if not text:
        return "空 (empty)"
    return text if len(text) <= 80 else f"{text[:64]}… ({len(text)})"
