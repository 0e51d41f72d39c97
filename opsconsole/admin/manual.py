"""Manual pages, made from the commands themselves; see man-pages(7) for what each section holds."""

from __future__ import annotations

import inspect
import textwrap
from typing import TYPE_CHECKING, NamedTuple

import click

from opsconsole import __version__
from opsconsole.admin.examples import EXAMPLES, Item
from opsconsole.core.errors import UsageError
from opsconsole.core.paths import SYSTEM_CONFIG, SYSTEM_DATA

if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_STATUS: tuple[Item, ...] = (
    ("0", "Done."),
    ("1", "A problem was found, or the program failed."),
    ("2", "The command line or the configuration is wrong."),
    ("3", "Permission is missing."),
    ("4", "Something could not be stored or read."),
    ("130", "Interrupted from the keyboard."),
)
STATES: tuple[Item, ...] = (("0", "The host is in its normal state."), ("1", "Something is degraded or critical."))
ENVIRONMENT: tuple[Item, ...] = (
    ("OPSCONSOLE_CONFIG", "The configuration file to use, where --config names none."),
    ("NO_COLOR", "When it is not empty, nothing is shown in colour."),
    ("XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME", "Where the folders below lie, instead of in the home folder."),
)
FILES: tuple[Item, ...] = (
    ("~/.config/opsconsole/opsconsole.yaml", "The user's configuration."),
    (str(SYSTEM_CONFIG), "The system's configuration, for a shared installation; used where the user has none."),
    ("~/.local/share/opsconsole", f"Folder of opsconsole.db and metrics.db; a shared installation has {SYSTEM_DATA}."),
    ("~/.local/state/opsconsole/opsconsole.log", "The log file, where the details of every problem go."),
    ("~/.local/state/opsconsole/agent.log", "The log of an agent that a console started."),
)
_APART = frozenset({"OPTIONS", "EXAMPLES", "FILES", "ENVIRONMENT"})
"""Sections whose terms are long: each stands on a line of its own, with an empty line before it."""


class Section(NamedTuple):
    """A heading, paragraphs below it, and then terms with their meaning; a paragraph with line breaks is kept as is."""

    title: str
    paragraphs: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()


class Page(NamedTuple):
    """A manual page; `name` is `opsconsole` or `opsconsole-config-check`."""

    name: str
    summary: str
    sections: tuple[Section, ...]


def page(root: click.Context, path: Sequence[str]) -> Page:
    """The page of the command that the words of `path` name; of the program itself without any.

    Raises:
        UsageError: there is no such command.
    """
    context = root
    for place, word in enumerate(path):
        group = context.command
        command = group.get_command(context, word) if isinstance(group, click.Group) else None
        if command is None:
            from opsconsole.core.config import nearest  # noqa: PLC0415 - only for a mistake

            known = group.list_commands(context) if isinstance(group, click.Group) else []
            raise UsageError(f"There is no command `{' '.join(path[: place + 1])}`{nearest(word, known) or '.'}",
                             "`opsconsole help` names them all.")
        context = click.Context(command, info_name=word, parent=context)
    return _page(context, tuple(path))


def _page(context: click.Context, path: tuple[str, ...]) -> Page:
    command = context.command
    name = "-".join(("opsconsole", *path))
    summary, *rest = _paragraphs(command)
    sections = [
        Section("NAME", (f"{name} - {_lowered(summary)}",)),
        Section("SYNOPSIS", (_synopsis(context),)),
        Section("DESCRIPTION", (summary, *rest)),
    ]
    options = _options(context)
    if isinstance(command, click.Group):
        names = command.list_commands(context)
        sections.append(Section("COMMANDS", items=tuple((each, _short(command, context, each)) for each in names)))
    if options:
        sections.append(Section("OPTIONS", items=options))
    sections.append(Section("EXIT STATUS", items=(*STATES, *EXIT_STATUS[2:]) if path == ("status",) else EXIT_STATUS))
    sections.append(Section("FILES", items=FILES))
    sections.append(Section("ENVIRONMENT", items=ENVIRONMENT))
    examples = EXAMPLES.get(" ".join(path) or "opsconsole", ())
    if examples:
        sections.append(Section("EXAMPLES", items=examples))
    return Page(name, summary, tuple(sections))


def plain(page: Page, columns: int) -> str:
    """The page as text of at most `columns` cells where words allow it."""
    blocks: list[str] = []
    for section in page.sections:
        apart = section.title in _APART
        lines = [section.title]
        for number, paragraph in enumerate(section.paragraphs):
            lines += [""] if number else []
            lines += _filled(paragraph, columns, "    ")
        if section.paragraphs and section.items:
            lines.append("")
        for number, (term, meaning) in enumerate(section.items):
            lines += [""] if number and apart else []
            if len(term) <= 10 and not apart:
                lines += textwrap.wrap(meaning, columns, initial_indent=f"    {term:<12}", subsequent_indent=" " * 16)
            else:
                lines += [f"    {term}", *_filled(meaning, columns, " " * 8)]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def roff(page: Page) -> str:
    """The page in the macros of man(7); `man -l -` shows it."""
    lines = [f'.TH "{_escaped(page.name.upper())}" 1 "" "opsconsole {__version__}" "opsconsole manual"', ".nh"]
    for section in page.sections:
        lines.append(f".SH {section.title}")
        for number, paragraph in enumerate(section.paragraphs):
            lines += [".PP"] if number else []
            lines += [".nf", *map(_text, paragraph.split("\n")), ".fi"] if "\n" in paragraph else [_text(paragraph)]
        for term, meaning in section.items:
            lines += [".TP", f"\\fB{_escaped(term)}\\fP", _text(meaning)]
    return "\n".join(lines)


def _text(text: str) -> str:
    """A line of text; one that begins with a dot or an apostrophe would be a macro."""
    escaped = _escaped(text)
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def _escaped(text: str) -> str:
    """Characters that roff would change: a hyphen is a minus, as one types it."""
    replaced = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    return replaced.replace("~", "\\(ti").replace("^", "\\(ha").replace('"', "\\(dq")


def _filled(paragraph: str, columns: int, indent: str) -> list[str]:
    if "\n" in paragraph:
        return [f"{indent}{line}" for line in paragraph.split("\n")]
    return textwrap.wrap(paragraph, columns, initial_indent=indent, subsequent_indent=indent, break_long_words=False,
                         break_on_hyphens=False)


def _paragraphs(command: click.Command) -> list[str]:
    """The help text; what click would keep as it is (after its mark) keeps its line breaks."""
    text = inspect.cleandoc(command.help or command.short_help or "").strip()
    found = []
    for paragraph in text.split("\n\n"):
        if paragraph.startswith("\b\n"):
            found.append(paragraph.removeprefix("\b\n"))
        else:
            found.append(" ".join(paragraph.split()))
    return found


def _short(group: click.Group, context: click.Context, name: str) -> str:
    """A command's line, from its group's table where there is one, without loading it."""
    table = getattr(group, "summaries", None)
    if table is not None:
        return str(table[name])
    command = group.get_command(context, name)
    return _paragraphs(command)[0] if command is not None else ""


def _lowered(summary: str) -> str:
    return summary[:1].lower() + summary[1:].rstrip(".")


def _synopsis(context: click.Context) -> str:
    return " ".join((context.command_path, *context.command.collect_usage_pieces(context)))


def _options(context: click.Context) -> tuple[Item, ...]:
    records = (option.get_help_record(context) for option in context.command.get_params(context)
               if isinstance(option, click.Option))
    return tuple(record for record in records if record is not None)
