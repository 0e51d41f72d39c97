"""The queue over the real service: many tickets at once, one undo; two consoles; what was typed as a filter."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

from opsconsole.core.database import RECORDS, Database
from opsconsole.tickets.cases.types import New
from opsconsole.tickets.model import Priority
from opsconsole.tickets.screen import desk_of, service_of
from opsconsole.tickets.screen.ticket import TicketScreen
from tests.tickets.desk import BEN, SUE
from tests.tickets.screen.app import settled
from tests.tickets.screen.stored import filled, happened, stored_console

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import App
    from textual.pilot import Pilot

    from opsconsole.tickets.screen.queue import QueueScreen
    from opsconsole.tickets.service import TicketService


def queue_of(app: App[Any]) -> QueueScreen:
    return cast("QueueScreen", app.screen_stack[0])


def shown(app: App[Any]) -> str:
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


async def press(pilot: Pilot[Any], *keys: str) -> None:
    await settled(pilot)
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


async def seen(pilot: Pilot[Any], words: str) -> None:
    """Wait until the change feed brought it."""
    for _ in range(100):
        await settled(pilot)
        if words in shown(pilot.app):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{words!r} is not to be seen:\n{shown(pilot.app)}")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return filled(tmp_path, 40, 300)


@pytest.fixture
def crowd(tmp_path: Path) -> Path:
    path = filled(tmp_path, 5, 20)

    async def many(service: TicketService) -> None:
        for number in range(500):
            await service.create(SUE, New(f"crowd {number}", route=False, category="technical"))

    happened(path, many)
    return path


async def batches(path: Path) -> list[Any]:
    async with await Database.open(path, RECORDS) as db:
        return [tuple(one) for one in await db.rows(
            "SELECT b.action, b.undone IS NOT NULL, count(e.id) FROM ticket_batch b"
            " JOIN ticket_event e ON e.batch = b.id WHERE b.actor = 'ana' GROUP BY b.id ORDER BY b.id")]


async def test_five_hundred_marked_tickets_are_one_change_and_one_undo(crowd: Path) -> None:
    app = stored_console(crowd)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "slash", *" crowd", "enter", "ctrl+a")
        assert len(queue_of(app).table.marks) == 500
        await press(pilot, "P", "up", "up", "up", "enter")
        service = service_of(app.context)
        changed = await service.find("is:open priority:urgent crowd", "ana")
        assert len(changed.numbers) == 500
        assert await batches(crowd) == [("priority", 0, 500)]
        await press(pilot, "u")
        assert not (await service.find("is:open priority:urgent crowd", "ana")).numbers
        assert (await batches(crowd))[0][:2] == ("priority", 1)


async def test_a_new_ticket_is_under_the_cursor(database: Path) -> None:
    app = stored_console(database)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "n", "enter", *"came in", "ctrl+s")
        await seen(pilot, "came in   P2 medium")
        newest = (await service_of(app.context).find("sort:-number", "ana")).numbers[0]
        await seen(pilot, f"#{newest} came in")
        assert queue_of(app).table.key == str(newest)


async def test_what_is_said_to_several_is_one_change_and_one_undo(crowd: Path) -> None:
    app = stored_console(crowd)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "slash", *" crowd", "enter", "ctrl+a", "r")
        await seen(pilot, "PUBLIC REPLY")
        await press(pilot, *"sorry", "ctrl+s")
        await settled(pilot)
        assert await batches(crowd) == [("reply", 0, 500)]
        await press(pilot, "ctrl+a", "l", *"relates", "enter", "1", "enter")
        assert [one[0] for one in await batches(crowd)] == ["reply", "link"]
        await press(pilot, "u", "u")
        assert [one[1] for one in await batches(crowd)][:2] == [1, 1]


async def test_two_consoles_see_what_the_other_does(database: Path) -> None:
    one, two = stored_console(database), stored_console(database, name="ben")
    async with one.run_test(size=(120, 40)) as first, two.run_test(size=(120, 40)) as second:
        await press(first, "j", "j")
        await settled(second)
        row = queue_of(one).table.key
        await press(second, "a")
        await seen(second, "assigned to ben")
        await service_of(two.context).create(BEN, New("came in meanwhile", priority=Priority.URGENT, route=False))
        one.context.storage.ask()
        await seen(first, "came in meanwhile")
        assert queue_of(one).table.key == row, "the cursor stays on its ticket"


async def test_the_filter_is_remembered_for_the_session(database: Path) -> None:
    app = stored_console(database)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "slash", *"priority:<=high", "enter", "right_square_bracket")
        assert desk_of(app.context).own == "is:open priority:<=high"
        assert "filter" in shown(app).splitlines()[1]


async def test_enter_opens_the_ticket_and_escape_comes_back(database: Path) -> None:
    app = stored_console(database)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "j")
        key = queue_of(app).table.key
        await press(pilot, "enter")
        assert [type(one) for one in app.screen_stack[1:]] == [TicketScreen]
        assert f"#{key}" in shown(app)
        await press(pilot, "escape")
        assert len(app.screen_stack) == 1
        assert queue_of(app).table.key == key


@pytest.mark.parametrize("key", ["c", "r", "n", "e"])
async def test_the_forms_open_and_close(database: Path, key: str) -> None:
    app = stored_console(database)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, key)
        assert app.screen is not queue_of(app)
        await press(pilot, "escape")
        await settled(pilot)
        assert app.screen is queue_of(app)


async def test_forms_write_to_all_that_are_marked(database: Path) -> None:
    app = stored_console(database)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "space", "space", "c")
        assert app.screen is not queue_of(app)
        await press(pilot, "escape")
