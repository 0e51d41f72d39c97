"""What a source saw, before it is a proposal; how figures are compared and worded."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.checklists.model import Evidence, Value, Verdict
from opsconsole.checklists.numerals import from_base, to_base
from opsconsole.health.conditions import ConditionError, parse
from opsconsole.health.conditions.literals import show_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsconsole.health.conditions import Condition

MOST_SAID: Final = 500
"""Characters of the line for whoever confirms."""
FIGURE: Final = "value"
"""What a condition calls the figure where it names none."""
DIGITS: Final = 4
"""Of a figure that was measured; one that is larger has all those before its point."""
_NAMED: Final = 3
"""Conditions that did not hold, of which a line tells."""
_DEGREES: Final = "celsius"


class Seen(NamedTuple):
    """What became of looking."""

    verdict: Verdict
    text: str
    """One line; foreign text."""
    value: Value = None
    evidence: tuple[Evidence, ...] = ()
    limit: str = ""


def unknown(why: str, *evidence: Evidence) -> Seen:
    """It could not be found out."""
    return Seen(Verdict.OPEN, why, evidence=evidence)


class Figure(NamedTuple):
    """A figure in the units of measurements, as checks and the history have it."""

    value: bool | float | str
    unit: str = ""
    """As in `Check.VALUES`: seconds, bytes; empty: none that is known."""
    wanted: str = ""
    """The unit that the template wants: `h`."""

    @property
    def number(self) -> float | None:
        """Where it is a finite number."""
        one = self.value
        return one if isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one) else None

    @property
    def entered(self) -> bool | float | str:
        """As an answer has it: in the unit of the template."""
        number = self.number
        if number is None:
            return self.value
        return from_base(number, self.wanted) if self.unit else float(number)

    @property
    def kept(self) -> bool | float | str:
        """The same with as many digits as anybody reads, for an answer: what is measured has more."""
        entered = self.entered
        if isinstance(entered, bool | str) or float(entered).is_integer() or not math.isfinite(entered):
            return entered
        return round(entered, max(0, DIGITS - 1 - math.floor(math.log10(abs(entered)))))

    @property
    def shown(self) -> str:
        """As people read it: `6 h`, `34 %`."""
        number = self.number
        if number is None:
            return show_value(self.value, self.unit)
        if self.unit == _DEGREES:
            return f"{show_value(number, '')} °C"
        if self.unit and self.unit != "number":
            return show_value(number, self.unit)
        return f"{show_value(number, '')} {self.wanted}".rstrip()


class Expected(NamedTuple):
    """What conditions say of a figure."""

    holds: bool | None
    """None: one of them cannot be tested."""
    why: str = ""
    """What does not hold, or cannot be tested."""


def expected(conditions: Sequence[str], figure: Figure | None, values: Mapping[str, bool | float | str | None],
             units: Mapping[str, str] | None = None) -> Expected:
    """Whether all conditions hold.

    Args:
        conditions: as the template states them.
        figure: what they mean where they name nothing; None: there is none.
        values: the other values that they can name.
        units: of these, as in `Check.VALUES`; None: every name and unit is possible.
    """
    known = None if units is None else {**units, FIGURE: figure.unit if figure is not None else ""}
    wrong: list[str] = []
    untested: list[str] = []
    for text in conditions:
        try:
            condition, compared = _compared(text, figure, known)
        except ConditionError as problem:
            untested.append(f"`{text}` cannot be tested: {problem}")
            continue
        holds, why = condition.test({**values, FIGURE: compared})
        if holds is None:
            untested.append(why if figure is not None else f"there is no figure to compare with `{text}`")
        elif not holds:
            wrong.append(_short(why, condition, figure))
    if wrong:
        return Expected(holds=False, why="; ".join(wrong[:_NAMED]))
    return Expected(holds=None if untested else True, why="; ".join(untested[:_NAMED]))


def _compared(text: str, figure: Figure | None, known: Mapping[str, str] | None
              ) -> tuple[Condition, bool | float | str | None]:
    """A condition, and the figure in its unit: `< 24` is of the template's own, `< 24h` of seconds.

    Raises:
        ConditionError: it cannot be understood, or is of another measure.
    """
    condition = parse(text)
    if figure is None or figure.number is None:
        return parse(text, known), None if figure is None else figure.value
    if condition.name == FIGURE and condition.kind == "number" and (figure.wanted or not figure.unit):
        return condition, figure.entered
    base = figure.value if figure.unit else to_base(figure.number, figure.wanted)
    return parse(text, known), base


def _short(why: str, condition: Condition, figure: Figure | None) -> str:
    """Without the name that nobody wrote, and with the figure in the unit in which it stands."""
    if condition.name != FIGURE or figure is None:
        return why
    if figure.number is None:
        return why.removeprefix(f"{FIGURE} ")
    return f"{figure.shown}, should be {condition.limit}"
