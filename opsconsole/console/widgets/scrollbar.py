"""A scrollbar of one quiet column: a line where the view is, nothing elsewhere; no partial blocks, no animation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment, Segments
from rich.style import Style
from textual.scrollbar import ScrollBarRender

if TYPE_CHECKING:
    from rich.color import Color

    from opsconsole.core.glyphs import Glyphs


class QuietScrollBar(ScrollBarRender):
    """Draws the part that is in view as a vertical line in the scrollbar's colour."""

    THUMB = "│"

    @classmethod
    def render_bar(cls, size: int = 25, virtual_size: float = 50, window_size: float = 20, position: float = 0,
                   thickness: int = 1, vertical: bool = True, back_color: Color | None = None,
                   bar_color: Color | None = None) -> Segments:
        """See `ScrollBarRender.render_bar`."""
        style = Style.from_color(bar_color, back_color)
        thumb, blank = Segment(cls.THUMB * thickness, style), Segment(" " * thickness, style)
        if not (size and window_size and virtual_size and virtual_size > window_size):
            return Segments([blank] * size, new_lines=vertical)
        length = min(size, max(1, round(size * window_size / virtual_size)))
        start = round((size - length) * min(1.0, position / (virtual_size - window_size)))
        return Segments([blank] * start + [thumb] * length + [blank] * (size - start - length), new_lines=vertical)


class AsciiScrollBar(QuietScrollBar):
    """The same for terminals without Unicode."""

    THUMB = "|"


def scrollbar_for(glyphs: Glyphs) -> type[QuietScrollBar]:
    """The scrollbar that fits a set of signs."""
    return AsciiScrollBar if glyphs.stem.isascii() else QuietScrollBar
