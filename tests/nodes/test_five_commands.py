"""Joining in five commands, over separate processes: token, join and run, publish, sign, trial; then active."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from agreements.catalogue.files import write_file
from agreements.door import PASSWORD_VARIABLE
from nodes.demo.client import Caller, NodeClient
from nodes.demo.processes import tongban
from tests.federation.whole import request_id
from tongban import errors
from tongban.v1 import (
    application_pb2,
    catalogue_pb2,
    directory_pb2,
    registry_pb2,
    types_pb2,
    window_pb2,
)

T = TypeVar("T")
PASSWORD = "five-commands"
NEW, OLD = "350600", "445100"
NAME = "agreements/zz-cz"
TEXT = """协议编号: zz-cz
标题: 漳州市—潮州市“跨省通办”合作协议
种类: 协议
参与方:
  - 节点: 350600
  - 节点: 445100
生效日: 2026-01-01
试运行: 是
条款:
  - 编号: at-chaozhou
    业务属地: 350600
    收件地: [445100]
    事项: [350600.first]
    办理方式: [全程网办]
    决定机关: 业务属地
  - 编号: at-zhangzhou
    业务属地: 445100
    收件地: [350600]
    事项: [445100.first]
    办理方式: [全程网办]
    决定机关: 业务属地
"""


def command(*arguments: str, stdin: str = "") -> str:
    """One command, to its good end."""
    done = subprocess.run(
        [tongban(), "--lang", "zh", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env={**os.environ, PASSWORD_VARIABLE: PASSWORD},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def failing(*arguments: str) -> str:
    """One command that is refused, and what it says."""
    environment = {**os.environ, PASSWORD_VARIABLE: PASSWORD}
    done = subprocess.run(
        [tongban(), "--lang", "zh", *arguments],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env=environment,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "TRIAL_FAILED" in done.stderr, done.stderr
    return done.stderr


@contextlib.contextmanager
def service(*arguments: str) -> Iterator[dict[str, str]]:
    """A command that goes on running; what it says of its addresses."""
    process = subprocess.Popen(
        [tongban(), *arguments, "--with-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, PASSWORD_VARIABLE: PASSWORD},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = next((line for line in process.stdout if line.startswith("{")), "")
        assert line, "it ended before it said where it listens"
        yield json.loads(line)
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()


def published(folder: Path, region: str) -> Path:
    """A region's list of items, as a file."""
    document = directory_pb2.ItemDocument(
        name=f"items/{region}.first",
        home=f"nodes/{region}",
        title="户籍证明",
        department="公安局",
        modes=[types_pb2.MODE_ONLINE],
        form=[directory_pb2.FormField(name="applicant_name", title="姓名", required=True, kind="text")],
    )
    path = folder / f"{region}.yaml"
    path.write_bytes(write_file([document], "yaml"))
    return path


async def at_window(address: str, work: Callable[[Caller], Awaitable[T]]) -> T:
    """Signed in at a node's window."""
    client = NodeClient(address, PASSWORD)
    try:
        return await work(await client.staff("zhang"))
    finally:
        await client.close()


async def filed(clerk: Caller) -> application_pb2.Application:
    """A real application of the new region's window for an item of the old one."""
    request = window_pb2.SubmitApplicationRequest(
        request_id=request_id(),
        item=f"items/{OLD}.first",
        applicant_kind=types_pb2.APPLICANT_KIND_PERSON,
        form={"applicant_name": "陈阿婆"},
        wanted_results=[types_pb2.MATERIAL_FORM_ELECTRONIC],
    )
    return await clerk(clerk.window.SubmitApplication, request)


async def listed(clerk: Caller) -> list[application_pb2.Application]:
    """What a window's list shows."""
    return list((await clerk(clerk.window.ListApplications, window_pb2.ListApplicationsRequest())).applications)


async def admitted(clerk: Caller) -> window_pb2.ApplicationView:
    """File, and wait for the gateway's receipt."""
    made = await filed(clerk)
    for _ in range(600):
        view = await clerk(clerk.window.GetApplication, window_pb2.GetApplicationRequest(name=made.name))
        if view.sync_state != window_pb2.SYNC_STATE_PENDING:
            return view
        await asyncio.sleep(0.1)
    raise AssertionError(view)


def waited(what: Callable[[], bool], seconds: float = 60.0) -> None:
    """Until something has come over the feeds."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.2)


def knows(address: str, name: str, signatures: int = 0) -> bool:
    """Whether a node has heard of the agreement, with so many signatures."""

    async def work(clerk: Caller) -> bool:
        answer = await clerk(clerk.registry.ListAgreements, registry_pb2.ListAgreementsRequest())
        return any(each.name == name and len(each.signatures) >= signatures for each in answer.agreements)

    return asyncio.run(at_window(address, work))


def has_item(address: str, region: str) -> bool:
    """Whether a node has heard of a region's items."""

    async def work(clerk: Caller) -> bool:
        request = catalogue_pb2.ListCatalogueRequest(home=f"nodes/{region}")
        return bool((await clerk(clerk.catalogue.ListCatalogue, request)).items)

    return asyncio.run(at_window(address, work))


def invited(gateway: Path, folder: Path, region: str) -> str:
    """Command 1: the token."""
    node = ("--node", f"nodes/{region}", "--region", region)
    letter = folder / f"{region}.txt"
    letter.write_text(command("gateway", "invite", "--home", str(gateway), *node), "utf-8")
    return f"@{letter}"


def joining(
    folder: Path, region: str, title: str, invitation: str
) -> contextlib.AbstractContextManager[dict[str, str]]:
    """Command 2: joins and runs."""
    home = ("--home", str(folder / region), "--invitation", invitation)
    return service("node", "join", *home, "--title", title, "--user", "zhang", "--serve")


def test_a_region_is_active_after_five_commands(tmp_path: Path) -> None:
    gateway = tmp_path / "gateway"
    command("gateway", "init", "--home", str(gateway))
    with (
        service("gateway", "serve", "--home", str(gateway)),
        contextlib.ExitStack() as running,
        contextlib.ExitStack() as partner,
    ):
        # A member that is there already.
        old = partner.enter_context(joining(tmp_path, OLD, "潮州市", invited(gateway, tmp_path, OLD)))["grpc"]
        at_old = ("--node", old, "--user", "zhang")
        command("item", "import", *at_old, str(published(tmp_path, OLD)))

        began, done = time.monotonic(), 0
        invitation = invited(gateway, tmp_path, NEW)
        done += 1
        new = running.enter_context(joining(tmp_path, NEW, "漳州市", invitation))["grpc"]
        done += 1
        at_new = ("--node", new, "--user", "zhang")
        command("item", "import", *at_new, str(published(tmp_path, NEW)))
        done += 1

        # The partner's part: it puts the text before both, and signs.
        text = tmp_path / "text.yaml"
        text.write_text(TEXT, "utf-8")
        waited(lambda: has_item(old, NEW))
        said = command("agreement", "propose", *at_old, str(text))
        found = re.search(r"已提出,摘要 ([0-9a-f]{64})", said)
        assert found is not None, said
        command("agreement", "sign", *at_old, "--digest", found.group(1), NAME)
        waited(lambda: knows(new, NAME, 1))

        command("agreement", "sign", *at_new, NAME, stdin=f"{found.group(1)[:8]}\n")
        done += 1
        with pytest.raises(errors.PartyNotBound) as refusal:
            asyncio.run(at_window(new, filed))
        assert "试运行" in refusal.value.text("zh")

        said = command("agreement", "trial", *at_new, "--partner", OLD, NAME)
        done += 1
        taken = time.monotonic() - began
        assert "试运行通过" in said
        assert said.count("✓") == 12
        assert (done, taken < 1800) == (5, True)

        # Active, both ways; and the trials are in nobody's list.
        view = asyncio.run(at_window(new, admitted))
        assert view.sync_state == window_pb2.SYNC_STATE_RECEIPTED
        assert [each.name for each in asyncio.run(at_window(new, listed))] == [view.application.name]
        waited(lambda: len(asyncio.run(at_window(old, listed))) == 1)

        # A partner that is away is named, with since when; whoever runs the command can run it again.
        partner.close()
        waited(lambda: "离线" in failing("agreement", "trial", *at_new, "--partner", OLD, "--patience", "5", NAME))
