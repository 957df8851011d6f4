"""What `fsck` says on a terminal, and its exit code: 0 sound, 1 not sound, 2 could not be read."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import click

from tongban.cli import language, report, run_async
from tongban.clock import Clock
from tongban.errors import TongbanError
from tongban.fsck.report import KINDS, Finding, Progress, Report
from tongban.storage.base import Transaction
from tongban.storage.reading import read_only

SOUND, NOT_SOUND, UNREADABLE = 0, 1, 2
_EVERY = 0.2


def run(url: str, check: Callable[[Transaction, Progress | None], Report], *, as_json: bool, clock: Clock) -> int:
    """Check the database that `url` names; the exit code."""
    shown = _Shown(clock) if sys.stderr.isatty() else None
    spoken = language()
    try:
        found = run_async(read_only(url, lambda tx: check(tx, shown)))
    except TongbanError as error:
        return unreadable(error)
    finally:
        if shown is not None:
            shown.clear()
    for line in lines(found, spoken):
        click.echo(line)
    if as_json:
        click.echo(json.dumps(found.as_json(), ensure_ascii=False))
    return SOUND if found.sound else NOT_SOUND


def unreadable(error: Exception) -> int:
    """Say why nothing could be checked; the exit code."""
    if isinstance(error, TongbanError):
        report(error, language())
    else:
        click.echo(f"不能读取 · cannot be read: {error}", err=True)
    return UNREADABLE


def lines(found: Report, spoken: str) -> list[str]:
    """A report in the reader's language."""
    english = spoken == "en"
    read = ", ".join(f"{table} {count}" for table, count in sorted(found.rows.items()))
    if found.first is None:
        return ["完好 · 全部记录已核对" if not english else "sound: every record was checked", f"  {read}"]
    others = found.as_json()["others"]
    assert isinstance(others, list)
    said = [*_finding(found.first, english), f"  {read}"]
    if others:
        said.append("其余不符之处:" if not english else "and of others:")
        kinds = {kind: texts[english] for kind, texts in KINDS.items()}
        said += [f"  {other['table']}: {kinds[other['kind']]} × {other['count']}" for other in others]
    return said


def _finding(first: Finding, english: bool) -> list[str]:
    key = ", ".join(f"{name}={value}" for name, value in first.key.items())
    problem = KINDS[first.kind][english]
    at = f"  {first.stream}@{first.version}" if first.version else f"  {first.stream}" if first.stream else ""
    if english:
        head = f"not sound; the first bad record: {first.table} ({key}){at}: {problem}"
        words = ("expected", "found", "what to do")
    else:
        head = f"不完好;第一条有误的记录:{first.table}({key}){at}:{problem}"
        words = ("应为", "实为", "处理")
    said = (first.expected, first.found, first.remedy.value[english])
    return [head, *(f"  {word}: {text}" for word, text in zip(words, said, strict=True))]


class _Shown:
    """Progress on a terminal: one line, written over."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0.0

    def __call__(self, table: str, rows: int) -> None:
        now = self._clock.monotonic()
        if now - self._last >= _EVERY:
            self._last = now
            click.echo(f"\r\x1b[K核对 checking {table} {rows:,}", nl=False, err=True)

    def clear(self) -> None:
        """Leave no trace of it."""
        if self._last:
            click.echo("\r\x1b[K", nl=False, err=True)
