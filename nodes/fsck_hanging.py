"""What hangs on a node's events: grants, noted roles, positions in channels, sequences, local numbers."""

from __future__ import annotations

from collections import Counter
from typing import Any

from google.protobuf.message import DecodeError

from agreements.domain.shared import SHARED_COLLECTIONS
from nodes.journal.streams import roles_of
from tongban import errors
from tongban.fsck import Finding, Phase, Report
from tongban.fsck.report import Key, Remedy, short
from tongban.journal.envelopes import Opened
from tongban.local_numbers import NumberKind, node_code, parse_number
from tongban.storage.base import Row
from tongban.v1 import envelope_pb2


class Hanging:
    """Compares stream by stream, and counts for what is compared in the end."""

    def __init__(self, node: str, report: Report) -> None:
        self._node = node
        self._report = report
        self._stream = ""
        self._expected: dict[str, set[bytes]] = {}
        self._grants: dict[str, bytes] = {}
        self._roles: set[tuple[int, str]] = set()
        self._events = 0
        self.placed: Counter[str] = Counter()
        """Receipted events by the channel that brought them."""
        self.numbers: dict[tuple[str, int], int] = {}
        """The highest counter in our own numbers, by the counter's name and incarnation."""

    def bad(self, table: str, kind: str, key: Key, expected: str, found: object) -> None:
        """Something is wrong with a row beside the journal."""
        self._report.add(Finding(Phase.OTHER, table, kind, key, expected, short(found), Remedy.DERIVED, self._stream))

    def begin(self, stream: str) -> None:
        """The next stream."""
        self._stream = stream
        self._expected, self._grants, self._roles, self._events = {}, {}, set(), 0
        self._number(stream)

    def event(self, row: Row, opened: Opened) -> None:
        """An event of the stream, and what is sealed beside it."""
        self._events += 1
        if row["version"] is not None:
            collection = row["stream"].partition("/")[0]
            self.placed[f"feeds/{collection}" if collection in SHARED_COLLECTIONS else "mailbox"] += 1
        if row["sealed"] is None:
            return
        try:
            sealed = envelope_pb2.SignedEvent.FromString(row["sealed"])
        except DecodeError:
            return  # said of it where its digests are compared
        for grant in sealed.grants:
            if grant.recipient == self._node:
                self._expected.setdefault(grant.audience, set()).add(grant.ciphertext)

    def grant(self, row: Row) -> None:
        """A stored grant."""
        self._grants[row["audience"]] = row["ciphertext"]

    def role(self, row: Row) -> None:
        """A noted role."""
        self._roles.add((row["role"], row["node"]))

    def end(self, first: Any, last: Any) -> None:
        """The stream is through; `first` and `last` are its states after its first and last event."""
        stream = self._stream
        for audience in sorted(self._expected.keys() | self._grants.keys()):
            key: Key = {"stream": stream, "audience": audience}
            wanted, found = self._expected.get(audience, set()), self._grants.get(audience)
            if found is None:
                self.bad("grants", "missing", key, "给本节点的授权 / the grant to this node", "")
            elif found not in wanted:
                self.bad("grants", "differs" if wanted else "extra", key, short(min(wanted, default=b"")), found)
        for role, node in sorted((_held(stream, first) & _held(stream, last)) - self._roles):
            self.bad("roles", "missing", {"stream": stream, "role": role, "node": node}, "列表所用 (for the lists)", "")
        if not self._events:
            for role, node in sorted(self._roles):
                self.bad(
                    "roles", "extra", {"stream": stream, "role": role, "node": node}, "有事件的流 (its events)", ""
                )

    def _number(self, stream: str) -> None:
        collection, _, number = stream.partition("/")
        if collection not in ("applications", "parcels"):
            return
        try:
            parsed = parse_number(number)
        except errors.TongbanError:
            return
        if parsed.node_code == node_code(self._node.removeprefix("nodes/")):
            kind = "parcels" if parsed.kind is NumberKind.PARCEL else "applications"
            name = (f"{kind}/{parsed.day.isoformat()}", parsed.incarnation)
            self.numbers[name] = max(self.numbers.get(name, 0), parsed.counter)


def _held(stream: str, state: Any) -> set[tuple[int, str]]:
    return set(roles_of(stream, state)) if state is not None else set()
