"""Alliances whose parties a source names in part or only counts: a text is made among those who can sign it.

An unnamed party cannot be pinned, so it is no party; `Basis.partners` names the nodes that are found to be meant, and
every later one joins by signing the same text after an amendment has listed it.
"""

from __future__ import annotations

from typing import Final

from agreements.items import NAMED_AT, named_items
from agreements.library.basis import (
    AGENT,
    JOINT,
    NO_ITEMS,
    ONLINE,
    Basis,
    absent,
    assembled,
    at_windows,
    everyone_for_its_own,
    pool,
)
from agreements.library.pools import counted
from tongban.errors import NodeNotFound
from tongban.v1 import agreement_pb2, types_pb2

_SIGNATORIES: Final = agreement_pb2.ENTRY_RULE_SIGNATORIES


def twelve_provinces(basis: Basis) -> agreement_pb2.AgreementDocument:
    """福建 and twelve provinces and regions, none of which the source names."""
    fact = basis.fact("ag-fj-12")
    fujian, group = fact.parties
    return assembled(
        basis,
        fact,
        "fujian-twelve-provinces",
        parties=[basis.home(fujian), *_partners(basis, fact.id, basis.seed.regions[group].name)],
        clauses=[everyone_for_its_own("each-for-its-own", [AGENT], ["shared"])],
        pools=[pool("shared", "“跨省通办”事项", fact.item_count)],
        entry=_SIGNATORIES,
        questions=[
            NO_ITEMS,
            f"来源称“{fact.source.quote}”,未列十二省区名称:现列参与方系拟稿人所知,请逐一核对。",
            "来源未载明办理方式:暂列异地代收代办。",
        ],
    )


def xiangcheng(basis: Basis) -> agreement_pb2.AgreementDocument:
    """芗城区 and fifty counties of eighteen provinces, of which five provinces are named."""
    fact = basis.fact("ag-xc-18-50")
    region, group = fact.parties
    home = basis.home(region)
    named = [item.name for item in named_items(basis.seed) if item.home == home]
    catalogue = counted(basis.seed, "zz-cross-xiangcheng")
    return assembled(
        basis,
        fact,
        "xiangcheng-alliance",
        parties=[home, *_partners(basis, fact.id, basis.seed.regions[group].name)],
        clauses=[
            at_windows("xiangcheng-online", home, (), [ONLINE], named, [catalogue[0].id]),
            everyone_for_its_own("each-for-its-own", [ONLINE], ["shared"]),
        ],
        pools=[*catalogue, pool("shared", "各成员“跨省通办”事项", fact.item_count)],
        entry=_SIGNATORIES,
        questions=[
            f"来源称成员为“{basis.seed.regions[group].name}”,未列县(市、区)名称:现列参与方系拟稿人所知,请逐一核对。",
            f"来源称首批涵盖{'、'.join(fact.items_named)}“等”:暂列这 {len(named)} 项,其余请列入。",
            f"来源称芗城区清单 {fact.facts['xiangcheng_catalogue']} 项,未列名称,也未说明是否全部适用于本联盟。",
            "其他成员作为业务属地的事项来源未列名:相应条款只列事项池,列入编码前不收件。",
            f"来源载“{fact.mode}”:暂列全程网办,不限渠道。",
        ],
    )


def self_service_alliance(basis: Basis) -> agreement_pb2.AgreementDocument:
    """漳州开发区 and the 长三角: fourteen partners named of some forty."""
    fact = basis.fact("ag-zzkfq-csj")
    zone, *others = fact.parties
    present = [basis.home(region) for region in others if basis.has(basis.home(region))]
    pools = counted(basis.seed, "zone-cross", "zz-cross-zone")
    clause = everyone_for_its_own("self-service", [ONLINE], [each.id for each in pools])
    clause.channels.append(types_pb2.CHANNEL_KIOSK)
    scale = "、".join(f"{what} {count} 项" for what, count in dict(_scale(fact.facts["scale_2024"])).items())
    return assembled(
        basis,
        fact,
        "zhangzhou-zone-self-service",
        parties=[basis.home(zone), *present, *basis.partners.get(fact.id, ())],
        clauses=[clause],
        pools=pools,
        entry=_SIGNATORIES,
        questions=[
            *absent(basis, others),
            f"来源列 {len(others)} 个对方,称共计{fact.facts['member_count']},其余未列名。",
            NO_ITEMS,
            f"来源另载 2024 年规模:{scale};省内部分属“省内通办”,其与本联盟的关系请确定。",
            "来源称“自助通办”:暂列全程网办、自助机渠道,由业务属地决定。",
        ],
    )


def gulou(basis: Basis) -> agreement_pb2.AgreementDocument:
    """鼓楼区's two items for branches of caterers, in fifteen places of two levels."""
    fact = basis.fact("ag-gl-kuayu")
    (region,) = fact.parties
    home, city = basis.home(region), basis.home(str(basis.seed.regions[region].parent))
    items = [basis.item_name(item.id) for item in basis.seed.items_of(region)]
    clause = at_windows("gulou-joint", home, (), [JOINT], items)
    clause.paper = True
    clause.applicant_kinds.append(types_pb2.APPLICANT_KIND_LEGAL_PERSON)
    return assembled(
        basis,
        fact,
        "gulou-branches",
        parties=[home, city, *basis.partners.get(fact.id, ())],
        clauses=[clause],
        entry=_SIGNATORIES,
        questions=[
            f"来源称“{fact.source.quote}”,未列十五地名称:暂列鼓楼区与其上级福州市,其余各地以新版本加入。",
            "其他各地作为业务属地的同类事项,须各自公布后列入。",
            "来源称“一地、一窗、一次”:暂列多地联办,各地各自决定。",
        ],
    )


def lingchuan(basis: Basis) -> agreement_pb2.AgreementDocument:
    """灵川镇's pilot with a bank that is not named, for three items that are."""
    fact = basis.fact("ag-lc-bank")
    (town,) = fact.parties
    home = basis.home(town)
    banks = _partners(basis, fact.id, "合作银行")
    named = [item.name for item in named_items(basis.seed) if item.home == home]
    return assembled(
        basis,
        fact,
        "lingchuan-bank",
        parties=[home, *banks],
        clauses=[at_windows("at-bank-branches", home, banks, [AGENT], named)],
        questions=[
            "来源未载签署的文件,也未列银行名称:现列银行系拟稿人所知;是否签有文件,请确定。",
            f"灵川镇没有自己的审批权限,暂以其所属{basis.seed.regions[NAMED_AT[fact.id]].name}为业务属地,请确定。",
            "“对公账户开户”是银行业务,是否作为政务服务事项,请确定。",
            "银行只收件、不审批:来源称“银行网点联动”,未载明其职责。",
        ],
    )


def bank_branch(basis: Basis) -> agreement_pb2.AgreementDocument:
    """漳州开发区 and a branch of 工商银行, which takes in and decides nothing."""
    fact = basis.fact("ag-zzkfq-icbc")
    zone, bank = fact.parties
    home, branch = basis.home(zone), basis.office(bank)
    clause = at_windows("at-the-branch", home, [branch], [AGENT, ONLINE], (), ["branch"])
    clause.channels.extend([types_pb2.CHANNEL_WINDOW, types_pb2.CHANNEL_MOBILE])
    return assembled(
        basis,
        fact,
        "zhangzhou-zone-icbc",
        parties=[home, branch],
        clauses=[clause],
        pools=[pool("branch", "银行网点代办事项", fact.item_count)],
        questions=[
            NO_ITEMS,
            f"来源载“{fact.mode}”:网点按窗口渠道、代收代办,APP 按手机渠道、全程网办;请确认。",
            "银行只收件、不审批,以自己的节点签署;材料是否经银行员工之手、如何保密,请确定。",
        ],
    )


def _partners(basis: Basis, agreement: str, who: str) -> tuple[str, ...]:
    """The nodes that are known to be meant; NodeNotFound, saying who is wanted, where none is."""
    found = basis.partners.get(agreement, ())
    if not found:
        raise NodeNotFound(field="document.parties", name=who)
    return found


def _scale(value: object) -> dict[str, object]:
    return dict(value) if isinstance(value, dict) else {}
