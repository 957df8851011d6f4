"""The ledger: what people were told is done, kept outside the federation, and compared with its databases at the end.

An entry is a step that some office acknowledged: the answer came back, or the office showed it when it was asked later.
From then on the step MUST be in that office's journal under a receipt, and in the gateway's journal, each exactly once.
Every step of the journey happens once, so a second event of the same kind by the same author on the same stream is a
double, whoever asked for it, and so is an application or a parcel that stands for no request in the ledger.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tongban.storage.base import Database, Transaction
from tongban.storage.queries import Query
from tongban.v1 import envelope_pb2, event_pb2

RECEIPTED, REFUSED = 1, 2
_GATEWAY = Query.of("all_events", "Every admitted event.", "SELECT stream, author, envelope FROM events")
_NODE = Query.of("all_events", "Every event of a node.", "SELECT stream, author, standing, envelope FROM events")
_Key = tuple[str, str, str]
"""Stream, kind of event, author."""


@dataclass(slots=True)
class Ledger:
    """Everything that was acknowledged, in the order of the answers."""

    entries: dict[_Key, float] = field(default_factory=dict)
    applications: dict[str, str] = field(default_factory=dict)
    """Name to the id of the request that made it."""
    parcels: dict[str, str] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    unknown: int = 0
    """Calls that got no answer."""
    refusals: Counter[str] = field(default_factory=Counter)
    """Reasons of refusals, which a clerk who does one thing after the other should never meet."""
    forgotten: list[str] = field(default_factory=list)
    """An office showed less than it had shown before."""
    twice: list[str] = field(default_factory=list)
    """One request id, two answers."""
    _shown: dict[tuple[str, str], int] = field(default_factory=dict)

    def acknowledge(self, office: str, steps: list[tuple[str, str]], now: float) -> None:
        """These kinds of events on these streams are done, says an office."""
        for stream, kind in steps:
            self.entries.setdefault((stream, kind, office), now)

    def made(self, kind: str, name: str, request_id: str) -> None:
        """A request made an application or a parcel."""
        known = self.applications if kind == "applications" else self.parcels
        if request_id in known.values() and name not in known:
            self.twice.append(f"{request_id} made {name} and another")
        known[name] = request_id

    def show(self, office: str, name: str, state: int) -> None:
        """An office shows a thing in a state; states of this journey only grow."""
        before = self._shown.get((office, name), 0)
        if state < before:
            self.forgotten.append(f"{office} showed {name} in state {before}, and later in {state}")
        self._shown[office, name] = max(before, state)

    def save(self, path: Path) -> None:
        """Write it down, for whoever looks for what went wrong."""
        content = {
            "entries": [[*key, round(moment, 3)] for key, moment in self.entries.items()],
            "applications": self.applications,
            "parcels": self.parcels,
            "refusals": self.refusals,
            "forgotten": self.forgotten,
            "twice": self.twice,
        }
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")


@dataclass(slots=True)
class Account:
    """What the databases say to the ledger."""

    events: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)


async def settle(ledger: Ledger, gateway: Database, nodes: Mapping[str, Database]) -> Account:
    """Compare, entry by entry."""
    admitted = await gateway.run(_admitted, read_only=True)
    account = Account(events=sum(admitted.values()))
    held = {name: await database.run(_held, read_only=True) for name, database in nodes.items()}
    for key in ledger.entries:
        stream, kind, office = key
        if not admitted[key]:
            account.lost.append(f"{office} acknowledged {kind} on {stream}: not at the gateway")
        if not held[office][*key, RECEIPTED]:
            account.lost.append(f"{office} acknowledged {kind} on {stream}: not in its journal under a receipt")
    account.lost += ledger.forgotten
    account.doubled += _doubles("gateway", {key: n for key, n in admitted.items() if _of_journey(key[0])})
    for name, events in held.items():
        own = {key[:3]: n for key, n in events.items() if key[3] == RECEIPTED and _of_journey(key[0])}
        account.doubled += _doubles(name, own)
        account.stuck += [f"{name}: {k} on {s} was refused" for s, k, _, standing in events if standing == REFUSED]
    names = {key[0] for key in admitted if _of_journey(key[0])}
    account.doubled += [f"{name} stands for no request" for name in sorted(names - _asked_for(ledger))]
    account.doubled += ledger.twice
    account.stuck += [f"{name} is not closed" for name in sorted(set(ledger.applications) - ledger.closed)]
    return account


def _doubles(where: str, counts: Mapping[_Key, int]) -> list[str]:
    return [f"{where}: {n} times {kind} on {stream} by {by}" for (stream, kind, by), n in counts.items() if n > 1]


def _asked_for(ledger: Ledger) -> set[str]:
    return {*ledger.applications, *ledger.parcels}


def _of_journey(stream: str) -> bool:
    return stream.startswith(("applications/", "parcels/"))


def _kind(envelope: bytes) -> str:
    payload = envelope_pb2.Envelope.FromString(envelope).payload
    return event_pb2.Event.FromString(payload).WhichOneof("body") or ""


def _admitted(tx: Transaction) -> Counter[_Key]:
    return Counter((row["stream"], _kind(row["envelope"]), row["author"]) for row in tx.fetch_all(_GATEWAY))


def _held(tx: Transaction) -> Counter[tuple[str, str, str, int]]:
    rows = tx.fetch_all(_NODE)
    return Counter((row["stream"], _kind(row["envelope"]), row["author"], row["standing"]) for row in rows)
