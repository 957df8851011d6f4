"""A relay's backup: journal and carriers' side in one file, put back together; an older file restores as well."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from pathlib import Path

import pytest

from mailroom.carriers.base import OrderResult
from nodes.backup import _after, kind
from nodes.relay import accounts, settling
from nodes.relay.booking_store import BookingStore, Stage, get_booking
from nodes.relay.feeds_store import FeedStore, Number
from nodes.relay.orders import ordered
from nodes.relay.settings import RelaySettings
from nodes.relay.store import QUERIES
from nodes.relay.vault import Vault
from nodes.settings import save
from nodes.store import MIGRATIONS
from tests.carriers.world import LEG, leg
from tests.clocks import START, ManualClock
from tests.federation.stage import Stage as Federation
from tests.federation.stage import play
from tests.relay.participating import (
    SpokenFeeds,
    booked,
    carrier_order,
    packed,
    start_relay,
    stop_relay,
    until,
)
from tongban import errors
from tongban.backup.home import back_up, put_back
from tongban.clock import SeededEntropy, SystemClock, SystemEntropy
from tongban.keys import NodeKeys
from tongban.private_files import write_file
from tongban.storage.base import Row
from tongban.storage.migrations import migrate
from tongban.storage.open import open_database

CLOCK, ENTROPY = SystemClock(), SystemEntropy()
NUMBER = Number("kuaidi100", "jd", "JD0123456789012")


@pytest.fixture
async def home(tmp_path: Path, database_url: str) -> Path:
    """A relay that was started once, whose feeds lie in either kind of database."""
    made = tmp_path / "relay"
    made.mkdir(mode=0o700)
    NodeKeys.generate(ENTROPY).store(made / "keys")
    (made / "tls").mkdir()
    settings = RelaySettings(home=made, name="nodes/relay", federation_address="127.0.0.1:1")
    save(settings)
    write_file(made / accounts.FILE, json.dumps({"database": database_url}).encode())
    database = await open_database(settings.database_url)
    await migrate(database, MIGRATIONS, now_micros=1)
    await database.close()
    store = await feeds_of(made)
    await store.watch(LEG, NUMBER, START.replace(year=2099), lambda asked: START, subscribe=True)
    await BookingStore(store).asked(LEG, "shunfeng", "shunfeng")
    await store.close()
    return made


async def feeds_of(home: Path, incarnation: int = 1) -> FeedStore:
    """What the carriers' side of a home remembers."""
    database = await open_database(accounts.load(home).database_url(home))
    store = FeedStore(database, ManualClock(), Vault(b"root", SeededEntropy(1)))
    await store.open(incarnation, served=incarnation > 1)
    return store


async def row_of(store: FeedStore, name: str) -> Row | None:
    """What a leg is watched under."""
    return await store.write(lambda tx: tx.fetch_one(QUERIES.get_watch, {"leg": name}))


async def work_on(home: Path) -> None:
    """What happens after the backup: the order gets its waybill, another is booked, the first is not watched."""
    store = await feeds_of(home)
    bookings = BookingStore(store)
    await bookings.sending(LEG)
    await bookings.assigned(LEG, OrderResult("SF1", ""))
    await bookings.asked(leg(2), "shunfeng", "shunfeng")
    await store.forget(LEG)
    await store.close()


async def test_the_feeds_go_with_the_journal_and_are_set_right_by_it(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "relay.tbk"
    manifest = await back_up(kind(), home, target, CLOCK, ENTROPY)
    assert manifest.beside is not None
    assert {"bookings", "watches", "numbers", "news"} <= manifest.beside.tables.keys()
    await work_on(home)
    restored = await put_back(kind(), home, target, CLOCK, replace=True)
    assert (restored.mark, restored.rebuilt) == ({"incarnation": 2}, False)
    assert "feeds" not in _after(restored)

    store = await feeds_of(home, 2)
    try:
        assert await row_of(store, LEG) is not None
        before = await BookingStore(store).get(LEG)
        assert before is not None
        assert before.stage is Stage.ASKED
        assert await BookingStore(store).get(leg(2)) is None
        assert not await store.is_settled(2)
        found = [("shunfeng", settling.Ordered(LEG, "shunfeng", "SF1")), ("ems", settling.Ordered(leg(2), "ems"))]
        await store.settle(2, found)
        after = await store.write(lambda tx: [get_booking(tx, name) for name in (LEG, leg(2))])
        assert [(each.stage, each.waybill) for each in after if each is not None] == [
            (Stage.ASSIGNED, "SF1"),
            (Stage.SENT, ""),
        ]
        assert await store.is_settled(2)
    finally:
        await store.close()


async def test_a_backup_of_before_restores_and_says_that_the_feeds_are_rebuilt(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "old.tbk"
    manifest = await back_up(dataclasses.replace(kind(), beside=None), home, target, CLOCK, ENTROPY)
    with zipfile.ZipFile(target) as archive:
        said = json.loads(archive.read("manifest.json"))
    assert manifest.beside is None
    assert (said["format"], "beside" in said) == (1, False)
    await work_on(home)
    restored = await put_back(kind(), home, target, CLOCK, replace=True)
    assert restored.rebuilt
    assert "feeds" in _after(restored)
    # What was there is newer, stays, and is set right.
    store = await feeds_of(home, 2)
    try:
        kept = await BookingStore(store).get(LEG)
        assert kept is not None
        assert kept.waybill == "SF1"
        assert not await store.is_settled(2)
    finally:
        await store.close()


async def test_a_damaged_part_of_the_feeds_is_found_before_anything_is_touched(home: Path, tmp_path: Path) -> None:
    target, changed = tmp_path / "relay.tbk", tmp_path / "changed.tbk"
    await back_up(kind(), home, target, CLOCK, ENTROPY)
    with zipfile.ZipFile(target) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(b"shunfeng", b"nobody") if name == "beside/bookings.jsonl" else content)
    before = (home / "node.db").read_bytes()
    with pytest.raises(errors.Damaged):
        await put_back(kind(), home, changed, CLOCK, replace=True)
    assert (home / "node.db").read_bytes() == before


async def test_feeds_that_were_lost_stay_in_doubt_until_they_are_set_right(database_url: str) -> None:
    for _ in range(3):
        # Each process dies before it has heard from the gateway.
        store = FeedStore(await open_database(database_url), ManualClock(), Vault(b"root", SeededEntropy(1)))
        await store.open(1, served=True)
        assert not await store.is_settled(1)
        await BookingStore(store).asked(LEG, "shunfeng", "shunfeng")
        await store.close()


def test_a_relay_that_was_put_back_says_its_orders_before_anything_else() -> None:
    async def act(stage: Federation) -> None:
        feeds = SpokenFeeds()
        relay = await start_relay(stage, feeds)
        name = await booked(stage, await packed(stage), order=carrier_order())
        await until(lambda: name in feeds.ordered)
        assert feeds.settled == []
        await stop_relay(stage, relay)
        # As if these feeds went with an earlier life of the journal.
        feeds.incarnation = 0
        seen: list[tuple[str, list[settling.Ordered]]] = []
        feeds.before = lambda what: seen.append((what, list(feeds.settled)))
        again = await start_relay(stage, feeds)
        await until(lambda: seen)
        assert seen[0] == ("order", [settling.Ordered(name, "shunfeng")])
        parcel = await again.core.state(name.partition("/legs/")[0])
        assert ordered(parcel, again.core.name) == feeds.settled
        assert ordered(parcel, "nodes/other") == []
        await stop_relay(stage, again)

    play(act)
