"""`tongban node doctor`: every step from this machine's disk to the partners' links, looked at in under two seconds.

    settings, keys ─┬─► database, disk ─► journal: standing, tasks, parked streams, waiting events ─┐
                    └─► name ─► connect ─► secure ─► knock ─► partners' links ────────────────────┴─► checks

The two branches run at once, each step within its own limit.  Nothing is needed to be running: what the running node
alone can see (why the gateway refuses its stream) it leaves in `line.json`, which is read where the process lives.
What is printed names party, hop and remedy, in the words of `tongban.faults`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nodes.core import NodeCore
from nodes.desk.faults import FaultDesk
from nodes.domain import diagnosis
from nodes.domain.diagnosis import Dates, Machine, Seen
from nodes.lookout import ANSWER, LINE_FILE, free_bytes, link_of
from nodes.settings import NodeSettings
from nodes.store import QUERIES
from nodes.tls import certificate_dates, client_tls
from tongban import errors
from tongban.clock import Clock, Entropy
from tongban.doctor import Check
from tongban.errors import TongbanError
from tongban.faults import Finding, Party
from tongban.faults.reasons import BY_REASON, CONDITIONS, finding_of
from tongban.keys import NodeKeys
from tongban.rpc.links import GrpcLine
from tongban.rpc.probe import CODES, LIMITS, Probed
from tongban.serving import is_held
from tongban.storage.base import Transaction
from tongban.storage.checkup import checkup
from tongban.storage.open import open_database
from tongban.v1 import envelope_pb2

STORAGE_SECONDS = 0.4
JOURNAL_SECONDS = 0.8
ANSWERED = 1.5 * ANSWER
"""The gateway's answer over a connection that has still to be made."""
WORST = max(LIMITS.total + ANSWERED, 2 * STORAGE_SECONDS + JOURNAL_SECONDS)
"""How long the checks may take, at most: the longer of the two branches."""

_SEEN_FROM_HERE = CODES | {"OWN_CERTIFICATE_REFUSED", "OWN_CERTIFICATE_EXPIRED", "GATEWAY_DRAINING"}
"""What the doctor has just looked at itself, and better than the running node some time ago."""

_RENEWED = {"OWN_CERTIFICATE_EXPIRED", "OWN_CERTIFICATE_ENDS_SOON"}
"""What the running node knows more of: why its certificate was not renewed."""

_STEPS = {
    "name": ("网关地址", "the gateway's address"),
    "connect": ("到网关的线路", "line to the gateway"),
    "secure": ("网关的证书", "the gateway's certificate"),
    "answer": ("网关放行", "the gateway lets us in"),
}


@dataclass(slots=True)
class Way:
    """What the branch towards the gateway found."""

    probed: Probed = field(default_factory=Probed)
    refused: bool = False
    error: TongbanError | None = None
    skew: float = 0.0
    draining: bool = False
    links: dict[str, diagnosis.Link] = field(default_factory=dict)


@dataclass(slots=True)
class Journal:
    """What the branch into the journal found."""

    storage: TongbanError | None = None
    core: NodeCore | None = None
    floor: dt.datetime | None = None
    waiting: int = 0
    tasks: list[Finding] = field(default_factory=list)
    parked: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Examined:
    """The checks, and what the nodes they name are called."""

    checks: Sequence[Check]
    titles: Mapping[str, str]


async def examine(settings: NodeSettings, clock: Clock, entropy: Entropy, patience: float = 1.0) -> Examined:
    """All checks, in the order of the way; every step may take `patience` times as long as it usually does."""
    try:
        keys = NodeKeys.load(settings.home / "keys")
        tls = client_tls(settings, keys)
        line = GrpcLine(settings.federation_address, tls, LIMITS.stretched(patience))
    except TongbanError as error:
        said = (error.text("zh"), error.text("en"))
        wrong = Finding(CONDITIONS["OWN_SETTINGS_WRONG"], said=said)
        return Examined([Check(("设置与密钥", "settings and keys"), wrong)], {})
    way, journal = await asyncio.gather(_look(line, clock, patience), _read(settings, keys, clock, entropy, patience))
    await line.close()
    if journal.core is not None:
        journal.core.line.links = way.links
    return _report(settings, keys, clock, way, journal)


async def _look(line: GrpcLine, clock: Clock, patience: float) -> Way:
    way = Way(probed=await line.probe())
    if way.probed.code:
        return way
    try:
        answer = await line.links(ANSWERED * patience)
    except errors.Unavailable as error:
        way.error, way.refused = error, error.facts.get("code") == "UNAVAILABLE"
        if not way.refused:
            way.probed = Probed("GATEWAY_HANGS", "answer", way.probed.facts)
    except TongbanError as error:
        way.error = error
    else:
        way.draining = answer.draining
        way.skew = (clock.now() - answer.gateway_time.ToDatetime(dt.UTC)).total_seconds()
        way.links = {link.node: link_of(link) for link in answer.links}
    return way


async def _read(settings: NodeSettings, keys: NodeKeys, clock: Clock, entropy: Entropy, patience: float) -> Journal:
    journal = Journal(storage=await checkup(settings.database_url, STORAGE_SECONDS * patience))
    if isinstance(journal.storage, errors.Damaged | errors.Unavailable | errors.ConfigurationInvalid):
        return journal
    try:
        await asyncio.wait_for(_open(journal, settings, keys, clock, entropy), JOURNAL_SECONDS * patience)
    except TimeoutError:
        journal.storage = errors.Unavailable(what="database", cause="locked")
    except TongbanError as error:
        journal.storage = error
    return journal


async def _open(journal: Journal, settings: NodeSettings, keys: NodeKeys, clock: Clock, entropy: Entropy) -> None:
    database = await open_database(settings.database_url, readers=1)
    try:
        core = NodeCore(name=settings.name, database=database, keys=keys, clock=clock, entropy=entropy)
        await core.start()
        desk = FaultDesk(core)

        def work(tx: Transaction) -> None:
            newest = tx.fetch_one(QUERIES.newest_admission)
            if newest is not None:
                signed = envelope_pb2.SignedAdmission.FromString(newest["signed"])
                header = envelope_pb2.AdmissionHeader.FromString(signed.header)
                journal.floor = header.admit_time.ToDatetime(dt.UTC)
            counted = tx.fetch_one(QUERIES.count_waiting)
            journal.waiting = counted["events"] if counted else 0
            journal.tasks = [desk.task(tx, row) for row in tx.fetch_all(QUERIES.list_tasks)]
            found = (desk.parked(tx, r["name"], r["parked"]) for r in tx.fetch_all(QUERIES.list_parked_streams))
            journal.parked = [each for each in found if each is not None]

        await database.run(work, read_only=True)
        journal.core = core
    finally:
        await database.close()


def _report(settings: NodeSettings, keys: NodeKeys, clock: Clock, way: Way, journal: Journal) -> Examined:
    now, core = clock.now(), journal.core
    running = is_held(settings.home)
    machine = Machine(journal.storage, free_bytes(settings.home), running)
    seen = _seen(way, journal, certificate_dates(settings.home))
    told = _told(settings.home) if running else []
    titles = {n.name: n.profile.title for n in core.shared.directory.nodes()} if core is not None else {}
    checks = [
        _one(("节点程序", "the node's program"), [] if running else [Finding(CONDITIONS["OWN_NODE_STOPPED"])]),
        _one(("本机磁盘和数据", "this machine's disk and data"), diagnosis.storage(machine)),
        _one(("本机时钟", "this machine's clock"), diagnosis.clock(seen, now)),
        *_way(way, seen, now, {each.fault.code: each for each in told if each.fault.code in _RENEWED}),
    ]
    if core is not None:
        own = diagnosis.standing(core.shared.directory, core.name, keys.signing_key_id, now)
        checks.append(_one(("本节点的资格和密钥", "this node's standing and keys"), own))
    known = {check.finding.fault.code for check in checks if check.finding is not None}
    more = [found for found in told if found.fault.code not in known | _SEEN_FROM_HERE]
    checks.extend(Check(("运行中的节点报告", "the running node says"), found) for found in more)
    if core is not None:
        checks.extend(_journal(journal, way, core, titles))
    return Examined(checks, titles)


def _seen(way: Way, journal: Journal, certificate: Dates | None) -> Seen:
    return Seen(
        connected=False,
        error=way.error,
        code=way.probed.code,
        facts=way.probed.facts,
        refused=way.refused,
        draining=way.draining,
        skew=way.skew,
        floor=journal.floor,
        certificate=certificate,
    )


def _way(way: Way, seen: Seen, now: dt.datetime, told: Mapping[str, Finding]) -> list[Check]:
    """The steps of the way, up to the one that fails; those behind it cannot be looked at.

    `told`: the running node's own words where it knows more.
    """
    found = [told.get(each.fault.code, each) for each in diagnosis.line(seen, now)]
    failed = way.probed.step if way.probed.code else "answer" if found else ""
    soon = [each for each in diagnosis.quiet(seen, now) if each.fault.code == "OWN_CERTIFICATE_ENDS_SOON"]
    quiet = [told.get(each.fault.code, each) for each in soon]
    checks = []
    hidden = False
    for step, name in _STEPS.items():
        checks.append(Check(name, found[0] if step == failed else None, skipped=hidden))
        hidden = hidden or step == failed
    return [*checks, *(Check(("本节点的证书", "this node's certificate"), each) for each in quiet)]


def _journal(journal: Journal, way: Way, core: NodeCore, titles: Mapping[str, str]) -> list[Check]:
    desk = FaultDesk(core)
    waiting = (f"{journal.waiting} 步待上传", f"{journal.waiting} steps to be sent")
    checks = [Check(("待上传", "waiting events"), note=waiting)]
    away = {each.name: each for each in desk.partners()}
    for node, link in sorted(way.links.items()):
        if node != core.name:
            title = titles.get(node, node)
            checks.append(Check((f"对方 {title}", f"partner {title}"), away.get(link.node)))
    checks.extend(Check((f"停放 {each.about}", f"parked {each.about}"), each) for each in journal.parked)
    checks.extend(Check((f"被退回 {each.about}", f"refused {each.about}"), each) for each in journal.tasks)
    return checks


def _one(name: tuple[str, str], found: Sequence[Finding]) -> Check:
    return Check(name, found[0] if found else None)


def _told(home: Path) -> list[Finding]:
    """What the running node found last."""
    try:
        said = json.loads((home / LINE_FILE).read_text("utf-8"))
        return [read_finding(each) for each in said["findings"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def read_finding(said: Mapping[str, object]) -> Finding:
    """A finding as a running process wrote it down; raises what a damaged file makes it meet."""
    code = str(said["code"])
    fault = CONDITIONS.get(code) or BY_REASON[code]
    since = dt.datetime.fromisoformat(str(said["since"])) if said["since"] else None
    words, about = (str(said["zh"]), str(said["en"])), str(said.get("about", ""))
    return Finding(fault, since=since, about=about, said=words, party=Party(str(said["party"])))


def report_of(error: TongbanError) -> Examined:
    """A home that cannot even be read, as the one check that failed."""
    wrong = CONDITIONS["OWN_SETTINGS_WRONG"]
    said = finding_of(error).said
    return Examined([Check(("设置与密钥", "settings and keys"), Finding(wrong, said=said))], {})
