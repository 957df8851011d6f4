"""Couriers by the code that a leg names: which feeds can be asked, and how far their local times can be trusted."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mailroom.carriers.base import ZoneBasis
from mailroom.carriers.codes import read_data
from mailroom.carriers.s10 import read_s10


@dataclass(frozen=True, slots=True)
class Courier:
    """What is known of a courier; one that nobody listed has no feeds."""

    code: str
    title: str
    feeds: tuple[str, ...] = ()
    needs_phone: bool = False
    local: bool = False
    listed: bool = True


@functools.cache
def couriers() -> Mapping[str, Courier]:
    """Every courier that is listed, by its code."""
    return MappingProxyType(
        {
            code: Courier(
                code, said["title"], tuple(said["feeds"]), bool(said.get("phone")), bool(said.get("local")), listed=True
            )
            for code, said in read_data("couriers.yaml").items()
        }
    )


def courier(code: str) -> Courier:
    """A courier by the code of a leg; an unknown one is a leg without a feed, as carriage by hand is."""
    return couriers().get(code) or Courier(code, code, listed=False)


def zone_basis(carrier: str, waybill: str) -> ZoneBasis:
    """On what ground a naive time in a courier's feed is Beijing's.

    Mail that another country's post has numbered carries that country's times, and nothing in the feed says which.
    """
    mail = read_s10(waybill)
    if courier(carrier).local and (mail is None or mail.country == "CN"):
        return ZoneBasis.CARRIER_LOCAL
    return ZoneBasis.ASSUMED
