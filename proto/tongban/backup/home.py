"""A participant's directory, backed up and put back."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote

from tongban.backup import rows, secrets
from tongban.backup.archive import BESIDE, KEYS, SETTINGS, TABLES, Beside, Manifest, Reader, Table, Writer, part_of
from tongban.clock import Clock, Entropy
from tongban.errors import AlreadyExists, ConfigurationInvalid, Damaged, TongbanError
from tongban.keys import NodeKeys
from tongban.private_files import PUBLIC, flush_directory, new_file, write_file
from tongban.serving import only_process
from tongban.settings_files import read_settings
from tongban.storage.base import Database, Transaction
from tongban.storage.migrations import Migration, migrate_within, read_applied
from tongban.storage.open import open_database
from tongban.storage.queries import Query

_LOCAL = ("database", "home")
"""Settings that belong to the machine; a database's address may hold a password."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a gateway and a node differ in here."""

    what: str
    settings_file: str
    secrets: tuple[str, ...]
    migrations: Sequence[Migration]
    database_url: Callable[[Path], str]
    """The database of a home that has its settings."""
    facts: Callable[[Transaction], dict[str, Any]]
    """Epoch or incarnation and positions, for the manifest."""
    mark: Callable[[Transaction, Clock], dict[str, Any]]
    """Marks a database as put back, for good; what it says of it."""
    beside: Callable[[Path], SecondDatabase] | None = None
    """Where some of these keep a second database, taken along where it is there."""


@dataclass(frozen=True, slots=True)
class SecondDatabase:
    """What some keep beside their database: by its own rules it sets itself right by the first one."""

    url: str
    migrations: Sequence[Migration]
    expected: bool
    """Whether its owner has settings for it; without these, and without a file, there is none."""

    def is_there(self) -> bool:
        """Whether there is anything to take along."""
        return _sqlite_file(self.url).exists() if self.url.startswith("sqlite:") else True


@dataclass(slots=True)
class _Part:
    """One database within a backup."""

    folder: str
    schema: list[str]
    tables: dict[str, Table]
    migrations: Sequence[Migration]
    mark: Callable[[Transaction, Clock], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore came to."""

    manifest: Manifest
    mark: dict[str, Any]
    moved_aside: str
    rebuilt: bool = False
    """Whether there is, or should be, a second database that this backup does not hold."""


async def back_up(
    kind: Kind, home: Path, target: Path, clock: Clock, entropy: Entropy, *, passphrase: str | None = None
) -> Manifest:
    """Write one file with everything of `home`; with its keys where a passphrase is given."""
    url = kind.database_url(home)
    if url.startswith("sqlite:") and not _sqlite_file(url).exists():
        raise ConfigurationInvalid(
            field="home", problem=f"{home} 中没有数据库,请先启动一次 serve / no database: run serve once"
        )
    settings = read_settings(home / kind.settings_file)
    name = str(settings["name"])
    manifest = Manifest(
        what=kind.what,
        name=name,
        fingerprint=NodeKeys.load(home / "keys").fingerprint,
        created=clock.now().isoformat(timespec="seconds"),
        schema=[],
        facts={},
    )
    carried = {key: value for key, value in settings.items() if key not in _LOCAL}
    sealed = None
    if passphrase is not None:
        sealed = secrets.seal(secrets.gather(home, kind.secrets), passphrase, _whose(manifest), entropy)
    with new_file(target) as file, tempfile.TemporaryFile() as aside:
        # First, so that what it holds as told is in the other: both go on meanwhile.
        second = await _second(kind, home, aside, manifest)
        database = await open_database(url, readers=1)

        def work(tx: Transaction) -> None:
            # From the start, should the database run it again.
            file.seek(0)
            file.truncate()
            _write(kind, tx, file, manifest, carried, sealed, second)

        try:
            await database.run(work, read_only=True)
        finally:
            await database.close()
    return manifest


async def _second(kind: Kind, home: Path, aside: IO[bytes], manifest: Manifest) -> dict[str, Callable[[], Any]]:
    """Copy the second database aside in one moment; each table's lines."""
    second = kind.beside(home) if kind.beside is not None else None
    if second is None or not second.is_there():
        return {}
    database = await open_database(second.url, readers=1)

    def work(tx: Transaction) -> dict[str, tuple[int, int]]:
        aside.seek(0)
        aside.truncate()
        beside = manifest.beside = Beside(read_applied(tx))
        places = {}
        for name in rows.table_names(tx) if beside.schema else []:
            table = beside.tables[name] = Table([], 0)
            start = aside.tell()
            for columns, line in rows.read_table(tx, name):
                table.columns, table.rows = columns, table.rows + 1
                aside.write(line)
            places[name] = (start, aside.tell())
        if not beside.schema:
            manifest.beside = None
        return places

    try:
        places = await database.run(work, read_only=True)
    finally:
        await database.close()
    return {name: partial(_between, aside, *place) for name, place in places.items()}


def _between(file: IO[bytes], start: int, end: int) -> Iterator[bytes]:
    file.seek(start)
    while start < end:
        chunk = file.read(min(1 << 20, end - start))
        start += len(chunk)
        yield chunk


def _write(
    kind: Kind,
    tx: Transaction,
    file: IO[bytes],
    manifest: Manifest,
    settings: dict[str, Any],
    sealed: bytes | None,
    second: Mapping[str, Callable[[], Any]],
) -> None:
    manifest.schema = read_applied(tx)
    manifest.facts = kind.facts(tx)
    manifest.tables.clear()
    manifest.parts.clear()
    writer = Writer(file, manifest)
    for name, copied in second.items():
        writer.add(part_of(BESIDE, name), copied())
    writer.add(SETTINGS, [json.dumps(settings, ensure_ascii=False, indent=2).encode() + b"\n"])
    if sealed is not None:
        writer.add(KEYS, [sealed])
    for name in rows.table_names(tx):
        table = manifest.tables[name] = Table([], 0)

        def lines(name: str = name, table: Table = table) -> Any:
            for columns, line in rows.read_table(tx, name):
                table.columns, table.rows = columns, table.rows + 1
                yield line

        writer.add(part_of(TABLES, name), lines())
    writer.finish()


async def put_back(
    kind: Kind,
    home: Path,
    source: Path,
    clock: Clock,
    *,
    replace: bool = False,
    passphrase: Callable[[], str] | None = None,
    database: str = "",
) -> Restored:
    """Put a backup back into `home`; nothing is touched before everything was looked at.

    `passphrase` is asked only where the home has no keys of its own.
    """
    with Reader(source) as reader:
        manifest = reader.manifest
        _check_kind(kind, manifest, home)
        reader.check()
        with only_process(home):
            _put_files(kind, home, reader, passphrase, database)
            url = kind.database_url(home)
            first = _Part(TABLES, manifest.schema, manifest.tables, kind.migrations, kind.mark)
            mark, aside = await _put(first, url, reader, clock, replace)
            second = kind.beside(home) if kind.beside is not None else None
            held = manifest.beside
            if second is not None and held is not None:
                # After the first: beside an older one that is not marked it would pass for being of one moment.
                part = _Part(BESIDE, held.schema, held.tables, second.migrations, lambda tx, clock: {})
                await _put(part, second.url, reader, clock, replace=True)
        rebuilt = held is None and second is not None and (second.expected or second.is_there())
        return Restored(manifest, mark, aside, rebuilt)


def _check_kind(kind: Kind, manifest: Manifest, home: Path) -> None:
    if manifest.what != kind.what:
        raise ConfigurationInvalid(
            field="backup", problem=f"这是 {manifest.what} 的备份", problem_en=f"it is a backup of a {manifest.what}"
        )
    if not _is_known(kind.migrations, manifest.schema) or (
        manifest.beside is not None
        and (kind.beside is None or not _is_known(kind.beside(home).migrations, manifest.beside.schema))
    ):
        raise ConfigurationInvalid(
            field="backup",
            problem="库结构不是本程序所知的,请用写成它的程序或更新的程序恢复",
            problem_en="its schema is not one that this program knows; restore it with the program that wrote it",
        )
    settings = home / kind.settings_file
    if settings.exists() and (owner := read_settings(settings).get("name")) != manifest.name:
        raise _of_another(manifest, str(owner))
    if (home / "keys").exists() and NodeKeys.load(home / "keys").fingerprint != manifest.fingerprint:
        raise _of_another(manifest, f"{manifest.name}(另一套密钥 with other keys)")


def _is_known(migrations: Sequence[Migration], schema: list[str]) -> bool:
    return bool(schema) and schema == [migration.digest for migration in migrations][: len(schema)]


def _of_another(manifest: Manifest, owner: str) -> ConfigurationInvalid:
    return ConfigurationInvalid(
        field="backup",
        problem=f"它属于 {manifest.name},此目录属于 {owner}",
        problem_en=f"it belongs to {manifest.name}, and this directory to {owner}",
    )


def _put_files(kind: Kind, home: Path, reader: Reader, passphrase: Callable[[], str] | None, database: str) -> None:
    manifest = reader.manifest
    if not all((home / directory).exists() for directory in kind.secrets):
        if KEYS not in manifest.parts or passphrase is None:
            raise ConfigurationInvalid(
                field="home",
                problem=f"缺少 {'、'.join(kind.secrets)} 目录,备份中也没有密钥。请先放回这些目录",
                problem_en=f"it lacks {', '.join(kind.secrets)}, and the backup holds no keys; put these back first",
            )
        found = secrets.open_sealed(reader.text(KEYS), passphrase(), _whose(manifest))
        secrets.put_back(home, kind.secrets, found)
        if NodeKeys.load(home / "keys").fingerprint != manifest.fingerprint:
            raise Damaged(what=KEYS)
    path = home / kind.settings_file
    settings = read_settings(path) if path.exists() else json.loads(reader.text(SETTINGS))
    if not path.exists() or database:
        settings |= {"database": database} if database else {}
        write_file(path, json.dumps(settings, ensure_ascii=False, indent=2).encode() + b"\n", PUBLIC)


def _whose(manifest: Manifest) -> str:
    return f"tongban backup {manifest.what} {manifest.name}"


def _put_rows(part: _Part, tx: Transaction, reader: Reader, clock: Clock) -> dict[str, Any]:
    """Everything in one transaction: the schema of then, the rows, and the mark."""
    now = round(clock.now().timestamp() * 1_000_000)
    migrate_within(tx, part.migrations[: len(part.schema)], now_micros=now)
    for name, table in part.tables.items():
        held = part_of(part.folder, name)
        if rows.fill_table(tx, name, table.columns, reader.lines(held)) != table.rows:
            raise Damaged(what=held)
    # The mark may need tables of today.
    migrate_within(tx, part.migrations, now_micros=now)
    return part.mark(tx, clock)


async def _put(part: _Part, url: str, reader: Reader, clock: Clock, replace: bool) -> tuple[dict[str, Any], str]:
    put = _put_sqlite if url.startswith("sqlite:") else _put_postgres
    return await put(part, url, reader, clock, replace)


async def _put_sqlite(part: _Part, url: str, reader: Reader, clock: Clock, replace: bool) -> tuple[dict[str, Any], str]:
    """Build the database beside its place, then change places."""
    path = _sqlite_file(url)
    if path.exists() and not replace:
        raise _taken(str(path))
    fresh = path.with_name(f".{path.name}.restoring")
    _remove(fresh)
    database = await open_database(f"sqlite:///{fresh}", readers=1)
    try:
        mark = await database.run(lambda tx: _put_rows(part, tx, reader, clock))
    finally:
        await database.close()
    aside = ""
    if path.exists():
        aside = f"{path}.{_stamp(clock)}"
        with contextlib.suppress(TongbanError):
            # Folds its log in, where it is sound: a file that changes places without its log would be an older one.
            await (await open_database(url, readers=1)).close()
        for suffix in ("-wal", "-shm", ""):
            with contextlib.suppress(FileNotFoundError):
                path.with_name(path.name + suffix).replace(f"{aside}{suffix}")
    fresh.replace(path)
    flush_directory(path.parent)
    return mark, aside


async def _put_postgres(
    part: _Part, url: str, reader: Reader, clock: Clock, replace: bool
) -> tuple[dict[str, Any], str]:
    """Move what is there into a schema of its own, and fill the place, all in one transaction."""
    database: Database = await open_database(url, readers=1)

    def work(tx: Transaction) -> tuple[dict[str, Any], str]:
        aside = ""
        if there := rows.every_table(tx):
            if not replace:
                raise _taken("PostgreSQL")
            aside = f"replaced_{_stamp(clock)}"
            _run(tx, f"CREATE SCHEMA {aside}")
            for table in there:
                _run(tx, f"ALTER TABLE {table} SET SCHEMA {aside}")
        return _put_rows(part, tx, reader, clock), aside

    try:
        return await database.run(work)
    finally:
        await database.close()


def _run(tx: Transaction, text: str) -> None:
    tx.execute(Query.of("move aside", "Part of a restore.", text))


def _taken(place: str) -> AlreadyExists:
    return AlreadyExists.quoted(
        AlreadyExists.reason(),
        f"{place} 已有数据库,未改动。确要以备份取代,请加 --replace;原有的会移到一旁保留。",
        f"There is a database at {place}; nothing was changed. To put the backup in its place say --replace; the old "
        "one is kept aside.",
        field="home",
    )


def _sqlite_file(url: str) -> Path:
    return Path(unquote(url.removeprefix("sqlite:///")))


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _stamp(clock: Clock) -> str:
    return clock.now().strftime("%Y%m%d_%H%M%S")
