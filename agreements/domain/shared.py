"""What everyone needs to know, in memory: the directory of nodes and keys, and the coverage of the agreements.

Gateway and nodes build the same from the same shared feeds.  One thread at a time.
"""

from __future__ import annotations

from typing import Any

from agreements.domain.coverage import Coverage
from tongban.directory import Directory
from tongban.v1 import agreement_pb2, directory_pb2

SHARED_COLLECTIONS = ("nodes", "items", "agreements")
"""Collections whose streams are shared feeds, read by everyone."""


class Shared:
    """Directory and coverage, fed with the states of shared streams."""

    def __init__(self) -> None:
        self.directory = Directory()
        self.coverage = Coverage()
        self._items: dict[str, directory_pb2.Item] = {}
        self.items_learned = 0
        """Rises with every item learned, so that what is worked out of all items is worked out anew."""
        self._agreements: dict[str, agreement_pb2.Agreement] = {}

    def item(self, name: str) -> directory_pb2.Item | None:
        """An item as its home published it."""
        return self._items.get(name)

    def items(self) -> list[directory_pb2.Item]:
        """All items, by name."""
        return [self._items[name] for name in sorted(self._items)]

    def agreement(self, name: str) -> agreement_pb2.Agreement | None:
        """An agreement as its parties signed it."""
        return self._agreements.get(name)

    def agreements(self) -> list[agreement_pb2.Agreement]:
        """All agreements, by name."""
        return [self._agreements[name] for name in sorted(self._agreements)]

    def clause(self, agreement: str, clause: str, version: int = 0) -> agreement_pb2.Clause | None:
        """A clause of an agreement, in the version that a route cites; 0 means the present one."""
        found = self._agreements.get(agreement)
        if found is None:
            return None
        for document in (found.document, *(text.document for text in found.past)):
            if version in (0, document.document_version):
                return next((c for c in document.clauses if c.id == clause), None)
        return None

    def learn(self, stream: str, state: Any) -> None:
        """Take in a shared stream's present state; other streams are not looked at."""
        match stream.partition("/")[0]:
            case "nodes":
                self.directory.put(state)
                self.coverage.with_node(state)
            case "items":
                self._items[stream] = state
                self.items_learned += 1
                self.coverage.with_item(state)
            case "agreements":
                self._agreements[stream] = state
                self.coverage.with_agreement(state)
            case _:
                pass
