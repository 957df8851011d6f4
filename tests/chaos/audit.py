"""The invariants of the simulation, over the databases that real processes left."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.store import QUERIES as GATEWAY
from nodes.store import QUERIES as NODE
from tongban.storage.base import Database, Row, Transaction


async def audit(gateway: Database, nodes: Mapping[str, Database]) -> list[str]:
    """What does not hold."""
    journal, found = await gateway.run(_journal, read_only=True)
    for name, database in nodes.items():
        found += await database.run(lambda tx, n=name: _node(tx, n, journal), read_only=True)  # type: ignore[misc]
    return found


def _journal(tx: Transaction) -> tuple[dict[str, tuple[list[bytes], bytes]], list[str]]:
    """Every stream: the digests of its events in order, and the state that they fold to."""
    digests: dict[str, list[bytes]] = {}
    found: list[str] = []
    for row in tx.fetch_all(GATEWAY.list_events, {"size": 10_000_000}):
        events = digests.setdefault(row["stream"], [])
        if row["version"] != len(events) + 1:
            found.append(f"the gateway has a gap in {row['stream']} before {row['version']}")
        events.append(row["digest"])
    journal = {}
    for name, events in digests.items():
        stored = tx.fetch_one(GATEWAY.get_state, {"name": name})
        if stored is None or (stored["version"], stored["head"]) != (len(events), events[-1]):
            found.append(f"the gateway's state of {name} is not that of its last event")
        else:
            journal[name] = (events, stored["state"])
    return journal, found


def _node(tx: Transaction, node: str, journal: Mapping[str, tuple[list[bytes], bytes]]) -> list[str]:
    found = [f"{node} has parked {r['name']}: {r['parked']}" for r in tx.fetch_all(NODE.list_parked_streams)]
    rows: list[Row] = tx.fetch_all(NODE.list_collection, {"after": "", "until": "~", "size": 10_000_000})
    for row in rows:
        events, state = journal.get(row["name"], ([], b""))
        if row["state"] != state:
            found.append(f"{node} and the gateway differ on {row['name']}")
        history = [r for r in tx.fetch_all(NODE.list_history, {"stream": row["name"]}) if r["version"] is not None]
        if [r["version"] for r in history] != list(range(1, len(events) + 1)):
            found.append(f"{node} does not have every event of {row['name']}, in order and once")
    return found
