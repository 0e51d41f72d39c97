"""What happened, below the form of an entry: read, taken and dropped by keys, kept with the draft."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pytest

from opsconsole.console.timeline import PART, Timeline
from opsconsole.console.widgets.inputs import LineInput
from opsconsole.core.clock import HOUR, MINUTE
from opsconsole.core.errors import StorageError
from opsconsole.core.timeline import Happening
from opsconsole.logbook.model import EntryType, Point
from opsconsole.logbook.screen.desk import desk_of
from opsconsole.logbook.screen.entry import EntryScreen
from opsconsole.logbook.screen.forms import NewScreen
from tests.console.shown import SIZES, pressing
from tests.health.samples import NOW
from tests.hostile import CORPUS, assert_inert
from tests.logbook.screen.house import Days
from tests.tickets.desk import ANA

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Compare = Callable[..., bool]


def told(minutes: int, kind: str, about: str, deed: str, target: str = "", detail: str = "") -> Happening:
    return Happening(NOW - minutes * MINUTE, kind, f"{about}: {deed}", "ana", None, target, detail, about, deed)


DAY: Final = (
    told(300, "checklist", "Morning round", "signed", "run:5"), told(240, "ticket", "Disk full", "done", "ticket:17"),
    told(200, "change", "nginx upgraded 1.22 to 1.24", "package"),
    told(199, "change", "nginx.service restarted", "unit"),
    told(180, "alert", "web", "fired", "alert:3", "refused"), told(165, "alert", "web", "resolved", "alert:3"),
    told(100, "ticket", "Slow report", "opened", "ticket:18"), told(3_000, "checklist", "Weekly", "signed", "run:2"))


class Known:
    """A source that knows a day."""

    kind = target = "ticket"
    topic = "tickets"

    def __init__(self, happenings: tuple[Happening, ...] = DAY) -> None:
        self._all = sorted(happenings, key=lambda one: -one.at)

    async def when(self, number: int) -> int | None:
        return None

    async def happenings(self, since: int, until: int, limit: int, text: str = "") -> list[Happening]:
        return [one for one in self._all if since <= one.at < until][:limit]


class Broken(Known):
    """One that cannot be read."""

    async def happenings(self, since: int, until: int, limit: int, text: str = "") -> list[Happening]:
        raise StorageError("The history cannot be read.", "Look at the disk.")


class Desk(Days):
    """A console whose forms know what happened."""

    known: tuple[Known, ...] = (Known(),)
    opened: ClassVar[list[str]] = []

    def console(self, *arguments: Any, **options: Any) -> Any:
        app = super().console(*arguments, **options)
        app.context.parts[PART] = Timeline(lambda records, metrics: self.known,
                                           lambda screen, target: None)
        desk_of(app.context).opener = lambda screen, target: self.opened.append(target)
        return app


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_each_is_taken_or_dropped_by_a_key(desk: Desk) -> None:
    async with desk.shown(size=(80, 24)) as shown:
        await shown.press("n")
        assert "6 proposals" in shown.text
        await shown.press("'Morning", "ctrl+g")
        assert "Morning round signed off run:5" in shown.text
        await shown.press("t", "enter", "d", "t", "f", "d")
        values = shown.screen.form.values
        assert values["tasks"].split("\n") == ["Morning round signed off run:5", "nginx.service restarted"]
        assert (values["resolved"], values["found"]) == ("Disk full #17", "")
        assert "5 of 6 decided" in shown.text
        await shown.press("ctrl+g")
        assert "1 proposal" in shown.text
        assert shown.screen.focused is not None
        await shown.press("'!", "ctrl+s")
    entry = await desk.entry(1)
    assert (entry.title, entry.tasks) == ("Morning!", (Point("Morning round signed off", 0, "run:5"),
                                                       Point("nginx.service restarted")))
    assert (entry.resolved, entry.found) == ((Point("Disk full", 17),), ())


async def test_what_was_decided_is_taken_back_by_the_same_key(desk: Desk) -> None:
    async with desk.shown(NewScreen, size=(80, 24)) as shown:
        await shown.press("ctrl+g", "A")
        form = shown.screen.form
        assert "6 of 6 decided" in shown.text
        assert form.values["found"] == "Slow report #18"
        await shown.press("g", "t")
        assert form.values["tasks"].split("\n") == ["nginx upgraded 1.22 to 1.24", "nginx.service restarted"]
        await shown.press("t", "g", "f")
        assert form.values["tasks"].split("\n") == ["nginx upgraded 1.22 to 1.24", "nginx.service restarted"]
        assert form.values["found"].split("\n") == ["Slow report #18", "Morning round signed off run:5"]
        form.set("found", "")
        await shown.press("t")
        assert any("nothing was taken out" in one for one in shown.said)
        assert form.values["found"] == ""


async def test_what_the_form_says_by_itself_counts_as_taken(desk: Desk) -> None:
    async with desk.shown(NewScreen, size=(80, 24)) as shown:
        await shown.press("tab", "tab", "tab", "tab", "tab", "'my words run:5", "enter", "'nginx.service restarted")
        assert "4 proposals" in shown.text
        await shown.press("ctrl+g", "g", "t")
        assert shown.screen.form.values["tasks"] == "nginx.service restarted"


async def test_another_type_looks_at_another_time(desk: Desk) -> None:
    async with desk.shown(NewScreen, size=(80, 24)) as shown:
        await shown.press("ctrl+g", "t", "ctrl+g", "tab", "right")
        assert "6 proposals" in shown.text, "those of a week, one of them taken"
        await shown.press("ctrl+g")
        assert "Weekly signed off run:2" in shown.text
        assert "1 of 7 decided" in shown.text


async def test_decisions_are_kept_with_the_draft_and_discarded_with_it(desk: Desk) -> None:
    async with desk.shown(size=(80, 24)) as shown:
        await shown.press("n", "ctrl+g", "t", "d", "escape")
        assert isinstance(shown.screen.focused, LineInput), "back where one was"
        await shown.press("escape")
        shown.app.context.drafts.close()
    async with desk.shown(NewScreen, size=(80, 24)) as shown:
        assert "restored" in shown.text
        assert "4 proposals" in shown.text
        assert shown.screen.form.values["tasks"] == "Morning round signed off run:5"
        await shown.press("ctrl+x")
        assert "6 proposals" in shown.text
        assert shown.screen.form.values["tasks"] == ""


async def test_an_entry_that_is_there_knows_what_it_says(desk: Desk) -> None:
    await desk.do(lambda at: at(NOW).new(ANA, EntryType.DAILY, "Morning", {
        "begun": NOW - 5 * HOUR, "ended": NOW - 3 * HOUR, "tasks": (Point("Round", 0, "run:5"),)}))
    async with desk.shown(lambda: EntryScreen(1), size=(80, 24)) as shown:
        await shown.press("e")
        assert "4 proposals" in shown.text, "until it ended, without what it says"
        await shown.press("ctrl+g", "A", "ctrl+s")
    entry = await desk.entry(1)
    assert entry.tasks == (Point("Round", 0, "run:5"), Point("nginx upgraded 1.22 to 1.24"),
                           Point("nginx.service restarted"))
    assert (entry.resolved, entry.found) == ((Point("Disk full", 17),), (Point("web: refused", 0, "alert:3"),))


async def test_commands_only_when_asked_for_and_never_by_themselves(desk: Desk, home: Path) -> None:
    async with desk.shown(NewScreen, size=(80, 24)) as shown:
        await shown.press("ctrl+g", "c")
        assert any("your shell keeps no history there" in one for one in shown.said)
        (home / ".bash_history").write_text("mysql -psecret\nsystemctl restart nginx\n")
        await shown.press("c")
        assert "mysql -psecret" in shown.text
        await shown.press("A", "G", "t")
        assert shown.screen.form.values["notes"] == "    systemctl restart nginx"
        await shown.press("c")
        assert "mysql" not in shown.text
        assert "mysql" not in json.dumps(shown.screen.form.carried)


async def test_where_it_came_from_is_opened(desk: Desk) -> None:
    desk.opened.clear()
    async with desk.shown(NewScreen, size=(80, 24)) as shown:
        await shown.press("ctrl+g", "o", "j", "o", "j", "o")
    assert desk.opened == ["run:5", "ticket:17"]


async def test_what_cannot_be_read_is_told_and_nothing_is_no_mistake(desk: Desk) -> None:
    desk.known = (Broken(), Known(()))
    async with desk.shown(NewScreen, size=(80, 24)) as shown:
        await shown.press("ctrl+g", "t")
        assert "The history cannot be read." in shown.text
        await shown.press("escape", "'x")
        assert isinstance(shown.screen, NewScreen)


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_texts_act_nowhere(desk: Desk, size: tuple[int, int]) -> None:
    texts = [text for text in CORPUS if text.strip()]
    desk.known = (Known(tuple(told(place % 900, ("alert", "ticket", "change", "checklist")[place % 4], text[:150],
                                   ("fired", "done", "unit", "signed")[place % 4], f"run:{place + 1}" if place % 4 == 3
                                   else f"alert:{place + 1}", text) for place, text in enumerate(texts))),)
    async with desk.shown(NewScreen, size=size) as shown:
        for keys in (("ctrl+g",), ("A",), ("G",), ("t",), ("t",), ("f",), ("ctrl+g",)):
            await shown.press(*keys)
            for line in shown.text.splitlines():
                assert_inert(line)


async def test_a_dropped_entry_comes_back(desk: Desk) -> None:
    await desk.do(lambda at: at(NOW).new(ANA, EntryType.DAILY, "Morning"))
    await desk.do(lambda at: at(NOW).drop(ANA, 1, "twice"))
    async with desk.shown(lambda: EntryScreen(1), size=(80, 24)) as shown:
        assert "takes it back" in shown.text
        await shown.press("R")
        assert any("Entry 1 is back" in one for one in shown.said)
        await shown.press("R")
        assert any("It was not dropped" in one for one in shown.said)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("keys", [("'Morning", "ctrl+g", "t", "t", "d", "t"), ("ctrl+g",)],
                         ids=["half", "open"])
def test_pictures(snap_compare: Compare, desk: Desk, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    assert snap_compare(desk.console(NewScreen), terminal_size=size, run_before=pressing(*keys))
