"""The search for secrets finds what it is for: a search that finds nothing proves nothing by itself."""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.privacy import search

NAME, NUMBER = "沈阿榕", "350600199003070017"
HIDDEN: dict[str, Callable[[str], bytes]] = {
    "plain": lambda s: s.encode(),
    "gbk": lambda s: s.encode("gbk"),
    "utf-16": lambda s: s.encode("utf-16-le"),
    "hex": lambda s: s.encode().hex().encode(),
    "base64": lambda s: base64.b64encode(s.encode()),
    "base64, one before": lambda s: base64.b64encode(b"x" + s.encode() + b"yz"),
    "base64, two before": lambda s: base64.urlsafe_b64encode(b"\xff\xfe" + s.encode() + b"y"),
    "gbk in base64": lambda s: base64.b64encode(b"name=" + s.encode("gbk") + b";"),
    "sha256": lambda s: hashlib.sha256(s.encode()).digest(),
    "sha1 hex": lambda s: hashlib.sha1(s.encode(), usedforsecurity=False).hexdigest().encode(),
    "md5 of gbk": lambda s: hashlib.md5(s.encode("gbk"), usedforsecurity=False).digest(),
    "json": lambda s: s.encode("unicode_escape"),
}


@pytest.mark.parametrize("secret", [NAME, NUMBER])
@pytest.mark.parametrize("form", HIDDEN)
def test_a_hidden_secret_is_found(tmp_path: Path, form: str, secret: str) -> None:
    (tmp_path / "file.bin").write_bytes(b"before " + HIDDEN[form](secret) + b" after")
    assert {finding.secret for finding in search([tmp_path], {"it": secret})} == {"it"}


def test_a_secret_that_a_database_spreads_over_pages_is_found(tmp_path: Path) -> None:
    path = tmp_path / "it.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA page_size = 512")
        database.execute("CREATE TABLE t (a BLOB)")
        filler = b"." * 100
        for shift in range(40):
            value = b"." * shift + (filler + NUMBER.encode()) * 30
            database.execute("INSERT INTO t VALUES (?)", (value,))
        database.commit()
    assert search([tmp_path], {"number": NUMBER})


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "file.bin").write_bytes(hashlib.sha256(b"salt" + NUMBER.encode()).digest() * 1000)
    assert search([tmp_path], {"number": NUMBER, "name": NAME}) == []
