"""What lists, walks and histories show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.checklists.cases.base import Desk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from opsconsole.checklists.cases.types import Board, Change, Counts, Statistics
    from opsconsole.checklists.model import Answer, Run, RunState, Unscheduled
    from opsconsole.checklists.walk import Walk
    from opsconsole.core.clock import Instant


class Reading(Desk):
    """What lists, walks and histories show."""

    async def board(self) -> Board:
        """Everything that the list shows."""
        raise NotImplementedError

    async def counts(self) -> Counts:
        """How many are due, late and in progress; cheap."""
        raise NotImplementedError

    def on(self, day: date) -> tuple[Unscheduled, ...]:
        """What is due on a local day by the templates alone, whatever has been made of it, by due time."""
        raise NotImplementedError

    def coming(self, since: Instant, until: Instant) -> tuple[Unscheduled, ...]:
        """What is due in a time by the templates alone, by due time."""
        raise NotImplementedError

    async def run(self, number: int) -> Run:
        """One run.

        Raises:
            NoRun: there is none of that number.
        """
        raise NotImplementedError

    async def find(self, name: str, occurrence: str = "") -> Run:
        """A run by its number (`17`, `#17`), or by the slug of its checklist: the one that goes on, or else the newest.

        Args:
            name: number or slug.
            occurrence: of several of that slug, which: `2027-01-04`.

        Raises:
            NoRun: there is none; names what is near.
        """
        raise NotImplementedError

    async def runs(self, slug: str = "", since: Instant | None = None, until: Instant | None = None, limit: int = 200,
                   before: int = 0) -> list[Run]:
        """Runs, newest first; those of a slug, or of a time; `before` is the number to go on from."""
        raise NotImplementedError

    def state(self, run: Run) -> RunState:
        """How a run stands now."""
        raise NotImplementedError

    async def walk(self, number: int) -> Walk:
        """A run with all that belongs to it.

        Raises:
            NoRun: there is none of that number.
        """
        raise NotImplementedError

    async def figures(self, run: Run, items: Sequence[str] = (), limit: int = 5) -> Mapping[str, tuple[Answer, ...]]:
        """The last values of items in other runs of the same checklist, newest first; of all of its items where none is named."""
        raise NotImplementedError

    async def history(self, slug: str, item: str, since: Instant | None = None, limit: int = 1000) -> list[Answer]:
        """The answers that counted to one item over time, newest first."""
        raise NotImplementedError

    async def statistics(self, since: Instant, until: Instant) -> Statistics:
        """How well checklists were kept, and by whom."""
        raise NotImplementedError

    async def changes(self, number: int) -> tuple[Change, ...]:
        """What adopting the new version of its template would do to a run; nothing where there is none."""
        raise NotImplementedError
