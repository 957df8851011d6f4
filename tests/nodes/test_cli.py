"""The commands of an operator, as processes: their help, what they refuse and how, and life without a line."""

from __future__ import annotations

import dataclasses
import datetime as dt
import importlib.metadata
import json
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
import pytest

from agreements import data
from agreements.items import items_of
from nodes.demo.cast import Text
from nodes.demo.client import Caller, NodeClient, until
from nodes.demo.processes import tongban
from tongban.cli import GROUP
from tongban.invitations import Invitation
from tongban.serving import ADDRESSES, read_addresses
from tongban.v1 import registry_pb2

CHINESE, ENGLISH = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[A-Za-z]{3}")
JOIN = ("--title", "漳州市", "--region", "350600", "--post", "window-1=综合窗口")


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """One command, to its end."""
    return subprocess.run([tongban(), *arguments], input=stdin, capture_output=True, text=True, timeout=60, check=False)


class Serving:
    """A server process, while the context lasts."""

    def __init__(self, kind: str, home: Path) -> None:
        self._home = home
        (home / ADDRESSES).unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [tongban(), kind, "serve", "--home", str(home), "--with-stdin"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Serving:
        assert self.process.stdout is not None
        self.addresses: dict[str, str] = json.loads(self.process.stdout.readline())
        assert read_addresses(self._home).items() <= self.addresses.items()
        return self

    def __exit__(self, *exc: object) -> None:
        """Closing its standard input is enough to end it in good order."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        assert self.process.wait(timeout=30) == 0
        self.process.stdout.close()


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """A command and all below it."""
    yield path, command
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from commands(each, f"{path} {name}")


ALL = dict(
    found
    for entry in importlib.metadata.entry_points(group=GROUP)
    if entry.name in {"gateway", "node", "relay", "demo", "agreement", "item"}
    for found in commands(entry.load(), entry.name)
)


@pytest.mark.parametrize("path", ALL)
def test_help_speaks_both_languages(path: str) -> None:
    command = ALL[path]
    texts = [command.help or "", command.get_short_help_str(limit=200)]
    texts += [p.help or "" for p in command.params if isinstance(p, click.Option)]
    for text in texts:
        assert CHINESE.search(text), text
        assert ENGLISH.search(text), text


def test_help_is_shown(tmp_path: Path) -> None:
    shown = run("node", "join", "--help")
    assert shown.returncode == 0
    assert "加入联邦" in run("node", "--help").stdout
    assert "--invitation" in shown.stdout
    assert run("node", "join").returncode == 2


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gateway's home, on fixed ports once it has served, so that it can be stopped and started again."""
    home = tmp_path_factory.mktemp("cli") / "gateway"
    assert run("gateway", "init", "--home", str(home)).returncode == 0
    with Serving("gateway", home) as serving:
        ports = {
            f"{kind}_port": int(a.rpartition(":")[2]) for kind, a in serving.addresses.items() if kind != "gateway"
        }
    settings = json.loads((home / "gateway.json").read_text("utf-8"))
    (home / "gateway.json").write_text(json.dumps({**settings, **ports}), "utf-8")
    return home


def invite(gateway: Path, node: str = "nodes/350600") -> str:
    made = run("gateway", "invite", "--home", str(gateway), "--node", node, "--region", node.removeprefix("nodes/"))
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def refused(done: subprocess.CompletedProcess[str], reason: str) -> None:
    """It ended with 1 and a sentence, and showed no stack trace."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) >= 2


@pytest.fixture(scope="module")
def letter(gateway: Path) -> str:
    """An invitation that nobody uses."""
    return invite(gateway)


def test_a_garbled_or_cut_invitation(tmp_path: Path, letter: str) -> None:
    whole = letter
    changed = whole[:60] + ("A" if whole[60] != "A" else "B") + whole[61:]
    for text in ("hello", whole[:-20], changed):
        done = run("node", "join", "--home", str(tmp_path / "n"), "--invitation", text, *JOIN)
        refused(done, "INVITATION_INVALID")
        assert whole not in done.stderr, "the secret is not repeated"
    assert not (tmp_path / "n" / "keys").exists()


def test_an_expired_invitation(tmp_path: Path, letter: str) -> None:
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    text = dataclasses.replace(Invitation.decode(letter), expire_time=past).encode()
    done = run("node", "join", "--home", str(tmp_path / "n"), "--invitation", text, *JOIN)
    refused(done, "INVITATION_EXPIRED")
    assert "2020-01-01" in done.stderr


def test_the_gateway_has_the_last_word_on_when_it_expires(tmp_path: Path, gateway: Path) -> None:
    text = invite(gateway)
    with closing(sqlite3.connect(gateway / "gateway.db")) as database:
        digest = Invitation.decode(text).secret_digest
        database.execute("UPDATE invitations SET expire_time = 1 WHERE secret_digest = ?", (digest,))
        database.commit()
    with Serving("gateway", gateway):
        refused(run("node", "join", "--home", str(tmp_path / "n"), "--invitation", text, *JOIN), "INVITATION_EXPIRED")


def test_a_used_invitation_and_a_home_in_use(tmp_path: Path, gateway: Path) -> None:
    letter = tmp_path / "letter"
    letter.write_text(invite(gateway, "nodes/440500"), "utf-8")
    own = ("--title", "汕头市", "--region", "440500", "--post", "window-1=综合窗口", "--superior", "440000")
    join = ("--invitation", f"@{letter}", *own)
    with Serving("gateway", gateway):
        first = run("node", "join", "--home", str(tmp_path / "first"), *join)
        assert first.returncode == 0, first.stderr
        assert re.search(r"([0-9a-f]{4} ){15}[0-9a-f]{4}", first.stdout), "the fingerprint, to be read aloud"
        kept = [each.read_bytes() for each in (tmp_path / "first").rglob("*") if each.is_file()]
        assert any(b"nodes/440000" in each for each in kept), "the node above it, in what it has registered"
        again = run("node", "join", "--home", str(tmp_path / "first"), *join)
        assert again.returncode == 0, "the same node again: a lost answer costs nothing"
        refused(run("node", "join", "--home", str(tmp_path / "second"), *join), "INVITATION_USED")
        refused(run("gateway", "serve", "--home", str(gateway)), "ALREADY_EXISTS")
        with Serving("node", tmp_path / "first"):
            refused(run("node", "serve", "--home", str(tmp_path / "first")), "ALREADY_EXISTS")


def test_an_invitation_for_another_region(tmp_path: Path, letter: str) -> None:
    other = ("--title", "潮州市", "--region", "445100", "--post", "window-1=综合窗口")
    done = run("node", "join", "--home", str(tmp_path / "n"), "--invitation", letter, *other)
    refused(done, "FIELD_INVALID")


def test_a_gateway_that_is_away(tmp_path: Path, gateway: Path) -> None:
    done = run("node", "join", "--home", str(tmp_path / "n"), "--invitation", invite(gateway), *JOIN)
    refused(done, "UNAVAILABLE")
    assert read_addresses(gateway)["join"] in done.stderr, "it says what could not be reached"
    with Serving("gateway", gateway):
        later = run("node", "join", "--home", str(tmp_path / "n"), "--invitation", invite(gateway), *JOIN)
        assert later.returncode == 0, later.stderr


def test_a_home_where_nothing_is(tmp_path: Path) -> None:
    refused(run("node", "serve", "--home", str(tmp_path / "none")), "CONFIGURATION_INVALID")
    refused(run("gateway", "status", "--home", str(tmp_path / "none")), "CONFIGURATION_INVALID")


@pytest.mark.parametrize("given", ["no json", '{"user": "a"}', '[{"user": "a"}]', "[]x"])
def test_a_staff_list_that_is_none(tmp_path: Path, given: str) -> None:
    refused(run("node", "staff", "load", "--home", str(tmp_path), stdin=given), "FIELD_INVALID")


async def test_a_node_works_without_its_gateway(tmp_path: Path, gateway: Path) -> None:
    home, password = tmp_path / "n", "qingshan-lushui"
    with Serving("gateway", gateway):
        text = invite(gateway, "nodes/350128")
        join = ("--title", "平潭", "--region", "350128", "--post", "window-1=综合窗口")
        assert run("node", "join", "--home", str(home), "--invitation", text, *join).returncode == 0
    member = ("--user", "chief", "--title", "主管", "--role", "supervisor", "--post", "window-1", "--password-stdin")
    refused(run("node", "staff", "add", "--home", str(home), *member, stdin="short\n"), "FIELD_INVALID")
    assert run("node", "staff", "add", "--home", str(home), *member, stdin=f"{password}\n").returncode == 0
    assert "chief" in run("node", "staff", "list", "--home", str(home)).stdout
    with Serving("node", home) as node:
        client = NodeClient(node.addresses["grpc"], password)
        chief = await client.staff("chief")
        before = (await _status(chief)).waiting_events
        document = items_of(data.load(), "nodes/350128")[0]
        item = await chief(chief.registry.PublishItem, registry_pb2.PublishItemRequest(document=document))
        assert item.document == document
        status = await _status(chief)
        assert not status.connected
        assert status.waiting_events == before + 1

        async def explained() -> bool:
            return CHINESE.search((await _status(chief)).problem) is not None

        await until(explained, Text("说明原因", "the reason to be told"))
        with Serving("gateway", gateway):

            async def flowed() -> bool:
                now = await _status(chief)
                return now.connected and not now.waiting_events

            await until(flowed, Text("自动上传", "it to flow by itself"))
        await client.close()


async def _status(caller: Caller) -> registry_pb2.NodeStatus:
    return await caller(caller.registry.GetNodeStatus, registry_pb2.GetNodeStatusRequest())
