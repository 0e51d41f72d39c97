"""What a report is: sections of figures and tables, each with where it comes from and the time it is about. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from opsconsole.core.clock import Instant
from opsconsole.core.periods import Period
from opsconsole.tickets.stats import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Figure", "Record", "Report", "Section", "Standing", "Table", "Value"]

Value = float | str | None
"""A number in its unit, or words; None: nobody knows."""


class Record(msgspec.Struct, frozen=True):
    """The base of everything here: immutable, comparable, encodable as JSON."""


class Figure(Record, frozen=True):
    """One figure of a period. Texts are foreign: harmless only after `core.text`."""

    name: str
    """Unique within its report."""
    title: str
    value: Value
    unit: str
    """`s`, `%`, `jobs`; empty: none."""
    window: Period
    """The time that it is about; ms UTC."""
    goal: str = ""
    """What it is to be: `< 3s`; empty: there is no goal."""
    standing: Standing = Standing.UNKNOWN
    source: str = ""
    """Where it comes from, in words; empty where nothing is known."""
    of: int | None = None
    """How many answers, tickets, entries or values it rests on, where that can be said."""
    remark: str = ""
    """What whoever reads it must know: `19 of 22 runs`, `known for 97.1 % of the time`."""
    missing: str = ""
    """Why nothing is known; empty where something is."""


class Table(Record, frozen=True):
    """Rows of a period."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] | None
    """Each with as many cells as there are columns; None: nobody knows, which is not the same as none."""
    window: Period
    source: str = ""
    remark: str = ""
    missing: str = ""
    blanks: int = 0
    """How many rows are left free for a pen where nothing is known."""


class Section(Record, frozen=True):
    """A part of a report under one heading."""

    title: str
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()


class Report(Record, frozen=True):
    """A report, filled in."""

    name: str
    """`field-service/weekly`; of the installation's own ones without a set."""
    title: str
    purpose: str
    host: str
    period: Period
    until: Instant
    """The end of what it can know: that of the period, or when it was made."""
    made: Instant
    sections: tuple[Section, ...] = ()

    @property
    def goes_on(self) -> bool:
        """Whether its period is not over yet."""
        return self.until < self.period.end

    def figures(self) -> Iterator[Figure]:
        """All figures, in their order."""
        for section in self.sections:
            yield from section.figures

    def figure(self, name: str) -> Figure:
        """One figure by name."""
        return next(one for one in self.figures() if one.name == name)

    def table(self, name: str) -> Table:
        """One table by name."""
        return next(one for section in self.sections for one in section.tables if one.name == name)


_WORST = (Standing.RED, Standing.YELLOW, Standing.GREEN)


def worst(standings: Iterable[Standing]) -> Standing:
    """The worst of what is known; unknown where nothing is."""
    known = set(standings)
    return next((one for one in _WORST if one in known), Standing.UNKNOWN)
