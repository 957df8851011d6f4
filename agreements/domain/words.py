"""The contract's words in Chinese, for refusals and for the readable text of an agreement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from google.protobuf.descriptor import EnumDescriptor

from tongban.v1 import agreement_pb2, types_pb2

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

KINDS: Final[Mapping[int, str]] = MappingProxyType(
    {
        agreement_pb2.AGREEMENT_KIND_AGREEMENT: "协议",
        agreement_pb2.AGREEMENT_KIND_MANDATE: "授权清单",
    }
)

ENTRY_RULES: Final[Mapping[int, str]] = MappingProxyType(
    {
        agreement_pb2.ENTRY_RULE_ALL: "全体签署后生效",
        agreement_pb2.ENTRY_RULE_SIGNATORIES: "在签署者之间生效",
    }
)

PAPER_WAYS: Final[Mapping[int, str]] = MappingProxyType(
    {
        agreement_pb2.PAPER_WAY_COURIER: "快递",
        agreement_pb2.PAPER_WAY_REGISTERED_POST: "邮政挂号",
        agreement_pb2.PAPER_WAY_MESSENGER: "专人送达",
        agreement_pb2.PAPER_WAY_APPLICANT: "申请人自带",
    }
)

PAYERS: Final[Mapping[int, str]] = MappingProxyType(
    {
        agreement_pb2.PAYER_ACCEPTING: "收件地",
        agreement_pb2.PAYER_HOME: "业务属地",
        agreement_pb2.PAYER_APPLICANT: "申请人",
    }
)

STEPS: Final[Mapping[int, str]] = MappingProxyType(
    {
        agreement_pb2.PROMISED_STEP_INTAKE: "收件初审",
        agreement_pb2.PROMISED_STEP_DISPATCH: "寄出材料",
        agreement_pb2.PROMISED_STEP_ACCEPT: "受理",
        agreement_pb2.PROMISED_STEP_DECIDE: "审批",
        agreement_pb2.PROMISED_STEP_ISSUE: "出证",
        agreement_pb2.PROMISED_STEP_RETURN: "寄回结果",
        agreement_pb2.PROMISED_STEP_NOTIFY: "通知取证",
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
