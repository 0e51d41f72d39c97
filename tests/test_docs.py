"""The documentation says what the program does: reference pages are up to date, and the README names what there is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from opsconsole.commandline import COMMANDS
from opsconsole.settings import all_actions
from tests.reference import DOCS, PAGES

if TYPE_CHECKING:
    from pathlib import Path

README = (DOCS.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", PAGES)
def test_reference_page_is_up_to_date(file: str) -> None:
    assert (DOCS / file).read_text(encoding="utf-8") == PAGES[file](), "run `make docs` and read what changed"


def test_every_command_is_documented() -> None:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"## opsconsole {name}\n" not in text] == []


def test_every_action_is_documented() -> None:
    text = (DOCS / "keys.md").read_text(encoding="utf-8")
    assert [action.id for action in all_actions() if f"`{action.id}`" not in text] == []


def test_every_setting_says_what_it_is() -> None:
    rows = [line for line in (DOCS / "settings.md").read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert len(rows) > 60
    assert [row for row in rows if row.endswith("|  |")] == []


def test_links_lead_somewhere() -> None:
    for page in (DOCS.parent / "README.md", *DOCS.glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (page.parent / target).exists(), f"{page.name}: {target}"


def test_readme_example_is_a_valid_configuration(tmp_path: Path) -> None:
    from opsconsole.settings import read_settings

    (example,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    file = tmp_path / "opsconsole.yaml"
    file.write_text(example, encoding="utf-8")
    assert read_settings(file, {}).console.theme == "high-contrast"


def test_make_targets_of_the_readme_exist() -> None:
    makefile = (DOCS.parent / "Makefile").read_text(encoding="utf-8")
    named = {word for line in re.findall(r"`?make ([a-z ]+)", README) for word in line.split()}
    targets = set(re.findall(r"^([a-z0-9]+):", makefile, re.MULTILINE))
    wanted = {"run", "test", "docs", "bench", "lint", "types", "contracts", "unit", "e2e", "help"} & named
    assert wanted <= targets
    assert {"run", "test"} <= wanted
