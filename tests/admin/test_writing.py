from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

import pytest

from opsconsole.admin.writing import write_new
from opsconsole.core.errors import ConfigError, OpsError, PermissionDenied, StorageError, StorageFull

if TYPE_CHECKING:
    from pathlib import Path


def test_a_new_file_is_the_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "c.yaml"
    write_new(path, "Grüße")
    assert path.read_text() == "Grüße\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("obstacle", ["file", "link", "dangling", "folder", "fifo"])
def test_nothing_is_ever_overwritten(tmp_path: Path, obstacle: str) -> None:
    path, other = tmp_path / "x", tmp_path / "other"
    if obstacle == "file":
        path.write_text("mine")
    elif obstacle == "link":
        other.write_text("mine")
        path.symlink_to(other)
    elif obstacle == "dangling":
        path.symlink_to(other)
    elif obstacle == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    with pytest.raises(ConfigError, match="exists already"):
        write_new(path, "new")
    assert obstacle not in {"file", "link"} or path.read_text() == "mine"
    assert obstacle != "dangling" or not other.exists()


@pytest.mark.parametrize("name", ["x\0y", "x" * 300, "file/below"])
def test_names_that_cannot_be(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OpsError, match=r"cannot be the name|exists already"):
        write_new(tmp_path / name, "x")


@pytest.mark.parametrize(("number", "kind"), [
    (errno.ENOSPC, StorageFull), (errno.EDQUOT, StorageFull), (errno.EIO, StorageError),
    (errno.EACCES, PermissionDenied), (errno.EROFS, StorageError),
])
def test_nothing_is_left_after_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int,
                                         kind: type[OpsError]) -> None:
    def failing(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(kind):
        write_new(tmp_path / "x", "text")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_after_an_interruption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_new(tmp_path / "x", "text")
    assert list(tmp_path.iterdir()) == []
