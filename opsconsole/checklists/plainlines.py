"""Checklists as plain lines for one-shot commands: one line for one thing, no colours that carry a meaning alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.checklists.judging import written
from opsconsole.checklists.model import Verdict
from opsconsole.core import format as fmt
from opsconsole.core.text import limited

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsconsole.checklists.cases.types import Board, Row
    from opsconsole.checklists.model import Answer, LogDraft, Proposal, RunState, Unscheduled
    from opsconsole.checklists.walk import Step, Walk
    from opsconsole.core.view import View

_SIGNS: Final = {Verdict.OPEN: "[ ]", Verdict.OK: "[x]", Verdict.FAILED: "[!]", Verdict.SKIPPED: "[-]",
                 Verdict.NOT_APPLICABLE: "[/]"}
_SHOWN: Final = 200
"""Characters of a value or a note in a line."""


def value_text(answer: Answer) -> str:
    """What was entered, in one line: `42 %`."""
    text = limited(written(answer.value).replace("\n", "; "), _SHOWN)
    return f"{text} {limited(answer.unit, 20)}" if text and answer.unit else text


def answer_text(answer: Answer, view: View) -> str:
    """An answer in one line: verdict, value, note, ticket, who and when."""
    parts = [answer.verdict.value, value_text(answer), f"limit {limited(answer.limit, 60)}" if answer.limit else "",
             limited(answer.note, _SHOWN), f"ticket {answer.ticket}" if answer.ticket else "",
             f"{len(answer.evidence)} evidence" if answer.evidence else "",
             limited(answer.actor, 40) or "the program", view.time(answer.at)]
    return " · ".join(part for part in parts if part)


def proposal_text(proposal: Proposal) -> str:
    """What the machine thinks, in one line."""
    verdict = "not known" if proposal.verdict is Verdict.OPEN else proposal.verdict.value
    return f"{verdict}: {limited(proposal.text, _SHOWN)}" if proposal.text else verdict


def board_lines(board: Board, view: View, *, week: bool = False, everything: bool = False) -> Iterator[str]:
    """The list: today, and more of it where that is wanted."""
    groups = [("Today", board.today)]
    if week or everything:
        groups.append(("This week", board.week))
    if everything:
        groups += [("This month", board.month), ("This quarter", board.quarter), ("This year", board.year)]
    for title, rows in groups:
        if rows:
            yield f"{title}:"
            yield from (f"  {row_text(row, view)}" for row in rows)
    if board.demand:
        yield "Whenever it is wanted:"
        yield from (f"  {one.slug:<24}  {limited(one.title, 80)}" for one in board.demand)


def row_text(row: Row, view: View) -> str:
    """One line of the list."""
    run = row.run
    due = "" if row.due is None else f"due {view.time(row.due)}"
    number = f"run {run.id}" if run is not None else ""
    far = f"{run.answered}/{run.total}" if run is not None and run.begun is not None else ""
    failed = f"{run.failed} failed" if run is not None and run.failed else ""
    people = limited(", ".join(run.performers), 60) if run is not None else ""
    reason = "asks for a reason" if run is not None and run.outcome == "missed" and not run.reason else ""
    rest = " · ".join(part for part in (limited(row.title, 80), due, number, far, failed, people, reason) if part)
    return f"{row.state.value:<11}  {row.slug:<24}  {rest}"


def coming_text(one: Unscheduled, view: View) -> str:
    """What is due on some day, by the templates alone."""
    return f"{fmt.stamp(one.due, view.zone)}  {one.slug:<24}  {limited(one.title, 80)}"


def walk_lines(walk: Walk, state: RunState, view: View) -> Iterator[str]:
    """A whole run, item by item."""
    run = walk.run
    due = f" · due {view.time(run.due)}" if run.due is not None else ""
    yield (f"{limited(run.title, 80)} · {run.occurrence} · run {run.id} · {state.value}{due}"
           f" · {run.answered}/{run.total}{f' · {run.failed} failed' if run.failed else ''}")
    if run.reason:
        yield f"Reason: {limited(run.reason, _SHOWN)}"
    for one in walk.left:
        yield (f"Left open by {limited(one.title, 80)} {one.occurrence}: {limited(one.what, 120)}"
               f" ({one.verdict.value}{f', ticket {one.ticket}' if one.ticket else ''})")
    section = -1
    for step in walk.steps:
        if not step.shown:
            continue
        if step.section != section:
            section = step.section
            yield limited(walk.template.sections[section].title, 80)
        yield f"  {step_text(step, view)}"
    for sign in run.signatures:
        yield f"Signed by {limited(sign.actor, 40)}, {view.time(sign.at)}."
    yield from (f"Marked: {limited(mark, _SHOWN)}" for mark in run.marks)
    if run.seal:
        yield f"Seal {run.seal}"
    if walk.newer:
        yield f"There is a newer version of this checklist: `opsconsole checklist adopt {run.id}`."


def step_text(step: Step, view: View) -> str:
    """One item of a run: sign, id, title, and the answer or what the machine proposes."""
    text = f"{_SIGNS[step.verdict]} {step.item.id:<20}  {limited(step.item.title, 120)}"
    if step.answer is not None:
        text += f" · {answer_text(step.answer, view)}"
    elif step.proposal is not None:
        text += f" · proposed {proposal_text(step.proposal)}"
    return f"{text} · waived by {limited(step.waived.actor, 40)}" if step.waived is not None else text


def item_lines(step: Step, view: View) -> Iterator[str]:
    """All that was ever answered to one item."""
    item = step.item
    yield f"{item.id} · {item.kind} · {limited(item.title, 200)}"
    if not step.shown:
        yield f"It is not asked as things stand: {limited(item.when, 200)}"
    yield from (f"  earlier: {answer_text(one, view)}" for one in step.earlier)
    if step.answer is not None:
        yield f"  counts: {answer_text(step.answer, view)}"
        for one in step.answer.evidence:
            yield f"    {one.kind} {limited(one.title, 120)}{f' · sha256 {one.sha256}' if one.sha256 else ''}"
            yield from (f"      {limited(line, 300)}" for line in one.text.splitlines())
    if step.proposal is not None:
        yield f"  proposed: {proposal_text(step.proposal)} · {view.time(step.proposal.at)}"


def draft_lines(draft: LogDraft, view: View) -> Iterator[str]:
    """The log entry that a run proposes."""
    yield f"{limited(draft.title, 120)} · {draft.type} · {draft.status}"
    yield (f"{view.time(draft.start)} to {view.time(draft.end)} · {fmt.duration(draft.seconds)} · "
           f"{limited(', '.join(draft.performed_by), 200) or 'nobody'}")
    for name, texts in (("Done", draft.tasks), ("Found", draft.found), ("Resolved", draft.resolved),
                        ("Escalated", draft.escalated), ("Next", draft.next_actions)):
        if texts:
            yield f"{name}:"
            yield from (f"  {limited(text, 300)}" for text in texts)
    if draft.notes:
        yield limited(draft.notes, 2000)


def history_lines(answers: Sequence[Answer], view: View) -> Iterator[str]:
    """The answers to one item over time, newest first, and above them a small chart where there are figures."""
    figures = [float(one.value) for one in reversed(answers)
               if isinstance(one.value, int | float) and not isinstance(one.value, bool)]
    if len(figures) > 1:
        low, high = min(figures), max(figures)
        chart = fmt.sparkline(figures, min(60, len(figures)), view.glyphs, low=low, high=high)
        yield f"{chart}  {written(low)} to {written(high)}"
    yield from (f"{fmt.stamp(one.at, view.zone)}  run {one.run}  {answer_text(one, view)}" for one in answers)
