"""What of a run looks as if nobody had looked: short sentences for supervisors; pure.

A mark is a hint and no verdict. So it is made only where nothing harmless explains it: what the machine answered or a
script filled in is never too fast; a figure that is zero, or at its limit, may well be so for weeks; nor does `none`
have to be worded anew each day.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from opsconsole.checklists.drafting import time_spent
from opsconsole.checklists.judging import written
from opsconsole.checklists.model import Answer, Given, Verdict
from opsconsole.checklists.template import AutoItem, NumberItem, TextItem
from opsconsole.core.text import limited

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opsconsole.checklists.walk import Step, Walk

READABLE: Final = 1000
"""Milliseconds in which nobody reads an item, looks, and presses a key."""
ROW: Final = 5
"""Items in a row that are answered faster than that; a few may have been looked at together."""
MANY: Final = 8
"""Items by hand from which on the time of a whole run says something."""
EACH: Final = 2.0
"""Seconds for each of them that a run takes at the very least."""
SHARE: Final = 20
"""The part of the time that a checklist should take in which it cannot be done, ..."""
MOST_EACH: Final = 10.0
"""... as far as that is not more seconds an item than this: work may be done first, and ticked at its end."""
SAME: Final = 5
"""Runs in a row, this one included, with the same figures or texts."""
WEEKS: Final = 14 * 24 * 3600 * 1000
"""Milliseconds over which texts stay the same."""
TELLING: Final = 20
"""Characters of a text that would be another one if somebody wrote it anew."""

NEEDED: Final = SAME + 5
"""How many answers before `marks` are worth reading for each item."""
_NAMED: Final = 3


def marks(walk: Walk, before: Mapping[str, Sequence[Answer]] | None = None) -> tuple[str, ...]:
    """What looks rubber-stamped; nothing: all is as it should be.

    Args:
        walk: the run, as it is signed.
        before: of its items the answers that counted in the runs before, newest first; see `NEEDED`.
    """
    before = before or {}
    steps = [step for step in walk.steps if step.shown and step.answer is not None]
    pace = _in_a_row(walk) or _in_all(walk, steps)
    return (*pace, *_same_figures(steps, before), *_same_texts(steps, before))


def _in_a_row(walk: Walk) -> tuple[str, ...]:
    """Who answered how many items faster than they can be read."""
    machine = {step.item.id for step in walk.steps if isinstance(step.item, AutoItem)}
    rows: dict[str, set[str]] = {}
    current: dict[str, set[str]] = {}
    last: dict[str, int] = {}
    for one in _by_hand(walk):
        # Keys may have waited behind a stalled line, so that what was pressed slowly arrives at once.
        fast = one.actor in last and max(one.at - last[one.actor], one.seconds * 1000) < READABLE
        last[one.actor] = one.at
        if not fast:
            current.pop(one.actor, None)
        elif one.item not in machine and one.verdict.answered and not one.undoes:
            row = current.setdefault(one.actor, set())
            row.add(one.item)
            rows[one.actor] = max(rows.get(one.actor, row), row, key=len)
    return tuple(f"{limited(actor, 40)} answered {len(row)} items in a row in less than a second each."
                 for actor, row in rows.items() if len(row) >= ROW)


def _in_all(walk: Walk, steps: Sequence[Step]) -> tuple[str, ...]:
    """Whether all that was done by hand took less time than it can take."""
    manual = sum(not isinstance(step.item, AutoItem) and _own_hand(step.answer) for step in steps)
    if manual < MANY:
        return ()
    least = EACH * manual
    if walk.template.takes is not None:
        least = max(least, min(float(walk.template.takes) / SHARE, MOST_EACH * manual))
    spent = time_spent(walk.run.begun, _by_hand(walk))
    return (f"{manual} items by hand took {spent:.0f} s in all.",) if spent < least else ()


def _by_hand(walk: Walk) -> list[Answer]:
    """All that was said at a console, in the order in which it was."""
    every: Iterable[Answer] = chain(walk.gone, *((*step.earlier, step.answer) for step in walk.steps if step.answer),
                                    *(step.earlier for step in walk.steps if not step.answer))
    return sorted((one for one in every if _own_hand(one)), key=lambda one: one.id)


def _own_hand(answer: Answer | None) -> bool:
    return answer is not None and answer.given is Given.CONSOLE and bool(answer.actor)


def _same_figures(steps: Iterable[Step], before: Mapping[str, Sequence[Answer]]) -> tuple[str, ...]:
    """Numbers that people entered and that never change."""
    found = []
    for step in steps:
        item, answer = step.item, step.answer
        if (not isinstance(item, NumberItem) or answer is None or answer.verdict is Verdict.SKIPPED
                or not isinstance(answer.value, int | float) or answer.value in (0, item.min, item.max)
                or step.proposal is not None or not _entered(answer)):
            continue
        same = 1
        for earlier in before.get(item.id, ()):
            if earlier.value != answer.value or not _entered(earlier):
                break
            same += 1
        if same >= SAME:
            unit = f" {limited(answer.unit, 20)}" if answer.unit else ""
            found.append(f"{limited(item.title, 60)} ({written(answer.value)}{unit}, {same} runs)")
    if not found:
        return ()
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return (f"The same figures again and again: {', '.join(found[:_NAMED])}{more}.",)


def _entered(answer: Answer) -> bool:
    return answer.given in (Given.CONSOLE, Given.COMMAND) and not answer.proposed


def _same_texts(steps: Iterable[Step], before: Mapping[str, Sequence[Answer]]) -> tuple[str, ...]:
    """Whether all that was written says the same as weeks ago, word for word."""
    runs, since = [], []
    for step in steps:
        answer = step.answer
        if not isinstance(step.item, TextItem) or answer is None or len(text := _wording(answer)) < TELLING:
            continue
        same = [answer]
        for earlier in before.get(step.item.id, ()):
            if _wording(earlier) != text:
                break
            same.append(earlier)
        if len(same) < SAME or same[0].at - same[-1].at < WEEKS:
            return ()
        runs.append(len(same))
        since.append(same[0].at - same[-1].at)
    if not runs:
        return ()
    weeks = min(since) // (7 * 24 * 3600 * 1000)
    return (f"All that was written has been the same for {weeks} weeks, {min(runs)} runs in a row.",)


def _wording(answer: Answer) -> str:
    return " ".join(answer.value.split()).casefold() if isinstance(answer.value, str) else ""
