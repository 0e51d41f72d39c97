"""What is asked before something is done to tickets, and what is told when it cannot be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from opsconsole.console.bar import Bar
from opsconsole.console.screen import ConsoleScreen
from opsconsole.core.errors import StorageError
from opsconsole.tickets.errors import NotAllowed
from opsconsole.tickets.lifecycle import Offer
from opsconsole.tickets.model import Phase
from opsconsole.tickets.screen import choosing, desk_of
from opsconsole.tickets.screen.doing import joined
from opsconsole.tickets.settings import Category, FormField, Team, TicketSettings
from tests.tickets.screen.app import press, queue_console, queue_of, settled, text_of, told
from tests.tickets.screen.samples import FakeService, row

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from opsconsole.console.shell import OpsConsole

WISH = row(7, "a wish", state="prioritise", category="feature")


def configured(service: FakeService, **more: Any) -> OpsConsole:
    app = queue_console(service)
    desk_of(app.context).settings = replace(TicketSettings(), **more)
    return app


async def click(pilot: Pilot[Any], bar: str, target: str) -> None:
    """Click a spot of a bar."""
    shown = pilot.app.screen.query_one(bar, Bar)
    spot = next(one for one in shown.line.spots if one.target == target)
    await pilot.click(shown, offset=(spot.start + 1, 0))
    await settled(pilot)


async def test_a_wish_asks_for_impact_and_effort() -> None:
    service = FakeService((WISH,))
    app = configured(service)
    async with app.run_test(size=(80, 30)) as pilot:
        await press(pilot, "m")
        assert "needs impact and effort" in text_of(app)
        await press(pilot, *"plan", "enter", "ctrl+s")
        assert "Choose a number from 1 to 5." in text_of(app)
        await press(pilot, "right", "right", "tab", "right", "ctrl+s")
        moved = next(call for call in service.calls if call[0] == "move")
        assert moved[2]["given"] == {"impact": 2, "effort": 1}


async def test_what_the_service_misses_besides_is_asked_for() -> None:
    service = FakeService((row(7, "one", state="open", assignee="ana"),))
    service.refusals = [NotAllowed("#7 needs a root cause.", missing=("root_cause", "fields.url", "category"))]
    app = configured(service, categories={"technical": Category(form={"url": FormField(label="URL", hint="https://")}),
                                          "billing": Category()})
    async with app.run_test(size=(80, 40)) as pilot:
        await press(pilot, "m", *"resolved", "enter", *"It is done.", "ctrl+s")
        assert "Root cause" in text_of(app)
        assert "URL" in text_of(app)
        assert "Category" in text_of(app)
        assert "It is done." in text_of(app), "what was entered is still there"
        await press(pilot, *"disk", "tab", *"https", "tab", "right", "ctrl+s")
        moved = [call for call in service.calls if call[0] == "move"][-1]
        assert moved[2]["given"] == {"root_cause": "disk", "fields.url": "https", "category": "billing"}
        assert moved[2]["text"] == "It is done."


async def test_a_step_can_be_left_at_each_question() -> None:
    service = FakeService((row(7, "one", state="open"),))
    app = queue_console(service)
    async with app.run_test(size=(80, 30)) as pilot:
        for keys in (["m", "escape"], ["m", *"resolved", "enter", "escape"], ["A", "escape"], ["P", "escape"],
                     ["t", "escape"], ["l", "escape"], ["l", "enter", "escape"], ["M", "escape"], ["v", "escape"]):
            await press(pilot, *keys)
            assert len(app.screen_stack) == 1, keys
        assert {call[0] for call in service.calls} == {"find"}


async def test_a_refused_move_is_told() -> None:
    service = FakeService((row(7, "one", state="open", assignee="ana"),))
    service.refusals = [NotAllowed("#7 is blocked by #9.", "Finish that first."), StorageError("The disk is full.")]
    app = queue_console(service)
    async with app.run_test(size=(80, 30)) as pilot:
        await press(pilot, "x", "ctrl+s", "x", "ctrl+s")
        assert told(app) == ["✖ #7 is blocked by #9. Finish that first.", "✖ The disk is full."]


async def test_an_objection_can_be_given_in_to() -> None:
    service = FakeService((row(7, "one", state="open", assignee="ana"),))
    service.refusals = [NotAllowed("Its alert fires.", overridable=True)]
    app = queue_console(service)
    async with app.run_test(size=(80, 30)) as pilot:
        await press(pilot, "x", "ctrl+s", "enter")
        assert "Say why, or go back." in text_of(app)
        await press(pilot, "escape")
        assert len(app.screen_stack) == 1
        assert not [call for call in service.calls if call[0] == "move"]


async def test_tickets_that_end_differently_are_not_closed_together() -> None:
    service = FakeService((row(7, "one", state="open", assignee="ana"),
                           row(8, "two", state="reported", category="bug")))
    app = queue_console(service)
    async with app.run_test(size=(80, 30)) as pilot:
        await press(pilot, "space", "space", "x")
        assert told(app) == ["▲ They end in different states: closed, resolved. Mark those of one kind."]


async def test_what_cannot_be_closed_says_why() -> None:
    service = FakeService((row(7, "one", state="prioritise", category="feature", phase=Phase.ACTIVE),))
    app = queue_console(service)
    async with app.run_test(size=(80, 30)) as pilot:
        await press(pilot, "x")
        assert "cannot be closed now" in told(app)[0]
        assert "declined: it takes the role supervisor" in told(app)[0]


@pytest.mark.parametrize("key", ["m", "x", "A", "w", "u"])
async def test_a_storage_that_fails_is_told(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(*_: Any, **__: Any) -> None:
        raise StorageError("The disk is full.", "Make room.")

    app = queue_console()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        for name in ("get", "offers", "vocabulary", "last_batch"):
            monkeypatch.setattr(FakeService, name, failing)
        await press(pilot, key)
        assert told(app) == ["✖ The disk is full. Make room."]


async def test_a_team_can_have_it() -> None:
    service = FakeService()
    app = configured(service, teams={"web": Team(members=("ben", "zoe"))})
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "A")
        assert "the team web, nobody in it" in text_of(app)
        await press(pilot, *"web", "enter", "A", *"zoe", "enter")
        given = [call[2] for call in service.calls if call[0] == "assign"]
        assert given == [{"assignee": "", "team": "web"}, {"assignee": "zoe"}]


async def test_nothing_changed_is_told() -> None:
    class Idle(FakeService):
        def done(self, *arguments: Any, **more: Any) -> Any:
            return replace(super().done(*arguments, **more), batch=0, notes=("#9 was left out.",))

    app = queue_console(Idle())
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "a")
        assert told(app) == ["It is so already; nothing was changed. #9 was left out."]


async def test_a_click_shows_a_view() -> None:
    app = queue_console()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await click(pilot, "#head", "view:mine")
        assert desk_of(app.context).view == "mine"


async def test_a_click_on_a_key_does_once_what_the_key_does() -> None:
    service = FakeService()
    app = queue_console(service)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await click(pilot, "#foot", "ticket.take")
        assert [call[0] for call in service.calls].count("take") == 1


async def test_what_changed_meanwhile_is_read_when_one_comes_back() -> None:
    service = FakeService()
    app = queue_console(service)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "question_mark")
        service.all[1050] = row(1050, "came in meanwhile")
        queue_of(pilot).post_message(ConsoleScreen.TopicsChanged(frozenset({"tickets"})))
        await settled(pilot)
        await press(pilot, "escape")
        assert "came in meanwhile" in text_of(app)


def test_offers_to_several_are_those_to_all() -> None:
    one = (Offer("waiting", Phase.WAITING, allowed=True, message="reply"),
           Offer("resolved", Phase.DONE, allowed=True, require=("assignee",)),
           Offer("closed", Phase.DONE, allowed=False, reason="no step leads there from new"))
    two = (Offer("waiting", Phase.WAITING, allowed=True, needs_message=True),
           Offer("resolved", Phase.DONE, allowed=True, require=("root_cause",)),
           Offer("closed", Phase.DONE, allowed=True), Offer("new", Phase.INITIAL, allowed=True))
    found = {offer.state: offer for offer in joined([one, two], [7, 8])}
    assert found["waiting"] == Offer("waiting", Phase.WAITING, allowed=True, message="reply", needs_message=True)
    assert found["resolved"].require == ("assignee", "root_cause")
    assert found["closed"].reason == "#7: no step leads there from new"
    assert not found["new"].allowed
    assert [offer.allowed for offer in joined([one, two], [7, 8])] == [True, True, False, False]


@pytest.mark.parametrize(("text", "read"), [
    ("vpn -slow", (["vpn"], ["slow"])), ("+a, b", (["a", "b"], [])), ("", None), ("-", None), ("x" * 81, None)])
def test_tags_are_read(text: str, read: Any) -> None:
    assert choosing.read_tags(text) == read


@pytest.mark.parametrize(("text", "fine"), [("17", True), ("#17", True), ("0", False), ("x", False), ("", False),
                                            ("1" * 13, False), ("²", False)])
def test_numbers_are_read(text: str, fine: bool) -> None:
    assert (choosing.wrong_number(text) is None) is fine
