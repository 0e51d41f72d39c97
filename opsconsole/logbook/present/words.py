"""Signs, words and styles of all pages of the log; a state has its own word, whatever its colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opsconsole.core.clock import DAY
from opsconsole.core.lines import Span, Style
from opsconsole.core.text import limited
from opsconsole.logbook.model import EntryState, EntryType, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsconsole.core.clock import Instant
    from opsconsole.core.view import View

MOST_SHOWN: Final = 400
"""Characters of a foreign text in one line."""
_URGENT: Final = frozenset({EntryType.EMERGENCY, EntryType.INCIDENT})


def one_line(text: str, view: View, most: int = MOST_SHOWN) -> str:
    """Foreign text on one line."""
    return view.clean(" ".join(limited(text, most, view.glyphs.ellipsis).split()))


def people(names: Iterable[str], view: View, most: int = 3) -> str:
    """`ana, ben`."""
    shown = list(names)
    more = f" +{len(shown) - most}" if len(shown) > most else ""
    return ", ".join(one_line(name, view, 20) for name in shown[:most]) + more


def sign_of(status: Status, type: EntryType, view: View) -> Span:  # noqa: A002 - the field's name
    """The sign of how it went; none where all went well."""
    if status is Status.ISSUES:
        return Span(view.glyphs.critical if type in _URGENT else view.glyphs.warning,
                    Style.CRITICAL if type in _URGENT else Style.WARNING, strong=True)
    return Span(" ")


def state_span(state: EntryState, begun: Instant, view: View, amended: int = 0) -> Span:
    """How far it is; what nobody has signed for a day stands out."""
    if state is EntryState.OPEN:
        return Span("unsigned", Style.WARNING if view.now - begun > DAY else Style.ACCENT)
    if state is EntryState.WAITING:
        return Span("2nd sign", Style.WARNING)
    if state is EntryState.DROPPED:
        return Span("dropped", Style.FAINT)
    return Span("amended" if amended else "signed", Style.MUTED)


def type_span(type: EntryType) -> Span:  # noqa: A002 - the field's name
    """The kind of work; what was no routine stands out."""
    return Span(type.value, Style.TEXT if type in _URGENT else Style.MUTED, type in _URGENT)


def key(name: str, does: str) -> list[Span]:
    """A key and what it does."""
    return [Span(name, Style.ACCENT, strong=True), Span(f" {does}", Style.MUTED)]
