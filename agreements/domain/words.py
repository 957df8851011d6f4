"""The contract's words in Chinese, for refusals and for the readable text of an agreement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from google.protobuf.descriptor import EnumDescriptor

from tongban.v1 import types_pb2

MODES: Final[Mapping[int, str]] = MappingProxyType(
    {
        types_pb2.MODE_ONLINE: "全程网办",
        types_pb2.MODE_AGENT: "异地代收代办",
        types_pb2.MODE_JOINT: "多地联办",
    }
)

CHANNELS: Final[Mapping[int, str]] = MappingProxyType(
    {
        types_pb2.CHANNEL_WINDOW: "窗口",
        types_pb2.CHANNEL_KIOSK: "自助机",
        types_pb2.CHANNEL_WEB: "网上",
        types_pb2.CHANNEL_MOBILE: "手机",
        types_pb2.CHANNEL_OVERSEAS: "海外窗口",
    }
)

APPLICANT_KINDS: Final[Mapping[int, str]] = MappingProxyType(
    {
        types_pb2.APPLICANT_KIND_PERSON: "自然人",
        types_pb2.APPLICANT_KIND_LEGAL_PERSON: "法人",
        types_pb2.APPLICANT_KIND_TAIWAN_COMPATRIOT: "台胞",
        types_pb2.APPLICANT_KIND_OVERSEAS_CHINESE: "海外侨胞",
    }
)

DECIDERS: Final[Mapping[int, str]] = MappingProxyType(
    {
        types_pb2.DECIDER_HOME: "业务属地",
        types_pb2.DECIDER_ACCEPTING: "收件地(受业务属地授权)",
    }
)


def listed(words: Mapping[int, str], values: Iterable[int]) -> str:
    """Values in Chinese, in the order given; a dash for none."""
    return "、".join(words.get(value, "?") for value in values) or "-"


def english(enum: EnumDescriptor, values: Iterable[int]) -> str:
    """Values in English, by their names in the contract; a dash for none."""
    prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    known = (enum.values_by_number.get(value) for value in values)
    words = (each.name.removeprefix(prefix).lower().replace("_", "-") if each is not None else "?" for each in known)
    return ", ".join(words) or "-"
