"""Long lists: what is asked of the source and when, where the cursor stays, and what each state shows."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from textual.app import App

from opsconsole.console.theme import Look
from opsconsole.console.widgets.pages import PAGE
from opsconsole.console.widgets.virtual_list import Column, ListRow, VirtualList
from opsconsole.core.errors import StorageBusy
from opsconsole.core.lines import Span, Style, Tint
from tests.hostile import CORPUS, assert_inert

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from textual.app import ComposeResult
    from textual.pilot import Pilot

COLUMNS = (Column("n", "#", 7, "right"), Column("title", "Title", 10, flex=1), Column("who", "Who", 5, drop=1))


class Source:
    """Rows in memory; a gate holds answers back, an error replaces them."""

    def __init__(self, keys: Sequence[int] | range = range(100_000)) -> None:
        self.keys = keys
        self.asked: list[int] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: StorageBusy | None = None
        self.counted = 0

    async def count(self) -> int:
        self.counted += 1
        await self._answer()
        return len(self.keys)

    async def rows(self, offset: int, limit: int) -> Sequence[ListRow]:
        self.asked.append(offset // PAGE)
        keys = self.keys[offset:offset + limit]
        await self._answer()
        return [ListRow(str(key), ((Span(str(key), Style.ACCENT),), (Span(f"row {key}"),), (Span("ana"),)))
                for key in keys]

    async def position(self, key: str) -> int | None:
        try:
            return self.keys.index(int(key))
        except ValueError:
            return None

    async def _answer(self) -> None:
        await self.gate.wait()
        if self.error is not None:
            raise self.error


class Host(App[None]):
    """Shows one list and keeps its messages."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, source: Any, columns: Sequence[Column] = COLUMNS, **arguments: Any) -> None:
        super().__init__()
        self.look = Look()
        self.list = VirtualList(columns, source, **arguments)
        self.moved: list[str] = []
        self.opened: list[str] = []
        self.failed: list[str] = []
        self.marked = 0

    def compose(self) -> ComposeResult:
        yield self.list

    def on_virtual_list_moved(self, event: VirtualList.Moved) -> None:
        self.moved.append(event.key)

    def on_virtual_list_opened(self, event: VirtualList.Opened) -> None:
        assert event.control is self.list
        self.opened.append(event.key)

    def on_virtual_list_failed(self, event: VirtualList.Failed) -> None:
        self.failed.append(event.error.sentence)

    def on_virtual_list_marked(self) -> None:
        self.marked += 1

    def text(self) -> list[str]:
        return [self.list.render_line(y).text.rstrip() for y in range(self.list.height)]

    async def settled(self, pilot: Pilot[None]) -> None:
        await self.workers.wait_for_complete()
        await pilot.pause()


@asynccontextmanager
async def shown(source: Source) -> AsyncIterator[tuple[Host, Pilot[None]]]:
    """A list in a terminal of 60 by 12 cells, once its first rows are there."""
    app = Host(source)
    async with app.run_test(size=(60, 12)) as pilot:
        await app.settled(pilot)
        yield app, pilot


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


async def test_header_rows_and_cursor() -> None:
    async with shown(Source()) as (app, pilot):
        assert app.text()[0] == f"{'#':>9}  {'Title':<40}  Who"
        assert app.text()[1] == f"{'0':>9}  {'row 0':<40}  ana"
        assert app.list.count == 100_000
        assert app.moved == ["0"]
        await press(pilot, "j", "down", "enter")
        assert app.opened == ["2"]
        strip = app.list.render_line(3)
        tint = app.look.style(tint=Tint.CURSOR).bgcolor
        assert all(segment.style and segment.style.bgcolor == tint for segment in strip)


async def test_a_jump_to_the_end_asks_for_two_pages() -> None:
    source = Source()
    async with shown(source) as (app, pilot):
        source.asked.clear()
        await press(pilot, "G")
        await app.settled(pilot)
        last = 100_000 // PAGE - 1
        assert source.asked == [last, last - 1]
        assert app.list.key == "99999"
        assert app.text()[-1].startswith("    99999")
        await press(pilot, "g")
        await app.settled(pilot)
        assert app.list.key == "0"


async def test_rows_on_their_way_are_placeholders_and_nothing_waits() -> None:
    source = Source()
    async with shown(source) as (app, pilot):
        source.gate.clear()
        app.list.move_to(50_000)
        await pilot.pause()
        assert app.text()[1].split() == ["…", "…", "…"]
        assert app.list.key == ""
        await press(pilot, "enter")
        app.list.action_mark()
        assert app.opened == []
        assert not app.list.marks
        for jump in (60_000, 70_000, 80_000):
            app.list.move_to(jump)
            await pilot.pause()
        assert source.asked[2:] == [(50_000 - 10) // PAGE], "one request at a time"
        source.gate.set()
        await app.settled(pilot)
        assert not {60_000 // PAGE, 70_000 // PAGE} & set(source.asked), "what is out of view is not asked for"
        assert app.list.key == "80000"
        assert app.moved[-2:] == ["", "80000"]


async def test_a_reload_keeps_the_cursor_on_its_row() -> None:
    source = Source(list(range(1000)))
    async with shown(source) as (app, pilot):
        app.list.move_to(500)
        await app.settled(pilot)
        before = app.text()
        source.keys = [*range(5000, 5300), *range(1000)]
        app.list.reload()
        await app.settled(pilot)
        assert (app.list.key, app.list.index) == ("500", 800)
        assert app.text()[1:] == before[1:], "it stands where it stood"
        source.keys = [key for key in source.keys if key != 500]
        app.list.reload()
        await app.settled(pilot)
        assert (app.list.key, app.list.index) == ("501", 800)
        source.keys = [7]
        app.list.reload()
        await app.settled(pilot)
        assert (app.list.key, app.list.index, app.list.count) == ("7", 0, 1)
        assert app.text()[1].split() == ["7", "row", "7", "ana"]


async def test_the_cursor_goes_to_a_row_that_is_new() -> None:
    keys = list(range(500))
    async with shown(Source(keys)) as (app, pilot):
        await press(pilot, "j")
        keys.append(9000)
        app.list.go_to("9000")
        await app.settled(pilot)
        assert (app.list.key, app.list.index) == ("9000", 500)
        assert any("9000" in line for line in app.text())
        app.list.go_to("7777")
        await app.settled(pilot)
        assert app.list.key == "9000", "there is none: it stays"


async def test_reloads_coalesce_and_old_rows_stay_until_the_new_ones_are_there() -> None:
    source = Source(list(range(100)))
    async with shown(source) as (app, pilot):
        source.gate.clear()
        source.counted = 0
        for _ in range(10):
            app.list.reload()
            await pilot.pause()
        assert app.text()[1].split()[0] == "0"
        source.keys = list(range(50, 150))
        source.gate.set()
        await app.settled(pilot)
        assert source.counted == 2
        assert "50" in app.text()[1]


async def test_an_answer_from_before_a_reload_is_thrown_away() -> None:
    source = Source(list(range(1000)))
    async with shown(source) as (app, pilot):
        source.gate.clear()
        app.list.move_to(900)
        await pilot.pause()
        other = Source(list(range(5000, 5010)))
        app.list.show_source(other)
        await pilot.pause()
        source.gate.set()
        await app.settled(pilot)
        assert app.list.count == 10
        assert app.text()[1].split()[0] == "5000"
        assert app.list.key == "5000"


async def test_another_source_comes_quietly_while_one_types() -> None:
    source, other = Source(list(range(1000))), Source(list(range(5000, 5300)))
    async with shown(source) as (app, pilot):
        app.list.move_to(400)
        await app.settled(pilot)
        other.gate.clear()
        app.list.show_source(other, quiet=True)
        await pilot.pause()
        assert app.text()[1].split()[0] != "…", "what was there is still there"
        app.list.move_to(0)
        await pilot.pause()
        assert not other.asked, "pages of the new one are not put among those of the old one"
        other.gate.set()
        await app.settled(pilot)
        assert (app.list.index, app.list.key, app.list.top) == (0, "5000", 0)
        assert app.list.count == 300


async def test_rows_are_marked_by_their_keys() -> None:
    async with shown(Source()) as (app, pilot):
        app.list.mark(str(number) for number in (1, 5, 70_000))
        await pilot.pause()
        assert app.list.marks == {"1", "5", "70000"}
        assert app.text()[2].startswith("✔")


async def test_moving_while_a_reload_is_under_way_is_not_undone() -> None:
    source = Source(list(range(100)))
    async with shown(source) as (app, pilot):
        source.gate.clear()
        app.list.reload()
        await press(pilot, "j", "j", "j")
        source.gate.set()
        await app.settled(pilot)
        assert app.list.key == "3"


async def test_loading_empty_and_error_say_what_to_do() -> None:
    source = Source([])
    source.gate.clear()
    app = Host(source)
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.pause()
        assert app.text()[1] == "  Loading …"
        await press(pilot, "j", "G", "enter")
        app.list.action_mark()
        source.gate.set()
        await app.settled(pilot)
        assert app.text()[1] == "  Nothing here."
        source.error = StorageBusy("The tickets could not be read: another program holds the database.")
        app.list.reload()
        await app.settled(pilot)
        assert app.failed == [source.error.sentence]
        joined = " ".join(text.strip() for text in app.text() if text)
        assert joined == f"✖ {source.error.sentence} Press ctrl+r to try again."
        source.error, source.keys = None, [1]
        app.list.reload()
        await app.settled(pilot)
        assert app.text()[1].split()[0] == "1"


async def test_an_error_with_rows_keeps_the_rows() -> None:
    source = Source(list(range(1000)))
    async with shown(source) as (app, pilot):
        source.error = StorageBusy("Busy.")
        app.list.reload()
        await app.settled(pilot)
        assert app.text()[1].split()[0] == "0"
        app.list.move_to(900)
        await app.settled(pilot)
        assert app.failed == ["Busy."]
        source.error = None
        app.list.reload()
        await app.settled(pilot)
        assert app.list.key == "900"
        source.error = StorageBusy("Busy again.")
        app.list.move_to(300)
        await app.settled(pilot)
        assert app.failed == ["Busy.", "Busy again."]


async def test_marks_are_signs_and_stay_with_their_rows() -> None:
    source = Source(list(range(100)))
    async with shown(source) as (app, pilot):
        app.list.action_mark()
        await press(pilot, "j")
        app.list.action_mark()
        await pilot.pause()
        assert app.list.marks == {"0", "2"}
        assert [text[:1] for text in app.text()[1:5]] == ["✔", " ", "✔", " "]
        source.keys = [50, *range(40)]
        app.list.reload()
        await app.settled(pilot)
        assert [text[:1] for text in app.text()[1:5]] == [" ", "✔", " ", "✔"]
        await press(pilot, "g", "j")
        app.list.action_mark()
        assert app.list.marks == {"2"}
        app.list.clear_marks()
        await pilot.pause()
        assert not app.list.marks
        assert app.marked == 4


async def test_pages_clicks_and_sizes() -> None:
    async with shown(Source()) as (app, pilot):
        await press(pilot, "pagedown")
        assert app.list.index == 10
        await press(pilot, "ctrl+d", "ctrl+u", "pageup")
        assert app.list.index == 0
        await pilot.click(VirtualList, offset=(5, 4))
        assert (app.list.key, app.opened) == ("3", [])
        await pilot.click(VirtualList, offset=(5, 4))
        await pilot.pause()
        assert app.opened == ["3"]
        await pilot.click(VirtualList, offset=(5, 0))
        assert app.list.key == "3"
        app.list.move_to(5000)
        await app.settled(pilot)
        await pilot.resize_terminal(24, 5)
        await app.settled(pilot)
        assert "Who" not in app.text()[0]
        assert any(text.split()[:1] == ["5000"] for text in app.text())
        await pilot.resize_terminal(100, 40)
        await app.settled(pilot)
        assert len([text for text in app.text() if text]) == 40


async def test_a_source_that_promises_more_than_it_has_leaves_blank_rows() -> None:
    class Short(Source):
        async def rows(self, offset: int, limit: int) -> Sequence[ListRow]:
            return (await super().rows(offset, limit))[:3]

    app = Host(Short(list(range(8))))
    async with app.run_test(size=(60, 12)) as pilot:
        await app.settled(pilot)
        assert [bool(text) for text in app.text()[1:9]] == [True] * 3 + [False] * 5
        await press(pilot, "G", "enter")
        assert app.opened == []


async def test_hostile_rows_are_shown_and_do_nothing() -> None:
    class Hostile(Source):
        async def rows(self, offset: int, limit: int) -> Sequence[ListRow]:
            return [ListRow(text, ((Span(text),), (Span(text, Style.CRITICAL, strong=True),), (Span(text),)))
                    for text in CORPUS[offset:offset + limit]]

        async def position(self, key: str) -> int | None:
            return CORPUS.index(key) if key in CORPUS else None

    app = Host(Hostile(range(len(CORPUS))), tuple(column._replace(title="[red]\x1b[31m" + column.title)
                                                for column in COLUMNS))
    async with app.run_test(size=(60, len(CORPUS) + 5)) as pilot:
        await app.settled(pilot)
        for y in range(app.list.height):
            strip = app.list.render_line(y)
            assert_inert(strip.text)
            assert strip.cell_length == app.list.cells
            assert not any(segment.style.meta for segment in strip if segment.style)
        app.list.reload()
        await app.settled(pilot)
        assert app.is_running
