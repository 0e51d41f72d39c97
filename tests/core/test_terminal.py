from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.core.errors import UsageError
from opsconsole.core.terminal import colours, locale_variable, require_terminal, speaks_unicode, started_with

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("env", "count"), [
    ({"TERM": "xterm-256color"}, 256), ({"TERM": "xterm"}, 16), ({"TERM": "linux"}, 16), ({"TERM": "vt100"}, 16),
    ({"TERM": "xterm", "COLORTERM": "truecolor"}, 2**24), ({"TERM": "xterm", "COLORTERM": "24bit"}, 2**24),
    ({"TERM": "xterm-kitty"}, 256), ({"TERM": "tmux-256color"}, 256), ({"TERM": "screen"}, 16), ({}, 16),
    ({"TERM": "xterm-256color", "NO_COLOR": "1"}, 0), ({"TERM": "xterm-256color", "NO_COLOR": ""}, 256),
])
def test_colours(env: dict[str, str], count: int) -> None:
    assert colours(env) == count


@pytest.mark.parametrize(("env", "speaks"), [
    ({"LANG": "de_DE.UTF-8"}, True), ({"LANG": "C.utf8"}, True), ({"LANG": "de_DE.ISO-8859-1"}, False), ({}, False),
    ({"LANG": "C.UTF-8", "LC_ALL": "C"}, False), ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, True),
    ({"LANG": "C.UTF-8", "LC_ALL": ""}, True), ({"LANG": "POSIX"}, False),
])
def test_locales(env: dict[str, str], speaks: bool) -> None:
    assert speaks_unicode(env) is speaks
    assert bool(locale_variable(env)) == bool(env)


def test_the_environment_that_the_process_got(tmp_path: Path) -> None:
    file = tmp_path / "environ"
    file.write_bytes(b"LANG=C\0BROKEN\xff=a=\xfe\0nothing\0EMPTY=\0")
    assert started_with(file) == {"LANG": "C", "BROKEN\udcff": "a=\udcfe", "EMPTY": ""}
    assert started_with(tmp_path / "missing") is None


@pytest.mark.parametrize("term", ["", "dumb", "unknown", None])
def test_a_terminal_that_can_only_print(term: str | None) -> None:
    with pytest.raises(UsageError, match="TERM is"):
        require_terminal({} if term is None else {"TERM": term}, interactive=True)


def test_no_terminal() -> None:
    with pytest.raises(UsageError, match="opsconsole status"):
        require_terminal({"TERM": "xterm"}, interactive=False)
    require_terminal({"TERM": "xterm"}, interactive=True)
