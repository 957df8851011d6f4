"""Whether something secret can be read out of files: in any encoding it may have slipped into, or by guessing.

A digest of an ID number hides nothing, because the numbers can be tried one by one; so plain hashes count as traces
too.  Base64 is looked for at all three alignments, because the secret may stand anywhere in what was encoded.
Databases are read twice: as files, free pages and write-ahead log included, and cell by cell, because a long value is
spread over pages.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
HASHES = ("md5", "sha1", "sha256", "sha512", "sm3")
_SHORTEST = 5
"""Bytes: a shorter trace would be found by chance."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A trace of a secret, and where it was found."""

    path: Path
    secret: str
    form: str


def traces(secret: str) -> dict[str, bytes]:
    """Every form in which the secret would be readable or could be guessed."""
    found: dict[str, bytes] = {
        "json": json.dumps(secret).strip('"').encode(),
        "percent": urllib.parse.quote(secret).encode(),
    }
    for encoding in ENCODINGS:
        raw = secret.encode(encoding)
        found[encoding] = raw
        found[f"{encoding} hex"] = raw.hex().encode()
        found[f"{encoding} HEX"] = raw.hex().upper().encode()
        for alignment in range(3):
            core = _base64_core(raw, alignment)
            found[f"{encoding} base64+{alignment}"] = core
            found[f"{encoding} base64url+{alignment}"] = core.replace(b"+", b"-").replace(b"/", b"_")
        for name in HASHES:
            if name in hashlib.algorithms_available:
                digest = hashlib.new(name, raw, usedforsecurity=False).digest()
                found[f"{name} of {encoding}"] = digest
                found[f"{name} of {encoding}, hex"] = digest.hex().encode()
                found[f"{name} of {encoding}, HEX"] = digest.hex().upper().encode()
                found[f"{name} of {encoding}, base64"] = base64.b64encode(digest).rstrip(b"=")
    return {form: trace for form, trace in found.items() if len(trace) >= _SHORTEST}


def _base64_core(raw: bytes, alignment: int) -> bytes:
    """The characters that depend on the secret alone when `alignment` bytes stand before it in its group of three."""
    coded = base64.b64encode(b"\0" * alignment + raw).rstrip(b"=")
    first = -(-alignment * 8 // 6)
    last = (alignment + len(raw)) * 8 // 6
    return coded[first:last]


def search(places: Iterable[Path], secrets: Mapping[str, str]) -> list[Finding]:
    """Every trace of these secrets (what it is: the secret) in these files, and in all files of these directories."""
    wanted = {what: traces(secret) for what, secret in secrets.items()}
    found = []
    for path in _files(places):
        for content in _contents(path):
            for what, forms in wanted.items():
                found += [Finding(path, what, form) for form, trace in forms.items() if trace in content]
    return found


def _files(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        if place.is_dir():
            yield from sorted(path for path in place.rglob("*") if path.is_file())
        else:
            yield place


def _contents(path: Path) -> Iterator[bytes]:
    content = path.read_bytes()
    yield content
    if content.startswith(b"SQLite format 3\0"):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                for row in database.execute(f'SELECT * FROM "{table}"'):
                    yield b"\n".join(v if isinstance(v, bytes) else str(v).encode() for v in row)
