"""All cases, and how one is played."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable
from pathlib import Path

from tests.diagnosis.of_desks import DESKS
from tests.diagnosis.of_gateways import GATEWAYS
from tests.diagnosis.of_lines import LINES
from tests.diagnosis.of_machines import MACHINES
from tests.diagnosis.of_parcels import PARCELS
from tests.diagnosis.of_partners import PARTNERS
from tests.diagnosis.table import Case, Named

CASES: list[Case] = [case for table in (MACHINES, LINES, GATEWAYS, PARTNERS, PARCELS, DESKS) for case in table.cases]


def play_case(case: Case, home: Path) -> Named:
    """Produce the fault, and what is said of it first."""
    produced = case.produce(home)
    return asyncio.run(_awaited(produced)) if inspect.isawaitable(produced) else produced


async def _awaited(produced: Awaitable[Named]) -> Named:
    return await produced
