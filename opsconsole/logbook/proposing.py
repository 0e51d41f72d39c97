"""What happened, as lines that an entry could have: rounds signed off, own tickets, alerts, changes of the host; pure.

Happenings come from every feature; this is the only place that knows what is worth a line in the log. What a person did
to one ticket, what befell one alert and what one unit went through is one proposal each, however often it was told.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from opsconsole.core import format as fmt
from opsconsole.core.clock import DAY
from opsconsole.core.text import harmless
from opsconsole.core.timeline import PACKAGE, commands, summed
from opsconsole.logbook.model import LINK, LISTS, EntryType, Proposal
from opsconsole.logbook.wording import point_of, point_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from opsconsole.core.timeline import Happening
    from opsconsole.logbook.model import Point

KINDS: Final = ("alert", "change", "checklist", "ticket")
"""The kinds of happenings that something is proposed of."""
MOST: Final = 100
"""Proposals at a time; of more, the newest."""
MOST_TEXT: Final = 300
FIRST: Final = {EntryType.WEEKLY: 7 * DAY, EntryType.MONTHLY: 31 * DAY, EntryType.QUARTERLY: 92 * DAY,
                EntryType.ANNUAL: 366 * DAY}
"""How far back the first entry of a type looks; of the others a day."""
_COMMAND: Final = "    "
"""Before each line of a command among the notes: Markdown shows it as it was typed."""
_ITEM: Final = "- "
"""Before anything else among the notes."""
_LOUD: Final = re.compile("^(?:info|warning|critical): ")
"""How an alert's history begins what was said: an entry tells what it was, not how loud."""
_ENDING: Final = re.compile(rf"(?:#[0-9]{{1,12}}|{LINK})$")
"""The end of a foreign text that would be read as where the line comes from."""


def proposals(happenings: Sequence[Happening], who: str) -> tuple[Proposal, ...]:
    """What an entry about these happenings could say, oldest first.

    Args:
        happenings: newest first, as they are told.
        who: the login name of whoever writes it: of tickets, only those that they worked on.
    """
    told: dict[str, list[Happening]] = {kind: [] for kind in KINDS}
    for one in reversed(happenings):
        if one.kind in told:
            told[one.kind].append(one)
    found = [*_grouped(told["checklist"], lambda one: one.target, _run),
             *_grouped((one for one in told["ticket"] if one.who == who), lambda one: one.target, _ticket),
             *_grouped(told["alert"], lambda one: one.about, _alert), *_changes(told["change"])]
    return tuple(sorted(found, key=lambda one: one.at or 0)[-MOST:])


class Said(NamedTuple):
    """What a form says, so that many proposals are compared with it quickly."""

    links: frozenset[str]
    tickets: frozenset[int]
    texts: frozenset[str]
    """Of points that come from nothing else, as they are seen."""
    notes: str
    """As they are seen, between line breaks."""


def said(values: Mapping[str, str]) -> Said:
    """What a form says.

    Args:
        values: of its fields.
    """
    lines = values.get("notes", "").split("\n")
    points = [point_of(line) for name in LISTS for line in values.get(name, "").split("\n") if line.strip()]
    points += [point_of(line.removeprefix(_ITEM)) for line in lines if line.startswith(_ITEM)]
    return Said(frozenset(one.link for one in points if one.link),
                frozenset(one.ticket for one in points if one.ticket),
                frozenset(_seen(one.text) for one in points), "\n".join(["", *map(_seen, lines), ""]))


def stands(said: Said, one: Proposal) -> bool:
    """Whether a form says already what is proposed, in whatever field and, where it names its source, words."""
    if one.link or one.ticket:
        return one.link in said.links or one.ticket in said.tickets
    if _seen(" ".join(one.text.split())) in said.texts:
        return True
    return one.is_command and "\n".join(["", *map(_seen, _lines(moved(one, "notes"))), ""]) in said.notes


def taken(values: Mapping[str, str], one: Proposal) -> str:
    """The text of the proposal's field with its line behind what stands there."""
    text, lines = values.get(one.field, "").rstrip("\n"), _lines(one)
    # A line that is indented is a command only behind an empty one, or behind another command.
    apart = "\n" if lines[0].startswith(_COMMAND) and not text.rsplit("\n", 1)[-1].startswith(_COMMAND) else ""
    return "\n".join([*([text + apart] if text else []), *lines])


def dropped(values: Mapping[str, str], one: Proposal) -> tuple[str, str] | None:
    """The field that says what is proposed, and its text without that; None: none does."""
    place = _place(values, one)
    if place is None:
        return None
    name, first, count = place
    lines = values[name].split("\n")
    del lines[first:first + count]
    return name, "\n".join(lines).strip("\n")


def moved(one: Proposal, field: str) -> Proposal:
    """The same for another field."""
    return replace(one, field=field)


def with_points(now: Mapping[str, Sequence[Point]], chosen: Iterable[Proposal]) -> dict[str, tuple[Point, ...]]:
    """Lists of an entry with what was proposed behind what they say; those that stay as they are are left out."""
    found: dict[str, tuple[Point, ...]] = {}
    for one in chosen:
        before = found.get(one.field, tuple(now.get(one.field, ())))
        if one.field in LISTS and not any(_same(point, one) for name in LISTS
                                          for point in (*now.get(name, ()), *found.get(name, ()))):
            found[one.field] = (*before, one.point)
    return found


def with_commands(notes: str, chosen: Iterable[Proposal]) -> str:
    """Notes with the commands among what was chosen."""
    values = {"notes": notes}
    for one in chosen:
        if one.field == "notes" and not stands(said(values), one):
            values["notes"] = taken(values, one)
    return values["notes"]


def _place(values: Mapping[str, str], one: Proposal) -> tuple[str, int, int] | None:
    """The field that says it, its first line there, and how many lines it takes."""
    for name in LISTS:
        for place, line in enumerate(values.get(name, "").split("\n")):
            if line.strip() and _same(point_of(line), one):
                return name, place, 1
    lines = values.get("notes", "").split("\n")
    if not one.is_command:
        return next((("notes", place, 1) for place, line in enumerate(lines)
                     if line.startswith(_ITEM) and _same(point_of(line.removeprefix(_ITEM)), one)), None)
    wanted = [_seen(line) for line in _lines(moved(one, "notes"))]
    for place in range(len(lines) - len(wanted) + 1):
        if [_seen(line) for line in lines[place:place + len(wanted)]] == wanted:
            return "notes", place, len(wanted)
    return None


def _lines(one: Proposal) -> list[str]:
    """What stands in its field."""
    if one.field in LISTS:
        return [point_text(one.point)]
    if one.is_command:
        return [f"{_COMMAND}{line}".rstrip() for line in one.text.splitlines()]
    return [_ITEM + point_text(one.point)]


def _same(point: Point, one: Proposal) -> bool:
    """Whether a point comes from what is proposed."""
    if one.link or one.ticket:
        return bool(one.link and point.link == one.link) or bool(one.ticket and point.ticket == one.ticket)
    return _seen(point.text) == _seen(" ".join(one.text.split()))


def _seen(text: str) -> str:
    """As a form shows it: what it cannot show as it is was made harmless there."""
    return harmless(text.expandtabs(4)).rstrip()


# -- what is made of happenings ---------------------------------------------------------------------------------------


def _grouped(happenings: Iterable[Happening], key: Callable[[Happening], str],
             made: Callable[[Sequence[Happening]], Proposal | None]) -> Iterator[Proposal]:
    groups: dict[str, list[Happening]] = {}
    for one in happenings:
        groups.setdefault(key(one), []).append(one)
    for group in groups.values():
        proposal = made(group)
        if proposal is not None:
            yield proposal


def _run(group: Sequence[Happening]) -> Proposal | None:
    """A round that was signed off, and not sent back since."""
    last = next((one for one in reversed(group) if one.deed in ("signed", "countersigned", "returned")), None)
    if last is None or last.deed == "returned":
        return None
    return Proposal(last.target, "tasks", _text(f"{last.about} signed off"), last.at, link=last.target)


def _ticket(group: Sequence[Happening]) -> Proposal:
    """A ticket that a person worked on: solved, found, or moved on."""
    last = group[-1]
    number = int(last.target.partition(":")[2])
    deeds = [one.deed for one in group]
    states = [deed for deed in deeds if deed == "done" or deed.startswith("is ")]
    if states and states[-1] == "done":
        field, text = "resolved", last.about
    elif "opened" in deeds:
        field, text = "found", last.about
    else:
        field, text = "tasks", f"{last.about}: {(states or deeds)[-1]}"
    return Proposal(last.target, field, _text(text), last.at, number)


def _alert(group: Sequence[Happening]) -> Proposal | None:
    """What was wrong with one thing; where it is over, for how long."""
    bad = [one for one in group if one.deed in ("fired", "worse")]
    fired = [one for one in bad if one.deed == "fired"]
    over = [one for one in group if one.deed == "resolved"]
    if not bad and not over:
        return None
    last = (bad or over)[-1]
    ended = bool(over) and (not bad or over[-1].at >= bad[-1].at)
    said = _LOUD.sub("", last.detail.partition("\n")[0]) if bad else ""
    text = ": ".join(part for part in (last.about, said) if part.strip())
    if len(fired) > 1:
        text += f", {len(fired)} times"
    elif ended and fired:
        text += f", for {fmt.duration((over[-1].at - fired[0].at) / 1000)}"
    elif ended:
        text += ", over" if bad else " is over"
    return Proposal(last.target, "resolved" if ended else "found", _text(text), group[-1].at, link=last.target)


def _changes(happenings: Sequence[Happening]) -> Iterator[Proposal]:
    """Packages by the command that changed them, units by their names, each start of the machine."""
    for group in commands(one for one in happenings if one.deed == PACKAGE):
        yield Proposal(f"package:{group[0].at}", "tasks", _text(summed(group)), group[-1].at)
    for one in happenings:
        if one.deed == "reboot":
            yield Proposal(f"reboot:{one.at}", "tasks", _text(f"Machine {one.about}"), one.at)
    units = (one for one in happenings if one.deed == "unit")
    yield from _grouped(units, lambda one: one.about.partition(" ")[0], _unit)


def _unit(group: Sequence[Happening]) -> Proposal:
    last = group[-1]
    name = last.about.partition(" ")[0]
    same = sum(one.about == last.about for one in group)
    text = f"{last.about}, {same} times" if same > 1 else last.about
    field = "found" if last.about.endswith("failed to start") else "tasks"
    return Proposal(f"unit:{name}", field, _text(text), last.at)


def _text(text: str) -> str:
    """One line; nothing at its end is mistaken for where it comes from."""
    line = " ".join(text.split())
    line = line if len(line) <= MOST_TEXT else f"{line[:MOST_TEXT - 1]}…"
    return f"{line}." if _ENDING.search(line) else line or "unnamed"
