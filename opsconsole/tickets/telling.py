"""What of tickets is told to whom, as notices of `notify`; what is told of one change to one person is one notice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core.format import duration
from opsconsole.notify.model import Notice, NoticeKind, Severity
from opsconsole.tickets.model import EventKind, Party, Phase, Priority, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Transaction
    from opsconsole.tickets.model import Event, Ticket
    from opsconsole.tickets.settings import Level, TicketSettings

CATEGORY: Final = "tickets"
"""The category of all notices about tickets: routes can name it."""
_LINES, _CHARACTERS = 20, 2_000
"""Of a message that a notice quotes."""
_MENTION: Final = re.compile(r"(?<![\w@./+-])@([A-Za-z_][A-Za-z0-9_.-]{0,63})(?![\w.@-])")
_CODE: Final = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_WORDS: Final = {"response": "first response", "next": "next response", "resolution": "resolution"}


def thread_of(number: int) -> str:
    """What the notices about a ticket have in common."""
    return f"ticket:{number}"


def mentions(text: str) -> tuple[str, ...]:
    """The names that a text mentions as `@name`, each once, in their order; none in code or in addresses."""
    found = (match[1].rstrip(".-") for match in _MENTION.finditer(_CODE.sub(" ", text)))
    return tuple(dict.fromkeys(found))


class _Reason(NamedTuple):
    """One thing to tell, and whom: `tell` as `Notice.tell`; empty: whoever the routes say."""

    tell: tuple[str, ...]
    what: str
    """What stands before the ticket's title."""
    text: str
    severity: Severity
    kind: NoticeKind = NoticeKind.NOTE
    level: bool = False
    """Whether it is a level of a ladder."""

    @property
    def weight(self) -> tuple[bool, bool, int]:
        """Which of several counts most."""
        return self.kind is not NoticeKind.NOTE, self.level, self.severity.rank


async def tell(tx: Transaction, ticket: Ticket, events: Sequence[Event], settings: TicketSettings) -> None:
    """Tells whom it may concern what one change made of a ticket, in the transaction of that change.

    Args:
        tx: the transaction.
        ticket: as it is now.
        events: those of the change, all of this ticket.
        settings: as configured.

    Raises:
        StorageError: it could not be stored.
    """
    from opsconsole.notify import service as notify  # noqa: PLC0415 - only whoever changes something needs it

    for notice in notices(ticket, events, settings):
        await notify.put(tx, notice)
    for event in events:
        if event.kind is EventKind.ACKNOWLEDGED:
            await notify.acknowledge(tx, thread_of(ticket.number), event.actor, event.text, event.at)
        elif ticket.escalated and event.changes.get("phase", ("", ""))[1] == Phase.DONE.value:
            await notify.put(tx, _over(ticket, event.at))


def _over(ticket: Ticket, at: Instant) -> Notice:
    """That a ticket which was escalated is done: whoever was to acknowledge that learns it."""
    return Notice(NoticeKind.RESOLVED, thread_of(ticket.number), Severity.INFO, _title(ticket, ticket.state), "", at,
                  CATEGORY)


def notices(ticket: Ticket, events: Sequence[Event], settings: TicketSettings) -> list[Notice]:
    """What is told of one change to a ticket. Nobody is told what they did themselves.

    Args:
        ticket: as it is now.
        events: those of the change.
        settings: as configured.
    """
    if not events or all(event.via is Source.IMPORT for event in events):
        return []
    told: dict[str, list[_Reason]] = {}
    open_: list[_Reason] = []
    for reason in _reasons(ticket, events, settings):
        if not reason.tell:
            open_.append(reason)
        for target in reason.tell:
            told.setdefault(target, []).append(reason)
    if open_ and any(reason.level for reasons in told.values() for reason in reasons):
        # Whoever a level names hears the rest with it; nobody else has to.
        told = {target: [*reasons, *open_] for target, reasons in told.items()}
        open_ = []
    same: dict[tuple[_Reason, ...], list[str]] = {}
    for target, reasons in told.items():
        same.setdefault(tuple(dict.fromkeys(reasons)), []).append(target)
    at = events[-1].at
    made = [_notice(ticket, reasons, tuple(targets), at) for reasons, targets in same.items()]
    return [*made, *([_notice(ticket, tuple(open_), (), at)] if open_ else [])]


def _notice(ticket: Ticket, reasons: Sequence[_Reason], told: tuple[str, ...], at: Instant) -> Notice:
    first = max(reasons, key=lambda one: one.weight)
    texts = dict.fromkeys(one.text for one in (first, *reasons) if one.text)
    return Notice(first.kind, thread_of(ticket.number), first.severity, _title(ticket, first.what),
                  "\n".join([*texts, _facts(ticket)]), at, CATEGORY, tell=told)


def _title(ticket: Ticket, what: str) -> str:
    return f"#{ticket.number} {what}: {ticket.title}"


def _facts(ticket: Ticket) -> str:
    who = ticket.assignee or (f"team {ticket.team}" if ticket.team else "nobody")
    return (f"{ticket.priority.value}, {ticket.state}, {who}; see it in the console or by"
            f" `opsconsole ticket show {ticket.number}`")


def _reasons(ticket: Ticket, events: Sequence[Event], settings: TicketSettings) -> Iterable[_Reason]:
    for event in events:
        if event.kind is EventKind.CREATED:
            yield from _created(ticket, events, settings)
        else:
            yield from _changed(ticket, event, settings)
        make = _BY_KIND.get(event.kind)
        if make is not None:
            yield from make(ticket, event, settings)
    yield from _escalated(ticket, events, settings)


def _without(people: Iterable[str], event: Event) -> tuple[str, ...]:
    """People, each once, without whoever did it."""
    return tuple(one for one in dict.fromkeys(people) if one and (one != event.actor or event.party is not Party.STAFF))


def _loud(ticket: Ticket) -> Severity:
    """How loud what somebody has to do about a ticket is."""
    if ticket.priority is Priority.URGENT:
        return Severity.CRITICAL
    return Severity.INFO if ticket.priority is Priority.LOW else Severity.WARNING


def _team(ticket: Ticket, settings: TicketSettings) -> tuple[str, ...]:
    team = settings.teams.get(ticket.team)
    return team.tell if team is not None else ()


def _owners(ticket: Ticket, settings: TicketSettings) -> tuple[str, ...]:
    """Whoever has it; of a ticket that nobody has, whom its team names."""
    return (ticket.assignee,) if ticket.assignee else _team(ticket, settings)


def _created(ticket: Ticket, events: Sequence[Event], settings: TicketSettings) -> Iterable[_Reason]:
    first = events[0]
    text = _quoted(ticket.description)
    if ticket.phase is Phase.DONE:
        return
    if ticket.assignee:
        told = _without((ticket.assignee,), first)
        if told:
            yield _Reason(told, "is yours", text, _loud(ticket))
        return
    told = _team(ticket, settings)
    if told:
        yield _Reason(told, f"is new for {ticket.team}", text, _loud(ticket))
    elif ticket.source is not Source.ALERT:  # whoever is to know was told by the alert
        usual = Severity.INFO if ticket.priority is Priority.MEDIUM else _loud(ticket)
        yield _Reason((), "is new", text, usual)


def _changed(ticket: Ticket, event: Event, settings: TicketSettings) -> Iterable[_Reason]:
    """What fields were set to: who has it, its state, its priority."""
    by = event.actor or "opsconsole"
    if ticket.phase is not Phase.DONE:
        if "assignee" in event.changes:
            person = str(event.changes["assignee"][1])
            if person and person == ticket.assignee and (told := _without((person,), event)):
                yield _Reason(told, "is yours", f"{by} gave it to you. {event.text}".strip(), _loud(ticket))
        if not ticket.assignee and event.changes.keys() & {"team", "assignee"} and (told := _team(ticket, settings)):
            why = event.text or f"by {by}"
            yield _Reason(told, f"came to {ticket.team}", f"Nobody has it: {why}", _loud(ticket))
    said = [f"{name} {event.changes[name][0]} → {event.changes[name][1]}" for name in ("state", "priority")
            if name in event.changes]
    watching = _without((*ticket.watchers, ticket.assignee), event)
    if said and watching and event.kind is not EventKind.ESCALATED:
        yield _Reason(watching, f"is {ticket.state}", f"{', '.join(said)}, by {by}", Severity.INFO)


def _message(ticket: Ticket, event: Event, settings: TicketSettings) -> Iterable[_Reason]:
    if event.party in (Party.ROBOT, Party.SYSTEM):
        return
    text = _quoted(event.text)
    if event.party is Party.REQUESTER:
        by = event.actor or ticket.requester or "the requester"
        if ticket.phase is not Phase.DONE:
            yield _Reason(_owners(ticket, settings), f"has an answer of {by}", text, _loud(ticket))
        watching = tuple(one for one in ticket.watchers if one != ticket.assignee)
    else:
        by = event.actor
        known = {*ticket.watchers, ticket.assignee, *(one for team in settings.teams.values() for one in team.members)}
        named = _without((one for one in mentions(event.text) if one in known), event)
        if named:
            yield _Reason(named, f"names you, by {by}", text, max(Severity.WARNING, _loud(ticket), key=_rank))
        watching = tuple(one for one in _without((*ticket.watchers, ticket.assignee), event) if one not in named)
    if watching:
        what = "reply" if event.public else "note"
        yield _Reason(watching, f"has a {what if event.party is Party.STAFF else 'message'} of {by}", text,
                      Severity.INFO)


def _rank(severity: Severity) -> int:
    return severity.rank


def _bounced(ticket: Ticket, event: Event, settings: TicketSettings) -> Iterable[_Reason]:
    people = dict.fromkeys((*filter(None, (str(event.data.get("by", "")),)), *_owners(ticket, settings)))
    yield _Reason(tuple(people), "did not reach its requester", event.text,
                  max(Severity.WARNING, _loud(ticket), key=_rank))


def _rated(ticket: Ticket, event: Event, settings: TicketSettings) -> Iterable[_Reason]:
    """What a requester answers; what people enter themselves they know."""
    value = event.changes.get("satisfaction", (0, 0))[1]
    owners = _owners(ticket, settings)
    if owners and event.party is Party.REQUESTER and isinstance(value, int) and value:
        usual = Severity.INFO if value >= settings.satisfaction.good else Severity.WARNING
        yield _Reason(owners, f"was rated {value} of 5 by {event.actor or 'its requester'}",
                      _quoted(event.text), usual)


def _returned(ticket: Ticket, event: Event, settings: TicketSettings) -> Iterable[_Reason]:
    before = str(event.changes.get("assignee", ("", ""))[0])
    if before:
        yield _Reason((before,), "is not yours any more", event.text, Severity.INFO)
    if not _team(ticket, settings):
        yield _Reason((), "has nobody again", event.text, _loud(ticket))


def _recurred(ticket: Ticket, event: Event, settings: TicketSettings) -> Iterable[_Reason]:
    # Of an alert that fires again everybody else is told by the alert.
    told = _without((*_owners(ticket, settings), *ticket.watchers), event)
    if told:
        yield _Reason(told, "happened again", event.text, _loud(ticket))


def _alert(ticket: Ticket, event: Event, settings: TicketSettings) -> Iterable[_Reason]:  # noqa: ARG001 - as the others
    told = _without((ticket.assignee, *ticket.watchers), event)
    if told:
        yield _Reason(told, "has news of its alert", event.text, Severity.INFO)


def _promise(ticket: Ticket, event: Event, settings: TicketSettings) -> Iterable[_Reason]:
    clock = _WORDS.get(str(event.data.get("clock", "")), "promise")
    due = event.data.get("due")
    apart = duration(abs(due - event.at) / 1000) if isinstance(due, int) else ""
    if event.kind is EventKind.WARNED:
        yield _Reason(_owners(ticket, settings), f"is due soon ({clock})",
                      f"The {clock} is due in {apart}." if apart else "", _loud(ticket))
    else:
        told = tuple(dict.fromkeys((*_owners(ticket, settings), *_team(ticket, settings))))
        yield _Reason(told, f"is late ({clock})", f"The {clock} was due {apart} ago." if apart else "", _loud(ticket))


def _escalated(ticket: Ticket, events: Sequence[Event], settings: TicketSettings) -> Iterable[_Reason]:
    """The levels that were climbed at once are one notice, to all whom they name; it says the highest."""
    climbed = [event for event in events if event.kind is EventKind.ESCALATED]
    if not climbed:
        return
    told: list[str] = []
    answer = False
    for event in climbed:
        level = _level(event, settings)
        if level is not None:
            told += [person for target in level.tell for person in _meant(target, level.team, ticket, settings)]
            answer = answer or level.within is not None
    top = max(climbed, key=lambda event: int(event.data.get("level", 0)) if _level(event, settings) is not None else 0)
    yield _Reason(tuple(dict.fromkeys(told)), f"is escalated to {top.data.get('name') or top.data.get('level')}",
                  "\n".join(event.text for event in climbed if event.text),
                  max(Severity.WARNING, _loud(ticket), key=_rank),
                  NoticeKind.ESCALATED if answer else NoticeKind.NOTE, level=True)


def _level(event: Event, settings: TicketSettings) -> Level | None:
    """The level of an escalation, as it is configured now."""
    ladder, number = settings.ladders.get(str(event.data.get("ladder", ""))), event.data.get("level")
    if ladder is None or not isinstance(number, int) or not 1 <= number <= len(ladder.levels):
        return None
    return ladder.levels[number - 1]


def _meant(target: str, name: str, ticket: Ticket, settings: TicketSettings) -> tuple[str, ...]:
    """Whom a level of a ladder means; `name` is the team that it gave the ticket to, empty where it stayed."""
    if target == "assignee":
        return _owners(ticket, settings)
    if target == "watchers":
        return ticket.watchers
    if target == "team":
        team = settings.teams.get(name or ticket.team)
        return () if team is None else team.tell or team.members
    return (target,)


def _quoted(text: str) -> str:
    """The beginning of a message."""
    lines = text[:_CHARACTERS].splitlines()
    more = len(text) > _CHARACTERS or len(lines) > _LINES
    return "\n".join([*(f"> {line}" for line in lines[:_LINES]), *(["> …"] if more else [])])


_BY_KIND: Final[dict[EventKind, Callable[[Ticket, Event, TicketSettings], Iterable[_Reason]]]] = {
    EventKind.MESSAGE: _message, EventKind.BOUNCED: _bounced, EventKind.RATED: _rated,
    EventKind.RETURNED: _returned, EventKind.RECURRED: _recurred, EventKind.ALERT: _alert,
    EventKind.WARNED: _promise, EventKind.BREACHED: _promise}
