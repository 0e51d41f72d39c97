"""Whoever may not use a command at all is told so, before what is wrong with how they used it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click
import pytest

from opsconsole.commandline import root
from opsconsole.core.identity import current_actor
from opsconsole.core.settings import RoleSettings
from opsconsole.lazygroup import RoleGroup
from tests.reference import commands

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Program = Callable[..., tuple[int, str, str]]

FOR_ALL: Final = {
    "alert": {"list", "show", "history"}, "maintenance": {"list"}, "notify": {"outbox", "history"},
    "handover": {"list", "show"}, "log emergency": {"show", "message"}, "log maintenance": {"show"},
    "ticket": {"list", "show", "views", "attachments", "export", "kept", "stats", "mail"},
    "log": {"actions", "list", "show", "emergency", "export", "bundle", "proposals", "maintenance", "timeline", "heads",
            "verify"},
    # Of these the template of each checklist says who may.
    "checklist": {"list", "show", "history", "stats", "run", "start", "answer", "undo", "propose", "sign", "return",
                  "explain", "defer", "resume", "acknowledge", "adopt", "validate", "export"}}
"""The commands that take no role, of each group that has some which do."""
GROUPS: Final = {name.removeprefix("opsconsole "): group
                 for name, group in commands("opsconsole", root, click.Context(root, info_name="opsconsole"))
                 if isinstance(group, RoleGroup) and group.roles}


def me() -> str:
    """Whoever runs this test."""
    return current_actor(RoleSettings()).name


def of(role: str, home: Path) -> None:
    """Whoever runs this test has a role."""
    folder = home / ".config/opsconsole"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "opsconsole.yaml").write_text(
        f"roles:\n  admin: {{users: [somebody-else]}}\n  {role}: {{users: [{me()}]}}\n")


def test_of_every_command_it_is_decided_who_may() -> None:
    assert {name: set(group.list_commands(click.Context(group))) - set(group.roles)
            for name, group in GROUPS.items()} == FOR_ALL
    assert all(set(group.roles) <= set(group.list_commands(click.Context(group))) for group in GROUPS.values())


@pytest.mark.parametrize("name", sorted(GROUPS))
def test_the_role_comes_before_the_usage(program: Program, home: Path, name: str) -> None:
    of("viewer", home)
    for command, role in GROUPS[name].roles.items():
        status, _, said = program(*name.split(), command, "--no-such-option")
        assert (status, said) == (3, (
            f"opsconsole: To use `opsconsole {name} {command}` takes the role {role}, and {me()} is viewer. An admin"
            " can change `roles` in the configuration.\n"))


def test_whoever_may_is_told_what_is_wrong(program: Program, home: Path) -> None:
    of("operator", home)
    assert program("ticket", "note")[0] == 2
    assert program("log", "maintenance", "extend")[0] == 2
    assert program("ticket", "waive", "1", "response")[0] == 3
    of("viewer", home)
    assert program("ticket", "show", "x")[0] == 2
    # It is found wrong only when the command runs.
    assert program("ticket", "note", "x", "y")[0] == 3


def test_a_configuration_that_cannot_be_read_hides_no_mistake(program: Program, home: Path) -> None:
    of("nobody", home)
    assert program("ticket", "note")[0] == 2
