"""Gives a new ticket to a team and a person, in the transaction that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from opsconsole.tickets.cases.types import Draft
from opsconsole.tickets.model import EventKind, changed
from opsconsole.tickets.routing import fitting, route

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.core.clock import Instant
    from opsconsole.core.database import Transaction
    from opsconsole.tickets.model import Ticket
    from opsconsole.tickets.settings import TicketSettings


class OnDuty(Protocol):
    """Who is on duty: `duty.Duty`."""

    def on_duty(self, ticket: Ticket, now: Instant) -> Mapping[str, tuple[str, ...]]:
        """The people of each team who are on duty for a ticket."""


async def apply_routing(tx: Transaction, ticket: Ticket, text: str, settings: TicketSettings, duty: OnDuty,
                        now: Instant) -> list[Draft]:
    """What the rules make of a new ticket; whose turn comes next is stored here.

    What whoever made the ticket said themselves stays: its team, and its assignee. Priority and tags are as the rule
    says.

    Args:
        tx: the transaction that makes the ticket.
        ticket: as its first event made it.
        text: what it says besides its title: the description, and the words of a mail.
        settings: as configured.
        duty: who is on duty.
        now: the present.

    Returns:
        The events that follow; none where no rule fits, or it changes nothing.

    Raises:
        StorageError: the records could not be used.
    """
    found = fitting(ticket, text, settings)
    if found is None:
        return []
    team = settings.teams.get(found[1].team)
    members = () if team is None else team.members
    said = route(ticket, text, settings, duty.on_duty(ticket, now), await loads(tx, members),
                 await last_turns(tx, found[1].team))
    wanted: dict[str, object] = {}
    if said.priority is not None:
        wanted["priority"] = said.priority
    if said.tags:
        wanted["tags"] = tuple(dict.fromkeys((*ticket.tags, *said.tags)))
    if not ticket.assignee and said.team and not ticket.team:
        wanted["team"] = said.team
    if not ticket.assignee and said.person and ticket.team in ("", said.team):
        wanted["assignee"] = said.person
        if said.turn:
            await set_turn(tx, said.team, said.person, now)
    changes = changed(ticket, **wanted)
    if not changes:
        return []
    return [Draft(kind=EventKind.ROUTED, text=said.because, changes=changes, via=ticket.source)]


async def loads(tx: Transaction, people: Sequence[str]) -> dict[str, int]:
    """How many open tickets some people have; who has none is left out."""
    if not people:
        return {}
    names = {f"p{number}": person for number, person in enumerate(people)}
    rows = await tx.rows(
        f"SELECT assignee, count(*) AS count FROM ticket WHERE assignee IN (:{', :'.join(names)})"  # noqa: S608 - fixed parts
        " AND phase IN ('initial', 'active', 'waiting') GROUP BY assignee", names)
    return {row["assignee"]: row["count"] for row in rows}


async def last_turns(tx: Transaction, team: str) -> dict[str, str]:
    """Who of a team had the last turn; empty where nobody had one."""
    row = await tx.row("SELECT person FROM ticket_turn WHERE team = :team", {"team": team})
    return {} if row is None else {team: row["person"]}


async def set_turn(tx: Transaction, team: str, person: str, now: Instant) -> None:
    """Notes who had a turn."""
    await tx.run("INSERT INTO ticket_turn (team, person, at) VALUES (:team, :person, :now)"
                 " ON CONFLICT (team) DO UPDATE SET person = excluded.person, at = excluded.at",
                 {"team": team, "person": person, "now": now})
