"""Carriers without a feed: by hand, diplomatic bag, an agency's own van, any courier that has no codec here.

Nothing can be asked of them; what somebody reads off a courier's page or hears by telephone is an observation all the
same (`by_hand`), with the source `manual`, and it counts as little for custody as any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn

from mailroom.carriers.base import (
    Call,
    Capability,
    CarrierFault,
    FaultKind,
    Feed,
    HttpRequest,
    OrderRequest,
    OrderResult,
    PushBatch,
    PushReply,
    Reply,
    Tracked,
)


class CodecWithoutFeed:
    """Refuses everything; a codec overrides what its carrier can do."""

    name: str = ""
    capabilities: frozenset[Capability] = frozenset()
    min_interval_seconds: int = 0
    max_batch: int = 0

    @property
    def push_failure(self) -> PushReply:
        """The answer to a push that nobody expects."""
        return PushReply(404, b"", "text/plain")

    def _unsupported(self, capability: str) -> NoReturn:
        raise CarrierFault(FaultKind.UNSUPPORTED, text=capability, carrier=self.name)

    def query(self, waybills: Sequence[Tracked], call: Call) -> HttpRequest:
        """Refuse."""
        self._unsupported("query")

    def read_query(self, waybills: Sequence[Tracked], reply: Reply) -> Feed:
        """Refuse."""
        self._unsupported("query")

    def subscribe(self, waybill: Tracked, callback_url: str, call: Call) -> HttpRequest:
        """Refuse."""
        self._unsupported("subscribe")

    def read_subscribe(self, reply: Reply) -> None:
        """Refuse."""
        self._unsupported("subscribe")

    def read_push(self, headers: Mapping[str, str], body: bytes) -> PushBatch:
        """Refuse."""
        self._unsupported("push")

    def order(self, order: OrderRequest, call: Call) -> HttpRequest:
        """Refuse."""
        self._unsupported("order")

    def read_order(self, order: OrderRequest, reply: Reply) -> OrderResult:
        """Refuse."""
        self._unsupported("order")

    def find_order(self, order: OrderRequest, call: Call) -> HttpRequest:
        """Refuse."""
        self._unsupported("find-order")

    def cancel(self, key: str, waybill: str, call: Call) -> HttpRequest:
        """Refuse."""
        self._unsupported("cancel")

    def read_cancel(self, reply: Reply) -> None:
        """Refuse."""
        self._unsupported("cancel")
