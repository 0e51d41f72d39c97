"""The entry of the maintenance log that a signed run opens; pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from opsconsole.logbook.model import Action, Entry, EntryType, Point, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsconsole.checklists.model import LogDraft

_TICKET: Final = re.compile(r"\bticket #([0-9]{1,15})\b")


def entry_of(draft: LogDraft, signer: str) -> Entry:
    """The entry of a draft, not opened yet.

    Args:
        draft: of a signed run.
        signer: performed it where nobody answered anything: the machine did.
    """
    tasks, found, resolved, escalated = (_points(texts, draft.tickets) for texts in (
        draft.tasks, draft.found, draft.resolved, draft.escalated))
    return Entry(0, EntryType(draft.type), draft.title, draft.start, draft.end, Status(draft.status),
                 draft.performed_by or (signer,), tasks, found, resolved, escalated,
                 tuple(Action(text) for text in draft.next_actions), draft.notes, draft.seconds, run=draft.run)


def _points(texts: Iterable[str], tickets: tuple[int, ...]) -> tuple[Point, ...]:
    """Lines, each with the ticket of the run that it names; at its end, the number alone says it."""
    found = []
    for text in texts:
        named = (int(one) for one in _TICKET.findall(text))
        number = next((one for one in named if one in tickets), 0)
        said = text.removesuffix(f", ticket #{number}").removesuffix(f": ticket #{number}")
        found.append(Point(said or text, number))
    return tuple(found)
