"""The facts Tongban starts from: regions, service items and agreements, read from bytes.

`agreements/data/*.yaml` hold what the project's source documents say, each record with the document and an
exact piece of it. `parse_*` turn the bytes into the frozen records of `agreements.seed_records` (importable
from here too) and check that they hold together: ids once, parents and parties present, no field unknown. An
error is ConfigurationInvalid and names the file, the record and the field. Reading the files is
`agreements.data.load()`; this module takes bytes, so it is the same for an operator's own files.

`None` means that no source says it. Nobody may fill it with a guess: a limit, an original or a decider that
is unknown is asked of the owning department.

Where an item belongs is not always who decides: a source places items at a window in Milan, and the
authority is the county behind it. `Seed.authority(region)` walks up the parents to the first body with
powers of its own. Zones are such bodies although GB/T 2260 gives them no code; 平潭综合实验区 (`dz-pingtan`)
borrows 350128 of the county with the same territory, so a code can belong to two records and `by_code`
prefers the division itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, Protocol, TypeVar

from agreements.seed_fields import Record, load, problem, records
from agreements.seed_records import AgreementSeed as AgreementSeed
from agreements.seed_records import Audience as Audience
from agreements.seed_records import DepartmentBasis as DepartmentBasis
from agreements.seed_records import ItemSeed as ItemSeed
from agreements.seed_records import Mode as Mode
from agreements.seed_records import Pool as Pool
from agreements.seed_records import PoolPart as PoolPart
from agreements.seed_records import Recoded as Recoded
from agreements.seed_records import Region as Region
from agreements.seed_records import RegionKind as RegionKind
from agreements.seed_records import Seed as Seed
from agreements.seed_records import Source as Source
from agreements.seed_records import StandardFlow as StandardFlow

REGIONS_FILE: Final = "regions.yaml"
ITEMS_FILE: Final = "items.yaml"
AGREEMENTS_FILE: Final = "agreements.yaml"


def parse_seed(regions: bytes, items: bytes, agreements: bytes) -> Seed:
    """Read the three files and check what ties them together."""
    known, recoded = parse_regions(regions)
    found_items, pools = parse_items(items, known)
    found_agreements, flow = parse_agreements(agreements, known)
    codes: dict[str, Region] = {}
    for region in known.values():
        # The division whose id is the code wins over a zone that borrows it.
        if region.code and (region.id == region.code or region.code not in codes):
            codes[region.code] = region
    return Seed(known, recoded, found_items, pools, found_agreements, flow, MappingProxyType(codes))


def parse_regions(raw: bytes, file: str = REGIONS_FILE) -> tuple[Mapping[str, Region], tuple[Recoded, ...]]:
    """The regions by id, and the codes that were replaced."""
    top = load(raw, file, "tongban.regions/1")
    regions = _by_id((_region(record) for record in records(top, file, "regions")), file, "regions")
    for region in regions.values():
        seen = {region.id}
        parent = region.parent
        while parent is not None:
            if parent not in regions or parent in seen:
                raise problem(file, f"regions[{region.id}].parent", "上级不存在或成环", f"{parent} is absent or a loop")
            seen.add(parent)
            parent = regions[parent].parent
    return regions, tuple(_recoded(record) for record in records(top, file, "recoded", "former"))


def parse_items(
    raw: bytes, regions: Mapping[str, Region], file: str = ITEMS_FILE
) -> tuple[Mapping[str, ItemSeed], tuple[Pool, ...]]:
    """The items by id, and the pools that are only counted."""
    top = load(raw, file, "tongban.items/1")
    items = _by_id((_item(record, regions) for record in records(top, file, "items")), file, "items")
    pools = _by_id((_pool(record, regions) for record in records(top, file, "pools")), file, "pools")
    _by_id((part for pool in pools.values() for part in pool.parts), file, "pools.parts")
    return items, tuple(pools.values())


def parse_agreements(
    raw: bytes, regions: Mapping[str, Region], file: str = AGREEMENTS_FILE
) -> tuple[Mapping[str, AgreementSeed], StandardFlow]:
    """The agreements by id, and the flow that they share."""
    top = load(raw, file, "tongban.agreements/1")
    found = (_agreement(record, regions) for record in records(top, file, "agreements"))
    flow = top.get("standard_flow")
    if not isinstance(flow, dict):
        raise problem(file, "standard_flow", "缺少此部分", "the section is missing")
    return _by_id(found, file, "agreements"), _flow(Record(file, "standard_flow", flow), regions)


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


_Identified = TypeVar("_Identified", bound=_HasId)


def _by_id(found: Iterable[_Identified], file: str, key: str) -> Mapping[str, _Identified]:
    table: dict[str, _Identified] = {}
    for each in found:
        if each.id in table:
            raise problem(file, f"{key}[{each.id}].id", "编号重复", "the id occurs twice")
        table[each.id] = each
    return MappingProxyType(table)


_CODE: Final = re.compile(r"[1-9][0-9]{5}")
_ID: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_DATE: Final = re.compile(r"(?:19|20)[0-9]{2}(?:-(?:0[1-9]|1[0-2]))?(?: onward)?")


def _identifier(record: Record) -> str:
    value = record.text("id")
    if not _ID.fullmatch(value):
        raise record.problem("id", "只用小写字母、数字和短横", "small letters, digits and dashes only")
    return value


def _known(record: Record, key: str, regions: Mapping[str, Region]) -> str:
    value = record.text(key)
    if value not in regions:
        raise record.problem(key, f"没有地区 {value}", f"no region {value}")
    return value


def _code(record: Record, key: str, value: str | None) -> str | None:
    if value is not None and not _CODE.fullmatch(value):
        raise record.problem(key, "应为 6 位行政区划代码", "six digits are expected")
    return value


def _region(record: Record) -> Region:
    region = Region(
        id=_identifier(record),
        name=record.text("name"),
        kind=record.choice("kind", RegionKind),
        level=record.text("level"),
        code=_code(record, "code", record.text_or_none("code")),
        parent=record.text_or_none("parent"),
        zone=record.text("zone"),
        note=record.text_or_none("note"),
        facts=record.facts(),
        source=record.source(),
    )
    record.done()
    return region


def _recoded(record: Record) -> Recoded:
    former, code, year = record.text("former"), record.text("code"), record.number("year")
    if year is None:
        raise record.problem("year", "缺少年份", "the year is missing")
    _code(record, "former", former)
    _code(record, "code", code)
    record.done()
    return Recoded(former, code, year)


def _item(record: Record, regions: Mapping[str, Region]) -> ItemSeed:
    item = ItemSeed(
        id=_identifier(record),
        name=record.text("name"),
        region=_known(record, "region", regions),
        department=record.text("department"),
        department_basis=record.choice("department_basis", DepartmentBasis),
        audience=record.choice("audience", Audience),
        bundle=record.text_or_none("bundle"),
        modes=record.choices("modes", Mode),
        mode_words=record.text_or_none("mode_words"),
        promised_days=record.number("promised_days"),
        legal_days=record.number("legal_days"),
        originals=record.text_or_none("originals"),
        note=record.text_or_none("note"),
        facts=record.facts(),
        source=record.source(),
        more_sources=record.sources(),
    )
    record.done()
    return item


def _pool(record: Record, regions: Mapping[str, Region]) -> Pool:
    parts = tuple(_pool_part(each, regions) for each in record.records("parts"))
    pool = Pool(_identifier(record), _known(record, "region", regions), record.text("pool"), parts, record.source())
    record.done()
    return pool


def _pool_part(record: Record, regions: Mapping[str, Region]) -> PoolPart:
    count = record.number("count")
    if count is None:
        raise record.problem("count", "缺少项数", "the count is missing")
    part = PoolPart(_identifier(record), record.text("title"), _known(record, "region", regions), count)
    record.done()
    return part


def _agreement(record: Record, regions: Mapping[str, Region]) -> AgreementSeed:
    agreement = AgreementSeed(
        id=_identifier(record),
        name=record.text("name"),
        kind=record.text("kind"),
        date=record.text_or_none("date"),
        parties=record.texts("parties"),
        mode=record.text("mode"),
        item_count=record.number("item_count"),
        items_named=record.texts("items_named"),
        note=record.text_or_none("note"),
        ambiguity=record.text_or_none("ambiguity"),
        facts=record.facts(),
        source=record.source(),
        more_sources=record.sources(),
    )
    record.done()
    if agreement.date is not None and not _DATE.fullmatch(agreement.date):
        raise record.problem("date", "应为 年 或 年-月", "a year or a year and month is expected")
    unknown = [party for party in agreement.parties if party not in regions]
    if unknown or not agreement.parties:
        raise record.problem("parties", f"没有地区 {unknown}", f"no region {unknown}")
    return agreement


def _flow(record: Record, regions: Mapping[str, Region]) -> StandardFlow:
    flow = StandardFlow(
        mode=record.text("mode"),
        steps=record.texts("steps"),
        support=record.texts("support"),
        guide_elements=record.texts("guide_elements"),
        desk=record.texts("desk"),
        catalogues=record.facts("catalogues"),
        catalogue_total=record.text("catalogue_total"),
        sources=record.sources("sources"),
    )
    record.done()
    unknown = [region for region in flow.catalogues if region not in regions]
    if unknown:
        raise record.problem("catalogues", f"没有地区 {unknown}", f"no region {unknown}")
    return flow
