"""The statistics tab and the wishes, over the real service."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest
from msgspec.structs import replace

from opsconsole.core.errors import OpsError
from opsconsole.core.glyphs import ASCII, UNICODE
from opsconsole.core.periods import Period, period_of
from opsconsole.tickets.cases.types import New
from opsconsole.tickets.model import ClockKind, Priority, Ticket
from opsconsole.tickets.present.matrix import Wishes, cell_of, matrix_page
from opsconsole.tickets.present.statistics import NAMES, Sheet, filter_of, period_words, statistics_page
from opsconsole.tickets.present.view import View
from opsconsole.tickets.screen import desk_of
from opsconsole.tickets.screen.matrix import MatrixScreen
from opsconsole.tickets.screen.statistics import StatisticsScreen
from opsconsole.tickets.stats import (
    Backlog,
    Figure,
    Kept,
    Person,
    Point,
    Standing,
    Statistics,
    Times,
)
from tests.health.samples import NOW, ZONE
from tests.hostile import CORPUS, assert_inert
from tests.tickets.desk import SUE
from tests.tickets.screen.app import settled
from tests.tickets.screen.samples import PICTURE
from tests.tickets.screen.stored import configured, filled, happened, stored_console

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.app import App
    from textual.pilot import Pilot

    from opsconsole.core.lines import Line
    from opsconsole.tickets.screen.queue import QueueScreen
    from opsconsole.tickets.service import TicketService

HOUR, DAY = 3_600_000, 86_400_000
WEEK = period_of("week", NOW, ZONE)
POINTS = tuple(Point(WEEK.begin + day * DAY, WEEK.begin + (day + 1) * DAY, 3 + day, 2 * day, 40 - day, (day + 1) * HOUR,
                     None, None if day == 2 else 5 * HOUR * (day + 1), 90.0) for day in range(7))
SAMPLE = Statistics(
    WEEK, 34, 31, Times(34, 4_320_000.0, 2 * HOUR, 9 * HOUR), Times(), Times(31, 26.0 * HOUR, 20 * HOUR, 3 * DAY),
    Backlog(NOW, 42, 2 * DAY, 9 * DAY, 40 * DAY), (
        Figure("first_response", 4_320.0, 34, "< 4h", Standing.GREEN), Figure("next_response", None, 0),
        Figure("resolution", 26 * 3600.0, 31, "< 24h", Standing.YELLOW),
        Figure("kept", 81.7, 60, "> 90%", Standing.RED), Figure("escalated", 8.0, 34, "< 10%", Standing.GREEN),
        Figure("reopened", 3.2, 31), Figure("first_contact", 40.0, 31), Figure("satisfaction", 92.0, 12, "> 90%",
                                                                               Standing.GREEN),
        Figure("score", 4.6, 12), Figure("knowledge", 10.0, 31), Figure("backlog", 42, 42),
        Figure("resolved_24h", 77.0, 31)),
    (Kept(ClockKind.RESPONSE, Priority.URGENT, "technical", 3, 3),
     Kept(ClockKind.RESPONSE, Priority.HIGH, "billing", 10, 13),
     Kept(ClockKind.RESOLUTION, Priority.HIGH, "billing", 4, 9)),
    (Person("ana", 12, 2, 14, 3.0 * HOUR, 20, 22, 5, 4.6), Person("ben", 4, 0, 9, 30.0 * HOUR, 9, 12),
     Person("", 3, 1)), "day", POINTS)
SHEET = Sheet(SAMPLE, "week", 0, PICTURE[1:3], 4, configured().goals)


def text(lines: list[Line]) -> str:
    return "\n".join(line.text.rstrip() for line in lines)


def shown(app: App[Any]) -> str:
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


async def press(pilot: Pilot[Any], *keys: str) -> None:
    await settled(pilot)
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


# -- lines ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("cells", [76, 116, 196])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_the_page_says_what_is_and_what_was_to_be(cells: int, glyphs: Any) -> None:
    lines = statistics_page(SHEET, View(cells, glyphs, NOW, ZONE))
    assert all(line.cells <= cells for line in lines)
    said = text(lines)
    for words in ("This week, from", "first response", "1 h 12 min  < 4h", "green", "26 h" if cells < 0 else "1 d 2 h",
                  "yellow", "82 %", "red", "nobody", "invoice PDF", "and 4 more", "P1 high"):
        assert words in said, words
    assert glyphs is UNICODE or said.isascii()


def test_the_page_of_nothing_is_quiet() -> None:
    nothing = Statistics(WEEK, 0, 0, Times(), Times(), Times(), Backlog(NOW), tuple(
        Figure(one.name, None, 0) for one in SAMPLE.figures), (), (), "day", ())
    said = text(statistics_page(Sheet(nothing, "week", 0), View(100, UNICODE, NOW, ZONE)))
    assert "nothing" in said
    assert "✖" not in said
    assert "LOAD" not in said


@pytest.mark.parametrize(("name", "back", "words"), [
    ("week", 0, "This week, from 16 November"), ("week", 1, "Last week, from 9 November"),
    ("week", 50, "Week, from 1 December 2025"), ("month", 0, "November 2026"), ("quarter", 1, "Quarter 3 of 2026"),
    ("year", 1, "2025")])
def test_periods_in_words(name: str, back: int, words: str) -> None:
    view = View(80, UNICODE, NOW, ZONE)
    assert period_words(name, back, period_of(name, NOW, ZONE, back), view) == words


def test_every_list_behind_a_figure_can_be_read() -> None:
    from opsconsole.tickets.filters import filter_mistake

    view = View(80, UNICODE, NOW, ZONE)
    for one in SAMPLE.figures:
        found = filter_of(one.name, Period(NOW - DAY, NOW), view)
        assert not found or not filter_mistake(found)


def test_hostile_names_are_harmless() -> None:
    people = tuple(Person(one[:80], 3, 1) for one in CORPUS)
    kept = tuple(Kept(ClockKind.RESPONSE, Priority.HIGH, one[:80], 1, 2) for one in CORPUS)
    stats = replace(SAMPLE, people=people, kept=kept)
    for line in statistics_page(Sheet(stats, "week", 0, filter=CORPUS[0]), View(196, UNICODE, NOW, ZONE)):
        assert_inert(line.text)


# -- the tab ----------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("statistics"))


async def test_the_tab_counts_and_switches_periods(database: Path) -> None:
    app = stored_console(database)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "s")
        assert isinstance(app.screen, StatisticsScreen)
        assert "This week" in shown(app)
        for name in NAMES[1:]:
            await press(pilot, "right_square_bracket")
            assert app.screen._sheet is not None
            assert app.screen._sheet.name == name
        assert "2026   created" in shown(app)
        assert "] longer" not in shown(app)
        await press(pilot, "less_than_sign")
        assert "2025   created" in shown(app)
        await press(pilot, "greater_than_sign", "left_square_bracket")
        assert "Quarter 4 of 2026" in shown(app)


async def test_the_tab_counts_what_a_filter_finds(database: Path) -> None:
    app = stored_console(database)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "s", "right_square_bracket", "right_square_bracket", "right_square_bracket")
        everything = cast("StatisticsScreen", app.screen)._sheet
        await press(pilot, "slash", *"category:bug", "enter")
        chosen = cast("StatisticsScreen", app.screen)._sheet
        assert everything is not None
        assert chosen is not None
        assert 0 < chosen.statistics.created < everything.statistics.created
        assert "/ category:bug" in shown(app)
        await press(pilot, "slash", *" is:opn", "enter")
        assert "opn" in shown(app), "what cannot be read is not taken"


async def test_a_line_opens_its_list(database: Path) -> None:
    app = stored_console(database)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "s", "right_square_bracket", "right_square_bracket", "right_square_bracket")
        screen = cast("StatisticsScreen", app.screen)
        assert screen.page.stand_on("list:is:open assignee:ana")
        await press(pilot, "enter")
        queue = cast("QueueScreen", app.screen)
        assert desk_of(app.context).own == "is:open assignee:ana"
        assert queue.table.count > 0
        await press(pilot, "escape")
        again = cast("StatisticsScreen", app.screen)
        assert again.looked == screen.looked, "back to the page from which it was asked for"
        await press(pilot, "escape")
        assert app.screen is queue
        assert desk_of(app.context).view == "open"


async def test_a_list_is_left_for_the_view_before(database: Path) -> None:
    app = stored_console(database)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "right_square_bracket", "slash", "ctrl+u", *"is:done", "enter")
        assert desk_of(app.context).view == ""
        await press(pilot, "escape")
        assert desk_of(app.context).view == "mine"


async def test_an_error_is_told_in_place_of_figures(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(*_: Any, **__: Any) -> None:
        raise OpsError("The records are damaged.", "Run `opsconsole doctor`.")

    monkeypatch.setattr("opsconsole.tickets.statsql.statistics", failing)
    app = stored_console(database)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "s")
        assert "The records are damaged." in shown(app)
        assert "Run `opsconsole doctor`." in shown(app)


# -- wishes -----------------------------------------------------------------------------------------------------------

WISHES = Wishes([Ticket(number, f"wish {number}", impact=1 + number % 5, effort=1 + number * 3 % 5, value=number % 3,
                        voters=("ana",) * (number % 4)) for number in range(100, 160)], 3, 2)


@pytest.mark.parametrize("cells", [60, 76, 116, 196])
def test_the_grid_has_every_wish_once(cells: int) -> None:
    lines = matrix_page(WISHES, View(cells, UNICODE, NOW, ZONE))
    assert all(line.cells <= cells for line in lines)
    counted = sum(len(cell_of(WISHES, impact, effort)) for impact in range(1, 6) for effort in range(1, 6))
    assert counted == 60
    spots = [spot.target for line in lines for spot in line.spots if spot.target.startswith("cell:")]
    assert len(spots) == len(set(spots)) == len({(one.impact, one.effort) for one in WISHES.known})
    assert "BEST FIRST" in text(lines)
    assert "3 wishes have no impact or effort yet" in text(lines)


async def test_wishes_are_shown_and_listed(tmp_path: Path) -> None:
    path = await asyncio.to_thread(filled, tmp_path, 60, 400)

    async def wish(service: TicketService) -> None:
        for impact, effort in ((5, 1), (5, 1), (2, 4)):
            await service.create(SUE, New(f"wish {impact} {effort}", category="feature", impact=impact, effort=effort))

    await asyncio.to_thread(happened, path, wish)
    app = stored_console(path)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "i")
        screen = cast("MatrixScreen", app.screen)
        assert isinstance(screen, MatrixScreen)
        assert "3 wishes with impact and effort" in shown(app)
        assert screen.page.stand_on("cell:5:1")
        await press(pilot, "enter")
        assert cast("QueueScreen", app.screen).table.count == 2
        assert "wish 5 1" in shown(app)


async def test_without_a_wish_it_says_what_one_is(tmp_path: Path) -> None:
    path = await asyncio.to_thread(filled, tmp_path, 20, 100)
    settings = configured()
    plain = {name: replace(one, wish=False) for name, one in settings.all_categories.items()}
    app = stored_console(path, settings=replace(settings, categories=plain))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "i")
        assert "No wish is open." in shown(app)


# -- pictures ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("what", ["statistics", "wishes"])
def test_pictures(snap_compare: Callable[..., bool], database: Path, what: str, size: tuple[int, int]) -> None:
    app = stored_console(database)

    async def show(pilot: Pilot[Any]) -> None:
        await press(pilot, "s" if what == "statistics" else "i")
        screen = app.screen
        if isinstance(screen, StatisticsScreen):
            app.context.clock.at = NOW  # type: ignore[attr-defined]
            screen._sheet = SHEET
            screen.draw()
        elif isinstance(screen, MatrixScreen):
            screen.content = WISHES
            screen.show()
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=show)
