"""What stands open when somebody leaves, as the text of a hand-over that they go on writing. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core import format as fmt
from opsconsole.core.text import limited

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from opsconsole.checklists.model import Run
    from opsconsole.core.clock import Instant
    from opsconsole.health.alerts.model import Alert
    from opsconsole.logbook.model import Action
    from opsconsole.tickets.model import Summary

MOST: Final = 15
"""Lines of each kind; of more only the number is said."""
_LONGEST: Final = 200
"""Characters of a foreign text."""


class Standing(NamedTuple):
    """What is not over."""

    alerts: Sequence[Alert] = ()
    """Those that fire, worst first."""
    tickets: Sequence[Summary] = ()
    """The open ones of whoever leaves, the next due first."""
    runs: Sequence[Run] = ()
    """Checklists that were begun and not finished."""
    actions: Sequence[Action] = ()
    """Next actions of the log that are due, whoever shall do them."""


def draft(standing: Standing, now: Instant, zone: tzinfo | None = None) -> str:
    """What stands open, as Markdown; empty: nothing."""
    parts = [("Wrong now", [_alert(one, now, zone) for one in standing.alerts]),
             ("My tickets", [_ticket(one, now, zone) for one in standing.tickets]),
             ("Checklists in progress", [f"{_said(one.title)}, {one.answered} of {one.total}"
                                         for one in standing.runs]),
             ("To be done", [_action(one) for one in standing.actions])]
    return "\n\n".join("\n".join(_part(title, lines)) for title, lines in parts if lines)


def _part(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"## {title}"
    yield from (f"- {line}" for line in lines[:MOST])
    if len(lines) > MOST:
        yield f"- and {len(lines) - MOST} more"


def _alert(one: Alert, now: Instant, zone: tzinfo | None) -> str:
    who = one.acknowledged_by or one.ticket_assignee
    ticket = f" #{one.ticket}" if one.ticket else ""
    has = f" ({_said(who)} has it)" if who else ""
    return f"{_said(one.title)}: {_said(one.text)}, since {fmt.moment(one.begun, now, zone)}{ticket}{has}"


def _ticket(one: Summary, now: Instant, zone: tzinfo | None) -> str:
    due = f", due {fmt.moment(one.due, now, zone)}" if one.due is not None else ""
    return f"#{one.number} {_said(one.title)} ({_said(one.state)}{due})"


def _action(one: Action) -> str:
    return ", ".join(part for part in (_said(one.text), _said(one.person), one.due) if part)


def _said(text: str) -> str:
    # Whoever writes on reads it as it is: no sign in it can do anything, so none is disguised.
    return " ".join(limited(text, _LONGEST).split())
