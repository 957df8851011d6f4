"""The file: whole or not there, never believed before it was looked at, closed to whoever has no passphrase."""

from __future__ import annotations

import dataclasses
import stat
import zipfile
from pathlib import Path

import pytest

from gateway.backup import kind as gateway_kind
from gateway.building import build_core
from gateway.runtime import initialise
from gateway.settings import GatewaySettings
from gateway.store import QUERIES
from nodes.backup import kind as node_kind
from tongban import errors
from tongban.backup.home import back_up, put_back
from tongban.backup.secrets import open_sealed, seal
from tongban.clock import SystemClock, SystemEntropy
from tongban.keys import NodeKeys
from tongban.storage.migrations import migrate
from tongban.storage.open import open_database

CLOCK, ENTROPY = SystemClock(), SystemEntropy()
PASSPHRASE = "correct horse battery"


async def made(home: Path, name: str = "tongban", database: str = "") -> Path:
    """A gateway that was started once."""
    settings = GatewaySettings(home=home, name=name, database=database)
    initialise(settings, CLOCK, ENTROPY)
    opened = await open_database(settings.database_url)
    await build_core(opened, name=name, keys=NodeKeys.load(home / "keys"), clock=CLOCK, entropy=ENTROPY)
    await opened.close()
    return home


def names_in(directory: Path) -> list[str]:
    """What lies in a directory."""
    return sorted(path.name for path in directory.iterdir())


def asked() -> str:
    """The passphrase."""
    return PASSPHRASE


async def test_a_backup_is_private_and_holds_no_key(tmp_path: Path) -> None:
    home, target = await made(tmp_path / "home"), tmp_path / "backup.tbk"
    await back_up(gateway_kind(), home, target, CLOCK, ENTROPY)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with zipfile.ZipFile(target) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    for secret in [*(home / "keys").iterdir(), *(home / "authority").glob("*key*")]:
        assert secret.read_bytes() not in content
    assert b"PRIVATE KEY" not in content


async def test_a_backup_never_takes_the_place_of_another(tmp_path: Path) -> None:
    home, target = await made(tmp_path / "home"), tmp_path / "backup.tbk"
    await back_up(gateway_kind(), home, target, CLOCK, ENTROPY)
    before = target.read_bytes()
    with pytest.raises(errors.ConfigurationInvalid):
        await back_up(gateway_kind(), home, target, CLOCK, ENTROPY)
    assert target.read_bytes() == before
    assert names_in(tmp_path) == ["backup.tbk", "home"]


async def test_what_was_cut_off_or_changed_is_refused_before_anything_is_touched(tmp_path: Path) -> None:
    home, target = await made(tmp_path / "home"), tmp_path / "backup.tbk"
    await back_up(gateway_kind(), home, target, CLOCK, ENTROPY)
    whole = target.read_bytes()
    changed = tmp_path / "changed.tbk"
    with zipfile.ZipFile(target) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(b'["epoch","1"]', b'["epoch","9"]'))
    cut = tmp_path / "cut.tbk"
    cut.write_bytes(whole[: len(whole) // 2])
    for source in (changed, cut):
        database = (home / "gateway.db").read_bytes()
        with pytest.raises(errors.Damaged):
            await put_back(gateway_kind(), home, source, CLOCK, replace=True)
        assert (home / "gateway.db").read_bytes() == database


async def test_another_participants_backup_is_refused(tmp_path: Path) -> None:
    home, other = await made(tmp_path / "home"), await made(tmp_path / "other")
    third = await made(tmp_path / "third", "third")
    target = tmp_path / "backup.tbk"
    await back_up(gateway_kind(), home, target, CLOCK, ENTROPY)
    for place in (other, third):
        with pytest.raises(errors.ConfigurationInvalid) as refused:
            await put_back(gateway_kind(), place, target, CLOCK, replace=True)
        assert refused.value.field == "backup"
    with pytest.raises(errors.ConfigurationInvalid):
        await put_back(node_kind(), tmp_path / "new", target, CLOCK)


async def test_a_database_is_not_overwritten(tmp_path: Path) -> None:
    home, target = await made(tmp_path / "home"), tmp_path / "backup.tbk"
    await back_up(gateway_kind(), home, target, CLOCK, ENTROPY)
    with pytest.raises(errors.AlreadyExists):
        await put_back(gateway_kind(), home, target, CLOCK)
    restored = await put_back(gateway_kind(), home, target, CLOCK, replace=True)
    assert restored.moved_aside.removeprefix(f"{home}/") in names_in(home)
    assert restored.mark["epoch"] > 1


async def test_without_keys_anywhere_there_is_nothing_to_restore_into(tmp_path: Path) -> None:
    home = await made(tmp_path / "home")
    bare, full = tmp_path / "bare.tbk", tmp_path / "full.tbk"
    await back_up(gateway_kind(), home, bare, CLOCK, ENTROPY)
    await back_up(gateway_kind(), home, full, CLOCK, ENTROPY, passphrase=PASSPHRASE)
    with pytest.raises(errors.ConfigurationInvalid):
        await put_back(gateway_kind(), tmp_path / "new", bare, CLOCK, passphrase=asked)
    with pytest.raises(errors.ConfigurationInvalid):
        await put_back(gateway_kind(), tmp_path / "new", full, CLOCK, passphrase=lambda: "some other words")
    await put_back(gateway_kind(), tmp_path / "new", full, CLOCK, passphrase=asked)
    assert NodeKeys.load(tmp_path / "new" / "keys").fingerprint == NodeKeys.load(home / "keys").fingerprint


async def test_a_backup_of_an_older_schema_is_brought_forward_and_of_a_newer_one_refused(tmp_path: Path) -> None:
    home, target = tmp_path / "home", tmp_path / "backup.tbk"
    kind = gateway_kind()
    old = dataclasses.replace(kind, migrations=kind.migrations[:2])
    settings = GatewaySettings(home=home)
    initialise(settings, CLOCK, ENTROPY)
    database = await open_database(settings.database_url)
    await migrate(database, old.migrations, now_micros=1)
    await database.run(lambda tx: tx.execute(QUERIES.put_setting, {"key": "epoch", "value": "5"}))
    await database.close()
    manifest = await back_up(old, home, target, CLOCK, ENTROPY)
    assert len(manifest.schema) == 2
    restored = await put_back(kind, home, target, CLOCK, replace=True)
    assert restored.mark["epoch"] > 5
    database = await open_database(settings.database_url)
    assert await migrate(database, kind.migrations, now_micros=2) == 0
    await database.close()
    newer = tmp_path / "newer.tbk"
    await back_up(kind, home, newer, CLOCK, ENTROPY)
    with pytest.raises(errors.ConfigurationInvalid) as refused:
        await put_back(old, home, newer, CLOCK, replace=True)
    assert refused.value.field == "backup"


def test_keys_are_sealed_to_whose_they_are() -> None:
    sealed = seal({"keys/root.pem": b"secret"}, PASSPHRASE, "tongban backup node nodes/1", ENTROPY)
    assert open_sealed(sealed, PASSPHRASE, "tongban backup node nodes/1") == {"keys/root.pem": b"secret"}
    with pytest.raises(errors.ConfigurationInvalid):
        open_sealed(sealed, PASSPHRASE, "tongban backup node nodes/2")
    with pytest.raises(errors.FieldInvalid):
        seal({}, "short", "x", ENTROPY)
