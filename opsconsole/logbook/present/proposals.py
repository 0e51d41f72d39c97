"""What happened, beside the form of an entry: one row for each proposal, and how far it is decided. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from opsconsole.core.lines import Line, Span, Spot, Style, fit
from opsconsole.core.view import View, left, muted, sides
from opsconsole.logbook.present.words import key, one_line
from opsconsole.logbook.wording import point_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsconsole.logbook.model import Entry, Proposal, Proposed

WHEN: Final = 12
"""Cells of a time, `28 Nov 17:10` and one."""
FIELD: Final = 9
"""Cells of the name of a field."""
_FIELDS: Final = {"tasks": "tasks", "found": "found", "resolved": "resolved", "escalated": "escalated",
                  "notes": "notes"}


class Decision(StrEnum):
    """What whoever writes the entry thinks of a proposal."""

    OPEN = "open"
    TAKEN = "taken"
    DROPPED = "dropped"


class Offer(NamedTuple):
    """A proposal, with the field that is meant now, and what was decided."""

    proposal: Proposal
    decision: Decision = Decision.OPEN


def offer_lines(offers: Sequence[Offer], view: View) -> list[Line]:
    """A row for each; every one can be stood on by its key."""
    return [_row(one, view) for one in offers]


def _row(one: Offer, view: View) -> Line:
    proposal, decision = one
    sign = {Decision.TAKEN: Span(view.glyphs.done, Style.OK, strong=True),
            Decision.DROPPED: Span(view.glyphs.dash, Style.FAINT)}.get(decision, Span(view.glyphs.dot, Style.ACCENT))
    when = left(view.time(proposal.at) if proposal.at is not None else view.glyphs.dash, WHEN, view)
    style = Style.FAINT if decision is Decision.DROPPED else Style.TEXT
    field = Span(left(_FIELDS[proposal.field], FIELD, view), Style.MUTED)
    spans = [sign, Span(" "), muted(when), Span(" "), field, Span(" "), *_said(proposal, style, view)]
    return Line(fit(spans, view.cells, view.glyphs.ellipsis), spots=(Spot(proposal.key, 0, view.cells),))


def _said(proposal: Proposal, style: Style, view: View) -> list[Span]:
    if proposal.is_command:
        return [Span(one_line(proposal.text, view), style)]
    whole, text = point_text(proposal.point), one_line(proposal.text, view)
    source = whole[len(" ".join(proposal.text.split())):]
    return [Span(text, style), Span(one_line(source, view) and f" {one_line(source, view)}",
                                    Style.ACCENT if style is Style.TEXT else style)]


def since_line(found: Proposed, offers: Sequence[Offer], view: View) -> Line:
    """Above the rows: of which time they are, and how many are decided."""
    if found.problems:
        return Line(fit([Span(f"{view.glyphs.critical} {view.clean(found.problems[0])}", Style.CRITICAL)], view.cells,
                        view.glyphs.ellipsis))
    last = f", THE END OF #{found.last}" if found.last else ""
    begin = Span(f"SINCE {view.time(found.since).upper()}{last}", Style.MUTED)
    more = "  more happened before: the timeline has it" if found.more else ""
    decided = sum(one.decision is not Decision.OPEN for one in offers)
    right = [muted(f"{decided} of {len(offers)} decided")] if offers else []
    return sides([begin, Span(more, Style.FAINT)], right, view)


def nothing_lines(found: Proposed | None, view: View) -> list[Line]:
    """In place of rows, where there are none."""
    if found is None:
        return [Line((muted("What happened is being read."),))]
    said = f"Nothing happened since {view.time(found.since)} that would be a line of the log."
    return [Line((Span(said),)), Line((*key("c", "shows the newest commands of your shell"),))]


def heading(entry: Entry, waiting: int | None, name: str, view: View) -> Line:
    """Above the form: what is written, and at the right end how much happened that it could say.

    Args:
        entry: number 0: a new one.
        waiting: proposals that nobody has decided on; None: nobody knows yet.
        name: of the key that shows them.
        view: for whom.
    """
    begin = [Span("NEW ENTRY", Style.MUTED), Span("  seen by others once it is saved", Style.FAINT)]
    if entry.id:
        begin = [Span(f"#{entry.id}", Style.ACCENT), Span(" "), Span(one_line(entry.title, view), strong=True),
                 Span("  what others change meanwhile is merged", Style.FAINT)]
    said = "proposals" if waiting is None else "no proposals" if not waiting else (
        f"{waiting} proposal{'s' if waiting > 1 else ''}")
    return sides(begin, key(name, said) if name else [], view)
