"""What is done to tickets from the list: taking, moving, marking, assigning, and taking it back."""

from __future__ import annotations

import asyncio

from opsconsole.console.dialogs.choose import Choose
from opsconsole.core.identity import Role
from opsconsole.tickets.errors import NotAllowed, Taken
from opsconsole.tickets.model import Phase, Priority
from opsconsole.tickets.screen import desk_of
from opsconsole.tickets.screen.editing import EditManyScreen
from tests.tickets.screen.app import press, queue_console, queue_of, settled, text_of, told
from tests.tickets.screen.samples import FakeService, many, row


async def test_take_and_undo() -> None:
    service = FakeService()
    app = queue_console(service)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "j", "a")
        assert service.calls[-1][0] in {"find", "take"}
        took = next(call for call in service.calls if call[0] == "take")
        assert took == ("take", (1039,), {"assignee": "ana", "shown": {1039: "ben"}})
        assert "#1039 is yours now. u takes it back." in told(app)
        await press(pilot, "u")
        assert "Taken back: taking #1039." in told(app)
        assert service.all[1039].assignee == "ben"


async def test_undo_without_anything_done_says_so() -> None:
    app = queue_console()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "u")
        assert told(app) == ["You have done nothing that could be taken back."]


async def test_marked_tickets_are_changed_at_once() -> None:
    service = FakeService(many(60))
    app = queue_console(service)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "space", "space", "j", "space")
        assert "3 marked" in text_of(app)
        await press(pilot, "P", "down", "down", "enter")
        changed = next(call for call in service.calls if call[0] == "priority")
        assert changed == ("priority", (4997, 4999, 5000), {"priority": Priority.MEDIUM})
        assert not queue_of(pilot).table.marks
        assert "#4997, #4999 and #5000 have the priority medium now. u takes it back." in told(app)
        await press(pilot, "ctrl+a")
        assert len(queue_of(pilot).table.marks) == 60
        await press(pilot, "escape")
        assert not queue_of(pilot).table.marks


async def test_at_most_a_thousand_are_marked() -> None:
    app = queue_console(FakeService(many(1_200)))
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "ctrl+a")
        assert len(queue_of(pilot).table.marks) == 1_000
        assert any("first 1,000 of 1,200" in one for one in told(app))


async def test_while_one_types_only_the_beginning_is_found_and_the_rest_when_typing_pauses() -> None:
    app = queue_console(FakeService(many(1_200)))
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "slash", "ctrl+u", "t")
        queue = queue_of(pilot)
        assert queue.table.count in (200, 1_200), "the pause may be over"
        for _ in range(100):
            await settled(pilot)
            if queue.table.count == 1_200:
                break
            await asyncio.sleep(0.05)
        assert queue.table.count == 1_200
        await press(pilot, "i", "enter")
        assert queue.table.count == 1_200, "what is kept is found in full at once"


async def test_fields_of_several_are_edited_at_once() -> None:
    app = queue_console()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "space", "space", "e")
        assert isinstance(app.screen, EditManyScreen)


async def test_moves_that_are_not_allowed_say_why() -> None:
    service = FakeService((row(7, "one", state="closed", phase=Phase.DONE),))
    app = queue_console(service)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "slash", *"one", "enter")
        desk_of(app.context).own = "one"
        queue_of(pilot).show_view("")
        await press(pilot, "slash", "ctrl+u", *"one", "enter", "m")
        assert isinstance(app.screen, Choose)
        shown = text_of(app)
        assert "open" in shown
        assert "needs a note" in shown
        assert "no step leads there from closed" in shown
        await press(pilot, *"waiting", "enter")
        assert isinstance(app.screen, Choose), "it stays open"
        assert "✖ waiting: no step leads there" in text_of(app)


async def test_a_move_asks_for_what_it_takes() -> None:
    service = FakeService((row(7, "one", state="open"),))
    app = queue_console(service)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "m", *"resolved", "enter")
        assert "Assignee" in text_of(app)
        await press(pilot, "tab", *"Done.", "ctrl+s")
        moved = next(call for call in service.calls if call[0] == "move")
        assert moved[1] == (7,)
        assert moved[2]["state"] == "resolved"
        assert moved[2]["text"] == "Done."
        assert moved[2]["given"] == {"assignee": "ana"}


async def test_close_goes_where_the_lifecycle_closes() -> None:
    service = FakeService((row(7, "one", state="open", assignee="ana"), row(8, "two", state="new", assignee="ben")))
    app = queue_console(service)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "space", "space", "x")
        assert "Move #7 and #8 to resolved" in text_of(app)
        await press(pilot, "ctrl+s")
        assert next(call for call in service.calls if call[0] == "move")[1] == (7, 8)


async def test_an_objection_is_overridden_with_a_reason() -> None:
    service = FakeService((row(7, "one", state="open", assignee="ana"),))
    app = queue_console(service)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        service.problem = NotAllowed("#7 cannot be resolved: its alert still fires.", overridable=True)
        service.held = None
        await pilot.press("x")
        await settled(pilot)
        await press(pilot, "ctrl+s")
        assert "its alert still fires" in text_of(app)
        service.problem = None
        await press(pilot, *"known", "enter")
        assert next(call for call in service.calls if call[0] == "move")[2]["reason"] == "known"


async def test_what_cannot_be_done_is_told() -> None:
    service = FakeService()
    app = queue_console(service)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        service.problem = Taken("ben has #1042 already.", "Read it again.", {1042: "ben"})
        await press(pilot, "a")
        assert told(app)[0] == "✖ ben has #1042 already. Read it again."


async def test_a_viewer_is_told_which_role_it_takes() -> None:
    app = queue_console(role=Role.VIEWER)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "a")
        assert told(app) == ["Take needs the role operator; ana is viewer."]
        foot = text_of(app).splitlines()[-1]
        assert "undo" not in foot
        await press(pilot, "u")
        assert told(app)[-1] == "Undo needs the role operator; ana is viewer."


async def test_assigning_tagging_linking_merging_watching() -> None:
    service = FakeService()
    app = queue_console(service)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "A", *"cho", "enter", "t", *"vpn -slow", "enter", "w")
        await press(pilot, "l", *"relates", "enter", *"17", "enter", "M", *"#1039", "enter")
        done = {call[0]: call[1:] for call in service.calls if call[0] != "find"}
        assert done["assign"] == ((1042,), {"assignee": "cho"})
        assert done["tag"] == ((1042,), {"add": ("vpn",), "remove": ("slow",)})
        assert done["watch"] == ((1042,), {})
        assert done["link"] == ((1042,), {"kind": "relates", "target": "17"})
        assert done["merge"] == ((1042,), {"merged_into": 1039})


async def test_giving_to_nobody_and_to_a_new_name() -> None:
    service = FakeService()
    app = queue_console(service)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "A", *"nobody", "enter", "A", *"zora", "enter")
        given = [call[2]["assignee"] for call in service.calls if call[0] == "assign"]
        assert given == ["", "zora"]
