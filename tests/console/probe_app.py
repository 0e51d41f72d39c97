"""A small program around the widgets, for tests in a real terminal: `python -m tests.console.probe_app KIND THEME`.

KIND is `frugal` or `plain` (Textual's own output). Key u shows the next page, s scrambles it, q leaves.
"""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App

from opsconsole.console.theme import Look, textual_theme
from opsconsole.console.widgets.frugal import FrugalApp
from opsconsole.console.widgets.lines_view import LinesView
from opsconsole.core.lines import Line, Span, Spot, Style, Tint, fit, line
from opsconsole.core.themes import DARK, Theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

ROWS = 40
CHANGING = 12


def page(step: int) -> list[Line]:
    """Forty lines of figures, of which twelve differ from step to step in some digits."""
    lines = []
    for row in range(ROWS):
        figure = f"{(row * 7 + step * 3) % 100:3d}" if row % 3 == 0 and row // 3 < CHANGING else f"{row:3d}"
        spans = (Span(f"metric {row:02d}  ", Style.MUTED), Span("━" * 10, Style.OK), Span("─" * 10, Style.FAINT),
                 Span(f" {figure} ", strong=True), Span("%  of what there is", Style.MUTED),
                 Span(f"   #{1000 + row}", Style.ACCENT))
        lines.append(Line(spans, Tint.CRITICAL if row == 1 else Tint.NONE, (Spot(f"row:{row}", 0, 40),)))
    return lines


def scrambled(step: int) -> list[Line]:
    """A page of anything: wide characters, combining ones, tints, styles, lines that come and go."""
    dice = random.Random(step)
    words = ["", "cpu", "日本語", "é", "naïve", "▲", "12 %", "…" * 3, "한글 x", "long " * 30, " " * 5]
    return [Line(tuple(fit([Span(dice.choice(words), dice.choice(list(Style)), dice.random() < 0.3)
                            for _ in range(dice.randrange(6))], dice.randrange(1, 100))), dice.choice(list(Tint)))
            for _ in range(dice.randrange(5, 60))]


def probe(base: type[App[Any]], theme: Theme = DARK, look: Callable[[Theme], Look] = Look) -> App[Any]:
    """The program."""

    class Probe(base):  # type: ignore[misc, valid-type]
        BINDINGS: ClassVar = [("u", "update"), ("s", "scramble"), ("q", "quit")]
        ENABLE_COMMAND_PALETTE = False
        step = 0

        def __init__(self) -> None:
            super().__init__()
            self.look = look(theme)
            self.sends_colour = not theme.colourless
            self.register_theme(textual_theme(theme, "probe"))
            self.theme = "probe"

        def compose(self) -> ComposeResult:
            yield LinesView(page(0))

        def action_update(self) -> None:
            self.step += 1
            self.query_one(LinesView).show(page(self.step))

        def action_scramble(self) -> None:
            self.step += 1
            self.query_one(LinesView).show([line(f"step {self.step}"), *scrambled(self.step)])

    return Probe()


if __name__ == "__main__":
    probe(FrugalApp if sys.argv[1] == "frugal" else App).run()
