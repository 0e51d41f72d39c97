"""What was chosen is found again, whatever happened to the file."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from opsconsole.console.preferences import Preferences
from opsconsole.core.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where no folder is yet."""
    return tmp_path / "state" / "preferences.json"


def test_what_is_put_is_there_for_the_next_console(path: Path) -> None:
    mine = Preferences(path)
    assert mine.text("theme", "dark") == "dark"
    mine.put("theme", "light")
    assert mine.text("theme") == "light"
    assert Preferences(path).text("theme") == "light"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_consoles_do_not_undo_one_another(path: Path) -> None:
    one, two = Preferences(path), Preferences(path)
    assert one.text("theme") == two.text("theme") == ""
    one.put("theme", "light")
    two.put("sort", "cpu")
    assert Preferences(path).text("theme") == "light"
    assert Preferences(path).text("sort") == "cpu"


def test_many_at_once_lose_nothing(path: Path) -> None:
    names = [f"name{number}" for number in range(24)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: Preferences(path).put(name, name), names))
    last = Preferences(path)
    assert [last.text(name) for name in names] == names


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"null", b"[" * 100_000, b'"x"',
                                     b'{"theme": ["x"]}'])
def test_a_broken_file_is_put_aside_and_stops_nothing(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    mine = Preferences(path)
    assert mine.text("theme", "dark") == "dark"
    mine.put("theme", "light")
    assert Preferences(path).text("theme") == "light"
    aside = path.with_name("preferences.json.broken")
    assert not aside.exists() or aside.read_bytes() == content


def test_a_pipe_or_a_folder_in_its_place_stops_nothing(path: Path) -> None:
    path.parent.mkdir()
    os.mkfifo(path)
    mine = Preferences(path)
    assert mine.text("theme", "dark") == "dark"
    mine.put("theme", "light")
    assert Preferences(path).text("theme") == "light"


def test_a_folder_that_cannot_be_made_is_said_and_the_choice_holds(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    mine = Preferences(tmp_path / "state" / "preferences.json")
    with pytest.raises(StorageError, match=r"not remembered.*until you leave"):
        mine.put("theme", "light")
    assert mine.text("theme") == "light"


def test_no_space_keeps_the_file_that_was_there(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Preferences(path).put("theme", "light")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        Preferences(path).put("theme", "ansi")
    assert Preferences(path).text("theme") == "light"
    assert sorted(each.name for each in path.parent.iterdir()) == [".preferences.json.lock", "preferences.json"]
