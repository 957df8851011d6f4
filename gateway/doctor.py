"""`tongban gateway doctor`: the gateway's disk, database and authority, and which nodes are away, in under two seconds.

    settings, keys ──► process ──► database, disk ──► authority ──► queue, checkpoints, parked streams, nodes

The last of these only the running gateway knows; it is asked over its own page.  What is printed names party, hop and
remedy in the words of `tongban.faults`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from gateway.domain import condition
from gateway.domain.condition import Member
from gateway.settings import GatewaySettings
from tongban import errors
from tongban.clock import Clock
from tongban.doctor import Check
from tongban.faults import Finding, Words
from tongban.faults.reasons import CONDITIONS
from tongban.keys import NodeKeys
from tongban.pki import Identity
from tongban.serving import is_held, read_addresses
from tongban.storage.checkup import checkup

STORAGE_SECONDS = 0.4
PAGE_SECONDS = 1.0
WORST = max(2 * STORAGE_SECONDS, PAGE_SECONDS)
"""How long the checks may take, at most; they run at once."""


@dataclass(frozen=True, slots=True)
class Examined:
    """The checks, and what the nodes they name are called."""

    checks: Sequence[Check]
    titles: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Inside:
    """What the running gateway says of itself and of its nodes."""

    waiting: int = 0
    load: float = 0.0
    problems: Mapping[str, str] = field(default_factory=dict)
    other_key: bool = False
    late: bool = False
    parked: Sequence[tuple[str, str, int, int]] = ()
    """Stream, node that brought it back, first version, how many events."""
    members: Sequence[Member] = ()


async def examine(settings: GatewaySettings, clock: Clock, patience: float = 1.0) -> Examined:
    """All checks; every step may take `patience` times as long as it usually does."""
    now = clock.now()
    try:
        NodeKeys.load(settings.home / "keys")
        authority = Identity.load(settings.home / "authority")
    except errors.TongbanError as error:
        return report_of(error)
    running = is_held(settings.home)
    met, inside = await asyncio.gather(
        checkup(settings.database_url, STORAGE_SECONDS * patience),
        _ask(settings.home, PAGE_SECONDS * patience) if running else _nothing(),
    )
    checks = [
        _one(("网关程序", "the gateway's program"), _program(running, inside)),
        _one(("网关磁盘和数据", "the gateway's disk and data"), condition.storage(met, _free(settings.home))),
        _one(("证书机构", "the authority"), condition.authority(authority.certificate.not_valid_after_utc, now)),
    ]
    if running and inside is not None:
        checks.extend(_inside(inside))
    known = inside.members if inside is not None else []
    bad = condition.members(known, now)
    checks.extend(_one(("节点连线", "nodes' links"), [each]) for each in bad if not each.name)
    by_name = {each.name: each for each in bad if each.name}
    for node in known:
        mailbox = (f"信箱里 {node.unread} 件待收", f"{node.unread} deliveries in its mailbox")
        checks.append(Check((f"节点 {node.title}", f"node {node.title}"), by_name.get(node.name), mailbox))
    return Examined(checks, {node.name: node.title for node in known})


def report_of(error: errors.TongbanError) -> Examined:
    """A home that cannot even be read, as the one check that failed."""
    return Examined([Check(("设置与密钥", "settings and keys"), condition.settings_wrong(error))], {})


def _program(running: bool, inside: Inside | None) -> list[Finding]:
    if not running:
        return [Finding(CONDITIONS["GATEWAY_STOPPED"])]
    return [Finding(CONDITIONS["GATEWAY_STUCK"])] if inside is None else []


def _inside(inside: Inside) -> list[Check]:
    """What waits within the gateway."""
    long = condition.queue(inside.waiting, inside.load)
    waits = (f"{inside.waiting} 批待入账", f"{inside.waiting} submissions wait")
    late = condition.evidence(inside.problems, other_key=inside.other_key, late=inside.late)
    titles = {member.name: member.title for member in inside.members}
    checks = [
        Check(("入账队列", "admission queue"), long[0] if long else None, waits),
        _one(("存证和检查点", "the log and its checkpoints"), late),
    ]
    if not inside.parked:
        checks.append(Check(("停放的事件流", "parked streams"), note=("没有", "none")))
    for stream, node, version, events in inside.parked:
        found = condition.parked(stream, titles.get(node, node), version, events)
        checks.append(Check((f"停放 {stream}", f"parked {stream}"), found))
    return checks


async def _nothing() -> Inside:
    return Inside()


async def _ask(home: Path, seconds: float) -> Inside | None:
    """What the running gateway says; None where it does not answer."""
    try:
        page = read_addresses(home)["page"]
        limit = aiohttp.ClientTimeout(total=seconds)
        async with aiohttp.ClientSession(timeout=limit) as http, http.get(f"http://{page}/links") as answer:
            return _told(await answer.json())
    except (aiohttp.ClientError, TimeoutError, errors.TongbanError, KeyError, ValueError, TypeError):
        return None


def _told(said: Mapping[str, Any]) -> Inside:
    queue, evidence = said["queue"], said["evidence"]
    return Inside(
        waiting=int(queue["waiting"]),
        load=float(queue["load"]),
        problems={str(key): str(value) for key, value in evidence["problems"].items()},
        other_key=bool(evidence["other_key"]),
        late=bool(evidence["late"]),
        parked=[(str(p["stream"]), str(p["node"]), int(p["version"]), int(p["events"])) for p in said["parked"]],
        members=[_member(each) for each in said["links"]],
    )


def _member(said: Mapping[str, object]) -> Member:
    since = dt.datetime.fromisoformat(str(said["since"])) if said["since"] else None
    name, title, unread = str(said["node"]), str(said["title"]), int(str(said["unread"]))
    return Member(name, title, bool(said["connected"]), since, unread, bool(said["suspended"]))


def _free(home: Path) -> int | None:
    try:
        room = os.statvfs(home)
    except OSError:
        return None
    return room.f_bavail * room.f_frsize


def _one(name: Words, found: Sequence[Finding]) -> Check:
    return Check(name, found[0] if found else None)
