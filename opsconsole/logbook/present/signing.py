"""What a name is put under. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core import format as fmt
from opsconsole.core.lines import Line, Span, Style
from opsconsole.core.view import View, muted
from opsconsole.logbook.model import LISTS, Entry, Status
from opsconsole.logbook.present.words import one_line, people

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORDS: Final = {"tasks": "done", "found": "found", "resolved": "resolved", "escalated": "escalated"}


def signing_lines(entry: Entry, view: View) -> list[Line]:
    """An entry in a few lines, and what signing does."""
    issues = entry.status is Status.ISSUES
    by = people(entry.performed_by, view) or "nobody"
    lines = [Line((Span(one_line(entry.title, view, 56), strong=True),)),
             Line((Span(f"{entry.type.value}, ", Style.MUTED), Span("issues" if issues else "normal",
                                                                    Style.WARNING if issues else Style.TEXT),
                   muted(f", performed by {by}")))]
    if counts := list(_counts(entry)):
        lines.append(Line((Span(", ".join(counts)),)))
    missing = entry.persons - len(entry.signatures)
    lines.append(Line((muted("A second person signs after you." if missing > 1 else
                             "It cannot be changed after that, only amended."),)))
    return lines


def _counts(entry: Entry) -> Iterable[str]:
    for name in LISTS:
        if number := len(getattr(entry, name)):
            yield f"{number} {_WORDS[name]}"
    if entry.actions:
        yield f"{len(entry.actions)} next"
    if entry.seconds:
        yield fmt.duration(entry.seconds)
