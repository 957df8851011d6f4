"""Files that hold secrets: directories 0700, files 0600, whole or not there at all.

What is promised: a file is written beside its place, flushed to the disk and then renamed, and so is a
whole directory of files; a process killed at any instruction leaves either what was there before or all of
what was meant.  Reading refuses a file or a directory that others may read, because a key that somebody
else could have copied is not a key any more; the refusal names the file and the command that mends it.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tongban.errors import ConfigurationInvalid

PRIVATE = 0o600
PUBLIC = 0o644
_DIRECTORY = 0o700


def write_file(path: Path, data: bytes, mode: int = PRIVATE) -> None:
    """Write the file whole, durably, over what was there."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        _write_new(partial, data, mode)
        partial.replace(path)
        flush_directory(path.parent)
    except OSError as error:
        raise _unusable(path, error) from error


@contextmanager
def new_file(path: Path, mode: int = PRIVATE) -> Iterator[BinaryIO]:
    """A file to write piece by piece; it appears at its place, durable, only when everything is in it.

    Refuses a place that is taken: what lies there may be the only copy.
    """
    partial = path.with_name(f".{path.name}.partial")
    if path.exists():
        raise ConfigurationInvalid(field=str(path), problem="已存在,未覆盖", problem_en="it exists, and stays")
    try:
        partial.unlink(missing_ok=True)
        handle = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(handle, "w+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
            flush_directory(path.parent)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise _unusable(path, error) from error


def create_private_directory(directory: Path, files: Mapping[str, bytes]) -> None:
    """Make a directory with these files in one step; refuses if it already holds anything.

    Never overwrites: the files are an identity, and writing over one is losing it.
    """
    partial = directory.with_name(f".{directory.name}.partial")
    try:
        if directory.exists() and any(directory.iterdir()):
            raise ConfigurationInvalid(field=str(directory), problem="目录非空,未写入 (not empty; nothing was written)")
        directory.parent.mkdir(parents=True, exist_ok=True)
        # What a killed attempt left was never used: only the rename below makes it an identity.
        if partial.exists():
            shutil.rmtree(partial)
        partial.mkdir(mode=_DIRECTORY)
        for name, data in files.items():
            _write_new(partial / name, data, PRIVATE)
        flush_directory(partial)
        partial.replace(directory)
        flush_directory(directory.parent)
    except OSError as error:
        raise _unusable(directory, error) from error


def read_private(path: Path) -> bytes:
    """The content of a secret file, if nobody else can read it or its directory."""
    for place, allowed in ((path.parent, "700"), (path, "600")):
        try:
            mode = stat.S_IMODE(place.stat().st_mode)
        except OSError as error:
            raise _unusable(place, error) from error
        if mode & 0o077:
            raise ConfigurationInvalid(
                field=str(place),
                problem=f"权限 {mode:o} 过宽,请执行 chmod {allowed} {place}",
                problem_en=f"its mode {mode:o} opens it to others; run chmod {allowed} {place}",
            )
    return read_public(path)


def read_public(path: Path) -> bytes:
    """The content of a file that is no secret."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unusable(path, error) from error


def _write_new(path: Path, data: bytes, mode: int) -> None:
    path.unlink(missing_ok=True)
    # The mode is given at creation, so the secret is at no moment open to others.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def flush_directory(directory: Path) -> None:
    """Make what was renamed or removed there durable."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unusable(path: Path, error: OSError) -> ConfigurationInvalid:
    if isinstance(error, FileNotFoundError):
        return ConfigurationInvalid(field=str(path), problem="不存在 (missing)")
    return ConfigurationInvalid(field=str(path), problem=f"不能读写 (unusable): {error.strerror or error}")
