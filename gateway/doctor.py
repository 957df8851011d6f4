"""`tongban gateway doctor`: the gateway's disk, database and authority, and which nodes are away, in under two seconds.

    settings, keys ──► process ──► database, disk ──► authority ──► nodes, as the running gateway knows them

Who is connected only the running gateway knows; it is asked over its own page.  What is printed names party, hop and
remedy in the words of `tongban.faults`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

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


async def examine(settings: GatewaySettings, clock: Clock, patience: float = 1.0) -> Examined:
    """All checks; every step may take `patience` times as long as it usually does."""
    now = clock.now()
    try:
        NodeKeys.load(settings.home / "keys")
        authority = Identity.load(settings.home / "authority")
    except errors.TongbanError as error:
        return report_of(error)
    running = is_held(settings.home)
    met, members = await asyncio.gather(
        checkup(settings.database_url, STORAGE_SECONDS * patience),
        _members(settings.home, PAGE_SECONDS * patience) if running else _nobody(),
    )
    checks = [
        _one(("网关程序", "the gateway's program"), _program(running, members)),
        _one(("网关磁盘和数据", "the gateway's disk and data"), condition.storage(met, _free(settings.home))),
        _one(("证书机构", "the authority"), condition.authority(authority.certificate.not_valid_after_utc, now)),
    ]
    known = members or []
    bad = condition.members(known, now)
    checks.extend(_one(("节点连线", "nodes' links"), [each]) for each in bad if not each.name)
    by_name = {each.name: each for each in bad if each.name}
    for node in known:
        checks.append(Check((f"节点 {node.title}", f"node {node.title}"), by_name.get(node.name)))
    return Examined(checks, {node.name: node.title for node in known})


def report_of(error: errors.TongbanError) -> Examined:
    """A home that cannot even be read, as the one check that failed."""
    return Examined([Check(("设置与密钥", "settings and keys"), condition.settings_wrong(error))], {})


def _program(running: bool, members: Sequence[Member] | None) -> list[Finding]:
    if not running:
        return [Finding(CONDITIONS["GATEWAY_STOPPED"])]
    return [Finding(CONDITIONS["GATEWAY_STUCK"])] if members is None else []


async def _nobody() -> list[Member]:
    return []


async def _members(home: Path, seconds: float) -> list[Member] | None:
    """The nodes as the running gateway says; None where it does not answer."""
    try:
        page = read_addresses(home)["page"]
        limit = aiohttp.ClientTimeout(total=seconds)
        async with aiohttp.ClientSession(timeout=limit) as http, http.get(f"http://{page}/links") as answer:
            return [_member(each) for each in (await answer.json())["links"]]
    except (aiohttp.ClientError, TimeoutError, errors.TongbanError, KeyError, ValueError, TypeError):
        return None


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
