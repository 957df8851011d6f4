"""The two texts that the demonstration's nodes propose and sign; `agreements.library` has all that the sources name.

* 漳州—潮州—汕头 (`ag-zz-cz-st`): 汕头 has no node there, so the parties are 漳州 and 潮州.
* 福建省内通办 (`sch-fj-snt`) is a one-sided scheme of the province.  Where the province has a node it is a mandate,
  which the province alone signs; in the demonstration it has none, and the members sign in its place.
* 文成—米兰 (`ag-wc-milan`) needs none: the Milan window is a post of 文成's own node, and a home's own items at its own
  windows are covered by coverage itself.  The service purchase between county and association is not about routing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from agreements.domain import documents
from agreements.items import items_of, source_text
from agreements.library.basis import Basis, Nodes
from agreements.library.cities import three_cities
from agreements.library.mandates import province_wide
from agreements.seed import Seed
from tongban.errors import NodeNotFound
from tongban.v1 import agreement_pb2, directory_pb2, types_pb2

ZHANGZHOU: Final = "nodes/350600"
PINGTAN: Final = "nodes/350128"
PROVINCE: Final = "nodes/350000"


def zhangzhou_chaozhou_shantou(seed: Seed, nodes: Nodes) -> agreement_pb2.AgreementDocument:
    """漳州市—潮州市—汕头市“跨省通办”联盟, among those that have nodes."""
    return three_cities(Basis(seed, nodes))


def fujian_province_wide(seed: Seed, nodes: Nodes) -> agreement_pb2.AgreementDocument:
    """福建“省内通办”: the province's mandate where it has a node, else an agreement between 漳州 and 平潭."""
    if PROVINCE in nodes:
        return province_wide(Basis(seed, nodes))
    fact = seed.agreements["sch-fj-snt"]
    of_zhangzhou = items_of(seed, ZHANGZHOU)
    taiwan = [types_pb2.APPLICANT_KIND_TAIWAN_COMPATRIOT]
    return _checked(
        agreement_pb2.AgreementDocument(
            name="agreements/fujian-province-wide",
            document_version=1,
            title=fact.name,
            parties=[_party(nodes, ZHANGZHOU), _party(nodes, PINGTAN)],
            clauses=[
                _by_agent("zhangzhou-at-pingtan", ZHANGZHOU, PINGTAN, _coded(of_zhangzhou, ".zz-x-"), []),
                _by_agent("zhangzhou-taiwan-at-pingtan", ZHANGZHOU, PINGTAN, _coded(of_zhangzhou, ".tw-"), taiwan),
                _by_agent("pingtan-taiwan-at-zhangzhou", PINGTAN, ZHANGZHOU, items_of(seed, PINGTAN), taiwan),
            ],
            effective_date={"year": 2021, "month": 11, "day": 1},
            open_questions=[
                "来源为全省推行的“省内通办”,系省级单方部署而非双方协议:省级节点尚未接入,暂由两成员分别签署,接入后改由省级以授权清单印发。",
                "来源只载 2021 年 11 月的进展,未载施行日期:暂以 2021-11-01 为生效日,请确定。",
                f"来源称每个县区入驻事项 {fact.item_count} 项,未列名称:暂列两地已公布且可代收代办的事项,请提供清单。",
                "来源列福建省全省;其余市县区尚未接入,未列为参与方。",
                "涉台事项在另一地专窗代收,来源未载明,系为台胞台企窗口暂列,请双方确认。",
                "来源未载明承诺时限、取证地、费用和有效期,请确定。",
            ],
            source=source_text(fact.source),
        )
    )


BUILDERS: Final[Mapping[str, Callable[[Seed, Nodes], agreement_pb2.AgreementDocument]]] = MappingProxyType(
    {
        "agreements/zhangzhou-chaozhou-shantou": zhangzhou_chaozhou_shantou,
        "agreements/fujian-province-wide": fujian_province_wide,
    }
)
"""The texts of the demonstration.  Each needs the nodes of its parties: their regions and root keys are in the text."""


def _coded(items: tuple[directory_pb2.ItemDocument, ...], infix: str) -> tuple[directory_pb2.ItemDocument, ...]:
    return tuple(item for item in items if infix in item.name)


def _by_agent(
    clause: str,
    home: str,
    accepting: str,
    items: tuple[directory_pb2.ItemDocument, ...],
    kinds: list[types_pb2.ApplicantKind],
) -> agreement_pb2.Clause:
    return agreement_pb2.Clause(
        id=clause,
        home=home,
        accepting=[accepting],
        items=[item.name for item in items if types_pb2.MODE_AGENT in item.modes],
        modes=[types_pb2.MODE_AGENT],
        applicant_kinds=kinds,
        decider=types_pb2.DECIDER_HOME,
        paper=True,
    )


def _party(nodes: Nodes, name: str) -> agreement_pb2.Party:
    node = nodes.get(name)
    if node is None:
        raise NodeNotFound(field="document.parties", name=name)
    return agreement_pb2.Party(
        node=name, region=node.profile.region, root_fingerprint=hashlib.sha256(node.root_public_key).digest()
    )


def _checked(document: agreement_pb2.AgreementDocument) -> agreement_pb2.AgreementDocument:
    documents.check(document)
    return document
