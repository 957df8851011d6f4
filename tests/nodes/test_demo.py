"""The demonstration as a user starts it: run, go on with the same data, stop, and leave nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nodes.demo.processes import tongban
from tongban.clock import SystemClock

CHINESE = re.compile(r"[\u4e00-\u9fff]")
PATIENCE = 90.0

pytestmark = [pytest.mark.federation, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


def once(home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [tongban(), *options, "demo", "once", "--home", str(home)],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@contextlib.contextmanager
def staying(home: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """`demo run`, up, with everything it has printed so far."""
    process = subprocess.Popen(
        [tongban(), "demo", "run", "--home", str(home)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    try:
        for line in process.stdout:
            lines.append(line.rstrip())
            if "Ctrl-C" in line:
                break
        else:
            raise AssertionError("\n".join(lines))
        yield process, lines
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def servers(home: Path) -> dict[str, int]:
    """The server processes of a home that run now: what they serve, and their ids."""
    found = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            words = (entry / "cmdline").read_bytes().decode().split("\0")
            if {"serve", "relay"} & set(words) and any(word.startswith(str(home)) for word in words):
                found[Path(words[words.index("--home") + 1]).name] = int(entry.name)
    return found


def gone(home: Path) -> bool:
    """Whether all servers of a home end within a while."""
    clock = SystemClock()
    start = clock.monotonic()
    while servers(home):
        if clock.monotonic() - start > PATIENCE:
            return False
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(["sleep", "0.1"], check=True, timeout=1)
    return True


def test_a_first_run_stays_up_until_it_is_told_to_stop(home: Path) -> None:
    with staying(home) as (process, lines):
        assert set(servers(home)) == {"gateway", "relay", "350600", "445100", "350128", "330328"}
        text = "\n".join(lines)
        assert len(re.findall(r"http://127\.0\.0\.1:\d+/", text)) == 5
        doors = [json.loads(path.read_text("utf-8")) for path in home.rglob("addresses.json")]
        grpc = [door.get("federation") or door.get("grpc") for door in doors if "page" in door or "console" in door]
        assert len(grpc) == 5
        for address in grpc:
            assert len([line for line in lines if str(address) in line]) == 1, text
        secret = home / "sign-ins.txt"
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
        assert secret.read_text("utf-8").strip() in text
        again = once(home)
        assert again.returncode == 1, "one at a time in a home"
        assert "ALREADY_EXISTS" in again.stderr
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=PATIENCE) == 0
        assert servers(home) == {}


def test_a_later_run_goes_on_with_the_same_data(home: Path) -> None:
    done = once(home)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["state"] == "CLOSED"
    assert found["events"] == found["receipts"] > 20
    assert found["custody_moves"] == 10
    assert found["elapsed_seconds"] < 60
    # The counter within the number: the first run filed the first application of the day, unless midnight lay between.
    assert found["application"].startswith("445100")
    assert servers(home) == {}
    english = once(home, "--lang", "en")
    assert english.returncode == 0
    assert not CHINESE.search(english.stdout)
    assert json.loads(english.stdout.splitlines()[-1])["application"] != found["application"]


def test_a_server_that_dies_ends_the_run_with_its_name(home: Path) -> None:
    with staying(home) as (process, _):
        os.kill(servers(home)["350128"], signal.SIGKILL)
        assert process.wait(timeout=PATIENCE) == 1
        assert process.stdout is not None
        rest = process.stdout.read()
        assert "平潭" in rest
        assert "意外停止" in rest
        assert servers(home) == {}


def test_nothing_outlives_a_run_that_was_killed(home: Path) -> None:
    with staying(home) as (process, _):
        assert len(servers(home)) == 6
        process.kill()
        process.wait()
        assert gone(home)
    # What was killed is no worse for it.
    assert once(home).returncode == 0


def test_a_port_that_is_taken_is_named(home: Path) -> None:
    port = json.loads((home / "demo.json").read_text("utf-8"))["ports"]["federation"]
    with socket.create_server(("127.0.0.1", port)):
        done = once(home)
    assert done.returncode == 1
    assert "网关" in done.stderr
    assert str(port) in done.stderr
    assert servers(home) == {}
