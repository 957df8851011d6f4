"""Every schema version that a database may have is brought forward with its data, checked whole, and worked on."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.building import build_core
from gateway.core import GatewayCore
from gateway.store import MIGRATIONS as GATEWAY
from gateway.store import QUERIES
from nodes.core import NodeCore
from nodes.store import MIGRATIONS as NODES
from tests.federation.journey import Journey
from tests.federation.stage import ACCEPTING, HOME
from tests.federation.whole import Federation
from tests.fsck.kit import Kept
from tests.fsck.spoil import Spoiled
from tests.migrations.dumps import load
from tests.migrations.freeze import RELEASED, path_of
from tests.migrations.life import KINDS, NAMES, Later, going_on, keys
from tests.postgres import PostgresServer
from tongban.clock import SeededEntropy
from tongban.errors import ConfigurationInvalid
from tongban.storage.migrations import Migration, check_schema, migrate, read_script
from tongban.storage.open import open_database
from tongban.storage.reading import read_only
from tongban.v1 import lifecycle_pb2, parcel_pb2

VERSIONS = [(name, int(version)) for name, _, version in (path.stem.partition("-") for path in RELEASED.glob("*.sql"))]
NEWEST = {name: max(version for other, version in VERSIONS if other == name) for name in NAMES}
BEFORE_THIS_FOLD = {"gateway": 8, HOME: 5, ACCEPTING: 5}
PARCELS = "name LIKE 'parcels/%'"
Urls = dict[str, str]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Urls]:
    """Three empty databases of one kind."""
    if request.param == "sqlite":
        yield {name: f"sqlite:///{tmp_path / name}.db" for name in NAMES}
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    made = {name: server.create() for name in NAMES}
    yield {name: server.url(database) for name, database in made.items()}
    for database in made.values():
        server.drop(database)


def _restore(urls: Urls, **versions: int) -> None:
    for name, url in urls.items():
        load(path_of(name, versions.get(name, NEWEST[name])).read_text("utf-8"), url)


async def _gateway(url: str) -> GatewayCore:
    clock, entropy = Later(), SeededEntropy(3)
    return await build_core(await open_database(url), name="test", keys=keys()["gateway"], clock=clock, entropy=entropy)


async def _core_started(name: str, url: str) -> None:
    """A participant's program starts on its database, and ends before it has heard of anybody."""
    if name == "gateway":
        core = await _gateway(url)
        await core.admitter.close()
        await core.database.close()
        return
    database = await open_database(url)
    await migrate(database, NODES, now_micros=1)
    owner = f"nodes/{name}"
    node = NodeCore(name=owner, database=database, keys=keys()[owner], clock=Later(), entropy=SeededEntropy(3))
    await node.start()
    await node.close()


def _as_before(state: bytes) -> bytes:
    parcel = parcel_pb2.Parcel.FromString(state)
    parcel.exceptions.add(event_type="parcel_exception_raised", version=parcel.version, code="premature")
    return parcel.SerializeToString(deterministic=True)


def _kept(urls: Urls) -> Kept:
    everybody = keys()
    gateway = everybody["gateway"]
    own = {name: everybody[f"nodes/{name}"] for name in (HOME, ACCEPTING)}
    return Kept(
        urls,
        {gateway.signing_key_id: gateway.signing_public},
        {name: (each.signing_key_id, each.signing_public) for name, each in own.items()},
    )


async def _sound(urls: Urls) -> dict[str, int]:
    events = {}
    for name in NAMES:
        report = await _kept(urls).check(name)
        assert report.sound, (name, report.as_json())
        events[name] = report.rows["events"]
    return events


async def _start(federation: Federation) -> None:
    await federation.start_gateway()
    for region in (HOME, ACCEPTING):
        await federation.start_node(region)
    await federation.settled()


def test_every_version_but_the_newest_is_kept() -> None:
    """A migration that is being written has nothing to be brought forward from; what came before it has."""
    for name, package in KINDS.items():
        known = len(GATEWAY if package == "gateway.store" else NODES)
        kept = {version for other, version in VERSIONS if other == name}
        missing = set(range(1, known)) - kept
        assert not missing, f"run python -m tests.migrations.freeze: {name} {sorted(missing)}"


@pytest.mark.parametrize(("name", "version"), sorted(VERSIONS), ids=str)
async def test_a_database_of_each_version_goes_on(urls: Urls, name: str, version: int) -> None:
    _restore(urls, **{name: version})
    federation = going_on(urls)
    await _start(federation)
    try:
        before = await _sound(urls)
        assert all(count > 20 for count in before.values())
        journey = Journey(federation, federation.nodes[ACCEPTING], federation.nodes[HOME])
        closed = await journey.run()
        assert closed.state == lifecycle_pb2.APPLICATION_STATE_CLOSED
    finally:
        await federation.stop()
    after = await _sound(urls)
    assert all(after[each] > before[each] + 10 for each in NAMES)


@pytest.mark.parametrize("name", ["gateway", HOME])
async def test_a_migration_that_fails_half_way_leaves_the_version_before_it_in_use(urls: Urls, name: str) -> None:
    _restore(urls)
    federation = going_on(urls)
    await _start(federation)  # at today's version, and what it asks for is done
    await federation.stop()
    migrations = GATEWAY if name == "gateway" else NODES
    text = "ALTER TABLE events ADD COLUMN planted {text}; DELETE FROM streams; CREATE TABLE events (a {text});"
    bad = Migration(len(migrations) + 1, "bad", hashlib.sha256(text.encode()).hexdigest(), read_script(text, "bad.sql"))
    database = await open_database(urls[name])
    try:
        with pytest.raises(Exception, match="events"):
            await migrate(database, [*migrations, bad], now_micros=2)
    finally:
        await database.close()
    for other in ("gateway", HOME, ACCEPTING):
        opened = await open_database(urls[other])
        assert await migrate(opened, GATEWAY if other == "gateway" else NODES, now_micros=3) == 0
        await opened.close()
    await _sound(urls)
    federation = going_on(urls)
    await _start(federation)
    await Journey(federation, federation.nodes[ACCEPTING], federation.nodes[HOME]).submit()
    await federation.settled()
    await federation.stop()
    await _sound(urls)


@pytest.mark.parametrize("name", ["gateway", HOME])
async def test_a_database_of_a_newer_program_is_refused_and_left_alone(urls: Urls, name: str) -> None:
    _restore(urls)
    federation = going_on(urls)
    await _start(federation)  # at today's version, and what it asks for is done
    await federation.stop()
    migrations = GATEWAY if name == "gateway" else NODES
    newer = Migration(len(migrations) + 1, "newer", "digest", read_script("CREATE TABLE newer (a {text});", "n.sql"))
    database = await open_database(urls[name])
    await migrate(database, [*migrations, newer], now_micros=1)
    with pytest.raises(ConfigurationInvalid) as caught:
        await migrate(database, migrations, now_micros=2)
    assert f"第 {len(migrations) + 1} 版" in caught.value.text("zh")
    assert f"version {len(migrations) + 1} and this program knows up to {len(migrations)}" in caught.value.text("en")
    with pytest.raises(ConfigurationInvalid):
        await read_only(urls[name], lambda tx: check_schema(tx, migrations))
    await migrate(database, [*migrations, newer], now_micros=3)
    await database.close()


async def test_an_older_database_is_not_checked_but_named(urls: Urls) -> None:
    _restore(urls, gateway=1)
    with pytest.raises(ConfigurationInvalid) as caught:
        await _kept(urls).check("gateway")
    assert "第 1 版" in caught.value.text("zh")
    core = await _gateway(urls["gateway"])
    counted = await core.database.run(lambda tx: tx.fetch_one(QUERIES.count_journal), read_only=True)
    await core.admitter.close()
    await core.database.close()
    assert counted is not None
    assert counted["events"] > 20


@pytest.mark.parametrize("name", NAMES)
async def test_what_an_earlier_fold_has_stored_is_folded_anew_and_only_once(urls: Urls, name: str) -> None:
    _restore(urls, **{name: BEFORE_THIS_FOLD[name]})
    other = Spoiled("a parcel as an earlier fold left it", "streams", PARCELS, {"state": _as_before})
    await other.spoil(urls[name])
    await _core_started(name, urls[name])
    report = await _kept(urls).check(name)
    assert report.sound, report.as_json()
    await other.spoil(urls[name])
    await _core_started(name, urls[name])
    assert not (await _kept(urls).check(name)).sound


async def test_replicas_that_start_together_bring_it_forward_once(urls: Urls) -> None:
    _restore(urls, gateway=1)
    databases = [await open_database(urls["gateway"]) for _ in range(3)]
    steps = await asyncio.gather(*(migrate(each, GATEWAY, now_micros=1) for each in databases))
    assert sum(steps) == len(GATEWAY) - 1
    for each in databases:
        await each.close()
    # What an earlier fold has stored is folded anew by whoever starts, and by two that start together alike.
    started = await asyncio.gather(_gateway(urls["gateway"]), _gateway(urls["gateway"]))
    for core in started:
        await core.admitter.close()
        await core.database.close()
    report = await _kept(urls).check("gateway")
    assert report.sound, report.as_json()
