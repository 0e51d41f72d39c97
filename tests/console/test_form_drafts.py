"""Drafts of forms: they survive everything, a killed program too."""

from __future__ import annotations

import json
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.clock import SystemClock
from opsconsole.core.drafts import Drafts, Written
from opsconsole.core.errors import StorageFull
from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

from tests.console.form_host import LONGER, START, Host, press, settled, wait_for

ROOT = Path(__file__).parents[2]


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
    monkeypatch.setattr("opsconsole.core.draftkeeper.RETRY", 0.05)
    console = drafts()
    write, full = console.write, [True]

    def sometimes(form: str, key: str, fields: dict[str, str]) -> Written:
        if full[0]:
            raise StorageFull(f"The draft is not on disk: no space left for /srv/{'x' * 60}.", "It is kept here.")
        return write(form, key, fields)

    monkeypatch.setattr(console, "write", sometimes)
    app = Host(console)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        await press(pilot, *"redis")
        # The second line in view too, however long the folder's name is.
        await wait_for(pilot, lambda: "▲ The draft is not on disk: no space left for /srv/x" in app.text()
                       and "\n   It is kept here.\n" in app.text())
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
