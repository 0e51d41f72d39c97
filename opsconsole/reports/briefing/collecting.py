"""From what happened to what is told of it: one item for each thing, own deeds left out, the worst first. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from opsconsole.core.levels import Level
from opsconsole.reports.briefing.model import Item, Part, Section

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from opsconsole.core.timeline import Happening

PARTS: Final = {"alert": Part.OVER, "ticket": Part.TICKETS, "checklist": Part.CHECKLISTS, "log": Part.LOG,
                "maintenance": Part.MAINTENANCE, "change": Part.CHANGES}
"""The kinds of the timeline, and where they are told; hand-overs have a place of their own."""


def things(happenings: Iterable[Happening], me: str) -> list[Item]:
    """One item for each thing that something happened to, the newest first.

    Args:
        happenings: newest first.
        me: whose deeds are no news.
    """
    of_one: dict[str, list[Happening]] = {}
    for one in happenings:
        if one.who != me:
            # What cannot be opened is known by what is said of it.
            of_one.setdefault(one.target or f"\0{one.what}", []).append(one)
    return _merged(map(_thing, of_one.values()))


def _thing(told: Sequence[Happening]) -> Item:
    """What happened to one thing, newest first, as one item."""
    # What was bad before it became well again is over.
    well = next((place for place, one in enumerate(told) if one.level is Level.OK), len(told))
    said = max(told[:well] or told[:1], key=_weight)
    count = 1 if told[0].target else len(told)
    return Item(told[0].at, said.what, tuple(dict.fromkeys(one.who for one in told if one.who)), said.level,
                told[0].target, count=count)


def _weight(one: Happening | Item) -> int:
    return -1 if one.level is None else int(one.level)


def _merged(items: Iterable[Item]) -> list[Item]:
    """Those of which the same is said, as one: an alert that fired thirty times in a night."""
    found: dict[str, Item] = {}
    for one in items:
        first = found.get(one.what)
        found[one.what] = one if first is None else replace(
            first, count=first.count + one.count, who=tuple(dict.fromkeys((*first.who, *one.who))))
    return list(found.values())


def sections(told: Sequence[Section], mine: Collection[str]) -> tuple[Section, ...]:
    """The parts in their order, without those that are empty; what is a person's own is told in a part of its own.

    Args:
        told: parts as they were gathered.
        mine: the targets that are the person's own: `ticket:17`.
    """
    parts: dict[Part, list[Item]] = {part: [] for part in Part}
    more: set[Part] = set()
    for section in told:
        if section.more:
            more.add(section.part)
        for item in section.items:
            own = section.part is Part.TICKETS and item.target in mine
            # Of what was given to somebody, it is told once; unless there is something bad to tell besides.
            if not (own and _weight(item) < Level.WARNING and any(one.target == item.target
                                                                  for one in parts[Part.YOURS])):
                parts[Part.YOURS if own else section.part].append(item)
    return tuple(Section(part, tuple(sorted(items, key=_rank)), part in more) for part, items in parts.items()
                 if items)


def _rank(item: Item) -> tuple[bool, int, int]:
    """News first, then the worst, then the newest."""
    return item.known, -(int(item.level) if item.level is not None and item.level >= Level.WARNING else 0), -item.at
