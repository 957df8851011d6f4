"""`tongban fsck` as an operator types it: exit codes, both languages, JSON, beside a server that runs."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway import fsck
from gateway.settings import GatewaySettings
from tests.federation.servers import Member, federation_stub, gateway_at
from tests.fsck.spoil import flip
from tongban.cli import tongban
from tongban.storage.reading import read_only
from tongban.v1 import federation_pb2


@pytest.fixture
async def home(tmp_path: Path) -> Path:
    """A gateway's directory; a member has joined it and published."""
    async with gateway_at(tmp_path / "gateway") as gateway:
        member = Member("nodes/359990")
        invitation = await member.join(gateway)
        async with federation_stub(invitation.federation_address, member.credentials(invitation)) as stub:
            events = [member.item(number) for number in range(40)]
            await stub.Publish(federation_pb2.PublishRequest(events=events))
    return tmp_path / "gateway"


def _fsck(*arguments: str, lang: str = "zh") -> Result:
    return CliRunner().invoke(tongban, ["--lang", lang, *arguments], catch_exceptions=False)


def _last(result: Result) -> Any:
    return json.loads(result.stdout.splitlines()[-1])


def test_a_sound_gateway(home: Path) -> None:
    for command in (["fsck"], ["gateway", "fsck"]):
        result = _fsck(*command, "--home", str(home), "--json")
        assert result.exit_code == 0, result.output
        assert _last(result)["sound"] is True
        assert _last(result)["rows"]["events"] == 41
    assert "完好" in _fsck("fsck", "--home", str(home)).stdout
    assert "sound: every record" in _fsck("fsck", "--home", str(home), lang="en").stdout


def test_a_damaged_one_names_the_record_and_what_to_do(home: Path) -> None:
    database = sqlite3.connect(home / "gateway.db")
    where = "stream LIKE 'items/%.n7'"
    ((envelope,),) = database.execute(f"SELECT envelope FROM events WHERE {where}")
    with database:
        database.execute(f"UPDATE events SET envelope = ? WHERE {where}", [flip(envelope)])
        database.execute("UPDATE channels SET position = position + 1 WHERE name = 'feeds/items'")
    database.close()
    result = _fsck("fsck", "--home", str(home), "--json")
    assert result.exit_code == 1
    first = _last(result)["first"]
    assert (first["table"], first["stream"], first["version"]) == ("events", "items/359990.n7", 1)
    assert first["expected"]
    assert first["found"]
    assert "恢复" in first["remedy_zh"]
    assert "restore" in first["remedy_en"]
    assert {"table": "channels", "kind": "ahead", "count": 1} in _last(result)["others"]
    chinese = _fsck("fsck", "--home", str(home)).stdout
    english = _fsck("fsck", "--home", str(home), lang="en").stdout
    assert "第一条有误的记录:events(stream=items/359990.n7, version=1)" in chinese
    assert "the first bad record: events (stream=items/359990.n7, version=1)" in english


async def test_it_runs_beside_the_server(tmp_path: Path) -> None:
    home = tmp_path / "gateway"
    async with gateway_at(home) as gateway:
        member = Member("nodes/359990")
        await member.join(gateway)
        own = {key.key_id: key.public_key for key in gateway.core.receipt_keys}
        url = GatewaySettings(home=home).database_url
        report = await read_only(url, lambda tx: fsck.check(tx, gateway="tongban", receipt_keys=own))
        assert report.sound, report.as_json()
        assert report.rows["events"] == 1


def test_what_cannot_be_read(home: Path, tmp_path: Path) -> None:
    nothing = _fsck("fsck", "--home", str(tmp_path / "nothing"))
    assert nothing.exit_code == 2
    assert "不是网关或节点的目录" in nothing.stderr
    (home / "keys" / "signing.pem").unlink()
    assert _fsck("fsck", "--home", str(home)).exit_code == 2


def test_a_file_that_is_no_database(home: Path) -> None:
    content = bytearray((home / "gateway.db").read_bytes())
    content[:64] = b"x" * 64
    (home / "gateway.db").write_bytes(bytes(content))
    result = _fsck("fsck", "--home", str(home))
    assert result.exit_code == 2
    assert "DAMAGED" in result.stderr


def test_a_database_that_is_gone(home: Path) -> None:
    (home / "gateway.db").unlink()
    result = _fsck("gateway", "fsck", "--home", str(home), lang="en")
    assert result.exit_code == 2
    assert "no database file" in result.stderr
