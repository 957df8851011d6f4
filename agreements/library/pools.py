"""The seed's counted pools as pools of texts, and what becomes of those that no agreement takes up."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from agreements.library.basis import pool
from agreements.seed import PoolPart, Seed
from tongban.v1 import agreement_pb2

_BUNDLE: Final = "按套餐或场景计,不是按事项计;也没有协议提到。"
_LOCAL: Final = "是本地窗口自己的进驻清单,没有协议说其中哪些可在异地收件。"

UNPLACED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "zz-cross-city": "是漳州市级清单的总数;各协议从中取哪些,来源未载明。",
        "jm-bundles": _BUNDLE,
        "hc-community": _LOCAL,
        "pt-bundles": _BUNDLE,
        "ql-cloud": _LOCAL,
        "np-bundles": _BUNDLE,
        "tw-platform": _LOCAL,
        "tw-permit-uses": _BUNDLE,
        "dh-hall": _LOCAL,
        "dh-online": _LOCAL,
        "wc-milan": "米兰窗口是文成县自己的收件点,本县事项在本县窗口收件无需协议。",
        "wc-milan-major": "是计划数;米兰窗口收件无需协议。",
        "wc-milan-minor": "是计划数;米兰窗口收件无需协议。",
    }
)
"""Counted parts that no text carries, each with the reason."""


def parts(seed: Seed) -> Mapping[str, PoolPart]:
    """Every number that the pools state, by its id."""
    return {part.id: part for each in seed.pools for part in each.parts}


def counted(seed: Seed, *ids: str) -> list[agreement_pb2.ItemPool]:
    """Parts of the seed's pools, as pools of a text."""
    known = parts(seed)
    return [pool(known[each].id, known[each].title, known[each].count) for each in ids]


def item_pools(seed: Seed) -> Mapping[str, tuple[agreement_pb2.ItemPool, ...]]:
    """All pools of the seed, by their ids: a pool that states several numbers is as many pools of a text."""
    return {each.id: tuple(counted(seed, *(part.id for part in each.parts))) for each in seed.pools}
