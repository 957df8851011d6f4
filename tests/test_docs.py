"""The documents say nothing that a reader could not do: commands exist, options exist, links lead somewhere.

Every `tongban …` and `make …` in the README and under docs/ is held against the command line and the Makefile, whether
it stands in a shell block or in running text.  Nothing is run: a command is walked down to, and its options are looked
up.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tongban.cli import tongban

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

Page = tuple[str, str]


def texts() -> list[Page]:
    return [(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in PAGES]


def quoted(text: str) -> Iterator[str]:
    """What a reader may type: lines of shell blocks, continuations joined, and code within sentences."""
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from block.replace("\\\n", " ").splitlines()
    outside = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    yield from (" ".join(code.split()) for code in re.findall(r"`([^`]+)`", outside))


def commands(program: str) -> list[tuple[str, list[str]]]:
    """Every command of a program that is quoted anywhere, as words, with the page it stands on."""
    found = []
    for page, text in texts():
        for line in quoted(text):
            words = shlex.split(line.split(" >")[0].replace("…", ""), comments=True)
            while words and re.match(r"[A-Z_]+=", words[0]):  # settings for this one command
                words = words[1:]
            if words[:1] == [program]:
                found.append((page, words[1:]))
    return found


TONGBAN, MAKE = commands("tongban"), commands("make")


def names(case: tuple[str, list[str]]) -> str:
    return f"{case[0]}: {' '.join(case[1])}"[:70]


@pytest.mark.parametrize("case", TONGBAN, ids=names)
def test_commands_and_options_exist(case: tuple[str, list[str]]) -> None:
    command: click.Command = tongban
    context = click.Context(tongban, info_name="tongban")
    words = list(case[1])
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        name = words.pop(0)
        inner = command.get_command(context, name)
        assert inner is not None, f"no command {name}"
        assert "cannot be loaded" not in (inner.short_help or ""), name
        command, context = inner, click.Context(inner, info_name=name, parent=context)
    options = {option for each in command.get_params(context) for option in each.opts}
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= options


@pytest.mark.parametrize("case", TONGBAN, ids=names)
def test_whole_commands_parse(case: tuple[str, list[str]]) -> None:
    """A command that is quoted with what it needs is accepted as it stands, short of being run."""
    words = list(case[1])
    command: click.Command = tongban
    context = click.Context(tongban, info_name="tongban")
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        inner = command.get_command(context, words.pop(0))
        assert inner is not None
        command, context = inner, click.Context(inner, parent=context)
    needed = {option for each in command.params if each.required for option in each.opts if option.startswith("--")}
    if not words or not needed <= set(words):
        return  # named in passing
    existing = {"FILE", "node.pem", "node.key"}
    given = [str(ROOT / "README.md") if word in existing else word for word in words]
    command.make_context(command.name, given, parent=context)


@pytest.mark.parametrize("case", MAKE, ids=names)
def test_targets_exist(case: tuple[str, list[str]]) -> None:
    assert [word for word in case[1] if "=" not in word and word not in TARGETS] == []


def test_something_was_found() -> None:
    assert len(TONGBAN) > 15
    assert len(MAKE) > 5
    assert {"run", "test", "demo", "help", "docs"} <= TARGETS


def anchors(text: str) -> set[str]:
    """What a heading can be linked by."""
    plain = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    heads = re.findall(r"^#+ (.+)$", plain, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", texts(), ids=lambda page: page[0])
def test_links_lead_somewhere(page: Page) -> None:
    name, text = page
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (ROOT / name).parent / path if path else ROOT / name
        assert found.is_file(), f"{name}: {target}"
        if anchor:
            assert anchor in anchors(found.read_text(encoding="utf-8")), f"{name}: {target}"


@pytest.mark.parametrize("page", texts(), ids=lambda page: page[0])
def test_files_that_are_named_exist(page: Page) -> None:
    name, text = page
    # A node's name looks like a path, but begins with a digit.
    for path in re.findall(r"`((?:proto|gateway|nodes|mailroom|agreements|tests|docs|\.ci)/[A-Za-z_][\w./-]+)`", text):
        assert (ROOT / path).exists(), f"{name}: {path}"
