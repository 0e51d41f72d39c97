"""What goes into the use cases of checklists and comes out of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from opsconsole.checklists.adoption import Change
from opsconsole.checklists.model import Answer, Category, Record, Run, RunState, Unscheduled, Value, Verdict

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from opsconsole.tickets.model import Ticket

__all__ = ["Answered", "Board", "Change", "Counts", "Demand", "File", "Kept", "Person", "Reply", "Row", "Statistics"]


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody answers. With a value, the verdict follows from it; without, it is said."""

    verdict: Verdict | None = None
    """OK confirms (for an automatic item what the machine proposed), FAILED disputes; SKIPPED wants a note; None: by
    the value."""
    value: Value = None
    note: str = ""
    seconds: float = 0.0
    """How long the item stood under the cursor."""


class File(NamedTuple):
    """A file that is evidence."""

    name: str
    data: bytes | Path | BinaryIO


class Answered(NamedTuple):
    """What an answer made."""

    answer: Answer
    run: Run
    ticket: Ticket | None = None
    """That was opened or joined because of it."""
    joined: bool = False
    """Whether there was one already."""
    escalated: str = ""
    """The ladder that was started; empty: none."""
    followed: Run | None = None
    """Another checklist that was started."""


class Row(NamedTuple):
    """One line of the list: a run, or what will be one."""

    run: Run | None
    coming: Unscheduled | None
    state: RunState

    @property
    def slug(self) -> str:
        """Of its template."""
        return self.run.slug if self.run is not None else self.coming.slug if self.coming is not None else ""

    @property
    def title(self) -> str:
        """Of its template; foreign text."""
        return self.run.title if self.run is not None else self.coming.title if self.coming is not None else ""

    @property
    def category(self) -> Category:
        """Of its template."""
        one = self.run if self.run is not None else self.coming
        return one.category if one is not None else Category.OTHER

    @property
    def due(self) -> int | None:
        """When it is due."""
        one = self.run if self.run is not None else self.coming
        return one.due if one is not None else None


class Demand(NamedTuple):
    """A template that is started when somebody wants it."""

    slug: str
    title: str
    category: Category
    purpose: str = ""


class Board(NamedTuple):
    """The list of checklists at a moment; each group in the order in which it is worked through."""

    today: tuple[Row, ...] = ()
    """Late, waiting, in progress, due, open, deferred, upcoming, done today; and what was missed and not explained."""
    week: tuple[Row, ...] = ()
    month: tuple[Row, ...] = ()
    quarter: tuple[Row, ...] = ()
    year: tuple[Row, ...] = ()
    demand: tuple[Demand, ...] = ()
    """Emergencies first."""
    emergency: tuple[Run, ...] = ()
    """Emergencies in progress."""
    broken: tuple[str, ...] = ()
    """Mistakes of templates, a line each with file, line and column."""
    warnings: tuple[str, ...] = ()


class Counts(NamedTuple):
    """For the top line."""

    due: int = 0
    """Due, late ones included."""
    late: int = 0
    running: int = 0


class Person(Record, frozen=True):
    """What one person did in a period."""

    name: str
    runs: int
    answers: int
    failed: int
    on_time: int


class Kept(Record, frozen=True):
    """How well one checklist was kept in a period."""

    slug: str
    title: str
    planned: int
    """Occurrences that were due in it and are over."""
    done: int
    on_time: int
    missed: int
    waived: int
    deferred: int
    items: int
    """Items that were asked in those that were done."""
    failed: int
    seconds: float
    """The median time of a run; 0: none was done."""

    @property
    def completion(self) -> float | None:
        """Share of planned ones that were done, 0 to 1; None: none was planned."""
        return self.done / self.planned if self.planned else None

    @property
    def punctuality(self) -> float | None:
        """Share of planned ones that were done in time, 0 to 1."""
        return self.on_time / self.planned if self.planned else None


class Statistics(Record, frozen=True):
    """A period."""

    since: int
    until: int
    checklists: tuple[Kept, ...] = ()
    people: tuple[Person, ...] = ()
