"""The rules of the house that no other tool keeps: sizes, names, who may touch the clock, how errors speak."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from tongban import errors

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("agreements", "gateway", "mailroom", "nodes", "proto/tongban")
WRITTEN = {".py", ".proto", ".sql", ".sh", ".js", ".css", ".html"}

KEPT = ROOT / "tests" / "migrations" / "released"  # databases as text, which a program writes
LONGEST = 400
# Each stays one file for a reason that outweighs its length; one that has become short leaves the list.
LONG_FOR_A_REASON = {
    "proto/tongban/errors.py": "one error tree, one message a class",
    "proto/tongban/v1/agreement.proto": "one lifecycle and the text it is about, half of it comments",
    "proto/tongban/v1/application.proto": "one lifecycle, half of it comments",
    "proto/tongban/v1/directory.proto": "nodes and items, half of it comments",
    "proto/tongban/v1/mailroom.proto": "one service with its requests, half of it comments",
    "proto/tongban/v1/parcel.proto": "one lifecycle, half of it comments",
    "proto/tongban/v1/window.proto": "one service with its requests, half of it comments",
}

TOP_LEVEL = {
    *("agreements", "gateway", "mailroom", "nodes", "proto", "tests", "docs"),
    *("Makefile", "README.md", "pyproject.toml"),
}
MADE_HERE = {"var", "build", "dist"}  # what running the project leaves; git ignores it

CLOCK = "proto/tongban/clock.py"
CHANCE_AND_TIME = {"random", "secrets", "time"}
CALLS = re.compile(r"(^|\.)(os\.urandom|uuid\.uuid[14]|(datetime|date)\.(now|utcnow|today))$")
NAMES = {"os": {"urandom"}, "uuid": {"uuid1", "uuid4"}}


def written(*folders: str) -> Iterator[tuple[str, Path]]:
    """Every file that a person wrote in these folders, with its path from the root."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in WRITTEN and not re.search(r"_pb2(_grpc)?$", path.stem) and path.parent != KEPT:
                yield path.relative_to(ROOT).as_posix(), path


def test_files_stay_small() -> None:
    lengths = {
        name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in written(*PACKAGES, "tests", ".ci")
    }
    long = {name for name, lines in lengths.items() if lines > LONGEST}
    assert long == set(LONG_FOR_A_REASON), {name: lengths.get(name) for name in long ^ set(LONG_FOR_A_REASON)}


def test_top_level_is_fixed() -> None:
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert found <= TOP_LEVEL | MADE_HERE


def touches(source: str) -> list[str]:
    """Where a module reaches for the time of day or for chance by itself: `line: what`."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [f"{node.lineno}: import {a.name}" for a in node.names if a.name in CHANCE_AND_TIME]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            module = node.module or ""
            names = {a.name for a in node.names} & NAMES.get(module, set())
            if module in CHANCE_AND_TIME or names:
                found.append(f"{node.lineno}: from {module} import {', '.join(a.name for a in node.names)}")
        elif isinstance(node, ast.Attribute) and CALLS.search(ast.unparse(node)):
            found.append(f"{node.lineno}: {ast.unparse(node)}")
    return found


def test_only_the_clock_touches_time_and_chance() -> None:
    found = {
        name: touches(path.read_text(encoding="utf-8"))
        for name, path in written(*PACKAGES)
        if path.suffix == ".py" and name != CLOCK
    }
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import time",
        "import random as r",
        "from secrets import token_bytes",
        "from os import urandom",
        "import os\nos.urandom(8)",
        "import uuid\nuuid.uuid4()",
        "import datetime as dt\ndt.datetime.now(dt.UTC)",
        "from datetime import date\nfactory = date.today",
    ],
)
def test_the_search_finds_what_it_is_for(source: str) -> None:
    assert len(touches(source)) == 1


def test_the_search_leaves_the_passed_in_clock_alone() -> None:
    assert touches("def f(clock, entropy):\n    return clock.now(), clock.monotonic(), entropy.token(8)") == []


TREE = [cls for cls in errors.all_errors() if cls.__module__ == errors.__name__]


@pytest.mark.parametrize("cls", TREE, ids=lambda cls: cls.__name__)
def test_every_error_speaks_both_languages(cls: type[errors.TongbanError]) -> None:
    own = cls.__dict__.get("__doc__")
    assert own, "an error without a docstring would speak with its parent's words"
    chinese, english = cls().text("zh"), cls().text("en")
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert not re.search(r"[\u4e00-\u9fff]", english)
    assert re.search(r"[a-z]", english)
    for _, name, _, _ in string.Formatter().parse(own):
        assert name is None or name.isidentifier(), name


def test_reasons_are_unique() -> None:
    reasons = [cls.reason() for cls in TREE]
    assert len(set(reasons)) == len(reasons)
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*", reason) for reason in reasons)
