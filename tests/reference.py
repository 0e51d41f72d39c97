"""Writes the reference pages under docs/ from the program itself: keys, settings, commands.

`python -m tests.reference` writes them; tests/test_docs.py fails while they differ from the program.
"""

from __future__ import annotations

import json
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import inspect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Row = tuple[str, str, str]

DOCS = Path(__file__).parent.parent / "docs"
INTRODUCED = "Written by `make docs` from the program itself; change it there."


SCREENS = {
    "console": "Everywhere", "list": "In lists and pages", "form": "In forms", "health": "Health",
    "trend": "The trend of a line", "processes": "Processes", "process": "One process", "alerts": "Alerts",
    "alert": "One alert", "silences": "Silences and maintenance", "uptime": "Uptime", "oncall": "On call",
    "checklist": "A checklist and its items", "checklists": "Checklists", "kept": "How well checklists were kept",
    "briefing": "Since your last visit", "handover": "A hand-over", "logs": "The log", "log": "An entry of the log",
    "proposal": "Proposals for an entry",
    "targets": "Targets"}
"""What the ids of actions begin with, and where these work."""


def keys_page() -> str:
    """Every action of every screen: its keys, what it does, its id, who may do it."""
    from opsconsole.console.keys import key_label
    from opsconsole.core.identity import Role
    from opsconsole.settings import all_actions

    groups: dict[str, list[Row]] = {}
    for action in all_actions():
        keys = " ".join(f"`{key_label(key)}`" for key in action.keys)
        role = "" if action.role is Role.VIEWER else f" ({action.role.word} and up)"
        screen = action.id.partition(".")[0]
        groups.setdefault(screen, []).append((keys, f"{action.help}{role}", f"`{action.id}`"))
    parts = ["# Keys", INTRODUCED,
             ("An id stands for its action in the configuration: `console: {keys: {health.processes: [p, f5]}}` gives "
              "it other keys.")]
    for screen, rows in groups.items():
        parts += [f"## {SCREENS.get(screen, screen.capitalize())}", table(("key", "what it does", "id"), rows)]
    return page(parts)


def settings_page() -> str:
    """Every key of the configuration, with its default and its description."""
    from opsconsole.core.schema import description
    from opsconsole.core.typewords import type_of
    from opsconsole.settings import Settings

    kind = type_of(Settings)
    assert isinstance(kind, inspect.StructType)
    parts = ["# Settings", INTRODUCED,
             ("`opsconsole init --commented` writes them into a file; `opsconsole config check` names every mistake "
              "with its line and column. `NAME` stands for a name of your own, `[]` for each item of a list."),
             toc(kind)]
    for field in kind.fields:
        parts += [f"## {field.encode_name}", description(field),
                  *sections(field.encode_name, field, default_of(field))]
    return page(parts)


def toc(kind: inspect.StructType) -> str:
    """Links to the parts of the settings."""
    return " · ".join(f"[{field.encode_name}](#{field.encode_name})" for field in kind.fields)


def sections(path: str, field: inspect.Field, default: Any) -> Iterator[str]:
    """The table of what stands below a key, then a section for each struct under a name or in a list."""
    later: list[tuple[str, inspect.Type]] = []
    rows = list(rows_of(path, field, default, later))
    if [place for place, _ in later] != [f"{path}.NAME"]:
        yield table(("key", "default", "what it is"), rows)
    for place, kind in later:
        yield from struct_sections(place, kind)


def struct_sections(path: str, kind: inspect.Type) -> Iterator[str]:
    """What a struct under a name, or in a list, may hold; of several, what they have in common comes first."""
    structs = structs_in(kind)
    if len(structs) == 1:
        yield from struct_section(path, structs[0], structs[0].fields)
        return
    shared = [field for field in structs[0].fields if all(same(field, each.fields) for each in structs)]
    tags = ", ".join(f"`{each.tag}`" for each in structs)
    yield f"### {path}"
    yield f"`{structs[0].tag_field}` must be given; it is one of {tags}. What every kind has:"
    yield from fields_table(path, shared)
    for each in structs:
        yield from struct_section(f"{path}, {each.tag_field}: {each.tag}", each,
                                  [field for field in each.fields if field.encode_name not in
                                   {one.encode_name for one in shared}])


def struct_section(path: str, kind: inspect.StructType, fields: Sequence[inspect.Field]) -> Iterator[str]:
    """One heading with its table, and then those of what stands deeper."""
    yield f"### {path}"
    yield " ".join((kind.cls.__doc__ or "").split())
    yield from fields_table(path, fields)
    if hasattr(kind.cls, "VALUES"):
        yield values_of(kind.cls)


def fields_table(path: str, fields: Sequence[inspect.Field]) -> Iterator[str]:
    """Some keys as a table, and the sections of what stands deeper."""
    later: list[tuple[str, inspect.Type]] = []
    rows = [row for field in fields for row in rows_of(field.encode_name, field, default_of(field), later)]
    if rows:
        yield table(("key", "default", "what it is"), rows)
    for place, below in later:
        yield from struct_sections(f"{path}.{place}", below)


def rows_of(path: str, field: inspect.Field, default: Any, later: list[tuple[str, inspect.Type]]) -> Iterator[Row]:
    """(key, default, meaning) of a key, or of each below it; what has names of its own is left for `later`."""
    from opsconsole.core.schema import NO_DEFAULT, about, description
    from opsconsole.core.typewords import bare

    kind = bare(field.type)
    if isinstance(kind, inspect.StructType):
        if default is None or default is NO_DEFAULT:
            default = kind.cls()
        for each in kind.fields:
            yield from rows_of(f"{path}.{each.encode_name}", each, getattr(default, each.name), later)
        return
    below, place = inside(kind)
    if structs_in(below):
        later.append((f"{path}{place}", below))
    elif structs_in(kind) and not isinstance(kind, (inspect.DictType, inspect.VarTupleType)):
        later.append((path, kind))
    said = about(field) if not place else description(field)
    yield f"`{path}`", default_text(default), said


def inside(kind: inspect.Type) -> tuple[inspect.Type, str]:
    """What a table or a list holds, and what stands for it in a path."""
    from opsconsole.core.typewords import bare

    if isinstance(kind, inspect.DictType):
        return bare(kind.value_type), ".NAME"
    if isinstance(kind, (inspect.VarTupleType, inspect.ListType)):
        return bare(kind.item_type), "[]"
    return kind, ""


def structs_in(kind: inspect.Type) -> list[inspect.StructType]:
    """The structs that something may be."""
    from opsconsole.core.typewords import bare

    kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    return [each for each in map(bare, kinds) if isinstance(each, inspect.StructType)]


def same(field: inspect.Field, others: Iterable[inspect.Field]) -> bool:
    """Whether another struct has this very key."""
    from opsconsole.core.schema import about

    return any((field.encode_name, about(field), field.default) == (one.encode_name, about(one), one.default)
               for one in others)


def default_of(field: inspect.Field) -> Any:
    """A key's default; of one whose type is imported later, that type's."""
    from opsconsole.core import schema

    return schema.default_of(field)


def default_text(value: Any) -> str:
    """A default as a file says it; nothing where it says nothing."""
    from opsconsole.core.schema import NO_DEFAULT, plain

    if value is NO_DEFAULT:
        return "must be given"
    shown = plain(value)
    if shown in (None, "") or shown == [] or shown == {}:
        return ""
    return f"`{shown if isinstance(shown, str) else json.dumps(shown)}`"


def values_of(check: Any) -> str:
    """What conditions of a kind of check can compare, and what holds when the file says nothing."""
    names = [f"`{name}`{f' ({unit})' if unit else ''}" for name, unit in check.VALUES.items()]
    said = f"Values: {', '.join(names)}. Beside it stands `{check.MAIN}`."
    for word, conditions in (("Critical", check.CRITICAL), ("A warning", check.WARNING)):
        if conditions:
            said += f" {word} unless {' and '.join(f'`{text}`' for text in conditions)}."
    return said


def templates_page() -> str:
    """Every key of a template of a checklist."""
    from opsconsole.checklists.template import Template
    from opsconsole.core.typewords import type_of

    kind = type_of(Template)
    assert isinstance(kind, inspect.StructType)
    return page(["# Templates of checklists", INTRODUCED,
                 ("How they are written is told in [checklists.md](checklists.md); `opsconsole checklist validate`"
                  " names every mistake with its line and column. `[]` stands for each item of a list."),
                 *fields_table("template", kind.fields)])


def checks_page() -> str:
    """The guide to checks, with the values of each kind as the program has them."""
    import re

    kinds = {str(kind.tag): kind.cls for kind in check_kinds()}
    text = (DOCS / "checks.md").read_text(encoding="utf-8")
    return re.sub(r"(<!-- values of ([a-z-]+) -->\n).*?(<!-- end -->)",
                  lambda found: f"{found[1]}{values_of(kinds[found[2]])}\n{found[3]}", text, flags=re.DOTALL)


def check_kinds() -> list[inspect.StructType]:
    """The kinds of checks that there are."""
    from opsconsole.core.typewords import type_of
    from opsconsole.health.checks.settings import Checks

    return structs_in(inside(type_of(Checks))[0])


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
        parts += [f"## {name}", cleandoc(command.help or "").split("\f")[0]]
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


PAGES = {"checks.md": checks_page, "keys.md": keys_page, "settings.md": settings_page,
         "checklist-templates.md": templates_page,
         "commands.md": commands_page}

if __name__ == "__main__":
    for file, make in PAGES.items():
        (DOCS / file).write_text(make(), encoding="utf-8")
