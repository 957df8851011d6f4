"""Every fault of the table is produced, and laid to the right party and hop with what to do, within two seconds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.diagnosis.cases import CASES, play_case
from tests.diagnosis.kit import UNTIL
from tests.diagnosis.table import LIMIT_SECONDS, Case, is_right
from tongban.faults.reasons import BY_REASON, CONDITIONS

pytestmark = pytest.mark.federation


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_who_failed(case: Case, tmp_path: Path) -> None:
    named = play_case(case, tmp_path)
    found = named.finding
    said = (found.fault.code, found.at_fault.value, found.fault.hop.value, found.name or case.node)
    assert said == (case.code, case.party, case.hop, case.node or found.name), found.what()
    assert named.seconds <= LIMIT_SECONDS
    assert is_right(case, named)


def test_the_table_is_wide_enough() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    assert len({case.code for case in CASES}) >= 30
    assert {case.code for case in CASES} <= set(BY_REASON) | set(CONDITIONS)


def test_the_waits_add_up_to_less_than_two_seconds() -> None:
    assert max(UNTIL.values()) <= LIMIT_SECONDS, UNTIL
