"""`tongban gateway backup` and `restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway import settings as settings_module
from gateway.epochs import begin_epoch, read_epoch
from gateway.store import MIGRATIONS, QUERIES
from tongban.backup.command import commands
from tongban.backup.home import Kind, Restored
from tongban.clock import Clock
from tongban.storage.base import Transaction


def _facts(tx: Transaction) -> dict[str, Any]:
    heads = {row["name"]: row["position"] for row in tx.fetch_all(QUERIES.list_channels)}
    return {"epoch": read_epoch(tx), "heads": heads}


def _mark(tx: Transaction, clock: Clock) -> dict[str, Any]:
    return {"epoch": begin_epoch(tx, clock.now())}


def _database_url(home: Path) -> str:
    return settings_module.load(home).database_url


def kind() -> Kind:
    """A gateway."""
    return Kind(
        what="gateway",
        settings_file=settings_module.FILE,
        secrets=("keys", "authority"),
        migrations=MIGRATIONS,
        database_url=_database_url,
        facts=_facts,
        mark=_mark,
    )


def _after(restored: Restored) -> str:
    return (
        "启动后先向各节点取回备份之后的事件,期间不办新业务;用 gateway status 查看是否有分叉。\n"
        "Once started it gets back from its nodes what came after the backup, and admits nothing new before; see in "
        "gateway status whether there are forks."
    )


backup, restore = commands(kind, _after)
