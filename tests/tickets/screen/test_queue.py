"""What the keys of the queue do, and what the list does while others work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from opsconsole.console.preferences import Preferences
from opsconsole.console.screen import ConsoleScreen
from opsconsole.console.widgets.rows import Rows
from opsconsole.core.errors import StorageError
from opsconsole.core.identity import Role
from opsconsole.core.levels import Level
from opsconsole.tickets import actions
from opsconsole.tickets.model import Presence, Priority
from opsconsole.tickets.screen import badge_of, desk_of
from tests.health.samples import NOW
from tests.hostile import CORPUS, assert_inert
from tests.tickets.screen.app import press, queue_console, queue_of, settled, text_of
from tests.tickets.screen.samples import FakeService, row

if TYPE_CHECKING:
    from pathlib import Path


async def test_the_worst_is_first_and_under_the_cursor() -> None:
    app = queue_console()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        lines = text_of(app).splitlines()
        assert "Open 7   mine 3   unassigned 2   late 1   due today" in lines[1]
        assert lines[1].endswith("/ is:open")
        assert "✖  1042  P0  redis refuses connections" in lines[4]
        assert "4 min late, response" in lines[4]
        assert queue_of(pilot).table.key == "1042"


async def test_views_are_switched_and_shown() -> None:
    service = FakeService()
    app = queue_console(service)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "right_square_bracket")
        assert "open 7   Mine 3" in text_of(app)
        assert service.calls[-1] != ("find", "is:open")
        assert queue_of(pilot).table.count == 3
        await press(pilot, "left_square_bracket", "left_square_bracket")
        assert "Waiting 1" in text_of(app)
        await press(pilot, "v", *"late", "enter")
        assert "Late 1" in text_of(app)


async def test_a_view_without_tickets_says_what_to_do() -> None:
    app = queue_console(FakeService(()))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert "No ticket is open." in text_of(app)
        assert "n writes a new one" in text_of(app)
        assert "take" not in text_of(app).splitlines()[-1], "there is nothing to take"


async def test_a_filter_is_live_and_enter_keeps_it() -> None:
    service = FakeService()
    app = queue_console(service)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "slash", *"search")
        assert ("find", "is:open search") in service.calls
        assert queue_of(pilot).table.count == 2
        await press(pilot, "enter")
        assert "Filter 2" in text_of(app)
        assert desk_of(app.context).own == "is:open search"
        await press(pilot, "right_square_bracket")
        assert "filter 2" in text_of(app), "it stays one of the views"
        await press(pilot, "left_square_bracket", "escape")
        assert desk_of(app.context).view == "open"


async def test_escape_restores_what_was_there() -> None:
    app = queue_console()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "slash", *"search", "escape")
        assert queue_of(pilot).table.count == 7
        assert desk_of(app.context).own is None
        await press(pilot, "j")
        assert queue_of(pilot).table.key == "1039", "the list has the keys again"


async def test_a_filter_that_cannot_be_read_says_where_and_finds_what_it_found() -> None:
    service = FakeService()
    app = queue_console(service)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "slash", *"is:opn")
        lines = text_of(app).splitlines()
        place = lines[1].index("is:opn")
        assert lines[2][place:].lstrip().startswith("^")
        assert "✖" in lines[2]
        before = [call for call in service.calls if call[0] == "find"]
        await press(pilot, "enter")
        assert queue_of(pilot).line.opened, "it is not kept"
        assert [call for call in service.calls if call[0] == "find"] == before


async def test_tab_completes() -> None:
    app = queue_console()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "slash", *"tag:", "tab")
        assert queue_of(pilot).line.field.value.startswith("is:open tag:invoice")
        await press(pilot, "tab")
        assert queue_of(pilot).line.field.value.startswith("is:open tag:redis")
        await press(pilot, "shift+tab")
        assert queue_of(pilot).line.field.value.startswith("is:open tag:invoice")


async def test_what_a_slow_filter_finds_late_is_dropped() -> None:
    service = FakeService()
    app = queue_console(service)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "slash")
        service.held = asyncio.Event()
        await pilot.press(*"search")
        await pilot.pause()
        assert queue_of(pilot).table.count == 7, "what was there stays meanwhile"
        service.held.set()
        await settled(pilot)
        assert queue_of(pilot).table.count == 2
        asked = [call[1] for call in service.calls if call[0] == "find" and "se" in call[1]]
        assert asked[-1] == "is:open search"
        assert len(asked) < 6, "not every letter is searched for"


async def test_another_console_changes_the_list_and_the_cursor_stays() -> None:
    service = FakeService()
    app = queue_console(service)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "j", "j")
        worse = row(1050, "something worse", Priority.URGENT, due=NOW - 9, age=0)
        service.all = {1050: worse, **service.all}
        queue_of(pilot).post_message(ConsoleScreen.TopicsChanged(frozenset({"tickets"})))
        await settled(pilot)
        assert queue_of(pilot).table.key == "1036"
        assert "something worse" in text_of(app)
        assert "Open 8" in text_of(app)


async def test_who_writes_is_seen() -> None:
    service = FakeService()
    app = queue_console(service)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        service.people = (Presence(1042, "ben", writing=True, since=NOW),
                          Presence(1042, "cho", writing=False, since=NOW))
        queue_of(pilot).post_message(ConsoleScreen.TopicsChanged(frozenset({"ticket-presence"})))
        await settled(pilot)
        assert "ben is writing …" in text_of(app)
        assert "cho is looking at it …" in text_of(app)


async def test_the_preview_is_chosen_and_remembered(tmp_path: Path) -> None:
    app = queue_console()
    app.context.preferences = Preferences(tmp_path / "preferences.json")
    async with app.run_test(size=(150, 40)) as pilot:
        await settled(pilot)
        below = pilot.app.screen.query_one("#preview", Rows)
        assert below.display
        assert below.size.width > 100
        await press(pilot, "p")
        assert below.size.width < 80, "beside the list"
        await press(pilot, "p")
        assert [below.display] == [False]
        assert app.context.preferences.text("tickets.preview") == "none"


async def test_a_broken_storage_is_told_and_tried_again() -> None:
    service = FakeService()
    service.problem = StorageError("The disk is full.", "Make room.")
    app = queue_console(service)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert "The disk is full." in text_of(app)
        service.problem = None
        await press(pilot, "ctrl+r")
        assert "redis refuses connections" in text_of(app)
        service.problem = StorageError("The disk is full.", "Make room.")
        await press(pilot, "ctrl+r")
        assert "redis refuses connections" in text_of(app), "what is known is still shown"
        assert "✖ The disk is full. Make room." in text_of(app)


@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=["small", "large"])
async def test_hostile_tickets_are_harmless(size: tuple[int, int]) -> None:
    rows = [row(number, text, state=text[:80] or "s", assignee=text[:80], tags=(text[:80],), requester=text[:80],
                promise=text[:80], category=text[:80], team=text[:80]) for number, text in enumerate(CORPUS, 1)]
    app = queue_console(FakeService(rows))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        while queue_of(pilot).table.index < len(rows) - 1:
            for strip in app.screen._compositor.render_strips():
                assert_inert(strip.text)
            await press(pilot, "ctrl+d")


async def test_the_number_goes_to_the_clipboard() -> None:
    app = queue_console()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "y")
        assert app.clipboard == "#1042"


def test_the_badge_says_what_is_late_else_what_nobody_has() -> None:
    assert badge_of({"late": 3, "unassigned": 2}) == (3, Level.CRITICAL, "late")
    assert badge_of({"late": 0, "unassigned": 2}) == (2, Level.OK, "unassigned")
    assert badge_of({"late": 0, "unassigned": 0}) is None
    assert badge_of({}) is None


def test_keys_are_unique_on_each_screen_and_changing_needs_a_role() -> None:
    for group in ((*actions.QUEUE, *actions.QUEUE_LATER), actions.TICKET, actions.STATISTICS_PAGE, actions.WISHES_PAGE):
        keys = [key for action in group for key in action.keys]
        assert len(keys) == len(set(keys))
    assert len({action.id for action in actions.ACTIONS}) == len(actions.ACTIONS)
    quiet = {"copy", "show", "keep", "details", "next", "previous", "open", "times"}
    for action in actions.ACTIONS:
        if action.group == "ticket" and action.method not in quiet:
            assert action.role >= Role.OPERATOR, action.id
