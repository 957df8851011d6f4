"""What a clerk is told of a step that was refused: what it was, and what others did meanwhile.  Pure.

A node that was away decides on what it last knew.  When it is back, the gateway refuses what no longer fits, and says
by which rule.  That does not tell the clerk what has happened: this does, from the journal, which by then holds what
the others did.  So the words are put together when they are read, and are complete as soon as the deliveries are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from tongban.lifecycle.table import RULES

REMIND = dt.timedelta(hours=24)
"""So long after it came up, and again after each such time, a task is brought up again."""

MAX_TOLD = 5

_THINGS = {
    "applications": ("办件", "application"),
    "parcels": ("邮包", "parcel"),
    "agreements": ("协议", "agreement"),
    "nodes": ("节点", "node"),
    "items": ("事项", "item"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """An event as a person is told of it."""

    stream: str
    body: str
    who: str
    when: dt.datetime


def story(own: Told, others: Sequence[Told], zone: dt.tzinfo) -> tuple[str, str]:
    """What was done here and what happened meanwhile, in Chinese and in English."""
    did_zh, did_en = _step(own, zone)
    zh, en = f"{did_zh},未生效。", f"{did_en}: it has not taken effect."
    if others:
        # The newest ones decide how things stand now.
        told = [_step(other, zone) for other in others[-MAX_TOLD:]]
        zh += "其间:" + ";".join(each[0] for each in told) + "。"
        en += " Meanwhile: " + "; ".join(each[1] for each in told) + "."
    return zh, en


def _step(told: Told, zone: dt.tzinfo) -> tuple[str, str]:
    rule = RULES.get(told.body)
    title_zh, title_en = (rule.title_zh, rule.title_en) if rule else (told.body, told.body)
    when = told.when.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    collection, _, name = told.stream.partition("/")
    thing_zh, thing_en = _THINGS.get(collection, ("", ""))
    return f"{when} {told.who}对{thing_zh} {name} “{title_zh}”", f"{when} {told.who}: {title_en} ({thing_en} {name})"


def next_reminder(created: dt.datetime, now: dt.datetime) -> dt.datetime:
    """When a task is brought up again: the first whole number of days after it came up that lies ahead."""
    passed = max(now - created, dt.timedelta()) // REMIND
    return created + (passed + 1) * REMIND
