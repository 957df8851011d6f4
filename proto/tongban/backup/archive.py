"""The file itself: parts with their digests, a manifest that lists them, whole or not there at all."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from tongban.errors import ConfigurationInvalid, Damaged

FORMAT = 2
"""2 has a second database; without one a file is written as 1, which older programs read."""
MANIFEST = "manifest.json"
SETTINGS = "settings.json"
KEYS = "keys.sealed"
TABLES, BESIDE = "tables", "beside"
_LEVEL = 3
_LARGEST_TEXT = 16 << 20


@dataclass(slots=True)
class Table:
    """A table within a backup."""

    columns: list[str]
    rows: int


@dataclass(slots=True)
class Beside:
    """A second database of the same participant, read before the first."""

    schema: list[str]
    tables: dict[str, Table] = field(default_factory=dict)


@dataclass(slots=True)
class Manifest:
    """What a backup is."""

    what: str
    name: str
    fingerprint: str
    created: str
    schema: list[str]
    """The digests of the migrations that had been applied, in order."""
    facts: dict[str, Any]
    """Epoch or incarnation, and positions."""
    tables: dict[str, Table] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    """SHA-256 of each part's bytes."""
    beside: Beside | None = None
    """What lies beside the database, such as a relay's feeds; None where nothing does, and in what is older."""
    format: int = FORMAT


class Writer:
    """Writes parts and, at the end, the manifest."""

    def __init__(self, target: IO[bytes], manifest: Manifest) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
        self.manifest = manifest

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        """Add one part."""
        digest = hashlib.sha256()
        with self._zip.open(name, "w", force_zip64=True) as part:
            for chunk in chunks:
                digest.update(chunk)
                part.write(chunk)
        self.manifest.parts[name] = digest.hexdigest()

    def finish(self) -> None:
        """Write the manifest and close."""
        said = asdict(self.manifest)
        if self.manifest.beside is None:
            del said["beside"]
            said["format"] = 1
        self._zip.writestr(MANIFEST, json.dumps(said, ensure_ascii=False, indent=2) + "\n")
        self._zip.close()


class Reader:
    """Reads a backup; nothing of it is believed before `check`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except OSError as error:
            problem = f"不能读取({error.strerror}) / it cannot be read: {error.strerror}"
            raise ConfigurationInvalid(field=str(path), problem=problem) from error
        except zipfile.BadZipFile as error:
            raise Damaged(what=f"{path}(不是完整的备份文件 not a whole backup)") from error
        self.manifest = self._read_manifest()

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def check(self) -> None:
        """Every part is there, and is what the manifest says."""
        for name, noted in self.manifest.parts.items():
            digest = hashlib.sha256()
            with self._open(name) as part:
                try:
                    while chunk := part.read(1 << 20):
                        digest.update(chunk)
                except (zipfile.BadZipFile, OSError, EOFError, ValueError) as error:
                    raise Damaged(what=f"{self._path}: {name}") from error
            if digest.hexdigest() != noted:
                raise Damaged(what=f"{self._path}: {name}")
        expected = {SETTINGS, *(part_of(TABLES, table) for table in self.manifest.tables)}
        if self.manifest.beside is not None:
            expected |= {part_of(BESIDE, table) for table in self.manifest.beside.tables}
        missing = expected - self.manifest.parts.keys()
        if missing:
            raise Damaged(what=f"{self._path}: {sorted(missing)[0]}")

    def text(self, name: str) -> bytes:
        """A small part."""
        with self._open(name) as part:
            return part.read(_LARGEST_TEXT)

    def lines(self, name: str) -> Iterator[bytes]:
        """A part's lines."""
        with self._open(name) as part:
            yield from part

    def _open(self, name: str) -> IO[bytes]:
        try:
            return self._zip.open(name)
        except (KeyError, zipfile.BadZipFile) as error:
            raise Damaged(what=f"{self._path}: {name}") from error

    def _read_manifest(self) -> Manifest:
        try:
            found = json.loads(self.text(MANIFEST))
            if found.get("format", 0) > FORMAT:
                raise ConfigurationInvalid(
                    field=str(self._path),
                    problem="备份由更新的程序写成,请用新程序恢复",
                    problem_en="it was written by a newer program; restore it with that",
                )
            tables = _tables(found.pop("tables"))
            beside = found.pop("beside", None)
            if beside is not None:
                beside = Beside(beside["schema"], _tables(beside["tables"]))
            return Manifest(tables=tables, beside=beside, **found)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Damaged(what=f"{self._path}: {MANIFEST}") from error


def part_of(folder: str, table: str) -> str:
    """The part that holds a table's rows."""
    return f"{folder}/{table}.jsonl"


def _tables(found: dict[str, Any]) -> dict[str, Table]:
    return {name: Table(**table) for name, table in found.items()}
