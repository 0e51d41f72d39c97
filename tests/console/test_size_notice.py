from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opsconsole.console.size_notice import notice
from opsconsole.core.glyphs import ASCII, UNICODE


def test_it_says_what_there_is_and_what_is_needed() -> None:
    text = "\n".join(line.text for line in notice(50, 15, (60, 20), ASCII))
    assert "It has 50 x 15 cells, 60 x 20 are needed." in text


def test_ascii() -> None:
    assert all(line.text.isascii() for line in notice(50, 15, (60, 20), ASCII))


@given(st.integers(0, 100), st.integers(0, 40), st.sampled_from((UNICODE, ASCII)))
def test_it_fits(columns: int, rows: int, glyphs: object) -> None:
    lines = notice(columns, rows, (60, 20), glyphs)  # type: ignore[arg-type]
    assert len(lines) <= max(rows, 0)
    assert all(line.cells <= columns for line in lines)
