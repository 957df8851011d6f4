"""What everyone needs to know, in memory: the directory of nodes and keys, and the coverage of the agreements.

Gateway and nodes build the same from the same shared feeds.  One thread at a time.
"""

from __future__ import annotations

from typing import Any

from agreements.domain.coverage import Coverage
from tongban.directory import Directory

SHARED_COLLECTIONS = ("nodes", "items", "agreements")
"""Collections whose streams are shared feeds, read by everyone."""


class Shared:
    """Directory and coverage, fed with the states of shared streams."""

    def __init__(self) -> None:
        self.directory = Directory()
        self.coverage = Coverage()

    def learn(self, stream: str, state: Any) -> None:
        """Take in a shared stream's present state; other streams are not looked at."""
        match stream.partition("/")[0]:
            case "nodes":
                self.directory.put(state)
                self.coverage.with_node(state)
            case "items":
                self.coverage.with_item(state)
            case "agreements":
                self.coverage.with_agreement(state)
            case _:
                pass
