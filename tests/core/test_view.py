"""What the pages of all features share: nothing beyond ASCII where nothing but ASCII may be drawn."""

from __future__ import annotations

import pytest

from opsconsole.core.glyphs import ASCII, UNICODE, Glyphs
from opsconsole.core.lines import Line, Span
from opsconsole.core.view import View, framed


@pytest.mark.parametrize(("glyphs", "shown"), [(ASCII, "0 ~ 4 h at 20 C"), (UNICODE, "0 … 4 h at 20 °C")])
def test_signs_that_texts_bring_along(glyphs: Glyphs, shown: str) -> None:
    assert View(80, glyphs, 0).clean("0 … 4 h at 20 °C") == shown


@pytest.mark.parametrize(("glyphs", "shown"), [(ASCII, " too lo~"), (UNICODE, " too lo…")])
def test_a_line_that_is_too_long_for_the_page(glyphs: Glyphs, shown: str) -> None:
    assert framed(Line((Span("too long a line"),)), 8, glyphs.ellipsis).text == shown
