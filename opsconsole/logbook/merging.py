"""An entry with its amendments, and what two people wrote into one entry at the same time; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import fields, replace

from opsconsole.logbook.model import Action, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opsconsole.logbook.model import Amendment

FIELDS: Final = ("type", "title", "begun", "ended", "status", "performed_by", "tasks", "found", "resolved", "escalated",
                 "actions", "notes", "seconds", "checks", "tags")
"""All that an entry says of itself: what can be saved and amended."""
_TYPES: Final = {one.name: one.type for one in fields(Entry) if one.name in FIELDS}


def merged(entry: Entry, amendments: Iterable[Amendment]) -> Entry:
    """What readers see: the entry as it was signed, with what its amendments say, the later one over the earlier.

    Args:
        entry: as it was signed, or as some of its amendments made it already.
        amendments: the rest of them, oldest first.

    Raises:
        ValueError: a change is no value of its field.
    """
    changes: dict[str, Any] = {}
    for one in amendments:
        changes |= one.changes
    return replace(entry, **{name: typed(name, value) for name, value in changes.items()}) if changes else entry


def typed(name: str, value: Any) -> Any:
    """A value of a field in its type, from that type or from the plain forms of JSON.

    Raises:
        ValueError: it is no value of this field, or there is no such field.
    """
    if name not in _TYPES:
        raise ValueError(f"an entry has no field `{name}`")
    return msgspec.convert(msgspec.to_builtins(value), _TYPES[name])


def wanted_of(entry: Entry, fields: Mapping[str, Any], base: Mapping[str, Any]
              ) -> tuple[dict[str, Any], dict[str, tuple[Any, Any]]]:
    """What of somebody's fields has to be set in an entry as it is now.

    A field that only they changed is set; one that only others changed stays; of lists that both changed, what either
    added is there afterwards, and what either took away is not.

    Args:
        entry: as it is now.
        fields: what they want.
        base: the same fields as they read them.

    Returns:
        Field → its new value; and field → (what stands there now, what was wanted) where that cannot be decided.
    """
    changes: dict[str, Any] = {}
    clashes: dict[str, tuple[Any, Any]] = {}
    for name, given in fields.items():
        now, was, wanted = getattr(entry, name), base[name], given
        if name == "actions":
            wanted, was = _not_undone(now, was, wanted), _not_undone(now, was, was)
        if wanted in (now, was):
            continue
        if now != was:
            both = _both(was, now, wanted) if isinstance(now, tuple) else None
            if both is None:
                clashes[name] = now, given
                continue
            wanted = both
        if wanted != now:
            changes[name] = wanted
    return changes, clashes


def _both(was: Sequence[Any], now: Sequence[Any], wanted: Sequence[Any]) -> tuple[Any, ...] | None:
    """A list that two people changed; None where they changed the same line, or its order."""
    if any(len(set(one)) < len(one) for one in (was, now, wanted)):
        return None
    theirs, mine = set(was) - set(now), set(was) - set(wanted)
    mine_new = [one for one in wanted if one not in was and one not in now]
    theirs_new = [one for one in now if one not in was]
    if theirs & mine and mine_new and theirs_new:
        return None
    stay = [one for one in was if one in now and one in wanted]
    if [one for one in now if one in stay] != stay or [one for one in wanted if one in stay] != stay:
        return None
    return (*(one for one in now if one not in mine), *mine_new)


def still_done(now: Sequence[Action], wanted: Sequence[Action]) -> tuple[Action, ...]:
    """Actions as wanted, done as those of the same text are now."""
    present = {one.text: one for one in now}
    return tuple(replace(one, done=present[one.text].done, done_by=present[one.text].done_by)
                 if one.text in present else one for one in wanted)


def _not_undone(now: Sequence[Action], was: Sequence[Action], wanted: Sequence[Action]) -> tuple[Action, ...]:
    """Actions as wanted, done as they are now where nobody wanted that changed: finishing is no edit."""
    before = {one.text: one.done for one in was}
    return tuple(there if one.text in before and before[one.text] == one.done else one
                 for one, there in zip(wanted, still_done(now, wanted), strict=True))
