"""Which team, person and priority a new ticket gets; pure.

`dealing.apply_routing` asks the database for what is needed here, and makes events of the answer.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING

from opsconsole.tickets.model import Priority, Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.tickets.model import Ticket
    from opsconsole.tickets.settings import Routing, TicketSettings


class Routed(Record, frozen=True):
    """What the rules say of a ticket; what they do not say is empty."""

    team: str = ""
    person: str = ""
    priority: Priority | None = None
    tags: tuple[str, ...] = ()
    because: str = ""
    """The rule, in words: `rule 2 (category billing)`; empty where none fits."""
    turn: bool = False
    """Whether the person was chosen from the team, so that the next turn is somebody else's."""


def fitting(ticket: Ticket, text: str, settings: TicketSettings) -> tuple[int, Routing] | None:
    """The first rule that fits a ticket, and which one it is, from 1; None: none does.

    Args:
        ticket: as it was created.
        text: what it says besides its title: the description, and the words of a mail.
        settings: as configured.
    """
    words = f"{ticket.title}\n{text}".casefold()
    for number, rule in enumerate(settings.routing, 1):
        if _fits(rule, ticket, words):
            return number, rule
    return None


def _fits(rule: Routing, ticket: Ticket, words: str) -> bool:
    if rule.priorities and ticket.priority not in rule.priorities:
        return False
    if rule.sources and ticket.source not in rule.sources:
        return False
    if rule.categories and not _any(rule.categories, ticket.category):
        return False
    if rule.senders and not _any([one.lower() for one in rule.senders], ticket.requester_mail.lower()):
        return False
    return not rule.words or any(_word(one).search(words) for one in rule.words)


def _any(patterns: Sequence[str], name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


@lru_cache(maxsize=1024)
def _word(word: str) -> re.Pattern[str]:
    """Finds a word, or words in a row whatever stands between them, where neither end is within another word."""
    parts = [re.escape(part) for part in word.casefold().split()]
    return re.compile(r"(?<!\w)" + r"\s+".join(parts) + r"(?!\w)" if parts else "(?!)")


def route(ticket: Ticket, text: str, settings: TicketSettings, on_duty: Mapping[str, tuple[str, ...]],
          loads: Mapping[str, int], last: Mapping[str, str]) -> Routed:
    """Where a ticket goes.

    Args:
        ticket: as it was created.
        text: what it says besides its title.
        settings: as configured.
        on_duty: the people of each team who are on duty.
        loads: how many open tickets each person has; nobody named has any.
        last: who of each team had the last turn.

    Returns:
        What the first rule that fits says; nothing where none does. The same for the same arguments.
    """
    found = fitting(ticket, text, settings)
    if found is None:
        return Routed()
    number, rule = found
    person, turn = "", False
    if rule.person and (rule.off_duty or _works(rule.person, rule.team, settings, on_duty)):
        person = rule.person
    elif rule.team and rule.how != "pool":
        person = chosen(rule, settings, on_duty, loads, last)
        turn = bool(person)
    because = f"rule {number}{_why(rule)}{'' if person else _off_duty(rule, settings)}"
    return Routed(rule.team, person, rule.priority, rule.tags, because, turn)


def _off_duty(rule: Routing, settings: TicketSettings) -> str:
    """That a rule means somebody and nobody got the ticket; the only reason is that nobody is on duty."""
    if rule.how != "pool" and rule.team in settings.teams:
        return ", nobody of it is on duty"
    return f", {rule.person} is not on duty" if rule.person else ""


def _works(person: str, team: str, settings: TicketSettings, on_duty: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether somebody is on duty; of whom no team says anything, they are."""
    teams = [name for name, one in settings.teams.items() if person in one.members]
    asked = [team] if team in teams else teams
    return not asked or any(person in on_duty.get(name, ()) for name in asked)


def chosen(rule: Routing, settings: TicketSettings, on_duty: Mapping[str, tuple[str, ...]], loads: Mapping[str, int],
           last: Mapping[str, str]) -> str:
    """Whom of its team a rule means: whose turn it is, or, of those who have the fewest tickets, whose turn it is.

    Empty where nobody is on duty.
    """
    team = settings.teams.get(rule.team)
    members = () if team is None else team.members
    there = on_duty.get(rule.team, ())
    people = [one for one in in_turn(members, last.get(rule.team, "")) if rule.off_duty or one in there]
    if rule.how == "least-loaded":
        return min(people, key=lambda one: loads.get(one, 0), default="")
    return next(iter(people), "")


def in_turn(members: Sequence[str], last: str) -> tuple[str, ...]:
    """The members in the order of their turns, when `last` had one; who is no member any more counts as nobody."""
    people = tuple(dict.fromkeys(members))
    first = people.index(last) + 1 if last in people else 0
    return people[first:] + people[:first]


def _why(rule: Routing) -> str:
    """What a rule asks for, in few words."""
    asked = [f"{word} {', '.join(map(str, values))}" for word, values in (
        ("category", rule.categories), ("priority", rule.priorities), ("from", rule.sources), ("words", rule.words),
        ("sender", rule.senders)) if values]
    return f" ({'; '.join(asked)})" if asked else ""
