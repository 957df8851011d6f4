"""`python -m tests.migrations.freeze`: keep the databases of every schema version that is not kept yet.

Run it when a version is released, and commit what it writes: from then on the tests bring that very database forward.
Versions older than the newest are made of the same rows, without what they had no place for.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.migrations.dumps import dump
from tests.migrations.life import KINDS, lived
from tongban.storage.migrations import load_migrations

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
        lived(Path(folder))
        for name, package, version in missing:
            script = dump(Path(folder) / f"{name}.db", package, load_migrations(package)[:version])
            path_of(name, version).write_text(script, "utf-8")
            sys.stdout.write(f"{path_of(name, version).name}\n")


def path_of(name: str, version: int) -> Path:
    """Where a version is kept."""
    return RELEASED / f"{name}-{version:04}.sql"


if __name__ == "__main__":
    main()
