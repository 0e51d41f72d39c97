"""What the values in a file mean: states, priorities and times as other systems write them. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from opsconsole.tickets.model import Phase, Priority

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from opsconsole.core.clock import Instant
    from opsconsole.tickets.settings import Lifecycle

_PRIORITIES: Final[Mapping[Priority, tuple[str, ...]]] = {
    Priority.URGENT: ("urgent", "p0", "critical", "blocker", "highest", "emergency", "immediate", "sev1", "very high"),
    Priority.HIGH: ("high", "p1", "major", "important", "sev2"),
    Priority.MEDIUM: ("medium", "p2", "normal", "moderate", "default", "standard", "sev3"),
    Priority.LOW: ("low", "p3", "minor", "trivial", "lowest", "sev4", "planning", "p4")}
_PHASES: Final[Mapping[Phase, tuple[str, ...]]] = {
    Phase.INITIAL: ("new", "open", "opened", "to do", "todo", "backlog", "unassigned", "submitted", "reported"),
    Phase.ACTIVE: ("in progress", "active", "assigned", "started", "in review", "reopened", "in development", "doing",
                   "work in progress", "wip", "processing"),
    Phase.WAITING: ("pending", "waiting", "on hold", "hold", "blocked", "waiting for customer", "awaiting reply",
                    "waiting on customer", "awaiting customer", "waiting for support"),
    Phase.DONE: ("closed", "resolved", "done", "solved", "fixed", "completed", "complete", "cancelled", "canceled",
                 "rejected", "won t fix", "wontfix", "duplicate", "declined")}
_TIMES: Final = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%d/%b/%y %I:%M %p", "%d/%b/%Y %I:%M %p",
                 "%d %b %Y %H:%M", "%d %b %Y", "%b %d, %Y", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d")
"""Forms besides that of ISO 8601 in which day and month cannot be taken for one another."""


def priority_of(text: str) -> Priority:
    """The priority that a word means.

    Raises:
        ValueError: none; says what is allowed.
    """
    word = plain(text)
    for priority, words in _PRIORITIES.items():
        if word in words:
            return priority
    raise ValueError("urgent, high, medium or low, or P0 to P3")


def state_of(text: str, lifecycle: Lifecycle, said: Mapping[str, str]) -> str:
    """The state of a lifecycle that a word means: what somebody said, its name, or the first of the same phase.

    Raises:
        ValueError: none; says what is allowed.
    """
    word = plain(text)
    wanted = {plain(name): state for name, state in said.items()}.get(word, word)
    names = {plain(name): name for name in lifecycle.states}
    if plain(wanted) in names:
        return names[plain(wanted)]
    for phase, words in _PHASES.items():
        if word in words:
            if phase is Phase.DONE and lifecycle.close:
                return lifecycle.close
            found = [name for name, is_ in lifecycle.states.items() if is_ is phase]
            # A lifecycle need not have a state in which work goes on, or one that waits.
            return found[0] if found else lifecycle.initial
    raise ValueError(f"one of {', '.join(lifecycle.states)}; or say with --state what it means")


def moment_of(text: str, zone: tzinfo | None, form: str = "") -> Instant:
    """A moment; without a zone it is one of `zone`, None: this machine's.

    Raises:
        ValueError: none; says what is allowed.
    """
    given = text.strip()
    forms = (form,) if form else _TIMES
    found: datetime | None = None
    if not form:
        try:
            found = datetime.fromisoformat(re.sub(r" (UTC|GMT)$|(?<=\d)Z$", "+00:00", given))
        except ValueError:
            found = None
    for one in forms if found is None else ():
        try:
            found = datetime.strptime(given, one)  # noqa: DTZ007 - the zone is that of the file, or follows below
        except ValueError:
            continue
        break
    if found is None:
        raise ValueError(f"a time of the form {form}" if form else
                         "a time such as 2026-03-02 18:00; for another form give --date-format")
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone) if zone is not None else found.astimezone()
    try:
        at = round(found.astimezone(UTC).timestamp() * 1000)
    except (OverflowError, OSError):
        at = -1
    if at < 0:
        raise ValueError("a time after 1970")
    return at


def tags_of(text: str) -> tuple[str, ...]:
    """Tags, between commas, semicolons or bars; blanks within one become hyphens."""
    parts = [re.sub(r"\s+", "-", part.strip().lower().lstrip("#")) for part in re.split(r"[,;|\n]", text)]
    return tuple(dict.fromkeys(part for part in parts if part))


def plain(text: str) -> str:
    """A word as it is compared: lower case, without signs; a number before it (`1 - High`) is left out."""
    words = " ".join(re.sub(r"[\W_]+", " ", text.lower()).split())
    return re.sub(r"^\d+ (?=[a-z])", "", words)


def unprotected(cell: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from calculating; see `core.plaintext.protected`."""
    return cell[1:] if re.match(r"'+[=+\-@\t\r]", cell) else cell
