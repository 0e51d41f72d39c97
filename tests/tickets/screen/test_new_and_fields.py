"""New tickets and the fields of tickets: what is asked for, and two people who change the same one."""

from __future__ import annotations

import msgspec
import pytest

from opsconsole.console.dialogs.choose import Choose
from opsconsole.console.widgets.form import Form
from opsconsole.tickets.model import Priority
from opsconsole.tickets.screen.editing import EditManyScreen
from opsconsole.tickets.screen.forms import EditScreen, NewScreen, entered, typed
from opsconsole.tickets.screen.ticket import TicketScreen
from opsconsole.tickets.settings import Category, FormField
from tests.tickets.desk import ANA, BEN
from tests.tickets.screen.ticket_app import DESK, Morning, form_of, restored, settled, shown


async def test_the_fields_of_several(there: Morning) -> None:
    async with shown(there) as one:
        one.app.push_screen(EditManyScreen([1, 3]))
        await settled(one.pilot)
        titles = {number: (await one.service.get(number)).title for number in (1, 3)}
        tags = {number: (await one.service.get(number)).tags for number in (1, 3)}
        form = one.app.screen.query_one(Form)
        assert "title" not in form.values
        values = {**form.values, "release": "2.1", "tags": f"{form.values['tags']} together"}
        await one.service.edit(BEN, 3, {"version_seen": ""}, {"version_seen": "9"})
        form.post_message(Form.Submitted(form, values))
        await settled(one.pilot)
        assert "#1 and #3 are changed." in one.notices[-1]
        for number in (1, 3):
            ticket = await one.service.get(number)
            assert (ticket.title, ticket.release) == (titles[number], "2.1")
            assert set(ticket.tags) == {*tags[number], "together"}
        assert (await one.service.get(3)).version_seen == "9"
        assert len((await one.service.undo(ANA)).tickets) == 2


async def test_a_clash_on_one_of_several_is_asked(there: Morning) -> None:
    async with shown(there) as one:
        one.app.push_screen(EditManyScreen([1, 3]))
        await settled(one.pilot)
        form = one.app.screen.query_one(Form)
        await one.service.edit(BEN, 3, {"release": ""}, {"release": "3.0"})
        form.post_message(Form.Submitted(form, {**form.values, "release": "2.1"}))
        await settled(one.pilot)
        assert "ben changed release of #3 too. Which counts?" in one.text
        await one.press("down", "enter")
        assert [(await one.service.get(number)).release for number in (1, 3)] == ["2.1", "3.0"]


async def test_a_new_bug_asks_what_a_bug_needs(there: Morning) -> None:
    async with shown(there) as one:
        one.app.push_screen(NewScreen())
        await settled(one.pilot)
        assert isinstance(one.app.screen, Choose)
        await one.press("'bug", "enter")
        for label in ("NEW bug", "Title", "URL", "Browser or device", "User role", "Steps to reproduce", "Expected",
                      "Actual", "Requester", "Priority", "Tags", "Description"):
            assert label in one.text, label
        await one.press("ctrl+s")
        assert "Title is missing." in one.text
        await one.press("'totals wrong", "tab", "'https://shop.example", "tab", "tab", "tab", "'click", "ctrl+s")
        assert isinstance(one.app.screen, TicketScreen)
        ticket = await one.service.get(4)
        assert (ticket.title, ticket.category, ticket.state) == ("totals wrong", "bug", "reported")
        assert ticket.fields == {"url": "https://shop.example", "steps": "click"}
        assert any(notice.startswith("#4 is open") for notice in one.notices)


async def test_a_wish_asks_for_impact_and_effort(there: Morning) -> None:
    async with shown(there) as one:
        one.app.push_screen(NewScreen("feature"))
        await settled(one.pilot)
        await one.press("'csv export", "tab", "'Kim", "tab", "'kim@example.com", "tab", "left", "tab", "right", "right",
                        "tab", "right", "ctrl+s")
        ticket = await one.service.get(4)
        assert (ticket.impact, ticket.effort, ticket.value) == (2, 1, 0)
        assert (ticket.requester, ticket.requester_mail, ticket.priority) == ("Kim", "kim@example.com", Priority.MEDIUM)


async def test_a_new_ticket_can_be_left_and_gone_on_with(there: Morning) -> None:
    async with shown(there) as one:
        one.app.push_screen(NewScreen())
        await settled(one.pilot)
        await one.press("escape")
        assert isinstance(one.app.screen, TicketScreen)
        one.app.push_screen(NewScreen("billing"))
        await settled(one.pilot)
        await one.press("'half", "escape")
        one.app.push_screen(NewScreen("billing"))
        await restored(one)
        assert form_of(one).values["title"] == "half"


async def test_the_form_of_a_category(there: Morning) -> None:
    form = {"size": FormField(kind="choice", options=("small", "large"), required=True),
            "what": FormField(label="What exactly", hint="one thing")}
    settings = msgspec.structs.replace(DESK, categories={"move": Category(label="relocation", form=form)})
    async with shown(there, settings=settings) as one:
        one.app.push_screen(NewScreen())
        await settled(one.pilot)
        assert "NEW relocation" in one.text
        await one.press("'desk", "ctrl+s")
        assert "size is missing." in one.text
        await one.press("right", "right", "ctrl+s")
        assert (await one.service.get(4)).fields == {"size": "large"}


async def test_wrong_addresses_and_tags_are_told(there: Morning) -> None:
    async with shown(there) as one:
        one.app.push_screen(NewScreen("billing"))
        await settled(one.pilot)
        await one.press("'x", "tab", "tab", "'nobody", "ctrl+s")
        assert "nobody is no address such as maria@example.com." in one.text


async def test_only_what_was_changed_is_stored(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("e")
        assert "#3 redis refuses connections  its fields" in one.text
        await one.press("'!", "ctrl+s")
        last = (await one.events())[-1]
        assert last.changes == {"title": ("redis refuses connections", "redis refuses connections!")}
        await one.press("e", "ctrl+s")
        assert "Nothing was changed." in one.notices


async def test_two_people_on_different_fields_are_merged(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("e", "'!")
        await one.service.edit(BEN, 3, {"release": ""}, {"release": "2.4"})
        await one.press("ctrl+s")
        ticket = await one.service.get(3)
        assert (ticket.title, ticket.release) == ("redis refuses connections!", "2.4")


@pytest.mark.parametrize(("keys", "title"), [(("enter",), "redis refuses connections!"),
                                             (("down", "enter"), "of ben")])
async def test_two_people_on_one_field_are_asked(there: Morning, keys: tuple[str, ...], title: str) -> None:
    async with shown(there) as one:
        await one.press("e", "'!")
        await one.service.edit(BEN, 3, {"title": "redis refuses connections"}, {"title": "of ben"})
        await one.press("ctrl+s")
        assert isinstance(one.app.screen, Choose)
        assert "ben changed title too. Which counts?" in one.text
        assert "of ben" in one.text
        await one.press(*keys)
        assert (await one.service.get(3)).title == title
        assert isinstance(one.app.screen, TicketScreen)


async def test_a_clash_that_is_left_loses_nothing(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("e", "'!")
        await one.service.edit(BEN, 3, {"title": "redis refuses connections"}, {"title": "of ben"})
        await one.press("ctrl+s", "escape")
        assert form_of(one).values["title"] == "redis refuses connections!"
        assert (await one.service.get(3)).title == "of ben"


async def test_an_old_draft_of_fields_overwrites_nothing_newer(there: Morning) -> None:
    async with shown(there) as one:
        await one.press("e", "'!", "escape")
        await one.service.edit(BEN, 3, {"release": "", "title": "redis refuses connections"},
                               {"release": "2.4", "title": "of ben"})
        await one.press("e")
        await restored(one)
        assert form_of(one).values["title"] == "redis refuses connections!"
        await one.press("ctrl+s")
        assert isinstance(one.app.screen, Choose)
        await one.press("escape")
        ticket = await one.service.get(3)
        assert (ticket.title, ticket.release) == ("of ben", "2.4")


async def test_a_ticket_that_is_gone_has_no_fields(there: Morning) -> None:
    async with shown(there) as one:
        one.app.push_screen(EditScreen(99))
        await settled(one.pilot)
        assert isinstance(one.app.screen, TicketScreen)


def test_values_and_what_stands_in_their_field() -> None:
    for name, value in (("tags", ["a", "b"]), ("impact", 3), ("impact", 0), ("title", "x"), ("fields.url", "u")):
        assert typed(name, entered(value)) == value
    assert typed("description", " a \n") == " a"
    assert typed("watchers", "ana, ben ana") == ["ana", "ben"]
