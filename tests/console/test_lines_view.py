"""The page of lines: its cursor, its scrolling, and how little it draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from textual.app import App

from opsconsole.console import actions as registry
from opsconsole.console.theme import Look
from opsconsole.console.widgets.lines_view import LinesView
from opsconsole.core.lines import BLANK, Line, Span, Spot, Style, Tint, line
from opsconsole.core.themes import DARK, read_theme
from tests.console.probe_app import page
from tests.console.test_theme import FOLDER
from tests.hostile import CORPUS, assert_inert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.geometry import Region
    from textual.pilot import Pilot

    from opsconsole.core.actions import Action


class Counting(LinesView):
    """Keeps what it asked to be drawn again."""

    def __init__(self, lines: Sequence[Line] = (), **arguments: Any) -> None:
        self.drawn: list[Region | None] = []
        super().__init__(lines, **arguments)

    def refresh(self, *regions: Region, **arguments: Any) -> Any:
        if hasattr(self, "drawn"):
            self.drawn += regions or (None,)
        return super().refresh(*regions, **arguments)


class Host(App[None]):
    """Shows one view and keeps its messages."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, lines: Sequence[Line], **arguments: Any) -> None:
        super().__init__()
        self.view = Counting(lines, **arguments)
        self.moved: list[str] = []
        self.opened: list[str] = []
        self.look = Look()

    def compose(self) -> ComposeResult:
        yield self.view

    def on_lines_view_moved(self, event: LinesView.Moved) -> None:
        self.moved.append(event.target)

    def on_lines_view_opened(self, event: LinesView.Opened) -> None:
        assert event.control is self.view
        self.opened.append(event.target)

    def text(self) -> list[str]:
        """What is in view."""
        return [self.view.render_line(y).text.rstrip() for y in range(self.view.height)]


def numbered(count: int, *, spots: bool = True) -> list[Line]:
    return [line(f"line {row}", spots=[Spot(f"row:{row}", 0, 10)] if spots else []) for row in range(count)]


def columns() -> list[Line]:
    """Two columns with gaps."""
    def spots(*names: tuple[str, int]) -> list[Spot]:
        return [Spot(name, start, 8) for name, start in names]

    return [line("HOST"), line("cpu       redis", spots=spots(("cpu", 0), ("redis", 10))),
            line("mem", spots=spots(("mem", 0))), BLANK, line("          tls", spots=spots(("tls", 10)))]


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


async def test_keys_move_in_columns_and_open() -> None:
    app = Host(columns())
    async with app.run_test(size=(40, 10)) as pilot:
        assert app.view.target == "cpu"
        await press(pilot, "l", "j")
        assert app.view.target == "tls"
        await press(pilot, "k", "h", "down", "enter")
        assert app.opened == ["mem"]
        await press(pilot, "G")
        assert app.view.target == "tls"
        await press(pilot, "g", "right", "left", "tab", "tab")
        assert app.view.target == "cpu"
        assert app.moved == ["redis", "tls", "redis", "cpu", "mem", "tls", "cpu", "redis", "cpu", "redis", "cpu"]
        assert app.view.stand_on("tls")
        assert not app.view.stand_on("nothing")
        assert app.view.target == "tls"


async def test_the_cursor_tints_its_cells_without_a_frame() -> None:
    app = Host(columns())
    async with app.run_test(size=(40, 10)):
        strip = app.view.render_line(1)
        tinted = "".join(segment.text for segment in strip if segment.style == app.look.style(tint=Tint.CURSOR))
        assert tinted == "cpu     "
        assert app.view.styles.border.top[0] == ""


async def test_a_new_page_keeps_the_cursor_on_its_target() -> None:
    app = Host(numbered(10))
    async with app.run_test(size=(40, 12)) as pilot:
        await press(pilot, "j", "j", "j")
        app.view.show([line("one more"), BLANK, *numbered(10)])
        assert app.view.target == "row:3"
        await press(pilot, "j")
        assert app.view.target == "row:4"
        app.view.show(numbered(3))
        assert app.view.target == "row:2"
        app.view.show([])
        await pilot.pause()
        assert app.view.target == ""
        assert app.moved[-2:] == ["row:2", ""]
        assert app.text()[0] == "Nothing here."
        app.view.show(numbered(3))
        assert app.view.target == "row:0"


async def test_only_changed_cells_are_drawn_again() -> None:
    app = Host(page(0))
    async with app.run_test(size=(100, 50)) as pilot:
        await pilot.pause()
        app.view.drawn.clear()
        app.view.show(page(1))
        regions = [region for region in app.view.drawn if region is not None]
        assert len(regions) == len(app.view.drawn) == 12
        assert all(region.width <= 2 and region.height == 1 for region in regions)
        app.view.drawn.clear()
        app.view.show(page(1))
        assert app.view.drawn == []
        await press(pilot, "j")
        assert {region.y for region in app.view.drawn if region is not None} <= {0, 1}


async def test_scrolling_is_minimal_and_shows_what_is_above_and_below() -> None:
    lines = [line("heading"), BLANK, *numbered(30), BLANK, line("the end")]
    app = Host(lines)
    async with app.run_test(size=(40, 10)) as pilot:
        assert app.view.top == 0
        for _ in range(7):
            await pilot.press("j")
        assert app.view.top == 0
        await press(pilot, "j")
        assert app.view.top == 1
        assert app.view.target == "row:8"
        await press(pilot, "k")
        assert app.view.top == 1
        await press(pilot, "G")
        assert app.text()[-1] == "the end"
        await press(pilot, "g")
        assert app.text()[0] == "heading"
        await press(pilot, "ctrl+d")
        assert app.view.target == "row:9"
        assert app.view.top > 0
        await press(pilot, "pagedown", "pageup", "ctrl+u")
        assert app.text()[0] == "heading"


async def test_a_page_without_spots_scrolls() -> None:
    app = Host(numbered(30, spots=False))
    async with app.run_test(size=(40, 10)) as pilot:
        await press(pilot, "j", "j", "enter")
        assert app.text()[0] == "line 2"
        await press(pilot, "G")
        assert app.text()[-1] == "line 29"
        await press(pilot, "pageup", "k")
        assert app.text()[0] == "line 10"
        await press(pilot, "g")
        assert app.text()[0] == "line 0"
        assert app.opened == []


async def test_a_click_moves_and_a_click_on_the_cursor_opens() -> None:
    app = Host(numbered(30))
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.click(Counting, offset=(3, 5))
        assert (app.view.target, app.opened) == ("row:5", [])
        await pilot.click(Counting, offset=(3, 5))
        await pilot.pause()
        assert app.opened == ["row:5"]
        await pilot.click(Counting, offset=(30, 6))
        assert app.view.target == "row:5"
        await press(pilot, "G")
        await pilot.click(Counting, offset=(3, 0))
        assert app.view.target == "row:20"


async def test_a_smaller_view_keeps_the_cursor_in_sight() -> None:
    app = Host(numbered(30))
    async with app.run_test(size=(40, 30)) as pilot:
        await press(pilot, "G")
        await pilot.resize_terminal(20, 6)
        await pilot.pause()
        assert "line 29" in app.text()
        await pilot.resize_terminal(40, 30)
        await pilot.pause()
        assert len(app.text()) == 30


async def test_a_new_theme_draws_everything_anew() -> None:
    app = Host(numbered(5))
    async with app.run_test(size=(40, 10)) as pilot:
        light = read_theme(FOLDER / "light.yaml")
        app.look = Look(light, "light")
        app.view.notify_style_update()
        await pilot.pause()
        style = next(iter(app.view.render_line(3))).style
        assert style is not None
        assert style.color is not None
        assert style.color.name == light.colours.text
        assert light.colours.text != DARK.colours.text


async def test_another_focused_part_of_the_screen_hides_the_cursor() -> None:
    class Two(Host):
        def compose(self) -> ComposeResult:
            yield self.view
            yield LinesView(numbered(2), id="second")

        CSS: ClassVar[str] = "LinesView { height: 1fr; }"

    app = Two(numbered(3))
    async with app.run_test(size=(40, 10)) as pilot:
        tinted = app.look.style(tint=Tint.CURSOR)
        assert app.view.render_line(0)._segments[0].style == tinted
        app.query_one("#second").focus()
        await pilot.pause()
        assert app.view.render_line(0)._segments[0].style != tinted
        app.view.focus()
        await pilot.pause()
        assert app.view.render_line(0)._segments[0].style == tinted


async def test_keys_that_the_screen_binds_are_left_to_it() -> None:
    from textual.screen import Screen

    class Own(Screen[None]):
        ACTIONS: ClassVar[tuple[Action, ...]] = (registry.DOWN,)

        def compose(self) -> ComposeResult:
            yield LinesView(numbered(5))

    class Other(App[None]):
        def on_mount(self) -> None:
            self.push_screen(Own())

    app = Other()
    async with app.run_test(size=(40, 10)) as pilot:
        view = app.screen.query_one(LinesView)
        await press(pilot, "j")
        assert view.target == "row:0"
        view.action_down()
        await press(pilot, "G")
        assert view.target == "row:4"
        view.action_up()
        assert view.target == "row:3"


@pytest.mark.parametrize("ascii_only", [False, True])
async def test_hostile_text_is_shown_and_does_nothing(ascii_only: bool) -> None:
    from opsconsole.core.glyphs import ASCII, UNICODE

    lines = [Line((Span(text, Style.ACCENT), Span(text, strong=True)), Tint.NONE, (Spot(text, 0, 5),))
             for text in CORPUS]
    app = Host(lines, glyphs=ASCII if ascii_only else UNICODE)
    async with app.run_test(size=(60, 20)) as pilot:
        for _ in range(len(lines) // 19 + 2):
            for y in range(20):
                strip = app.view.render_line(y)
                assert_inert(strip.text)
                assert strip.cell_length == app.view.cells
                assert not any(segment.style.meta for segment in strip if segment.style)
            await press(pilot, "pagedown")
        assert app.view.target == CORPUS[-1]
        assert app.is_running


async def test_an_app_without_a_look_gets_the_dark_one() -> None:
    class Bare(App[None]):
        def compose(self) -> ComposeResult:
            yield LinesView(numbered(2))

    async with (app := Bare()).run_test(size=(40, 5)):
        style = app.query_one(LinesView).render_line(1)._segments[0].style
        assert style is not None
        assert style.color is not None
        assert style.color.name == DARK.colours.text
