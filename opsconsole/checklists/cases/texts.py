"""What tickets and notices say of an item that failed; pure. Whoever shows it makes harmless what is foreign in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.checklists.judging import written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsconsole.checklists.model import Answer, Evidence, Run
    from opsconsole.checklists.template import Item
    from opsconsole.checklists.walk import Step

_MOST_SEEN: Final = 4000
"""Characters of one piece of evidence."""


def thread_of(run: int, item: str) -> str:
    """What belongs together among notices."""
    return f"checklist:{run}:{item}"


def failure_title(run: Run, item: Item) -> str:
    """One line: the checklist and what failed in it."""
    return f"{run.title}: {item.title}"


def failure_text(run: Run, step: Step, answer: Answer | None, words: str = "") -> str:
    """What failed, what was found, what it rests on, and where.

    Args:
        run: in which.
        step: which item.
        answer: that it failed; None: nobody has said so.
        words: what somebody adds.
    """
    lines = [f"{step.item.title} failed in {run.title}, {run.occurrence} (checklist run {run.id})."]
    if answer is not None:
        if found := step.saw(answer) or f"{written(answer.value)} {answer.unit}".strip():
            lines.append(f"Found: {found}")
        if answer.limit:
            lines.append(f"Expected: {answer.limit}")
        if answer.note:
            lines.append(f"Note: {answer.note}")
    if words and (answer is None or words != answer.note):
        lines += ["", words]
    for one in answer.evidence if answer is not None else ():
        lines += ["", *_evidence(one)]
    return "\n".join(lines)


def _evidence(one: Evidence) -> Iterator[str]:
    more = [f"exit code {one.code}" if one.code is not None else "", one.problem,
            f"{one.size:,} bytes, SHA-256 {one.sha256}" if one.sha256 else ""]
    yield ", ".join([f"{one.kind}: {one.title}", *filter(None, more)])
    for line in one.text[:_MOST_SEEN].splitlines():
        yield f"    {line}"
