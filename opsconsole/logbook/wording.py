"""How the fields of an entry are written by people, and read again: one line for each point; pure.

`Disk 3 swapped #17` is a point about a ticket, `Weekly round signed off run:5` one that came from a checklist, and
`order a spare disk @ben 2027-01-11` a next action with person and date.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from opsconsole.core.clock import local
from opsconsole.core.units import Duration
from opsconsole.core.walltime import read_clock
from opsconsole.logbook.model import LINK, LISTS, Action, EntryType, Point, Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from opsconsole.core.clock import Instant
    from opsconsole.logbook.model import Entry

FORM: Final = ("title", "type", "begun", "ended", "performed_by", "tasks", "found", "resolved", "escalated", "actions",
               "notes", "seconds", "checks", "tags", "status")
"""The fields of an entry in the order in which a person thinks of them. The first one takes text: what is typed at once
must not change a choice."""
DONE: Final = "[x] "
"""Before a next action that is done."""
NAMES: Final = frozenset({"performed_by", "checks", "tags"})
_POINT: Final = re.compile(r"(?s)(.*\S)\s+#([0-9]{1,12})\s*")
_LINKED: Final = re.compile(rf"(?s)(.*\S)\s+({LINK})\s*")
_DAY: Final = re.compile(r"(?:due:)?([0-9]{4}-[0-9]{2}-[0-9]{2})")


def point_of(text: str) -> Point:
    """A point from a line; `#17` at its end is the ticket that it is about, `run:5` or `alert:3` what it came from."""
    linked = _LINKED.fullmatch(text)
    text, link = (text, "") if linked is None else (linked[1], linked[2])
    found = _POINT.fullmatch(text)
    return Point(text.strip(), 0, link) if found is None else Point(found[1].strip(), int(found[2]), link)


def point_text(point: Point) -> str:
    """A point as a line."""
    return " ".join((*point.text.split(), *([f"#{point.ticket}"] if point.ticket else ()),
                     *([point.link] if point.link else ())))


def action_of(text: str) -> Action:
    """A next action from a line; `@ben` and `2027-01-11`, or `due:2027-01-11`, at its end are by whom and by when."""
    words, person, due = text.split(), "", ""
    while len(words) > 1:
        day = _DAY.fullmatch(words[-1])
        if day is not None and not due:
            due = day[1]
        elif words[-1].startswith("@") and len(words[-1]) > 1 and not person:
            person = words[-1][1:]
        elif words[-1].startswith("due:") and not due:
            due = words[-1][4:]
        else:
            break
        words.pop()
    return Action(" ".join(words), person, due)


def action_text(action: Action) -> str:
    """A next action as a line."""
    done = DONE if action.done is not None else ""
    person = f"@{action.person}" if action.person else ""
    return done + " ".join(part for part in (*action.text.split(), person, action.due) if part)


def shown(entry: Entry, name: str, zone: tzinfo | None) -> str:
    """A field of an entry as it stands in a form."""
    value = getattr(entry, name)
    if name in ("begun", "ended"):
        return f"{local(value, zone):%Y-%m-%d %H:%M}" if value is not None else ""
    if name == "seconds":
        return str(Duration(round(value))) if value else ""
    if name in LISTS:
        return "\n".join(map(point_text, value))
    if name == "actions":
        return "\n".join(map(action_text, value))
    return " ".join(value) if name in NAMES else str(value)


def read(name: str, text: str, now: Instant, zone: tzinfo | None, before: Sequence[Action] = ()) -> Any:
    """What stands in a field of a form, in the type of the model.

    Args:
        name: of the field.
        text: as it stands there.
        now: ms UTC; a time without a date is of its day.
        zone: the local one.
        before: the next actions as they were: those that are done stay so.

    Raises:
        ValueError: it cannot be; a sentence that says what can.
    """
    if name == "type":
        return EntryType(text)
    if name == "status":
        return Status(text)
    if name in ("begun", "ended"):
        return read_clock(text, now, zone) if text.strip() or name == "begun" else None
    if name == "seconds":
        return _spent(text)
    if name in LISTS:
        return tuple(point_of(line) for line in text.splitlines() if line.strip())
    if name == "actions":
        return tuple(_action(line, now, before) for line in text.splitlines() if line.strip())
    if name in NAMES:
        return tuple(dict.fromkeys(text.replace(",", " ").split()))
    return text.strip()


def _action(line: str, now: Instant, before: Sequence[Action]) -> Action:
    done = line.strip().startswith(DONE.strip())
    action = action_of(line.strip().removeprefix(DONE.strip()) if done else line)
    if action.due:
        try:
            date.fromisoformat(action.due)
        except ValueError:
            raise ValueError(f"There is no day {action.due}; write one as 2027-01-04.") from None
    if not done:
        return action
    known = next((one for one in before if one.done is not None and one.text == action.text), None)
    return Action(action.text, action.person, action.due, known.done if known is not None else now,
                  known.done_by if known is not None else "")


def _spent(text: str) -> float:
    if not text.strip():
        return 0.0
    try:
        return float(Duration.parse(text))
    except ValueError:
        raise ValueError("Write the time spent as 45m or 1h30m.") from None
