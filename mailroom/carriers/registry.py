"""The codec of a feed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from mailroom.carriers.base import Account, CarrierCodec
from mailroom.carriers.ems import NAME as EMS
from mailroom.carriers.ems import Ems
from mailroom.carriers.kuaidi100 import NAME as KUAIDI100
from mailroom.carriers.kuaidi100 import Kuaidi100
from mailroom.carriers.manual import WithoutFeed
from mailroom.carriers.sf import NAME as SHUNFENG
from mailroom.carriers.sf import ShunFeng

CODECS: Final[Mapping[str, Callable[[Account], CarrierCodec]]] = MappingProxyType(
    {KUAIDI100: Kuaidi100, SHUNFENG: ShunFeng, EMS: Ems}
)


def codec(feed: str, account: Account) -> CarrierCodec:
    """The codec of a feed; of anything else one that can do nothing."""
    made = CODECS.get(feed)
    return made(account) if made else WithoutFeed(feed)
