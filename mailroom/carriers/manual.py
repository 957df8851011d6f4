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
    Observation,
    OrderRequest,
    OrderResult,
    PushBatch,
    PushReply,
    Reply,
    Source,
    Tracked,
    ZoneBasis,
)
from mailroom.carriers.codes import code_table, signer
from mailroom.carriers.times import CHINA_MINUTES, local_time
from mailroom.carriers.wire import clean


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


class WithoutFeed(CodecWithoutFeed):
    """A leg whose carrier nobody can ask; `name` is the leg's carrier."""

    def __init__(self, carrier: str) -> None:
        self.name = carrier


def by_hand(
    carrier: str,
    waybill: str,
    code: str,
    time: str,
    text: str = "",
    place: str = "",
    offset_minutes: int | None = None,
) -> Observation:
    """What a person wrote down of a leg; a zone that they did not name is assumed to be Beijing's."""
    entry = code_table("manual").entry(code)
    basis = ZoneBasis.ASSUMED if offset_minutes is None else ZoneBasis.STATED
    offset = CHINA_MINUTES if offset_minutes is None else offset_minutes
    when = local_time(clean(time, 40), basis, carrier, "time", offset)
    words = clean(text)
    return Observation(
        carrier=carrier,
        waybill=waybill,
        code=entry.code,
        meaning=entry.meaning,
        text=words,
        place=clean(place, 200),
        local_time=when.text,
        observe_time=when.moment,
        zone_offset_minutes=when.offset_minutes,
        zone_basis=when.basis,
        signed_by=signer(entry, words),
        source=Source.MANUAL,
        exception=entry.exception,
    )
