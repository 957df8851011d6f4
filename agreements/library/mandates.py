"""One-sided lists: a superior issues them, and they bind the nodes that stand under it in the directory.

福建's two schemes name the province alone; 莆田's two name the city alone.  A mandate fits both: its issuer signs, and
whoever names it as superior is bound, today's members and those that join later.
"""

from __future__ import annotations

from agreements.items import all_items
from agreements.library.basis import AGENT, ONLINE, Basis, assembled, at_windows, everyone_for_its_own, pool
from agreements.library.pools import counted
from tongban.v1 import agreement_pb2, types_pb2

_TAIWAN = (types_pb2.APPLICANT_KIND_TAIWAN_COMPATRIOT,)


def province_wide(basis: Basis) -> agreement_pb2.AgreementDocument:
    """福建“省内通办”: taken in anywhere in the province, for 漳州 and 平潭 as far as items are known."""
    fact = basis.fact("sch-fj-snt")
    (province,) = fact.parties
    issuer = basis.home(province)
    zhangzhou, pingtan = basis.home("350600"), basis.home("dz-pingtan")
    pools = [pool("per-county", "每个县区入驻的“省内通办”事项", fact.item_count), *counted(basis.seed, "zone-province")]
    clauses = [
        _agent(basis, "zhangzhou-in-province", zhangzhou, "zz-x-"),
        _agent(basis, "zhangzhou-taiwan", zhangzhou, "tw-", _TAIWAN),
        _agent(basis, "pingtan-taiwan", pingtan, "", _TAIWAN),
    ]
    return assembled(
        basis,
        fact,
        "fujian-province-mandate",
        issuer=issuer,
        parties=[issuer],
        clauses=[
            *(clause for clause in clauses if basis.has(clause.home)),
            everyone_for_its_own("in-province", [AGENT], [each.id for each in pools]),
        ],
        pools=pools,
        questions=[
            "来源为全省推行的“省内通办”:本文本由省级节点单独签署,适用于以其为上级的各节点,须由省级确认。",
            (
                f"来源称每个县区入驻事项 {fact.item_count} 项(系就漳州各县区而言),未列名称:"
                "暂列漳州市、平潭已公布且可代收代办的事项,其余待列入事项池。"
            ),
            "涉台事项在另一地专窗代收,来源未载明,系为台胞台企窗口暂列,请确认。",
            "来源未载明取证地:暂在收件地取证。",
        ],
    )


def self_service(basis: Basis) -> agreement_pb2.AgreementDocument:
    """“自助通办”(E政务): at the machines of the province."""
    fact = basis.fact("sch-fj-zizhu")
    (province,) = fact.parties
    issuer = basis.home(province)
    machine = basis.seed.items["zz-selfservice"]
    home = basis.home(machine.region)
    named = "、".join(fact.items_named)
    pools = [pool("machines", "入驻“e政务”自助机的省内通办事项", fact.item_count), *counted(basis.seed, "hc-self")]
    listed = everyone_for_its_own("at-machines", [ONLINE], [each.id for each in pools])
    clauses = [listed]
    if basis.has(home):
        clauses.insert(0, at_windows("zhangzhou-at-machines", home, (), [ONLINE], [basis.item_name(machine.id)]))
    for clause in clauses:
        clause.channels.append(types_pb2.CHANNEL_KIOSK)
    return assembled(
        basis,
        fact,
        "fujian-self-service-mandate",
        issuer=issuer,
        parties=[issuer],
        clauses=clauses,
        pools=pools,
        questions=[
            "来源为全省自助机网络:本文本由省级节点单独签署,适用于以其为上级的各节点,须由省级确认。",
            (
                f"来源称入驻 {fact.facts['departments']} 个部门、{fact.item_count} 个事项,只举{named}:"
                "暂按来源合列的一项列入,逐项名称和编码请提供。"
            ),
            "来源未载明自助办理由谁决定:暂由业务属地决定,全程网办。",
        ],
    )


def putian_linked(basis: Basis) -> agreement_pb2.AgreementDocument:
    """莆田: the three ways to take in and to handle; which item goes which way the source does not say."""
    fact = basis.fact("ag-pt-region")
    (city,) = fact.parties
    issuer = basis.home(city)
    named = [
        basis.item_name(item.id)
        for item in basis.seed.items_of(city)
        if (item.source.file, item.source.case) == (fact.source.file, fact.source.case)
    ]
    (towns,) = counted(basis.seed, "pt-town")
    accepting = everyone_for_its_own("taken-and-decided-there", [AGENT], ["accepting-decides"])
    accepting.decider, accepting.paper = types_pb2.DECIDER_ACCEPTING, False
    return assembled(
        basis,
        fact,
        "putian-linked",
        issuer=issuer,
        parties=[issuer],
        clauses=[
            everyone_for_its_own("all-online", [ONLINE], ["online"]),
            at_windows("taken-there-decided-here", issuer, (), [AGENT], named, [towns.id]),
            accepting,
        ],
        pools=[
            pool("online", "“全程网办”事项", fact.item_count),
            towns,
            pool("accepting-decides", "“异地收件、异地办理”事项", fact.item_count),
        ],
        questions=[
            f"来源载“{fact.mode}”三种方式,未说明哪些事项适用哪一种:事项池暂无编码,列入后方可收件。",
            f"来源同一案例列有 {len(named)} 项下沉或通办的事项:暂按异地收件、属地办理列入,请确认。",
            "由收件地决定的事项用谁的章、由谁应诉,来源就本机制未载明。",
            "适用于以莆田市为上级的各节点;各县(区)名称来源未列。",
        ],
    )


def putian_one_seal(basis: Basis) -> agreement_pb2.AgreementDocument:
    """莆田“数字化全域通办”: the accepting office decides under the one seal; the home answers for it."""
    fact = basis.fact("ag-pt-qytb")
    (city,) = fact.parties
    issuer = basis.home(city)
    licence = basis.seed.items["pt-licence"]
    clause = at_windows("one-seal", issuer, (), [AGENT], [basis.item_name(licence.id)])
    clause.decider, clause.paper = types_pb2.DECIDER_ACCEPTING, False  # The papers stay where they are decided on.
    clause.applicant_kinds.append(types_pb2.APPLICANT_KIND_LEGAL_PERSON)
    clause.collecting_anywhere = True
    clause.seal.CopyFrom(
        agreement_pb2.SealTerms(title="全域通办审批专用章", answers=issuer, appeal=str(fact.facts["liability"]))
    )
    clause.liability = f"{fact.facts['liability']}。"
    return assembled(
        basis,
        fact,
        "putian-one-seal",
        issuer=issuer,
        parties=[issuer],
        clauses=[clause],
        questions=[
            f"来源称启用审批专用章 {fact.facts['seals']} 枚,未列各由谁保管:暂由作出决定的收件地保管。",
            f"来源称“{licence.source.quote}”:据此任一参与方均可取证。",
            f"来源所列事项为“{'、'.join(fact.items_named)}”,暂对应莆田市公布的“{licence.name}”,请确认。",
            "“所辖登记机关”是市局还是各县(区)局,来源未载明:暂由业务属地即莆田市节点负责。",
            "适用于以莆田市为上级的各节点;各县(区)名称来源未列。",
        ],
    )


def _agent(
    basis: Basis, id: str, home: str, prefix: str, kinds: tuple[types_pb2.ApplicantKind, ...] = ()
) -> agreement_pb2.Clause:
    items = [
        item.name
        for item in all_items(basis.seed)
        if item.home == home and AGENT in item.modes and item.name.partition(".")[2].startswith(prefix)
    ]
    clause = at_windows(id, home, (), [AGENT], items)
    clause.applicant_kinds.extend(kinds)
    return clause
