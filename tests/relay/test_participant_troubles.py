"""A relay put back from a backup, suspended, or with a carrier that fails; and which parcels it looks at first."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from gateway.operator import Operator
from mailroom.carriers.base import Meaning
from nodes.relay import health
from nodes.relay.cli import carrier_checks
from nodes.relay.health import Health
from nodes.relay.news import Trouble
from nodes.store import MIGRATIONS, QUERIES, ROUNDS
from tests.clocks import START
from tests.federation.recovering import put_back_gateway
from tests.federation.stage import ACCEPTING, HOME, Stage, play
from tests.relay.participating import (
    DAY,
    REGION,
    RELAY,
    SpokenFeeds,
    booked,
    dispatched,
    packed,
    parcel_at,
    seen,
    start_relay,
    stop_relay,
    until,
)
from tongban import errors
from tongban.doctor import show
from tongban.storage.base import Transaction
from tongban.storage.migrations import migrate
from tongban.storage.open import open_database
from tongban.v1 import lifecycle_pb2


async def tasks(stage: Stage, region: str) -> int:
    """How many steps of a node were refused."""
    core = stage.federation.nodes[region].core
    return len(await core.database.run(lambda tx: tx.fetch_all(QUERIES.list_tasks), read_only=True))


def test_a_relay_put_back_from_a_backup_doubles_nothing_that_it_hears_again() -> None:
    async def act(stage: Stage) -> None:
        feeds = SpokenFeeds()
        relay = await start_relay(stage, feeds)
        parcel = await packed(stage)
        leg = await booked(stage, parcel)
        await dispatched(stage, parcel)
        await until(lambda: leg in feeds.watched)
        await stage.federation.settled()
        image = stage.disks.disk(REGION).image()
        start = stage.federation.clock.now()
        words = [seen(Meaning.MOVING, start + dt.timedelta(minutes=i), code=f"sf.{30 + i}") for i in range(5)]
        feeds.say(leg, *words)
        await until(lambda: not feeds.waiting)
        await stage.federation.settled()
        await stop_relay(stage, relay)
        stage.disks.disk(REGION).restore(image)
        feeds.say(leg, *words, seen(Meaning.DELIVERING, start + dt.timedelta(hours=1)))
        relay = await start_relay(stage, feeds)
        await until(lambda: not feeds.waiting, seconds=300)
        await stage.federation.settled(120)
        for region in (HOME, ACCEPTING, REGION):
            state = await parcel_at(stage, region, parcel.parcel.name)
            assert len(state.legs[0].observations) == 6
        history = await stage.home.core.database.run(
            lambda tx: tx.fetch_all(QUERIES.list_history, {"stream": parcel.parcel.name}), read_only=True
        )
        assert sum(row["author"] == RELAY for row in history) == 6
        await stop_relay(stage, relay)

    play(act)


def test_a_gateway_put_back_has_the_relays_words_again_and_hears_the_next() -> None:
    async def act(stage: Stage) -> None:
        feeds = SpokenFeeds()
        relay = await start_relay(stage, feeds)
        parcel = await packed(stage)
        leg = await booked(stage, parcel)
        await dispatched(stage, parcel)
        await until(lambda: leg in feeds.watched)
        await stage.federation.settled()
        image = stage.disks.disk("gateway").image()
        start = stage.federation.clock.now()
        feeds.say(leg, seen(Meaning.ACCEPTED, start))
        await until(lambda: not feeds.waiting)
        await stage.federation.settled()
        await asyncio.sleep(3600)
        await put_back_gateway(stage, image)
        feeds.say(leg, seen(Meaning.MOVING, start + dt.timedelta(hours=1)))
        await until(lambda: not feeds.waiting, seconds=600)
        await stage.federation.settled(300)
        for region in (HOME, ACCEPTING, REGION):
            state = await parcel_at(stage, region, parcel.parcel.name)
            assert [each.meaning for each in state.legs[0].observations] == ["accepted", "moving"]
        await stage.same_everywhere(parcel.parcel.name)
        assert await tasks(stage, REGION) == 0
        await stop_relay(stage, relay)

    play(act)


def test_a_suspended_relay_says_what_is_due_seldom_and_again_when_it_may() -> None:
    async def act(stage: Stage) -> None:
        feeds = SpokenFeeds()
        relay = await start_relay(stage, feeds)
        federation = stage.federation
        assert federation.gateway is not None
        operator = Operator(federation.gateway, federation.keys["gateway"], federation.entropy)
        parcel = await packed(stage)
        leg = await booked(stage, parcel, due_in=dt.timedelta(hours=1))
        await dispatched(stage, parcel)
        await until(lambda: leg in feeds.watched)
        await operator.suspend(RELAY, "audit")
        await asyncio.sleep(2 * 3600)
        assert 1 <= await tasks(stage, REGION) <= 6
        assert not (await parcel_at(stage, HOME, parcel.parcel.name)).exceptions
        await operator.resume(RELAY)
        await asyncio.sleep(3600)
        await federation.settled()
        state = await parcel_at(stage, HOME, parcel.parcel.name)
        assert [each.code for each in state.exceptions] == ["late"]
        await stop_relay(stage, relay)

    play(act)


def test_which_carrier_fails_is_told_in_plain_words(tmp_path: Path) -> None:
    unreachable = errors.CarrierUnreachable(carrier="kuaidi100", code="down", said="503", where="-")
    denied = errors.CarrierAccessDenied(carrier="shunfeng", code="A1006", said="签名错误", where="-")

    async def troubles() -> Sequence[Trouble]:
        return [Trouble(1, "kuaidi100", "", unreachable), Trouble(2, "shunfeng", "", denied)]

    async def act(stage: Stage) -> None:
        relay = await start_relay(stage, SpokenFeeds())
        await stage.federation.settled()
        await Health(relay.core, relay.participant, troubles, tmp_path).write()
        await stop_relay(stage, relay)

    play(act, agreed=False)
    said = health.read(tmp_path)
    assert said is not None
    assert said["connected"]
    text = show(carrier_checks(said), "zh", {})
    assert "✗ 承运方 kuaidi100:" in text
    assert "✗ 承运方 shunfeng:" in text
    assert text.count("该由谁处理:") == text.count("出在哪一段:") == text.count("怎么办:") == 2
    assert "寄递" in text
    english = show(carrier_checks(said), "en", {})
    assert "carrier shunfeng" in english
    (tmp_path / health.FILE).write_text("{", "utf-8")
    assert health.read(tmp_path) is None


async def test_what_is_settled_for_long_is_not_looked_at_when_a_process_starts(database_url: str) -> None:
    database = await open_database(database_url)
    try:
        await migrate(database, MIGRATIONS, now_micros=0)
        now = round(START.timestamp() * 1_000_000)
        long_ago = now - round(30 * DAY.total_seconds() * 1_000_000)
        reconciled, held = lifecycle_pb2.PARCEL_STATE_RECONCILED, lifecycle_pb2.PARCEL_STATE_HELD_FOR_PICKUP
        rows = [("P1", reconciled, long_ago), ("P2", reconciled, now), ("P3", held, long_ago), ("P4", held, now)]

        def work(tx: Transaction) -> None:
            for name, phase, time in (*rows, ("P5", held, now)):
                tx.execute(QUERIES.put_stream, stream(f"parcels/{name}", phase, time, b"" if name == "P5" else b"x"))
            tx.execute(QUERIES.put_stream, stream("applications/A1", held, now, b"x"))

        await database.run(work)
        params = {"after": "parcels/", "settled": f",{reconciled},", "since": now - 1, "size": 2}
        found: list[str] = []
        while True:
            page = await database.run(lambda tx: tx.fetch_all(ROUNDS.list_under_way, params), read_only=True)
            found += [row["name"] for row in page]
            if not page:
                break
            params["after"] = found[-1]
        assert found == ["parcels/P2", "parcels/P3", "parcels/P4"]
    finally:
        await database.close()


def stream(name: str, phase: int, time: int, predicted: bytes) -> dict[str, object]:
    """A stream's row."""
    return {
        "name": name,
        "collection": name.partition("/")[0],
        "version": 1,
        "head": b"",
        "state": b"",
        "predicted_version": 1,
        "predicted_head": b"",
        "predicted": predicted,
        "phase": phase,
        "parked": "",
        "create_time": time,
        "update_time": time,
    }
