"""A target beside what was reached. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from opsconsole.reports.model import Figure, Record, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable


class State(StrEnum):
    """How a target stands; the word is always shown, so colour alone tells nothing."""

    MET = "met"
    MISSED = "missed"
    UNKNOWN = "unknown"
    """Nobody knows the figure, or it is words that cannot be compared."""


class Actual(Record, frozen=True):
    """A target, and what was reached of it."""

    figure: Figure
    """Its name, label, goal and window, and what is known: value and source, or why nothing is. Texts are foreign."""
    span: str
    """The window as configured: `30d`, `month`; empty: a period that somebody named."""
    opens: str = ""
    """Where the number comes from, as whoever shows things by name knows it: `check:site`, `run:5`, `tickets`; empty:
    nowhere."""

    @property
    def state(self) -> State:
        """How it stands."""
        return {Standing.GREEN: State.MET, Standing.UNKNOWN: State.UNKNOWN}.get(self.figure.standing, State.MISSED)


def counted(found: Iterable[Actual]) -> dict[State, int]:
    """How many stand how, the worst first."""
    states = [one.state for one in found]
    return {state: states.count(state) for state in (State.MISSED, State.UNKNOWN, State.MET)}
