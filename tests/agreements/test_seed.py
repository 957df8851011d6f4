"""The data files, and what happens when one is damaged."""

from __future__ import annotations

import re
import zoneinfo
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agreements import data, seed
from tongban.errors import ConfigurationInvalid
from tongban.ids import Collection, item_name, make_name

FILES = (seed.REGIONS_FILE, seed.ITEMS_FILE, seed.AGREEMENTS_FILE)
FACTS = data.load()
TEXTS = {file: yaml.safe_load(data.read(file)) for file in FILES}


def damaged(file: str, key: str, place: int, **changes: Any) -> ConfigurationInvalid:
    """The error of parsing the files with one record changed; a field set to `...` is left out."""
    top = dict(TEXTS[file])
    top[key] = list(top[key])
    record = {**top[key][place], **changes}
    top[key][place] = {name: value for name, value in record.items() if value is not ...}
    raw = {each: data.read(each) for each in FILES} | {file: _dump(top)}
    with pytest.raises(ConfigurationInvalid) as caught:
        seed.parse_seed(*raw.values())
    return caught.value


def _dump(top: dict[str, Any]) -> bytes:
    return yaml.safe_dump(top, allow_unicode=True).encode()


def test_every_number_that_a_pool_states_is_one_of_its_parts() -> None:
    for pool in FACTS.pools:
        stated = {int(number) for number in re.findall(r"[0-9]+(?![0-9]|多)", pool.pool)}
        assert {part.count for part in pool.parts} == stated, pool.pool


def test_everything_is_there() -> None:
    assert (len(FACTS.regions), len(FACTS.items), len(FACTS.agreements)) == (99, 186, 21)
    assert (len(FACTS.pools), len(FACTS.recoded)) == (11, 3)
    assert len(FACTS.standard_flow.steps) == 4
    assert FACTS.standard_flow.catalogues["350600"] == 89


def test_the_four_nodes_of_the_demonstration() -> None:
    for region, authority in {
        "350600": "350600",
        "445100": "445100",
        "dz-pingtan": "dz-pingtan",
        "ov-milan": "330328",
        "tw-pingtan-hall": "dz-pingtan",
        "of-zz-bank": "dz-zhangzhou-cmzd",
        "town-wuan": "350605",
    }.items():
        found = FACTS.authority(region)
        assert found is not None
        assert found.id == authority
    assert FACTS.regions["ov-milan"].zone == "Europe/Rome"
    assert FACTS.authority("grp-12") is None


def test_codes_that_are_borrowed_or_replaced() -> None:
    assert FACTS.regions["dz-pingtan"].code == "350128"
    county, replaced = FACTS.by_code("350128"), FACTS.by_code("350427")
    assert county is not None
    assert county.id == "350128"
    assert replaced is not None
    assert replaced.id == "350405"
    assert FACTS.by_code("999999") is None


def test_items_of_an_authority_include_those_at_its_windows() -> None:
    assert {item.region for item in FACTS.items_of("330328")} == {"ov-milan", "330328"}
    assert FACTS.items_of("ov-milan") == FACTS.items_of("330328")
    assert FACTS.items_of("grp-12") == ()


def test_what_no_source_says_stays_unknown() -> None:
    stated = {item.id: item.promised_days for item in FACTS.items.values() if item.promised_days is not None}
    assert stated == {"cpa-register": 10, "tw-residence-permit": 5, "timber": 4}
    crossing = [item for item in FACTS.items.values() if item.id.startswith("zz-x-")]
    assert len(crossing) == 6
    assert all(item.originals is None and item.note for item in crossing)
    assert FACTS.agreements["ag-ds-zc"].date is None
    assert FACTS.agreements["ag-fj-12"].item_count is None


def test_every_fact_has_a_source_and_every_name_is_a_good_name() -> None:
    for region in FACTS.regions.values():
        assert region.source.quote
        assert make_name(Collection.NODES, region.id)
        assert zoneinfo.ZoneInfo(region.zone).key == region.zone
    for item in FACTS.items.values():
        assert item.source.quote
        assert item_name(item.region, item.id)
        assert FACTS.authority(item.region) is not None
    for agreement in FACTS.agreements.values():
        assert agreement.source.quote
        assert make_name(Collection.AGREEMENTS, agreement.id)


@pytest.mark.parametrize(
    ("file", "key", "changes", "says"),
    [
        (seed.REGIONS_FILE, "regions", {"name": ...}, "regions[350000].name"),
        (seed.REGIONS_FILE, "regions", {"name": ""}, "regions[350000].name"),
        (seed.REGIONS_FILE, "regions", {"name": 7}, "regions[350000].name"),
        (seed.REGIONS_FILE, "regions", {"kind": "planet"}, "regions[350000].kind"),
        (seed.REGIONS_FILE, "regions", {"code": "35000"}, "regions[350000].code"),
        (seed.REGIONS_FILE, "regions", {"colour": "red"}, "regions[350000].colour"),
        (seed.REGIONS_FILE, "regions", {"parent": "999999"}, "].parent"),
        (seed.REGIONS_FILE, "regions", {"parent": "350600"}, "].parent"),
        (seed.REGIONS_FILE, "regions", {"source": ...}, "regions[350000].source"),
        (seed.REGIONS_FILE, "regions", {"source": "somewhere"}, "regions[350000].source"),
        (seed.REGIONS_FILE, "regions", {"source": {"file": "x"}}, "regions[350000].source.quote"),
        (seed.REGIONS_FILE, "regions", {"id": "330000"}, "regions[330000].id"),
        (seed.REGIONS_FILE, "regions", {"id": "漳州"}, "regions[漳州].id"),
        (seed.REGIONS_FILE, "regions", {"facts": []}, "regions[350000].facts"),
        (seed.REGIONS_FILE, "recoded", {"year": ...}, "recoded[350427].year"),
        (seed.ITEMS_FILE, "items", {"region": "999999"}, "items[mil-report].region"),
        (seed.ITEMS_FILE, "items", {"modes": ["pigeon"]}, "items[mil-report].modes"),
        (seed.ITEMS_FILE, "items", {"modes": "online"}, "items[mil-report].modes"),
        (seed.ITEMS_FILE, "items", {"modes": ...}, "items[mil-report].modes"),
        (seed.ITEMS_FILE, "items", {"promised_days": -1}, "items[mil-report].promised_days"),
        (seed.ITEMS_FILE, "items", {"promised_days": True}, "items[mil-report].promised_days"),
        (seed.ITEMS_FILE, "items", {"originals": []}, "items[mil-report].originals"),
        (seed.ITEMS_FILE, "items", {"more_sources": {}}, "items[mil-report].more_sources"),
        (seed.ITEMS_FILE, "items", {"more_sources": [1]}, "items[mil-report].more_sources[0]"),
        (
            seed.AGREEMENTS_FILE,
            "agreements",
            {"parties": ["350000", "999999"]},
            "agreements[ag-fj-12].parties",
        ),
        (seed.AGREEMENTS_FILE, "agreements", {"parties": []}, "agreements[ag-fj-12].parties"),
        (seed.AGREEMENTS_FILE, "agreements", {"date": "2020-13"}, "agreements[ag-fj-12].date"),
    ],
)
def test_damage_is_named_by_file_record_and_field(file: str, key: str, changes: dict[str, Any], says: str) -> None:
    error = damaged(file, key, 0, **changes)
    assert error.field.startswith(f"{file}: ")
    assert says in error.field
    assert says in error.text("zh")


@pytest.mark.parametrize("raw", [b"", b"[]", b"schema: other/1", b"{", b"\xff\xfe\x00", b"schema: tongban.regions/1"])
def test_a_file_that_is_not_one_of_ours(raw: bytes) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        seed.parse_regions(raw)
    assert caught.value.field.startswith("regions.yaml: ")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_by_name(raw: bytes) -> None:
    with pytest.raises(ConfigurationInvalid):
        seed.parse_items(b"schema: tongban.items/1\nitems:\n- " + raw, FACTS.regions)


@pytest.mark.parametrize("flow", [None, {}, {**TEXTS[seed.AGREEMENTS_FILE]["standard_flow"], "catalogues": {"x": 1}}])
def test_a_damaged_flow(flow: Any) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        seed.parse_agreements(_dump({**TEXTS[seed.AGREEMENTS_FILE], "standard_flow": flow}), FACTS.regions)
    assert "standard_flow" in caught.value.field


regions = st.sampled_from(sorted(FACTS.regions))


@given(st.lists(regions, unique=True, min_size=1, max_size=20), st.none() | st.integers(0, 10**6))
def test_an_agreement_reads_back_as_it_was_written(parties: list[str], count: int | None) -> None:
    top = dict(TEXTS[seed.AGREEMENTS_FILE])
    top["agreements"] = [{**top["agreements"][0], "parties": parties, "item_count": count}]
    found, _ = seed.parse_agreements(_dump(top), FACTS.regions)
    assert found["ag-fj-12"].parties == tuple(parties)
    assert found["ag-fj-12"].item_count == count


@given(regions)
def test_an_authority_is_its_own_authority(region: str) -> None:
    found = FACTS.authority(region)
    if found is not None:
        assert found.kind.has_authority
        assert FACTS.authority(found.id) == found
