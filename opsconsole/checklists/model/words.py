"""The words of checklists: states, kinds and limits."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

TOPIC: Final = "checklists"
"""The topic of the change feed that runs belong to; `topic_of` is that of one run."""

MOST_TEXT: Final = 64 * 1024
"""Characters of an answer, a note or a reason."""
MOST_NAME: Final = 80
"""Characters of a slug, of the id of an item, of a person's name."""
MOST_ROWS: Final = 100
"""Rows of a table that is filled in."""


def topic_of(run: int) -> str:
    """The topic of one run; some share theirs, because every console reads all topics that there are."""
    return f"checklist:{run % 64}"


class Category(StrEnum):
    """What kind of round a checklist is; lists are grouped by it."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    ANNUAL = "annual"
    EMERGENCY = "emergency"
    DEPLOYMENT = "deployment"
    SECURITY = "security"
    OTHER = "other"


class Mode(StrEnum):
    """By what a checklist is due."""

    DAY = "day"
    WEEKDAY = "weekday"
    """Monday to Friday."""
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    CRON = "cron"
    COMPLETION = "completion"
    """Some time after it was done last."""
    DEMAND = "demand"
    """When somebody starts it."""


class Holiday(StrEnum):
    """What becomes of an occurrence on a day on which nobody is at work."""

    RUN = "run"
    SKIP = "skip"
    BEFORE = "before"
    """On the last working day before it."""
    AFTER = "after"
    """On the next working day."""


class Catch(StrEnum):
    """What becomes of occurrences that came while nothing was running."""

    LATEST = "latest"
    """The latest is opened, the others are recorded as missed."""
    ALL = "all"
    NONE = "none"
    """All that are over are recorded as missed."""


class RunState(StrEnum):
    """How a run stands at a moment; see `checklists.states.state_of`."""

    UPCOMING = "upcoming"
    OPEN = "open"
    DUE = "due"
    """From its due time on, for as long as that is not late yet."""
    LATE = "late"
    RUNNING = "in progress"
    WAITING = "waiting"
    """Signed by one person, and it needs two."""
    DEFERRED = "deferred"
    MISSED = "missed"
    DONE = "done"
    DONE_LATE = "done late"
    WAIVED = "waived"

    @property
    def ended(self) -> bool:
        """Whether nothing can be answered any more."""
        return self in _ENDED


_ENDED = frozenset({RunState.MISSED, RunState.DONE, RunState.DONE_LATE, RunState.WAIVED})


class Verdict(StrEnum):
    """How an item was answered."""

    OPEN = "open"
    """Not answered, or the answer was taken back."""
    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"
    """Left out, with a reason."""
    NOT_APPLICABLE = "n/a"

    @property
    def answered(self) -> bool:
        """Whether nobody has to look at it any more."""
        return self is not Verdict.OPEN


class Given(StrEnum):
    """Where an answer came from."""

    CONSOLE = "console"
    COMMAND = "command"
    AUTO = "auto"
    """The program decided, where the template lets it."""
    ADOPTED = "adopted"
    """Another version of the template was adopted, in which the item is another one."""


class EventKind(StrEnum):
    """What happened to a run besides answers."""

    OPENED = "opened"
    STARTED = "started"
    JOINED = "joined"
    """One more person works on it."""
    SIGNED = "signed"
    COUNTERSIGNED = "countersigned"
    RETURNED = "returned"
    """The second person did not sign; the reason says why, and it goes on."""
    WAIVED = "waived"
    """The whole run; with `item` in the data, one failed or open item."""
    MISSED = "missed"
    EXPLAINED = "explained"
    """Why it was missed."""
    DEFERRED = "deferred"
    RESUMED = "resumed"
    HANDED_OVER = "handed over"
    """What the run before left open was acknowledged."""
    ADOPTED = "adopted"
    TICKET = "ticket"
    ESCALATED = "escalated"
    """A ladder was started; `data`: item, ladder. With `over` in the data, it has ended."""
    FOLLOWED = "followed"
    """Another checklist was started because of an item."""
    CHECKED = "checked"
    """The marks for supervisors were looked at."""
    REMINDED = "reminded"
