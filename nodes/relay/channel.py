"""One account of the relay: its codec, its line, and how often it may be used."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from mailroom.carriers.base import Account, Call, Capability, CarrierCodec
from mailroom.carriers.couriers import courier
from mailroom.carriers.ems import Ems
from mailroom.carriers.kuaidi100 import Kuaidi100
from mailroom.carriers.sf import ShunFeng
from nodes.relay.accounts import AccountSettings, CarrierSettings
from nodes.relay.clients import HttpLine, Line
from nodes.relay.schedule import Allowance, Rhythm, daily, every_second
from tongban.clock import Clock, Entropy
from tongban.ids import uuid7

PUSH_PATH: Final = "/carriers/{feed}/{secret}"
_CODECS: Final[Mapping[str, Callable[[Account], CarrierCodec]]] = {
    "kuaidi100": Kuaidi100,
    "shunfeng": ShunFeng,
    "ems": Ems,
}
_MARGIN: Final = dt.timedelta(seconds=60)
"""A question may be under way this long, and the carrier counts from when it came."""
_RHYTHMS: Final[Mapping[str, tuple[float, float]]] = {"kuaidi100": (2, 6), "shunfeng": (1, 4), "ems": (1, 4)}
"""Hours between two questions about a number, without pushes and with."""
_AFTER_END: Final = dt.timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Channel:
    """What one account is used with."""

    name: str
    codec: CarrierCodec
    line: Line
    rhythm: Rhythm
    second: Allowance
    day: Allowance
    push_secret: str = field(default="", repr=False)
    callback_url: str = field(default="", repr=False)

    def can(self, capability: Capability) -> bool:
        """Whether the carrier offers it."""
        return capability in self.codec.capabilities

    @property
    def subscribes(self) -> bool:
        """Whether pushes have to be asked for number by number, and can be heard."""
        return bool(self.callback_url) and self.can(Capability.SUBSCRIBE)

    def allowances(self, interface: str) -> dict[str, Allowance]:
        """What limits the calls of an interface."""
        return {f"{interface}/second": self.second, f"{interface}/day": self.day}


def rhythm_of(name: str, least_seconds: float) -> Rhythm:
    """How often an account is asked about one number."""
    usual, pushed = (dt.timedelta(hours=hours) for hours in _RHYTHMS[name])
    closest = dt.timedelta(seconds=least_seconds) + _MARGIN
    return Rhythm(closest=closest, usual=usual, pushed=pushed, after_end=_AFTER_END)


def open_channels(settings: CarrierSettings) -> dict[str, Channel]:
    """A channel for each account."""
    return {name: _open(name, account, settings.public_url) for name, account in settings.accounts().items()}


def _open(name: str, settings: AccountSettings, public_url: str) -> Channel:
    codec = _CODECS[name](settings.account())
    secret = settings.push_secret.get_secret_value()
    callback = public_url + PUSH_PATH.format(feed=name, secret=secret) if public_url and secret else ""
    return Channel(
        name=name,
        codec=codec,
        line=HttpLine(name),
        rhythm=rhythm_of(name, codec.min_interval_seconds),
        second=every_second(settings.calls_per_second),
        day=daily(settings.calls_per_day),
        push_secret=secret,
        callback_url=callback,
    )


def channel_for(channels: Mapping[str, Channel], carrier: str, capability: Capability) -> Channel | None:
    """The first account that can do this for a leg's carrier; None where nobody can."""
    found = (channels[feed] for feed in courier(carrier).feeds if feed in channels)
    return next((channel for channel in found if channel.can(capability)), None)


def call(clock: Clock, entropy: Entropy) -> Call:
    """The time and an id, for one request."""
    now = clock.now()
    return Call(now, uuid7(now, entropy))
