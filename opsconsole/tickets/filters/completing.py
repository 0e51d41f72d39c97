"""Offers how a filter can go on: keys, then their values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from opsconsole.core.filtering import Completion
from opsconsole.tickets.filters.keys import KEYS
from opsconsole.tickets.filters.model import BARE, quoted
from opsconsole.tickets.model import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST: Final = 50
"""Completions at once."""
_PART: Final = r'-?(?:[A-Za-z][A-Za-z_-]*:)?(?:"(?:[^"]|"")*"?|[^\s"]\S*)?'
_KEYED: Final = r"(-?)([A-Za-z][A-Za-z_-]*):(.*)"


class Vocabulary(Record, frozen=True):
    """The names that there are, each list in the order in which it is offered."""

    states: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    requesters: tuple[str, ...] = ()

    def of(self, key: str) -> tuple[str, ...]:
        """The names for a key; none for a key of another kind."""
        lists = {"state": self.states, "assignee": self.people, "watcher": self.people, "team": self.teams,
                 "category": self.categories, "tag": self.tags, "release": self.releases, "requester": self.requesters}
        return lists.get(key, ())


def complete(text: str, cursor: int, words: Vocabulary) -> list[Completion]:
    """What can stand at the cursor, nearest first; nothing where free words or a phrase are typed.

    Args:
        text: the filter as it stands.
        cursor: characters before the cursor; what of the word stands behind it is replaced too.
        words: the names that there are.
    """
    cursor = min(max(cursor, 0), len(text))
    start, end = _around(text, cursor)
    typed = text[start:cursor]
    found = re.fullmatch(_KEYED, typed, re.DOTALL)
    if found is None:
        return _keys(text, typed, start, end)
    key = found[2].lower()
    if key not in KEYS:
        return []
    begin, part = start + found.start(3), found[3]
    place = _last_value(part)
    offered = _fitting(_values(key, words), part[place:].removeprefix('"'))
    stop = _end_of_value(text, begin + place, end)
    return [_put(text, begin + place, stop, quoted(value), hint, value) for value, hint in offered][:MOST]


def _around(text: str, cursor: int) -> tuple[int, int]:
    """Where the word at the cursor begins and ends; what stands in quotes is one word."""
    pattern, at = re.compile(_PART), 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        found = pattern.match(text, at)
        end = max(found.end() if found else at + 1, at + 1)
        # Values after a quoted one, behind their comma, belong to the word too.
        while end < len(text) and not text[end].isspace():
            end += 1
        if at <= cursor <= end:
            return at, end
        at = end
    return cursor, cursor


def _keys(text: str, typed: str, start: int, end: int) -> list[Completion]:
    sign = "-" if typed.startswith("-") else ""
    typed = typed[len(sign):].lower()
    offered = [(f"{sign}{name}:", key.help) for name, key in KEYS.items()
               if name.startswith(typed) and not (sign and key.kind == "sort")]
    if typed and BARE.startswith(typed):
        offered.append((f"{sign}{BARE}", "a promise is broken"))
    return [_put(text, start, end, label, hint, label, space=not label.endswith(":")) for label, hint in offered]


def _values(key: str, words: Vocabulary) -> Iterator[tuple[str, str]]:
    hints = {"me": "you", "none": "nothing", "late": "a promise is broken", "*": "anything"}
    names, own = words.of(key), KEYS[key].words
    # Of people, oneself and nobody are meant most often; elsewhere nothing is meant least.
    for one in dict.fromkeys((*own, *names) if key in ("assignee", "watcher") else (*names, *own)):
        yield str(one), hints.get(one, "")


def _fitting(values: Iterable[tuple[str, str]], typed: str) -> list[tuple[str, str]]:
    """Those that begin with what was typed, then those that hold it; not what stands there in full already."""
    wanted = typed.lower()
    begin, inside = [], []
    for value, hint in values:
        low = value.lower()
        if low.startswith(wanted) and low != wanted:
            begin.append((value, hint))
        elif wanted and wanted in low and low != wanted:
            inside.append((value, hint))
    return begin + inside


def _last_value(part: str) -> int:
    """Where the last of several values begins: behind the last comma that stands in no quotes."""
    place, inside = 0, False
    for at, char in enumerate(part):
        if char == '"' and (inside or at == place):
            inside = not inside
        elif char == "," and not inside:
            place = at + 1
    return place


def _end_of_value(text: str, start: int, end: int) -> int:
    comma = -1 if text.startswith('"', start) else text.find(",", start, end)
    return end if comma < 0 else comma


def _put(text: str, start: int, end: int, made: str, hint: str, label: str, *, space: bool = True) -> Completion:
    rest = text[end:]
    if space and not rest:
        made += " "
    return Completion(label, hint, text[:start] + made + rest, start + len(made))
