"""The console is killed: what was typed comes back, and what was done to many tickets is done to all or to none."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.tickets.e2e.office import Office, open_ticket, queue

if TYPE_CHECKING:
    from tests.terminal import Terminal

pytestmark = pytest.mark.e2e

MANY = 500


@pytest.fixture
def office() -> Office:
    return Office()


def kill(terminal: Terminal) -> None:
    """As the kernel does when there is no memory left."""
    os.kill(terminal.pid, signal.SIGKILL)
    assert terminal.wait_exit() == 128 + signal.SIGKILL


def test_a_note_that_was_being_typed_comes_back(office: Office) -> None:
    office.run("new", "slow search", "--text", "")
    words = [f"word{number}" for number in range(30)]
    with office.console() as terminal:
        queue(terminal)
        open_ticket(terminal, 1)
        terminal.send("c")
        terminal.wait_for("INTERNAL NOTE")
        terminal.settle(0.5)
        for word in words:
            terminal.send(f"{word} ")
            terminal.pump(0.05)
        terminal.wait_for(words[-1])
        time.sleep(1.0)
        terminal.send("and this was typed within the last second")
        terminal.wait_for("last second")
        kill(terminal)
    with office.console() as terminal:
        queue(terminal)
        open_ticket(terminal, 1)
        terminal.send("c")
        terminal.wait_for("INTERNAL NOTE")
        terminal.wait_for(words[-1])
        terminal.send("<ctrl+s>")
        terminal.wait_gone("INTERNAL NOTE")
        terminal.wait_for("internal note")
    (text,) = [event["text"] for event in office.show(1)["events"] if event["kind"] == "message"]
    assert text.split()[:30] == words, "all that stood there for a second"


def test_a_new_ticket_that_was_being_typed_comes_back(office: Office) -> None:
    with office.console() as terminal:
        queue(terminal)
        terminal.send("n")
        terminal.wait_for("What kind of ticket")
        terminal.send("billing<enter>")
        terminal.wait_for("▶ Title")
        terminal.send("two invoices<tab>Eva")
        terminal.wait_for("Eva")
        time.sleep(1.0)
        kill(terminal)
    with office.console() as terminal:
        queue(terminal)
        terminal.send("n")
        terminal.wait_for("What kind of ticket")
        terminal.send("billing<enter>")
        terminal.wait_for("two invoices")
        terminal.wait_for("Eva")
        terminal.send("<ctrl+s>")
        terminal.wait_for("#1 is open")
    assert (office.ticket(1)["title"], office.ticket(1)["requester"]) == ("two invoices", "Eva")


def many(office: Office) -> None:
    office.run("import", "-", stdin="Title\n" + "".join(f"ticket {number}\n" for number in range(MANY)))


def priorities(office: Office) -> dict[int, int]:
    """How many tickets there are of each priority."""
    return dict(office.rows("SELECT priority, count(*) FROM ticket GROUP BY priority"))


def marked(terminal: Terminal) -> None:
    queue(terminal)
    terminal.wait_for(f"^ Open {MANY} ")
    terminal.send("<ctrl+a>")
    terminal.wait_for(f"{MANY} marked")


def raised(terminal: Terminal) -> None:
    """Begins to give all that is marked another priority."""
    terminal.send("P")
    terminal.wait_for("Which priority")
    terminal.send("high")
    terminal.wait_for("▶ P1 high")
    terminal.send("<enter>")


def test_many_at_once_are_one_change_and_one_undo(office: Office) -> None:
    many(office)
    with office.console() as terminal:
        marked(terminal)
        raised(terminal)
        terminal.wait_until(lambda: priorities(office) == {1: MANY}, "the new priority of all", 60)
        terminal.wait_for(rf"{MANY} tickets|all {MANY}|{MANY} ")
        assert office.rows("SELECT action, count(*) FROM ticket_batch WHERE action <> 'import' GROUP BY action") == [
            ("priority", 1)]
        terminal.send("u")
        terminal.wait_until(lambda: priorities(office) == {2: MANY}, "the old priority of all", 60)
        terminal.send("q")
        assert terminal.wait_exit() == 0
        terminal.assert_clean()


@pytest.mark.parametrize("delay", [0.0, 0.1, 0.3, 0.8])
def test_killed_in_the_middle_all_or_none_are_changed(office: Office, delay: float) -> None:
    many(office)
    with office.console() as terminal:
        marked(terminal)
        raised(terminal)
        time.sleep(delay)
        kill(terminal)
    found = priorities(office)
    assert found in ({1: MANY}, {2: MANY}), found
    print(f"killed after {delay} s: {'all' if 1 in found else 'none'}")
    events = office.rows("SELECT count(*) FROM ticket_event WHERE kind = 'changed'")[0][0]
    audited = office.rows("SELECT count(*) FROM audit WHERE action = 'ticket.priority'")[0][0]
    assert events == audited == (MANY if 1 in found else 0)
    assert office.rows("PRAGMA integrity_check") == [("ok",)]
    office.run("priority", "1", "urgent")
    assert priorities(office)[0] == 1, "the database is not locked"
