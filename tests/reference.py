"""Writes the reference pages under docs/ from the program itself: keys, settings, commands.

`python -m tests.reference` writes them; tests/test_docs.py fails while they differ from the program.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DOCS = Path(__file__).parent.parent / "docs"
INTRODUCED = "Written by `make docs` from the program itself; change it there."


def keys_page() -> str:
    """Every action of every screen: its keys, what it does, its id, who may do it."""
    from opsconsole.console import actions as shell
    from opsconsole.console.keys import key_label
    from opsconsole.core.identity import Role
    from opsconsole.health import actions as health

    groups = (("Everywhere", (*shell.CONSOLE, *shell.SCREENS)), ("In lists and pages", shell.LIST),
              ("In forms", shell.FORM), ("Health", health.HEALTH), ("The trend of a line", health.TREND),
              ("Processes", health.PROCESSES), ("One process", health.DETAILS))
    parts = ["# Keys", INTRODUCED,
             ("An id stands for its action in the configuration: `console: {keys: {health.processes: [p, f5]}}` gives "
              "it other keys.")]
    for title, actions in groups:
        rows = []
        for action in actions:
            keys = " ".join(f"`{key_label(key)}`" for key in action.keys)
            role = "" if action.role is Role.VIEWER else f" ({action.role.word} and up)"
            rows.append((keys, f"{action.help}{role}", f"`{action.id}`"))
        parts += [f"## {title}", table(("key", "what it does", "id"), rows)]
    return page(parts)


def settings_page() -> str:
    """Every key of the configuration, with its default and its description."""
    from opsconsole.core.schema import json_schema
    from opsconsole.settings import Settings

    schema = json_schema(Settings)
    parts = ["# Settings", INTRODUCED,
             ("`opsconsole init` writes all of them, commented, into a file; `opsconsole config check` names every "
              "mistake with its line and column.")]
    for section, part in schema["properties"].items():
        rows = [(f"`{name}`", default, described) for name, default, described in leaves(section, part)]
        parts += [f"## {section}", str(part.get("description", "")), table(("key", "default", "what it is"), rows)]
    return page(parts)


def leaves(path: str, part: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(path, default, description) of every value below a part of the schema."""
    if part.get("properties"):
        for name, below in part["properties"].items():
            yield from leaves(f"{path}.{name}", below)
        return
    below = part.get("additionalProperties")
    if isinstance(below, dict) and below.get("properties"):
        yield path, "", " ".join(str(part.get("description", "")).split())
        yield from leaves(f"{path}.NAME", below)
        return
    default = part.get("default")
    shown = "" if default in (None, [], {}) else f"`{json.dumps(default) if not isinstance(default, str) else default}`"
    yield path, shown, " ".join(str(part.get("description", "")).split())


def commands_page() -> str:
    """Every command with its options, as the manual says them."""
    from opsconsole.commandline import root

    context = click.Context(root, info_name="opsconsole")
    parts = ["# Commands", INTRODUCED, "Each has a page of its own: `opsconsole help COMMAND`."]
    for name, command in commands("opsconsole", root, context):
        rows = []
        for parameter in command.params:
            record = parameter.get_help_record(click.Context(command))
            if record is not None:
                rows.append((f"`{record[0]}`", record[1]))
        parts += [f"## {name}", inspect.cleandoc(command.help or "").split("\f")[0]]
        if rows:
            parts.append(table(("option", "what it does"), rows))
    return page(parts)


def commands(name: str, command: click.Command, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    """A command and all below it, by their whole names."""
    yield name, command
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            assert found is not None
            yield from commands(f"{name} {below}", found, context)


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Rows as a Markdown table."""
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines)


def page(parts: Iterable[str]) -> str:
    """Parts as a Markdown page."""
    return "\n\n".join(part for part in parts if part) + "\n"


PICTURE = Path(__file__).parent / "health/__snapshots__/test_screen_pictures/test_panel[critical-120x40].svg"


def picture() -> str:
    """The picture of the README: the one that the tests compare."""
    return PICTURE.read_text(encoding="utf-8")


PAGES = {"health.svg": picture, "keys.md": keys_page, "settings.md": settings_page, "commands.md": commands_page}

if __name__ == "__main__":
    for file, make in PAGES.items():
        (DOCS / file).write_text(make(), encoding="utf-8")
