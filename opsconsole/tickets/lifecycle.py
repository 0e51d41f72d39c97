"""Where a ticket can go from its state, and why not elsewhere. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from opsconsole.tickets.model import Phase, Record
from opsconsole.tickets.settings.lifecycles import REQUIRABLE, Move

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from opsconsole.core.identity import Role
    from opsconsole.tickets.model import Ticket
    from opsconsole.tickets.settings import TicketSettings
    from opsconsole.tickets.settings.lifecycles import Lifecycle

_ANY: Final = Move()
"""The step out of a state that the configuration does not have any more."""
FORM: Final = "fields."
"""What the name of a field of the category's form begins with, where it stands among fields of every ticket."""


class Offer(Record, frozen=True):
    """One state that a ticket may go to, or not."""

    state: str
    phase: Phase
    allowed: bool
    reason: str = ""
    """Why it is not allowed, as half a sentence: `no step leads there from reported`."""
    require: tuple[str, ...] = ()
    """Fields that are still empty and have to be given with the move; those of the form as `fields.NAME`."""
    message: Literal["", "note", "reply"] = ""
    """The kind of message that is offered with it."""
    needs_message: bool = False


def lifecycle_of(ticket: Ticket, settings: TicketSettings) -> Lifecycle:
    """The lifecycle that a ticket follows; when the configuration has it no more, that of its category."""
    found = settings.all_lifecycles.get(ticket.lifecycle)
    return found if found is not None else settings.lifecycle_of(ticket.category)[1]


def moves(ticket: Ticket, settings: TicketSettings, role: Role, *, blockers: Sequence[int] = (),
          given: Mapping[str, Any] | None = None) -> tuple[Offer, ...]:
    """Every other state of a ticket's lifecycle: those that it can go to first, each group in the lifecycle's order.

    Args:
        ticket: as it is.
        settings: of tickets.
        role: of whoever wants to move it.
        blockers: numbers of open tickets that block it, and of its open children.
        given: values of fields that come with the move.
    """
    lifecycle = lifecycle_of(ticket, settings)
    offers = [offer(ticket, settings, role, state, blockers=blockers, given=given)
              for state in lifecycle.states if state != ticket.state]
    order = [*lifecycle.moves.get(ticket.state, {})]
    place = {state: number for number, state in enumerate(order)}
    return tuple(sorted(offers, key=lambda one: (not one.allowed, place.get(one.state, len(order)))))


def offer(ticket: Ticket, settings: TicketSettings, role: Role, state: str, *, blockers: Sequence[int] = (),
          given: Mapping[str, Any] | None = None) -> Offer:
    """The same for one state, also for one that there is not."""
    lifecycle = lifecycle_of(ticket, settings)
    phase = lifecycle.states.get(state)
    if phase is None:
        return Offer(state, ticket.phase, allowed=False, reason=f"its lifecycle has no state {state}")
    move = _ANY if ticket.state not in lifecycle.states else lifecycle.moves.get(ticket.state, {}).get(state)
    reason = _reason(ticket, state, move, role, phase, blockers)
    if move is None or reason:
        return Offer(state, phase, allowed=False, reason=reason)
    require = [_named(name) for name in move.require]
    if phase is Phase.DONE and ticket.phase.open and ticket.priority in settings.closing.root_cause:
        require.append("root_cause")
    return Offer(state, phase, allowed=True, require=missing(ticket, require, given or {}), message=move.message,
                 needs_message=move.needs_message)


def missing(ticket: Ticket, names: Sequence[str], given: Mapping[str, Any]) -> tuple[str, ...]:
    """Which of these fields neither the ticket has nor are given; `fields.NAME` is one of the form."""
    return tuple(name for name in dict.fromkeys(names) if not (given[name] if name in given else value(ticket, name)))


def value(ticket: Ticket, name: str) -> Any:
    """The value of a field of a ticket; of one of the form by `fields.NAME`, empty where it has none."""
    if name.startswith(FORM):
        return ticket.fields.get(name.removeprefix(FORM), "")
    return getattr(ticket, name)


def aim(ticket: Ticket, settings: TicketSettings, role: Role) -> str:
    """The state that the key for closing aims at; empty: none can be reached from here."""
    lifecycle = lifecycle_of(ticket, settings)
    done = [one.state for one in moves(ticket, settings, role) if one.allowed and one.phase is Phase.DONE]
    return lifecycle.close if lifecycle.close in done else next(iter(done), "")


def end_of(lifecycle: Lifecycle) -> str:
    """The state in which a ticket ends that is merged into another, whatever its own state is."""
    return lifecycle.close or next(state for state, phase in lifecycle.states.items() if phase is Phase.DONE)


def reopened_in(lifecycle: Lifecycle) -> str:
    """The state in which a ticket goes on that was done."""
    return lifecycle.reopen or lifecycle.initial


def resumed_in(lifecycle: Lifecycle, before: str) -> str:
    """The state in which a waiting ticket goes on; `before` is the one that it waited from, empty when nobody knows."""
    if lifecycle.resume:
        return lifecycle.resume
    phase = lifecycle.states.get(before)
    return before if phase in (Phase.INITIAL, Phase.ACTIVE) else lifecycle.initial


def carried(state: str, lifecycle: Lifecycle) -> str:
    """The state of a ticket whose category, and so lifecycle, changes: the one of the same name, else the first."""
    return state if state in lifecycle.states else lifecycle.initial


def _reason(ticket: Ticket, state: str, move: Move | None, role: Role, phase: Phase, blockers: Sequence[int]) -> str:
    if ticket.merged_into:
        return f"it was merged into {ticket.merged_into}"
    if state == ticket.state:
        return f"it is {state} already"
    if move is None:
        return f"no step leads there from {ticket.state}"
    if role < move.role:
        return f"it takes the role {move.role.word}"
    if phase is Phase.DONE and ticket.phase.open and blockers:
        named = ", ".join(f"#{number}" for number in sorted(blockers)[:5])
        more = f" and {len(blockers) - 5} more" if len(blockers) > 5 else ""
        return f"{named}{more} must be done first"
    return ""


def _named(name: str) -> str:
    return name if name in REQUIRABLE else f"{FORM}{name}"
