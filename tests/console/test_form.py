"""Forms: fields, what is wrong with them, and drafts that survive everything, a killed program too."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

from textual.screen import Screen

from opsconsole.console.widgets.form import Field, Form
from opsconsole.console.widgets.inputs import Choice, LineInput
from opsconsole.console.widgets.text_input import TextInput
from opsconsole.core.glyphs import ASCII
from tests.hostile import CORPUS, assert_inert

if TYPE_CHECKING:

    import pytest

from tests.console.form_host import FIELDS, LONGER, START, Host, press
from tests.waiting import until


async def test_typing_moving_and_saving() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.form.values == START
        await press(pilot, *"redis", "tab", *" !", "tab", "l", "right", "right", "h", "l", "enter", "tab",
                    "backspace", *"42", "ctrl+s")
        expected = {"title": "redis", "body": "as it was !", "impact": "all", "count": "42"}
        assert app.submitted == [expected]
        assert "▶ Count" in app.text()
        await press(pilot, "enter", "escape")
        assert app.left == [""], "without drafts there is nothing to tell"


async def test_what_is_wrong_stands_under_its_field_until_it_is_right() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "shift+tab", "x", "ctrl+s")
        assert app.submitted == []
        assert "✖ Not saved: 2 fields are wrong." in app.text()
        assert "✖ Title is missing." in app.text()
        assert "✖ 3x is no number." in app.text()
        await press(pilot, "a")
        assert "Title is missing" not in app.text()
        assert "3x is no number" in app.text()
        await press(pilot, "ctrl+s")
        assert "Not saved: 1 field is wrong." in app.text()
        await press(pilot, "backspace", "ctrl+s")
        assert app.submitted == [{**START, "title": "a"}]
        app.form.refused({"title": "There is one with this title."})
        await pilot.pause()
        assert "✖ There is one with this title." in app.text()
        app.form.refused({})
        await pilot.pause()
        assert "with this title" not in app.text()


async def test_hostile_text_in_every_field_is_shown_and_given_back_as_it_was() -> None:
    texts = [text for text in CORPUS if len(text) < 300]
    assert len(texts) > 50
    for kind, count in (("line", 64), ("choice", 64), ("text", 24)):
        for begin in range(0, len(texts), count):
            some = texts[begin:begin + count]
            fields = tuple(Field(str(at), text, kind, text, ((text, text), ("x", "x")))  # type: ignore[arg-type]
                           for at, text in enumerate(some))
            app = Host(None, fields)
            async with app.run_test(size=(80, 190)) as pilot:
                assert_inert(app.text(), lines=True)
                assert list(app.form.values.values()) == some
                app.form.refused({str(at): text for at, text in enumerate(some)})
                await pilot.pause()
                assert_inert(app.text(), lines=True)


async def test_pasted_escapes_become_visible() -> None:
    from textual.events import Paste

    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        for field in (app.query_one(LineInput), app.query_one(TextInput)):
            field.focus()
            await pilot.pause()
            field.post_message(Paste("a\x1b]52;c;eA==\x07[@click=app.quit]b\u202ec"))
            await pilot.pause()
        assert app.form.values["title"] == "a␛]52;c;eA==␇[@click=app.quit]b‹U+202E›c"  # noqa: RUF001
        assert "␛]52;c;eA==␇" in app.form.values["body"]
        assert_inert(app.text(), lines=True)


async def test_nothing_blinks_and_no_frame_is_drawn() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        for field in (*app.query(LineInput), *app.query(TextInput)):
            assert not field.cursor_blink
            field.focus()
            await pilot.pause()
            assert field.styles.border.top[0] == ""
        assert not any(sign in app.text() for sign in "─│┌▔▁▊")


async def test_a_choice_by_mouse_and_in_little_room() -> None:
    options = tuple((str(at), f"option {at}") for at in range(12))
    app = Host(None, (FIELDS[2], Field("many", "Many", "choice", "3", options)), glyphs=ASCII)
    async with app.run_test(size=(60, 24)) as pilot:
        assert "option 3   4 of 12" in app.text()
        await pilot.click(Choice, offset=(1, 0))
        assert app.form.values == {"impact": "one", "many": "3"}
        assert app.text().isascii()


async def test_the_last_word_of_a_line_is_completed() -> None:
    app = Host(fields=LONGER)
    async with app.run_test() as pilot:
        await pilot.press("r", "e")
        await pilot.pause()
        await pilot.press("right", "space", "plus", "S", "h", "o")
        await pilot.pause()
        await pilot.press("right")
        assert app.form.values["title"] == "redis +Shop"
        await pilot.press("comma", "b", "e")
        await pilot.pause()
        await pilot.press("right")
        assert app.form.values["title"] == "redis +Shop,be␛[31mll"
        await pilot.press("x")
        await pilot.pause()
        await pilot.press("right")
        assert app.form.values["title"].endswith("llx")


async def test_a_text_is_inserted_where_the_cursor_is() -> None:
    app = Host(fields=LONGER)
    async with app.run_test() as pilot:
        app.form.insert("one ")
        await pilot.press("t", "w", "o")
        app.form.insert("\x1b[31m")
        await pilot.pause()
        assert app.form.values["body"] == "one two␛[31m"


async def test_the_editor_is_for_texts_only(monkeypatch: pytest.MonkeyPatch) -> None:
    from opsconsole.console import outside
    from opsconsole.core.errors import OpsError

    async def edit(app: object, text: str) -> str:
        if text == "fail":
            raise OpsError("There is no editor.")
        return f"{text} and more"

    monkeypatch.setattr(outside, "edit", edit)
    app = Host(fields=LONGER)
    async with app.run_test() as pilot:
        await pilot.press("a", "b", "home", "ctrl+e", "c")
        assert app.form.values["title"] == "abc"
        await pilot.press("tab", "x", "ctrl+e")
        await app.workers.wait_for_complete()
        assert app.form.values["body"] == "x and more"
        app.form.query(TextInput).first().text = "fail"
        await pilot.press("ctrl+e")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "There is no editor." in app.text()
        assert app.form.values["body"] == "fail"


async def test_a_preview_is_asked_for_and_edits_are_told() -> None:
    told: list[object] = []

    class Telling(Host):
        def on_form_shown(self, event: Form.Shown) -> None:
            assert event.control is self.form
            told.append((event.label, event.text))

        def on_form_edited(self, event: Form.Edited) -> None:
            assert event.control is self.form
            told.append("edited")

    app = Telling(fields=LONGER)
    async with app.run_test() as pilot:
        await pilot.press("ctrl+o")
        assert told == []
        await pilot.press("tab", "x", "ctrl+o")
        await pilot.pause()
        assert told == ["edited", ("Body", "x")]
        await pilot.press("shift+tab", "y")
        assert app.form.values == {"title": "y", "body": "x"}


async def test_nothing_of_a_form_that_was_closed_is_kept() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = Screen[None]()
        app.push_screen(screen)
        await pilot.pause()
        await screen.mount(Form(FIELDS, form="ticket", key="8"))
        await press(pilot, *"redis")
        (field,) = [weakref.ref(one) for one in screen.query(TextInput)]
        await app.pop_screen()
        del screen
        await until(pilot, lambda: gc.collect() >= 0 and field() is None)
