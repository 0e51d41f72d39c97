"""Questions are answered with the keys that they name, and by nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App

from opsconsole.console.dialogs.ask import Ask
from opsconsole.console.dialogs.base import MOST_LINES, paragraphs
from opsconsole.console.dialogs.confirm import Confirm
from opsconsole.console.theme import Look
from opsconsole.console.widgets.inputs import LineInput
from opsconsole.core.glyphs import ASCII
from opsconsole.core.lines import Line, Span, line
from tests.hostile import CORPUS, assert_inert

if TYPE_CHECKING:
    from collections.abc import Callable

UNANSWERED = object()


class Host(App[None]):
    """Asks one question at the start and keeps the answer."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, make: Callable[[], Any]) -> None:
        super().__init__()
        self.look = Look()
        self.make = make
        self.answer: object = UNANSWERED

    def on_mount(self) -> None:
        self.push_screen(self.make(), lambda answer: setattr(self, "answer", answer))

    def text(self) -> str:
        return "\n".join(strip.text.rstrip() for strip in self.screen._compositor.render_strips())


@pytest.mark.parametrize(("keys", "answer"), [
    (["y"], True), (["n"], False), (["escape"], False), (["enter"], UNANSWERED), (["space"], UNANSWERED),
    (["tab", "enter"], UNANSWERED), (["Y"], UNANSWERED), (["enter", "enter", "y"], True)])
async def test_only_y_does_it(keys: list[str], answer: object) -> None:
    app = Host(lambda: Confirm("Kill postgres (8123)?", ["Its 14 connections are lost."], yes="kill"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        assert app.answer is answer


async def test_a_question_says_what_will_happen_and_by_which_key() -> None:
    app = Host(lambda: Confirm("Kill postgres (8123)?", ["word " * 30, line(Span("user "), "postgres")], yes="kill",
                               destructive=True))
    async with app.run_test(size=(80, 24)):
        text = app.text()
        assert "▲ Kill postgres (8123)?" in text
        assert "user postgres" in text
        assert "y kill    n or esc do nothing" in text
        assert text.count("word") == 30, "long lines are wrapped"


async def test_a_dialog_fits_the_smallest_terminal() -> None:
    app = Host(lambda: Confirm("What about this? " * 6, ["word " * 400], yes="go on", glyphs=ASCII))
    async with app.run_test(size=(60, 20)):
        lines = [text for text in app.text().splitlines() if text]
        assert any("do nothing" in text for text in lines)
        assert max(map(len, lines)) <= 60
        assert lines[0].strip().startswith("What about")


async def test_ask_checks_before_it_closes() -> None:
    app = Host(lambda: Ask("Until when?", "tomorow", done="silence",
                           check=lambda text: None if text in {"2 h", "3 h"} else f"{text} is no time."))
    async with app.run_test(size=(80, 24)) as pilot:
        assert "enter silence    esc back" in app.text()
        await pilot.press("enter")
        await pilot.pause()
        assert app.answer is UNANSWERED
        assert "✖ tomorow is no time." in app.text()
        await pilot.press("ctrl+u", *"2 ")
        await pilot.pause()
        assert "is no time." in app.text()
        await pilot.press("h")
        await pilot.pause()
        assert "is no time." not in app.text()
        await pilot.press("enter")
        await pilot.pause()
        assert app.answer == "2 h"


async def test_esc_leaves_ask_without_a_text() -> None:
    app = Host(lambda: Ask("Name?", "x"))
    async with app.run_test(size=(80, 24)) as pilot:
        assert not app.screen.query_one(LineInput).cursor_blink
        await pilot.press("escape")
        await pilot.pause()
        assert app.answer is None


async def test_hostile_text_does_nothing_in_a_dialog() -> None:
    app = Host(lambda: Confirm("?"))
    async with app.run_test(size=(80, 24)) as pilot:
        for begin in range(0, len(CORPUS), 6):
            text, *others = (*CORPUS[begin:begin + 6], CORPUS[0])
            app.push_screen(Confirm(text, [others[0], *(Line((Span(other),)) for other in others)], yes=text))
            await pilot.pause()
            assert_inert(app.text(), lines=True)
            app.pop_screen()
        for text in CORPUS[::9]:
            app.push_screen(Ask(text, text, hint=text, done=text, check=lambda _: CORPUS[0]))
            await pilot.press("enter")
            await pilot.pause()
            assert_inert(app.text(), lines=True)
            app.pop_screen()


def test_of_very_many_lines_only_the_first_are_shown() -> None:
    made = paragraphs(["x", "", *[str(number) for number in range(50)]])
    assert len(made) == MOST_LINES
    assert made[0].text == "x"
    assert made[1].text == ""
    assert made[-1].text == "…"
