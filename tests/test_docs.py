"""The documentation says what the program does: reference pages are up to date, and the README names what there is."""

from __future__ import annotations

import inspect
import re
import shlex
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import click
import pytest

from opsconsole.admin.examples import EXAMPLES
from opsconsole.checklists.template import Template
from opsconsole.commandline import COMMANDS, root
from opsconsole.core.config import decode
from opsconsole.health.alerts.settings import Rule
from opsconsole.health.checks.settings.base import Check
from opsconsole.notify import sender
from opsconsole.notify.sending import Parcel
from opsconsole.notify.settings import ExecChannel, Layer, Quiet, Route, Step, Swap
from opsconsole.reports.definition import Definition
from opsconsole.settings import Settings, all_actions, cross_check
from tests.reference import DOCS, PAGES, check_kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

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


PAGES_OF_PEOPLE = (DOCS.parent / "README.md", *sorted(DOCS.glob("*.md")))


def blocks(language: str) -> list[Any]:
    """The fenced blocks of one language on all pages; each is named by its page and line."""
    found = []
    for page in PAGES_OF_PEOPLE:
        text = page.read_text(encoding="utf-8")
        for match in re.finditer(rf"(?ms)^( *)```{language}\n(.*?)^ *```", text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(pytest.param(dedent(match[2]), id=f"{page.name}:{line}"))
    return found


@pytest.mark.parametrize("example", blocks("yaml"))
def test_examples_are_valid_configurations(example: str) -> None:
    variables = dict.fromkeys(re.findall(r"\$\{(\w+)", example), "x")
    if example.startswith("title:"):
        kind: type[Template | Definition] = Definition if "\ncovers:" in example else Template
        assert decode(example, kind, source="example", env=None).sections
        return
    # The files that hold secrets are not here; that they exist is not what the example shows.
    found = decode(example, Settings, source="example", env={"HOME": "/root", **variables}, check=cross_check,
                   need_secrets=False)
    assert found != Settings()


@pytest.mark.parametrize("example", blocks("sh"))
def test_examples_are_commands_that_there_are(example: str) -> None:
    for arguments in commands_in(example):
        understood(arguments)


@pytest.mark.parametrize("example", [call for calls in EXAMPLES.values() for call, _ in calls])
def test_examples_of_the_manual_are_commands_that_there_are(example: str) -> None:
    assert [understood(arguments) for arguments in commands_in(example.replace("$(date +%F)", "today"))]


def test_there_are_examples_of_nearly_every_command() -> None:
    used = {" ".join(understood(arguments)) for block in blocks("sh") for arguments in commands_in(*block.values)}
    assert {"agent install", "alert ack", "alert silence", "check test", "doctor", "maintenance start", "metric",
            "metrics export", "notify outbox", "notify test", "oncall", "ping", "rule test", "status"} <= used


@pytest.mark.parametrize("wrong", ["opsconsole chek run", "opsconsole check run --al", "opsconsole ping a start b",
                                   "sudo opsconsole notify retri", "true && opsconsole rule test --since"])
def test_a_wrong_command_would_be_found(wrong: str) -> None:
    (arguments,) = commands_in(wrong)
    with pytest.raises(click.ClickException):
        understood(arguments)


def commands_in(script: str) -> Iterator[list[str]]:
    """The arguments of each call of opsconsole in some lines of shell."""
    for line in script.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>()")
        lexer.whitespace_split = True
        arguments: list[str] | None = None
        for word in [*lexer, ";"]:
            if set(word) <= set("|&;<>()"):
                if arguments is not None:
                    yield arguments
                arguments = None
            elif arguments is not None:
                arguments.append(word)
            elif word == "opsconsole":
                arguments = []


def understood(arguments: list[str]) -> list[str]:
    """The names of the command that these arguments call; nothing is run.

    Raises:
        click.ClickException: there is no such command or option, or something is missing.
    """
    command: click.Command = root
    context = root.make_context("opsconsole", list(arguments))
    names: list[str] = []
    while isinstance(command, click.Group) and (rest := [*context._protected_args, *context.args]):
        name, found, rest = command.resolve_command(context, rest)
        assert name is not None
        assert found is not None
        names.append(name)
        command, context = found, found.make_context(name, rest, parent=context)
    return names


def test_links_lead_somewhere() -> None:
    for page in (DOCS.parent / "README.md", *DOCS.glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (page.parent / target).exists(), f"{page.name}: {target}"


def test_make_targets_of_the_readme_exist() -> None:
    makefile = (DOCS.parent / "Makefile").read_text(encoding="utf-8")
    named = {word for line in re.findall(r"`?make ([a-z ]+)", README) for word in line.split()}
    targets = set(re.findall(r"^([a-z0-9]+):", makefile, re.MULTILINE))
    wanted = {"run", "test", "docs", "bench", "lint", "types", "contracts", "unit", "e2e", "help"} & named
    assert wanted <= targets
    assert {"run", "test"} <= wanted
