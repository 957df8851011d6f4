"""`backup` and `restore` as commands, the same for a gateway and for a node."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click

from tongban.backup.home import Kind, Restored, back_up, put_back
from tongban.cli import run_async
from tongban.clock import SystemClock, SystemEntropy
from tongban.private_files import read_public

_HOME = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="目录 · its directory",
)
_PASSPHRASE = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="口令所在文件(首行),不给则询问 · a file whose first line is the passphrase; asked for otherwise",
)


def commands(kind: Callable[[], Kind], after: Callable[[Restored], str]) -> tuple[click.Command, click.Command]:
    """Both commands; `after` says to the operator what comes next."""

    @click.command("backup", short_help="在线备份到一个文件 · back up into one file, while the server runs")
    @_HOME
    @click.option(
        "--with-keys",
        is_flag=True,
        help="连同密钥与证书,以口令加密;不加则密钥须另行保管 · with keys and certificates, sealed under a passphrase",
    )
    @_PASSPHRASE
    @click.argument("target", metavar="TO", type=click.Path(path_type=Path, dir_okay=False))
    def backup(home: Path, with_keys: bool, passphrase_file: Path | None, target: Path) -> None:
        """备份数据库和设置到一个新文件,不停机。私钥默认不放入:谁得到备份,谁就能冒充本方。

        Back up database and settings into a new file, while the server runs. Private keys stay out unless asked for:
        whoever finds the file could speak in this participant's place.
        """
        passphrase = _ask(passphrase_file, confirm=True)() if with_keys else None
        manifest = run_async(back_up(kind(), home, target, SystemClock(), SystemEntropy(), passphrase=passphrase))
        tables = [*manifest.tables.values(), *(manifest.beside.tables.values() if manifest.beside else ())]
        rows = sum(table.rows for table in tables)
        click.echo(f"{target}: {manifest.name} 已备份 · backed up, {len(tables)} 表 tables, {rows} 行 rows")
        if not with_keys:
            click.echo(f"不含密钥,请另行保管 · without keys, keep them apart: {', '.join(kind().secrets)}")

    @click.command("restore", short_help="由备份恢复 · restore from a backup")
    @_HOME
    @click.option("--replace", is_flag=True, help="取代已有数据库(移到一旁)· put it in the place of a database")
    @click.option("--database", default="", help="恢复到哪个数据库,默认按设置 · into which database")
    @_PASSPHRASE
    @click.argument("source", metavar="FROM", type=click.Path(path_type=Path, dir_okay=False))
    def restore(home: Path, replace: bool, database: str, passphrase_file: Path | None, source: Path) -> None:
        """由备份恢复。先停机;先核对全部内容再动手。恢复后自动标明,各方会据此补齐备份之后的记录。

        Restore from a backup. Stop the server first. Everything is checked before anything is touched. The database is
        marked as restored by itself, so that what happened since the backup comes back from the others.
        """
        restored = run_async(
            put_back(
                kind(),
                home,
                source,
                SystemClock(),
                replace=replace,
                passphrase=_ask(passphrase_file, confirm=False),
                database=database,
            )
        )
        click.echo(f"{home}: {restored.manifest.name} 已恢复到 {restored.manifest.created} · restored")
        click.echo(json.dumps(restored.mark))
        if restored.moved_aside:
            click.echo(f"原数据库 the old database: {restored.moved_aside}")
        click.echo(after(restored))

    return backup, restore


def _ask(file: Path | None, *, confirm: bool) -> Callable[[], str]:
    def ask() -> str:
        if file is not None:
            return read_public(file).decode("utf-8", "replace").partition("\n")[0].rstrip("\r")
        return str(click.prompt("口令 passphrase", hide_input=True, confirmation_prompt=confirm))

    return ask
