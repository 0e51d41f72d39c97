"""Forms: fields, what is wrong with them, and drafts that survive everything, a killed program too."""

from __future__ import annotations

import json
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App

from opsconsole.console.theme import Look
from opsconsole.console.widgets.form import Field, Form
from opsconsole.console.widgets.inputs import Choice, LineInput, TextInput
from opsconsole.core.clock import SystemClock
from opsconsole.core.drafts import Drafts
from opsconsole.core.errors import StorageFull
from opsconsole.core.glyphs import ASCII
from tests.hostile import CORPUS, assert_inert
from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.app import ComposeResult
    from textual.pilot import Pilot

ROOT = Path(__file__).parents[2]


def number(text: str) -> str | None:
    return None if text.isdigit() else f"{text} is no number."


FIELDS = (Field("title", "Title", required=True, hint="in one line"), Field("body", "Body", "text", "as it was"),
          Field("impact", "Impact", "choice", "some", (("one", "one"), ("some", "some"), ("all", "all"))),
          Field("count", "Count", value="3", check=number))
START = {"title": "", "body": "as it was", "impact": "some", "count": "3"}


class Host(App[None]):
    """Shows one form and keeps its messages."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, drafts: Drafts | None = None, fields: tuple[Field, ...] = FIELDS, **arguments: Any) -> None:
        super().__init__()
        self.look = Look()
        self.parts = (drafts, fields, arguments)
        self.submitted: list[dict[str, str]] = []
        self.left: list[str] = []

    def compose(self) -> ComposeResult:
        drafts, fields, arguments = self.parts
        self.form = Form(fields, form="ticket", key="7", drafts=drafts, **arguments)
        yield self.form

    def on_form_submitted(self, event: Form.Submitted) -> None:
        assert event.control is self.form
        self.submitted.append(event.values)

    def on_form_left(self, event: Form.Left) -> None:
        self.left.append(event.notice)

    def text(self) -> str:
        """The whole screen."""
        return "\n".join(strip.text.rstrip() for strip in self.screen._compositor.render_strips())


@pytest.fixture
def drafts(tmp_path: Path) -> Iterator[Callable[[], Drafts]]:
    """Makes consoles that share a folder."""
    made: list[Drafts] = []

    def make() -> Drafts:
        made.append(Drafts(tmp_path / "drafts", SystemClock()))
        return made[-1]

    yield make
    for console in made:
        console.close()


async def settled(app: Host, pilot: Pilot[None]) -> None:
    await app.workers.wait_for_complete()
    await pilot.pause()


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


async def wait_for(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    for _ in range(400):
        if condition():
            return
        await pilot.pause(0.025)
    raise AssertionError("it did not come")


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


async def test_a_draft_comes_back_and_can_be_discarded_and_brought_back(drafts: Callable[[], Drafts]) -> None:
    console = drafts()
    app = Host(console)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        await press(pilot, *"redis", "escape")
        await wait_for(pilot, lambda: bool(app.left))
        assert app.left == ["Your draft is kept and comes back when you open this again."]
    console.close()

    app = Host(drafts())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        assert app.form.values == {**START, "title": "redis"}
        assert "restored, ctrl+x discards" in app.text()
        await press(pilot, "ctrl+x")
        await wait_for(pilot, lambda: "brings it back" in app.text())
        assert app.form.values == START
        await press(pilot, "ctrl+x")
        await wait_for(pilot, lambda: "restored, ctrl+x discards" in app.text())
        assert app.form.values["title"] == "redis"
        await press(pilot, "end", "!")
        assert "ctrl+x" not in app.text(), "typing on accepts it"
        await press(pilot, "home", "shift+end", "ctrl+x")
        assert app.form.values["title"] == "", "now it cuts"


async def test_what_was_saved_leaves_no_draft(drafts: Callable[[], Drafts]) -> None:
    console = drafts()
    app = Host(console)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        await press(pilot, *"redis")
        await wait_for(pilot, lambda: console.load("ticket", "7").draft is not None)
        await press(pilot, "ctrl+s")
        await app.form.saved()
        assert console.load("ticket", "7").draft is None
        await press(pilot, "escape")
        assert app.left == [""]
    assert console.load("ticket", "7").draft is None


async def test_the_last_keystrokes_are_written_when_the_form_goes(drafts: Callable[[], Drafts]) -> None:
    console = drafts()
    app = Host(console)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        await press(pilot, *"redis")
    draft = console.load("ticket", "7").draft
    assert draft is not None
    assert draft.fields["title"] == "redis"


async def test_two_consoles_with_the_same_form(drafts: Callable[[], Drafts]) -> None:
    one, two = drafts(), drafts()
    one.save("ticket", "7", {**START, "title": "one"})
    app = Host(two)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        assert "1 other console with a draft of this form" in app.text()
        assert app.form.values == START
        await press(pilot, *"two")
    first, second = one.load("ticket", "7").draft, two.load("ticket", "7").draft
    assert first is not None
    assert second is not None
    assert (first.fields["title"], second.fields["title"]) == ("one", "two")


async def test_a_disk_that_is_full_is_said_once_and_nothing_is_lost(drafts: Callable[[], Drafts],
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsconsole.core.drafts.RETRY", 0.05)
    console = drafts()
    save, full = console.save, [True]

    def sometimes(form: str, key: str, fields: dict[str, str]) -> None:
        if full[0]:
            raise StorageFull("The draft is not on disk: no space left.", "It is kept here.")
        save(form, key, fields)

    console.save = sometimes  # type: ignore[method-assign, assignment]
    app = Host(console)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        await press(pilot, *"redis")
        await wait_for(pilot, lambda: "▲ The draft is not on disk: no space left. It is kept here." in app.text())
        assert app.form.problem is not None
        await press(pilot, "escape")
        await wait_for(pilot, lambda: bool(app.left))
        assert "not on disk" in app.left[0]
        full[0] = False
        await wait_for(pilot, lambda: "The draft is on disk again." in app.text() and app.form.problem is None)
    draft = console.load("ticket", "7").draft
    assert draft is not None
    assert draft.fields["title"] == "redis"


async def test_a_draft_of_an_older_form_fills_what_is_still_there(drafts: Callable[[], Drafts]) -> None:
    console = drafts()
    console.save("ticket", "7", {"title": "old", "gone": "x", "impact": "unheard of"})
    app = Host(console)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        assert app.form.values == {**START, "title": "old", "impact": "one"}


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


def stored(folder: Path) -> str:
    """The title in the only draft of a folder."""
    texts = [json.loads(path.read_text())["fields"]["title"] for path in folder.glob("*.json")]
    return texts[0] if texts else ""


@pytest.mark.parametrize("pause", [0.0, 0.6])
def test_a_killed_program_loses_at_most_the_last_second(tmp_path: Path, pause: float) -> None:
    command = [sys.executable, "-m", "tests.console.form_app", str(tmp_path / "drafts")]
    typed: list[tuple[float, str]] = []
    with Terminal(command, columns=80, rows=24, cwd=ROOT) as terminal:
        terminal.wait_for("Title")
        terminal.settle()
        for letter in "abcdefghijklm":
            terminal.send(letter)
            terminal.wait_for("".join(each for _, each in typed) + letter)
            typed.append((time.monotonic(), letter))
            terminal.pump(0.06)
        terminal.pump(pause)
        killed = time.monotonic()
        (program,) = [process for process in terminal.processes() if "tests.console.form_app" in process.cmdline()]
        program.send_signal(signal.SIGKILL)
        program.wait(20)
    old = "".join(letter for at, letter in typed if at < killed - 1.0)
    whole = "".join(letter for _, letter in typed)
    kept = stored(tmp_path / "drafts")
    assert whole.startswith(kept)
    assert len(kept) >= len(old), f"{kept} of {whole}, of which {old} is older than a second"

    with Terminal(command, columns=80, rows=24, cwd=ROOT) as terminal:
        if kept:
            terminal.wait_for("restored, ctrl.x discards")
            terminal.wait_for(kept)
            terminal.send("<ctrl+s>")
            assert terminal.wait_exit() == 0
            assert stored(tmp_path / "drafts") == ""


def test_a_dropped_line_loses_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.console.form_app", str(tmp_path / "drafts")]
    with Terminal(command, columns=80, rows=24, cwd=ROOT) as terminal:
        terminal.wait_for("Title")
        terminal.settle()
        terminal.send("redis is down")
        terminal.wait_for("redis is down")
        terminal.send("<esc>")
        assert terminal.wait_exit() == 0
    assert stored(tmp_path / "drafts") == "redis is down"


# What longer texts have besides

LONGER = (Field("title", "Title", words=("redis", "shop", "be\x1b[31mll")), Field("body", "Body", "text", rows=4))


async def test_the_last_word_of_a_line_is_completed(drafts: Callable[[], Drafts]) -> None:
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


async def test_what_is_carried_comes_back_with_the_draft(drafts: Callable[[], Drafts]) -> None:
    first, second = drafts(), drafts()
    app = Host(first, LONGER, carried={"~seen": "17"})
    async with app.run_test() as pilot:
        await pilot.press("a")
        await pilot.pause()
    first.close()
    app = Host(second, LONGER, carried={"~seen": "23"})
    async with app.run_test() as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.form.values["title"] == "a"
        assert app.form.carried == {"~seen": "17"}
        assert app.form.values.keys() == {"title", "body"}


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
