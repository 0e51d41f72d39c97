"""What reaches the terminal is little, and shows the same as Textual's own output would."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual import _compositor
from textual.app import App

from opsconsole.console.widgets.draw import Cell, cells_of
from opsconsole.console.widgets.frugal import Canvas, FrugalApp, codes_of
from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
WIDTH, HEIGHT = 24, 5
COLOUR_CODE = re.compile(rb"\x1b\[[0-9;:]*m")

styles = st.builds(lambda front, back, bold, reverse: Style(color=front, bgcolor=back, bold=bold, reverse=reverse),
                   st.sampled_from([None, "default", "red", "#102030"]), st.sampled_from([None, "default", "#405060"]),
                   st.sampled_from([None, True]), st.sampled_from([None, True]))
rows = st.lists(st.tuples(st.text("ab 日é▲한", min_size=1, max_size=5), styles), min_size=1, max_size=8)
frames = st.lists(st.tuples(st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1), rows), max_size=12)


def as_cells(row: list[tuple[str, Style]], room: int) -> list[Cell]:
    """A row of whole characters that fits."""
    cells = cells_of(Segment(text, style) for text, style in row)[:room]
    return cells[:-1] if cells and len(cells) == room and room and cells[-1][0] and _wide(cells[-1][0]) else cells


def _wide(text: str) -> bool:
    return text[0] in "日한"


def shown(screen: pyte.Screen) -> list[list[object]]:
    """Every cell of an emulated screen, without what cannot be seen."""
    return [[(cell.data, cell.fg, cell.bg, cell.bold, cell.reverse) for cell in
             (screen.buffer[y][x] for x in range(WIDTH))] for y in range(HEIGHT)]


@given(frames)
def test_the_difference_looks_like_the_whole(pieces: list[tuple[int, int, list[tuple[str, Style]]]]) -> None:
    canvas = Canvas()
    canvas.resized(WIDTH, HEIGHT)
    one, two = pyte.Screen(WIDTH, HEIGHT), pyte.Screen(WIDTH, HEIGHT)
    frugal, plain = pyte.Stream(one), pyte.Stream(two)
    for x, y, row in pieces:
        cells = as_cells(row, WIDTH - x)
        output = canvas.write([(x, y, cells)], ColorSystem.TRUECOLOR)
        frugal.feed(output)
        whole = Canvas()
        whole.resized(WIDTH, HEIGHT)
        plain.feed(whole.write([(x, y, cells)], ColorSystem.TRUECOLOR))
        assert canvas.write([(x, y, cells)], ColorSystem.TRUECOLOR) == ""
    assert shown(one) == shown(two)


def test_a_change_of_two_digits_is_a_jump_and_two_digits() -> None:
    canvas = Canvas()
    canvas.resized(40, 2)
    style = Style(color="#ffffff", bgcolor="#000000")
    canvas.write([(0, 1, cells_of([Segment("CPU   34 %", style)]))], ColorSystem.TRUECOLOR)
    output = canvas.write([(0, 1, cells_of([Segment("CPU   57 %", style)]))], ColorSystem.TRUECOLOR)
    assert output == "\x1b[2;7H\x1b[38;2;255;255;255;48;2;0;0;0m57\x1b[m"


def test_what_was_forgotten_is_written_again() -> None:
    canvas = Canvas()
    canvas.resized(10, 1)
    piece = [(0, 0, cells_of([Segment("x")]))]
    assert canvas.write(piece, None) == "\x1b[1;1Hx"
    assert canvas.write(piece, None) == ""
    canvas.forget()
    assert canvas.write(piece, None) == "\x1b[1;1Hx"
    canvas.resized(10, 1)
    assert canvas.write(piece, None) == ""
    canvas.resized(11, 1)
    assert canvas.write(piece, None) == "\x1b[1;1Hx"


def test_half_of_a_wide_character_makes_the_rest_unknown() -> None:
    canvas = Canvas()
    canvas.resized(10, 1)
    canvas.write([(0, 0, cells_of([Segment("日本")]))], None)
    canvas.write([(0, 0, cells_of([Segment("a")]))], None)
    assert canvas.write([(0, 0, cells_of([Segment("ab本")]))], None) == "\x1b[1;2Hb"


def test_codes_of_styles() -> None:
    style = Style(color="#102030", bgcolor="default", bold=True, dim=False)
    assert codes_of(style, ColorSystem.TRUECOLOR) == (frozenset({"1"}), ("38", "2", "16", "32", "48"), ())
    assert codes_of(style, None) == (frozenset({"1"}), (), ())
    assert codes_of(Style(color="red"), ColorSystem.STANDARD)[1] == ("31",)


def test_what_it_overrides_is_still_there() -> None:
    assert callable(App._display)
    assert {"spans", "chops", "chop_ends"} <= set(_compositor.ChopsUpdate([], [], []).__dict__)
    assert issubclass(_compositor.LayoutUpdate, _compositor.CompositorUpdate)
    assert issubclass(FrugalApp, App)


@pytest.fixture
def probe() -> Iterator[tuple[Terminal, Terminal]]:
    """The same program with and without."""
    command = [sys.executable, "-m", "tests.console.probe_app"]
    with Terminal([*command, "plain"], columns=100, rows=30, cwd=ROOT) as plain, \
            Terminal([*command, "frugal"], columns=100, rows=30, cwd=ROOT) as frugal:
        for terminal in (plain, frugal):
            terminal.wait_for("metric 29")
            terminal.settle()
        yield plain, frugal


def _same(one: Terminal, other: Terminal) -> bool:
    other.settle(0.05)
    return one.lines == other.lines


def test_both_show_the_same_after_whatever_happens(probe: tuple[Terminal, Terminal]) -> None:
    plain, frugal = probe
    for keys in ("u", "jj", "uu", "G", "s", "j", "s", "s", "<pgdn>", "s", "g", "s"):
        for terminal in probe:
            terminal.send(keys)
        for terminal in probe:
            terminal.settle(0.15)
        frugal.wait_until(lambda: _same(frugal, plain), f"the same picture after {keys}")
        for row in range(0, 30, 3):
            for column in range(0, 100, 7):
                assert frugal.style_at(column, row) == plain.style_at(column, row), (keys, column, row)
    frugal.resize(80, 24)
    plain.resize(80, 24)
    frugal.wait_until(lambda: _same(frugal, plain), "the same picture after another size")


def test_a_refresh_of_twelve_figures_is_small(probe: tuple[Terminal, Terminal]) -> None:
    sizes = []
    for terminal in probe:
        before = len(terminal.raw)
        terminal.send("u")
        terminal.settle()
        sizes.append(len(terminal.raw) - before)
    changed = 10
    assert sizes[1] <= 60 * changed
    assert sizes[1] * 4 < sizes[0]


def test_without_colour_not_one_colour_code_is_sent() -> None:
    program = ("import sys; from pathlib import Path\nfrom tests.console.probe_app import probe\n"
               "from opsconsole.core.themes import read_theme\n"
               "from opsconsole.console.widgets.frugal import FrugalApp\n"
               "probe(FrugalApp, read_theme(Path('themes/mono.yaml'))).run()")
    with Terminal([sys.executable, "-c", program], columns=100, rows=30, cwd=ROOT, env={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for("metric 29")
        for keys in ("u", "j", "s", "s"):
            terminal.send(keys)
            terminal.settle()
        codes = {code for found in COLOUR_CODE.findall(bytes(terminal.raw)) for code in found[2:-1].split(b";")}
        assert codes <= {b"", b"0", b"1", b"2", b"4", b"7"}
        assert b"1" in codes
        assert b"7" in codes
        terminal.send("q")
        assert terminal.wait_exit() == 0
