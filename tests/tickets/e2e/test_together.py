"""Two consoles on one ticket: who is there is seen, edits are merged or asked about, no answer goes past a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tickets.e2e.office import Office, open_ticket, queue

if TYPE_CHECKING:
    from tests.terminal import Terminal

pytestmark = pytest.mark.e2e

FIRST = """From: Eva Kunz <eva@example.com>
To: support@example.com
Subject: slow search
Message-ID: <first@example.com>

It takes a minute.
"""
SECOND = """From: Eva Kunz <eva@example.com>
To: support@example.com
Subject: Re: slow search
Message-ID: <second@example.com>
In-Reply-To: <first@example.com>
References: <first@example.com>

Now it takes an hour.
"""


@pytest.fixture
def office() -> Office:
    made = Office()
    made.run("mail", stdin=FIRST)
    return made


def fields(terminal: Terminal) -> None:
    """Opens the form with the fields of the ticket that is open."""
    terminal.send("e")
    terminal.wait_for("its fields")
    terminal.wait_for("▶ Title")


def test_who_else_is_there_is_seen(office: Office) -> None:
    with office.console() as left, office.console(columns=80, rows=24) as right:
        for terminal in (left, right):
            queue(terminal)
            open_ticket(terminal, 1)
        left.wait_for(r"root is looking at it|[\w-]+ is looking at it")
        right.wait_for("is looking at it")
        right.send("r")
        right.wait_for("PUBLIC REPLY")
        right.send("We look")
        right.wait_for("We look")
        left.wait_for(r"is writing")
        right.send("<esc>")
        right.wait_gone("PUBLIC REPLY")
        left.wait_gone("is writing")
        right.send("<esc>q")
        assert right.wait_exit() == 0
        left.wait_gone("is looking at it")


def test_different_fields_are_merged(office: Office) -> None:
    with office.console() as left, office.console() as right:
        for terminal in (left, right):
            queue(terminal)
            open_ticket(terminal, 1)
            fields(terminal)
        left.send(" on orders<ctrl+s>")
        left.wait_for("#1 is changed")
        right.send("<tab>" * 2)
        right.settle(0.5)
        right.send(" Maria")
        right.wait_for("Maria")
        right.send("<ctrl+s>")
        right.wait_for("#1 is changed")
    one = office.ticket(1)
    assert one["title"] == "slow search on orders"
    assert "Maria" in one["requester"]


def test_the_same_field_is_asked_about(office: Office) -> None:
    with office.console() as left, office.console() as right:
        for terminal in (left, right):
            queue(terminal)
            open_ticket(terminal, 1)
            fields(terminal)
        left.send(" on orders<ctrl+s>")
        left.wait_for("#1 is changed")
        right.send(" in the shop<ctrl+s>")
        right.wait_for("changed .* too. Which counts")
        right.wait_for("slow search on orders")
        assert office.ticket(1)["title"] == "slow search on orders", "nothing is overwritten before somebody decides"
        right.send("<esc>")
        right.wait_gone("Which counts")
        right.wait_for("slow search in the shop")
        right.send("<ctrl+s>")
        right.wait_for("Which counts")
        right.send("mine<enter>")
        right.wait_for("#1 is changed")
    assert office.ticket(1)["title"] == "slow search in the shop"
    assert [event["changes"]["title"] for event in office.show(1)["events"] if "title" in event["changes"]][1:] == [
        ["slow search", "slow search on orders"], ["slow search on orders", "slow search in the shop"]]


def test_a_reply_warns_of_what_came_in_meanwhile(office: Office) -> None:
    with office.console() as terminal:
        queue(terminal)
        open_ticket(terminal, 1)
        terminal.send("r")
        terminal.wait_for("PUBLIC REPLY")
        terminal.send("We look at it.")
        terminal.wait_for("We look at it.")
        office.run("mail", stdin=SECOND)
        terminal.send("<ctrl+s>")
        terminal.wait_for("Something came in since you began")
        terminal.wait_for("Now it takes an hour")
        terminal.send("<esc>")
        terminal.wait_gone("Something came in since you began")
        terminal.wait_for("We look at it.")
        assert [event["text"] for event in office.show(1)["events"] if event["party"] == "staff"] == []
        terminal.send("<ctrl+s>")
        terminal.wait_gone("PUBLIC REPLY")
        terminal.wait_for("public reply to eva@example.com|public reply to Eva Kunz")
    said = [event["text"] for event in office.show(1)["events"] if event["kind"] == "message"]
    assert said == ["Now it takes an hour.", "We look at it."]


def test_undo_takes_a_reply_back_before_it_leaves(office: Office) -> None:
    with office.console() as terminal:
        queue(terminal)
        open_ticket(terminal, 1)
        terminal.send("r")
        terminal.wait_for("PUBLIC REPLY")
        terminal.send("Wrong ticket.")
        terminal.wait_for("Wrong ticket.")
        terminal.send("<ctrl+s>")
        terminal.wait_for(r"leaves in \d+ s")
        terminal.send("u")
        terminal.wait_for("taken back")
    assert [one["state"] for one in office.show(1)["mail"].values()] == ["cancelled"]
