"""What the data files hold, as frozen records. `None` means that no source says it, and nobody may guess."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact stands: a document, a numbered case in it, and an exact piece of its text."""

    file: str
    quote: str
    case: int | None = None
    of: str = ""


class RegionKind(enum.StrEnum):
    """What a record of regions.yaml is."""

    PROVINCE = "province"
    SPECIAL_REGION = "sar"
    CITY = "city"
    COUNTY = "county"
    ZONE = "dev-zone"
    TOWN = "town"
    TAIWAN_WINDOW = "taiwan-window"
    OVERSEAS_WINDOW = "overseas-window"
    OVERSEAS_HOME_DESK = "overseas-window-home-desk"
    OFFICE = "office"
    GROUP = "region-group"

    @property
    def has_authority(self) -> bool:
        """Whether it decides in its own name; windows, offices and towns here answer to a parent."""
        return self in _AUTHORITIES


_AUTHORITIES: Final = frozenset(
    {RegionKind.PROVINCE, RegionKind.SPECIAL_REGION, RegionKind.CITY, RegionKind.COUNTY, RegionKind.ZONE}
)


class Mode(enum.StrEnum):
    """How an item is offered, in the sources' words."""

    ONLINE = "online"  # 全程网办
    AGENT = "agent"  # 异地代收代办
    MULTI = "multi"  # 多地联办
    SELF = "self"  # 自助
    MOBILE = "mobile"  # 掌上
    VIDEO = "video"  # 视频
    WINDOW = "window"  # 窗口
    AUTOMATIC = "auto"  # 免申即享
    CITY_WIDE = "city-wide"  # 全域通办
    MAIL = "mail"  # 邮寄


class Audience(enum.StrEnum):
    """Whom an item is for."""

    PERSON = "person"
    LEGAL_PERSON = "legal-person"
    BOTH = "both"
    TAIWAN = "taiwan-compatriot"
    TAIWAN_HK_MACAO = "taiwan-hk-macao"
    OVERSEAS_CHINESE = "overseas-chinese"


class DepartmentBasis(enum.StrEnum):
    """Whether a source pairs the item with its department."""

    STATED = "stated"
    INFERRED = "inferred"


@dataclass(frozen=True, slots=True)
class Region:
    """A division, zone, window, office, or group of them."""

    id: str
    name: str
    kind: RegionKind
    level: str
    code: str | None
    parent: str | None
    zone: str
    note: str | None
    facts: Mapping[str, object]
    source: Source


@dataclass(frozen=True, slots=True)
class Recoded:
    """A GB/T 2260 code that was replaced; numbers and archives keep the former one."""

    former: str
    code: str
    year: int


@dataclass(frozen=True, slots=True)
class ItemSeed:
    """A service item that a source names. Days are working days."""

    id: str
    name: str
    region: str
    department: str
    department_basis: DepartmentBasis
    audience: Audience
    bundle: str | None
    modes: tuple[Mode, ...]
    mode_words: str | None
    promised_days: int | None
    legal_days: int | None
    originals: str | None
    note: str | None
    facts: Mapping[str, object]
    source: Source
    more_sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class PoolPart:
    """One number that a pool states, and the region whose items it counts."""

    id: str
    title: str
    region: str
    count: int


@dataclass(frozen=True, slots=True)
class Pool:
    """Items that a source counts and does not name."""

    id: str
    region: str
    pool: str
    parts: tuple[PoolPart, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class AgreementSeed:
    """An agreement or scheme that a source names; `date` is as exact as the source (`2020-11`)."""

    id: str
    name: str
    kind: str
    date: str | None
    parties: tuple[str, ...]
    mode: str
    item_count: int | None
    items_named: tuple[str, ...]
    note: str | None
    ambiguity: str | None
    facts: Mapping[str, object]
    source: Source
    more_sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class StandardFlow:
    """The courier flow that the 漳州 source describes."""

    mode: str
    steps: tuple[str, ...]
    support: tuple[str, ...]
    guide_elements: tuple[str, ...]
    desk: tuple[str, ...]
    catalogues: Mapping[str, object]
    catalogue_total: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Seed:
    """All three files, held together."""

    regions: Mapping[str, Region]
    recoded: tuple[Recoded, ...]
    items: Mapping[str, ItemSeed]
    pools: tuple[Pool, ...]
    agreements: Mapping[str, AgreementSeed]
    standard_flow: StandardFlow
    _codes: Mapping[str, Region] = field(repr=False)

    def by_code(self, code: str) -> Region | None:
        """The region of a GB/T 2260 code, a replaced one included."""
        current = next((each.code for each in self.recoded if each.former == code), code)
        return self._codes.get(current)

    def authority(self, region: str) -> Region | None:
        """The body that decides for a region, window or office; None for a group of regions."""
        found: Region | None = self.regions[region]
        while found is not None and not found.kind.has_authority:
            found = self.regions[found.parent] if found.parent else None
        return found

    def items_of(self, authority: str) -> tuple[ItemSeed, ...]:
        """The items that one body decides, those placed at its windows included."""
        home = self.authority(authority)
        return tuple(item for item in self.items.values() if home and self.authority(item.region) == home)
