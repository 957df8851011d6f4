"""Who failed, for the pages and for programs: the node's own state, its tasks, its parked streams, one application.

The words are those of `tongban.faults`; which of them fit is decided by `nodes.domain`.  Here the journal is asked for
what they need: who wrote the event that came first, which event of a parked stream could not be folded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from nodes.core import NodeCore
from nodes.domain import diagnosis, waiting
from nodes.domain.waiting import Desk, Parked
from nodes.store import QUERIES
from tongban import errors
from tongban.directory import Directory
from tongban.errors import TongbanError
from tongban.faults import Finding, Party
from tongban.journal import envelopes
from tongban.rejections import from_rejection
from tongban.signing import Verifier
from tongban.storage.base import Row, Transaction
from tongban.v1 import application_pb2, envelope_pb2, event_pb2, lifecycle_pb2, parcel_pb2, registry_pb2


class _Titles(Mapping[str, str]):
    """What people call the nodes of a directory, looked up when it is asked for."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def __getitem__(self, name: str) -> str:
        node = self._directory.find(name)
        if node is None:
            raise KeyError(name)
        return node.profile.title

    def __iter__(self) -> Iterator[str]:
        return (node.name for node in self._directory.nodes())

    def __len__(self) -> int:
        return len(self._directory.nodes())


class _Suspended(Container[str]):
    """The nodes of a directory that are suspended."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def __contains__(self, name: object) -> bool:
        node = self._directory.find(str(name))
        return node is not None and node.state == lifecycle_pb2.NODE_STATE_SUSPENDED


class FaultDesk:
    """Answers who failed."""

    def __init__(self, core: NodeCore) -> None:
        self._core = core

    def desk(self) -> Desk:
        """What this node knows of the others."""
        core, directory = self._core, self._core.shared.directory
        own = directory.find(core.name)
        zone = ZoneInfo(own.profile.time_zone) if own is not None else diagnosis.SHANGHAI
        return Desk(core.name, _Titles(directory), core.line.links, _Suspended(directory), zone, self._place)

    def _place(self, node: str, post: str) -> str:
        found = self._core.shared.directory.find(node)
        if found is None:
            return node
        title = next((entry.title for entry in found.profile.posts if entry.id == post), post)
        return f"{found.profile.title} {title}"

    def partners(self) -> list[Finding]:
        """Partners that are away or behind."""
        desk = self.desk()
        links = [link for name, link in sorted(self._core.line.links.items()) if name in desk.titles]
        return diagnosis.partners(links, desk.node, desk.titles, desk.zone)

    def application(self, state: application_pb2.Application, *, pending: bool) -> Finding | None:
        """Whom an application is waiting for; without a line nobody here knows how a partner is, so it is the line."""
        found = waiting.application(self.desk(), state, pending=pending)
        line = self._core.line
        if found is not None and found.at_fault is Party.PARTNER and not line.connected and line.findings:
            return replace(line.findings[0], about=state.name)
        return found

    def parcel(self, state: parcel_pb2.Parcel, carriers: Mapping[str, str]) -> list[Finding]:
        """What is wrong with a parcel."""
        return waiting.parcel(self.desk(), state, self._core.clock.now(), carriers)

    async def early(self) -> list[Finding]:
        """Parcels that were scanned in before their sender's records came."""
        rows = await self._core.database.run(lambda tx: tx.fetch_all(QUERIES.list_early_intakes), read_only=True)
        return waiting.early([row["parcel"] for row in rows])

    def parked(self, tx: Transaction, stream: str, problem: str) -> Finding | None:
        """What a parked stream waits for; None where it has just been folded."""
        row = tx.fetch_one(QUERIES.first_parked, {"stream": stream})
        if row is None:
            return None
        wire = envelope_pb2.SignedEvent()
        if row["content"] is not None:
            wire.ParseFromString(row["content"])
        wire.envelope.ParseFromString(row["envelope"])
        event = event_pb2.Event.FromString(wire.envelope.payload)
        waits = Parked(stream, problem, row["version"], row["reached"], event, self._doubt(wire))
        return waiting.parked(self.desk(), waits)

    def _doubt(self, wire: envelope_pb2.SignedEvent) -> TongbanError | None:
        directory = self._core.shared.directory
        try:
            opened = envelopes.parse(wire)
            if opened.event.WhichOneof("body") == "node_registered":
                return None
            directory.signing_key(wire.envelope.signature.key_id)
            envelopes.verify(opened, Verifier(directory.public_key))
        except TongbanError as error:
            return error
        return None

    def task(self, tx: Transaction, task: Row) -> Finding:
        """Who failed where a step of this node was refused."""
        since = dt.datetime.fromtimestamp(task["create_time"] / 1_000_000, dt.UTC)
        row = tx.fetch_one(QUERIES.get_refusal, {"event_id": task["event_id"]})
        stream = task["stream"]
        if row is None or row["rejection"] is None:
            error = _as_told(task)
            return waiting.refused(self.desk(), error, stream=stream, since=since)
        error = from_rejection(envelope_pb2.Rejection.FromString(row["rejection"]))
        winner = self._winner(tx, stream, row["envelope"]) if isinstance(error, errors.StreamConflict) else ""
        return waiting.refused(self.desk(), error, stream=stream, since=since, winner=winner)

    def _winner(self, tx: Transaction, stream: str, envelope: bytes) -> str:
        """Who wrote the event that stands where this node's own was to stand."""
        payload = envelope_pb2.Envelope.FromString(envelope).payload
        place = event_pb2.Event.FromString(payload).expected_version + 1
        row = tx.fetch_one(QUERIES.get_author, {"stream": stream, "version": place})
        return row["author"] if row is not None else ""


def _as_told(task: Row) -> TongbanError:
    cls = errors.errors_by_reason().get(task["reason"], errors.Refused)
    return cls.quoted(task["reason"], task["message_zh"], task["message_en"])


def to_message(found: Finding) -> registry_pb2.Finding:
    """A finding as the contract says it."""
    message = registry_pb2.Finding(
        code=found.fault.code,
        party=found.at_fault.value,
        hop=found.fault.hop.value,
        node=found.name,
        message_zh=found.what("zh"),
        message_en=found.what("en"),
        remedy_zh=found.remedy("zh"),
        remedy_en=found.remedy("en"),
        effect=found.fault.effect.value,
        stream=found.about,
    )
    if found.since is not None:
        message.since_time.FromDatetime(found.since)
    return message
