"""What is signed: what is missing, what failed, the log entry that it drafts; and what adopting a version changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.checklists.model import Verdict
from opsconsole.checklists.present.words import muted, one_line
from opsconsole.checklists.walk import counts
from opsconsole.core import format as fmt
from opsconsole.core.lines import Line, Span, Style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.checklists.adoption import Change
    from opsconsole.checklists.model import LogDraft
    from opsconsole.checklists.walk import Walk
    from opsconsole.core.view import View

MOST: Final = 4
"""Lines of one kind in a question."""


def missing_lines(walk: Walk, items: Sequence[str], view: View) -> list[Line]:
    """What keeps a run from being signed."""
    lines = []
    for name in items[:MOST]:
        step = walk.step(name)
        if step is None:
            continue
        failed = step.verdict is Verdict.FAILED
        sign = Span(f"{view.glyphs.critical} ", Style.CRITICAL) if failed else Span(f"{view.glyphs.unknown} ")
        why = "failed: t opens a ticket" if failed else "not answered"
        lines.append(Line((sign, Span(one_line(step.item.title, view, 44)), muted(f"  {why}"))))
    return [*lines, *_more(len(items), view)]


def signing_lines(walk: Walk, draft: LogDraft, view: View) -> list[Line]:
    """What a name is put under."""
    total, answered, failed = counts(walk)
    lines = [Line((Span(f"{answered} of {total} items answered"),
                   *([Span(f", {failed} failed", Style.CRITICAL)] if failed else []),
                   muted(f"   {fmt.duration(draft.seconds)} of work")))]
    for name, texts in (("found", draft.found), ("resolved", draft.resolved), ("escalated", draft.escalated),
                        ("next", draft.next_actions)):
        lines += [Line((muted(f"{name:<10}"), Span(one_line(text, view, 60)))) for text in texts[:MOST]]
        lines += _more(len(texts), view)
    if walk.run.persons > 1 and not walk.run.signatures:
        lines.append(Line((muted("A second person, who has not answered, signs after you."),)))
    else:
        lines.append(Line((muted("Nothing can be changed after that; it drafts the log entry."),)))
    return lines


def change_lines(changes: Sequence[Change], view: View) -> list[Line]:
    """What the new version of a template does to a run."""
    signs = {"added": "+", "removed": "-", "changed": "~", "moved": "="}
    lines = []
    for one in changes[:3 * MOST]:
        again = [Span("  asked again", Style.WARNING)] if one.reopened and one.what != "removed" else []
        gone = [Span("  its answer does not count", Style.WARNING)] if one.reopened and one.what == "removed" else []
        lines.append(Line((Span(f"{signs.get(one.what, '?')} ", Style.ACCENT), Span(one_line(one.title, view, 36)),
                           muted(f"  {one.what} {one_line(one.detail, view, 30)}"), *again, *gone)))
    if len(changes) > 3 * MOST:
        lines.append(Line((muted(f"{view.glyphs.ellipsis} and {len(changes) - 3 * MOST} more"),)))
    return lines or [Line((muted("No item changes; only when it is due, or how it is called."),))]


def _more(count: int, view: View) -> list[Line]:
    return [Line((muted(f"{view.glyphs.ellipsis} and {count - MOST} more"),))] if count > MOST else []
