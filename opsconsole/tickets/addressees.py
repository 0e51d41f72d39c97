"""Whether whom tickets tell, and by which rotations people are on duty, is known to `notify`; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core.config import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from opsconsole.notify.settings import NotifySettings
    from opsconsole.tickets.settings import TicketSettings

    Mistakes = Iterator[tuple[tuple[str, ...], str]]

_ONCALL: Final = "oncall:"
_CHANNEL: Final = "channel:"
_PLACES: Final = frozenset({"assignee", "team", "watchers"})


def addressee_mistakes(settings: TicketSettings, notify: NotifySettings | None) -> Mistakes:
    """(path below `tickets`, sentence) of every rotation and channel that `notify` has not, and of contacts.

    A name that is no contact may be that of a member of a team: then the routes of `notify` say who is told.

    Args:
        settings: of tickets.
        notify: as configured; None: not at all.
    """
    people = {person for team in settings.teams.values() for person in team.members}
    rotations = () if notify is None else notify.rotations
    for name, team in settings.teams.items():
        if team.rotation and team.rotation not in rotations:
            yield ("teams", name, "rotation"), (
                f"there is no rotation `{team.rotation}` in `notify`{nearest(team.rotation, rotations)}")
        yield from _all(("teams", name, "tell"), team.tell, people, notify)
    for name, ladder in settings.ladders.items():
        for number, level in enumerate(ladder.levels):
            yield from _all(("ladders", name, "levels", str(number), "tell"), level.tell, people | _PLACES, notify)


def _all(path: tuple[str, ...], targets: tuple[str, ...], people: Collection[str],
         notify: NotifySettings | None) -> Mistakes:
    for number, target in enumerate(targets):
        problem = _one(target, people, notify)
        if problem:
            yield (*path, str(number)), problem


def _one(target: str, people: Collection[str], notify: NotifySettings | None) -> str:
    """What is wrong with one of them; empty: nothing."""
    rotations: Collection[str] = () if notify is None else notify.rotations
    channels: Collection[str] = ("log", *(() if notify is None else notify.channels))
    if target.startswith(_ONCALL):
        name = target.removeprefix(_ONCALL)
        return "" if name in rotations else f"there is no rotation `{name}` in `notify`{nearest(name, rotations)}"
    if target.startswith(_CHANNEL):
        name = target.removeprefix(_CHANNEL)
        return "" if name in channels else f"there is no channel `{name}` in `notify`{nearest(name, channels)}"
    # Without any contact everything goes by the routes, and a name is as good as another.
    contacts: Collection[str] = () if notify is None else notify.contacts
    if target in people or target in contacts or not contacts:
        return ""
    return f"there is no contact `{target}` in `notify`, and no team has them{nearest(target, sorted(contacts))}"
