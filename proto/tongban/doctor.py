"""What `tongban node doctor` and `tongban gateway doctor` print: a list of checks, each good or with who failed.

✓ 本机磁盘
✗ 线路:网关的机器开着,但网关程序没有运行。
该由谁处理:网关管理员    出在哪一段:网关    能否继续办理:能。其他业务照常办理。
怎么办:请网关管理员启动网关;本地线路没有问题。
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import click

from tongban.faults import Finding, Words

PATIENCE = click.option(
    "--patience",
    default=1.0,
    show_default=True,
    type=click.FloatRange(1, 60),
    help="慢线路用:每步时限放宽到几倍 · for slow lines: stretch every step's limit so many times",
)


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what was looked at, and what was found where it is not good."""

    name: Words
    finding: Finding | None = None
    note: Words = ("", "")
    skipped: bool = False
    """It could not be looked at, because of a fault before it."""


def show(checks: Sequence[Check], language: str, titles: Mapping[str, str]) -> str:
    """The list, for a person."""
    lines: list[str] = []
    for check in checks:
        lines.extend(_lines(check, language, titles))
    return "\n".join(lines)


def _lines(check: Check, language: str, titles: Mapping[str, str]) -> list[str]:
    english = language == "en"
    name, note = check.name[english], check.note[english]
    found = check.finding
    if found is None:
        mark = "-" if check.skipped else "✓"
        return [f"{mark} {name}" + (f"{': ' if english else ':'}{note}" if note else "")]
    who = found.who(language, titles.get(found.name, found.name))
    when = found.since.astimezone().strftime("%Y-%m-%d %H:%M") if found.since else ""
    if english:
        since = f"    since: {when}" if when else ""
        return [
            f"✗ {name}: {found.what(language)}",
            f"    who acts: {who}    where: {found.where(language)}{since}    can I go on: {found.goes_on(language)}",
            f"    what to do: {found.remedy(language)}",
        ]
    since = f"    自:{when}" if when else ""
    return [
        f"✗ {name}:{found.what(language)}",
        f"    该由谁处理:{who}    出在哪一段:{found.where(language)}{since}    能否继续办理:{found.goes_on(language)}",
        f"    怎么办:{found.remedy(language)}",
    ]


def as_json(checks: Sequence[Check]) -> dict[str, object]:
    """The same, for a program."""
    return {"good": is_good(checks), "checks": [_plain(check) for check in checks]}


def is_good(checks: Sequence[Check]) -> bool:
    """Whether nothing was found."""
    return not any(check.finding for check in checks)


def _plain(check: Check) -> dict[str, object]:
    plain: dict[str, object] = {"name_zh": check.name[0], "name_en": check.name[1], "good": check.finding is None}
    if check.skipped:
        plain["skipped"] = True
    found = check.finding
    if found is not None:
        plain |= {
            "code": found.fault.code,
            "party": found.at_fault.value,
            "hop": found.fault.hop.value,
            "node": found.name,
            "stream": found.about,
            "message_zh": found.what("zh"),
            "message_en": found.what("en"),
            "remedy_zh": found.remedy("zh"),
            "remedy_en": found.remedy("en"),
            "effect": found.fault.effect.value,
            "since": found.since.isoformat() if found.since else "",
        }
    return plain
