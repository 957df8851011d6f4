"""From what a node sees to who failed: its own machine, the line, the gateway, its standing, its partners.

    facts ──► machine ──► certificate and clock ──► line ──► gateway's answer ──► standing ──► partners ──► findings

The nearest fault comes first, because it explains those behind it: a machine without a network also cannot reach the
gateway, and a wrong clock makes every certificate look wrong.  So the first finding is the one to act on, and a later
one is given only where the nearer does not explain it.

What can go wrong: evidence that fits two faults.  A certificate that is out of its dates may be old, or this machine's
clock may be wrong; a clock that is behind what the node has already received is wrong for certain, so that is looked at
first, and only then is the certificate believed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agreements.domain.days import SHANGHAI as SHANGHAI
from tongban import errors
from tongban.directory import Directory
from tongban.errors import TongbanError
from tongban.faults import Finding, Party
from tongban.faults.reasons import CONDITIONS, fault_of, finding_of
from tongban.retirement import Signing
from tongban.v1 import lifecycle_pb2

SKEW = dt.timedelta(minutes=5)
ENDS_SOON = dt.timedelta(days=30)
LOW_DISK = 256 << 20
LATE_ANSWER = dt.timedelta(minutes=2)
BACKLOG = 200
"""So many deliveries behind, what the pages show is old enough to say so."""


@dataclass(frozen=True, slots=True)
class Link:
    """How a node's link to the gateway is: its own, or a partner's."""

    node: str
    connected: bool
    since: dt.datetime | None
    unread: int


@dataclass(frozen=True, slots=True)
class Dates:
    """Between when a certificate or a key is good."""

    begin: dt.datetime
    end: dt.datetime


@dataclass(frozen=True, slots=True)
class Machine:
    """What the node sees of its own machine."""

    storage: TongbanError | None = None
    """What a small write to its own database met."""
    free_bytes: int | None = None
    running: bool = True


@dataclass(frozen=True, slots=True)
class Seen:
    """What the node sees of the line and of the gateway."""

    connected: bool = False
    late: bool = False
    """The stream stands, and the gateway did not answer a small question in time."""
    since: dt.datetime | None = None
    error: TongbanError | None = None
    """What ended the last attempt; while connected, why the gateway takes no events at present."""
    code: str = ""
    """What a probe of the way found; empty where every step was good."""
    facts: Mapping[str, str] = field(default_factory=dict)
    refused: bool = False
    """The way is good, and the gateway hangs up on this node's certificate."""
    draining: bool = False
    recovering: bool = False
    skew: float = 0.0
    floor: dt.datetime | None = None
    """The latest time of the gateway that the node has on record."""
    certificate: Dates | None = None
    renewal: TongbanError | None = None
    """What the last try to renew the certificate met."""
    behind: int = 0
    unanswered: int = 0
    unanswered_since: dt.datetime | None = None


def diagnose(machine: Machine, seen: Seen, now: dt.datetime) -> list[Finding]:
    """What is wrong between the desk and the gateway, the nearest first."""
    found = [
        *storage(machine),
        *clock(seen, now),
        *([] if seen.connected and not seen.late else line(seen, now)),
        *([_said("OWN_RECOVERING", seen)] if seen.recovering else []),
        *quiet(seen, now),
    ]
    if machine.running:
        return _once(found)
    return _once([*storage(machine), Finding(CONDITIONS["OWN_NODE_STOPPED"]), *found])


def storage(machine: Machine) -> list[Finding]:
    """The node's own disk and database."""
    code = storage_code(machine.storage) if machine.storage is not None else ""
    if code:
        return [Finding(CONDITIONS[code])]
    if machine.free_bytes is not None and machine.free_bytes < LOW_DISK:
        return [Finding(CONDITIONS["OWN_DISK_LOW"], {"free": f"{machine.free_bytes >> 20} MiB"})]
    return []


def storage_code(error: TongbanError) -> str:
    """Which fault of the own database an error is."""
    match error:
        case errors.StorageFull():
            return "OWN_DISK_FULL"
        case errors.Damaged():
            return "OWN_DATABASE_DAMAGED"
        case errors.ConfigurationInvalid():
            return "OWN_SETTINGS_WRONG"
        case _:
            cause = error.facts.get("cause", "")
            if cause == "slow":
                return "OWN_DISK_SLOW"
            held = any(word in cause for word in ("locked", "busy"))
            return "OWN_DATABASE_LOCKED" if held else "OWN_DATABASE_AWAY"


def clock(seen: Seen, now: dt.datetime) -> list[Finding]:
    """This machine's clock, by the gateway's and by what has already been received."""
    began = seen.certificate.begin if seen.certificate else None
    floor = max((moment for moment in (seen.floor, began) if moment is not None), default=None)
    if floor is not None and now < floor - SKEW:
        return [Finding(CONDITIONS["OWN_CLOCK_DOUBTED"])]
    if abs(seen.skew) <= SKEW.total_seconds():
        return []
    ahead = seen.skew > 0
    zh, en = _long(dt.timedelta(seconds=abs(seen.skew)))
    facts = {
        "direction": "快" if ahead else "慢",
        "direction_en": "ahead of" if ahead else "behind",
        "amount": zh,
        "amount_en": en,
    }
    return [Finding(CONDITIONS["OWN_CLOCK_WRONG"], facts)]


def line(seen: Seen, now: dt.datetime) -> list[Finding]:
    """Why the gateway cannot be reached, or does not let this node in."""
    own = seen.certificate
    if own is not None and now > own.end and not clock(seen, now):
        return [_said("OWN_CERTIFICATE_EXPIRED", seen, until=own.end.strftime("%Y-%m-%d"), **_renewal(seen))]
    if seen.code:
        planned = seen.draining and seen.code in {"GATEWAY_NOT_RUNNING", "GATEWAY_HANGS"}
        return [_said("GATEWAY_DRAINING" if planned else seen.code, seen)]
    if seen.refused:
        return [_said("OWN_CERTIFICATE_REFUSED", seen)]
    return answer(seen)


def _renewal(seen: Seen) -> dict[str, str]:
    """How it stands with the new certificate."""
    met = seen.renewal
    if met is None:
        return {"renewal": "节点运行时会自动换发。", "renewal_en": "The node renews it by itself while it runs."}
    zh, en = met.text("zh"), met.text("en")
    return {"renewal": f"自动换发未成:{zh}", "renewal_en": f"It was not renewed: {en}"}


def answer(seen: Seen) -> list[Finding]:
    """What the gateway's refusal of the stream means; nothing where it only broke and is being dialled again."""
    error = seen.error
    if error is None or seen.connected:
        return []
    at_gateway = error.party == Party.GATEWAY.value
    match error:
        case errors.UnsupportedProtocolVersion() | errors.UnsupportedLifecycleVersion():
            older = _newest(error.facts.get("supported", "")) < _newest(error.facts.get("version", ""))
            return [_said("GATEWAY_OLDER" if older else "OWN_OLDER", seen)]
        case errors.PeerAhead():
            return [_said("GATEWAY_BEHIND" if at_gateway else "OWN_RECOVERING", seen)]
        case errors.StorageFull():
            return [_said("GATEWAY_FULL" if at_gateway else "OWN_DISK_FULL", seen)]
        case errors.Overloaded():
            return [_said("GATEWAY_BUSY", seen)]
        case errors.Damaged():
            own = "OWN_DATABASE_DAMAGED" if error.facts.get("what") == "database" else "ANOTHER_HISTORY"
            return [_said("GATEWAY_DAMAGED" if at_gateway else own, seen)]
        case errors.NodeNotActive():
            return [_said("OWN_SUSPENDED", seen)]
        case errors.Unavailable() if error.facts.get("what") == "database" and not at_gateway:
            return [_said(storage_code(error), seen)]
        case errors.Unavailable():
            return []
        case _:
            found = finding_of(error, Party.GATEWAY if at_gateway else Party.OWN_NODE)
            return [Finding(found.fault, found.facts, seen.since, said=found.said)]


def quiet(seen: Seen, now: dt.datetime) -> list[Finding]:
    """What will become a fault, and what makes the pages old."""
    found = []
    own = seen.certificate
    if own is not None and now <= own.end < now + ENDS_SOON:
        facts = {"until": own.end.strftime("%Y-%m-%d"), **_renewal(seen)}
        found.append(Finding(CONDITIONS["OWN_CERTIFICATE_ENDS_SOON"], facts))
    if not seen.connected or seen.late:
        return found
    if seen.draining:
        found.append(_said("GATEWAY_DRAINING", seen))
    if isinstance(seen.error, errors.StorageFull):
        found.append(_said("GATEWAY_FULL", seen))
    if seen.behind > BACKLOG:
        found.append(Finding(CONDITIONS["OWN_CATCHING_UP"], {"count": str(seen.behind)}))
    late = seen.unanswered_since
    up_long = seen.since is None or now - seen.since > LATE_ANSWER
    if up_long and seen.unanswered and late is not None and now - late > LATE_ANSWER and not seen.recovering:
        facts = {"count": str(seen.unanswered), "since": minute(late)}
        found.append(Finding(CONDITIONS["ANSWERS_LATE"], facts, late))
    return found


def standing(directory: Directory, node: str, key_id: str, now: dt.datetime) -> list[Finding]:
    """Whether this node may sign: member, active, with a key in force."""
    found = directory.find(node)
    if found is None:
        return []  # it has not heard of itself yet
    if found.state == lifecycle_pb2.NODE_STATE_LEFT:
        return [Finding(CONDITIONS["NOT_A_MEMBER"])]
    try:
        directory.check_may_sign(key_id, node, Signing.at(now))
    except errors.NodeNotActive:
        return [Finding(CONDITIONS["OWN_SUSPENDED"])]
    except errors.KeyNotActive:
        known = directory.signing_key(key_id)
        if known.retired:
            return [Finding(CONDITIONS["OWN_KEY_RETIRED"])]
        until = known.key.valid_until_time.ToDatetime(dt.UTC).strftime("%Y-%m-%d")
        return [Finding(CONDITIONS["OWN_KEY_EXPIRED"], {"until": until})]
    except errors.TongbanError as error:
        return [Finding(fault_of(error), error.facts, said=(error.text("zh"), error.text("en")))]
    return []


def partners(links: Iterable[Link], own: str, titles: Mapping[str, str], zone: dt.tzinfo = SHANGHAI) -> list[Finding]:
    """The partners that are away or behind, each by name."""
    found = []
    for link in links:
        if link.node == own:
            continue
        said = partner(link, titles.get(link.node, link.node), zone)
        if said is not None:
            found.append(said)
    return found


def partner(link: Link, title: str, zone: dt.tzinfo = SHANGHAI) -> Finding | None:
    """What keeps a partner from having what was sent; None where it has everything."""
    facts = {"title": title, "count": str(link.unread), "since": minute(link.since, zone)}
    if not link.connected:
        code = "PARTNER_AWAY" if link.since is not None else "PARTNER_NEVER_SEEN"
        return Finding(CONDITIONS[code], facts, link.since, name=link.node)
    if link.unread:
        return Finding(CONDITIONS["PARTNER_BEHIND"], facts, link.since, name=link.node)
    return None


def _said(code: str, seen: Seen, **facts: str) -> Finding:
    return Finding(CONDITIONS[code], {**seen.facts, **facts}, seen.since)


def _once(found: Sequence[Finding]) -> list[Finding]:
    codes: dict[str, Finding] = {}
    for each in found:
        codes.setdefault(each.fault.code, each)
    return list(codes.values())


def _newest(versions: str) -> int:
    return max((int(word) for word in versions.replace(",", " ").split() if word.isdecimal()), default=0)


def minute(moment: dt.datetime | None, zone: dt.tzinfo = SHANGHAI) -> str:
    """To the minute, where the reader lives."""
    return moment.astimezone(zone).strftime("%m-%d %H:%M") if moment is not None else ""


def _long(span: dt.timedelta) -> tuple[str, str]:
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} 分钟", f"{minutes} minutes"
    hours = minutes // 60
    return (f"{hours} 小时", f"{hours} hours") if hours < 48 else (f"{hours // 24} 天", f"{hours // 24} days")
