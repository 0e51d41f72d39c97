"""A wrong configuration is told before the screen is touched; a right one is obeyed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.program import READY, console

pytestmark = pytest.mark.e2e


def configuration(text: str) -> Path:
    """The person's own configuration file with this text."""
    path = Path(os.environ["XDG_CONFIG_HOME"]) / "opsconsole" / "opsconsole.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("text", "place"), [
    ("console:\n  refesh: 2s\n", ":2:3:"),
    ("console:\n  refresh: fast\n", ":2:12:"),
    ("console: [\n", ":1:11:"),
    ("console:\n  theme: a\n  theme: b\n", ":3:3:"),
    ("\x00\x1b]52;c;eA==\x07", ":1:"),
])
def test_mistakes(text: str, place: str) -> None:
    path = configuration(text)
    with console(columns=200) as terminal:
        assert terminal.wait_exit() == 2
        assert b"\x1b" not in terminal.raw
        assert f"{path}{place}" in terminal.raw.decode()
        assert "Traceback" not in terminal.text
        terminal.assert_clean()


def test_a_named_file_that_is_not_there(tmp_path: Path) -> None:
    with console("--config", str(tmp_path / "none.yaml"), columns=200) as terminal:
        assert terminal.wait_exit() == 2
        assert b"\x1b" not in terminal.raw
        assert "none.yaml" in terminal.raw.decode()


def test_keys_and_theme_are_those_of_the_configuration() -> None:
    configuration("console:\n  theme: light\n  keys:\n    console.quit: x\n    console.help: f1\n")
    with console() as terminal:
        terminal.wait_for(READY)
        background = terminal.style_at(*terminal.find("HOST")).bg
        assert int(background[:2], 16) > 0x80
        terminal.send("q?")
        terminal.settle()
        assert "Keys of Health" not in terminal.text
        assert terminal.status is None
        terminal.send("<f1>")
        terminal.wait_for("Keys of Health")
        terminal.send("<esc>")
        terminal.wait_gone("Keys of Health")
        terminal.send("x")
        assert terminal.wait_exit() == 0
        terminal.assert_clean()
