"""What another version of a template means for a run that was begun with the old one; pure."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from opsconsole.checklists.template import Item, Template

_WORDING: Final = frozenset({"title", "help", "link", "lines", "timeout", "runbook", "on_fail", "decide"})
"""Keys that change how an item looks or what follows from it, not what its answer means."""
_UNORDERED: Final = frozenset({"options", "fails", "expect", "codes"})
"""Keys whose words mean the same in any order."""


class Change(NamedTuple):
    """What adopting the new version of a template does to one item."""

    what: str
    """`added`, `removed`, `changed`, `moved`."""
    item: str
    title: str
    """As it is called from then on; foreign text."""
    detail: str = ""
    """Which keys changed, as `title, max`; of a moved one where it is now."""
    reopened: bool = False
    """Whether its answer does not count any more."""


def differences(old: Template, new: Template, answered: Collection[str] | None = None) -> tuple[Change, ...]:
    """What adopting a new version changes, in the order of that version; what is removed comes last.

    Args:
        old: as the run keeps it.
        new: the version to be adopted.
        answered: the items that have an answer, of which alone one can be reopened; None: all of them.
    """
    before, after = _places(old), _places(new)
    moved = _moved(before, after)
    changes = []
    for name, (section, item) in after.items():
        if name not in before:
            changes.append(Change("added", name, item.title, section))
            continue
        keys = _changed(before[name][1], item)
        if keys:
            anew = not _WORDING.issuperset(keys) and (answered is None or name in answered)
            changes.append(Change("changed", name, item.title, ", ".join(keys), anew))
        if name in moved:
            changes.append(Change("moved", name, item.title, section))
    changes += [Change("removed", name, item.title, section, answered is None or name in answered)
                for name, (section, item) in before.items() if name not in after]
    return tuple(changes)


def reopened(changes: Sequence[Change]) -> tuple[str, ...]:
    """The ids of the items whose answers do not count any more, in the order of the changes."""
    return tuple(change.item for change in changes if change.reopened)


def _places(template: Template) -> dict[str, tuple[str, Item]]:
    """Of each item its section and itself, in their order."""
    return {item.id: (section.title, item) for section in template.sections for item in section.items}


def _changed(old: Item, new: Item) -> list[str]:
    """The keys that differ, in the order in which the item has them."""
    if old.kind != new.kind:
        return ["kind"]
    return [name for name in new.__struct_fields__
            if _comparable(name, getattr(old, name)) != _comparable(name, getattr(new, name))]


def _comparable(name: str, value: object) -> object:
    return sorted(value) if name in _UNORDERED and isinstance(value, tuple) else value


def _moved(before: Mapping[str, tuple[str, Item]], after: Mapping[str, tuple[str, Item]]) -> set[str]:
    """The items that stand elsewhere: in another section, or before ones that they stood behind.

    Of a section with another heading nothing has moved. As few as possible are named: those that a longest row of
    items in unchanged order leaves over.
    """
    common = [name for name in after if name in before]
    place = {name: number for number, name in enumerate(before)}
    headings = {section for section, _ in after.values()}
    elsewhere = {name for name in common if before[name][0] != after[name][0] and before[name][0] in headings}
    staying = [name for name in common if name not in elsewhere]
    return elsewhere | (set(staying) - _longest(staying, place))


def _longest(names: Sequence[str], place: Mapping[str, int]) -> set[str]:
    """The names of a longest rising row of places."""
    ends: list[int] = []
    last: list[str] = []
    previous: dict[str, str] = {}
    for name in names:
        at = bisect_left(ends, place[name])
        if at:
            previous[name] = last[at - 1]
        ends[at:at + 1] = [place[name]]
        last[at:at + 1] = [name]
    found = set()
    name = last[-1] if last else ""
    while name:
        found.add(name)
        name = previous.get(name, "")
    return found
