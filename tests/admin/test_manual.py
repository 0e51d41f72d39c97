from __future__ import annotations

import shutil
import subprocess

import click
import pytest

from opsconsole.admin import examples, manual
from opsconsole.commandline import COMMANDS, root
from opsconsole.core.errors import UsageError
from opsconsole.core.text import width
from tests.hostile import assert_inert
from tests.test_headless import EVERYTHING

PATHS = [tuple(path.split()[1:]) for path, _ in EVERYTHING]
CONTEXT = click.Context(root, info_name="opsconsole")


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_every_page_has_its_sections(path: tuple[str, ...]) -> None:
    page = manual.page(CONTEXT, path)
    titles = [section.title for section in page.sections]
    assert titles[:3] == ["NAME", "SYNOPSIS", "DESCRIPTION"]
    assert {"OPTIONS", "EXIT STATUS", "FILES", "ENVIRONMENT", "EXAMPLES"} <= set(titles)
    assert page.name == "-".join(("opsconsole", *path))
    text = manual.plain(page, 80)
    assert_inert(text, lines=True)
    assert text.startswith(f"NAME\n    {page.name} - ")
    longest = max((width(line) for line in text.splitlines() if "opsconsole" not in line), default=0)
    assert longest <= 80
    assert manual.roff(page).isascii()


def test_every_example_belongs_to_a_command() -> None:
    assert set(examples.EXAMPLES) == {" ".join(path) or "opsconsole" for path in PATHS}


def test_every_option_is_on_its_page() -> None:
    text = manual.plain(manual.page(CONTEXT, ()), 80)
    assert all(option in text for option in ("--config FILE", "--theme NAME", "--ascii / --no-ascii", "--debug"))
    assert all(f"    {name}" in text and entry.help.split()[0] in text for name, entry in COMMANDS.items())


@pytest.mark.parametrize(("path", "says"), [
    (("nonsense",), "There is no command `nonsense`."),
    (("doctr",), "There is no command `doctr`; did you mean `doctor`?"),
    (("config", "chek"), "There is no command `config chek`; did you mean `check`?"),
    (("doctor", "check"), "There is no command `doctor check`."),
])
def test_a_page_that_is_not_there(path: tuple[str, ...], says: str) -> None:
    with pytest.raises(UsageError) as caught:
        manual.page(CONTEXT, path)
    assert caught.value.sentence == says


def test_line_breaks_stay_where_they_matter() -> None:
    page = manual.page(CONTEXT, ("completion",))
    lines = manual.plain(page, 60).splitlines()
    assert any(line.strip().startswith("bash: opsconsole completion bash >") for line in lines)
    assert ".nf" in manual.roff(page).splitlines()


def test_what_roff_would_change_is_escaped() -> None:
    page = manual.Page("x", "s", (manual.Section("NAME", (".begins with a dot", "'quote' -dash \\ back ~ ^ `"),
                                                 (("--a", ".b"),)),))
    lines = manual.roff(page).splitlines()
    assert "\\&.begins with a dot" in lines
    assert "\\(aqquote\\(aq \\-dash \\e back \\(ti \\(ha \\(ga" in lines
    assert lines[-3:] == [".TP", "\\fB\\-\\-a\\fP", "\\&.b"]


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff")
@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_groff_has_nothing_against_a_page(path: tuple[str, ...]) -> None:
    page = manual.page(CONTEXT, path)
    done = subprocess.run(["groff", "-man", "-ww", "-Tascii", "-P-c"], input=manual.roff(page), capture_output=True,
                          text=True, timeout=30, check=True)
    assert done.stderr == ""
    shown = " ".join(done.stdout.replace("\b", "").split())
    assert "EEXXIITT" in shown or "EXIT STATUS" in shown


@pytest.mark.skipif(shutil.which("man") is None, reason="needs man")
def test_man_shows_a_page() -> None:
    done = subprocess.run(["man", "-l", "-"], input=manual.roff(manual.page(CONTEXT, ("doctor",))), text=True,
                          capture_output=True, timeout=30, check=False, env={"PATH": "/usr/bin:/bin", "MANPAGER": "cat",
                                                                             "LANG": "C.UTF-8"})
    if done.returncode and "minimized" in done.stdout + done.stderr:
        pytest.skip("this system has its manual removed")
    assert done.returncode == 0, done.stderr
    assert "opsconsole doctor [OPTIONS]" in done.stdout
