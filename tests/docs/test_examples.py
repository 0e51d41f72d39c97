"""Examples that are no commands: configurations, templates and reports; and commands that only others can run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click
import pytest

from opsconsole.admin.examples import EXAMPLES
from opsconsole.agent.unit import unit_text
from opsconsole.commandline import root
from opsconsole.core.config import decode
from opsconsole.reports.definition import Definition
from tests.agent.test_unit import judged_by_systemd, service
from tests.docs.pages import PAGES, SHELL, Block, blocks, calls, commands
from tests.docs.stories import ELSEWHERE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Program = Callable[..., tuple[int, str, str]]

SECRET = re.compile(r'file:([^\s"\']+)')
VARIABLE = re.compile(r"\$\{(\w+)\}")


def examples(language: str) -> list[Any]:
    """The blocks of one language on all pages."""
    return [pytest.param(block, id=block.name) for page in PAGES for block in blocks(page)
            if block.language == language]


@pytest.mark.parametrize("example", examples("yaml"))
def test_examples_are_valid(example: Block, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the commands that people use for that; what is secret is where the example says, in a folder of the test."""
    text = example.text
    for name in VARIABLE.findall(text):
        monkeypatch.setenv(name, "x")
    for number, place in enumerate(dict.fromkeys(SECRET.findall(text))):
        secret = tmp_path / f"secret-{number}"
        secret.write_text("json://127.0.0.1:9/x")
        secret.chmod(0o600)
        text = text.replace(place, str(secret))
    file = tmp_path / "example.yaml"
    file.write_text(text, encoding="utf-8")
    if text.startswith("title:"):
        if "\ncovers:" in text:
            assert decode(text, Definition, source="example", env=None).sections
            return
        status, output, errors = program("checklist", "validate", file)
    else:
        status, output, errors = program("config", "check", file)
    assert status == 0, output + errors


@pytest.mark.parametrize("example", examples("ini"))
def test_additions_to_the_unit_are_understood(example: Block, tmp_path: Path) -> None:
    unit = unit_text(service(made_by_systemd=True))
    assert judged_by_systemd(f"{unit}\n{example.text}", tmp_path) == (0, "")


def test_an_addition_that_systemd_does_not_know_would_be_found(tmp_path: Path) -> None:
    unit = unit_text(service())
    assert "Environmentfile" in judged_by_systemd(f"{unit}\n[Service]\nEnvironmentfile=/x\n", tmp_path)[1]


@pytest.mark.parametrize("place", [pytest.param(place, id=" ".join(place)) for place in ELSEWHERE])
def test_what_others_run_are_commands_that_there_are(place: tuple[str, str]) -> None:
    assert ELSEWHERE[place], "say why it cannot be run here"
    for arguments in calls(place[1]):
        understood(arguments)


@pytest.mark.parametrize("example", [call for calls_of in EXAMPLES.values() for call, _ in calls_of])
def test_examples_of_the_manual_are_commands_that_there_are(example: str) -> None:
    assert [understood(arguments) for arguments in calls(example.replace("$(date +%F)", "today"))]


def test_there_are_examples_of_nearly_every_command() -> None:
    used = {" ".join(understood(arguments)) for page in PAGES for block in blocks(page) if block.language in SHELL
            for command in commands(block) for arguments in calls(command.typed) if arguments != ["--version"]}
    assert {"agent install", "alert ack", "alert silence", "check test", "doctor", "maintenance start", "metric",
            "metrics export", "notify outbox", "notify test", "oncall", "ping", "rule test", "status"} <= used


@pytest.mark.parametrize("wrong", ["opsconsole chek run", "opsconsole check run --al", "opsconsole ping a start b",
                                   "sudo opsconsole notify retri", "true && opsconsole rule test --since"])
def test_a_wrong_command_would_be_found(wrong: str) -> None:
    (arguments,) = calls(wrong)
    with pytest.raises(click.ClickException):
        understood(arguments)


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
