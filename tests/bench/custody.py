"""Who held an original when, over a million rows of custody: the desk's own question, beside a bare read by a key.

python -m tests.bench.custody [--rows 1000000] [--questions 3000] [--postgres]

A node's database is filled with applications whose three originals travel three times each, as its events would have
left it but for the ledger; that is laid out by the very code that brings an old database forward, and timed.  Then the
question and a read of one row by its primary key take turns, through the same door and hop, so that their ratio says
what the question costs whatever the machine is doing.  The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from nodes.core import NodeCore
from nodes.desk.ledger import LedgerDesk
from nodes.desk.staff import MAILROOM, Staff
from nodes.desk.statistics import StatisticsDesk
from nodes.journal.ledger import fill
from nodes.store import MIGRATIONS, QUERIES
from tests.postgres import PostgresServer
from tongban.cli import run_async
from tongban.clock import SeededEntropy, SystemClock
from tongban.keys import NodeKeys
from tongban.storage.base import Database
from tongban.storage.migrations import migrate
from tongban.storage.open import open_database
from tongban.storage.queries import Query
from tongban.v1 import application_pb2, envelope_pb2, event_pb2, parcel_pb2, types_pb2

HERE, THERE = "nodes/445100", "nodes/350600"
ORIGINALS, JOURNEYS = 3, 3
ROWS_EACH = 1 + 3 * JOURNEYS
BEGAN = dt.datetime(2025, 12, 1, tzinfo=dt.UTC)
SPAN = dt.timedelta(days=365)
_CHUNK = 400
"""Applications in a transaction."""
_ONE_ROW = Query.of(
    "one_row", "One row by its key.", "SELECT custody FROM custody WHERE original = :original AND place = 1"
)
_PUT_CUSTODY = Query.of(
    "put_custody", "A row.", "INSERT INTO custody (original, place, custody) VALUES (:original, :place, :custody)"
)
PORTER = Staff("porter", "s-porter", "收发", frozenset({MAILROOM}), "mailroom-1")


class _Filled:
    """The rows of some applications."""

    def __init__(self) -> None:
        self.custody: list[dict[str, object]] = []
        self.events: list[dict[str, object]] = []
        self.streams: list[dict[str, object]] = []


def _name(number: int) -> str:
    return f"applications/4451002026112200{number:012}X"


def _application(number: int, into: _Filled, chance: random.Random) -> None:
    name = _name(number)
    when = BEGAN + SPAN * chance.random()
    papers = [f"{name}/originals/paper-{place}" for place in range(ORIGINALS)]
    state = application_pb2.Application(
        name=name,
        version=2,
        parcels=[f"parcels/P4451002026112200{number:08}{journey}" for journey in range(JOURNEYS)],
        materials=[
            application_pb2.Material(code="deed", form=types_pb2.MATERIAL_FORM_ORIGINAL, original=f"paper-{n}")
            for n in range(ORIGINALS)
        ],
    )
    window = parcel_pb2.Post(node=HERE, post="window-1")
    begun = _row(name, 1, when, parcel_pb2.HOLDER_KIND_POST, window)
    into.events.append(_event(name, 1, HERE, when, "application_submitted"))
    chains = [begun]
    for journey, parcel in enumerate(state.parcels):
        giver, taker = (HERE, THERE) if journey % 2 == 0 else (THERE, HERE)
        chains += _journey(parcel, giver, taker, when + dt.timedelta(days=7 * journey), into, chance)
    into.streams.append(_stream(name, state))
    for paper in papers:
        into.custody += [
            {"original": paper, "place": place, "custody": row.SerializeToString(deterministic=True)}
            for place, row in enumerate(chains, start=1)
        ]


def _journey(
    parcel: str, giver: str, taker: str, when: dt.datetime, into: _Filled, chance: random.Random
) -> Iterator[parcel_pb2.Custody]:
    origin = parcel_pb2.Post(node=giver, post="mailroom-1")
    destination = parcel_pb2.Post(node=taker, post="mailroom-1")
    sent = when + dt.timedelta(hours=3)
    came = sent + dt.timedelta(days=0.5 + 4 * chance.random())
    opened = came + dt.timedelta(hours=1)
    scan = parcel_pb2.ParcelScan(seals=["S-1"], manifest_digest=b"m" * 32, nonce=b"n" * 16, waybill="EB1")
    state = parcel_pb2.Parcel(
        name=parcel, version=7, origin=origin, destination=destination, nonce=b"n" * 16, manifest_digest=b"m" * 32,
        seals=["S-1"],
    )  # fmt: skip
    leg = state.legs.add(
        number=1, carrier=chance.choice(("ems", "shunfeng")), waybill="EB1", booking_node=giver, cost_fen=2200
    )
    for part, post, moment in (("dispatch", origin, sent), ("intake", destination, came)):
        getattr(leg, part).CopyFrom(scan)
        getattr(leg, part).post.CopyFrom(post)
        getattr(leg, f"{part}_time").FromDatetime(moment)
    leg.due_time.FromDatetime(sent + dt.timedelta(days=4))
    kinds = parcel_pb2.HOLDER_KIND_POST, parcel_pb2.HOLDER_KIND_LEG, parcel_pb2.HOLDER_KIND_POST
    bodies = "parcel_packed", "parcel_dispatched", "parcel_taken_in"
    rows = [
        _row(parcel, 1, when, kinds[0], origin),
        _row(parcel, 4, sent, kinds[1], None, f"{parcel}/legs/1", giver),
        _row(parcel, 5, came, kinds[2], destination),
    ]
    state.custody.CopyFrom(rows[-1])
    into.streams.append(_stream(parcel, state))
    for version, author, moment, body in (
        (1, giver, when, bodies[0]),
        (4, giver, sent, bodies[1]),
        (5, taker, came, bodies[2]),
        (6, taker, opened, "parcel_opened"),
    ):
        into.events.append(_event(parcel, version, author, moment, body))
    yield from rows


def _row(
    stream: str,
    version: int,
    when: dt.datetime,
    kind: parcel_pb2.HolderKind,
    post: parcel_pb2.Post | None,
    leg: str = "",
    answers: str = "",
) -> parcel_pb2.Custody:
    row = parcel_pb2.Custody(
        kind=kind,
        post=post,
        leg=leg,
        answerable_node=answers or (post.node if post else ""),
        event_id=_event_id(stream, version),
        stream=stream,
    )
    row.since_time.FromDatetime(when)
    return row


def _event_id(stream: str, version: int) -> str:
    return f"{hashlib.sha256(stream.encode()).hexdigest()[:12]}-{version:04}-7000-8000-000000000000"


def _event(stream: str, version: int, author: str, when: dt.datetime, body: str) -> dict[str, object]:
    event = event_pb2.Event(event_id=_event_id(stream, version), stream=stream, author=author)
    event.claim_time.FromDatetime(when)
    getattr(event, body).SetInParent()
    envelope = envelope_pb2.Envelope(payload=event.SerializeToString())
    return {
        "event_id": event.event_id,
        "stream": stream,
        "version": version,
        "sequence": None,
        "author": author,
        "digest": b"d" * 32,
        "standing": 1,
        "claim_time": event.claim_time.ToMicroseconds(),
        "envelope": envelope.SerializeToString(),
        "receipt": envelope_pb2.Receipt(batch_id="b" * 36, leaf=b"l" * 160, path=[b"p" * 32] * 6).SerializeToString(),
    }


def _stream(name: str, state: application_pb2.Application | parcel_pb2.Parcel) -> dict[str, object]:
    blob = state.SerializeToString(deterministic=True)
    return {
        "name": name,
        "collection": name.partition("/")[0],
        "version": state.version,
        "head": b"h" * 32,
        "state": blob,
        "predicted_version": state.version,
        "predicted_head": b"h" * 32,
        "predicted": blob,
        "phase": 1,
        "parked": "",
        "create_time": 0,
        "update_time": 0,
    }


async def _build(database: Database, applications: int) -> None:
    chance = random.Random(1)
    for first in range(0, applications, _CHUNK):
        into = _Filled()
        for number in range(first, min(first + _CHUNK, applications)):
            _application(number, into, chance)

        def work(tx: object, into: _Filled = into) -> None:
            tx.execute_many(QUERIES.insert_event, into.events)  # type: ignore[attr-defined]
            tx.execute_many(QUERIES.put_stream, into.streams)  # type: ignore[attr-defined]
            tx.execute_many(_PUT_CUSTODY, into.custody)  # type: ignore[attr-defined]

        await database.run(work)


async def measure(rows: int, questions: int, url: str) -> dict[str, float]:
    """Fill a database, lay its ledger out, and ask."""
    database = await open_database(url)
    try:
        await migrate(database, MIGRATIONS, now_micros=1)
        applications = -(-rows // (ORIGINALS * ROWS_EACH))
        await _build(database, applications)
        begun, used = time.perf_counter(), time.process_time()
        await fill(database)
        laid_out, used = time.perf_counter() - begun, time.process_time() - used
        core = NodeCore(
            name=HERE,
            database=database,
            keys=NodeKeys.generate(SeededEntropy(1)),
            clock=SystemClock(),
            entropy=SeededEntropy(2),
        )
        found = await _ask(core, applications, questions)
        return {
            "custody_rows": applications * ORIGINALS * ROWS_EACH,
            "custody_laid_out_seconds": round(laid_out, 1),
            "custody_laid_out_cpu_seconds": round(used, 1),
            **{f"custody_{name}": value for name, value in found.items()},
        }
    finally:
        await database.close()


async def _ask(core: NodeCore, applications: int, questions: int) -> dict[str, float]:
    chance = random.Random(2)
    desk, database = LedgerDesk(core), core.database
    asked: list[float] = []
    bare: list[float] = []
    for number in range(questions + 200):
        original = f"{_name(chance.randrange(applications))}/originals/paper-{chance.randrange(ORIGINALS)}"
        moment = BEGAN + SPAN * (1.2 * chance.random())

        async def read(original: str = original) -> object:
            key = {"original": original}
            return await database.run(lambda tx: tx.fetch_one(_ONE_ROW, key), read_only=True)

        async def held(original: str = original, moment: dt.datetime = moment) -> object:
            return await desk.held_at(PORTER, original, moment)

        pair = ((read, bare), (held, asked))
        for ask, times in pair if number % 2 else pair[::-1]:
            times.append(await _timed(ask))
    bare, asked = sorted(bare[200:]), sorted(asked[200:])
    day = (BEGAN + SPAN * 0.5).date().isoformat()
    month = f"{(BEGAN + SPAN * 0.5):%Y-%m}"
    days = [await _timed(lambda: desk.day(PORTER, day)) for _ in range(3)]
    months = [await _timed(lambda: StatisticsDesk(core).month(PORTER, month)) for _ in range(3)]
    return {
        "read_p50_ms": _ms(bare, 0.5),
        "held_p50_ms": _ms(asked, 0.5),
        "held_p99_ms": _ms(asked, 0.99),
        "held_vs_read": round(_ms(asked, 0.5) / _ms(bare, 0.5), 2),
        "day_ms": round(statistics.median(days) * 1000, 1),
        "month_ms": round(statistics.median(months) * 1000, 1),
    }


async def _timed(ask: Callable[[], Awaitable[object]]) -> float:
    begun = time.perf_counter()
    await ask()
    return time.perf_counter() - begun


def _ms(times: list[float], part: float) -> float:
    return round(times[min(int(len(times) * part), len(times) - 1)] * 1000, 3)


async def history(rows: int, questions: int, *, postgres: bool) -> dict[str, float]:
    """On a database of its own."""
    if not postgres:
        with tempfile.TemporaryDirectory(prefix="tongban-bench-") as folder:
            return await measure(rows, questions, f"sqlite:///{Path(folder) / 'node.db'}")
    server = PostgresServer()
    try:
        return await measure(rows, questions, server.url(server.create()))
    finally:
        server.stop()


def main() -> None:
    """Alone."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.custody", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of custody (1000000)")
    parser.add_argument("--questions", type=int, default=3000, help="questions (3000)")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL that is started for it")
    options = parser.parse_args()

    async def run() -> None:
        print(json.dumps(await history(options.rows, options.questions, postgres=options.postgres)))  # noqa: T201

    run_async(run())


if __name__ == "__main__":
    main()
