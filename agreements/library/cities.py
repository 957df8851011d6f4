"""Agreements between named cities and counties: 漳州—潮州—汕头, 东山—诸城, and the four of 集美."""

from __future__ import annotations

from collections.abc import Callable

from agreements.items import all_items
from agreements.library.basis import (
    AGENT,
    NO_ITEMS,
    ONLINE,
    Basis,
    absent,
    assembled,
    at_windows,
    everyone_for_its_own,
    pool,
    quoted,
)
from agreements.library.pools import counted
from tongban.errors import NodeNotFound
from tongban.v1 import agreement_pb2, types_pb2

_CROSS = ".zz-x-"
"""The items of 漳州 that the source names as taken in across provinces."""


def three_cities(basis: Basis) -> agreement_pb2.AgreementDocument:
    """漳州—潮州—汕头: a pair of clauses for each partner that has a node, 66 items counted for each pair."""
    fact = basis.fact("ag-zz-cz-st")
    zhangzhou, *others = fact.parties
    home = basis.home(zhangzhou)
    named = [item.name for item in all_items(basis.seed) if item.home == home and _CROSS in item.name]
    present = [region for region in others if basis.has(basis.home(region))]
    if not present:
        raise NodeNotFound(field="document.parties", name=basis.home(others[0]))
    (counted_pool,) = counted(basis.seed, "zz-chaoshan")
    clauses, pools = [], []
    for region in present:
        word, partner = _PINYIN[region], basis.home(region)
        title = f"漳州与{basis.seed.regions[region].name}“跨省通办”高频事项"
        pools.append(pool(f"zhangzhou-{word}", title, counted_pool.stated_count))
        outward = at_windows(f"zhangzhou-at-{word}", home, [partner], [AGENT, ONLINE], named, [pools[-1].id])
        inward = at_windows(f"{word}-at-zhangzhou", partner, [home], [AGENT, ONLINE], [], [pools[-1].id])
        for clause in (outward, inward):
            _standard_flow(basis, clause)
        clauses += [outward, inward]
    return assembled(
        basis,
        fact,
        "zhangzhou-chaozhou-shantou",
        parties=[home, *(basis.home(region) for region in present)],
        clauses=clauses,
        pools=pools,
        questions=[
            *absent(basis, others),
            (
                f"来源称“分别推出”高频事项 {fact.item_count} 项,未说明系每两地各 {fact.item_count} 项还是合计:"
                "暂按每两地各计。"
            ),
            (
                f"来源未列这 {fact.item_count} 项的名称:暂列漳州市已公布可跨省通办的 {len(named)} 项,"
                "其余待各方以基本编码列入事项池。"
            ),
            "潮州市、汕头市作为业务属地的事项来源未列名:相应条款只列事项池,列入编码前不收件。",
            "来源未载明申请人范围、渠道和取证地:暂不限申请人与渠道,在收件地取证。",
        ],
    )


def dongshan_zhucheng(basis: Basis) -> agreement_pb2.AgreementDocument:
    """东山—诸城: 81 items signed, none named."""
    fact = basis.fact("ag-ds-zc")
    (items,) = counted(basis.seed, "zz-cross-dongshan")
    clause = everyone_for_its_own("each-for-its-own", [AGENT], [items.id])
    _standard_flow(basis, clause)
    return assembled(
        basis,
        fact,
        "dongshan-zhucheng",
        parties=[basis.home(region) for region in fact.parties],
        clauses=[clause],
        pools=[items],
        questions=[
            NO_ITEMS,
            (
                f"来源称签约事项 {fact.item_count} 项,与东山县“跨省通办”清单 {items.stated_count} 项同数:"
                "是否即为该清单、诸城市的事项是否在内,请确定。"
            ),
            f"来源所载对方为“{fact.facts['counterparty']}”:由其还是由诸城市的节点签署,请确定。",
            "来源未载明办理方式:暂列异地代收代办。",
        ],
    )


def jimei(agreement: str, name: str) -> Callable[[Basis], agreement_pb2.AgreementDocument]:
    """One of 集美's four agreements, as a builder: residents of both sides apply at the hall where they are."""

    def build(basis: Basis) -> agreement_pb2.AgreementDocument:
        fact = basis.fact(agreement)
        clause = everyone_for_its_own("at-the-local-hall", [AGENT], ["shared"])
        clause.channels.append(types_pb2.CHANNEL_WINDOW)
        clause.applicant_kinds.append(types_pb2.APPLICANT_KIND_PERSON)
        return assembled(
            basis,
            fact,
            name,
            parties=[basis.home(region) for region in fact.parties],
            clauses=[clause],
            pools=[pool("shared", "双方通办事项", fact.item_count)],
            questions=[
                NO_ITEMS,
                f"来源称“{quoted(fact, 'clause')}”(原文有错码):暂限自然人、窗口渠道;企业可否办理,请确定。",
                "来源未载明由谁决定:暂由业务属地决定。",
            ],
        )

    return build


_PINYIN = {"445100": "chaozhou", "440500": "shantou"}


def _standard_flow(basis: Basis, clause: agreement_pb2.Clause) -> None:
    """The duties that the 漳州 source describes for all its agreements: who takes in, sends, decides, hands out."""
    intake, exchange, decision, handing_out = basis.seed.standard_flow.steps
    clause.accepting_duties = f"{intake};{exchange};{handing_out}。"
    clause.home_duties = f"{exchange};{decision}。"
