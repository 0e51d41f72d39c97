"""What time makes of a ticket: warnings, broken promises, levels of ladders, the way back to its team. Pure.

`look` says what is due now, `next_wake` when to look next: whoever changes a ticket stores that as `ticket.wake`. What
was done stands in the events, so nothing is done twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from msgspec.structs import replace

from opsconsole.core.format import duration
from opsconsole.tickets.ladders import due_levels
from opsconsole.tickets.model import ClockKind, EventKind, Party, Phase, changed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.tickets.clocks import Clock, Policies
    from opsconsole.tickets.model import Event, Ticket
    from opsconsole.tickets.settings import Level, TicketSettings

_NAMES: Final = {ClockKind.RESPONSE: "the first response", ClockKind.NEXT: "the next response",
                 ClockKind.RESOLUTION: "the resolution"}

Place = tuple[str, int]
"""A clock of a ticket: its kind and its segment."""


class Act(NamedTuple):
    """Something that is due, as the event that says so."""

    at: Instant
    """Since when."""
    kind: EventKind
    text: str
    changes: dict[str, tuple[Any, Any]]
    data: dict[str, Any]


class Seen(NamedTuple):
    """What the events of a ticket say of what was done before."""

    warned: frozenset[Place]
    breached: frozenset[Place]
    climbed: frozenset[tuple[str, str, int, int]]
    """The ladder, kind and segment of the clock, and the level, from 1."""


def look(ticket: Ticket, events: Sequence[Event], clocks: Iterable[Clock], policies: Policies,
         now: Instant) -> tuple[Act, ...]:
    """What is due now and not done yet, in the order in which it is to be written.

    Args:
        ticket: as it is.
        events: all of its events; their texts are not read.
        clocks: as they stand now.
        policies: the configuration.
        now: the present.
    """
    acts = [act for act in _all(ticket, events, tuple(clocks), policies, now) if act.at <= now]
    return _teams(ticket, sorted(acts, key=_order), policies.settings)


def _order(act: Act) -> tuple[int, Instant]:
    """Levels come last, the highest after all others, so that what it sets is what remains."""
    return (act.data["level"] if act.kind is EventKind.ESCALATED else 0), act.at


def next_wake(ticket: Ticket, events: Sequence[Event], clocks: Iterable[Clock], policies: Policies,
              now: Instant) -> Instant | None:
    """When the next thing is due, a moment that has passed where something is due now; None: nothing will be.

    Args: as `look`.
    """
    return min((act.at for act in _all(ticket, events, tuple(clocks), policies, now)), default=None)


def seen(events: Iterable[Event]) -> Seen:
    """What was warned of, what was broken, and what was climbed."""
    warned, breached, climbed = set(), set(), set()
    for event in events:
        if event.kind is EventKind.WARNED:
            warned.add(_place(event))
        elif event.kind is EventKind.BREACHED:
            breached.add(_place(event))
        elif event.kind is EventKind.ESCALATED:
            climbed.add((str(event.data.get("ladder", "")), *_place(event), int(event.data.get("level", 0))))
    return Seen(frozenset(warned), frozenset(breached), frozenset(climbed))


def _place(event: Event) -> Place:
    return str(event.data.get("clock", "")), int(event.data.get("segment", 0))


def _all(ticket: Ticket, events: Sequence[Event], clocks: tuple[Clock, ...], policies: Policies,
         now: Instant) -> Iterator[Act]:
    """All that is due or will be, as far as can be foreseen."""
    done = seen(events)
    for clock in clocks:
        yield from _of_clock(clock, done, now)
    if ticket.phase is not Phase.DONE:
        yield from _of_ladder(ticket, clocks, done, policies, now)
    yield from _back(ticket, events, policies)


def _of_clock(clock: Clock, done: Seen, now: Instant) -> Iterator[Act]:
    """Its warning and its breach; one whose time has come while nobody looked warns no more."""
    place = (clock.kind.value, clock.segment)
    if place in done.breached or clock.waived is not None:
        return
    data = {"clock": clock.kind.value, "segment": clock.segment, "due": clock.due}
    late = clock.breached
    if late is None and clock.open:
        late = clock.due
    if late is not None:
        yield Act(late, EventKind.BREACHED, "", {}, data | {"due": late})
    if clock.warn_at is not None and clock.due is not None and now < clock.due and place not in done.warned:
        yield Act(clock.warn_at, EventKind.WARNED, "", {}, data)


def _of_ladder(ticket: Ticket, clocks: tuple[Clock, ...], done: Seen, policies: Policies,
               now: Instant) -> Iterator[Act]:
    found = policies.ladder_of(ticket.category, ticket.priority)
    if found is None:
        return
    name, ladder = found
    # Another priority can have another ladder: of that one nobody was told yet.
    climbed = {(kind, segment, level) for used, kind, segment, level in done.climbed if used == name}
    for rung in due_levels(clocks, ladder, policies.hours, climbed, now):
        level = ladder.levels[rung.level - 1]
        word = level.name or str(rung.level)
        yield Act(rung.at, EventKind.ESCALATED, f"level {rung.level}{_named(level)}: {_NAMES[rung.kind]} is not there",
                  {}, {"ladder": name, "level": rung.level, "name": word, "clock": rung.kind.value,
                       "segment": rung.segment})


def _named(level: Level) -> str:
    return f", {level.name}" if level.name else ""


def _teams(ticket: Ticket, acts: Sequence[Act], settings: TicketSettings) -> tuple[Act, ...]:
    """The acts with what they set, each on what the one before left.

    A level that names a team gives the ticket to it; whoever had it and does not belong to that team has it no more.
    """
    made = []
    for act in acts:
        wanted: dict[str, Any] = {}
        if act.kind is EventKind.ESCALATED:
            team = settings.ladders[act.data["ladder"]].levels[act.data["level"] - 1].team
            members = settings.teams[team].members if team in settings.teams else ()
            wanted = {"team": team} if members else {}
            if members and ticket.assignee and ticket.assignee not in members:
                wanted["assignee"] = ""
        elif act.kind is EventKind.RETURNED:
            wanted = {"assignee": ""}
        changes = changed(ticket, **wanted)
        if act.kind is EventKind.RETURNED and not changes:
            continue
        ticket = replace(ticket, **wanted)
        made.append(act._replace(changes=changes))
    return tuple(made)


def _back(ticket: Ticket, events: Sequence[Event], policies: Policies) -> Iterator[Act]:
    """The way back to the team of whoever was given a ticket and does nothing about it."""
    settings = policies.settings
    team = settings.teams.get(ticket.team)
    limit = team.return_after if team is not None and team.return_after is not None else settings.return_after
    if limit is None or not ticket.assignee or ticket.phase not in (Phase.INITIAL, Phase.ACTIVE):
        return
    since = _untouched(ticket.assignee, events)
    if since is None:
        return
    hours = policies.terms(ticket.category, ticket.priority.value)[ClockKind.RESPONSE].hours
    yield Act(hours.add(since, round(limit * 1000)), EventKind.RETURNED,
              f"{ticket.assignee} did nothing about it for {duration(float(limit))}", {}, {})


def _untouched(person: str, events: Sequence[Event]) -> Instant | None:
    """Since when somebody has a ticket without doing anything about it; None: they did, or took it themselves."""
    since: Instant | None = None
    for event in events:
        given = event.changes.get("assignee", ("", ""))[1] == person
        goes_on = since is not None and event.changes.get("phase", ("", ""))[0] == Phase.WAITING.value
        if given or goes_on:
            since = event.at
        if since is not None and event.party is Party.STAFF and event.actor == person:
            since = None
    return since
