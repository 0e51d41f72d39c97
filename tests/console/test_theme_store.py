"""Theme files come, go, break and are mended while the console runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from opsconsole.console.theme_store import NOTHING, ThemeStore
from opsconsole.core.config import ConfigMistakes
from opsconsole.core.errors import ConfigError
from opsconsole.core.themes import DARK

SHIPPED = Path(__file__).parents[2] / "themes"
TEXT = (SHIPPED / "light.yaml").read_text()


def store(folder: Path) -> ThemeStore:
    """The shipped themes and those of a folder."""
    return ThemeStore(lambda: [*sorted(SHIPPED.glob("*.yaml")), *sorted(folder.glob("*"))], SHIPPED / "dark.yaml")


def save(path: Path, text: str) -> None:
    """As editors do: a new file in place of the old one."""
    new = path.with_suffix(".tmp")
    new.write_text(text)
    new.replace(path)


def test_without_any_file_there_is_the_dark_theme() -> None:
    empty = ThemeStore(list)
    assert empty.names() == ("dark",)
    assert empty.get("dark") is DARK
    assert empty.changed() == NOTHING


def test_a_theme_of_the_user_wins_by_name(tmp_path: Path) -> None:
    (tmp_path / "dark.yaml").write_text(TEXT)
    (tmp_path / "mine.yaml").write_text(TEXT.replace("Light", "Mine"))
    (tmp_path / "notes.txt").write_text("no theme")
    (tmp_path / "folder.yaml").mkdir()
    themes = store(tmp_path)
    assert themes.names()[0] == "dark"
    assert "mine" in themes.names()
    assert not {"notes", "folder"} & set(themes.names())
    assert themes.get("dark").title == "Light"
    assert themes.get("mine").title == "Mine"


def test_an_unknown_theme_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no theme called pink.*dark, ansi"):
        store(tmp_path).get("pink")


def test_a_broken_theme_says_where_and_harms_no_other(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(TEXT.replace('"#22262b"', "grey").replace("faint:", "faimt:"))
    themes = store(tmp_path)
    with pytest.raises(ConfigMistakes) as caught:
        themes.get("broken")
    assert f"{path}:" in str(caught.value)
    assert "did you mean `faint`" in str(caught.value)
    path.write_text(TEXT.replace('"#22262b"', "grey"))
    with pytest.raises(ConfigMistakes) as caught:
        themes.get("broken")
    assert str(caught.value).startswith(f"{path}:8:15: `colours.text`")
    assert themes.get("light").title == "Light"


def test_a_saved_file_is_noticed_and_a_broken_one_keeps_the_look(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT)
    themes = store(tmp_path)
    before = themes.get("mine")
    assert themes.changed() == NOTHING
    save(path, TEXT.replace("#22262b", "#000000"))
    assert themes.changed().names == {"mine"}
    mended = themes.get("mine")
    assert mended.colours.text == "#000000"
    assert mended != before
    save(path, TEXT.replace("colours:", "colors:"))
    change = themes.changed()
    assert not change.names
    assert str(path) in change.mistakes[0]
    assert themes.get("mine") == mended
    assert themes.changed() == NOTHING, "the same mistake is told once"
    save(path, TEXT)
    assert themes.changed().names == {"mine"}


def test_a_touched_file_without_a_change_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT)
    themes = store(tmp_path)
    themes.get("mine")
    os.utime(path, ns=(1, 1))
    assert themes.changed() == NOTHING


def test_files_come_and_go(tmp_path: Path) -> None:
    themes = store(tmp_path)
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT)
    assert themes.changed().names == {"mine"}
    look = themes.get("mine")
    path.unlink()
    assert themes.changed().names == {"mine"}
    assert "mine" not in themes.names()
    assert themes.get("mine") == look, "whoever looks at it goes on"


@pytest.mark.parametrize("text", ["", "[]", "title: [", "\x00", "title: x\n" * 3, "&a [*a]", "colours: 3",
                                  "a: " + "9" * 99999])
def test_anything_broken_is_a_mistake_with_a_place(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"mine\.yaml:\d+:\d+: "):
        store(tmp_path).get("mine")


def test_a_fifo_or_unreadable_file_does_not_stop_anything(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    assert not {"pipe", "gone"} & set(store(tmp_path).names())
