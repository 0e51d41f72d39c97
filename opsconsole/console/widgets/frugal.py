"""Sends to the terminal only what differs from what stands there already, in as few bytes as it can.

Textual redraws whole lines of a widget from its left edge, each piece with its full style. Over SSH that is most of
what the console sends. `FrugalApp` keeps what the terminal shows, cell by cell, and writes the cells that differ:
one cursor movement for each place, and of a style only what changed since the last cell written.

It overrides `App._display`, which Textual does not promise to keep; what it does not know it passes on unchanged.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rich.color import ColorSystem
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App

from opsconsole.console.widgets.draw import cells_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console, RenderableType
    from rich.style import Style
    from textual.filter import LineFilter
    from textual.screen import Screen

    from opsconsole.console.widgets.draw import Cell

GAP = 5
"""Unchanged cells that are written again rather than jumped over: a jump takes about this many bytes."""
_ATTRIBUTES = ("bold", "dim", "italic", "underline", "blink", "blink2", "reverse", "conceal", "strike", "underline2",
               "frame", "encircle", "overline")
_CODES = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "21", "51", "52", "53")

Codes = tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]
"""Attributes, codes of the foreground, codes of the background; empty for the terminal's own."""


class Canvas:
    """What stands on the terminal, and how to change it."""

    def __init__(self) -> None:
        self._rows: list[list[Cell | None]] = []
        self._width = 0

    def forget(self) -> None:
        """Nothing is known of the terminal any more: another program wrote to it, or its size changed."""
        self._rows = [[None] * self._width for _ in self._rows]

    def resized(self, width: int, height: int) -> None:
        """The terminal has this size now; nothing is known if it had another."""
        if (width, height) != (self._width, len(self._rows)):
            self._width = width
            self._rows = [[None] * width for _ in range(height)]

    def write(self, pieces: Iterable[tuple[int, int, list[Cell]]], colours: ColorSystem | None) -> str:
        """The sequences that put pieces (column, row, cells) on the terminal; nothing where they stand already."""
        pen = _Pen(colours)
        for column, y, cells in pieces:
            if 0 <= y < len(self._rows):
                self._write_row(pen, column, y, cells)
        return pen.done()

    def _write_row(self, pen: _Pen, column: int, y: int, cells: list[Cell]) -> None:
        row = self._rows[y]
        cells = cells[: max(0, self._width - column)]
        changed = [place for place, cell in enumerate(cells) if row[column + place] != cell]
        for first, last in _runs(changed, cells):
            pen.move(column + first, y)
            for text, style in cells[first:last + 1]:
                pen.write(text, style)
            pen.at = (column + last + 1, y)
        row[column:column + len(cells)] = cells
        after = column + len(cells)
        if after < self._width and cells and (beyond := row[after]) is not None and not beyond[0]:
            row[after] = None


def _runs(changed: Sequence[int], cells: Sequence[Cell]) -> list[tuple[int, int]]:
    """Places joined to runs (first, last), beginning with a whole character; small gaps are bridged."""
    runs: list[tuple[int, int]] = []
    for place in changed:
        first = place
        while first > 0 and not cells[first][0]:
            first -= 1
        if runs and first - runs[-1][1] <= GAP:
            runs[-1] = (runs[-1][0], max(place, runs[-1][1]))
        else:
            runs.append((first, place))
    widened = []
    for first, found in runs:
        last = found
        while last + 1 < len(cells) and not cells[last + 1][0]:
            last += 1
        widened.append((first, last))
    return widened


class _Pen:
    """Writes text, and says of styles and places only what is new."""

    def __init__(self, colours: ColorSystem | None) -> None:
        self._colours = colours
        self._codes: Codes = (frozenset(), (), ())
        self._out: list[str] = []
        self.at: tuple[int, int] | None = None

    def move(self, x: int, y: int) -> None:
        if self.at == (x, y):
            return
        if self.at is not None and self.at[1] == y and x > self.at[0]:
            self._out.append(f"\x1b[{x + 1}G")
        else:
            self._out.append(f"\x1b[{y + 1};{x + 1}H")
        self.at = (x, y)

    def write(self, text: str, style: Style) -> None:
        if not text:
            return
        codes = codes_of(style, self._colours)
        if codes is not self._codes and codes != self._codes:
            self._out.append(_turn(self._codes, codes))
            self._codes = codes
        self._out.append(text)

    def done(self) -> str:
        if any(self._codes):
            self._out.append("\x1b[m")
        return "".join(self._out)


@lru_cache(maxsize=4096)
def codes_of(style: Style, colours: ColorSystem | None) -> Codes:
    """What a style needs of the terminal; without `colours`, its attributes only."""
    attributes = frozenset(code for name, code in zip(_ATTRIBUTES, _CODES, strict=True) if getattr(style, name))
    if colours is None:
        return attributes, (), ()
    front, back = style.color, style.bgcolor
    return (attributes,
            () if front is None or front.is_default else front.downgrade(colours).get_ansi_codes(foreground=True),
            () if back is None or back.is_default else back.downgrade(colours).get_ansi_codes(foreground=False))


@lru_cache(maxsize=4096)
def _turn(old: Codes, new: Codes) -> str:
    """The shortest sequence from one style to another."""
    fresh = ["0", *sorted(new[0]), *new[1], *new[2]] if any(new) else [""]
    if old[0] - new[0]:
        return f"\x1b[{';'.join(fresh)}m"
    step = sorted(new[0] - old[0])
    if new[1] != old[1]:
        step += new[1] or ("39",)
    if new[2] != old[2]:
        step += new[2] or ("49",)
    return f"\x1b[{min(';'.join(step), ';'.join(fresh), key=len)}m"


class _Patch(CompositorUpdate):
    """An update of Textual's, written as the difference to what the terminal shows."""

    def __init__(self, canvas: Canvas, update: ChopsUpdate | LayoutUpdate, *, colours: bool) -> None:
        self._canvas = canvas
        self._update = update
        self._colours = colours

    def render_segments(self, console: Console) -> str:
        """See `CompositorUpdate.render_segments`."""
        update = self._update
        if isinstance(update, LayoutUpdate):
            region = update.region
            self._canvas.resized(region.right, region.bottom)
            pieces = [(region.x, y, cells_of(segment for strip in strips for segment in strip))
                      for y, strips in enumerate(update.strips, region.y)]
        else:
            self._canvas.resized(max(ends[-1] for ends in update.chop_ends), len(update.chops))
            pieces = [piece for y, first, last in update.spans
                      for piece in _pieces(y, first, last, update.chops[y], update.chop_ends[y])]
        colours = (console._color_system or ColorSystem.TRUECOLOR) if self._colours else None  # noqa: SLF001 - as Strip
        return self._canvas.write(pieces, colours)


def _pieces(y: int, first: int, last: int, chops: Any, ends: list[int]) -> Iterable[tuple[int, int, list[Cell]]]:
    """The parts of one row that an update covers; each as far as whole cells of its widget go."""
    for end, (start, strip) in zip(ends, chops.items(), strict=False):
        if strip is None or start >= last or end <= first:
            continue
        cells = cells_of(strip)[:end - start]
        left, right = max(first, start) - start, min(last, end) - start
        while left > 0 and left < len(cells) and not cells[left][0]:
            left -= 1
        while right < len(cells) and not cells[right][0]:
            right += 1
        yield start + left, y, cells[left:right]


class FrugalApp(App[Any]):
    """An app that sends only what differs; the base of the console's app, which sets `sends_colour`."""

    sends_colour = True
    """False: not one colour code reaches the terminal, whatever the styles say (NO_COLOR)."""

    def __init__(self, *args: Any, **arguments: Any) -> None:
        super().__init__(*args, **arguments)
        self._canvas = Canvas()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """None without colour: Textual's filter for NO_COLOR would paint greys."""
        return super().get_line_filters() if self.sends_colour else []

    def on_mount(self) -> None:
        """After ctrl+z and `fg` the terminal shows what other programs wrote."""
        self.app_resume_signal.subscribe(self, lambda _: self._canvas.forget())

    def on_resize(self) -> None:
        """Terminals keep, move or drop what they show when their size changes."""
        self._canvas.forget()

    def repaint(self) -> None:
        """Draw everything again, whatever the terminal shows: after another program, or for a person who asks."""
        self._canvas.forget()
        self.screen.refresh(layout=True)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if isinstance(renderable, LayoutUpdate | ChopsUpdate) and not self.is_inline:
            renderable = _Patch(self._canvas, renderable, colours=self.sends_colour)  # type: ignore[assignment]
        elif renderable is not None:
            self._canvas.forget()
        super()._display(screen, renderable)
