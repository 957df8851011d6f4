"""`tongban relay …` over real processes: prepared, joined, run, asked, stopped in time."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nodes.demo.processes import tongban
from tests.nodes.test_cli import Serving
from tests.nodes.test_cli import run as command
from tongban.clock import SystemClock

STOPPED = 10.0


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Path]:
    """A gateway that runs; its directory."""
    home = tmp_path / "gateway"
    made = command("gateway", "init", "--home", str(home))
    assert made.returncode == 0, made.stderr
    with Serving("gateway", home):
        yield home


def test_a_relay_is_prepared_joined_run_asked_and_stopped(gateway: Path, tmp_path: Path) -> None:
    home = tmp_path / "relay"
    at = ("--home", str(home))
    prepared = command("relay", "init", *at, "--public-url", "https://relay.example.gov.cn")
    assert prepared.returncode == 0, prepared.stderr
    carriers = home / "carriers.json"
    assert stat.S_IMODE(carriers.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    held = json.loads(carriers.read_text("utf-8"))
    assert held == {"public_url": "https://relay.example.gov.cn"}
    account = {"customer": "CUST", "key": "KEY-THAT-NOBODY-SEES", "base_url": "http://127.0.0.1:9"}
    carriers.write_text(json.dumps({**held, "kuaidi100": account}), "utf-8")
    again = command("relay", "init", *at)
    assert again.returncode == 0
    assert json.loads(carriers.read_text("utf-8"))["kuaidi100"] == account
    letter = command("gateway", "invite", "--home", str(gateway), "--node", "nodes/relay", "--region", "relay")
    joined = command("relay", "join", *at, "--invitation", letter.stdout.strip())
    assert joined.returncode == 0, joined.stderr
    assert "nodes/relay" in joined.stdout
    resting = command("relay", "status", *at)
    assert "没有运行" in resting.stdout
    running = [tongban(), "relay", "run", *at, "--with-stdin"]
    with subprocess.Popen(running, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline()) == {"relay": "nodes/relay"}
            _asked_while_it_runs(home)
            clock = SystemClock()
            start = clock.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=STOPPED) == 0
            assert clock.monotonic() - start < STOPPED
        finally:
            process.kill()
    for file in (*home.glob("*.json"), *home.glob("*.db*")):
        assert file == carriers or b"KEY-THAT-NOBODY-SEES" not in file.read_bytes()


def _asked_while_it_runs(home: Path) -> None:
    at = ("--home", str(home))
    found = _connected(home)
    assert found["running"]
    assert found["troubles"] == []
    assert "已连上网关" in command("relay", "status", *at).stdout
    good = command("relay", "doctor", *at, "--patience", "20")
    assert good.returncode == 0, good.stdout
    assert "kuaidi100" in good.stdout
    assert command("fsck", *at).returncode == 0


def _connected(home: Path) -> dict[str, object]:
    """What it says once its line is up."""
    for _ in range(60):
        asked = command("relay", "status", "--home", str(home), "--json")
        assert asked.returncode == 0, asked.stderr
        found: dict[str, object] = json.loads(asked.stdout)
        if found.get("connected"):
            return found
        os.sched_yield()
    raise AssertionError("its line does not come up")
