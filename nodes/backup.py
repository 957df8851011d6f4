"""`tongban node backup` and `restore`, for a node and for a relay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nodes import settings as settings_module
from nodes.recovery import mark_restored
from nodes.relay import accounts
from nodes.relay.store import MIGRATIONS as FEEDS_MIGRATIONS
from nodes.store import MIGRATIONS, QUERIES
from tongban.backup.command import commands
from tongban.backup.home import Kind, Restored, SecondDatabase
from tongban.clock import Clock
from tongban.storage.base import Transaction


def _facts(tx: Transaction) -> dict[str, Any]:
    settings = {row["key"]: row["value"] for row in tx.fetch_all(QUERIES.list_settings)}
    cursors = {row["channel"]: row["position"] for row in tx.fetch_all(QUERIES.list_cursors)}
    return {
        "incarnation": int(settings.get("incarnation", "1")),
        "sequence": int(settings.get("sequence", "0")),
        "epoch": int(settings.get("epoch", "0")),
        "cursors": cursors,
    }


def _mark(tx: Transaction, clock: Clock) -> dict[str, Any]:
    return {"incarnation": mark_restored(tx)}


def _database_url(home: Path) -> str:
    return settings_module.load(home).database_url


def _feeds(home: Path) -> SecondDatabase:
    """What a relay's carriers' side remembers; a node has no such thing."""
    return SecondDatabase(
        url=accounts.load(home).database_url(home),
        migrations=FEEDS_MIGRATIONS,
        expected=(home / accounts.FILE).exists(),
    )


def kind() -> Kind:
    """A node, or a relay."""
    return Kind(
        what="node",
        settings_file=settings_module.FILE,
        secrets=("keys", "tls"),
        migrations=MIGRATIONS,
        database_url=_database_url,
        facts=_facts,
        mark=_mark,
        beside=_feeds,
    )


def _after(restored: Restored) -> str:
    rebuilt = (
        "备份中没有承运方一侧的记录(feeds),启动后由日志重建;可能已下过的单先查后下。\n"
        "The backup holds nothing of the carriers' side (feeds): it is rebuilt from the journal at the start, and what "
        "may have been ordered is looked for before it is ordered.\n"
    )
    return (rebuilt if restored.rebuilt else "") + (
        "启动并联网后先读回备份之后的全部记录,期间不办新业务。备份之后未上传的办理须重新录入。\n"
        "Once started and connected it reads again all that came after the backup, and records nothing new before. "
        "What had been done since and was not sent yet has to be entered again."
    )


backup, restore = commands(kind, _after)
