"""The coverage lookup at the size of a country: its time, and what its index holds.

python -m tests.bench.lookup AGREEMENTS CLAUSES     in a process of its own, so that its memory can be told
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import random
import subprocess
import sys
import time
from pathlib import Path

from agreements.domain.coverage import Coverage, Query
from tongban.v1 import agreement_pb2, directory_pb2, lifecycle_pb2, types_pb2

NODES = 400
ITEMS_OF_A_NODE = 200
LOOKUPS = 1_000_000
"""Decisions in one go, for their mean."""

TIMED = 20_000
"""Decisions timed one by one, for their spread."""
_NOW = dt.datetime(2026, 1, 5, 4, tzinfo=dt.UTC)


def lookup(agreements: int, clauses: int) -> dict[str, float]:
    """Build an index of so many agreements with so many clauses each in a child, and ask it."""
    command = [sys.executable, "-m", "tests.bench.lookup", str(agreements), str(clauses)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def _measure(agreements: int, clauses: int) -> dict[str, float]:
    chance = random.Random(1)
    coverage = Coverage(
        (),
        (_item(home, number) for home in range(NODES) for number in range(ITEMS_OF_A_NODE)),
        (_node(number) for number in range(NODES)),
    )
    before, start = _resident(), time.perf_counter()
    asked = []
    for number in range(agreements):
        made = _agreement(chance, number, clauses)
        coverage.with_agreement(made)
        clause = made.document.clauses[0]
        asked.append((clause.items[0], clause.accepting[0]))
    built = time.perf_counter() - start
    queries = [
        Query(
            item=item,
            accepting=accepting,
            applicant_kind=types_pb2.APPLICANT_KIND_PERSON,
            channel=types_pb2.CHANNEL_WINDOW,
            instant=_NOW,
        )
        for item, accepting in (chance.choice(asked) for _ in range(TIMED))
    ]
    for query in queries[:2000]:
        coverage.find(query)
    begun = time.perf_counter()
    for query in itertools.islice(itertools.cycle(queries), LOOKUPS):
        coverage.find(query)
    mean = (time.perf_counter() - begun) / LOOKUPS * 1e6
    times = []
    for query in queries:
        begun = time.perf_counter()
        coverage.find(query)
        times.append((time.perf_counter() - begun) * 1e6)
    times.sort()
    return {
        "agreements": agreements,
        "clauses": agreements * clauses,
        "build_seconds": round(built, 1),
        "memory_mib": round((_resident() - before) / 2**20, 1),
        "decisions": LOOKUPS,
        "mean_us": round(mean, 1),
        "p50_us": round(times[len(times) // 2], 1),
        "p99_us": round(times[int(len(times) * 0.99)], 1),
    }


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def _node(number: int) -> directory_pb2.Node:
    return directory_pb2.Node(
        name=f"nodes/{number:04}",
        state=lifecycle_pb2.NODE_STATE_ACTIVE,
        profile=directory_pb2.NodeProfile(region=f"{number:04}", title=f"地区 {number}"),
    )


def _item(home: int, number: int) -> directory_pb2.Item:
    name = f"items/{home:04}.i{number}"
    modes = [types_pb2.MODE_AGENT]
    document = directory_pb2.ItemDocument(name=name, home=f"nodes/{home:04}", title=name, modes=modes)
    return directory_pb2.Item(name=name, state=lifecycle_pb2.ITEM_STATE_PUBLISHED, version=1, document=document)


def _agreement(chance: random.Random, number: int, clauses: int) -> agreement_pb2.Agreement:
    """Between two nodes; each clause names one item of either for the other's windows."""
    one, other = chance.sample(range(NODES), 2)
    document = agreement_pb2.AgreementDocument(
        name=f"agreements/a{number}",
        document_version=1,
        parties=[agreement_pb2.Party(node=f"nodes/{n:04}", region=f"{n:04}") for n in (one, other)],
        effective_date={"year": 2020, "month": 1, "day": 1},
    )
    for place in range(clauses):
        home, accepting = (one, other) if place % 2 else (other, one)
        document.clauses.add(
            id=f"c{place}",
            home=f"nodes/{home:04}",
            accepting=[f"nodes/{accepting:04}"],
            items=[f"items/{home:04}.i{chance.randrange(ITEMS_OF_A_NODE)}"],
            modes=[types_pb2.MODE_AGENT],
            decider=types_pb2.DECIDER_HOME,
        )
    return agreement_pb2.Agreement(
        name=document.name,
        document=document,
        state=lifecycle_pb2.AGREEMENT_STATE_SIGNED,
        signatures=[agreement_pb2.PartySignature(node=party.node) for party in document.parties],
    )


if __name__ == "__main__":
    print(json.dumps(_measure(int(sys.argv[1]), int(sys.argv[2]))))  # noqa: T201
