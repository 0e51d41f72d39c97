"""What a preset produces, asked by path: the configuration that `init` would write, and the checklists it uses."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from opsconsole.admin.presets import Answers, render
from opsconsole.core.config import decode
from opsconsole.core.resources import own_folder
from opsconsole.core.schema import plain
from opsconsole.settings import Settings, cross_check

if TYPE_CHECKING:
    from collections.abc import Sequence

ANSWERS = Answers("ana", date(2027, 1, 4))
MISSING = "nothing"

Fact = tuple[str, str, Any]
"""Words of the description, a path, and what must be there: the value, or with `~` in front a part of the text.

A path is that of a setting, `checks.site.every`; or of a checklist: `@morning:when.at` of its head,
`@morning.cpu.expect` of an item.
"""


@cache
def settings_of(name: str) -> Settings:
    """The settings of a preset."""
    return decode(render(name, ANSWERS), Settings, source=name, env={"HOME": "/root"}, check=cross_check)


@cache
def produced(name: str) -> dict[str, Any]:
    """Everything of the configuration, with the lifecycles of tickets that are built in."""
    settings = settings_of(name)
    lifecycles = {key: {"states": list(one.states)} for key, one in settings.tickets.all_lifecycles.items()}
    return {**plain(settings), "lifecycles": lifecycles}


@cache
def checklists(name: str) -> dict[str, dict[str, Any]]:
    """The templates of the sets that a preset uses: by slug, the head under `:` and each item by its id."""
    found = {}
    for used in settings_of(name).checklists.use:
        for path in (own_folder("checklists") / used).glob("*.yaml"):
            # As the program reads it: `on` is a word.
            template = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
            items = {item["id"]: item for section in template["sections"] for item in section["items"]}
            found[path.stem] = {":": template, **items}
    return found


def at(value: Any, path: str) -> Any:
    """What stands at a path; a key may have dots itself."""
    if not path:
        return value
    if isinstance(value, list):
        number, _, rest = path.partition(".")
        return at(value[int(number)], rest) if number.isdigit() and int(number) < len(value) else MISSING
    if isinstance(value, dict):
        for key in sorted(value, key=len, reverse=True):
            if path == key or path.startswith(f"{key}."):
                return at(value[key], path[len(key) + 1:])
    return MISSING


def found_at(name: str, path: str) -> Any:
    """What a preset has at a path; see `Fact`."""
    if not path.startswith("@"):
        return at(produced(name), path)
    slug, colon, head = path[1:].partition(":")
    if colon and "." not in slug:
        return at(checklists(name).get(slug, {}).get(":", {}), head)
    slug, _, item = path[1:].partition(".")
    return at(checklists(name).get(slug, {}), item)


def wrong(name: str, facts: Sequence[Fact]) -> list[str]:
    """The facts that a preset has not, each with what it has instead."""
    told = []
    for words, path, expected in facts:
        value = found_at(name, path)
        if isinstance(expected, str) and expected.startswith("~"):
            said = value if isinstance(value, str) else msgspec.json.encode(value).decode()
            right = value != MISSING and expected[1:].casefold() in said.casefold()
        else:
            right = value == expected
        if not right:
            told.append(f"{words}: {path} is {value!r}, not {expected!r}")
    return told


def items(slug: str, *names: str) -> tuple[Fact, ...]:
    """That a checklist has these items."""
    return tuple((name, f"@{slug}.{name}.id", name) for name in names)


def steps(words: str, path: str, *parts: str) -> tuple[Fact, ...]:
    """That a text has these parts."""
    return tuple((words, path, f"~{part}") for part in parts)
