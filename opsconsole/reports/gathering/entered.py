"""Figures that people entered into checklists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.checklists.model import Verdict
from opsconsole.core.clock import local
from opsconsole.core.text import limited
from opsconsole.reports.gathering.ground import NO_RECORDS, Found, Known
from opsconsole.reports.model import Standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsconsole.checklists.model import Answer, Run
    from opsconsole.core.periods import Period
    from opsconsole.reports.definition import Source, When
    from opsconsole.reports.gathering.ground import Ground, Time

_FIGURES: Final[dict[str, Callable[[list[float]], float]]] = {
    "sum": sum, "min": min, "max": max, "mean": lambda each: sum(each) / len(each)}
_WORDS: Final = {Verdict.OK: "yes", Verdict.FAILED: "no", Verdict.NOT_APPLICABLE: "does not apply"}
"""What an item without a value says."""


def looked(run: When, time: Time) -> Period:
    """When the runs are due that say something about the time of a report."""
    return time.after if run == "after" else time.period


async def answered(ground: Ground, name: str, run: When, time: Time) -> list[tuple[Run, Answer | None]]:
    """The runs that say something, oldest first, each with the answer to an item; None: it was not answered."""
    if ground.records is None:
        return []
    slug, _, item = name.partition("/")
    period = looked(run, time)
    return await ground.records.checklists.answered(slug, item, period.begin, period.end)


async def answer(ground: Ground, source: Source, time: Time) -> Found:
    """What was answered to an item: the last, or a figure of all of them."""
    if ground.records is None:
        return NO_RECORDS
    found = await answered(ground, source.answer, source.run, time)
    given = [(run, one) for run, one in found if one is not None and said(one) is not None]
    if not given:
        return missing(source.answer, source.run, len(found))
    if source.of in (None, "last"):
        return _last(*given[-1], ground)
    numbers = [(float(one.value), one.unit) for _, one in given
               if isinstance(one.value, int | float) and not isinstance(one.value, bool)]
    if not numbers:
        return f"what was answered in {limited(source.answer, 100)} is no number"
    return _several(source, numbers, given[-1][0].title, len(found))


def missing(name: str, run: When, runs: int) -> str:
    """Why there is no answer."""
    slug, _, item = name.partition("/")
    slug, item = limited(slug, 80), limited(item, 80)
    if runs:
        return f"{item} was not answered in {slug}"
    return f"{slug} was not due" if run == "during" else f"{slug} has not looked back at it"


def said(one: Answer) -> float | str | None:
    """What an answer says where it stands for itself; None: nothing, or a table."""
    if one.verdict in (Verdict.OPEN, Verdict.SKIPPED):
        return None
    if isinstance(one.value, bool):
        return "yes" if one.value else "no"
    if isinstance(one.value, list):
        return None
    return _WORDS.get(one.verdict) if one.value is None else one.value


def _last(run: Run, one: Answer, ground: Ground) -> Known:
    value = said(one)
    assert value is not None  # noqa: S101 - whoever calls has looked
    who = f", {one.actor}" if one.actor else ""
    remark = "" if run.seal else "not signed"
    # Most limits are but what can be entered at all, such as 0 and more: only one that does not hold says anything.
    failed = one.verdict is Verdict.FAILED and one.value is not None
    return Known(value, f"{run.title}, {day_of(run, ground)}{who}", remark=remark, unit=one.unit,
                 goal=one.limit if failed else "", standing=Standing.RED if failed else Standing.UNKNOWN)


def _several(source: Source, numbers: list[tuple[float, str]], title: str, runs: int) -> Found:
    units = {unit for _, unit in numbers}
    if len(units) > 1:
        return f"the unit of {limited(source.answer, 100)} was changed meanwhile"
    values = [value for value, _ in numbers]
    value = _FIGURES[source.of or "mean"](values)
    without = f"{runs - len(values)} without an answer" if len(values) < runs else ""
    return Known(value, f"{title}, {source.of} of {runs} run{'' if runs == 1 else 's'}", of=len(values), remark=without,
                 unit=units.pop())


def day_of(run: Run, ground: Ground) -> str:
    """The local day for which a run is."""
    return f"{local(run.due if run.due is not None else run.opens, ground.zone):%Y-%m-%d}"
