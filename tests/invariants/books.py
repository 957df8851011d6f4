"""The books of one gateway and of each node, read whole and once.

Checks compare books, never processes: so the simulation, a campaign on real processes and an operator's copy of the
files are judged by the same code, on SQLite and on PostgreSQL alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tongban.storage.base import Database, Row, Transaction
from tongban.storage.queries import Queries
from tongban.v1 import envelope_pb2, event_pb2, parcel_pb2

QUERIES = Queries.load("tests.invariants")


@dataclass(slots=True, eq=False)
class Entry:
    """One admitted event at its place."""

    stream: str
    version: int
    event_id: str
    digest: bytes
    author: str
    envelope: bytes
    batch_id: str
    receipt: bytes
    content: bytes | None
    event: event_pb2.Event
    signed: envelope_pb2.Envelope
    leaf_index: int = 0
    leaf: envelope_pb2.AdmissionLeaf = field(default_factory=envelope_pb2.AdmissionLeaf)

    @property
    def where(self) -> dict[str, object]:
        """How a breach names it."""
        return {"stream": self.stream, "version": self.version, "event": self.event_id}


@dataclass(frozen=True, slots=True)
class GatewayBooks:
    """Everything that a gateway has stored about events."""

    streams: dict[str, list[Entry]]
    heads: dict[str, Row]
    admissions: dict[str, tuple[envelope_pb2.SignedAdmission, int]]
    order: dict[str, int]
    """The place of each batch in the order of commits."""
    rejections: dict[str, Row]
    channels: dict[str, int]
    entries: dict[str, list[tuple[int, str, int]]]
    leaves: dict[str, int]
    """The leaf of each sealed batch, in the order of leaves."""
    log_nodes: dict[tuple[int, int], bytes]
    checkpoints: dict[tuple[int, int], bytes]
    """Signed notes by epoch and size."""
    restored_in: int
    """The epoch that began when this gateway was last put back from a backup; 0 where it never was."""


@dataclass(frozen=True, slots=True)
class NodeBooks:
    """Everything that a node has stored about events."""

    name: str
    events: dict[str, Row]
    streams: dict[str, Row]
    admissions: dict[str, bytes]
    cursors: dict[str, int]
    custody: dict[str, list[parcel_pb2.Custody]]
    tasks: dict[str, Row]
    settings: dict[str, str]
    early_intakes: list[str]
    cases: dict[str, set[tuple[str, str, str, int]]]
    """What is listed as open of each parcel: code, subject, owner, deadline."""
    roles: dict[tuple[str, int, str], int]
    """Phase of each stream that the node lists, by stream, role and node."""

    @property
    def receipt_keys(self) -> dict[str, bytes]:
        """The gateway's receipt keys, as this node was told when it joined."""
        prefix = "receipt_key/"
        return {k.removeprefix(prefix): bytes.fromhex(v) for k, v in self.settings.items() if k.startswith(prefix)}


async def read_gateway(database: Database) -> GatewayBooks:
    """Read a gateway's books."""
    return await database.run(_gateway, read_only=True)


async def read_node(name: str, database: Database) -> NodeBooks:
    """Read a node's books."""
    return await database.run(lambda tx: _node(tx, name), read_only=True)


def _gateway(tx: Transaction) -> GatewayBooks:
    streams: dict[str, list[Entry]] = {}
    for row in tx.fetch_all(QUERIES.gateway_events):
        signed = envelope_pb2.Envelope.FromString(row["envelope"])
        event = event_pb2.Event.FromString(signed.payload)
        columns = dict(zip(row.keys(), row, strict=True))
        streams.setdefault(row["stream"], []).append(Entry(**columns, event=event, signed=signed))
    entries: dict[str, list[tuple[int, str, int]]] = {}
    for row in tx.fetch_all(QUERIES.gateway_entries):
        entries.setdefault(row["channel"], []).append((row["position"], row["stream"], row["version"]))
    return GatewayBooks(
        streams=streams,
        heads={row["name"]: row for row in tx.fetch_all(QUERIES.gateway_streams)},
        admissions={
            row["batch_id"]: (envelope_pb2.SignedAdmission.FromString(row["signed"]), row["size"])
            for row in tx.fetch_all(QUERIES.gateway_admissions)
        },
        order={row["batch_id"]: place for place, row in enumerate(tx.fetch_all(QUERIES.gateway_order))},
        rejections={row["event_id"]: row for row in tx.fetch_all(QUERIES.gateway_rejections)},
        channels={row["name"]: row["position"] for row in tx.fetch_all(QUERIES.gateway_channels)},
        entries=entries,
        leaves={row["batch_id"]: row["leaf_index"] for row in tx.fetch_all(QUERIES.gateway_leaves)},
        log_nodes={(row["level"], row["place"]): row["hash"] for row in tx.fetch_all(QUERIES.gateway_log_nodes)},
        checkpoints={(row["epoch"], row["size"]): row["note"] for row in tx.fetch_all(QUERIES.gateway_checkpoints)},
        restored_in=max((row["epoch"] for row in tx.fetch_all(QUERIES.gateway_epochs)), default=0),
    )


def _node(tx: Transaction, name: str) -> NodeBooks:
    custody: dict[str, list[parcel_pb2.Custody]] = {}
    for row in tx.fetch_all(QUERIES.node_custody):
        custody.setdefault(row["original"], []).append(parcel_pb2.Custody.FromString(row["custody"]))
    cases: dict[str, set[tuple[str, str, str, int]]] = {}
    for row in tx.fetch_all(QUERIES.node_cases):
        cases.setdefault(row["parcel"], set()).add((row["code"], row["subject"], row["owner"], row["deadline"]))
    return NodeBooks(
        name=name,
        cases=cases,
        events={row["event_id"]: row for row in tx.fetch_all(QUERIES.node_events)},
        streams={row["name"]: row for row in tx.fetch_all(QUERIES.node_streams)},
        admissions={row["batch_id"]: row["signed"] for row in tx.fetch_all(QUERIES.node_admissions)},
        cursors={row["channel"]: row["position"] for row in tx.fetch_all(QUERIES.node_cursors)},
        custody=custody,
        tasks={row["event_id"]: row for row in tx.fetch_all(QUERIES.node_tasks)},
        settings={row["key"]: row["value"] for row in tx.fetch_all(QUERIES.node_settings)},
        early_intakes=[row["parcel"] for row in tx.fetch_all(QUERIES.node_early_intakes)],
        roles={(row["stream"], row["role"], row["node"]): row["phase"] for row in tx.fetch_all(QUERIES.node_roles)},
    )
