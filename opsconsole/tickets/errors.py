"""What can stand in the way of a change to a ticket, as sentences for the person who wanted it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsconsole.core.errors import OpsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.tickets.model import Event


class NotThere(OpsError):  # noqa: N818 - it says what happened
    """There is no ticket, attachment, message or batch with this number."""


class Clash(OpsError):  # noqa: N818 - it says what happened
    """Somebody else gave the same fields other values since they were read; nothing was stored.

    Args:
        sentence: what happened.
        todo: what to do about it.
        fields: of each field that clashes: the value that was read, mine, and the one that it has now; in plain forms.
        by: who changed each of them.
        ticket: of which ticket; the first one of several.
    """

    def __init__(self, sentence: str, todo: str, fields: Mapping[str, tuple[Any, Any, Any]],
                 by: Mapping[str, str], ticket: int = 0) -> None:
        super().__init__(sentence, todo)
        self.fields = dict(fields)
        self.by = dict(by)
        self.ticket = ticket


class Overtaken(OpsError):  # noqa: N818 - it says what happened
    """Something came in since the reply was begun; nothing was stored.

    Args:
        sentence: what happened.
        todo: what to do about it.
        events: what came in since, oldest first.
    """

    def __init__(self, sentence: str, todo: str, events: Sequence[Event]) -> None:
        super().__init__(sentence, todo)
        self.events = tuple(events)


class Taken(OpsError):  # noqa: N818 - it says what happened
    """Somebody else took the ticket meanwhile; nothing was stored.

    Args:
        sentence: what happened.
        todo: what to do about it.
        by: who has each of the tickets, by number.
    """

    def __init__(self, sentence: str, todo: str, by: Mapping[int, str]) -> None:
        super().__init__(sentence, todo)
        self.by = dict(by)


class NotAllowed(OpsError):  # noqa: N818 - it says what happened
    """The lifecycle, or what a ticket is linked to, does not allow a move; nothing was stored.

    Args:
        sentence: what happened.
        todo: what to do about it.
        why: the reason for each of the tickets, by number.
        missing: fields that have to be filled in first.
        overridable: whether a written reason makes it possible all the same.
    """

    def __init__(self, sentence: str, todo: str = "", *, why: Mapping[int, str] | None = None,
                 missing: Sequence[str] = (), overridable: bool = False) -> None:
        super().__init__(sentence, todo)
        self.why = dict(why or {})
        self.missing = tuple(missing)
        self.overridable = overridable


class Gone(OpsError):  # noqa: N818 - it says what happened
    """It cannot be undone any more: it was sent, others changed it since, or it is of a kind that stays."""
