"""The page of coverage is what the scenarios say."""

from __future__ import annotations

from tests.scenarios import coverage


def test_every_row_is_known_and_needs_known_capabilities() -> None:
    rows = coverage.rows()
    assert len({row.id for row in rows}) == len(rows) == 53
    assert {need for row in rows for need in row.needs} <= coverage.capabilities().keys()


def test_every_scenario_belongs_to_a_row() -> None:
    files = set(coverage.FOLDER.glob("test_s[0-9]*.py"))
    assert files == {row.scenario for row in coverage.rows() if row.scenario.exists()}


def test_the_page_is_current() -> None:
    # Whether a scenario passes is for the scenario to say, in this same run.
    passing = {row.id: "" for row in coverage.rows() if row.scenario.exists()}
    assert coverage.PAGE.read_text("utf-8") == coverage.page(passing), "make scenarios"


def test_what_failed_is_said() -> None:
    first, *_ = coverage.rows()
    assert coverage.state(first, {first.id: "test_x failed (call)"}) == "missing: test_x failed (call)"
    assert coverage.state(first, {}) == "missing: no scenario yet"
    assert coverage.state(first, {first.id: ""}) == "works"
