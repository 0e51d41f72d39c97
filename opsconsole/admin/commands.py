"""The commands for whoever installs and looks after opsconsole."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from opsconsole.core.errors import ExitCode, StorageUnusable, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.core.invocation import Invocation
    from opsconsole.settings import Loaded

    Given = Invocation[Loaded]

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
FILE = click.Path(path_type=Path)
_NAMED = 10
"""Lines that are named one by one."""


@click.group()
def config() -> None:
    """Check or show the configuration, or print its schema."""


@config.command()
@click.argument("file", type=FILE, required=False)
@JSON
@click.pass_obj
def check(given: Given, file: Path | None, as_json: bool) -> int:
    """Name every mistake in the configuration with its place.

    FILE is the configuration to check; without it, the one in effect. A mistake is told as file:line:column, and the
    exit status is then 2. A secret that this user cannot fetch is a mistake here, and here only.
    """
    from opsconsole.core.config import ConfigMistakes
    from opsconsole.settings import load_settings

    named = file or given.options.config
    try:
        path = load_settings(named, need_secrets=True).path
    except ConfigMistakes as error:
        if not as_json:
            raise
        _print_json({"file": error.mistakes[0].source, "valid": False,
                     "mistakes": [mistake._asdict() for mistake in error.mistakes]})
        return error.exit_code
    if as_json:
        _print_json({"file": path and str(path), "valid": True, "mistakes": []})
    elif path is None:
        _say("There is no configuration file; the defaults are in effect.")
    else:
        _say(f"{path} is valid.")
        if told := _examples_left(path):
            _say(told)
    return ExitCode.DONE


@config.command()
@JSON
@click.pass_obj
def show(given: Given, as_json: bool) -> None:
    """Print the configuration that is in effect, defaults included.

    What is printed can be used as a configuration file. A secret is shown as the place that it comes from.
    """
    from opsconsole.core import schema

    loaded = given.loaded
    if as_json:
        _print_json(schema.plain(loaded.settings))
        return
    _say(f"# {loaded.path}" if loaded.path is not None else "# the defaults; there is no configuration file")
    click.echo(_lines(schema.show(loaded.settings)), nl=False)


@config.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of the configuration, for editors."""
    _print_json(schema_of_settings())


@click.command("backup-db")
@click.argument("file", type=FILE)
@click.option("--metrics", is_flag=True, help="Copy the measurements, not the records.")
@JSON
@click.pass_obj
def backup_db(given: Given, file: Path, metrics: bool, as_json: bool) -> None:
    """Copy the database while it is in use.

    FILE is the copy, which must not exist yet. It is checked before it gets its name, and its mode is 0600.
    """
    import asyncio

    from opsconsole.core import backup
    from opsconsole.core.format import size

    paths = given.loaded.paths
    source = paths.metrics if metrics else paths.records
    target = file.expanduser().absolute()
    if not source.exists():
        raise StorageUnusable(f"There is nothing to copy yet: {source} does not exist.")
    asyncio.run(backup.copy(source, target))
    copied = target.stat().st_size
    if as_json:
        _print_json({"source": str(source), "file": str(target), "bytes": copied})
    else:
        _say(f"Copied {source} to {target} ({size(copied)}).")


@click.command()
@JSON
@click.pass_obj
def doctor(given: Given, as_json: bool) -> int:
    """Examine the installation and say what to do.

    Looks at the program, the configuration, folders and permissions, both databases, the agent and its jobs, the
    outbox, themes, checklists, the terminal and the clock. The exit status is 1 when there is a problem, 0 with
    warnings only.
    """
    from opsconsole.admin.doctor import WORDS, examine
    from opsconsole.admin.report import report
    from opsconsole.core.levels import Level, worst
    from opsconsole.core.paths import make_paths
    from opsconsole.core.terminal import started_with

    findings = examine(lambda: given.loaded, lambda: make_paths(None, os.environ),
                       started_with() or os.environ)
    state = worst(finding.level for finding in findings)
    if as_json:
        _print_json({"level": WORDS[state], "findings": [
            {**finding._asdict(), "level": WORDS[finding.level]} for finding in findings]})
    else:
        click.echo("\n".join(report(findings, _columns(), ascii_only=_ascii_only(given))))
    return ExitCode.PROBLEM if state is Level.CRITICAL else ExitCode.DONE


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes commands in a shell.

    \b
    bash: opsconsole completion bash > ~/.local/share/bash-completion/completions/opsconsole
    zsh:  opsconsole completion zsh > ~/.zfunc/_opsconsole
          with `fpath+=~/.zfunc` before `compinit` in ~/.zshrc
    fish: opsconsole completion fish > ~/.config/fish/completions/opsconsole.fish
    """  # noqa: D301 - click wants the character itself, to keep the lines below as they are
    from click.shell_completion import ShellComplete, get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise UsageError(f"There is no completion for {shell}.", "Use bash, zsh or fish.")
    root = click.get_current_context().find_root().command
    # The class for bash asks a bash for its version, which need not be on this machine.
    script = ShellComplete.source(kind(root, {}, "opsconsole", "_OPSCONSOLE_COMPLETE"))
    click.echo(script)


@click.command("help")
@click.argument("command", nargs=-1)
@click.option("--roff", is_flag=True, help="Print the source of the page, for man(1).")
@click.pass_context
def manual(context: click.Context, command: Sequence[str], roff: bool) -> None:
    """Show the manual page of a command.

    COMMAND is the command, as `config check`; without it, the page is that of opsconsole itself. To read a page in
    man: opsconsole help --roff status | man -l -
    """
    from opsconsole.admin import manual as pages

    page = pages.page(context.find_root(), command)
    click.echo(pages.roff(page) if roff else pages.plain(page, _columns()))


def schema_of_settings() -> dict[str, Any]:
    """The JSON Schema of the whole configuration."""
    from opsconsole.core.schema import json_schema
    from opsconsole.settings import Settings

    return json_schema(Settings, "opsconsole")


def _examples_left(path: Path) -> str:
    """How many lines of a preset hold an example still; empty: none."""
    from opsconsole.admin.presets import MARK, marked
    from opsconsole.core.readfile import Unreadable, read_regular
    from opsconsole.core.yamltree import MOST_BYTES

    try:
        lines = marked(read_regular(str(path), MOST_BYTES).decode("utf-8", "replace"))
    except Unreadable:
        # It was read a moment ago; whoever took it away knows.
        return ""
    if not lines:
        return ""
    first = ", ".join(map(str, lines[:_NAMED]))
    more = f" and {len(lines) - _NAMED} more" if len(lines) > _NAMED else ""
    places = f"line{'s' * (len(lines) > 1)} {first}{more}"
    return f"Examples of the preset that have to become yours are marked {MARK} in {places}."


def _print_json(value: object) -> None:
    from opsconsole.core.jsontext import to_json

    click.echo(to_json(value, indent=2))


def _say(text: str) -> None:
    """One line for a person; paths and settings in it can hold anything."""
    from opsconsole.core.text import harmless

    click.echo(harmless(text))


def _lines(text: str) -> str:
    from opsconsole.core.text import harmless

    return "".join(f"{harmless(line)}\n" for line in text.splitlines())


def _columns() -> int:
    """Cells of a line on standard output; 80 where that is no terminal."""
    said = os.environ.get("COLUMNS", "")
    try:
        columns = int(said) if said.isdecimal() else os.get_terminal_size(1).columns
    except (OSError, ValueError):
        columns = 80
    return min(max(columns or 80, 40), 100)


def _ascii_only(given: Given) -> bool:
    if given.options.ascii is not None:
        return given.options.ascii
    import sys

    return (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "") != "utf8"
