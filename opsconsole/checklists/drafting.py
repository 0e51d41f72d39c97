"""The log entry that a run proposes: type, tasks, issues, next actions, time spent; pure."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from opsconsole.checklists.judging import written
from opsconsole.checklists.model import (
    MOST_TEXT,
    Answer,
    Category,
    EventKind,
    Given,
    LogDraft,
    Mode,
    Verdict,
)
from opsconsole.checklists.template import AutoItem, ChoiceItem, TableItem, TextItem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from opsconsole.checklists.template import Template
    from opsconsole.checklists.walk import Step, Walk
    from opsconsole.core.clock import Instant

LONGEST_PAUSE: Final = 15 * 60 * 1000
"""Milliseconds; of a longer pause between answers no more counts as work."""
_STATUS: Final = frozenset({"normal", "issues"})
"""How an entry of the log can be."""
_OF_CATEGORY: Final = {
    Category.DAILY: "daily", Category.WEEKLY: "weekly", Category.MONTHLY: "monthly", Category.QUARTERLY: "quarterly",
    Category.ANNUAL: "annual", Category.EMERGENCY: "emergency", Category.DEPLOYMENT: "change"}
_OF_MODE: Final = {Mode.WEEK: "weekly", Mode.MONTH: "monthly", Mode.QUARTER: "quarterly", Mode.YEAR: "annual"}


def time_spent(begun: Instant | None, answers: Iterable[Answer]) -> float:
    """Seconds that people spent on a run: from its beginning from answer to answer, pauses cut.

    What the machine answered by itself, and what a new version of the template reopened, is no work of anybody.
    """
    moments = [answer.at for answer in answers if answer.given not in (Given.AUTO, Given.ADOPTED)]
    if begun is not None and moments:
        moments.insert(0, min(begun, moments[0]))
    return sum(min(max(after - before, 0), LONGEST_PAUSE) for before, after in pairwise(moments)) / 1000


def log_draft(walk: Walk, now: Instant, *, solved: Collection[int] = ()) -> LogDraft:
    """The log entry of a run as it stands.

    Args:
        walk: the run, with its signatures where it is signed.
        now: the end of the entry where the run has not ended.
        solved: those of its tickets that are done.
    """
    run, steps = walk.run, [step for step in walk.steps if step.shown]
    answers = sorted([*walk.gone, *(one for step in walk.steps for one in _all(step))], key=lambda one: one.id)
    failed = [step for step in steps if step.verdict is Verdict.FAILED]
    mended = [step for step in steps if step.verdict is Verdict.OK and _failures(step)]
    performers = run.performers or tuple(dict.fromkeys(one.actor for one in answers if one.actor))
    return LogDraft(
        type=_type(run.category, walk.template), title=run.title,
        start=run.begun if run.begun is not None else next((one.at for one in answers), run.opens),
        end=run.ended if run.ended is not None else now,
        status=_status(steps, bad=bool(failed or mended)),
        performed_by=performers, tasks=_tasks(walk, steps),
        found=tuple(_issue(step, step.answer if step.verdict is Verdict.FAILED else _failures(step)[-1])
                    for step in steps if step in failed or step in mended),
        resolved=tuple(_resolved(step, solved) for step in steps
                       if step in mended or (step in failed and step.ticket in solved)),
        escalated=_escalated(walk), next_actions=_next_actions(walk, steps, solved), notes=_notes(steps),
        seconds=time_spent(run.begun, answers), signed_by=tuple(one.actor for one in run.signatures), run=run.id,
        tickets=tuple(dict.fromkeys(step.ticket for step in steps if step.ticket)))


def _type(category: Category, template: Template) -> str:
    """By the category; of one that says nothing of it, by how often it is due."""
    if category is Category.SECURITY and template.when.every is Mode.DEMAND:
        return "emergency"
    return _OF_CATEGORY.get(category) or _OF_MODE.get(template.when.every, "daily")


def _status(steps: Iterable[Step], *, bad: bool) -> str:
    """Issues where anything failed, or where whoever walked says so: an item can ask for the very words of the log."""
    said = (step.answer.value for step in steps if step.answer is not None and isinstance(step.item, ChoiceItem)
            and set(step.item.options) == _STATUS)
    return "issues" if bad or "issues" in said else "normal"


def _all(step: Step) -> tuple[Answer, ...]:
    return (*step.earlier, step.answer) if step.answer is not None else step.earlier


def _failures(step: Step) -> list[Answer]:
    """The failures of an item that nobody took back: a slip of the hand is no issue."""
    every = _all(step)
    undone = {one.undoes for one in every}
    return [one for one in every if one.verdict is Verdict.FAILED and not one.undoes and one.id not in undone]


def _tasks(walk: Walk, steps: Iterable[Step]) -> tuple[str, ...]:
    """What was done, a line for each section."""
    done: dict[int, list[str]] = {}
    for step in steps:
        if step.verdict is Verdict.OK:
            done.setdefault(step.section, []).append(_with_value(step))
    return tuple(f"{walk.template.sections[section].title}: {'; '.join(titles)}" for section, titles in done.items())


def _with_value(step: Step) -> str:
    """The title with what was entered, or seen by the machine; words and rows stand among the notes."""
    if isinstance(step.item, TextItem | TableItem) or step.answer is None:
        return step.item.title
    if seen := _seen(step, step.answer):
        return f"{step.item.title} ({seen})"
    if isinstance(step.item, AutoItem) and step.answer.proposed and not step.answer.unit:
        # The machine has looked again since, and a figure of which nobody knows the unit says nothing.
        return step.item.title
    return f"{step.item.title} {_value(step.answer)}".rstrip()


def _seen(step: Step, answer: Answer) -> str:
    return " ".join(step.saw(answer).split())


def _value(answer: Answer) -> str:
    text = " ".join(written(answer.value).split())
    return f"{text} {answer.unit}" if text and answer.unit else text


def _issue(step: Step, answer: Answer | None) -> str:
    if answer is None:
        return step.item.title
    value = _seen(step, answer)
    if not value and (value := _value(answer)) and answer.limit:
        value += f" (limit {answer.limit})"
    parts = [value, answer.note.strip(), f"ticket #{step.ticket}" if step.ticket else ""]
    said = ", ".join(part for part in parts if part)
    return f"{step.item.title}: {said}" if said else step.item.title


def _resolved(step: Step, solved: Collection[int]) -> str:
    if step.ticket in solved:
        return f"{step.item.title}: ticket #{step.ticket} is done"
    said = step.answer.note.strip() if step.answer is not None else ""
    return f"{step.item.title}: {said}" if said else step.item.title


def _escalated(walk: Walk) -> tuple[str, ...]:
    """Whose ladder was started, once each."""
    found = {}
    for event in walk.events:
        if event.kind is EventKind.ESCALATED and not event.data.get("over"):
            name, ladder = str(event.data.get("item", "")), event.data.get("ladder")
            step = walk.step(name)
            title = step.item.title if step is not None else name or event.text
            found[f"{title}: {ladder}" if ladder else title] = True
    return tuple(found)


def _next_actions(walk: Walk, steps: Iterable[Step], solved: Collection[int]) -> tuple[str, ...]:
    """What is still to be done: failures that are not solved, and what was left out or let be."""
    found = []
    for step in steps:
        title, note = step.item.title, step.answer.note.strip() if step.answer is not None else ""
        if step.waived is not None:
            by = f" by {step.waived.actor}" if step.waived.actor else ""
            found.append(f"{title}: waived{by}{_because(step.waived.text)}")
        elif step.verdict is Verdict.FAILED and step.ticket not in solved:
            found.append(f"{title}: ticket #{step.ticket}" if step.ticket else f"{title}: failed, without a ticket")
        elif step.verdict is Verdict.SKIPPED and step.item.required:
            found.append(f"{title}: skipped{_because(note)}")
    followed = (event for event in walk.events if event.kind is EventKind.FOLLOWED)
    found += [f"checklist {event.data.get('slug') or event.text}" for event in followed]
    return tuple(dict.fromkeys(found))


def _because(reason: str) -> str:
    return f", {' '.join(reason.split())}" if reason.strip() else ""


def _notes(steps: Iterable[Step]) -> str:
    """Texts and tables that were filled in, and notes on what went well; those of failures stand with them."""
    found = []
    for step in steps:
        answer = step.answer
        if answer is None:
            continue
        if isinstance(step.item, TextItem | TableItem) and (text := written(answer.value)):
            found.append(f"{step.item.title}:\n{text}" if "\n" in text else f"{step.item.title}: {text}")
        if answer.note.strip() and answer.verdict in (Verdict.OK, Verdict.NOT_APPLICABLE):
            found.append(f"{step.item.title}: {answer.note.strip()}")
    return "\n".join(found)[:MOST_TEXT]
