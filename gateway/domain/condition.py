"""From what a gateway's operator sees to who failed: the gateway's own machine, and each of its nodes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tongban import errors
from tongban.errors import TongbanError
from tongban.faults import Finding, Party
from tongban.faults.reasons import BY_REASON, CONDITIONS

LOW_DISK = 1 << 30
AWAY = dt.timedelta(minutes=15)
"""So long a node may be away before its operator is telephoned: lines break and come back by themselves."""
ENDS_SOON = dt.timedelta(days=365)
LONG_QUEUE = 0.5
"""So full, and the next burst is told to come back later."""


@dataclass(frozen=True, slots=True)
class Member:
    """A node as the running gateway knows it."""

    name: str
    title: str
    connected: bool
    since: dt.datetime | None
    unread: int
    suspended: bool = False


def storage(met: TongbanError | None, free_bytes: int | None) -> list[Finding]:
    """The gateway's own disk and database; `met` is what a small write came to."""
    if met is not None:
        held = any(word in met.facts.get("cause", "") for word in ("locked", "busy"))
        match met:
            case errors.StorageFull():
                return [Finding(CONDITIONS["GATEWAY_FULL"])]
            case errors.Damaged():
                return [Finding(CONDITIONS["GATEWAY_DAMAGED"])]
            case errors.ConfigurationInvalid():
                return [settings_wrong(met)]
            case _:
                return [Finding(CONDITIONS["GATEWAY_DATABASE_LOCKED" if held else "GATEWAY_DATABASE_AWAY"])]
    if free_bytes is not None and free_bytes < LOW_DISK:
        return [Finding(CONDITIONS["GATEWAY_DISK_LOW"], {"free": f"{free_bytes >> 20} MiB"})]
    return []


def settings_wrong(error: TongbanError) -> Finding:
    """Settings or keys that cannot be used."""
    said = (error.text("zh"), error.text("en"))
    fault = CONDITIONS["GATEWAY_SETTINGS_WRONG"] if error.reason() in BY_REASON else BY_REASON["TONGBAN_ERROR"]
    return Finding(fault, said=said, party=Party.GATEWAY)


def authority(end: dt.datetime, now: dt.datetime) -> list[Finding]:
    """The certificate authority, whose end is felt by every node at once."""
    if now < end - ENDS_SOON:
        return []
    return [Finding(CONDITIONS["AUTHORITY_ENDS_SOON"], {"until": end.strftime("%Y-%m-%d")})]


def queue(waiting: int, load: float) -> list[Finding]:
    """What waits to be admitted; `load` is the share of the room for it that is taken."""
    if load < LONG_QUEUE:
        return []
    return [Finding(CONDITIONS["GATEWAY_QUEUE_LONG"], {"count": str(waiting), "share": f"{round(load * 100)} %"})]


def evidence(problems: Mapping[str, str], *, other_key: bool, late: bool) -> list[Finding]:
    """The log and its checkpoints; what keeps them from being made holds nothing else up."""
    if other_key:
        return [Finding(CONDITIONS["CHECKPOINT_KEY_OTHER"])]
    if not late:
        return []
    problem = "; ".join(problems.values())
    return [Finding(CONDITIONS["CHECKPOINTS_LATE"], {"problem": problem} if problem else {})]


def parked(stream: str, title: str, version: int, events: int) -> Finding:
    """Receipted events that a node brought back and that contradict what the gateway has."""
    facts = {"what": stream, "title": title, "version": str(version), "count": str(events)}
    return Finding(CONDITIONS["GATEWAY_STREAM_PARKED"], facts, about=stream)


def members(nodes: Iterable[Member], now: dt.datetime) -> list[Finding]:
    """The nodes that are away, behind or suspended; where all are away, the gateway's own line is doubted first."""
    known = list(nodes)
    found = [finding for finding in (member(each, now) for each in known) if finding is not None]
    if known and not any(each.connected for each in known):
        return [Finding(CONDITIONS["NOBODY_CONNECTED"]), *found]
    return found


def member(node: Member, now: dt.datetime) -> Finding | None:
    """What is wrong with one node."""
    since = node.since.astimezone().strftime("%Y-%m-%d %H:%M") if node.since is not None else "-"
    facts = {"title": node.title, "count": str(node.unread), "since": since}
    if node.suspended:
        return Finding(CONDITIONS["MEMBER_SUSPENDED"], facts, about=node.name, name=node.name)
    if not node.connected and (node.since is None or now - node.since > AWAY):
        return Finding(CONDITIONS["MEMBER_AWAY"], facts, node.since, node.name, node.name)
    if node.connected and node.unread:
        return Finding(CONDITIONS["MEMBER_BEHIND"], facts, node.since, node.name, node.name)
    return None
