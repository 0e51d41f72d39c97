"""Choosing one of a list, and filling in a few fields, over a screen."""

from __future__ import annotations

import pytest

from opsconsole.console.dialogs.choose import MOST_ROWS, Choose, Option
from opsconsole.console.dialogs.fill import Fill
from opsconsole.console.widgets.field import Field
from opsconsole.core.glyphs import ASCII
from tests.console.test_dialogs import UNANSWERED, Host
from tests.hostile import CORPUS, assert_inert

STATES = (Option("open", "open"), Option("waiting", "waiting", "needs a reply"), Option("resolved", "resolved"),
          Option("closed", "closed", refused="no step leads there"))


@pytest.mark.parametrize(("keys", "answer"), [
    (["enter"], "open"), (["down", "enter"], "waiting"), (["down", "down", "up", "enter"], "waiting"),
    ([*"res", "enter"], "resolved"), (["escape"], None), (["up", "enter"], "open"),
    (["down", "down", "down", "down", "enter"], UNANSWERED), ([*"nothing like it", "enter"], UNANSWERED),
    ([*"clo", "enter"], UNANSWERED), ([*"clo", "enter", "escape"], None), ([*"o", "backspace", "enter"], "open")])
async def test_an_option_is_chosen(keys: list[str], answer: object) -> None:
    app = Host(lambda: Choose("Where to?", STATES, done="move"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*["space" if key == " " else key for key in keys])
        await pilot.pause()
        assert app.answer is answer or app.answer == answer


async def test_what_cannot_be_chosen_says_why() -> None:
    app = Host(lambda: Choose("Where to?", STATES))
    async with app.run_test(size=(80, 24)) as pilot:
        assert "needs a reply" in app.text()
        assert "no step leads there" in app.text()
        await pilot.press(*"clo", "enter")
        await pilot.pause()
        assert "✖ closed: no step leads there." in app.text()
        await pilot.press("backspace")
        await pilot.pause()
        assert "✖" not in app.text()


async def test_it_begins_where_one_is() -> None:
    app = Host(lambda: Choose("Which?", STATES, value="waiting"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert app.answer == "waiting"


async def test_a_new_word_can_be_taken_where_that_is_allowed() -> None:
    app = Host(lambda: Choose("Who?", (Option("ana", "ana"),), free="somebody new"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"zora")
        await pilot.pause()
        assert "somebody new" in app.text()
        await pilot.press("enter")
        await pilot.pause()
        assert app.answer == "zora"


async def test_a_long_list_scrolls_and_says_how_much_is_below() -> None:
    app = Host(lambda: Choose("Which?", [Option(str(number), f"number {number}") for number in range(40)]))
    async with app.run_test(size=(80, 30)) as pilot:
        assert f"… {40 - MOST_ROWS + 1} more" in app.text()
        await pilot.press("pagedown", "pagedown", "pagedown", "pagedown", "enter")
        await pilot.pause()
        assert app.answer == "39"


async def test_hostile_options_are_harmless() -> None:
    app = Host(lambda: Choose("Which?", [Option(str(number), one[:60], one[:60], one[:60] if number % 2 else "")
                                         for number, one in enumerate(CORPUS)], glyphs=ASCII))
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(len(CORPUS) // MOST_ROWS):
            for strip in app.screen._compositor.render_strips():
                assert_inert(strip.text)
            await pilot.press("pagedown")


FIELDS = (Field("assignee", "Assignee", required=True), Field("message", "Note", "text"))


async def test_a_form_is_filled_in() -> None:
    app = Host(lambda: Fill("Move #7", FIELDS, details=["The note stays internal."], done="move"))
    async with app.run_test(size=(80, 24)) as pilot:
        assert "The note stays internal." in app.text()
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert app.answer is UNANSWERED
        assert "Assignee is missing." in app.text()
        await pilot.press(*"ana", "tab", *"done", "ctrl+s")
        await pilot.pause()
        assert app.answer == {"assignee": "ana", "message": "done"}


async def test_a_form_can_be_left() -> None:
    app = Host(lambda: Fill("Move #7", FIELDS))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press(*"ana", "shift+tab", "escape")
        await pilot.pause()
        assert app.answer is None
