"""What the seed's loose facts say about an item's kind, results, materials and conditions.

Only what a source's own words say: an item that it calls 许可 is a licence, a result that it names is a result.  Where
a result is recognised no source says in full, so that stays open and is asked; of 台胞职业资格采认 a source counts how
many hold nationwide, which makes two results of one item.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from agreements.seed import ItemSeed
from tongban.v1 import directory_pb2, types_pb2

_LICENCE: Final = "许可"

_CONDITIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "animal-a-zhongnan": "目的地在中南区。",
        "iit-subsidy": "须经申请人授权。",
        "timber-30": "采伐量 30 立方米以下(含本数)。",
        "jm-student-65": "35 周岁以下、在集美创业就业的高校毕业生。",
    }
)
"""The conditions that the seed's facts hold, in words for windows."""

_QUALIFICATION: Final = "tw-qual"


def kind_of(item: ItemSeed) -> directory_pb2.ItemKind:
    """What kind of act the source's name for it says it is."""
    return directory_pb2.ITEM_KIND_LICENCE if _LICENCE in item.name else directory_pb2.ITEM_KIND_UNSPECIFIED


def results_of(item: ItemSeed) -> list[directory_pb2.ItemResult]:
    """The results that a source names."""
    if item.id == _QUALIFICATION:
        title = "职业资格采认证书"
        national = directory_pb2.VALIDITY_AREA_NATIONAL
        return [
            directory_pb2.ItemResult(code="national", title=f"{title}(全国推广的 60 项)", validity=national),
            directory_pb2.ItemResult(code="recognition", title=f"{title}(其余各项)"),
        ]
    said = item.facts.get("result") or item.facts.get("result_form")
    if said is None:
        return []
    text = str(said)
    forms = []
    if "电子证照" in text:
        forms.append(types_pb2.MATERIAL_FORM_ELECTRONIC)
    if "纸质" in text or "邮寄" in text:
        forms.append(types_pb2.MATERIAL_FORM_ORIGINAL)
    return [directory_pb2.ItemResult(code="result", title=text, forms=forms)]


def materials_of(item: ItemSeed) -> list[directory_pb2.MaterialRequirement]:
    """The materials that a source names, but for the identity document, which every item asks for."""
    named = item.facts.get("materials_named")
    titles = [str(each) for each in named] if isinstance(named, list) else []
    return [
        directory_pb2.MaterialRequirement(
            code=f"named-{place}",
            title=title,
            forms=[types_pb2.MATERIAL_FORM_COPY, types_pb2.MATERIAL_FORM_ELECTRONIC],
            required=True,
        )
        for place, title in enumerate(titles, 1)
        if title != "身份证明"
    ]


def conditions_of(item: ItemSeed) -> list[str]:
    """The conditions that a source names."""
    return [_CONDITIONS[item.id]] if "conditions" in item.facts else []


def questions_of(item: ItemSeed) -> list[str]:
    """What the above leaves open."""
    asked = []
    if kind_of(item):
        asked.append("事项类型依名称中的“许可”定为行政许可,请主管部门确认。")
    if item.id == _QUALIFICATION:
        asked.append("来源称采认 183 项、其中全国推广 60 项,未列是哪些,也未载明其余各项在何处有效,请主管部门列明。")
    elif results_of(item):
        asked.append("来源未载明结果证照在何处有效、有效多久,请主管部门提供。")
    else:
        asked.append("来源未载明结果证照的名称,请主管部门提供。")
    if "materials_count" in item.facts:
        asked.append(f"来源称申报材料 {item.facts['materials_count']} 种,未列名称。")
    if "materials_after" in item.facts:
        asked.append(f"来源称申报材料 {item.facts['materials_after']} 份,未列名称。")
    if materials_of(item):
        asked.append("来源所列材料未载明形式,清单也未必完整:暂收复印件或电子件,请主管部门明确。")
    if item.originals is not None:
        asked.append(f"来源就材料另称“{item.originals}”,请主管部门据以明确材料清单。")
    return asked
