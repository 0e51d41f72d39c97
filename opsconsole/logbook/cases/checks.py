"""What entries may hold; pure."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from opsconsole.core.errors import UsageError
from opsconsole.core.text import limited, storable
from opsconsole.logbook.merging import FIELDS, typed
from opsconsole.logbook.model import LINK, LISTS, MOST_NAME, MOST_POINTS, MOST_TEXT, MOST_TITLE, Action, Entry, Point

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_REASON: Final = 2_000
MOST_POINT: Final = 2_000
"""Characters of one point."""
MOST_NAMES: Final = 50
_MOST_NUMBER: Final = 2**53
"""Beyond, JSON elsewhere knows no whole numbers."""
_NAMES: Final = {"performed_by": "A name", "checks": "A check", "tags": "A tag"}


def cleaned(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as they are stored: in their types, texts without spaces around them, names and empty points once.

    Raises:
        UsageError: there is no such field, or its value cannot be.
    """
    found = {}
    for name, value in fields.items():
        if name not in FIELDS:
            from opsconsole.core.config import nearest  # noqa: PLC0415 - only where a word is wrong

            raise UsageError(f"An entry has no field `{limited(name, 40)}`{nearest(name, FIELDS)}.",
                             f"It has {', '.join(FIELDS)}.")
        try:
            kept = typed(name, _storable(value))
        except (TypeError, ValueError) as problem:
            raise UsageError(f"This is no value of `{name}`: {limited(str(problem), 200)}.") from None
        found[name] = _clean(name, kept)
    return found


def fitted(entry: Entry) -> Entry:
    """An entry that a program has written, cut to what an entry may hold: nothing of it is a mistake of anybody."""
    lists = {name: tuple(replace(one, text=_cut(one.text, MOST_POINT)) for one in _most(getattr(entry, name)))
             for name in LISTS}
    actions = tuple(replace(one, text=_cut(one.text, MOST_POINT), person=_cut(one.person, MOST_NAME))
                    for one in entry.actions[:MOST_POINTS])
    names = {name: tuple(_cut(one, MOST_NAME) for one in getattr(entry, name)[:MOST_NAMES]) for name in _NAMES}
    ended = entry.ended if entry.ended is None else max(entry.ended, entry.begun)
    return replace(entry, title=_cut(entry.title, MOST_TITLE) or entry.type.value, actions=actions, ended=ended,
                   notes=_cut(entry.notes, MOST_TEXT, lines=True), **lists, **names)


def _most(points: tuple[Point, ...]) -> tuple[Point, ...]:
    if len(points) <= MOST_POINTS:
        return points
    return (*points[:MOST_POINTS - 1], Point(f"… and {len(points) - MOST_POINTS + 1} more"))


def _cut(text: str, most: int, *, lines: bool = False) -> str:
    text = storable(text).strip() if lines else " ".join(storable(text).split())
    return text if len(text) <= most else f"{text[:most - 1]}…"


def checked(entry: Entry) -> Entry:
    """The entry itself.

    Raises:
        UsageError: it ends before it begins.
    """
    if entry.ended is not None and entry.ended < entry.begun:
        raise UsageError("The entry ends before it begins.", "Correct its begin or its end.")
    return entry


def worded(text: str, what: str, most: int, *, empty: bool = False) -> str:
    """A text as it is stored.

    Args:
        text: as written.
        what: what it is, at the beginning of a sentence: `A reason`.
        most: characters that it may have.
        empty: whether it may be empty.

    Raises:
        UsageError: it is too long, or there is none.
    """
    text = storable(text).strip()
    if not text and not empty:
        raise UsageError(f"{what} is missing.", "Others will read it.")
    if len(text) > most:
        raise UsageError(f"{what} has at most {most:,} characters, and this one has {len(text):,}.",
                         "Shorten it, or keep the rest as an attachment.")
    return text


def _clean(name: str, value: Any) -> Any:
    if name in _NAMES:
        return _listed(name, tuple(dict.fromkeys(
            one for text in value if (one := _line(text, _NAMES[name], MOST_NAME)))), MOST_NAMES)
    if name in LISTS:
        return _listed(name, tuple(one for one in map(_point, value) if one.text), MOST_POINTS)
    if name == "actions":
        return _listed(name, tuple(one for one in map(_action, value) if one.text), MOST_POINTS)
    if name == "title":
        return _line(value, "A title", MOST_TITLE, empty=False)
    if name == "notes":
        return worded(value, "A note", MOST_TEXT, empty=True)
    if name in ("begun", "ended"):
        if value is not None and not 0 <= value < _MOST_NUMBER:
            raise UsageError(f"This is no time for `{name}`: {value}.", "Times are milliseconds since 1970.")
    elif name == "seconds" and not (math.isfinite(value) and 0 <= value < _MOST_NUMBER):
        raise UsageError(f"The time spent cannot be {value} seconds.", "")
    return value


def _point(point: Point) -> Point:
    _number(point.ticket)
    if point.link and not re.fullmatch(LINK, point.link):
        raise UsageError(f"This is nothing that a point can have come from: {limited(point.link, 40)}.",
                         "Write it as run:5 or alert:17.")
    return replace(point, text=_line(point.text, "A point", MOST_POINT))


def _action(action: Action) -> Action:
    due = action.due.strip()
    if due:
        _day(due)
    if action.done is not None:
        _number(action.done)
    return replace(action, text=_line(action.text, "A next action", MOST_POINT), due=due,
                   person=_line(action.person, "A name", MOST_NAME),
                   done_by=_line(action.done_by, "A name", MOST_NAME) if action.done is not None else "")


def _day(text: str) -> None:
    if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            date.fromisoformat(text)
        except ValueError:
            pass
        else:
            return
    raise UsageError(f"`{limited(text, 40)}` is no date.", "Write it as 2027-01-04.")


def _number(number: int) -> None:
    if not 0 <= number < _MOST_NUMBER:
        raise UsageError(f"This is no number that something can have: {number}.")


def _line(text: str, what: str, most: int, *, empty: bool = True) -> str:
    return worded(" ".join(text.split()), what, most, empty=empty)


def _listed(name: str, value: tuple[Any, ...], most: int) -> tuple[Any, ...]:
    if len(value) > most:
        raise UsageError(f"`{name}` has at most {most} lines, and these are {len(value)}.",
                         "Write the rest into the notes.")
    return value


def _storable(value: Any) -> Any:
    """The same with half characters spelled out."""
    if isinstance(value, str):
        # Words of an enumeration are texts too, and stay what they are.
        return value if type(value) is not str else storable(value)
    if isinstance(value, Point | Action):
        return replace(value, **{name: storable(text) for name in value.__struct_fields__
                                 if isinstance(text := getattr(value, name), str)})
    if isinstance(value, list | tuple):
        return [_storable(one) for one in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(one) for name, one in value.items()}
    return value
