"""Secret files: closed to others, whole or absent, never overwritten by a new identity."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tongban import private_files
from tongban.errors import ConfigurationInvalid


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_directory_is_made_in_one_step(tmp_path: Path) -> None:
    directory = tmp_path / "deep" / "keys"
    private_files.create_private_directory(directory, {"a": b"1", "b": b"2"})
    assert mode(directory) == 0o700
    assert {path.name: mode(path) for path in directory.iterdir()} == {"a": 0o600, "b": 0o600}
    assert private_files.read_private(directory / "a") == b"1"
    assert [path.name for path in directory.parent.iterdir()] == ["keys"]


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    directory = tmp_path / "keys"
    private_files.create_private_directory(directory, {"a": b"1"})
    with pytest.raises(ConfigurationInvalid) as refused:
        private_files.create_private_directory(directory, {"a": b"2"})
    assert refused.value.field == str(directory)
    assert private_files.read_private(directory / "a") == b"1"


def test_an_empty_directory_and_the_remains_of_a_killed_attempt_are_no_obstacle(tmp_path: Path) -> None:
    directory = tmp_path / "keys"
    directory.mkdir()
    remains = tmp_path / ".keys.partial"
    remains.mkdir()
    (remains / "a").write_bytes(b"half")
    private_files.create_private_directory(directory, {"b": b"2"})
    assert [path.name for path in directory.iterdir()] == ["b"]
    assert not remains.exists()


@pytest.mark.parametrize("at", ["directory", "file"])
@pytest.mark.parametrize("bits", [0o040, 0o004, 0o020, 0o001])
def test_what_others_may_touch_is_refused(tmp_path: Path, at: str, bits: int) -> None:
    directory = tmp_path / "keys"
    private_files.create_private_directory(directory, {"a": b"1"})
    place = directory if at == "directory" else directory / "a"
    place.chmod(mode(place) | bits)
    with pytest.raises(ConfigurationInvalid) as refused:
        private_files.read_private(directory / "a")
    assert refused.value.field == str(place)
    assert "chmod" in refused.value.text("zh")


def test_a_missing_or_unusable_file_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    for path in (tmp_path / "none", tmp_path / "no" / "ne"):
        with pytest.raises(ConfigurationInvalid, match="missing"):
            private_files.read_private(path)
    with pytest.raises(ConfigurationInvalid, match="unusable"):
        private_files.read_public(tmp_path)
    with pytest.raises(ConfigurationInvalid):
        private_files.write_file(tmp_path / "no" / "where", b"")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigurationInvalid):
        private_files.create_private_directory(tmp_path / "file", {})


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "certificate.pem"
    (tmp_path / ".certificate.pem.partial").write_bytes(b"half of a killed attempt")
    old_mask = os.umask(0)
    try:
        private_files.write_file(path, b"one", private_files.PUBLIC)
        private_files.write_file(path, b"two")
    finally:
        os.umask(old_mask)
    assert (path.read_bytes(), mode(path)) == (b"two", 0o600)
    assert [entry.name for entry in tmp_path.iterdir()] == ["certificate.pem"]
