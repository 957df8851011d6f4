"""What was admitted just now, kept a while in memory, so that delivering it does not read the database again.

Nearly every delivery is of an event that was committed a moment ago, to nodes that hold a stream.  Entries get here
after their commit and never before it, so a page from here promises what a page from the database promises.  A position
that is not here (a node that was away, the backlog of a party that joined, another replica's batch, whatever had to
make room) is read from the database; a page ends where the next position is missing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from tongban.v1 import envelope_pb2, federation_pb2

MAX_ENTRIES = 4096
MAX_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """An admitted event at one place of one channel."""

    channel: str
    position: int
    author: str
    wire: envelope_pb2.SignedEvent
    size: int
    receipt: envelope_pb2.Receipt
    admission: envelope_pb2.SignedAdmission


class Tail:
    """The newest entries of all channels together, bounded in number and bytes."""

    def __init__(self, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES) -> None:
        self._entries: OrderedDict[tuple[str, int], Entry] = OrderedDict()
        self._bytes = 0
        self._max_entries = max_entries
        self._max_bytes = max_bytes

    def keep(self, entries: Iterable[Entry]) -> None:
        """Take in what was committed; the oldest make room."""
        for entry in entries:
            self._entries[entry.channel, entry.position] = entry
            self._bytes += entry.size
        while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
            self._bytes -= self._entries.popitem(last=False)[1].size

    def page(
        self, channel: str, after: int, size: int, max_bytes: int, without_own: str
    ) -> federation_pb2.Deliveries | None:
        """A page as `GatewayCore.read` gives it; None where the first position is not here."""
        entry = self._entries.get((channel, after + 1))
        if entry is None:
            return None
        page = federation_pb2.Deliveries(channel=channel)
        admissions: dict[bytes, envelope_pb2.SignedAdmission] = {}
        total = 0
        while entry is not None and len(page.deliveries) < size:
            total += entry.size
            if page.deliveries and total > max_bytes:
                break
            delivery = page.deliveries.add(position=entry.position, receipt=entry.receipt)
            if entry.author != without_own:
                delivery.event.CopyFrom(entry.wire)
            admissions[entry.admission.header] = entry.admission
            entry = self._entries.get((channel, entry.position + 1))
        page.admissions.extend(admissions.values())
        return page
