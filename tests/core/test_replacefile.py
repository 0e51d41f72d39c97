"""A file is the old one or the new one, never half of either."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.replacefile import replace_file
from tests.core.storage import as_root, listing, small_disk

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_made_and_replaced_with_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for content in (b"one", b"", b"\xff" * 100_000):
        replace_file(path, content)
        assert path.read_bytes() == content
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o644)
    assert listing(tmp_path) == ["a.json"]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"other")
    (tmp_path / "a.json").symlink_to("other")
    replace_file(tmp_path / "a.json", b"new")
    assert not (tmp_path / "a.json").is_symlink()
    assert (tmp_path / "other").read_bytes() == b"other"


def test_what_cannot_be_replaced_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "a.json").mkdir()
    with pytest.raises(IsADirectoryError):
        replace_file(tmp_path / "a.json", b"new")
    assert listing(tmp_path) == ["a.json"]
    with pytest.raises(FileNotFoundError):
        replace_file(tmp_path / "missing" / "a.json", b"new")


@as_root
def test_a_full_disk_keeps_what_was_there(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "64k") as disk:
        replace_file(disk / "a.json", b"old")
        with pytest.raises(OSError, match="No space"):
            replace_file(disk / "a.json", b"x" * 100_000)
        assert (disk / "a.json").read_bytes() == b"old"
        assert listing(disk) == ["a.json"]
