"""What the keys of the log do, over real records."""

from __future__ import annotations

import asyncio
from array import array
from typing import TYPE_CHECKING

import pytest

from opsconsole.core.identity import Role
from opsconsole.logbook.model import Action, EntryState, EntryType, Found, Point, Status
from opsconsole.logbook.screen import source
from opsconsole.logbook.screen.entry import EntryScreen
from opsconsole.logbook.screen.forms import AmendScreen, EditScreen, NewScreen
from opsconsole.logbook.screen.log import LogScreen
from tests.health.samples import NOW
from tests.hostile import CORPUS, assert_inert
from tests.logbook.generator import generate
from tests.logbook.screen.house import Days
from tests.tickets.desk import ANA, BEN

if TYPE_CHECKING:
    from pathlib import Path


async def test_what_is_due_stands_first_and_is_done_by_a_key(days: Days) -> None:
    async with days.shown() as shown:
        assert shown.screen.table.key == "next:3:0", "what is late for longest comes first"
        assert "Write the post-mortem" in shown.text
        await shown.press("x")
        assert "Write the post-mortem" not in shown.text.split("Entries")[1].splitlines()[3]
    entry = await days.entry(3)
    assert (entry.actions[0].done, entry.actions[0].done_by) == (NOW, "ana")


async def test_a_new_entry_holds_what_was_typed(tmp_path: Path) -> None:
    days = Days(tmp_path)
    async with days.shown(size=(80, 24)) as shown:
        await shown.press("n", "'Round", "tab", "right", "tab", "tab", "'15:00", "tab", "tab", "'One", "enter",
                          "'Two #12", "tab", "'Three", "tab", "tab", "tab", "'Order it @ben 2027-01-11",
                          "tab", "'A *note*", "tab", "tab", "'web, raid", "tab", "'disk", "tab", "right", "ctrl+s")
        assert isinstance(shown.screen, LogScreen)
        assert shown.screen.table.key == "1"
    entry = await days.entry(1)
    assert (entry.type, entry.title, entry.status) == (EntryType.WEEKLY, "Round", Status.ISSUES)
    assert entry.tasks == (Point("One"), Point("Two", 12))
    assert (entry.found, entry.actions) == ((Point("Three"),), (Action("Order it", "ben", "2027-01-11"),))
    assert (entry.notes, entry.checks, entry.performed_by) == ("A *note*", ("web", "raid"), ("ana",))
    assert entry.ended is not None
    assert entry.seconds == (entry.ended - entry.begun) / 1000, "measured where nobody wrote it"


async def test_wrong_values_are_pointed_at(tmp_path: Path) -> None:
    async with Days(tmp_path).shown(NewScreen) as shown:
        await shown.press("'Round", "tab", "tab", "tab", "'noon", "ctrl+s")
        assert "Write a time as 08:15" in shown.text
        assert isinstance(shown.screen, NewScreen)


async def test_edits_of_two_people_are_merged_and_a_clash_is_asked(days: Days) -> None:
    async with days.shown(lambda: EntryScreen(5)) as shown:
        await shown.press("e")
        assert isinstance(shown.screen, EditScreen)
        await shown.press("' of Friday")
        await days.do(lambda at: at(NOW).save(BEN, 5, {"title": "Other", "notes": "seen"},
                                              {"title": "Morning check", "notes": ""}))
        await shown.press("ctrl+s")
        assert "Somebody else changed the field title too" in shown.text
        await shown.press("enter")
    entry = await days.entry(5)
    assert (entry.title, entry.notes) == ("Morning check of Friday", "seen")


async def test_theirs_can_count(days: Days) -> None:
    async with days.shown(lambda: EntryScreen(5)) as shown:
        await shown.press("e")
        assert isinstance(shown.screen, EditScreen)
        await shown.press("' of Friday")
        await days.do(lambda at: at(NOW).save(BEN, 5, {"title": "Other"}, {"title": "Morning check"}))
        await shown.press("ctrl+s", "down", "enter")
        assert any("stays as others" in one for one in shown.said)
    assert (await days.entry(5)).title == "Other"


async def test_sign_and_amend(days: Days) -> None:
    async with days.shown(lambda: EntryScreen(5)) as shown:
        await shown.press("y", "y")
        assert shown.screen.state is EntryState.SIGNED
        await shown.press("a")
        assert shown.top is AmendScreen
        await shown.press("'wrong word", "tab", "'!", "ctrl+s")
        assert isinstance(shown.screen, EntryScreen)
        assert "because wrong word" in shown.text
        await shown.press("v")
        assert "As it was signed" in shown.text
        assert "Morning check!" not in shown.text
        await shown.press("v")
        assert "Morning check!" in shown.text


async def test_an_amendment_needs_a_reason_and_a_change(days: Days) -> None:
    async with days.shown(lambda: AmendScreen(4)) as shown:
        await shown.press("ctrl+s")
        assert "Why is missing" in shown.text
        await shown.press("'because", "ctrl+s")
        assert "Nothing is changed" in shown.text


async def test_the_second_person_signs_or_sends_back(days: Days) -> None:
    async with days.shown(lambda: EntryScreen(2)) as shown:
        await shown.press("B", "'not tested", "enter")
        assert (await days.entry(2)).state is EntryState.OPEN
        await shown.press("y", "y")
        assert (await days.entry(2)).state is EntryState.WAITING
        assert "waits for a second person" in shown.text


async def test_drop_and_find_it_again(days: Days) -> None:
    async with days.shown() as shown:
        await shown.press("G", "k", "k", "k", "k")
        assert shown.screen.table.key == "5"
        await shown.press("D", "'a slip", "enter")
        assert "5" not in {row.split(":")[0] for row in [shown.screen.table.key]}
        await shown.press("slash", "'is:dropped", "enter")
        assert shown.screen.table.key == "5"
        await shown.press("escape")
        assert shown.screen.table.count > 1


async def test_attach_a_file(days: Days, tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    file.write_text("all is well\n")
    async with days.shown(lambda: EntryScreen(5)) as shown:
        await shown.press("f", f"'{file}", "enter")
        assert "report.txt" in shown.text


async def test_from_one_entry_to_the_next(days: Days) -> None:
    async with days.shown() as shown:
        await shown.press("j", "j", "enter")
        assert shown.screen.number == 5
        await shown.press("right_square_bracket")
        assert "Evening check" in shown.text
        await shown.press("left_square_bracket", "left_square_bracket")
        assert shown.screen.number == 5, "there is none before it"
        await shown.press("escape")
        assert isinstance(shown.screen, LogScreen)


async def test_a_viewer_reads_only(days: Days) -> None:
    async with days.shown(role=Role.VIEWER) as shown:
        await shown.press("n")
        assert isinstance(shown.screen, LogScreen)
        assert any("needs the role operator" in one for one in shown.said)


async def test_others_write_while_one_looks(days: Days) -> None:
    async with days.shown() as shown:
        await days.do(lambda at: at(NOW).new(BEN, EntryType.INCIDENT, "Router restarted"))
        await shown.press("ctrl+r")
        assert "Router restarted" in shown.text


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_hostile_texts_act_nowhere(tmp_path: Path, size: tuple[int, int]) -> None:
    days = Days(tmp_path)
    texts = [text for text in CORPUS if text.strip()]

    async def happen(at: object) -> None:
        service = at(NOW)  # type: ignore[operator]
        for begin in range(0, len(texts), 30):
            some = texts[begin:begin + 30]
            made = await service.new(ANA, EntryType.DAILY, some[0][:100], {
                **{name: tuple(Point(text[:200]) for text in some) for name in ("tasks", "found", "resolved")},
                "actions": tuple(Action(text[:100], text[:20], "2026-11-01") for text in some[:6]),
                "notes": "\n".join(some), "checks": tuple(text[:40] for text in some[:5])})
            await service.attach(ANA, made.id, some[-1][:100], b"x")
            await service.sign(ANA, made.id)
            await service.amend(ANA, made.id, {"title": some[1][:100] + "!"}, some[2][:100] + "!")

    await days.do(happen)
    async with days.shown(size=size) as shown:
        for keys in ((), ("G",), ("enter",), ("G",), ("v",), ("a",), ("escape", "escape", "g", "slash")):
            await shown.press(*keys)
            for line in shown.text.splitlines():
                assert_inert(line)


async def test_numbers_far_down_are_read_when_somebody_goes_there(tmp_path: Path,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    await asyncio.to_thread(generate, tmp_path / "opsconsole.db", 450, now=NOW)
    monkeypatch.setattr(source, "FIRST", 250)
    days = Days(tmp_path)
    async with days.shown() as shown:
        assert shown.screen.listed == 446
        await shown.press("G")
        assert shown.screen.table.key == "1"
        await shown.press("enter")
        assert (shown.screen.number, shown.screen.neighbour(1), shown.screen.neighbour(-1)) == (1, None, 2)
        await shown.press("escape")
        assert shown.screen.table.key == "1"
        await shown.press("ctrl+r")
        assert shown.screen.table.key == "1", "it stays on its row, whose number was not asked for"


async def test_the_next_entry_follows_also_where_its_number_was_not_asked_for(days: Days) -> None:
    part = Found(array("q", [5, 4]), "", 5, NOW)
    async with days.shown(lambda: EntryScreen(5, part)) as shown:
        for number in (4, 3, 2, 1):
            await shown.press("]")
            assert shown.screen.number == number
        assert shown.screen.neighbour(1) is None
