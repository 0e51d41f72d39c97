"""Configurations that come with the program, one for each kind of operation: found, filled in and compared.

A preset is a folder of YAML files, one for each part of the configuration. Put together they are one file. `<<site>>`
and the like in them are places that answers fill; `CHANGE` marks what is an example and has to become the reader's.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opsconsole.core.errors import UsageError
from opsconsole.core.resources import own_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from opsconsole.settings import Settings

GENERIC: Final = "generic"
"""What is written where nobody asks for another one."""
NAMES: Final = (GENERIC, "dashboard", "expense-api", "field-service", "marketing-site", "shop")
MARK: Final = "CHANGE"
_PARTS: Final = ("about", "access", "health", "checks", "rules", "notify", "tickets", "checklists", "targets",
                  "reports")
"""In the order in which they stand in the file; a preset need not have all of them."""
_LAUNCH: Final = re.compile(r"<<launch(?:\+([0-9]{1,4})d)?>>")
_SITE: Final = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?")
_NOTE: Final = re.compile(rf" +# {MARK}$", re.MULTILINE)
_PLAIN: Final = re.compile(r"[a-z_][a-z0-9_-]*")
_LOGIN: Final = re.compile(r"[A-Za-z0-9_.@-]{1,64}")
_WORDS: Final = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})


class Answers(NamedTuple):
    """What is known of the place that a preset is for."""

    login: str
    """Of whoever it is written for."""
    launch: date
    """When the system went live, or will: on-call phases are counted from it."""
    site: str = ""
    """Address of the home page, `https://shop.example.com`; empty: an example stands in its place, marked."""


class Change(NamedTuple):
    """A setting that two configurations have not alike; None: one of them has it not at all."""

    path: str
    before: str | None
    after: str | None


def summary(name: str) -> str:
    """What a preset is for, in one line.

    Raises:
        UsageError: there is none of that name.
    """
    return _part(name, "about").removeprefix("# ").strip()


def asks_for_launch(name: str) -> bool:
    """Whether anything in a preset is counted from the launch."""
    return any(_LAUNCH.search(_part(name, part)) for part in _PARTS)


def render(name: str, answers: Answers) -> str:
    """A preset as the text of a configuration.

    Args:
        name: one of `NAMES`.
        answers: what its places are filled with; `site` as `read_site` returns it.

    Raises:
        UsageError: there is no such preset.
        OpsError: the installation lacks it.
    """
    parts = {part: text for part in _PARTS if (text := _part(name, part))}
    launch = f", launch {answers.launch.isoformat()}" if asks_for_launch(name) else ""
    head = ("# yaml-language-server: $schema=opsconsole.schema.json\n"
            f"{parts.pop('about').strip()}\n"
            f"# Preset `{name}` of opsconsole{launch}. It is yours now: {MARK} marks an example that has to become\n"
            "# yours, the rest is how this kind of operation works. `opsconsole config check` names every mistake,\n"
            f"# `opsconsole preset diff {name}` shows what you have changed.\n")
    return "\n".join((head, *(_filled(text.strip() + "\n", name, answers) for text in parts.values())))


def marked(text: str) -> list[int]:
    """The lines, counted from 1, that hold an example which has to be changed; the head of the file is none."""
    return [number for number, line in enumerate(text.splitlines(), 1)
            if re.search(rf"# (.* )?{MARK}\b", line) and not line.startswith("#")]


def launch_of(text: str) -> date | None:
    """The launch that the head of a written preset names; None: it names none."""
    found = re.search(r"(?m)^# Preset `[a-z-]+` of opsconsole, launch (\d{4}-\d{2}-\d{2})\.", text)
    try:
        return date.fromisoformat(found[1]) if found is not None else None
    except ValueError:
        return None


def read_launch(text: str) -> date:
    """The date of a launch.

    Raises:
        UsageError: it is none, or so far away that phases after it have no date.
    """
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as problem:
        raise UsageError(f"`{text}` is no date.", "Give the day of the launch, such as 2027-01-04.") from problem
    if not 1990 <= day.year <= 2200:
        raise UsageError(f"`{text}` is too far away.", "Give the day of the launch, such as 2027-01-04.")
    return day


def read_site(text: str) -> str:
    """The address of a home page, without a slash at its end; an empty one stays empty.

    Raises:
        UsageError: it is none.
    """
    site = text.strip().rstrip("/")
    if site and _SITE.fullmatch(site) is None:
        raise UsageError(f"`{text}` is no address of a home page.",
                         "Give it with http:// or https://, such as https://shop.example.com.")
    return site


def changes(before: Settings, after: Settings) -> list[Change]:
    """The settings that differ, defaults included, in the order of the newer one; those that it lacks are last."""
    from opsconsole.core.schema import plain  # noqa: PLC0415 - only to compare

    old, new = dict(_flat(plain(before))), dict(_flat(plain(after)))
    return [Change(path, old.get(path), new.get(path)) for path in (*new, *(one for one in old if one not in new))
            if old.get(path) != new.get(path)]


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Each setting by its path, as JSON; a list of groups by the number of each, an empty group not at all."""
    from opsconsole.core.jsontext import to_json  # noqa: PLC0415 - only to compare

    below: Iterable[tuple[Any, Any]] | None = None
    if isinstance(value, dict):
        below = value.items()
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        below = enumerate(value)
    if below is None:
        yield path, to_json(value)
        return
    for key, each in below:
        yield from _flat(each, f"{path}.{key}" if path else str(key))


def _part(name: str, part: str) -> str:
    """One file of a preset; empty where it has none."""
    if name not in NAMES:
        from opsconsole.core.config import nearest  # noqa: PLC0415 - only for a mistake

        raise UsageError(f"There is no preset `{name}`{nearest(name, NAMES)}.", f"There are {', '.join(NAMES)}.")
    try:
        return (own_folder("presets") / name / f"{part}.yaml").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _filled(text: str, name: str, answers: Answers) -> str:
    site = answers.site or f"https://{name}.example.com"
    host = _SITE.fullmatch(site)
    places: Mapping[str, str] = {
        "<<site>>": site, "<<host>>": host[1].strip("[]") if host is not None else "",
        "<<sited>>": "true" if answers.site else "false", "<<login>>": _quoted(answers.login)}
    lines = []
    for line in text.split("\n"):
        filled = line
        for place, value in places.items():
            filled = filled.replace(place, value)
        # What was answered is no example any more, unless the mark says what else there is to do.
        own = answers.site and any(place in line for place in ("<<site>>", "<<host>>", "<<sited>>"))
        lines.append(_NOTE.sub("", filled) if own else filled)
    return _LAUNCH.sub(lambda found: (answers.launch + timedelta(days=int(found[1] or 0))).isoformat(),
                       "\n".join(lines))


def _quoted(login: str) -> str:
    """A login name as YAML reads it as a text; `root` for one that only an odd system could have."""
    from opsconsole.core.jsontext import to_json  # noqa: PLC0415 - only for a name that needs it

    if _LOGIN.fullmatch(login) is None:
        return "root"
    return login if _PLAIN.fullmatch(login) and login not in _WORDS else to_json(login)
