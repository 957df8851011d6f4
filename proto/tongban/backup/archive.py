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

FORMAT = 1
MANIFEST = "manifest.json"
SETTINGS = "settings.json"
KEYS = "keys.sealed"
_LEVEL = 3
_LARGEST_TEXT = 16 << 20


@dataclass(slots=True)
class Table:
    """A table within a backup."""

    columns: list[str]
    rows: int


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
        self._zip.writestr(MANIFEST, json.dumps(asdict(self.manifest), ensure_ascii=False, indent=2) + "\n")
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
        for name, expected in self.manifest.parts.items():
            digest = hashlib.sha256()
            with self._open(name) as part:
                try:
                    while chunk := part.read(1 << 20):
                        digest.update(chunk)
                except (zipfile.BadZipFile, OSError, EOFError, ValueError) as error:
                    raise Damaged(what=f"{self._path}: {name}") from error
            if digest.hexdigest() != expected:
                raise Damaged(what=f"{self._path}: {name}")
        missing = {SETTINGS, *(f"tables/{table}.jsonl" for table in self.manifest.tables)} - self.manifest.parts.keys()
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
            tables = {name: Table(**table) for name, table in found.pop("tables").items()}
            return Manifest(tables=tables, **found)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Damaged(what=f"{self._path}: {MANIFEST}") from error
