"""`python -m tests.migrations.freeze`: keep the databases of every schema version that is not kept yet.

Run it when a version is released, and commit what it writes: from then on the tests bring that very database forward.
Versions older than the newest are made of the same rows, without what they had no place for.

All kept databases are of one federation, so that any of them goes on with the others.  Where some are kept already, the
newest of each participant is brought forward as its program does at a start; only where none is does one live anew.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from gateway.building import build_core
from nodes.core import NodeCore
from nodes.store import MIGRATIONS
from tests.migrations.dumps import dump, load
from tests.migrations.life import KINDS, Later, keys, lived
from tongban.clock import SeededEntropy
from tongban.storage.migrations import load_migrations, migrate
from tongban.storage.open import open_database

RELEASED = Path(__file__).parent / "released"


def main() -> None:
    """Write what is missing."""
    missing = [
        (name, package, version)
        for name, package in KINDS.items()
        for version in range(1, len(load_migrations(package)) + 1)
        if not path_of(name, version).exists()
    ]
    if not missing:
        return
    with tempfile.TemporaryDirectory() as folder:
        if all(path_of(name, 1).exists() for name in KINDS):
            asyncio.run(_brought_forward(Path(folder)))
        else:
            lived(Path(folder))
        for name, package, version in missing:
            script = dump(Path(folder) / f"{name}.db", package, load_migrations(package)[:version])
            path_of(name, version).write_text(script, "utf-8")
            sys.stdout.write(f"{path_of(name, version).name}\n")


async def _brought_forward(folder: Path) -> None:
    """The newest kept database of each participant, as it is when its program has started on it and heard of nobody."""
    for name in KINDS:
        url = f"sqlite:///{folder / name}.db"
        newest = max(path for path in RELEASED.glob(f"{name}-*.sql"))
        load(newest.read_text("utf-8"), url)
        database = await open_database(url)
        if name == "gateway":
            gateway = await build_core(
                database, name="test", keys=keys()[name], clock=Later(), entropy=SeededEntropy(3)
            )
            await gateway.admitter.close()
            await database.close()
            continue
        await migrate(database, MIGRATIONS, now_micros=1)
        own = keys()[f"nodes/{name}"]
        node = NodeCore(name=f"nodes/{name}", database=database, keys=own, clock=Later(), entropy=SeededEntropy(3))
        await node.start()
        await node.close()


def path_of(name: str, version: int) -> Path:
    """Where a version is kept."""
    return RELEASED / f"{name}-{version:04}.sql"


if __name__ == "__main__":
    main()
