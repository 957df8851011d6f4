"""What the carriers' side of the relay has to tell: each thing durable, in order, at least once, until it is done."""

from __future__ import annotations

from dataclasses import dataclass

from mailroom.carriers.base import Observation, OrderResult
from tongban.errors import TongbanError
from tongban.faults import Finding
from tongban.faults.reasons import finding_of


@dataclass(frozen=True, slots=True)
class Heard:
    """What a carrier said of a leg's waybill, confirmed by a pull or a signature; oldest first, each new to the leg."""

    id: int
    leg: str
    observations: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class Assigned:
    """The carrier gave the leg a waybill."""

    id: int
    leg: str
    carrier: str
    result: OrderResult


@dataclass(frozen=True, slots=True)
class OrderFailed:
    """There will be no waybill for this leg from this order; `error` says whose fault it is and what to do."""

    id: int
    leg: str
    carrier: str
    error: TongbanError


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    """The leg's order is cancelled at the carrier, or was never sent."""

    id: int
    leg: str
    carrier: str


@dataclass(frozen=True, slots=True)
class CancelFailed:
    """The carrier does not cancel the leg's order, which stands."""

    id: int
    leg: str
    carrier: str
    error: TongbanError


@dataclass(frozen=True, slots=True)
class Trouble:
    """A carrier fails, or a leg's number does.  Told when it begins and when it is `over`, not at every attempt."""

    id: int
    feed: str
    """The account: `kuaidi100`, `shunfeng`, `ems`."""
    leg: str
    """The leg that it is about; empty where it is about the carrier as a whole."""
    error: TongbanError
    over: bool = False

    @property
    def finding(self) -> Finding:
        """Who failed, where, and what to do, in both languages."""
        return finding_of(self.error, about=self.leg)


News = Heard | Assigned | OrderFailed | OrderCancelled | CancelFailed | Trouble
