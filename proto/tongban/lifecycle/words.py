"""The contract's states and roles in Chinese, for refusals and for every page that shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from tongban.lifecycle.table import role_name, state_name


def _numbered(text: str) -> Mapping[int, str]:
    return MappingProxyType(dict(enumerate(text.split(), start=1)))


STATES_ZH: Final[Mapping[str, Mapping[int, str]]] = MappingProxyType(
    {
        "applications": _numbered(
            "已收件 已受理 不予受理 待补正 审查中 特别程序 准予 不予 已出证 待取证 已取证 已办结 已撤回 终止 逾期终止"
        ),
        "parcels": _numbered(
            "已装包 已封包 待揽收 在途 承运方称已送达 已接收 已拆封 已核对 待领取 已领取 拒收 退回途中 改寄 海关滞留 "
            "逾期 疑似遗失 遗失 破损 误投 封签破损 无人领取"
        ),
        "agreements": _numbered("待签署 已签署 中止 终止"),
        "nodes": _numbered("已接入 暂停 已退出"),
        "items": _numbered("已发布 已取消"),
    }
)
"""Each collection's states, in the contract's order."""

ROLES_ZH: Final = _numbered(
    "收件地 决定机关 取证地 寄件方 收件方 中继 时钟 协议参与方 所属节点 网关管理员 任何节点 经手方"
)
"""The roles that a node has in a stream, in the contract's order."""

_NONE_ZH, _NONE_EN = "尚未建立", "not there yet"


def states(collection: str, numbers: Iterable[int]) -> tuple[str, str]:
    """States in Chinese and in English, in the contract's order; what a stream is before its first event, for none."""
    listed = sorted(set(numbers) - {0})
    zh = "、".join(STATES_ZH[collection].get(number, str(number)) for number in listed)
    en = ", ".join(state_name(collection, number) for number in listed)
    return zh or _NONE_ZH, en or _NONE_EN


def roles(numbers: Iterable[int]) -> tuple[str, str]:
    """Roles in Chinese and in English."""
    listed = sorted(numbers)
    zh = "、".join(ROLES_ZH.get(number, str(number)) for number in listed)
    return zh, ", ".join(role_name(number) for number in listed)
