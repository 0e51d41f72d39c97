"""A screen that is done while something else lies on top closes itself, and nothing else."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from opsconsole.console.dialogs.confirm import Confirm
from opsconsole.console.form_screen import FormScreen
from opsconsole.console.widgets.form import Field, Form
from opsconsole.core.glyphs import UNICODE
from tests.console.shell_app import First, Second, console
from tests.console.shown import settled
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from textual.pilot import Pilot

    from opsconsole.console.shell import OpsConsole


class Slow(FormScreen, inherit_bindings=False):
    """A form that is stored when a test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.stored, self.followed = asyncio.Event(), asyncio.Event(), 0

    async def on_mount(self) -> None:
        await self.fill((Field("title", "Title", value="disk"),), form="slow")

    async def submit(self, form: Form, values: Mapping[str, str]) -> bool:
        self.begun.set()
        await self.stored.wait()
        return True

    def go_on(self) -> None:
        self.followed += 1


@asynccontextmanager
async def storing() -> AsyncIterator[tuple[OpsConsole, Pilot[Any], Slow]]:
    """A console whose form is being stored."""
    app = console()
    async with app.run_test() as pilot:
        form = Slow()
        await app.push_screen(form)
        await pilot.press("ctrl+s")
        await form.begun.wait()
        yield app, pilot, form


async def test_what_lies_over_a_form_that_was_stored_stays_and_the_form_goes_after_it() -> None:
    async with storing() as (app, pilot, form):
        said: list[bool | None] = []
        question = Confirm("End the maintenance?", [], yes="end it", glyphs=UNICODE)
        await app.push_screen(question, said.append)
        form.stored.set()
        await until(pilot, lambda: form.followed == 1)
        await settled(pilot)
        assert app.screen is question
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, First))
        assert said == [True]
        assert form not in app.screen_stack


async def test_a_form_that_was_stored_while_another_screen_is_shown_closes_nothing_there() -> None:
    async with storing() as (app, pilot, form):
        app.go_to("2")
        await until(pilot, lambda: isinstance(app.screen, Second))
        form.stored.set()
        await until(pilot, lambda: form.followed == 1)
        await settled(pilot)
        assert isinstance(app.screen, Second)
        app.go_to("1")
        await until(pilot, lambda: isinstance(app.screen, First))
        assert form not in app.screen_stack


async def test_a_dialog_that_was_answered_under_another_one_hands_its_answer_over_once() -> None:
    app = console()
    async with app.run_test() as pilot:
        said: list[bool | None] = []
        below = Confirm("Below?", [], yes="do it", glyphs=UNICODE)
        above = Confirm("Above?", [], yes="do it", glyphs=UNICODE)
        await app.push_screen(below, said.append)
        await app.push_screen(above)
        below.dismiss(True)
        below.dismiss(True)
        await settled(pilot)
        assert app.screen is above
        assert said == []
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, First))
        assert said == [True]
