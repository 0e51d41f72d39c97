"""The documentation says what the program does: reference pages are up to date, and the README names what there is."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from opsconsole.commandline import COMMANDS
from opsconsole.health.alerts.settings import Rule
from opsconsole.health.checks.settings.base import Check
from opsconsole.notify import sender
from opsconsole.notify.sending import Parcel
from opsconsole.notify.settings import ExecChannel, Layer, Quiet, Route, Step, Swap
from opsconsole.settings import all_actions
from tests.reference import DOCS, PAGES, check_kinds

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
    assert len(rows) > 300
    assert [row for row in rows if row.endswith("|  |")] == []


def test_every_key_of_every_kind_is_documented() -> None:
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"(?m)^##+ (.*)\n((?:(?!##).*\n)*)", text))
    missing = []
    for kind in check_kinds():
        known = sections["checks.NAME"] + sections[f"checks.NAME, kind: {kind.tag}"]
        keys = [field.encode_name for field in kind.fields]
        missing += [f"{kind.tag} {key}" for key in keys if f"| `{key}` |" not in known]
        assert issubclass(kind.cls, Check)
        missing += [f"{kind.tag} {name}" for name in kind.cls.VALUES if f"`{name}`" not in known]
    for title, struct in (("rules.NAME", Rule), ("notify.contacts.NAME.quiet", Quiet), ("notify.routes[]", Route),
                          ("notify.rotations.NAME.layers[]", Layer), ("notify.rotations.NAME.swaps[]", Swap),
                          ("notify.ladders.NAME.steps[]", Step), ("notify.channels.NAME, kind: exec", ExecChannel)):
        inherited = sections["notify.channels.NAME"] if "kind:" in title else ""
        missing += [f"{title} {name}" for name in struct.__struct_encode_fields__
                    if f"| `{name}` |" not in sections[title] + inherited]
    assert missing == []
    assert len(sections) > 40


def test_every_kind_of_check_has_an_example_and_its_values() -> None:
    text = (DOCS / "checks.md").read_text(encoding="utf-8")
    tags = [str(kind.tag) for kind in check_kinds()]
    parts = dict(re.findall(r"(?m)^### (.*)\n((?:(?!##).*\n)*)", text))
    assert [tag for tag in tags if f"kind: {tag}" not in parts.get(tag, "")] == []
    assert [tag for tag in tags if f"<!-- values of {tag} -->\nValues: `" not in parts[tag]] == []


def test_what_a_program_is_told_is_documented() -> None:
    text = (DOCS / "notifications.md").read_text(encoding="utf-8")
    source = Path(inspect.getfile(sender)).read_text(encoding="utf-8")
    variables = re.findall(r'"([A-Z]+)": "[a-z]+"', source)
    assert len(variables) == 7
    assert [name for name in variables if f"`OPSCONSOLE_{name}`" not in text] == []
    assert [name for name in Parcel.__struct_fields__ if f"`{name}`" not in text] == []


def test_make_targets_of_the_readme_exist() -> None:
    makefile = (DOCS.parent / "Makefile").read_text(encoding="utf-8")
    named = {word for line in re.findall(r"`?make ([a-z ]+)", README) for word in line.split()}
    targets = set(re.findall(r"^([a-z0-9]+):", makefile, re.MULTILINE))
    wanted = {"run", "test", "docs", "bench", "lint", "types", "contracts", "unit", "e2e", "help"} & named
    assert wanted <= targets
    assert {"run", "test"} <= wanted
