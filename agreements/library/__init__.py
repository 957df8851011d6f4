"""Every agreement and scheme that the sources name, as a text that can be signed; or why it is none.

The sources tell that an agreement exists, among whom, sometimes how many items it covers: none gives its clauses.

    seed (what sources say) ─┐
    nodes (who can sign)    ─┼─► `build` ─► a whole text, checked, with its open questions
    partners, day (who asks) ┘        or ─► an `Omission`, with the reason, for people

**What is promised.**  A text must be whole to be signed, so a gap is filled by the narrowest reading that can be
carried out, and every such reading is asked about in `open_questions`.  What no reading gives is not filled at all:
items that a source only counts are a pool without codes, by which nothing is taken in until the parties have listed
them; a party that is not named, or has no node, is no party, because a party is pinned by its root key.  Nothing of
the seed is dropped in silence: what is not a text is an omission (`RECORDS`, or a party that is missing), and a count
that no text carries is in `pools.UNPLACED`.

**What can go wrong.**  A text goes stale: it is a beginning for legal officers, who change it and whose nodes sign it,
never a copy of a document that somebody has signed on paper.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from agreements.library import alliances, cities, mandates
from agreements.library.basis import Basis as Basis
from agreements.library.basis import Nodes as Nodes
from tongban.errors import NodeNotFound
from tongban.v1 import agreement_pb2

Builder = Callable[[Basis], agreement_pb2.AgreementDocument]

BUILDERS: Final[Mapping[str, Builder]] = MappingProxyType(
    {
        "ag-fj-12": alliances.twelve_provinces,
        "ag-zz-cz-st": cities.three_cities,
        "ag-xc-18-50": alliances.xiangcheng,
        "ag-ds-zc": cities.dongshan_zhucheng,
        "ag-zzkfq-csj": alliances.self_service_alliance,
        "ag-jm-1": cities.jimei("ag-jm-1", "jimei-baiyun"),
        "ag-jm-2": cities.jimei("ag-jm-2", "jimei-nanming"),
        "ag-jm-3": cities.jimei("ag-jm-3", "jimei-zhanggong"),
        "ag-jm-4": cities.jimei("ag-jm-4", "jimei-shunqing"),
        "sch-fj-snt": mandates.province_wide,
        "sch-fj-zizhu": mandates.self_service,
        "ag-pt-region": mandates.putian_linked,
        "ag-pt-qytb": mandates.putian_one_seal,
        "ag-gl-kuayu": alliances.gulou,
        "ag-zzkfq-icbc": alliances.bank_branch,
        "ag-lc-bank": alliances.lingchuan,
    }
)
"""By the seed's id."""

RECORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ag-zz-total": "是漳州各协议的累计数,不是一份协议;所计各协议另行列出。",
        "ag-jm-youth": "是顾问团为青创基地和高校提供服务的协议,不约定谁替谁收件、谁决定,因而没有条款可载。",
        "ag-wc-milan": "是县与同乡会之间的购买服务;米兰窗口是文成县自己的收件点,本县事项在本县窗口收件无需协议。",
        "ag-wc-telecom": "是与未列名运营商合办手机应用;应用是文成县自己的渠道,本县事项收件无需协议。",
        "tpl-qz-agent": "是申请人委托帮办人员的样本,一方是申请人;协议只在节点之间订立,委托随办件提交。",
    }
)
"""What is not about one region taking in for another, by the seed's id, with the reason."""


@dataclass(frozen=True, slots=True)
class Omission:
    """An agreement of the seed that is no text here and now, and why."""

    id: str
    title: str
    reason: str


def build(basis: Basis, agreement: str) -> agreement_pb2.AgreementDocument | Omission:
    """The text of one agreement of the seed, or why there is none."""
    title = basis.fact(agreement).name
    reason = RECORDS.get(agreement)
    if reason is not None:
        return Omission(agreement, title, reason)
    try:
        return BUILDERS[agreement](basis)
    except NodeNotFound as missing:
        return Omission(agreement, title, f"须有的参与方未列名或尚未接入:{missing.facts['name']}。")


def build_all(basis: Basis) -> Iterator[agreement_pb2.AgreementDocument | Omission]:
    """One answer for every agreement of the seed, in its order."""
    return (build(basis, agreement) for agreement in basis.seed.agreements)
