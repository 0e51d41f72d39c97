"""Signs, words and styles of all pages of checklists; a state has its own sign and word, whatever its colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.checklists.judging import written
from opsconsole.checklists.model import RunState, Verdict
from opsconsole.checklists.states import is_late
from opsconsole.core import format as fmt
from opsconsole.core.lines import Span, Style
from opsconsole.core.text import limited

if TYPE_CHECKING:
    from opsconsole.checklists.model import Answer, Run, Value
    from opsconsole.core.glyphs import Glyphs
    from opsconsole.core.view import View

MOST_SHOWN: Final = 400
"""Characters of a foreign text in one line."""


class Sign(NamedTuple):
    """A sign and how it looks."""

    glyph: str
    style: Style


def state_sign(state: RunState, glyphs: Glyphs, *, late: bool = False) -> Sign:
    """The sign of a run."""
    if state in (RunState.LATE, RunState.MISSED):
        return Sign(glyphs.critical, Style.CRITICAL)
    if late:
        return Sign(glyphs.warning, Style.CRITICAL)
    return {RunState.WAITING: Sign(glyphs.warning, Style.WARNING), RunState.DUE: Sign(glyphs.ok, Style.WARNING),
            RunState.RUNNING: Sign(glyphs.ok, Style.ACCENT), RunState.OPEN: Sign(glyphs.unknown, Style.TEXT),
            RunState.DONE: Sign(glyphs.done, Style.OK), RunState.DONE_LATE: Sign(glyphs.done, Style.WARNING),
            }.get(state, Sign(glyphs.dash if state is not RunState.UPCOMING else " ", Style.FAINT))


def verdict_sign(verdict: Verdict, glyphs: Glyphs, *, waived: bool = False) -> Sign:
    """The sign of an item."""
    if waived:
        return Sign(glyphs.dash, Style.MUTED)
    return {Verdict.OK: Sign(glyphs.done, Style.OK), Verdict.FAILED: Sign(glyphs.critical, Style.CRITICAL),
            Verdict.OPEN: Sign(" ", Style.MUTED)}.get(verdict, Sign(glyphs.dash, Style.MUTED))


def late_by(run: Run, view: View) -> str:
    """`35 min late`; empty: it is not."""
    if not is_late(run, view.now):
        return ""
    since = run.due if run.due is not None else run.late
    return f"{fmt.duration((view.now - (since or view.now)) / 1000)} late"


def people(names: tuple[str, ...], view: View, most: int = 3) -> str:
    """`ana, ben`."""
    more = f" +{len(names) - most}" if len(names) > most else ""
    return ", ".join(one_line(name, view, 20) for name in names[:most]) + more


def one_line(text: str, view: View, most: int = MOST_SHOWN) -> str:
    """Foreign text on one line."""
    return view.clean(" ".join(limited(text, most, view.glyphs.ellipsis).split()))


def value_text(value: Value, unit: str, view: View) -> str:
    """`212 users`, `yes`, the rows of a table in one line."""
    if isinstance(value, list):
        text = "; ".join(" ".join(cell for cell in row if cell) for row in value)
    else:
        text = written(value)
    return one_line(f"{text} {unit}" if text and unit else text, view)


def answer_text(answer: Answer, view: View) -> str:
    """What was entered, and what was noted."""
    value, note = value_text(answer.value, answer.unit, view), one_line(answer.note, view)
    return f"{value}, {note}" if value and note else value or note


def actor_text(answer: Answer, view: View) -> str:
    """Who gave an answer: a name, or `auto`."""
    return one_line(answer.actor, view, 20) if answer.actor else "auto"


def muted(text: str) -> Span:
    """A span that stands back."""
    return Span(text, Style.MUTED)


def key(name: str, does: str) -> list[Span]:
    """A key and what it does."""
    return [Span(name, Style.ACCENT, strong=True), Span(f" {does}", Style.MUTED)]
