"""The commands `init` and `preset`: a configuration to begin with, and what of a preset was changed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from opsconsole.core.errors import ConfigError, ExitCode, OpsError, StorageFull, UsageError
from opsconsole.printing import JSON, print_json, say

if TYPE_CHECKING:
    from opsconsole.admin.presets import Answers, Change
    from opsconsole.core.invocation import Invocation
    from opsconsole.settings import Loaded, Settings

    Given = Invocation[Loaded]

FILE = click.Path(path_type=Path)
SITE = click.option("--site", metavar="URL", default="", help="Address of the home page, as https://shop.example.com.")
LAUNCH = click.option("--launch", metavar="DATE", default="",
                      help="Day of the launch, from which on-call phases are counted; today without it.")
_LINES = 400
"""Of a difference that is shown."""


def _names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """The presets that a shell can complete to."""
    from opsconsole.admin.presets import NAMES

    return [name for name in NAMES if name.startswith(incomplete)]


@click.command()
@click.option("--preset", "name", metavar="NAME", shell_complete=_names,
              help="The kind of operation: `opsconsole preset list` names them.")
@SITE
@LAUNCH
@click.option("--path", type=FILE, metavar="FILE", help="Write this file instead of the user's own configuration.")
@click.option("--force", is_flag=True, help="Replace a file that is there; it is kept beside it, as FILE.before.")
@click.option("--print", "shown", is_flag=True, help="Print the configuration and write nothing.")
@click.option("--commented", is_flag=True, help="Write every setting with its default, all switched off.")
@click.pass_obj
def init(given: Given, name: str | None, site: str, launch: str, path: Path | None, force: bool, shown: bool,
         commented: bool) -> None:
    """Write a configuration to begin with.

    A preset has the checks, limits, alerts, contacts, promises and checklists of one kind of operation; what has to
    become yours is marked CHANGE. Without one, a terminal is asked, and anything else gets a small configuration for
    any server. Where a file is there already, what would change is shown, and nothing is changed without --force. The
    file and its schema for editors are readable by their owner only.
    """
    from opsconsole.core.paths import user_config

    target = (path or given.options.config or user_config(os.environ)).expanduser().absolute()
    schema = target.with_name("opsconsole.schema.json")
    if schema == target:
        raise UsageError(f"{target} is where the schema goes.", "Choose another name.")
    text = _commented(schema.name) if commented and name is None else _chosen(name, site, launch, ask=not shown)
    if commented and name is not None:
        raise UsageError("A preset and every setting commented cannot both be written.", "Give one of them.")
    if shown:
        click.echo(text, nl=False)
        return
    _place(target, text, force=force)
    _write_schema(schema, force=force)
    _say_marked(text)


@click.group()
def preset() -> None:
    """List and show presets, or compare one with yours.

    They are whole configurations that come with the program.
    """


@preset.command("list")
@JSON
def list_presets(as_json: bool) -> None:
    """Name the presets and what each is for."""
    from opsconsole.admin.presets import NAMES, summary

    if as_json:
        print_json([{"name": name, "summary": summary(name)} for name in NAMES])
        return
    width = max(map(len, NAMES))
    for name in NAMES:
        say(f"{name:{width}}  {summary(name)}")


@preset.command()
@click.argument("name", shell_complete=_names)
@SITE
@LAUNCH
def show(name: str, site: str, launch: str) -> None:
    """Print a preset as `init` would write it.

    NAME is the preset; `opsconsole preset list` names them.
    """
    from opsconsole.admin.presets import render

    click.echo(render(name, _answers(site, launch)), nl=False)


@preset.command()
@click.argument("name", shell_complete=_names)
@click.argument("file", type=FILE, required=False)
@SITE
@LAUNCH
@JSON
@click.pass_obj
def diff(given: Given, name: str, file: Path | None, site: str, launch: str, as_json: bool) -> int:
    """Show what a configuration has not as the preset has it; the exit status is then 1.

    NAME is the preset, FILE the configuration, without it the one in effect. Settings are compared, not texts: comments
    and order do not matter. The launch is taken from the head of the file unless it is given.
    """
    from opsconsole.admin.presets import changes, launch_of, render
    from opsconsole.core.paths import find_config

    path = find_config(file or given.options.config, os.environ)
    if path is None:
        raise ConfigError("There is no configuration to compare.",
                          f"`opsconsole init --preset {name}` writes one." if name.isprintable() else "")
    written = launch_of(_text_of(path))
    answers = _answers(site, launch or (written.isoformat() if written is not None else ""))
    found = changes(_understood(render(name, answers), name), _read(path))
    if as_json:
        print_json({"preset": name, "file": str(path), "changes": [one._asdict() for one in found]})
    elif not found:
        say(f"{path} has every setting as the preset {name} has it.")
    else:
        for one in found:
            say(_worded(one))
    return ExitCode.PROBLEM if found else ExitCode.DONE


def _worded(change: Change) -> str:
    if change.before is None:
        return f"+ {change.path}: {change.after}"
    if change.after is None:
        return f"- {change.path}: {change.before}"
    return f"~ {change.path}: {change.before} -> {change.after}"


def _chosen(name: str | None, site: str, launch: str, *, ask: bool) -> str:
    """The text of the preset that was named, else of the one that is asked for, else of the generic one."""
    from opsconsole.admin.presets import GENERIC, render, summary

    if name is not None:
        summary(name)
    elif ask and sys.stdin.isatty() and sys.stdout.isatty():
        name, site, launch = _asked(site, launch)
    return render(name or GENERIC, _answers(site, launch))


def _asked(site: str, launch: str) -> tuple[str, str, str]:
    """What somebody at a terminal says: preset, address, launch; what options said is not asked."""
    from opsconsole.admin.presets import GENERIC, NAMES, asks_for_launch, read_launch, read_site, summary

    click.echo("What does this server run? Checks, alerts, promises and checklists follow.\n")
    width = max(map(len, NAMES))
    for one in NAMES:
        click.echo(f"  {one:{width}}  {summary(one)}")
    name = click.prompt("\nPreset", type=click.Choice(NAMES), default=GENERIC, show_choices=False)
    if not site:
        site = click.prompt("Address of the home page (empty: later)", default="", show_default=False,
                            value_proc=_until(read_site))
    if not launch and asks_for_launch(name):
        launch = click.prompt("Day of the launch, as 2027-01-04 (empty: today)", default="", show_default=False,
                              value_proc=_until(lambda text: read_launch(text).isoformat() if text else ""))
    return str(name), site, launch


def _until(read: Any) -> Any:
    """Asks again, with the reason, until the answer can be read."""
    def proc(text: str) -> str:
        try:
            return str(read(text))
        except UsageError as problem:
            from opsconsole.core.text import harmless

            raise click.UsageError(harmless(str(problem))) from problem
    return proc


def _answers(site: str, launch: str) -> Answers:
    from datetime import UTC, datetime

    from opsconsole.admin.presets import Answers, read_launch, read_site
    from opsconsole.core.identity import current_actor
    from opsconsole.core.settings import RoleSettings

    today = datetime.now(UTC).astimezone().date()
    return Answers(current_actor(RoleSettings()).name, read_launch(launch) if launch else today, read_site(site))


def _commented(schema: str) -> str:
    from opsconsole.core.schema import render_default
    from opsconsole.settings import Settings

    return render_default(Settings, schema=schema)


def _place(target: Path, text: str, *, force: bool) -> None:
    """Write the file; where one is there, show what would change, and replace it only when told to.

    Raises:
        ConfigError: a file is there and must stay.
        StorageError: it could not be written; what was there is still there.
    """
    from opsconsole.admin.writing import replace_kept, write_new

    if not target.is_file() or target.is_symlink():
        # What is there and no plain file is nothing to replace: that is said by whoever may not write it.
        write_new(target, text)
        say(f"Wrote {target}.")
        return
    before = _text_of(target)
    if before == text:
        say(f"{target} is so already.")
        return
    if not force:
        _show_difference(before, text)
        raise ConfigError(f"{target} exists already, and nothing was changed.",
                          "Above is what --force would change; --path writes another file.")
    kept = replace_kept(target, text)
    say(f"Replaced {target}; what it was is in {kept}.")


def _show_difference(before: str, after: str) -> None:
    from difflib import unified_diff

    lines = list(unified_diff(before.splitlines(), after.splitlines(), "now", "new", lineterm=""))
    for line in lines[:_LINES]:
        say(line)
    if len(lines) > _LINES:
        say(f"and {len(lines) - _LINES} more lines")


def _write_schema(schema: Path, *, force: bool) -> None:
    """The schema for editors; one that is there and differs, perhaps an older one, goes only with `force`."""
    from opsconsole.admin.commands import schema_of_settings
    from opsconsole.admin.writing import replace_kept, write_new
    from opsconsole.core.jsontext import to_json

    text = to_json(schema_of_settings(), indent=2)
    try:
        write_new(schema, text)
    except StorageFull:
        raise
    except OpsError:
        try:
            same = _text_of(schema).strip() == text.strip()
        except OpsError:
            same = False
        if not same and force and schema.is_file() and not schema.is_symlink():
            replace_kept(schema, f"{text}\n")
        elif not same:
            say(f"Kept {schema} as it is; `opsconsole config schema` prints the present one.")


def _say_marked(text: str) -> None:
    from opsconsole.admin.presets import MARK, marked

    lines = marked(text)
    if lines:
        places = f"{len(lines)} lines hold" if len(lines) > 1 else "One line holds"
        say(f"{places} an example that has to become yours; search for {MARK}.")
        say("Then: opsconsole config check")


def _text_of(path: Path) -> str:
    """A file as text; what is no UTF-8 in it is replaced.

    Raises:
        ConfigError: it cannot be read.
    """
    from opsconsole.core.readfile import Unreadable, read_regular
    from opsconsole.core.yamltree import MOST_BYTES

    try:
        return read_regular(str(path), MOST_BYTES).decode("utf-8", "replace")
    except Unreadable as problem:
        raise ConfigError(f"{problem.sentence}.", "Look at its name and place.") from problem


def _read(path: Path) -> Settings:
    from opsconsole.settings import read_settings

    return read_settings(path, os.environ, need_secrets=False)


def _understood(text: str, name: str) -> Settings:
    from opsconsole.core.config import decode
    from opsconsole.settings import Settings, cross_check

    return decode(text, Settings, source=f"preset {name}", env=os.environ, check=cross_check, need_secrets=False)
