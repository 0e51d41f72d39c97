"""What templates name that stands elsewhere: in the configuration, or in other templates; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.checklists.template import AutoItem
from opsconsole.core.config import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from opsconsole.checklists.template import OnFail, Template
    from opsconsole.notify.settings import NotifySettings
    from opsconsole.tickets.settings import TicketSettings

    Path = tuple[str, ...]

SERIES: Final = "check:"
"""What the names of series begin with that a check writes: `check:web.latency`."""
_WHERE: Final = {"check": "`checks`", "category": "`tickets.categories`", "ladder": "`notify.ladders`",
                 "rotation": "`notify.rotations`", "calendar": "`tickets.calendars`", "team": "`tickets.teams`"}


class Configured(NamedTuple):
    """The names that the configuration has."""

    checks: Collection[str] = ()
    categories: Collection[str] = ()
    ladders: Collection[str] = ()
    rotations: Collection[str] = ()
    calendars: Collection[str] = ()
    teams: Collection[str] = ()


def configured(checks: Mapping[str, object] | None, tickets: TicketSettings | None,
               notify: NotifySettings | None) -> Configured:
    """The names of a configuration, of its parts that templates can name something of."""
    from opsconsole.notify.settings import NotifySettings  # noqa: PLC0415 - only where there is a configuration
    from opsconsole.tickets.settings import TicketSettings  # noqa: PLC0415 - as above

    tickets = tickets if tickets is not None else TicketSettings()
    notify = notify if notify is not None else NotifySettings()
    return Configured(tuple(checks or ()), tuple(tickets.all_categories), tuple(notify.ladders),
                      tuple(notify.rotations), tuple(tickets.calendars), tuple(tickets.teams))


class Named(NamedTuple):
    """A name at its place in a template."""

    keys: Path
    kind: str
    """`check`, `series`, `category`, `ladder`, `rotation`, `team`, `calendar`, `followed` or `run`."""
    name: str


def names_in(template: Template) -> Iterator[Named]:
    """All that a template names, in no particular order."""
    single = (("who", "rotation"), "rotation", template.who.rotation), (("who", "team"), "team", template.who.team), (
        ("calendar",), "calendar", template.calendar)
    yield from (Named(*each) for each in single if each[2])
    yield from (Named(("follows", str(number)), "followed", slug) for number, slug in enumerate(template.follows))
    yield from _of_failing(("on_fail",), template.on_fail)
    for place, item in template.placed():
        if item.on_fail is not None:
            yield from _of_failing((*place, "on_fail"), item.on_fail)
        if isinstance(item, AutoItem) and item.check:
            yield Named((*place, "check"), "check", item.check)
        if isinstance(item, AutoItem) and item.metric.startswith(SERIES):
            yield Named((*place, "metric"), "series", item.metric.removeprefix(SERIES))


def _of_failing(place: Path, follows: OnFail) -> Iterator[Named]:
    for key, kind, name in (("category", "category", follows.category), ("escalate", "ladder", follows.escalate),
                            ("run", "run", follows.run)):
        if name:
            yield Named((*place, key), kind, name)


def unknown(named: Named, known: Mapping[str, Collection[str]], off: Collection[str]) -> str:
    """What is wrong with a name; empty: nothing, or nobody knows.

    Args:
        named: what a template names.
        known: the names that there are, by kind; a kind that is not in it is not looked at.
        off: the slugs of checklists that are switched off.
    """
    name = named.name
    if named.kind in ("followed", "run"):
        slugs = known["checklist"]
        if name in slugs or (name in off and named.kind == "followed"):
            return ""
        if name in off:
            return f"the checklist `{name}` is switched off by `checklists.off`, so it cannot be started"
        return f"there is no checklist `{name}`{nearest(name, sorted(slugs))}"
    if named.kind == "series":
        checks = known["check"]
        if any(name.startswith(f"{check}.") for check in checks):
            return ""
        name = name.rpartition(".")[0] or name
        return f"there is no check `{name}` in `checks`{nearest(name, sorted(checks))}"
    if named.kind not in known or name in known[named.kind]:
        return ""
    return f"there is no {named.kind} `{name}` in {_WHERE[named.kind]}{nearest(name, sorted(known[named.kind]))}"
