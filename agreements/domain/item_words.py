"""The words of an item's document in Chinese, as an official writes them; spreadsheets and pages use the same."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from agreements.domain.words import MODES
from tongban.v1 import directory_pb2, types_pb2

ITEM_KINDS: Final[Mapping[int, str]] = MappingProxyType(
    {
        directory_pb2.ITEM_KIND_LICENCE: "行政许可",
        directory_pb2.ITEM_KIND_BENEFIT: "行政给付",
        directory_pb2.ITEM_KIND_CONFIRMATION: "行政确认",
        directory_pb2.ITEM_KIND_AWARD: "行政奖励",
        directory_pb2.ITEM_KIND_PUBLIC_SERVICE: "公共服务",
        directory_pb2.ITEM_KIND_OTHER: "其他行政权力",
    }
)

MATERIAL_FORMS: Final[Mapping[int, str]] = MappingProxyType(
    {
        types_pb2.MATERIAL_FORM_ORIGINAL: "原件",
        types_pb2.MATERIAL_FORM_COPY: "复印件",
        types_pb2.MATERIAL_FORM_ELECTRONIC: "电子材料",
    }
)

TRUST_GRADES: Final[Mapping[int, str]] = MappingProxyType(
    {
        directory_pb2.TRUST_GRADE_A: "A",
        directory_pb2.TRUST_GRADE_B: "B",
        directory_pb2.TRUST_GRADE_C: "C",
        directory_pb2.TRUST_GRADE_D: "D",
    }
)

VALIDITY_AREAS: Final[Mapping[int, str]] = MappingProxyType(
    {
        directory_pb2.VALIDITY_AREA_NATIONAL: "全国",
        directory_pb2.VALIDITY_AREA_HOME: "本地区",
        directory_pb2.VALIDITY_AREA_LISTED: "列明地区",
    }
)

OF_ENUMS: Final[Mapping[str, Mapping[int, str]]] = MappingProxyType(
    {
        "tongban.v1.ItemKind": ITEM_KINDS,
        "tongban.v1.MaterialForm": MATERIAL_FORMS,
        "tongban.v1.TrustGrade": TRUST_GRADES,
        "tongban.v1.ValidityArea": VALIDITY_AREAS,
        "tongban.v1.Mode": MODES,
    }
)
"""The words of each enumeration that an item's document uses, by the enumeration's full name; 0 has none."""
