"""Maintenance in words: until when, what it mutes, what is not green. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core import format as fmt
from opsconsole.core.clock import MINUTE
from opsconsole.core.lines import Line, Span, Style
from opsconsole.core.view import View, muted
from opsconsole.logbook.present.words import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from opsconsole.core.clock import Instant
    from opsconsole.logbook.model.maintenance import Trouble, Work

SOON: Final = 15 * MINUTE
"""Before its end it stands out; of a short one, in its last quarter."""
MOST_TROUBLES: Final = 6


def standing(work: Work, now: Instant, zone: tzinfo | None = None) -> str:
    """How it stands: `until 14:30, 28 min left`, `finished 14:02 by ana`, `over since 14:30, not finished`."""
    if work.ended is not None:
        return f"finished {fmt.moment(work.ended, now, zone)} by {work.ended_by}"
    if work.ends <= now:
        return f"over since {fmt.moment(work.ends, now, zone)}, not finished"
    return f"until {fmt.moment(work.ends, now, zone)}, {fmt.duration((work.ends - now) / 1000)} left"


def soon_over(begins: Instant, ends: Instant, now: Instant) -> bool:
    """Whether it is time to finish or to extend it."""
    return ends - now <= min(SOON, (ends - begins) // 4)


def work_spans(work: Work, view: View) -> list[Span]:
    """What an entry says of its maintenance, on one line: until when, what is muted."""
    style = Style.MUTED
    if work.ended is None:
        style = Style.WARNING if soon_over(work.begins, work.ends, view.now) else Style.ACCENT
    spans = [Span(one_line(standing(work, view.now, view.zone), view), style)]
    if work.checks:
        word = "muted" if work.over(view.now) else "mutes"
        spans.append(muted(f" {view.glyphs.dot} {word} {one_line(', '.join(work.checks), view)}"))
    return spans


def finishing_lines(work: Work, troubles: Sequence[Trouble], view: View) -> list[Line]:
    """What finishing it means now: all is green, or what is not."""
    lines = [Line((muted(f"works on {one_line(', '.join(work.names), view, 200)}"),))]
    if troubles:
        lines += list(trouble_lines(troubles, view))
        lines.append(Line((muted("It takes a reason, which the entry keeps; alerts are told."),)))
    elif work.checks:
        lines.append(Line((Span(f"{view.glyphs.done} ", Style.OK), Span(_green(len(work.checks))))))
    else:
        lines.append(Line((Span("Nothing of it fires."),)))
    return lines


def trouble_lines(troubles: Sequence[Trouble], view: View) -> Iterator[Line]:
    """What is not green."""
    for one in troubles[:MOST_TROUBLES]:
        yield Line((Span(f"{view.glyphs.warning} ", Style.WARNING), Span(one_line(one.name, view, 40), strong=True),
                    Span(f"  {one_line(one.text, view, 200)}")))
    if len(troubles) > MOST_TROUBLES:
        yield Line((muted(f"and {len(troubles) - MOST_TROUBLES} more"),))


def _green(count: int) -> str:
    return "The check is green." if count == 1 else f"All {count} checks are green."
